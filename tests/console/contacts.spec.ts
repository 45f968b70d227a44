import { hindrances } from "./accessible";
import { ask, expect, type Page, signInAs, test } from "./serving";

const contact = (page: Page) => page.getByRole("region", { name: "联系人" });

test("a contact is entered with the draft, shown to whoever may read it when they ask, and erased with its legal basis", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/console/tickets/new");
  await signInAs(page, "洲泉镇");
  await page.getByLabel("类别").selectOption({ label: "项目推进" });
  await page.getByLabel("事由").fill("临时用电接入");
  await page.getByLabel("内容").fill("请协调临时用电。");
  await page.getByLabel("主办单位").selectOption({ label: "市经信部门" });
  await page.getByLabel("联系人姓名").fill("钱小明");
  await page.getByLabel("联系人电话").fill("138 0000 1234");
  expect(await hindrances(page)).toEqual([]);
  await page.getByRole("button", { name: "发出", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/2015-\d{4} 临时用电接入/);
  const ticket = new URL(page.url()).pathname.split("/").pop() ?? "";

  await expect(page.getByText("钱小明")).toHaveCount(0);
  await contact(page).getByRole("button", { name: "显示姓名与电话" }).press("Enter");
  await expect(contact(page)).toContainText("钱小明");
  await expect(contact(page).getByRole("link", { name: "138 0000 1234" })).toHaveAttribute("href", "tel:13800001234");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);
  await contact(page).getByRole("button", { name: "收起" }).click();
  await expect(page.getByText("钱小明")).toHaveCount(0);
  await contact(page).getByRole("button", { name: "显示姓名与电话" }).click();
  await expect(page.getByText("钱小明")).toBeVisible();

  await page.getByRole("button", { name: "退出" }).click();
  await expect(page.getByText("钱小明")).toHaveCount(0);
  await signInAs(page, "市商务部门");
  await expect(contact(page)).toContainText("只对办理各方");
  await expect(contact(page).getByRole("button", { name: "更换联系人" })).toHaveAccessibleDescription(
    /您代表的是市商务部门/,
  );

  const query = `query($id: ID) { ticket(entityId: $id) { contact { entityId } } }`;
  const found = await ask<{ ticket: { contact: { entityId: string } } }>(server, "demo.auditor", query, { id: ticket });
  const person = found.ticket.contact.entityId;
  const erase = `mutation($input: ErasePersonInput!) { erasePerson(input: $input) { __typename } }`;
  await ask(server, "demo.administrator", erase, {
    input: { person, reason: "目的已实现", legalBasis: "《个人信息保护法》第四十七条" },
  });
  await expect(contact(page)).toContainText("个人信息已删除");
  await expect(contact(page)).toContainText("依据：《个人信息保护法》第四十七条");
  await contact(page).getByRole("link", { name: "有关事件" }).click();
  await expect(page.getByRole("row").filter({ hasText: "个人信息删除" })).toContainText("《个人信息保护法》第四十七条");
  await page.getByRole("link", { name: "自然人登记" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("自然人登记");
  await expect(page.getByRole("main")).toContainText("（已加密）");
  await expect(page.getByText("钱小明")).toHaveCount(0);
});

test("a contact of a ticket that was issued is changed by whoever may, and nobody is any more", async ({ page }) => {
  await page.goto("/console/tickets?show=all");
  await signInAs(page, "督查人员");
  await page.getByRole("link", { name: "2015-0009" }).click();
  await expect(contact(page)).toContainText("未指定联系人");
  await contact(page).getByRole("button", { name: "指定联系人" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("姓名").fill("孙小红");
  expect(await hindrances(page)).toEqual([]);
  await dialog.getByRole("button", { name: "指定联系人" }).click();

  await expect(dialog).toHaveCount(0);
  await contact(page).getByRole("button", { name: "显示姓名与电话" }).click();
  await expect(contact(page)).toContainText("孙小红");
  await contact(page).getByRole("button", { name: "更换联系人" }).click();
  await dialog.getByRole("button", { name: "不再指定" }).click();
  await expect(contact(page)).toContainText("未指定联系人");
  await expect(page.getByText("孙小红")).toHaveCount(0);
});
