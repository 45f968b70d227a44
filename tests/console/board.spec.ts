import { hindrances } from "./accessible";
import { ask, expect, signInAs, test } from "./serving";

test("the board shows both scoreboards with lights and reasons, the indicators with their pace, lists and tickets, in one question", async ({
  page,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    const name = new URL(request.url()).searchParams.get("operationName");
    if (name === "Board") asked.push(name);
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

test("the lines of both scoreboards add up to the tiles above them, for everybody and for who sees more", async ({
  page,
  server,
}) => {
  const counted = async (table: string, column: string) => {
    const lights = page.getByRole("table", { name: table }).locator(`td[data-label=${column}] .colour`);
    return (await lights.allTextContents()).reduce((sum, count) => sum + Number(count), 0);
  };
  const tile = async (name: string) =>
    Number(await page.locator(".sums li").filter({ hasText: name }).locator("strong").first().textContent());
  // A draft has no handling unit yet: it stands in the tile, and in no unit's line.
  const draft = `mutation($input: DraftTicketInput!) { draftTicket(input: $input) { __typename } }`;
  const input = {
    issuer: "dama",
    subject: "草稿",
    body: "尚未发出。",
    category: "PROJECT_PROGRESS",
    origin: "LIAISON_FORM",
  };
  await ask(server, "demo.dama", draft, { input });
  await page.goto("/console/board");
  for (const who of [null, "督查人员", "大麻镇"]) {
    if (who !== null) await signInAs(page, who);
    const others = page.getByRole("table", { name: "承办部门记分牌" }).getByRole("row", { name: /^其他/ });
    await expect(others).toContainText("未定承办部门");
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);

    expect(await counted("承办部门记分牌", "联系单亮灯")).toBe(await tile("工作联系单"));
    expect(await counted("实施主体记分牌", "项目亮灯")).toBe(await tile("重大项目"));
    expect(await counted("实施主体记分牌", "目标亮灯")).toBe(await tile("目标"));
    if (who !== null) await page.getByRole("button", { name: "退出" }).click();
  }
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

  const others = page.getByRole("table", { name: "承办部门记分牌" }).getByRole("row", { name: /^其他/ });
  await expect(others).toContainText(/未定承办部门（含草稿） \d现为 \d/);

  await page.goto("/console/board?at=60&compare");

  await expect(page.locator(".sums li").first().locator(".differs").first()).toContainText("现为 18");
  await expect(page.locator(".two .rows li.differs").first()).toContainText("此后出现");
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
    // At 100 nobody has targets yet: no link may lead to a unit that there is none of.
    for (const path of ["/console/board", "/console/board?at=100", "/console/board?at=290&compare", ...below]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);

      expect(await hindrances(page), path).toEqual([]);
      await expect(page.locator('a[href*="undefined"]'), path).toHaveCount(0);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
  });
}

test("on a narrow screen buttons and selects have room for a thumb, with a mouse as well", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  for (const path of ["projects", "tickets?show=all", "record/122"]) {
    await page.goto(`/console/${path}`);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expect(page.locator("main button, main select").first()).toBeVisible();

    const low = await page
      .locator("main button:visible, main select:visible")
      .evaluateAll((all) =>
        all.filter((each) => each.getBoundingClientRect().height < 44).map(({ outerHTML }) => outerHTML.slice(0, 120)),
      );

    expect(low, path).toEqual([]);
  }
});

test("every number of the scoreboards leads to the list that it counts, now and as of the past", async ({ page }) => {
  for (const at of ["", "?at=200"]) {
    await page.goto(`/console/board${at}`);
    const links = page.locator(".scoreboard .tally a");
    await expect(links.first()).toBeVisible();
    const count = await links.count();
    let followed = 0;
    for (let one = 0; one < count; one += 1) {
      const text = (await links.nth(one).textContent()) ?? "";
      // 3/7 in time are seven that were judged; late 2 are two.
      const wanted = Number(/\/(\d+)/.exec(text)?.[1] ?? /(\d+)/.exec(text)?.[1]);
      if (!/逾期|按时/.test(text) || followed > 5) continue;
      followed += 1;
      await links.nth(one).click();
      await expect(page.locator(".count")).toContainText(new RegExp(`(^|\\D)${wanted}(\\D|$)`));
      await expect(page.locator("table.list tbody tr")).toHaveCount(wanted);
      await page.goBack();
      await expect(links.first()).toBeVisible();
    }
    expect(followed).toBeGreaterThan(0);
  }
});
