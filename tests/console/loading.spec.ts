import { ask, expect, type Page, type Server, signInAs, test } from "./serving";

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

const ENTITIES = `{
  companies(first: 1) { nodes { entityId } } parcels(first: 1) { nodes { entityId } } targets(first: 1) { nodes { entityId } }
  supervisionLists(first: 1) { nodes { entityId } }
}`;

/** Pages of single things, which the record knows since before 300, each with its question. */
async function pagesOfThings(server: Server): Promise<Record<string, string>> {
  type Listed = { nodes: { entityId: string }[] };
  const found = await ask<Record<"companies" | "parcels" | "targets" | "supervisionLists", Listed>>(
    server,
    "demo.auditor",
    ENTITIES,
    {},
  );
  const first = (of: keyof typeof found) => found[of].nodes[0]?.entityId;
  return {
    [`companies/${first("companies")}`]: "CompanyPage",
    [`parcels/${first("parcels")}`]: "ParcelPage",
    [`board/targets/${first("targets")}`]: "TargetPage",
    [`board/lists/${first("supervisionLists")}`]: "SupervisionList",
    "board/units/dept-eic": "UnitPage",
  };
}

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
    ...(await pagesOfThings(server)),
  };

  for (const [path, question] of Object.entries(questions)) {
    asked.length = 0;
    await page.goto(`/console/${path}`);
    await settled(page);
    // The socket has told where the record stands by now; it is no reason to ask again.
    await page.waitForTimeout(300);
    expect(asked, path).toEqual([question]);
  }

  // How far webhooks were told is no part of the record, of now alone, and not for everybody: it is asked apart.
  asked.length = 0;
  await page.goto("/console/webhooks");
  await settled(page);
  await expect(page.getByRole("main")).toContainText("推送进度不对您显示");
  await page.waitForTimeout(300);
  expect(asked.toSorted()).toEqual(["WebhookDeliveries", "Webhooks"]);
  // Where nothing of the record is drawn, nothing is asked, but for where it stands.
  asked.length = 0;
  await page.goto("/console/import");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForTimeout(1_800);
  expect(asked).toEqual(["Now"]);
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

test("a page of the past asks one question, and the same once more where it is compared", async ({ page, server }) => {
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
    "/console/webhooks": "Webhooks",
  };
  const things = await pagesOfThings(server);
  const below = Object.fromEntries(Object.entries(things).map(([path, question]) => [`/console/${path}`, question]));

  for (const [at, pages] of [
    ["200", questions],
    ["300", below],
    // By its end, as the exports have it: nobody asks first whether that day is over.
    ["2015-08-02", questions],
    ["2015-08-09", below],
  ] as const) {
    for (const [place, question] of Object.entries(pages)) {
      asked.length = 0;
      await page.goto(`${place}?at=${at}`);
      await settled(page);
      // Longer than the shell waits for the page to tell of its moment.
      await page.waitForTimeout(1_800);
      expect(asked, `${place} at ${at}`).toEqual([question]);
    }
  }

  for (const place of ["board?at=200", "board?at=2015-08-02", "webhooks?at=200"]) {
    const question = place.startsWith("board") ? "Board" : "Webhooks";
    asked.length = 0;
    await page.goto(`/console/${place}&compare`);
    await settled(page);
    await page.waitForTimeout(1_800);
    expect(asked, place).toEqual([question, question]);
  }

  // Of a page that draws nothing of the record, the slider asks what its moment is, and nobody where the record stands.
  asked.length = 0;
  await page.goto("/console/import?at=200");
  await settled(page);
  await page.waitForTimeout(3_500);
  expect(asked).toEqual(["When"]);
});

test("the end of a day that is not over is asked for once, and then what is now; a day to come is asked for once", async ({
  page,
}) => {
  const asked = questionsOf(page);
  const points: unknown[] = [];
  page.on("request", (request) => {
    const variables = new URL(request.url()).searchParams.get("variables");
    if (variables !== null) points.push(JSON.parse(variables).at ?? null);
  });

  for (const [path, question] of [
    ["board", "Board"],
    ["tickets", "Tickets"],
  ] as const) {
    for (const list of [asked, points]) list.length = 0;
    await page.goto(`/console/${path}?at=2015-08-11`);
    await settled(page);
    await expect(page.getByRole("slider")).toHaveAttribute("aria-valuetext", "现在");
    await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
    await page.waitForTimeout(1_800);
    expect(asked, path).toEqual([question, question]);
    expect(points, path).toEqual([{ time: "2015-08-11T23:59:59.999999+08:00" }, null]);

    for (const list of [asked, points]) list.length = 0;
    await page.goto(`/console/${path}?at=2015-08-12`);
    await expect(page.locator(".banner")).toContainText("2015-08-12 还没有到");
    await expect(page.getByRole("main").getByRole("alert")).toContainText("MOMENT_IN_THE_FUTURE");
    await page.waitForTimeout(1_800);
    expect(asked, path).toEqual([question]);
  }
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
