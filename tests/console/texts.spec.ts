import { hindrances } from "./accessible";
import { ask, expect, signInAs, test } from "./serving";

const TEXTS = "只供办理各方和市级部门查阅";

test("where texts are internal, a stranger is told so and sees how a ticket stands, and those who take part read them", async ({
  page,
  server,
}) => {
  const query = `{ ticket(number: "2015-0001") { entityId body history(first: 1) { nodes { position } } } }`;
  interface Found {
    ticket: { entityId: string; body: string; history: { nodes: { position: string }[] } };
  }
  const { ticket } = await ask<Found>(server, "demo.auditor", query, {});
  const position = ticket.history.nodes[0]?.position ?? "";
  const adopt = `mutation($input: AdoptEditionInput!) {
    adoptEdition(input: $input) { ... on EditionReceipt { edition { entityId } } }
  }`;
  const content = { basis: "inferred", internal: [], texts: ["ticket"] };
  const { adoptEdition } = await ask<{ adoptEdition: { edition: { entityId: string } } }>(
    server,
    "demo.administrator",
    adopt,
    { input: { kind: "READING_POLICY", edition: "texts-of-a-test", content } },
  );
  try {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`/console/tickets/${ticket.entityId}`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("2015-0001");
    await expect(page.getByRole("main")).toContainText(TEXTS);
    await expect(page.getByRole("main")).not.toContainText(ticket.body);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await hindrances(page)).toEqual([]);
    await page.goto(`/console/record/${position}`);
    await expect(page.getByRole("main")).toContainText(TEXTS);
    await expect(page.getByRole("main")).not.toContainText(ticket.body);

    await signInAs(page, "洲泉镇");
    await expect(page.getByRole("main")).toContainText(ticket.body);
    await expect(page.getByRole("main")).not.toContainText(TEXTS);
    await page.goto(`/console/tickets/${ticket.entityId}`);
    await expect(page.getByRole("main")).toContainText(ticket.body);
    await expect(page.getByRole("main")).not.toContainText(TEXTS);
  } finally {
    const withdraw = `mutation($input: WithdrawEditionInput!) { withdrawEdition(input: $input) { __typename } }`;
    const done = await ask<{ withdrawEdition: { __typename: string } }>(server, "demo.administrator", withdraw, {
      input: { edition: adoptEdition.edition.entityId, reason: "The test is over." },
    });
    expect(done.withdrawEdition.__typename).not.toBe("Refusal");
  }
});
