import { expect, test } from "./serving";

test("a ticket's page and the board print paper forms, as of the moment that the slider shows", async ({
  page,
  server,
}) => {
  const query = "query($number: String) { ticket(number: $number) { entityId } }";
  const asked = await page.request.post(`${server.address}/graphql`, {
    data: { query, variables: { number: "2015-0003" } },
  });
  const { entityId } = ((await asked.json()) as { data: { ticket: { entityId: string } } }).data.ticket;
  await page.goto(`/console/tickets/${entityId}?at=140`);

  const [request, ticket] = await Promise.all([
    page.waitForRequest(/\/forms\//),
    page.waitForEvent("download"),
    page.getByRole("button", { name: "打印公文" }).click(),
  ]);

  expect(new URL(request.url()).search).toBe("?at=140&lang=zh");
  expect(ticket.suggestedFilename()).toBe("工作联系单-2015-0003.pdf");

  await page.goto("/console/board");
  await page.getByRole("combobox", { name: /^单位/ }).selectOption("dept-eic");
  await page.getByRole("combobox", { name: /^月报/ }).selectOption("2015-07");
  const [report] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "打印公文" }).click(),
  ]);

  expect(report.suggestedFilename()).toBe("月报-市经信部门-2015-07.pdf");
});

test("a form that cannot be printed says why, with its code", async ({ page, server, complaints }) => {
  await page.route("**/forms/**", (route) =>
    route.fulfill({
      status: 501,
      contentType: "application/json",
      body: JSON.stringify({ errors: [{ message: "打印需要排版程序和中文字体", extensions: { code: "NO_PAPER" } }] }),
    }),
  );
  await page.goto(`${server.address}/console/board/units/dept-eic`);

  await page.getByRole("button", { name: "打印公文" }).click();

  await expect(page.getByRole("alert")).toContainText("NO_PAPER");
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("501")));
});
