import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ask, expect, type Page, type Server, test } from "./serving";

/** What stands in a page is compared as somebody who has not signed in sees it, and so is what the server answers. */
async function answered(server: Server, operation: string, variables: object): Promise<unknown> {
  const query = readFileSync(resolve(__dirname, "..", "..", "schema", "operations", `${operation}.graphql`), "utf8");
  const response = await fetch(`${server.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-language": "zh-CN" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: { moment: unknown }; errors?: unknown };
  expect(errors).toBeUndefined();
  return data.moment;
}

/** Every text and number of an answer; of what is said in both languages, the Chinese. */
function textsOf(answer: unknown): ReadonlySet<string> {
  const texts = new Set<string>();
  const walk = (value: unknown) => {
    if (typeof value === "string" || typeof value === "number") texts.add(String(value));
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null) {
      // What may be done is said of the page's own moment, and an id carries it.
      for (const [name, each] of Object.entries(value)) {
        if (!["id", "en", "may", "mayAttach", "moment", "position", "clock", "validOn"].includes(name)) walk(each);
      }
    }
  };
  walk(answer);
  return texts;
}

/** The texts of a page, each as one node of it tells it: all, and those within a mark. Controls and drawings are none. */
async function drawn(page: Page): Promise<{ all: string[]; marked: string[] }> {
  return await page.evaluate(() => {
    const all: string[] = [];
    const marked: string[] = [];
    const main = document.querySelector("main");
    if (main === null) throw new Error("there is no main");
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = (node.textContent ?? "").replace(/\s+/g, " ").trim();
      const within = node.parentElement;
      // A heading names what stands beneath it, and that is marked.
      if (text === "" || within === null || within.matches("h2, h3, h4, dt")) continue;
      if (within.closest("select, svg, .legend, .scale, .unseen, .add, .acts, .actions, [data-code]") !== null)
        continue;
      all.push(text);
      if (within.closest(".differs") !== null) marked.push(text);
    }
    return { all, marked };
  });
}

async function drawnAt(page: Page, address: string): Promise<{ all: string[]; marked: string[] }> {
  await page.goto(address);
  await expect(page.locator("main .content:not(.stale)").first()).toBeVisible();
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
  return await drawn(page);
}

/** Opens a page beside now, and waits until both answers are drawn. */
async function compared(page: Page, path: string, at: string) {
  await page.goto(`${path}?at=${at}&compare`);
  await expect(page.locator("main .content:not(.stale)").first()).toBeVisible();
  await expect(page.locator("main .differs").first()).toBeVisible();
}

interface Some {
  readonly entityId: string;
}

interface Found {
  readonly projects: { readonly nodes: readonly (Some & { readonly code: string })[] };
  readonly targets: { readonly nodes: readonly Some[] };
  readonly companies: { readonly nodes: readonly Some[] };
  readonly parcels: { readonly nodes: readonly Some[] };
  readonly supervisionLists: { readonly nodes: readonly Some[] };
  readonly tickets: { readonly nodes: readonly (Some & { readonly number: string | null })[] };
}

/** Nouns of the demonstration; those that were there at a position, where one is given. */
async function found(server: Server, position: number | null): Promise<Found> {
  const at = position === null ? "" : `(at: { position: "${position}" })`;
  const { moment } = await ask<{ moment: Found }>(
    server,
    "demo.auditor",
    `{ moment${at} {
      projects(first: 100) { nodes { entityId code } }
      targets(first: 100) { nodes { entityId } }
      companies(first: 100) { nodes { entityId } }
      parcels(first: 100) { nodes { entityId } }
      supervisionLists(first: 100) { nodes { entityId } }
      tickets(first: 100) { nodes { entityId number } }
    } }`,
    {},
  );
  return moment;
}

/**
 * Holds a page to the two answers of its own operation: whatever text only the one of now has, and the page of now draws where the page
 * of then does not, stands within a mark of the compared page. And more: so does every line that is drawn now and was not then.
 */
async function holds(
  page: Page,
  server: Server,
  { path, operation, variables, at }: { path: string; operation: string; variables: object; at: string },
) {
  const point = { position: at };
  const today = await drawnAt(page, path);
  const once = await drawnAt(page, `${path}?at=${at}`);
  const [then, now] = [
    textsOf(await answered(server, operation, { ...variables, at: point })),
    textsOf(await answered(server, operation, variables)),
  ];
  const before = new Set(once.all);
  // As of when the page is, is what is compared and no difference.
  const lines = [...new Set(today.all)].filter((line) => !before.has(line) && !line.startsWith("截至 "));
  const since = [...now].filter((text) => !then.has(text));
  const drawnSince = since.filter((text) => today.all.includes(text) && !before.has(text));
  if (lines.length === 0) return { lines, drawnSince };

  await page.goto(`${path}?at=${at}&compare`);
  await expect(page.locator("main .content:not(.stale)").first()).toBeVisible();
  // A line of then may be told within a longer one of now: 「现为 …」.
  const unmarked = async (texts: readonly string[]) => {
    const { marked } = await drawn(page);
    const whole = marked.join("\n");
    return texts.filter((text) => !whole.includes(text));
  };
  await expect.poll(() => unmarked(drawnSince), { message: `${path} at ${at}` }).toEqual([]);
  await expect.poll(() => unmarked(lines), { message: `${path} at ${at}` }).toEqual([]);
  return { lines, drawnSince };
}

const THEN = ["78", "125", "200"] as const;

test("every section of every page marks what only now's answer tells", async ({ page, server }) => {
  test.setTimeout(600_000);
  const counted = { pages: 0, lines: 0, answers: 0 };
  const hold = async (path: string, operation: string, variables: object, at: string) => {
    const { lines, drawnSince } = await holds(page, server, { path, operation, variables, at });
    counted.pages += 1;
    counted.lines += lines.length;
    counted.answers += drawnSince.length;
    return lines.length;
  };
  for (const at of THEN) expect(await hold("/console/board", "Board", {}, at)).toBeGreaterThan(0);
  const then = await found(server, 125);
  const two = <Row>(rows: readonly Row[]) => rows.slice(0, 2);
  for (const { entityId } of then.projects.nodes)
    await hold(`/console/projects/${entityId}`, "ProjectPage", { entityId }, "125");
  for (const { entityId } of then.tickets.nodes)
    await hold(`/console/tickets/${entityId}`, "Ticket", { entityId }, "125");
  for (const unit of ["tudian", "heshan", "dept-eic", "dept-drc"])
    await hold(`/console/board/units/${unit}`, "UnitPage", { code: unit, unit: [unit] }, "125");
  const later = await found(server, 200);
  for (const { entityId } of two(later.supervisionLists.nodes))
    await hold(`/console/board/lists/${entityId}`, "SupervisionList", { entityId, first: 200 }, "200");
  for (const { entityId } of two(later.targets.nodes))
    await hold(`/console/board/targets/${entityId}`, "TargetPage", { entityId }, "200");
  for (const { entityId } of two(later.companies.nodes))
    await hold(`/console/companies/${entityId}`, "CompanyPage", { entityId }, "200");
  for (const { entityId } of two(later.parcels.nodes))
    await hold(`/console/parcels/${entityId}`, "ParcelPage", { entityId }, "200");
  // The demonstration goes on long enough for this to be about something.
  expect(counted.lines).toBeGreaterThan(200);
  expect(counted.answers).toBeGreaterThan(60);
});

test("a project's ticket, corrected milestone and new milestone are marked, and nothing else of it", async ({
  page,
  server,
}) => {
  const { projects } = await found(server, null);
  const entityId = projects.nodes.find(({ code }) => code === "SL-02")?.entityId;
  await compared(page, `/console/projects/${entityId}`, "2015-07-21");
  const ticket = page.locator(".rows li", { hasText: "2015-0001" });
  await expect(ticket.locator(".differs")).toContainText("绿灯");
  await expect(ticket.locator(".differs ins")).toContainText("红灯");
  const milestones = page.getByRole("list", { name: "节点" });
  await expect(milestones.locator("li.differs", { hasText: "竣工" })).toContainText("2016年3月");
  await expect(milestones.locator("li.differs", { hasText: "竣工" })).toContainText("此后出现");
  await expect(milestones.locator("li", { hasText: "签约" }).locator(".differs")).toHaveCount(0);
  await expect(page.locator(".facts .differs")).toHaveCount(0);
});

test("the board lists the stages, targets and supervision lists of now that it had none of", async ({ page }) => {
  await compared(page, "/console/board", "2015-08-06");
  const stages = page.locator(".bars li");
  for (const stage of ["在谈", "落地", "批准", "并网"])
    await expect(stages.filter({ hasText: stage })).toContainText("此后出现");
  await expect(stages.filter({ hasText: "在谈" }).locator("ins").first()).toHaveText("现为 8");
  await expect(page.locator(".paces .pace.differs")).toHaveCount(4);
  await expect(page.getByRole("table", { name: "专项督查清单" }).locator("tbody tr.differs")).toHaveCount(2);
  await compared(page, "/console/board", "200");
  await expect(stages.filter({ hasText: "在谈" })).toContainText("现为 8");
});

test("an accepted ticket's clock, people and files are those of both sides", async ({ page, server }) => {
  const { tickets } = await found(server, 125);
  const entityId = tickets.nodes.find(({ number }) => number === "2015-0007")?.entityId;
  await compared(page, `/console/tickets/${entityId}`, "2015-08-06");
  const steps = page.locator(".clock .step");
  await expect(steps.filter({ hasText: "受理时限" }).locator(".differs")).toContainText("现为 逾期");
  await expect(page.locator(".proceedings")).toContainText("督查人员");
  // People are told by what they are. A field's raw values stand in the history alone, behind what opens it.
  await expect(page.locator(".proceedings")).not.toContainText(/tongxiang-2015-illustration|demo\./);
  // Nothing of the files differs, so nothing about them is marked.
  await expect(page.locator(".attachments .differs")).toHaveCount(0);
  // No mark is empty.
  const empty = page.locator(".differs").filter({ hasNotText: /\S/ });
  await expect(empty).toHaveCount(0);
});

test("of what was not yet there a page says that it came since, by its name", async ({ page, server }) => {
  const { projects } = await found(server, null);
  const early = await found(server, 78);
  const later = projects.nodes.find(({ code }) => !early.projects.nodes.some((one) => one.code === code));
  await page.goto(`/console/projects/${later?.entityId}?at=78&compare`);
  await expect(page.locator("main .differs")).toContainText("此后出现");
  await page.goto(`/console/projects/${later?.entityId}?at=78`);
  await expect(page.locator("main h1")).toBeVisible();
  await expect(page.locator("main .differs")).toHaveCount(0);
});
