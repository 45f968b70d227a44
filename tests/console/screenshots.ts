/** Pictures of the console in both languages, from the demonstration as it is when it begins: `make screenshots`. */
import { join } from "node:path";
import { ask, expect, type Page, type Server, test, tokenOf } from "./serving";

const PICTURES = join(__dirname, "../../docs/screenshots");

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await expect(page.locator(".when time")).toContainText("2015");
}

/** A number of the record as what the address of its page has. */
async function entityOf(server: Server, query: string): Promise<string> {
  const { found } = await ask<{ found: { entityId: string } }>(server, "demo.auditor", query, {});
  return found.entityId;
}

for (const language of ["zh", "en"]) {
  test.describe(language, () => {
    const shoot = async (page: Page, name: string) => {
      // The demonstration's clock ticks; a picture of a page of now would be another one a minute later.
      await page.evaluate(() => {
        // A picture has no scroll bar, and so needs no room for one.
        document.documentElement.style.scrollbarGutter = "auto";
        for (const time of document.querySelectorAll(".when time")) {
          time.textContent = time.textContent?.replace(/^2015-08-11 14:\d\d/, "2015-08-11 14:00") ?? "";
        }
      });
      await page.screenshot({ path: join(PICTURES, language, `${name}.png`), animations: "disabled" });
    };

    test.beforeEach(async ({ page }) => {
      await page.addInitScript((spoken) => localStorage.setItem("txapi.language", spoken), language);
    });

    const signedIn = async (page: Page, server: Server, subject: string) => {
      const token = await tokenOf(server, subject);
      await page.addInitScript((kept) => sessionStorage.setItem("txapi.token", kept), token);
    };

    test("board", async ({ page }) => {
      await page.setViewportSize({ width: 1280, height: 1500 });
      await page.goto("/console/board");
      await settled(page);
      await shoot(page, "board");
    });

    test("slider, compared with now", async ({ page }) => {
      await page.goto("/console/board?at=290&compare");
      await settled(page);
      await expect(page.locator(".differs").first()).toBeVisible();
      await shoot(page, "slider");
    });

    test("project", async ({ page, server }) => {
      const id = await entityOf(server, '{ found: project(code: "SL-01") { entityId } }');
      await signedIn(page, server, "demo.supervisor");
      await page.setViewportSize({ width: 1280, height: 1300 });
      await page.goto(`/console/projects/${id}`);
      await settled(page);
      await shoot(page, "project");
    });

    test("ticket", async ({ page, server }) => {
      const id = await entityOf(server, '{ found: ticket(number: "2015-0003") { entityId } }');
      await signedIn(page, server, "demo.dept-eic");
      await page.setViewportSize({ width: 1280, height: 1300 });
      await page.goto(`/console/tickets/${id}`);
      await settled(page);
      await shoot(page, "ticket");
    });

    test("record, with a proof that holds", async ({ page }) => {
      await page.setViewportSize({ width: 1280, height: 1300 });
      await page.goto("/console/record/122");
      await settled(page);
      await page.locator(".proof > button").click();
      await page.locator(".verification button.primary").click();
      await expect(page.locator(".verdict.proven")).toBeVisible();
      await page.locator(".proof").scrollIntoViewIfNeeded();
      await shoot(page, "record");
    });

    test("GraphiQL", async ({ page }) => {
      await page.goto("/graphql");
      await page.getByLabel("Search the published operations").fill("units in the official order");
      await page.getByRole("button", { name: /^Units/ }).click();
      await expect(page.locator(".graphiql-query-editor")).toContainText("query Units");
      await page.getByLabel("Execute query (Ctrl-Enter)").click();
      await expect(page.locator(".result-window")).toContainText('"data"');
      await page.screenshot({ path: join(PICTURES, language, "graphiql.png"), animations: "disabled" });
    });

    test.describe("on a telephone", () => {
      test.use({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });

      test("inbox", async ({ page, server }) => {
        await signedIn(page, server, "demo.dept-eic");
        await page.goto("/console/inbox");
        await settled(page);
        await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
        await shoot(page, "inbox");
      });
    });
  });
}
