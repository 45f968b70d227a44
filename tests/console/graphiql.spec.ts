import { hindrances } from "./accessible";
import { expect, test } from "./serving";

test("GraphiQL comes from the product itself, with published operations, people and docs", async ({ page, server }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.address) && !request.url().startsWith("data:")) elsewhere.push(request.url());
  });

  await page.goto("/graphql");
  await expect(page.getByRole("heading", { name: /Published operations/ })).toBeVisible();
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

test("GraphiQL brings along no page of the console, and none of its styles", async ({ page }) => {
  const files: string[] = [];
  page.on("request", (request) => {
    if (["script", "stylesheet"].includes(request.resourceType())) files.push(new URL(request.url()).pathname);
  });

  await page.goto("/graphql");
  await expect(page.locator(".graphiql-container")).toBeVisible();

  const begun = await page.evaluate(() => [...document.querySelectorAll("#root .shell, header.top")].length);
  expect(begun).toBe(0);
  expect(files.filter((name) => /\/(?:main|board|index)-[^/]*$/.test(name))).toEqual([]);
  expect(files.some((name) => /\/graphiql-[^/]*\.js$/.test(name))).toBe(true);
});

test("what is chosen before the editors are there is opened once they are", async ({ page }) => {
  let loaded: () => void = () => undefined;
  const chosen = new Promise<void>((done) => {
    loaded = done;
  });
  await page.route(/\/codemirror[^/]*\.js/, async (route) => {
    await chosen;
    await route.continue();
  });
  await page.goto("/graphql");
  await page.getByLabel("Search the published operations").fill("who asks, in which role");
  await page.getByRole("button", { name: /^Viewer/ }).click();
  await expect(page.locator(".graphiql-query-editor .CodeMirror")).toHaveCount(0);
  loaded();

  await expect(page.locator(".graphiql-query-editor")).toContainText("query Viewer");
  await expect(page.locator(".graphiql-tab")).toHaveCount(2);
});

test("an operation is found, chosen and run by the keyboard alone, and what was closed stays closed", async ({
  page,
}) => {
  await page.goto("/graphql");
  await page.getByLabel("Search the published operations").focus();
  await page.keyboard.type("one event with everything it says");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");

  await expect(page.locator(".graphiql-query-editor")).toContainText("query Event(");
  await expect(page.locator(".graphiql-editor-tools")).toBeVisible();
  await expect(page.locator(".graphiql-query-editor textarea")).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".result-window")).toContainText('"moment"');
  // The editor is another project's.
  expect(await hindrances(page, [".ide-bar", ".collection"])).toEqual([]);

  await page.getByLabel("Hide Published operations").click();
  await page.reload();
  await expect(page.locator(".graphiql-query-editor")).toContainText("query Event(");
  await expect(page.getByRole("heading", { name: /Published operations/ })).toHaveCount(0);
});
