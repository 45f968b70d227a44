import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hindrances } from "./accessible";
import { expect, type Page, test } from "./serving";

const REGISTER = readFileSync(join(__dirname, "../../schema/operations/RegisterMeeting.graphql"), "utf8");

/** The position that is the newest of the list. */
async function newest(page: Page): Promise<string> {
  const first = page.getByRole("row").nth(1).getByRole("rowheader");
  await expect(first).toBeVisible();
  return (await first.textContent()) ?? "";
}

const settled = (page: Page) => expect(page.locator("[aria-busy=true]")).toHaveCount(0);

test("an auditor narrows the record down, opens an event and proves it", async ({ page }) => {
  await page.goto("/console/record");
  await expect(page.getByText("实时：有新事件即显示")).toBeVisible();
  await page.getByLabel("对象类别").selectOption({ label: "工作联系单" });
  await page.getByLabel("事件类型").selectOption({ label: "签收更正" });

  await expect(page).toHaveURL(/kind=ticket&type=ticket.receipt_corrected/);
  await expect(page.getByText("共 1 个事件")).toBeVisible();
  await page.getByRole("link", { name: "签收更正" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toContainText("122");
  const main = page.getByRole("main");
  await expect(main).toContainText("收文登记显示7月30日送达");
  await expect(main).toContainText("收文登记簿（示例），第12页");
  await expect(page.getByRole("table")).toContainText("变更前");
  await page.getByRole("button", { name: "取得证明" }).click();
  await page.getByRole("button", { name: "在本浏览器中验证" }).click();

  await expect(page.locator(".verdict")).toContainText("已证明：此事件原样在记录中");
  await expect(page.locator(".verdict li.holds")).toHaveCount(4);
  await expect(page.locator(".verdict")).toContainText("服务器提供的密钥：伪造记录者也能提供与之相符的密钥");
  await expect(page.locator(".verdict")).toContainText("WebCrypto");
});

test("the same in English, against a key that was pinned", async ({ page }) => {
  await page.goto("/console/record/122");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Get the proof" }).click();
  await page.getByRole("button", { name: "Pin this key" }).click();
  await expect(page.getByText("Pinned by you; kept in this browser.")).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Get the proof" }).click();
  await page.getByRole("button", { name: "Verify in this browser" }).click();

  await expect(page.locator(".verdict")).toContainText("Proven: this event is in the record as it is shown");
  await expect(page.locator(".verdict")).toContainText("the key that you pinned");

  await page.getByLabel("Verifier key").fill("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  await expect(page.locator(".verdict")).toHaveCount(0);
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.locator(".verdict")).toContainText("This key has not signed the checkpoint.");
});

test("a server that shows another reason than was recorded is found out", async ({ page }) => {
  await page.route("**/graphql*", async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const told = text.includes('"stored"')
      ? text
      : text.replaceAll("收文登记显示7月30日送达", "收文登记显示7月31日送达");
    await route.fulfill({ response, body: told });
  });
  await page.goto("/console/record/122");
  await expect(page.getByText("7月31日送达")).toBeVisible();
  await page.getByRole("button", { name: "取得证明" }).click();
  await page.getByRole("button", { name: "在本浏览器中验证" }).click();

  await expect(page.locator(".verdict")).toContainText("未能证明");
  await expect(page.locator(".verdict li.fails")).toContainText("页面所示与存储原文不符之处");
  await expect(page.locator(".verdict li.fails")).toContainText("reason");
});

test("a browser without Ed25519 proves it with the page's own library", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined }));
  await page.goto("/console/record/325");
  await page.getByRole("button", { name: "取得证明" }).click();
  await page.getByRole("button", { name: "在本浏览器中验证" }).click();

  await expect(page.locator(".verdict")).toContainText("已证明");
  await expect(page.locator(".verdict")).toContainText("@noble/curves");
});

test("pages lead into the past and back to the head", async ({ page }) => {
  await page.goto("/console/record");
  const head = await newest(page);
  // There are gaps: of refused attempts only some may know.
  const oldest = Number(await page.getByRole("rowheader").last().textContent());
  const newestNow = async () => Number(await newest(page));

  await page.getByRole("link", { name: "较早" }).first().click();
  await expect(page).toHaveURL(new RegExp(`before=${oldest}`));
  await expect.poll(newestNow).toBeLessThan(oldest);
  const second = await newest(page);
  await page.getByRole("link", { name: "较早" }).first().click();
  await expect.poll(newestNow).toBeLessThanOrEqual(Number(second) - 50);
  await page.getByRole("link", { name: "较新" }).first().click();
  await expect.poll(() => newest(page)).toBe(second);
  await page.getByRole("link", { name: "较新" }).first().click();

  await expect.poll(() => newest(page)).toBe(head);
  await expect(page).toHaveURL(/\/console\/record$/);
  await expect(page.getByText("实时：有新事件即显示")).toBeVisible();
});

test("what is narrowed down by actor and time stays in the link, and so does the moment", async ({ page }) => {
  await page.goto("/console/record?at=200&unit=dept-ndrc&from=2015-07-01&to=2015-08-11");
  await settled(page);
  const rows = page.getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  const then = await rows.count();
  expect(Number(await newest(page))).toBeLessThanOrEqual(200);

  await page.getByRole("button", { name: "回到现在" }).click();
  await settled(page);
  await expect(page).toHaveURL(/unit=dept-ndrc&from=2015-07-01&to=2015-08-11$/);
  await expect.poll(() => rows.count()).toBeGreaterThan(then);
  await page.getByRole("button", { name: "清除筛选" }).click();
  await expect(page).toHaveURL(/\/console\/record$/);
});

for (const [name, width] of [
  ["a desk", 1280],
  ["a telephone", 360],
] as const) {
  for (const language of ["zh", "en"]) {
    test(`the pages of the record hinder nobody on ${name}, in ${language}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 780 });
      await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
      for (const path of ["record", "record?kind=ticket&of=nobody", "record/122", "record/1", "record/99999"]) {
        await page.goto(`/console/${path}`);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await settled(page);
        if (path.startsWith("record/1")) {
          await page.locator(".proof > button").click();
          await page.locator(".verification button.primary").click();
          await expect(page.locator(".verdict.proven")).toBeVisible();
        }

        expect(await hindrances(page), path).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      }
    });
  }
}

test("what is recorded while somebody watches appears by itself, and can be proven", async ({ page }) => {
  await page.goto("/console/record");
  const head = Number(await newest(page));
  await settled(page);

  const recorded = await page.evaluate(async (query) => {
    const { users } = await (await fetch("/demo/users")).json();
    const { token } = users.find(({ role }: { role: string }) => role === "SECRETARY");
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input: { kind: "OTHER", title: "记录页的会议" } } }),
    });
    return answer.json();
  }, REGISTER);

  expect(recorded.data.registerMeeting.__typename).toBe("MeetingReceipt");
  await expect.poll(() => newest(page)).toBe(String(head + 1));
  await expect(page.locator("tr.fresh")).toContainText("记录页的会议");
  await page.locator("tr.fresh").getByRole("link").click();
  await page.getByRole("button", { name: "取得证明" }).click();
  await page.getByRole("button", { name: "在本浏览器中验证" }).click();
  await expect(page.locator(".verdict")).toContainText("已证明");
});

test("rows about what was printed say which figure, and adopted editions which", async ({ page }) => {
  await page.goto("/console/record?type=publication.item_printed");
  const rows = page.getByRole("row");
  await expect(rows.filter({ hasText: "合同利用外资完成率" })).toContainText(
    /桐乡市经济开发区 · 合同利用外资 2015 · 合同利用外资完成率：58\.2%（截至2015年7月/,
  );

  await page.goto("/console/record?type=reference.adopted");
  await expect(rows.filter({ hasText: "reply-7-calendar-days" })).toContainText("时限规则 reply-7-calendar-days");
  expect(await hindrances(page)).toEqual([]);
});

test("every kind of event has a name in both languages, and webhooks theirs", async ({ page }) => {
  for (const [language, name] of [
    ["zh", "推送端点登记"],
    ["en", "webhook registered"],
  ] as const) {
    await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
    await page.goto("/console/record");
    const types = page.locator(".narrowing select").nth(1).locator("option");
    await expect(types.filter({ hasText: name })).toHaveCount(1);
    const texts = await types.allTextContents();
    expect(texts.filter((text) => /[a-z]+\.[a-z_]+/.test(text))).toEqual([]);
    const kinds = await page.locator(".narrowing select").first().locator("option").allTextContents();
    expect(kinds.filter((text) => /_/.test(text))).toEqual([]);
  }
});
