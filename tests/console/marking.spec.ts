import { hindrances } from "./accessible";
import { ask, expect, signInAs, test } from "./serving";

const MARK = "标为内部或公开";

test("the issuer marks a ticket internal with a reason, strangers see it no more, and it is made public again", async ({
  page,
  server,
}) => {
  const { ticket } = await ask<{ ticket: { entityId: string } }>(
    server,
    "demo.auditor",
    `{ ticket(number: "2015-0001") { entityId } }`,
    {},
  );
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/console/tickets/${ticket.entityId}`);
  const sheet = page.getByRole("dialog", { name: MARK });
  const facts = page.locator(".facts");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("2015-0001");
  await expect(page.locator(".acts .open").getByRole("button", { name: MARK })).toHaveCount(0);

  await signInAs(page, "洲泉镇");
  await page.locator(".acts .open").getByRole("button", { name: MARK }).press("Enter");
  await sheet.getByLabel("内部：仅办理各方和市级部门").check();
  expect(await hindrances(page)).toEqual([]);
  await sheet.getByRole("button", { name: MARK }).click();
  // The browser does not send it without a reason.
  await expect(sheet.getByLabel("理由")).toBeFocused();
  await expect(facts).not.toContainText("公开范围");
  await sheet.getByLabel("理由").fill("涉及企业商业秘密。");
  await sheet.getByRole("button", { name: MARK }).click();

  await expect(facts).toContainText("内部：仅办理各方和市级部门可以查看");
  await expect(page.locator(".history")).toContainText("理由：涉及企业商业秘密。");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page.getByRole("main")).not.toContainText("进场道路");

  await signInAs(page, "督查人员");
  await page.locator(".acts .open").getByRole("button", { name: MARK }).click();
  await sheet.getByLabel("公开：所有人").check();
  await sheet.getByLabel("理由").fill("已无须保密。");
  await sheet.getByRole("button", { name: MARK }).click();
  await expect(facts).toBeVisible();
  await expect(facts).not.toContainText("公开范围");
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("2015-0001");
});
