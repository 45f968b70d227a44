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
