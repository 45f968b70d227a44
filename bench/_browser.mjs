/**
 * Opens a page of the console in Debian's Chromium and tells when it was drawn: `node _browser.mjs ADDRESS TURNS SELECTOR…`
 *
 * A turn is a new browser context, as of somebody who comes for the first time: nothing is cached. A page is drawn when every
 * selector finds something that is visible and the frame after that has been painted. Prints one line of JSON for each turn.
 */
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../console/package.json", import.meta.url))("@playwright/test");
const [address, turns, ...selectors] = process.argv.slice(2);
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const PATIENCE_MS = 60_000;

/** Runs in the page before anything else: notes when all that is waited for is there. */
function watch(wanted) {
  const looked = new MutationObserver(() => {
    if (!wanted.every((one) => document.querySelector(one)?.checkVisibility())) return;
    looked.disconnect();
    requestAnimationFrame(() => {
      // Behind the frame in which it is laid out and painted.
      setTimeout(() => {
        window.drawnAt = performance.now();
      });
    });
  });
  looked.observe(document, { childList: true, subtree: true });
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
try {
  for (let turn = 0; turn < Number(turns); turn++) {
    const context = await browser.newContext({ locale: "zh-CN", viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(watch, selectors);
    await page.goto(address);
    await page.waitForFunction(() => window.drawnAt !== undefined, undefined, { timeout: PATIENCE_MS });
    const told = await page.evaluate(() => {
      const [html] = performance.getEntriesByType("navigation");
      const asked = performance.getEntriesByType("resource").filter((one) => new URL(one.name).pathname === "/graphql");
      const before = asked.filter((one) => one.startTime < window.drawnAt);
      const longest = Math.max(0, ...before.map((one) => one.responseEnd - one.startTime));
      return { drawn: window.drawnAt - html.responseEnd, answer: longest, operations: before.length };
    });
    console.log(JSON.stringify(told));
    await context.close();
  }
} finally {
  await browser.close();
}
