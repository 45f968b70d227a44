import { expect, test } from "./serving";

test("GraphiQL comes from the product itself, with published operations, people and docs", async ({ page, server }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.address) && !request.url().startsWith("data:")) elsewhere.push(request.url());
  });

  await page.goto("/graphql");
  await page.getByLabel("Show Published operations").click();
  await page.getByLabel("Search the published operations").fill("who asks, in which role");
  await page.getByRole("button", { name: /^Viewer/ }).click();
  await expect(page.locator(".graphiql-query-editor")).toContainText("query Viewer");
  await page.getByLabel("Ask as 身份").selectOption({ label: "审计人员 · demo.auditor" });
  await page.getByLabel("Execute query (Ctrl-Enter)").click();

  await expect(page.locator(".result-window")).toContainText("AUDITOR");
  await page.getByLabel("Show Documentation Explorer").click();
  await expect(page.locator(".graphiql-plugin")).toContainText("Query");
  expect(elsewhere).toEqual([]);
});
