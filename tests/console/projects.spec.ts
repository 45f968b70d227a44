import { hindrances } from "./accessible";
import { expect, signInAs, test } from "./serving";

test("the list is narrowed down by what stands in the address, and leads to a project", async ({ page }) => {
  await page.goto("/console/projects?unit=heshan&light=red");
  const table = page.getByRole("table", { name: "重大项目" });

  await expect(table.getByRole("row")).toHaveCount(2);
  await expect(table).toContainText("推迟 61 日");
  await page.getByRole("radio", { name: "全部" }).check();
  await expect(page).toHaveURL(/projects\?unit=heshan$/);
  await expect(table).toContainText("渔光互补");
  await page.getByLabel("检索").fill("标准厂房");
  await expect(page).toHaveURL(/q=/);
  await expect(table.getByRole("row")).toHaveCount(2);

  await table.getByRole("link", { name: "示例项目一" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toContainText("示例项目一");
  const milestones = page.getByRole("list", { name: "节点" });
  await expect(milestones.getByRole("listitem").filter({ hasText: "开工" })).toContainText("推迟 61 日");
  await expect(milestones).toContainText("实际 2015年2月10日");
  await expect(page.getByRole("main")).toContainText("无领衔领导共 2 日");
  await expect(page.getByRole("main")).toContainText("2015-0002 项目为何尚未开工");
});

test("what can be done comes first; what cannot is folded behind it, in words, with the reason", async ({ page }) => {
  await page.goto("/console/projects?unit=heshan&light=red");
  await page.getByRole("link", { name: "示例项目一" }).click();
  const actions = page.getByRole("region", { name: "操作" });

  await expect(actions).toContainText("您现在没有可办的操作。");
  await expect(actions.getByRole("button")).toHaveCount(0);
  await actions.getByText(/^暂不可办 \d+ 项/).click();
  await expect(actions).toContainText("变更项目信息、填报节点完成");
  await expect(actions).not.toContainText(/[a-z][A-Z]/);
  expect(await hindrances(page)).toEqual([]);

  await page.goto("/console/projects?unit=dama");
  await signInAs(page, "大麻镇");
  await page.getByRole("table", { name: "重大项目" }).getByRole("link").first().click();
  await expect(actions.getByRole("button")).toHaveText(["填报节点完成", "填报节点预计"]);
  await expect(actions).toContainText("还可通过接口办理：变更项目信息、");
  await actions.getByText(/^暂不可办 \d+ 项/).press("Enter");
  await expect(actions.getByRole("definition").first()).toContainText("无权进行此操作；有权者：");
  await expect(actions.getByRole("term").first()).toContainText("确定领衔领导");
});

test("a milestone is forecast, refused where the date makes no sense, and reached; the page of the past stays as it was", async ({
  page,
}) => {
  await page.goto("/console/projects?unit=heshan&light=red");
  await signInAs(page, "督查人员");
  await page.getByRole("link", { name: "示例项目一" }).click();
  const milestones = page.getByRole("list", { name: "节点" });
  const started = milestones.getByRole("listitem").filter({ hasText: "开工" });
  const permanent = await page.getByRole("link", { name: "永久链接" }).getAttribute("href");

  await page.getByRole("button", { name: "填报节点预计" }).click();
  await page.getByRole("combobox", { name: "节点" }).selectOption({ label: "开工" });
  await page.getByLabel("日期").fill("2015-10");
  await page.getByLabel("理由").fill("土地手续未齐");
  await page.getByRole("button", { name: "提交" }).click();
  await expect(started).toContainText("预计 2015年10月");

  await page.getByRole("button", { name: "填报节点完成" }).click();
  await page.getByRole("combobox", { name: "节点" }).selectOption({ label: "开工" });
  await page.getByLabel("日期").fill("2019-01-01");
  await page.getByRole("button", { name: "提交" }).click();
  await expect(page.getByRole("alert")).toContainText("不予办理");
  await page.getByLabel("日期").fill("2015-08-10");
  await page.getByLabel("理由").fill("补报");
  await page.getByRole("button", { name: "提交" }).click();
  await expect(started).toContainText("实际 2015年8月10日");

  await page.goto(permanent ?? "");
  await expect(started).toContainText("预计 2015年9月底前");
  await expect(page.getByRole("region", { name: "操作" }).getByRole("button")).toHaveCount(0);
  await page.getByText(/^暂不可办 \d+ 项/).click();
  await expect(page.getByText("指令只能针对现状").first()).toBeVisible();
});

for (const [name, width] of [
  ["a desk", 1280],
  ["a telephone", 360],
] as const) {
  test(`projects hinder nobody on ${name}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    await page.goto("/console/projects");
    await signInAs(page, "督查人员");
    const first = page.getByRole("table", { name: "重大项目" }).getByRole("link").first();
    const path = (await first.getAttribute("href")) ?? "";
    for (const each of ["/console/projects?at=290&compare", `${path}?at=290&compare`, path]) {
      await page.goto(each);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);

      expect(await hindrances(page), each).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), each).toBeLessThanOrEqual(width);
    }
    await page.getByRole("button", { name: "填报节点完成" }).click();
    await expect(page.getByRole("button", { name: "提交" })).toBeVisible();
    expect(await hindrances(page)).toEqual([]);
  });
}
