import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hindrances } from "./accessible";
import { expect, started, stopped, test } from "./serving";

/** The browser itself complains of what it cannot get, and React of what was caught; of a page's own errors nothing may be left. */
const EXPECTED = /Failed to load resource|ERR_|WebSocket connection|NotFetched|could not be fetched/;

test("a page that was not visited before says that the server is away, and is there when it is back", async ({
  page,
  complaints,
}) => {
  const folder = mkdtempSync(join(tmpdir(), "txapi-away-"));
  let { address, child } = await started(folder);
  try {
    await page.goto(`${address}/console/board`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await stopped(child);

    await page.getByRole("link", { name: "记录", exact: true }).click();

    await expect(page.getByRole("alert").filter({ hasText: "这一页没有取到" })).toContainText("服务器没有回答");
    await expect(page.locator(".news")).toHaveText("与服务器断开，正在重连");
    expect(await hindrances(page)).toEqual([]);
    await page.getByRole("button", { name: "重试" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("这一页没有取到");
    // The pages that were visited before are there, as long as one likes.
    await page.getByRole("link", { name: "看板" }).click();
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("这一页没有取到");
    await page.getByRole("link", { name: "记录", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("这一页没有取到");

    ({ child } = await started(folder, new URL(address).port));

    await expect(page.getByRole("heading", { level: 1 })).toHaveText("记录", { timeout: 60_000 });
    await expect(page.locator(".news")).toHaveText("");
    await expect(page).toHaveURL(/\/console\/record$/);
  } finally {
    await stopped(child);
    rmSync(folder, { recursive: true, force: true });
  }
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !EXPECTED.test(each)));
});

test("a page whose files have other names since an update is loaded anew once, and never for ever", async ({
  page,
  complaints,
}) => {
  let loaded = 0;
  let missing = true;
  page.on("request", (request) => {
    if (request.isNavigationRequest()) loaded += 1;
  });
  await page.route("**/console/assets/record-*", async (route) => {
    if (missing) await route.fulfill({ status: 404, body: "" });
    else await route.continue();
    // The console that is loaded anew knows what the files are called now.
    missing = false;
  });
  await page.goto("/console/board");
  await page.getByRole("link", { name: "记录", exact: true }).click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("记录");
  expect(loaded).toBe(2);

  await page.unroute("**/console/assets/record-*");
  await page.route("**/console/assets/webhooks-*", (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("link", { name: "推送端点" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "这一页没有取到" })).toContainText("服务器可能正在更新");
  expect(loaded).toBe(3);

  await page.unroute("**/console/assets/webhooks-*");
  await page.getByRole("button", { name: "重试" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("推送端点");
  expect(loaded).toBe(4);
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !EXPECTED.test(each)));
});
