/** What is done on a ticket, with one thumb: every sheet that somebody of the demonstration can open, on a telephone. */
import { hindrances } from "./accessible";
import { ask, expect, type Page, signInAs, test } from "./serving";

const MAY = "{ tickets(first: 200) { nodes { entityId number may { action allowed } } } }";
const WIDTH = 360;

interface Ticket {
  entityId: string;
  number: string | null;
  may: { action: string; allowed: boolean }[];
}

/** The sheets that this test opens: what each action is called. Drafts are amended on a page of their own. */
const SHEETS: Readonly<Record<string, string>> = {
  receiveTicket: "签收",
  acceptTicket: "受理",
  returnTicket: "退回",
  reportTicketProgress: "报告进展",
  resolveTicket: "办结",
  completeTicketSupport: "协办完成",
  askTicketExtension: "申请延期",
  decideTicketExtension: "延期批复",
  confirmTicket: "确认销号",
  reopenTicket: "重新办理",
  remindTicket: "催办",
  escalateTicket: "提级",
  recordTicketAttempt: "登记领导协调",
  decideTicket: "登记会议决定",
  carryOutTicketDecision: "落实决定",
  reassignTicket: "转办",
  addTicketSupport: "增加协办",
  withdrawTicket: "撤回",
  assignTicketOnSite: "限期办结",
  issueTicket: "发出",
  correctTicketReceipt: "更正签收",
  markTicketInternal: "标为内部或公开",
};

/** What the supporting unit itself does, made possible by this test. */
const OF_A_SUPPORTER = ["receiveTicket", "completeTicketSupport"];

/** What of a sheet is too low for a thumb, or lies beside the screen. */
function cramped(page: Page): Promise<string[]> {
  return page.getByRole("dialog").evaluate((sheet, width) => {
    const controls = [
      ...sheet.querySelectorAll("button, select, textarea, input:not([type=radio], [type=checkbox]), .choices label"),
    ];
    return controls.flatMap((each) => {
      const { height, left, right } = each.getBoundingClientRect();
      const fits = height >= 44 && left >= 0 && right <= width;
      return fits
        ? []
        : [`${Math.round(height)} ${Math.round(left)}-${Math.round(right)} ${each.outerHTML.slice(0, 90)}`];
    });
  }, WIDTH);
}

test("every sheet of a ticket has room for a thumb at 360 px, and hinders nobody", async ({ browser, server }) => {
  const ticketsOf = async (subject: string) =>
    (await ask<{ tickets: { nodes: Ticket[] } }>(server, subject, MAY, {})).tickets.nodes;
  const may = (ticket: Ticket, action: string) => ticket.may.some((one) => one.action === action && one.allowed);
  const give = async (subject: string, command: string, input: object) => {
    const name = `${command.charAt(0).toUpperCase()}${command.slice(1)}Input`;
    const text = `mutation($input: ${name}!) { answer: ${command}(input: $input) { __typename } }`;
    const { answer } = await ask<{ answer: { __typename: string } }>(server, subject, text, { input });
    expect(answer.__typename, command).toBe("TicketReceipt");
  };
  // In the demonstration no extension waits for its decision, and no unit supports another one: both are made here.
  const handled = (await ticketsOf("demo.dept-ndrc")).find((each) => may(each, "askTicketExtension"));
  const ticket = handled?.entityId;
  await give("demo.dept-ndrc", "askTicketExtension", { ticket, to: "2015-10-30", reason: "图纸待审。" });
  await give("demo.administrator", "addTicketSupport", { ticket, unit: "dept-eic" });
  const context = await browser.newContext({
    baseURL: server.address,
    viewport: { width: WIDTH, height: 740 },
    hasTouch: true,
    isMobile: true,
    locale: "zh-CN",
  });
  const page = await context.newPage();
  await page.goto("/console/board");

  const open = async (subject: string, action: string) => {
    const name = SHEETS[action] ?? "";
    const acted = (await ticketsOf(subject)).find((each) => may(each, action));
    expect(acted, action).toBeDefined();
    const path = `/console/tickets/${acted?.entityId}`;
    if (new URL(page.url()).pathname !== path) await page.goto(path);
    await page.locator(".acts .open").getByRole("button", { name, exact: true }).first().tap();
    const sheet = page.getByRole("dialog", { name });
    await expect(sheet).toBeVisible();
    // Days that are near, and units, come a moment later.
    if ((await sheet.getByRole("combobox").count()) > 0)
      await expect(sheet.getByRole("combobox").getByRole("option").nth(1)).toBeAttached();

    expect(await cramped(page), action).toEqual([]);
    expect(await sheet.evaluate((one) => one.scrollWidth - one.clientWidth), action).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), action).toBe(WIDTH);
    const bottom = await sheet.evaluate((one) => innerHeight - one.getBoundingClientRect().bottom);
    expect(Math.abs(bottom), action).toBeLessThanOrEqual(1);
    expect(await hindrances(page, ["dialog"]), action).toEqual([]);
    await sheet.getByRole("button", { name: "取消" }).tap();
    await expect(sheet).toHaveCount(0);
  };

  await signInAs(page, "demo.administrator");
  for (const action of Object.keys(SHEETS))
    if (!OF_A_SUPPORTER.includes(action)) await open("demo.administrator", action);
  await page.getByRole("button", { name: "退出" }).tap();
  await signInAs(page, "市经信部门 经办人");
  await open("demo.dept-eic", "receiveTicket");
  await give("demo.dept-eic", "receiveTicket", { ticket });
  await give("demo.dept-eic", "acceptTicket", { ticket, opinion: "协助办理。", promisedBy: "2015-09-30" });
  await open("demo.dept-eic", "completeTicketSupport");
  await context.close();
});
