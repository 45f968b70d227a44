/** Corrections of figures, as steps in the chart of a target and in words beside it. */
import { hindrances } from "./accessible";
import { ask, expect, type Page, test } from "./serving";

const TARGETS = "{ targets { nodes { entityId unit { code } indicator { code } figures { factVersion through } } } }";
const CORRECT = `mutation($input: CorrectTargetInput!) {
  correctTarget(input: $input) { __typename ... on TargetReceipt { position } }
}`;
const REASON = "统计口径调整。";

interface Target {
  entityId: string;
  unit: { code: string };
  indicator: { code: string };
  figures: { factVersion: number; through: string }[];
}

const drawn = (page: Page) => page.getByRole("img", { name: /^浙商回归/ });
const where = (page: Page, selector: string) =>
  drawn(page)
    .locator(selector)
    .evaluateAll((all) => all.map((each) => [Number(each.getAttribute("cx")), Number(each.getAttribute("cy"))]));

test("a corrected figure keeps its old step, dashed, beside the new one, and both are told in words", async ({
  page,
  server,
}) => {
  const { targets } = await ask<{ targets: { nodes: Target[] } }>(server, "demo.auditor", TARGETS, {});
  const target = targets.nodes.find(({ indicator }) => indicator.code === "ZHESHANG_RETURN");
  const figure = target?.figures.at(-1);
  if (target === undefined || figure === undefined) throw new Error("the demonstration has no such target");
  await page.goto(`/console/board/targets/${target.entityId}`);
  await expect(drawn(page).locator(".figure")).toHaveCount(1);
  const old = await where(page, ".figure");
  const name = (await drawn(page).getAttribute("aria-label")) ?? "";
  const line = (await drawn(page).locator("path.reached").getAttribute("d")) ?? "";
  await expect(drawn(page).locator(".before")).toHaveCount(0);
  const figures = page.getByRole("table", { name: "填报数" });
  const before = (await figures.locator("tbody td").first().textContent()) ?? "";

  const { correctTarget } = await ask<{ correctTarget: { __typename: string; position: string } }>(
    server,
    `demo.${target.unit.code}`,
    CORRECT,
    {
      input: {
        target: target.entityId,
        corrects: figure.factVersion,
        reason: REASON,
        fields: { value: { money: { amount: "60000", unit: "万元" } } },
      },
    },
  );
  expect(correctTarget.__typename).toBe("TargetReceipt");

  // The page that is open draws it: what stood before where it stood, and below it what stands now, joined, on the same day.
  await expect(drawn(page).locator(".before circle")).toHaveCount(1);
  const [[x = 0, y = 0] = []] = old;
  expect(await where(page, ".before circle")).toEqual(old);
  const [[newX, newY = 0] = []] = await where(page, ".figure");
  expect(newX).toBe(x);
  expect(newY).toBeGreaterThan(y);
  const [step, joint] = await drawn(page)
    .locator(".before path")
    .evaluateAll((all) => all.map((each) => each.getAttribute("d")));
  expect(step).toBe(`M${x} ${y}h14`);
  expect(joint).toBe(`M${x} ${y}L${x} ${newY}`);
  const dashes = await drawn(page)
    .locator(".before path")
    .evaluateAll((all) => all.map((each) => getComputedStyle(each).strokeDasharray));
  expect(dashes.filter((dash) => dash === "none" || dash === "")).toEqual([]);
  expect(await drawn(page).locator("path.reached").getAttribute("d")).not.toBe(line);
  expect(await drawn(page).getAttribute("aria-label")).not.toBe(name);
  await expect(page.locator(".legend")).toContainText("更正前");

  await expect(figures.locator("tbody del")).toHaveText(before);
  await expect(figures.locator("tbody td").first()).not.toHaveText(before);
  expect(await hindrances(page)).toEqual([]);
  await figures.getByRole("link", { name: `位置 ${correctTarget.position} 起不再如此` }).click();
  await expect(page.getByRole("main")).toContainText(REASON);

  await page.goto(`/console/board?whose=${target.unit.code}`);
  const card = page.getByRole("article").filter({ has: drawn(page) });
  await expect(card).toContainText("更正过 1 次填报数，图中虚线为更正前");
  await expect(drawn(page).locator(".before circle")).toHaveCount(1);

  // Before it was corrected nothing was; compared, what stands now is drawn beside it.
  const then = BigInt(correctTarget.position) - 1n;
  await page.goto(`/console/board/targets/${target.entityId}?at=${then}&compare`);
  await expect(drawn(page).locator("path.reached.today")).toHaveCount(1);
  await expect(drawn(page)).toHaveAccessibleName(name);
  await expect(drawn(page).locator(".before")).toHaveCount(0);
  expect(await where(page, ".figure")).toEqual(old);
  // The row holds what stood there, and beside it as marks what stands there now, and that it was corrected since.
  const [value, explained] = [figures.locator("tbody td").first(), figures.locator("tbody td").nth(1)];
  await expect(value).toContainText(before);
  await expect(value.locator("ins")).toContainText("现为");
  await expect(explained.locator("ins")).toContainText("此后出现");
  await expect(page.locator(".pace-facts .differs").first()).toContainText("现为");
});
