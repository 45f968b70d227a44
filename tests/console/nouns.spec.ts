import { hindrances } from "./accessible";
import { expect, test } from "./serving";

test("a parcel and a company that a ticket or a project names have pages, and lead back to both", async ({ page }) => {
  await page.goto("/console/tickets?show=all");
  await page
    .getByRole("row", { name: /2015-0003/ })
    .getByRole("link")
    .click();
  await page.getByRole("link", { name: /示例地块（虚构）：退二进三后闲置的厂房/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("退二进三后闲置的厂房");
  await expect(page.getByRole("main")).toContainText("用地经过");
  await expect(page.getByRole("link", { name: /2015-0003/ })).toBeVisible();
  await expect(page.getByRole("link", { name: /示例项目五/ })).toBeVisible();

  await page.goto("/console/projects?unit=heshan&light=red");
  await page.getByRole("link", { name: "示例项目一" }).click();
  await page.getByRole("link", { name: "示例企业（虚构）" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("示例企业（虚构）");
  await expect(page.getByRole("main")).toContainText("所建项目");
  await expect(page.getByRole("link", { name: /示例项目一/ })).toBeVisible();
  await page.getByRole("link", { name: "全部事件" }).click();
  await expect(page).toHaveURL(/record\?of=/);
  await expect(page.getByRole("table")).toContainText("企业登记");
});

test("histories name units and roles, not codes", async ({ page }) => {
  await page.goto("/console/projects?unit=heshan&light=red");
  await page.getByRole("link", { name: "示例项目一" }).click();

  await expect(page.locator(".history")).toContainText("河山镇 · 经办人");
  await expect(page.locator(".history header", { hasText: "heshan" })).toHaveCount(0);
});

test("a page of what there is not has a heading, says so, and leads on; where none is named, nothing is asked", async ({
  page,
  complaints,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).searchParams.get("operationName") ?? ""));
  const main = page.getByRole("main");
  const heading = page.getByRole("heading", { level: 1 });
  for (const [path, title, event] of [
    ["companies", "企业", "企业登记"],
    ["parcels", "地块", "地块登记"],
  ] as const) {
    await page.goto(`/console/${path}`);
    await expect(heading).toHaveText(title);
    await expect(main).toContainText("地址中没有写明");
    await expect(main).not.toContainText("此时没有");
    expect(await hindrances(page), path).toEqual([]);
    await main.getByRole("link", { name: `记录中关于${title}的事件` }).click();
    await expect(page.getByRole("table")).toContainText(event);
  }
  expect(asked.filter((name) => /^(Company|Parcel)Page$/.test(name))).toEqual([]);

  await page.goto("/console/board");
  const target = (await page.locator('main a[href*="/board/targets/"]').first().getAttribute("href")) ?? "";
  await page.goto(`${target}?at=100`);
  await expect(heading).toHaveText("目标");
  await expect(main).toContainText("此时没有这项目标");
  await expect(main).toContainText("可能是此后才有的");
  expect(await hindrances(page)).toEqual([]);

  for (const [path, title] of [
    ["companies/none", "企业"],
    ["parcels/none", "地块"],
    ["projects/none", "项目"],
    ["tickets/none", "工作联系单"],
    ["board/targets/none", "目标"],
    ["board/lists/none", "专项督查清单"],
    ["board/units/none", "单位"],
  ] as const) {
    await page.goto(`/console/${path}`);
    await expect(heading, path).toHaveText(title);
    await expect(main, path).toContainText("此时没有");
    await expect(main, path).not.toContainText("可能是此后才有的");
    expect(await hindrances(page), path).toEqual([]);
  }
  // The browser itself complains of what cannot be the id of anything.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("400")));
});

for (const [language, width] of [
  ["zh", 360],
  ["en", 1280],
] as const) {
  test(`pages of parcels and companies hinder nobody in ${language} at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
    for (const [kind, table] of [
      ["parcels", "parcel"],
      ["companies", "company"],
    ] as const) {
      await page.goto(`/console/record?kind=${table}`);
      await page.locator(`tbody a[href*="/${kind}/"]`).first().click();
      await expect(page.locator(`article.${table} h2`).first()).toBeVisible();

      expect(await hindrances(page), kind).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), kind).toBeLessThanOrEqual(width);
    }
  });
}
