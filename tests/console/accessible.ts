/** What axe finds on a page that keeps somebody from using it. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";

declare const axe: {
  run(): Promise<{ violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[] }>;
};

const SOURCE = readFileSync(require.resolve("axe-core"), "utf8");

/** Every serious or critical violation, as text. The page's own policy forbids scripts from elsewhere; this one is the browser's. */
export async function hindrances(page: Page): Promise<string[]> {
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate(() => axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}
