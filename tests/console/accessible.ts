/** What axe finds on a page that keeps somebody from using it. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";

declare const axe: {
  run(
    context: { include: string[][] } | Document,
  ): Promise<{ violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[] }>;
};

const SOURCE = readFileSync(require.resolve("axe-core"), "utf8");

/** Every serious or critical violation on a page, or in some `parts` of it (selectors), as text. The page's own policy forbids scripts from elsewhere; this one is the browser's. */
export async function hindrances(page: Page, parts: string[] = []): Promise<string[]> {
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate(
    (those) => axe.run(those.length === 0 ? document : { include: those.map((each) => [each]) }),
    parts,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}
