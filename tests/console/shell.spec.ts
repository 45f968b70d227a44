import { hindrances } from "./accessible";
import { expect, signInAs, test } from "./serving";

test("sign in, see tickets, drag to the past, keep the link, come back", async ({ page }) => {
  await page.goto("/console/tickets");
  await signInAs(page, "市经信部门 经办人");
  await expect(page.getByRole("banner")).toContainText("经办人");
  await expect(page.getByRole("table")).toContainText("企业污水入网");
  const rowsNow = await page.getByRole("row").count();

  const slider = page.getByRole("slider", { name: "拖动到任一时点" });
  await slider.fill("200");

  await expect(page.getByText("正在看过去：")).toBeVisible();
  await expect(page).toHaveURL(/at=200/);
  await expect.poll(() => page.getByRole("row").count()).not.toBe(rowsNow);
  const then = await page.getByRole("main").textContent();

  await page.getByRole("link", { name: "看板" }).click();
  await expect(page).toHaveURL(/\/console\/board\?at=200/);
  await page.goto("/console/tickets?at=200");
  await expect.poll(() => page.getByRole("main").textContent()).toBe(then);

  await page.getByRole("button", { name: "回到现在" }).click();
  await expect(page).toHaveURL(/\/console\/tickets$/);
  await expect(page.getByRole("row")).toHaveCount(rowsNow);
});

test("the slider is moved by keys, and a day leads to its end", async ({ page }) => {
  await page.goto("/console/board");
  const slider = page.getByRole("slider");
  await expect(slider).toBeEnabled();
  const head = Number(await slider.inputValue());

  await slider.press("ArrowLeft");
  await expect(page).toHaveURL(new RegExp(`at=${head - 1}`));
  await page.getByLabel("看某日日终").fill("2015-08-06");

  await expect(page.locator(".banner")).toContainText("2015-08-06");
});

test("a list of then says how many there are now, and names what came since", async ({ page }) => {
  await page.goto("/console/tickets?show=all&at=125");
  await page.getByLabel("与现在比较").check();

  await expect(page).toHaveURL(/compare/);
  await expect(page.locator(".count .differs")).toContainText("现为 共");
  await expect(page.locator("tr.differs", { hasText: "此后出现" }).first()).toContainText("2015-00");

  await page.goto("/console/projects?at=60&compare");

  await expect(page.locator(".count .differs")).toHaveText(/共 5 个.*现为 共 18 个/);
  await expect(page.locator("tr.differs", { hasText: "此后出现" })).toHaveCount(13);
  await expect(page.locator(".narrow .choices .differs").first()).toContainText("现为");
});

test("what was owed then stands beside what is owed now, and where that is nothing it says so", async ({ page }) => {
  await page.goto("/console/tickets?show=all&at=125&compare");
  const owed = page.locator("td[data-label=待办事项] > .differs");
  await expect(owed.first()).toBeVisible();

  for (const mark of await owed.all()) {
    await expect(mark).toHaveText(/^.+现为 .+$/);
    await expect(mark).toHaveCSS("display", "block");
  }
  await expect(owed.filter({ hasText: "现为 没有待办事项" }).first()).toBeVisible();
  // A light is marked where another one, or another reason, is read; that it holds until another day is read nowhere.
  const lights = page.locator("td[data-label=灯] > .differs");
  await expect(lights.first()).toBeVisible();
  for (const mark of await lights.allTextContents()) {
    const [then, now] = mark.split("现为 ");
    expect(then).not.toBe(now);
  }
});

test("lists say why a light is red in words, for those without a mouse too", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto("/console/tickets?show=all&light=red");
  const lights = page.locator("table.list .light.red");
  await expect(lights.first()).toBeVisible();
  for (const light of await lights.all()) await expect(light.locator(".because")).toBeVisible();
  await expect(page.locator("[title]")).toHaveCount(0);

  await page.goto("/console/inbox");
  await signInAs(page, "市经信部门 经办人");
  const cards = page.locator(".cards .light");
  await expect(cards.first()).toBeVisible();
  for (const light of await cards.all()) await expect(light.locator(".because")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);
});

test("a ticket of then marks the escalations, attempts, decisions, reminders and lapses that came since", async ({
  page,
}) => {
  await page.goto("/console/tickets?show=all");
  await page.getByRole("link", { name: "2015-0003" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("2015-0003");

  await page.goto(`${page.url()}?at=110&compare`);

  for (const title of ["提级经过", "领导协调", "市长办公会议决定", "催办"]) {
    const part = page.locator(".proceedings section", { has: page.getByRole("heading", { name: title, exact: true }) });
    await expect(part.locator("li.differs").first(), title).toContainText("此后出现");
  }
  const handling = page.locator(".handling").first();
  await expect(handling.locator("li.differs", { hasText: "此后出现" }).first()).toBeVisible();
});

test("a unit's page of then marks the tickets that came since and the lights that turned", async ({ page }) => {
  await page.goto("/console/board/units/dept-eic?at=100&compare");

  await expect(page.locator(".rows li.differs", { hasText: "此后出现" }).first()).toContainText("2015-00");
  await expect(page.locator(".rows li", { hasText: "2015-0007" }).locator(".differs .light.red").first()).toBeVisible();
  await expect(page.locator("h2 .differs", { hasText: "现为" }).first()).toBeVisible();
});

for (const [name, width] of [
  ["a desk", 1280],
  ["a telephone", 360],
] as const) {
  test(`axe finds nothing serious on ${name}, and nothing is wider than the screen`, async ({ page }) => {
    await page.setViewportSize({ width, height: 780 });
    for (const path of ["inbox", "board", "projects", "tickets", "record", "tickets?at=200&compare", "nowhere"]) {
      await page.goto(`/console/${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);

      expect(await hindrances(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await expect(page.getByRole("dialog").getByRole("button").first()).toBeVisible();
    expect(await hindrances(page)).toEqual([]);
  });
}

test("the console speaks both languages, and remembers which", async ({ page }) => {
  await page.goto("/console/tickets");
  await page.getByRole("button", { name: "English" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tickets");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tickets");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("in English the notes of a deadline are told apart as English tells them apart, and no project is of no body", async ({
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem("txapi.language", "en"));
  await page.goto("/console/tickets?show=all");
  await page.getByRole("link", { name: "2015-0003" }).click();

  await expect(page.locator(".notes").filter({ hasText: ", " }).first()).toBeVisible();
  for (const notes of await page.locator(".notes").allTextContents()) expect(notes).not.toContain("，");
  await page.goto("/console/board");
  await expect(page.getByRole("main")).toContainText("body not yet known");
  await expect(page.getByRole("main")).not.toContainText("of no body");
});

test("a token that nobody issued is told apart from no answer", async ({ page, complaints }) => {
  await page.goto("/console/tickets");
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await page.getByRole("dialog").getByLabel("令牌").fill("eyJ.not.ours");
  await page.getByRole("button", { name: "用令牌登录" }).click();

  await expect(page.getByRole("alert").filter({ hasText: "UNAUTHENTICATED" })).toBeVisible();
  // The browser itself complains of every 401.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("401")));
});

test("what is no id of anything is told once, by the page that would be of it", async ({ page }) => {
  for (const path of [
    "tickets/nonsense",
    "projects/nonsense",
    "companies/nonsense",
    "parcels/nonsense",
    "board/targets/nonsense",
    "board/lists/nonsense",
    "tickets/nonsense/edit",
  ]) {
    await page.goto(`/console/${path}`);
    await expect(page.getByRole("main").getByText(/^(此时)?没有这/), path).toHaveCount(1);

    await expect(page.getByRole("alert"), path).toHaveCount(0);
  }
});

test("a unit that reminds is called by its name, not by its code", async ({ page }) => {
  await page.goto("/console/tickets?show=all");
  await page.getByRole("link", { name: "2015-0007" }).click();
  const proceedings = page.locator(".proceedings");
  await expect(proceedings).toContainText("大麻镇 → 市经信部门");

  await expect(proceedings).not.toContainText("dama");
  await page.goto("/console/tickets?show=all");
  await page.getByRole("link", { name: "2015-0008" }).click();
  await expect(proceedings).toContainText(/撤回 大麻镇/);
});
