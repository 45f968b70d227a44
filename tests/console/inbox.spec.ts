import { readFile } from "node:fs/promises";
import { hindrances } from "./accessible";
import { ask, expect, type Page, type Server, signInAs, test, tokenOf } from "./serving";

async function ticketOf(server: Server, number: string): Promise<{ entityId: string; progress: { note: string }[] }> {
  const query = "query($number: String) { ticket(number: $number) { entityId progress { note } } }";
  type Answer = { ticket: { entityId: string; progress: { note: string }[] } };
  return (await ask<Answer>(server, "demo.auditor", query, { number })).ticket;
}

const card = (page: Page, number: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("link", { name: number, exact: true }) });

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

test("an answer that was lost on its way is asked for again, and nothing is recorded twice", async ({
  page,
  server,
  complaints,
}) => {
  const { entityId } = await ticketOf(server, "2015-0012");
  await page.goto(`/console/tickets/${entityId}`);
  await signInAs(page, "市经信部门 经办人");
  let lost = 0;
  await page.route("**/graphql", async (route) => {
    if (lost > 0 || !route.request().postData()?.includes("mutation ReportTicketProgress")) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });

  await page.getByRole("button", { name: "报告进展" }).click();
  const sheet = page.getByRole("dialog", { name: "报告进展" });
  await sheet.getByLabel("内容").fill("备案材料已报送。");
  await sheet.getByRole("button", { name: "报告进展" }).click();
  await expect(sheet.getByRole("alert")).toContainText("连不上服务器");
  await sheet.getByRole("button", { name: "取消" }).click();
  await page.getByRole("button", { name: "报告进展" }).click();
  await expect(sheet.getByLabel("内容")).toHaveValue("备案材料已报送。");
  await sheet.getByRole("button", { name: "报告进展" }).click();

  await expect(page.getByRole("status").filter({ hasText: "已记录：报告进展" })).toBeVisible();
  const { progress } = await ticketOf(server, "2015-0012");
  expect(progress.filter(({ note }) => note === "备案材料已报送。")).toHaveLength(1);
  // The browser itself complains of a request without an answer.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("ERR_FAILED")));
});

test("what was decided on an older version is refused, shown as it came, and sent again with open eyes", async ({
  page,
  server,
}) => {
  const { entityId } = await ticketOf(server, "2015-0012");
  await page.goto(`/console/tickets/${entityId}`);
  await signInAs(page, "市经信部门 经办人");
  await page.getByRole("button", { name: "申请延期" }).click();
  const sheet = page.getByRole("dialog", { name: "申请延期" });
  await sheet.getByLabel("延至").fill("2015-09-30");
  await sheet.getByLabel("理由").fill("设备到货推迟。");
  const remind = "mutation($input: RemindTicketInput!) { remindTicket(input: $input) { __typename } }";
  await ask(server, "demo.supervisor", remind, { input: { ticket: entityId, note: "请按期办结。" } });
  await expect(page.locator(".proceedings").getByText("请按期办结。", { exact: true })).toBeVisible();

  await sheet.getByRole("button", { name: "申请延期" }).click();
  await expect(sheet.getByRole("alert")).toContainText("请重新读取");
  await sheet.getByRole("button", { name: "申请延期" }).click();

  await expect(page.locator(".handling")).toContainText("申请延至 2015-09-30");
  await page.getByText(/暂不可办 \d+ 项/).click();
  await expect(page.getByRole("button", { name: "申请延期" })).toHaveAccessibleDescription(/尚待批复/);
});

test("a ticket is received with one thumb at 360 px", async ({ browser, server }) => {
  const context = await browser.newContext({
    baseURL: server.address,
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
    locale: "zh-CN",
  });
  const page = await context.newPage();
  await page.goto("/console/inbox?show=toReceive");
  await signInAs(page, "市经信部门 经办人");
  await settled(page);
  const small = await page
    .getByRole("main")
    .getByRole("button")
    .evaluateAll((buttons) =>
      buttons
        .filter((button) => (button as HTMLElement).checkVisibility() && button.getBoundingClientRect().height < 44)
        .map((button) => button.textContent),
    );
  expect(small).toEqual([]);

  await card(page, "2015-0010").getByRole("button", { name: "签收" }).tap();
  const sheet = page.getByRole("dialog", { name: "签收" });
  const bottom = await sheet.evaluate((one) => innerHeight - one.getBoundingClientRect().bottom);
  expect(Math.abs(bottom)).toBeLessThanOrEqual(1);
  await sheet.getByRole("button", { name: "签收" }).tap();

  await expect(page.getByRole("status").filter({ hasText: "已记录：签收 2015-0010" })).toBeVisible();
  // Others may have issued another one meanwhile.
  await expect(card(page, "2015-0010")).toHaveCount(0);
  await page.getByRole("link", { name: "已记录：签收 2015-0010" }).tap();
  await expect(page.locator(".facts dd").first()).toHaveText("已签收");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await context.close();
});

test("what one's units owe is saved as a file, and nothing of what others owe", async ({ page }) => {
  await page.goto("/console/inbox");
  await signInAs(page, "市经信部门 经办人");
  await settled(page);
  await expect(page.locator(".export")).toContainText("导出此列表");

  const download = page.waitForEvent("download");
  await page.locator(".export").getByRole("button", { name: ".csv" }).click();

  const text = await readFile(await (await download).path(), "utf8");
  const [header = "", ...lines] = text.trim().split("\r\n");
  const unit = header.replace("\ufeff", "").split(",").indexOf("unit_name");
  expect(unit).toBeGreaterThan(0);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => !line.includes("市经信部门"))).toEqual([]);
  expect(text).toContain("2015-0003");

  await page.goto("/console/inbox?show=copied");
  await settled(page);
  await expect(page.locator(".export")).toContainText("导出全表");
  await page.getByRole("button", { name: "退出" }).click();
  await signInAs(page, "审计人员");
  await expect(page.getByRole("link", { name: "全市已逾期的联系单" })).toBeVisible();
  await expect(page.locator(".export")).toHaveCount(0);
});

test("whoever acts for no unit is told so, and the holder of an office is led to what was taken there", async ({
  page,
}) => {
  await page.goto("/console/inbox");
  await signInAs(page, "市长办公会议秘书");
  await expect(page.getByRole("radio")).toHaveCount(1);
  await expect(card(page, "2015-0003")).toContainText("已提级至市长办公会议");

  await page.getByRole("button", { name: "退出" }).click();
  await signInAs(page, "审计人员");
  await expect(page.getByRole("link", { name: "全市已逾期的联系单" })).toBeVisible();
});

test("a link from the board narrows the list of tickets down, and one press widens it again", async ({ page }) => {
  await page.goto("/console/tickets?show=all&handler=dept-eic&light=red");
  await settled(page);
  const rows = page.locator("tbody tr");
  const narrow = await rows.count();
  expect(narrow).toBeGreaterThan(0);
  await expect(page.locator("tbody .light.red")).toHaveCount(narrow);

  await page.getByRole("button", { name: /红灯/ }).click();

  await expect(page).toHaveURL(/handler=dept-eic$/);
  await expect.poll(() => rows.count()).toBeGreaterThan(narrow);
});

for (const [language, locale] of [
  ["Chinese", "zh-CN"],
  ["English", "en-GB"],
] as const) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing serious on inbox, ticket and sheet in ${language} at ${width} px`, async ({
      browser,
      server,
    }) => {
      const context = await browser.newContext({ baseURL: server.address, viewport: { width, height: 780 }, locale });
      const page = await context.newPage();
      const { entityId } = await ticketOf(server, "2015-0003");
      await page.goto("/console/inbox");
      const [signIn, user] = locale === "en-GB" ? ["Sign in", "dept-eic"] : ["登录", "dept-eic"];
      await page.getByRole("button", { name: signIn, exact: true }).click();
      const token = await tokenOf(server, `demo.${user}`);
      await page.getByRole("dialog").getByRole("textbox").fill(token);
      await page.getByRole("dialog").locator("button[type=submit]").click();

      for (const path of [
        "/console/inbox",
        `/console/tickets/${entityId}`,
        `/console/tickets/${entityId}?at=100&compare`,
      ]) {
        await page.goto(path);
        await settled(page);
        const grey = page.locator(".acts summary").first();
        if (await grey.isVisible()) await grey.click();
        expect(await hindrances(page), path).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      }
      await page.goto("/console/inbox");
      await page.locator(".card .open button").first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      expect(await hindrances(page)).toEqual([]);
      await context.close();
    });
  }
}
