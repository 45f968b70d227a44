import { hindrances } from "./accessible";
import { expect, test } from "./serving";

test("the board shows both scoreboards with lights and reasons, the indicators with their pace, lists and tickets, in one question", async ({
  page,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    const body = request.url().endsWith("/graphql") ? request.postData() : null;
    if (body?.includes("query Board")) asked.push(body);
  });

  await page.goto("/console/board");
  const bodies = page.getByRole("table", { name: "实施主体记分牌" });

  await expect(bodies.getByRole("row").filter({ hasText: "河山镇" })).toContainText("“开工”已逾期或推迟");
  await expect(bodies.getByRole("row").filter({ hasText: "河山镇" })).toContainText("逾期 1");
  await expect(page.getByRole("table", { name: "承办部门记分牌" })).toContainText("逾期未办 1");
  const contracted = page.getByRole("article").filter({ hasText: "合同利用外资" });
  await expect(contracted).toContainText("58.15%–58.25%");
  await expect(contracted).toContainText("刊载 58.2%");
  await expect(contracted).toContainText("按月 58.33% · 欠 0.08–0.18 个百分点");
  await expect(contracted).toContainText("时间过半任务过半是");
  await expect(contracted.getByRole("img")).toHaveAccessibleName(/合同利用外资：截至2015-07-31完成率58\.15%–58\.25%/);
  const supervision = page.getByRole("table", { name: "专项督查清单" });
  await expect(supervision.getByRole("row").filter({ hasText: "竣工" })).toContainText("68.8%");
  expect(asked).toHaveLength(1);
});

test("every count leads to what it counts", async ({ page }) => {
  await page.goto("/console/board");
  const bodies = page.getByRole("table", { name: "实施主体记分牌" });

  await bodies.getByRole("link", { name: "河山镇", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("河山镇");
  await expect(page.getByRole("main")).toContainText("示例项目一");
  await page.getByRole("main").getByRole("link", { name: "看板" }).click();
  await bodies.getByRole("link", { name: /^河山镇 · 重大项目 · 红灯/ }).click();
  await expect(page).toHaveURL(/projects\?unit=heshan&light=red/);
  await page.goBack();
  await page.getByRole("link", { name: "合同利用外资" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("合同利用外资");
  await expect(page.getByRole("table", { name: "填报数" })).toContainText("13955万美元");
  await expect(page.getByRole("main")).toContainText("24000万美元的目标不符");
  await page.getByRole("main").getByRole("link", { name: "看板" }).click();
  await page.getByRole("link", { name: /示例专项督查清单/ }).click();
  await expect(page.getByRole("table", { name: "列入项目" })).toContainText("示例项目五");
});

test("the board of the past is drawn as of then, and what differs from now is marked", async ({ page }) => {
  await page.goto("/console/board?at=229");
  await expect(page.getByRole("main")).toContainText("本年度没有设立目标。");

  await page.goto("/console/board?at=290&compare");

  await expect(page.getByRole("table", { name: "承办部门记分牌" }).locator(".differs").first()).toContainText("现为");
});

for (const [name, width] of [
  ["a desk", 1280],
  ["a telephone", 360],
] as const) {
  test(`the board and the pages below it hinder nobody on ${name}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    await page.goto("/console/board");
    const below: string[] = [];
    for (const part of ["targets", "units", "lists"]) {
      const link = page.locator(`main a[href*="/board/${part}/"]`).first();
      below.push((await link.getAttribute("href")) ?? "");
    }
    for (const path of ["/console/board", "/console/board?at=290&compare", ...below]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);

      expect(await hindrances(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
  });
}
