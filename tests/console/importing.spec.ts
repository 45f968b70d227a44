import { readFileSync } from "node:fs";
import { hindrances } from "./accessible";
import { ask, expect, type Page, signInAs, test } from "./serving";

const HEADER = "来文编号,类别,事由,内容,发单单位,受理单位,是否发出\n";
const GOOD = `${HEADER}洲〔2015〕81,项目推进,施工便道,请协调。,zhouquan,dept-ndrc,是\n洲〔2015〕82,project_progress,围墙外迁,请协调。,zhouquan,,否\n`;
const BAD = `${HEADER}洲〔2015〕83,土地,甲,,zhouquan,,否\n洲〔2015〕84,项目推进,,,zhouquan,nowhere,否\n`;

const choose = (page: Page, name: string, text: string) =>
  page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

test("a file is checked, every bad cell is named, and nothing of it is recorded; mended, all of it is, and again changes nothing", async ({
  page,
  server,
}) => {
  const headNow = async () =>
    (await ask<{ record: { head: string } }>(server, "demo.auditor", "{ record { head } }", {})).record.head;
  await page.goto("/console/import");
  await expect(page.getByRole("button", { name: "选择 .xlsx 或 .csv 文件" })).toHaveAccessibleDescription(
    "登录后方可导入。",
  );
  await signInAs(page, "洲泉镇");
  const head = await headNow();

  await choose(page, "七月.csv", BAD);
  const problems = page.getByRole("table", { name: "不对之处" });
  await expect(problems.getByRole("columnheader")).toHaveText(["单元格", "不对之处"]);
  await expect(problems.getByRole("row", { name: /B2/ })).toContainText("没有类别'土地'");
  // The code is for programs: it stands in the page, and is read to nobody.
  await expect(problems.locator("[data-code]")).toHaveCount(await problems.locator("tbody tr").count());
  await expect(problems).not.toContainText(/[A-Z]_[A-Z]/);
  await expect(problems.getByRole("row", { name: /C3/ })).toContainText("“事由”必须填写");
  await expect(page.getByRole("alert")).toContainText("整个文件未记录");
  await expect(page.getByRole("button", { name: /全部记录/ })).toHaveCount(0);

  await choose(page, "七月.csv", GOOD);
  await expect(page.getByText("没有不对之处，可以记录。")).toBeVisible();
  expect(await headNow()).toBe(head);
  await page.getByRole("button", { name: /全部记录/ }).click();
  await expect(page.getByText(/已全部记录：\d+ 个事件/)).toBeVisible();
  await page.getByRole("link", { name: "看这些事件" }).click();
  await expect(page.getByRole("table")).toContainText("施工便道");

  await page.goto("/console/import");
  await choose(page, "七月.csv", GOOD);
  await expect(page.getByText("各行均已在记录中：再导入一次，什么也不会改变。")).toBeVisible();
  await expect(page.getByRole("button", { name: /全部记录/ })).toHaveCount(0);
});

test("a template is downloaded, and a list as of the moment that the slider shows", async ({ page }) => {
  await page.goto("/console/import");
  const template = page.waitForEvent("download");
  await page.getByRole("button", { name: /填报数/ }).click();
  expect((await template).suggestedFilename()).toBe("填报数模板.xlsx");

  await page.goto("/console/tickets?show=all&at=200");
  const list = page.waitForEvent("download");
  await page.getByRole("button", { name: ".csv" }).click();
  const told = readFileSync(await (await list).path(), "utf8");
  expect((await list).suggestedFilename()).toBe("工作联系单-200.csv");
  expect(told).toContain("2015-0001");
  await page.getByRole("button", { name: "English" }).click();
  const english = page.waitForEvent("download");
  await page.getByRole("button", { name: ".csv" }).click();
  expect((await english).suggestedFilename()).toBe("tickets-200.csv");
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("button", { name: "回到现在" }).click();
  await expect(page.getByRole("button", { name: "回到现在" })).toHaveCount(0);
  const later = page.waitForEvent("download");
  await page.getByRole("button", { name: ".csv" }).click();
  expect(readFileSync(await (await later).path(), "utf8").split("\n").length).toBeGreaterThan(told.split("\n").length);
});

for (const [language, width] of [
  ["zh", 360],
  ["en", 1280],
] as const) {
  test(`importing hinders nobody in ${language} at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
    await page.goto("/console/import");
    await page.getByRole("button", { name: /^(登录|Sign in)$/ }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: language === "zh" ? "洲泉镇" : "Zhouquan Town" })
      .click();
    await choose(page, "bad.csv", BAD);
    await expect(page.getByRole("table")).toBeVisible();

    expect(await hindrances(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

test("nothing is offered for import to whoever may record nothing of it, and only that which they may", async ({
  page,
}) => {
  await page.goto("/console/import");
  await signInAs(page, "审计人员");
  await expect(page.getByRole("main").getByRole("status")).toContainText("您的角色不能导入");
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("navigation").getByRole("link", { name: "导入" })).toHaveCount(0);
  expect(await hindrances(page)).toEqual([]);
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page.getByRole("navigation").getByRole("link", { name: "导入" })).toBeVisible();

  await signInAs(page, "秘书");
  await expect(page.locator(".templates button")).toHaveText(["工作联系单 .xlsx"]);
});
