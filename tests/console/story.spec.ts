/** One story from the board to a link that somebody else opens, in two windows. */
import type { Browser } from "@playwright/test";
import { expect, type Page, type Server, signInAs, test } from "./serving";

async function anotherWindow(browser: Browser, server: Server, path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.address, locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

const card = (page: Page, number: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("link", { name: number, exact: true }) });

/** Drag the slider's thumb from the present to the left, as a hand does. */
async function dragBack(page: Page): Promise<void> {
  const slider = page.getByRole("slider", { name: "拖动到任一时点" });
  const box = await slider.boundingBox();
  if (box === null) throw new Error("there is no slider");
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width - 8, middle);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 11, middle, { steps: 3 });
  await page.mouse.up();
}

test("sign in, read the board, accept a ticket, watch another window update, drag to before it, prove it, and follow a permanent link", async ({
  page,
  browser,
  server,
}) => {
  await page.goto("/console/board");
  await signInAs(page, "市经信部门 经办人");
  const departments = page.getByRole("table", { name: "承办部门记分牌" });
  await expect(departments.getByRole("row").filter({ hasText: "市经信部门" })).toContainText("逾期未办 1");

  await page.getByRole("navigation").getByRole("link", { name: "待办" }).click();
  await card(page, "2015-0009").getByRole("link", { name: "2015-0009", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("2015-0009");
  const other = await anotherWindow(browser, server, new URL(page.url()).pathname);
  const state = other.locator(".facts dd").first();
  await expect(state).toHaveText("已签收");
  await page.getByRole("navigation").getByRole("link", { name: "待办" }).click();

  await card(page, "2015-0009").getByRole("button", { name: "受理" }).click();
  const sheet = page.getByRole("dialog", { name: "受理" });
  await sheet.getByLabel("意见").fill("同意受理，已安排现场踏勘。");
  await sheet.getByLabel("承诺时限").fill("2015-08-01");
  await sheet.getByRole("button", { name: "受理" }).click();
  await expect(sheet.getByRole("alert")).toContainText("早于受理当日");
  await expect(state).toHaveText("已签收");
  await sheet.getByRole("button", { name: "15 天后" }).click();
  await sheet.getByRole("button", { name: "受理" }).click();
  await expect(page.getByRole("status").filter({ hasText: "已记录：受理 2015-0009" })).toBeVisible();
  await expect(card(page, "2015-0009")).toContainText("2015-08-26 到期");

  await expect(state).toHaveText("已受理");
  await expect(other.locator(".handling")).toContainText("同意受理，已安排现场踏勘。");
  const after = await other.getByRole("slider").inputValue();

  await dragBack(other);
  await expect(other).toHaveURL(/at=\d+$/);
  const before = new URL(other.url()).searchParams.get("at") ?? "";
  expect(Number(before)).toBeLessThan(Number(after));
  await expect(state).toHaveText("已签收");
  await expect(other.locator(".handling")).not.toContainText("踏勘");
  await other.getByLabel("与现在比较").check();
  await expect(state).toContainText("现为 已受理");
  await other.getByLabel("与现在比较").uncheck();
  const permanent = await other.getByRole("link", { name: "永久链接" }).getAttribute("href");
  expect(permanent).toContain(`at=${before}`);

  await other.getByRole("button", { name: "回到现在" }).click();
  await other.getByRole("link", { name: `#${after}`, exact: true }).click();
  await expect(other.getByRole("heading", { level: 1 })).toContainText(after);
  await other.getByRole("button", { name: "取得证明" }).click();
  await other.getByRole("button", { name: "在本浏览器中验证" }).click();
  await expect(other.locator(".verdict")).toContainText("已证明：此事件原样在记录中");
  await expect(other.locator(".verdict li.holds")).toHaveCount(4);

  await page.goto(permanent ?? "");
  await expect(page.locator(".facts dd").first()).toHaveText("已签收");
  await expect(page.getByText("正在看过去：")).toBeVisible();
  await page.getByText(/暂不可办 \d+ 项/).click();
  await expect(page.getByText("指令只能针对现状").first()).toBeVisible();
  await expect(page.locator(".act-here .open button")).toHaveCount(0);
  await page.goto(`/console/inbox?show=toReply&at=${before}`);
  await expect(card(page, "2015-0009")).toContainText("待受理");
  await other.context().close();
});
