import { hindrances } from "./accessible";
import { ask, expect, type Page, type Server, signInAs, test } from "./serving";

/** One grey dot, as a photograph. */
const PHOTOGRAPH = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);

async function ticketOf(server: Server, number: string): Promise<string> {
  const query = "query($number: String) { ticket(number: $number) { entityId } }";
  const response = await fetch(`${server.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { number } }),
  });
  const { data } = (await response.json()) as { data: { ticket: { entityId: string } } };
  return data.ticket.entityId;
}

const files = (page: Page) => page.getByRole("region", { name: "附件" });

test("a photograph is attached to a ticket at 360 px, fetched again, and not there before", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/console/tickets/${await ticketOf(server, "2015-0009")}`);
  await expect(files(page).getByRole("button", { name: "添加附件" })).toHaveAccessibleDescription(/无权进行此操作/);
  await signInAs(page, "市经信部门");
  const before = await page.getByRole("slider").inputValue();
  await expect(files(page)).toContainText("没有附件");

  const chooser = page.waitForEvent("filechooser");
  await files(page).getByRole("button", { name: "添加附件" }).click();
  await (await chooser).setFiles({ name: "现场照片.png", mimeType: "image/png", buffer: PHOTOGRAPH });

  await expect(files(page).getByRole("status")).toHaveText("已添加附件：现场照片.png");
  const shown = files(page).getByRole("listitem").filter({ hasText: "现场照片.png" });
  await expect(shown).toContainText(`${PHOTOGRAPH.length} B`);
  const download = page.waitForEvent("download");
  await shown.getByRole("button", { name: "下载 现场照片.png" }).click();
  expect((await download).suggestedFilename()).toBe("现场照片.png");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);

  await page.getByRole("slider").fill(before);
  await expect(files(page)).toContainText("没有附件");
  await expect(files(page).getByRole("button", { name: "添加附件" })).toHaveAccessibleDescription(/指令只能针对现状/);
});

test("a file that is not what it says is refused in the server's words, and nothing is attached", async ({
  page,
  server,
  complaints,
}) => {
  await page.goto(`/console/tickets/${await ticketOf(server, "2015-0012")}`);
  await signInAs(page, "市经信部门");

  const chooser = page.waitForEvent("filechooser");
  await files(page).getByRole("button", { name: "添加附件" }).click();
  await (await chooser).setFiles({ name: "照片.png", mimeType: "image/png", buffer: Buffer.from("<html>") });

  await expect(files(page).getByRole("alert")).toContainText("FILE_TYPE_REFUSED");
  await expect(files(page).getByRole("alert")).toContainText("该文件不是 PDF、PNG、JPEG");
  await expect(files(page)).toContainText("没有附件");
  // The browser itself complains of a response that is an error.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("415")));
});

async function sent(page: Page, name: string): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await files(page).getByRole("button", { name: "添加附件" }).click();
  await (await chooser).setFiles({ name, mimeType: "image/png", buffer: PHOTOGRAPH });
  await expect(files(page).getByRole("status")).toHaveText(`已添加附件：${name}`);
}

test("a scan hangs on the reply of the unit that gave it, and is withdrawn with a reason by the keyboard", async ({
  page,
  server,
}) => {
  await page.goto(`/console/tickets/${await ticketOf(server, "2015-0003")}`);
  await signInAs(page, "市经信部门");
  await expect(files(page)).toContainText("没有附件");
  await files(page).getByLabel("附于").selectOption({ index: 1 });

  await sent(page, "盖章答复.png");

  const handling = page.locator(".handling").first();
  await expect(handling.getByRole("button", { name: "下载 盖章答复.png" })).toBeVisible();
  await expect(files(page).getByRole("listitem")).toContainText("第 1 轮办理");
  expect(await hindrances(page)).toEqual([]);

  await files(page).getByRole("button", { name: "撤回 盖章答复.png" }).press("Enter");
  await page.keyboard.type("传错了文件");
  await page.keyboard.press("Enter");

  await expect(files(page)).toContainText("没有附件");
  await expect(handling.getByRole("button", { name: "下载 盖章答复.png" })).toHaveCount(0);
  await expect(page.locator(".history")).toContainText("理由：传错了文件");
});

test("a photograph hangs on a milestone, and one on a figure; whoever may not withdraw them reads why", async ({
  page,
  server,
}) => {
  const { project, targets } = await ask<{
    project: { entityId: string; milestones: { label: { zh: string } }[] };
    targets: { nodes: { entityId: string; figures: { through: string }[] }[] };
  }>(
    server,
    "demo.auditor",
    `{ project(code: "SL-01") { entityId milestones { label { zh } } }
       targets(filter: { year: [2015] }, first: 20) { nodes { entityId figures { through } } } }`,
    {},
  );
  const milestone = project.milestones[0]?.label.zh ?? "";
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/console/projects/${project.entityId}`);
  await signInAs(page, "督查人员");
  await files(page).getByLabel("附于").selectOption(milestone);

  await sent(page, "工地照片.png");

  const shown = page.locator("li.milestone").filter({ hasText: milestone }).first();
  await expect(shown.getByRole("button", { name: "下载 工地照片.png" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);

  const target = targets.nodes.find(({ figures }) => figures.length > 0);
  const through = target?.figures[0]?.through ?? "";
  await page.goto(`/console/board/targets/${target?.entityId}`);
  await files(page).getByLabel("附于").selectOption(`截至${through}的填报数`);
  await sent(page, "月报扫描件.png");
  await expect(page.getByRole("row", { name: through }).getByRole("button", { name: /月报扫描件/ })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await hindrances(page)).toEqual([]);

  await page.getByRole("button", { name: "退出" }).click();
  await expect(files(page).getByRole("button", { name: "撤回" })).toHaveAccessibleDescription(/无权进行此操作/);
});
