import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, type Page, type Server, TXAPI, test } from "./serving";

// On this Sunday nothing was recorded. The last event is of Friday, when 2015-0006 was green still: its light turned with the day.
const SUNDAY = "2015-08-02";
const TICKET = "2015-0006";
const TODAY = "2015-08-11";
const row = (page: Page) => page.getByRole("row").filter({ hasText: TICKET });

/** The light of the ticket as the command line tells it of a day. */
async function byCommandLine(server: Server, day: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(TXAPI, [
    ...["show", "--at", day, "--operation", "Tickets", "--json", "--data", server.data],
  ]);
  const { data } = JSON.parse(stdout) as {
    data: { moment: { tickets: { nodes: { number: string; light: { colour: string } }[] } } };
  };
  return data.moment.tickets.nodes.find(({ number }) => number === TICKET)?.light.colour;
}

test("a day is its end: on the page, in the file that is saved there, and on the command line", async ({
  page,
  server,
}) => {
  await page.goto("/console/tickets?show=all");
  await expect(row(page)).toBeVisible();

  await page.getByLabel("看某日日终").fill(SUNDAY);

  await expect(page).toHaveURL(/\/tickets\?show=all&at=2015-08-02$/);
  await expect(page.locator(".banner")).toContainText(`${SUNDAY} 日终（24时）的记录，位置 105`);
  await expect(row(page).locator(".light.yellow")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: ".csv" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).split("\r\n");
  expect(lines.find((line) => line.startsWith(TICKET))).toContain(",yellow,");
  expect(await byCommandLine(server, SUNDAY)).toBe("YELLOW");

  await expect(page.getByLabel("看某日日终")).toHaveValue(SUNDAY);

  // An old link names the event, and is judged by the clock of that event for ever.
  await page.goto("/console/tickets?show=all&at=105");
  await expect(row(page).locator(".light.green")).toBeVisible();
  await expect(page.locator(".banner")).toContainText("2015-07-31 16:00 时的记录，位置 105");
  await expect(page.getByLabel("看某日日终")).toHaveValue("");
  await page.getByLabel("看某日日终").fill("2015-07-31");
  await expect(page).toHaveURL(/at=2015-07-31$/);
});

test("a day stays in links, in the permanent link and beside now, and every page is drawn as of its end", async ({
  page,
}) => {
  await page.goto(`/console/board?at=${SUNDAY}`);
  await expect(page.getByRole("link", { name: "永久链接" })).toHaveAttribute("href", `/console/board?at=${SUNDAY}`);
  await expect(page.getByRole("slider")).toHaveValue("105");

  await page.getByLabel("与现在比较").check();
  await expect(page).toHaveURL(/at=2015-08-02&compare$/);
  await expect(page.locator(".differs").first()).toContainText("现为");
  await page.getByRole("link", { name: "记录", exact: true }).click();
  await expect(page).toHaveURL(/\/record\?at=2015-08-02&compare$/);
  await expect(page.getByRole("row").nth(1)).toContainText("105");
  await page.goto(`/console/record/106?at=${SUNDAY}`);
  await expect(page.getByRole("main").locator(".refused")).toContainText("位置 105");

  await page.getByRole("button", { name: "前一事件" }).click();
  await expect(page).toHaveURL(/\/record\/106\?at=104$/);
});

test("the end of today is now, before the record there was nothing, and tomorrow has not come", async ({
  page,
  complaints,
}) => {
  await page.goto(`/console/tickets?show=all&at=${TODAY}`);
  await expect(page.getByRole("table")).toContainText(TICKET);
  await expect(page.locator(".banner")).toHaveCount(0);
  await expect(page.getByRole("slider")).toHaveAttribute("aria-valuetext", "现在");
  expect(complaints).toEqual([]);

  await page.getByLabel("看某日日终").fill("2014-12-31");
  await expect(page.locator(".banner")).toContainText("2014-12-31 日终（24时）尚无任何记录");
  await expect(page.getByRole("main")).not.toContainText(TICKET);
  await page.getByLabel("看某日日终").fill(TODAY);
  await expect(page).toHaveURL(/\/tickets\?show=all$/);

  await page.goto("/console/tickets?show=all&at=2015-08-12");
  await expect(page.locator(".banner")).toContainText("还没有这个时点：2015-08-12 还没有到");
  await expect(page.getByRole("main")).not.toContainText(TICKET);
  await page.getByRole("main").getByRole("button", { name: "回到现在" }).click();
  await expect(page.getByRole("table")).toContainText(TICKET);
  // The browser itself complains of what the server does not answer.
  complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("400")));
});
