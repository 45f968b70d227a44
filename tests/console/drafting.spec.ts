import { hindrances } from "./accessible";
import { expect, type Page, signInAs, test } from "./serving";

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}

test("a ticket about a project is drafted from its page and issued, with support and copies, with one thumb at 360 px", async ({
  browser,
  server,
}) => {
  const context = await browser.newContext({
    baseURL: server.address,
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
    locale: "zh-CN",
  });
  const page = await context.newPage();
  await page.goto("/console/projects?unit=heshan&light=red");
  await signInAs(page, "洲泉镇");
  await page.getByRole("link", { name: "示例项目一" }).tap();
  await page.getByRole("link", { name: "就此起草" }).tap();
  await settled(page);

  await expect(page.getByRole("button", { name: /项目 SL-01 示例项目一/ })).toBeVisible();
  await page.getByLabel("类别").selectOption({ label: "项目推进" });
  await page.getByLabel("事由").fill("标准厂房用电");
  await page.getByLabel("内容").fill("请协调施工用电。");
  await page.getByLabel("涉及项目").fill("中节能");
  await page
    .getByRole("button", { name: /加入 企业/ })
    .first()
    .tap();
  await page.getByLabel("主办单位").selectOption({ label: "市商务部门" });
  await page.getByLabel("协办单位").selectOption({ label: "市发改部门" });
  await page.getByLabel("抄送单位").selectOption({ label: "河山镇" });
  await page.getByRole("button", { name: "15 天后" }).tap();
  await page.getByLabel("签发人姓名").fill("示例镇长");
  const small = await page
    .locator("main button, main a.button")
    .evaluateAll((all) =>
      all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent?.trim()),
    );
  expect(small).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  await page.getByRole("button", { name: "发出", exact: true }).tap();

  await expect(page.getByRole("heading", { level: 1 })).toContainText(/2015-\d{4} 标准厂房用电/);
  await expect(page.locator(".facts").first()).toContainText("示例镇长");
  await expect(page.locator(".facts").first()).toContainText("2015-08-26");
  await expect(page.locator(".facts").first()).toContainText("河山镇");
  await expect(page.locator(".handling h3")).toContainText(["市发改部门协办", "市商务部门主办"]);
  await expect(page.locator(".about")).toContainText("中节能");
  await context.close();
});

test("what is refused stands at the field that it is about, and a draft that was saved is amended and then issued", async ({
  page,
}) => {
  await page.goto("/console/tickets/new");
  await expect(page.getByText("登录后方可起草。")).toBeVisible();
  await signInAs(page, "洲泉镇");
  await page.getByLabel("类别").selectOption({ label: "节约集约利用土地" });
  await page.getByRole("button", { name: "存草稿" }).click();
  await expect(page.getByLabel("事由")).toHaveAccessibleDescription(/不能为空$/);
  await expect(page.getByLabel("事由")).toBeFocused();

  await page.getByLabel("事由").fill("临时用地");
  await page.getByLabel("内容").fill("请协调临时用地。");
  await page.getByRole("button", { name: "发出", exact: true }).click();
  await expect(page.getByLabel("主办单位")).toHaveAccessibleDescription(/未填写主送单位/);
  await expect(page.getByText("草稿已保存，尚未发出。")).toBeVisible();
  await page.getByRole("button", { name: "存草稿" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toContainText("（草稿） 临时用地");
  await page.getByRole("link", { name: "修改草稿" }).click();
  await settled(page);
  await expect(page.getByLabel("事由")).toHaveValue("临时用地");
  await page.getByLabel("主办单位").selectOption({ label: "市发改部门" });
  await page.getByRole("button", { name: "发出", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/2015-\d{4} 临时用地/);
});

test("whoever may not draft is told why beside grey buttons", async ({ page }) => {
  await page.goto("/console/tickets/new");
  await signInAs(page, "审计人员");

  const issue = page.getByRole("button", { name: "发出", exact: true });
  await expect(issue).toHaveAttribute("aria-disabled", "true");
  await expect(issue).toHaveAccessibleDescription("您的角色不能起草工作联系单。");
});

for (const [language, user, width] of [
  ["zh", "洲泉镇", 1280],
  ["en", "Zhouquan Town", 360],
] as const) {
  test(`drafting hinders nobody in ${language} at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
    await page.goto("/console/tickets/new");
    await page.getByRole("button", { name: /^(登录|Sign in)$/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: user }).click();
    await settled(page);
    await page.getByRole("searchbox").fill("示例");
    await expect(page.locator(".found button").first()).toBeVisible();

    expect(await hindrances(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
