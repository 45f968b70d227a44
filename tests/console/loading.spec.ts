import { ask, expect, type Page, signInAs, test } from "./serving";

/** What a page asks by GraphQL, by the names of the operations. */
function questionsOf(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname !== "/graphql" || request.resourceType() === "websocket") return;
    asked.push(url.searchParams.get("operationName") ?? JSON.parse(request.postData() ?? "{}").operationName);
  });
  return asked;
}

/** What the browser is answered to questions, by the status on the wire: what it shows of a 304 is its own copy, with 200. */
async function statusesOf(page: Page): Promise<() => number[]> {
  const questions: string[] = [];
  const statuses = new Map<string, number>();
  const wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
  wire.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (new URL(request.url).pathname === "/graphql") questions.push(requestId);
  });
  // Either of the two may be told first.
  wire.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
    statuses.set(requestId, statusCode);
  });
  return () => questions.flatMap((id) => statuses.get(id) ?? []);
}

const settled = async (page: Page) => {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await expect(page.locator(".when time")).toContainText("2015");
};

const TICKET = "query($number: String) { ticket(number: $number) { entityId } }";

test("every page asks one question as it is loaded, also of whoever is signed in", async ({ page, server }) => {
  const { ticket } = await ask<{ ticket: { entityId: string } }>(server, "demo.auditor", TICKET, {
    number: "2015-0003",
  });
  await page.goto("/console/tickets");
  await signInAs(page, "市经信部门 经办人");
  await settled(page);
  const asked = questionsOf(page);
  const questions = {
    board: "Board",
    inbox: "Inbox",
    projects: "ProjectList",
    tickets: "Tickets",
    [`tickets/${ticket.entityId}`]: "Ticket",
    record: "Events",
    "record/122": "Event",
  };

  for (const [path, question] of Object.entries(questions)) {
    asked.length = 0;
    await page.goto(`/console/${path}`);
    await settled(page);
    // The socket has told where the record stands by now; it is no reason to ask again.
    await page.waitForTimeout(300);
    expect(asked, path).toEqual([question]);
  }
});

test("what the board is drawn with comes while its question is answered, in few files", async ({ page }) => {
  const files: string[] = [];
  page.on("request", (request) => {
    if (["script", "stylesheet"].includes(request.resourceType())) files.push(new URL(request.url()).pathname);
  });
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const asked = page.waitForRequest(/operationName=Board&/);
  await page.route(/operationName=Board&/, async (route) => {
    await held;
    await route.continue();
  });

  await page.goto("/console/board");
  await asked;
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("看板");
  const meanwhile = [...files];
  answer();
  await settled(page);

  expect(files).toEqual(meanwhile);
  expect(new Set(files).size).toBe(files.length);
  // What begins the console, what asks, what all pages share, its documents, the libraries, and the board; and three style sheets.
  expect(files.filter((name) => name.endsWith(".js"))).toHaveLength(6);
  expect(files.filter((name) => name.endsWith(".css"))).toHaveLength(3);
});

test("a page of the past asks one question, and the same once more where it is compared", async ({ page }) => {
  await page.goto("/console/tickets?show=all");
  await signInAs(page, "市经信部门 经办人");
  await settled(page);
  const ticket = page.getByRole("link", { name: "2015-0003" });
  const path = (await ticket.getAttribute("href")) ?? "";
  const asked = questionsOf(page);
  const questions = {
    "/console/board": "Board",
    "/console/board/units/dept-eic": "UnitPage",
    "/console/inbox": "Inbox",
    "/console/projects": "ProjectList",
    "/console/tickets": "Tickets",
    [path]: "Ticket",
    "/console/record": "Events",
  };

  for (const [place, question] of Object.entries(questions)) {
    asked.length = 0;
    await page.goto(`${place}?at=200`);
    await settled(page);
    // Longer than the shell waits for the page to tell of its moment.
    await page.waitForTimeout(1_800);
    expect(asked, place).toEqual([question]);
  }

  asked.length = 0;
  await page.goto("/console/board?at=200&compare");
  await settled(page);
  await page.waitForTimeout(1_800);
  expect(asked).toEqual(["Board", "Board"]);
});

test("a slider that is dragged asks now and then, and shows the moment where it is let go", async ({ page }) => {
  await page.goto("/console/board?at=300");
  await settled(page);
  const asked = questionsOf(page);
  const slider = page.getByRole("slider");

  for (let position = 299; position >= 240; position -= 1) {
    await slider.fill(String(position));
    await page.waitForTimeout(30);
  }
  await expect(page).toHaveURL(/at=240/);
  await settled(page);

  // Sixty positions; some were rested at for as long as the browser was busy.
  expect(asked.length).toBeLessThan(15);
  expect(asked.at(-1)).toBe("Board");
  await expect(page.getByLabel("时点").locator(".when")).toContainText("240");
});

test("what has not changed is not sent again, and the clock goes on", async ({ page }) => {
  await page.goto("/console/board");
  await settled(page);
  const statuses = await statusesOf(page);

  await page.reload();
  await settled(page);

  await expect.poll(statuses).toEqual([304]);
});

test("what is recorded while an answer is on its way is shown, too", async ({ page, server }) => {
  const { ticket } = await ask<{ ticket: { entityId: string } }>(server, "demo.auditor", TICKET, {
    number: "2015-0003",
  });
  const remind = (note: string) =>
    ask(
      server,
      "demo.supervisor",
      "mutation($input: RemindTicketInput!) { remindTicket(input: $input) { __typename } }",
      {
        input: { ticket: ticket.entityId, note },
      },
    );
  await page.goto(`/console/tickets/${ticket.entityId}`);
  await settled(page);
  const position = async () => (await page.locator(".when small").textContent()) ?? "";
  const before = await position();
  let held = 0;
  await page.route(/operationName=Ticket&/, async (route) => {
    held += 1;
    const answer = await route.fetch();
    if (held === 1) {
      const after = await position();
      await remind("路上又催一次。");
      await expect.poll(position).not.toBe(after);
    }
    await route.fulfill({ response: answer });
  });

  await remind("先催一次。");
  await expect.poll(position).not.toBe(before);

  await expect(page.locator(".proceedings").getByText("先催一次。", { exact: true })).toBeVisible();
  await expect(page.locator(".proceedings").getByText("路上又催一次。", { exact: true })).toBeVisible();
});
