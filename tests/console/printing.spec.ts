import { expect, test } from "./serving";

/** A sheet of A4 within its margins, in CSS pixels: narrower than where a screen becomes a telephone. */
const A4 = { width: 718, height: 1000 };

test("on paper a list is a table, says of which moment and what it is narrowed down to, and shows nothing to press", async ({
  page,
}) => {
  await page.setViewportSize(A4);
  await page.goto("/console/tickets?show=all&at=200&handler=dept-eic");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await page.emulateMedia({ media: "print" });

  await expect(page.getByRole("columnheader", { name: "事由" })).toBeVisible();
  expect(
    await page
      .locator("tbody tr")
      .first()
      .evaluate((row) => getComputedStyle(row).display),
  ).toBe("table-row");
  await expect(page.locator(".banner")).toContainText("位置 200");
  await expect(page.locator(".narrowed")).toContainText("办理单位：市经信部门");
  await expect(page.locator(".choices label:visible")).toHaveText(["全部"]);
  for (const pressed of [".export", "nav", ".slider .track", "a.button"]) {
    await expect(page.locator(pressed).first()).toBeHidden();
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(A4.width);
});

test("on paper the list of projects says which of them it holds", async ({ page }) => {
  await page.setViewportSize(A4);
  await page.goto("/console/projects?light=red&unit=heshan");
  await expect(page.getByRole("row")).toHaveCount(1);
  await page.emulateMedia({ media: "print" });

  await expect(page.locator(".choices label:visible")).toContainText(["红灯"]);
  await expect(page.getByRole("combobox", { name: "实施主体" })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "阶段" })).toBeHidden();
});
