import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { hindrances } from "./accessible";
import { ask, expect, type Page, type Server, signInAs, TXAPI, test } from "./serving";

const NAME = "协同办公系统";

/** Another system that answers as it is told to, and remembers which positions it was told. */
async function receiver() {
  const heard: string[] = [];
  const told = { status: 410 };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      heard.push(String(JSON.parse(Buffer.concat(chunks).toString()).position));
      response.writeHead(told.status).end();
    });
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/in`, heard, told, close: () => http.close() };
}

async function reminded(server: Server): Promise<void> {
  const query = `query($number: String) { ticket(number: $number) { entityId } }`;
  const { ticket } = await ask<{ ticket: { entityId: string } }>(server, "demo.auditor", query, {
    number: "2015-0003",
  });
  const { remindTicket } = await ask<{ remindTicket: { __typename: string } }>(
    server,
    "demo.supervisor",
    `mutation($input: RemindTicketInput!) { remindTicket(input: $input) { __typename } }`,
    { input: { ticket: ticket.entityId, note: "请尽快答复。" } },
  );
  expect(remindTicket.__typename).toBe("TicketReceipt");
}

const row = (page: Page) => page.getByRole("row").filter({ hasText: NAME });

test("a dead webhook is seen by whoever may, replayed from a position by the administrator, and grey for others", async ({
  page,
  server,
}) => {
  const system = await receiver();
  const { registerWebhook } = await ask<{ registerWebhook: { webhook: { entityId: string } } }>(
    server,
    "demo.administrator",
    `mutation($input: RegisterWebhookInput!) { registerWebhook(input: $input) { ... on WebhookReceipt { webhook { entityId } } } }`,
    { input: { name: NAME, url: system.url, types: ["ticket.reminded"], units: ["dept-eic"] } },
  );
  const id = registerWebhook.webhook.entityId;
  await page.goto("/console/webhooks");
  await expect(row(page)).toContainText("市经信部门");
  await expect(row(page)).toContainText("催办");
  await expect(row(page).getByRole("button", { name: "重新推送" })).toHaveAccessibleDescription(/无权进行此操作/);
  await signInAs(page, "demo.administrator");
  await expect(row(page)).toContainText("缺少密钥");

  await promisify(execFile)(TXAPI, ["webhook", "secret", id], { env: { ...process.env, TXAPI_DATA: server.data } });
  await reminded(server);

  await expect(row(page)).toContainText("已失效");
  await expect(row(page)).toContainText("410");
  await expect(row(page)).toContainText(/自 \d{4}-\d\d-\d\d \d\d:\d\d 起停止/);
  await expect(page.getByRole("link", { name: "推送停止 1" })).toBeVisible();
  expect(await hindrances(page)).toEqual([]);

  system.told.status = 204;
  const heard = system.heard.length;
  await row(page)
    .getByRole("button", { name: `重新推送：${NAME}` })
    .press("Enter");
  await expect(page.getByRole("dialog")).toContainText("接收方可据此去重");
  expect(await hindrances(page)).toEqual([]);
  await page.keyboard.type("0");
  await page.keyboard.press("Enter");

  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(row(page)).toContainText("正常推送");
  await expect(row(page)).toContainText("已到记录末尾");
  // From position 0 on it hears of every reminder, not only of the last one.
  expect(new Set(system.heard.slice(heard)).size).toBeGreaterThan(1);

  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.getByRole("button", { name: "退出" }).click();
  await signInAs(page, "市经信部门 经办人");
  await expect(row(page).getByRole("button", { name: "重新推送" })).toHaveAccessibleDescription(/无权进行此操作/);
  await expect(page.getByRole("main").getByRole("status").first()).toContainText("与推送无关");
  await expect(row(page)).not.toContainText("正常推送");
  expect(await hindrances(page)).toEqual([]);
  system.close();
});

test("an administrator registers a webhook by the keyboard; everybody else reads how one is made", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/console/webhooks");
  const register = page.getByRole("main").getByRole("button", { name: "登记推送端点" });
  const dialog = page.getByRole("dialog", { name: "登记推送端点" });
  await expect(page.getByRole("main")).toContainText("推送端点由管理员登记");
  await signInAs(page, "督查人员");
  await expect(page.getByRole("main")).toContainText("推送端点由管理员登记");
  await expect(register).toHaveCount(0);
  await page.getByRole("button", { name: "退出" }).click();

  await signInAs(page, "demo.administrator");
  await register.press("Enter");
  await dialog.getByLabel("系统").fill("政务协同平台");
  await dialog.getByLabel("网址").fill("https://user:secret@oa.example/in");
  await dialog.getByLabel(/^只接收这些单位/).selectOption("市经信部门");
  await dialog.getByLabel(/^只接收这些事件/).selectOption("催办");
  expect(await hindrances(page)).toEqual([]);
  await dialog.getByLabel("备注").press("Enter");
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("网址").fill("https://oa.example/in");
  await dialog.getByLabel("网址").press("Enter");

  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "已登记 政务协同平台" })).toContainText(
    "txapi webhook secret",
  );
  const registered = page.getByRole("row").filter({ hasText: "政务协同平台" });
  await expect(registered).toContainText("市经信部门");
  await expect(registered).toContainText("催办");
  await expect(registered).toHaveCount(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);
});

test("webhooks of the past are compared with now: what was closed, what came since; and the list is saved as a file", async ({
  page,
  server,
}) => {
  type Receipt = { position: string; webhook: { entityId: string } };
  const answer = "{ ... on WebhookReceipt { position webhook { entityId } } }";
  const { registerWebhook } = await ask<{ registerWebhook: Receipt }>(
    server,
    "demo.administrator",
    `mutation($input: RegisterWebhookInput!) { registerWebhook(input: $input) ${answer} }`,
    { input: { name: "旧系统", url: "https://old.example/in", types: ["ticket.reminded"] } },
  );
  const { position, webhook } = registerWebhook;
  const { amendWebhook } = await ask<{ amendWebhook: Receipt }>(
    server,
    "demo.administrator",
    `mutation($input: AmendWebhookInput!) { amendWebhook(input: $input) ${answer} }`,
    { input: { webhook: webhook.entityId, url: "https://new.example/in", reason: "换了地址。" } },
  );
  expect(BigInt(amendWebhook.position)).toBeGreaterThan(BigInt(position));
  await ask(
    server,
    "demo.administrator",
    `mutation($input: CloseWebhookInput!) { closeWebhook(input: $input) ${answer} }`,
    { input: { webhook: webhook.entityId, reason: "不再使用。" } },
  );
  const old = page.getByRole("row").filter({ hasText: "旧系统" });

  await page.goto(`/console/webhooks?at=${position}`);
  await expect(old).toContainText("https://old.example/in");
  await expect(page.locator(".differs")).toHaveCount(0);
  await page.getByLabel("与现在比较").check();

  await expect(old.locator(".url .differs")).toContainText("现为 https://new.example/in");
  await expect(old.locator("td[data-label=状态] .differs")).toContainText("现为 已停用");
  // What it hears of is what it heard of.
  await expect(old.locator("td[data-label=接收] .differs")).toHaveCount(0);

  await page.goto("/console/webhooks?at=200&compare");
  await expect(old).toContainText("此后出现");
  await expect(old.getByRole("button")).toHaveCount(0);
  expect(await hindrances(page)).toEqual([]);
  await page.goto("/console/webhooks?at=200");
  await expect(page.getByRole("main")).toContainText("没有登记推送端点。");

  await page.goto(`/console/webhooks?at=${position}`);
  const download = page.waitForEvent("download");
  await page.locator(".export").getByRole("button", { name: ".csv" }).click();
  const saved = readFileSync(await (await download).path(), "utf8");
  expect(saved).toContain("https://old.example/in");
  expect(saved).not.toContain("https://new.example/in");
});

test("a mistaken address says why it is never called, and is closed by the administrator, with a reason", async ({
  page,
  server,
}) => {
  const name = "写错的系统";
  const wrong = page.getByRole("row").filter({ hasText: name });
  await ask(
    server,
    "demo.administrator",
    `mutation($input: RegisterWebhookInput!) { registerWebhook(input: $input) { __typename } }`,
    { input: { name, url: "http://8.8.8.8/in", types: [], units: [] } },
  );
  await page.goto("/console/webhooks");
  await expect(wrong).toHaveCount(1);
  await expect(wrong.getByRole("button", { name: "停用" })).toHaveCount(0);

  await signInAs(page, "demo.administrator");
  await expect(wrong).toContainText("本服务器不得访问该地址");
  await expect(wrong).toContainText("8.8.8.8 is a public address");
  await page.getByRole("main").getByRole("button", { name: "登记推送端点" }).click();
  await expect(page.getByRole("dialog").getByLabel("网址")).toHaveAccessibleDescription(/状态栏写明原因/);
  await page.getByRole("dialog").getByRole("button", { name: "取消" }).click();

  await wrong.getByRole("button", { name: `停用：${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `停用：${name}` });
  expect(await hindrances(page)).toEqual([]);
  await dialog.getByRole("button", { name: "停用" }).click();
  // Without a reason nothing is sent.
  await expect(dialog).toBeVisible();
  await expect(wrong).not.toContainText("已停用");
  await dialog.getByLabel("停用的理由").fill("网址写错了");
  await dialog.getByRole("button", { name: "停用" }).click();

  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: `${name} 已停用` })).toBeVisible();
  await expect(wrong).toContainText("已停用");
  await expect(wrong.getByRole("button", { name: "停用" })).toHaveCount(0);
  await wrong.getByRole("link", { name }).click();
  await expect(page.getByRole("main")).toContainText("网址写错了");
});
