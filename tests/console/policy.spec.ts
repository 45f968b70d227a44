/** What the content security policy lets pages do: all that they need, and nothing of what was slipped in. */
import { expect, type Page, signInAs, test } from "./serving";

const PAGES = [
  "/console/",
  "/console/inbox",
  "/console/board",
  "/console/tickets",
  "/console/tickets/new",
  "/console/projects",
  "/console/record",
  "/console/import",
  "/graphql",
];

/** Every violation of the policy that the page reports from its first moment on. */
async function watched(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    document.addEventListener("securitypolicyviolation", (event) => {
      seen.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { violations: string[] }).violations);
}

test("no page needs anything that the policy forbids", async ({ page }) => {
  const violations = await watched(page);
  await page.goto("/console/tickets");
  await signInAs(page, "市经信部门 经办人");

  for (const address of PAGES) {
    const answer = await page.goto(address);
    await page.waitForLoadState("networkidle");
    const policy = answer?.headers()["content-security-policy"] ?? "";

    const html = (await answer?.text()) ?? "";
    expect(html).toContain("<script");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:/i);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe-eval");
    expect(await violations(), address).toEqual([]);
  }
});

for (const address of ["/console/board", "/graphql"]) {
  test(`a script that was slipped into ${address} does not run`, async ({ page, complaints }) => {
    const violations = await watched(page);
    await page.goto(address);

    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = 'inline'";
      document.body.append(script);
      const image = document.createElement("img");
      image.setAttribute("onerror", "window.ran = 'handler'");
      image.src = "/console/assets/nothing.png";
      document.body.append(image);
      const elsewhere = document.createElement("script");
      elsewhere.src = "https://stranger.example/script.js";
      document.body.append(elsewhere);
    });

    await expect.poll(async () => (await violations()).length).toBeGreaterThanOrEqual(3);
    expect(await page.evaluate(() => (window as unknown as { ran?: string }).ran)).toBeUndefined();
    // The browser complained of each, as it should here, and nowhere else.
    expect(complaints.length).toBeGreaterThanOrEqual(3);
    complaints.length = 0;
  });
}
