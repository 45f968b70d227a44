import { hindrances } from "./accessible";
import { expect, test, tokenOf } from "./serving";

test("what an address names as its moment and is none is told, and leads to now", async ({ page }) => {
  for (const strange of ["foo", "2015-8-6", "2015-02-30"]) {
    await page.goto(`/console/board?at=${strange}`);

    await expect(page.getByRole("heading", { level: 1 }), strange).toHaveText("地址中的时点有误");
    await expect(page.getByRole("main")).toContainText(`“${strange}”不是时点`);
    await expect(page.getByRole("main").getByRole("table")).toHaveCount(0);
  }
  expect(await hindrances(page)).toEqual([]);

  await page.getByRole("main").getByRole("button", { name: "回到现在" }).click();
  await expect(page).toHaveURL(/\/console\/board$/);
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("地址中的时点有误");
});

test("an instant is a moment, asked as that time", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("operationName=Board")) asked.push(decodeURIComponent(request.url()));
  });
  await page.goto("/console/board?at=2015-08-06T20:00:00+08:00");

  await expect(page.locator(".banner")).toContainText("2015-08-06 20:00:00");
  await expect(page.getByRole("main")).toContainText("截至 2015-08-06");
  expect(asked.length).toBeGreaterThan(0);
  for (const each of asked) expect(each).toMatch(/"time":"2015-08-06T20:00:00(\+|%2B)08:00"/);
  await page.getByRole("navigation").getByRole("link", { name: "工作联系单" }).click();
  await expect(page).toHaveURL(/at=2015-08-06T20/);
  await expect(page.locator(".banner")).toContainText("2015-08-06 20:00:00");

  await page.goto("/console/board?at=2099-08-06T20:00:00Z");
  await expect(page.locator(".banner")).toContainText("还没有到");
  await expect(page.getByRole("main").getByRole("button", { name: "回到现在" })).toBeVisible();
});

test("before the first event there is no year 1970", async ({ page }) => {
  await page.goto("/console/board?at=0");

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("记录开始之前");
  await expect(page.locator(".banner")).toContainText("记录开始之前");
  await expect(page.locator("body")).not.toContainText("1970");
  expect(await hindrances(page)).toEqual([]);
  await page.getByRole("slider").fill("100");
  await expect(page).toHaveURL(/at=100/);
  await expect(page.getByRole("main")).toContainText("截至 2015");
});

test("a day that has not come is told, and what is shown stands in the field again when it is left", async ({
  page,
}) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto("/console/board");
  const day = page.getByLabel("看某日日终");
  await expect(day).not.toHaveValue("");
  await expect(page.locator(".slider .day span")).toBeInViewport({ ratio: 1 });
  const today = await day.inputValue();

  await day.fill("2099-01-01");
  await expect(page.locator(".slider")).toContainText("2099-01-01 还没有到");
  await day.blur();
  await expect(day).toHaveValue(today);
  await expect(page).toHaveURL(/\/console\/board$/);

  await day.fill("2015-08-06");
  await expect(page).toHaveURL(/at=2015-08-06/);
  await expect(page.locator(".slider")).not.toContainText("2099");
  await day.fill("");
  await day.blur();
  await expect(day).toHaveValue("2015-08-06");
  await expect(page).toHaveURL(/at=2015-08-06/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test("whoever carries a token that reads nothing is told so once, and may sign out", async ({
  page,
  server,
  complaints,
}) => {
  const token = await tokenOf(server, "demo.witness");
  await page.goto("/console/tickets");
  await page.getByRole("button", { name: "登录", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator(".people button").first()).toBeFocused();
  await expect(dialog).toContainText("审计人员");
  await expect(dialog).not.toContainText("见证人");
  await dialog.getByLabel("令牌").fill(token);
  await dialog.getByRole("button", { name: "用令牌登录" }).click();

  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { level: 1 })).toHaveText("这个令牌在这里看不到任何内容");
  await expect(main).toContainText("只与日志有关");
  await expect(main).not.toContainText("出错了");
  expect(await hindrances(page)).toEqual([]);
  // Every page says the same, and none that the server is away.
  await page.reload();
  await expect(main.getByRole("heading", { level: 1 })).toHaveText("这个令牌在这里看不到任何内容");
  await page.getByRole("link", { name: "看板" }).click();
  await expect(main.getByRole("heading", { level: 1 })).toHaveText("这个令牌在这里看不到任何内容");
  await expect(page.locator(".news")).toHaveText("");

  await page.getByRole("banner").getByRole("button", { name: "退出" }).click();
  await expect(page.getByRole("button", { name: "登录", exact: true })).toBeVisible();
  await expect(main.getByRole("heading", { level: 1 })).not.toHaveText("这个令牌在这里看不到任何内容");
  await expect(page.locator(".news")).toHaveText("");
  // The browser itself complains of every 403.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !/403/.test(each)));
});
