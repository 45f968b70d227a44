/** A real server for the browser: `txapi serve --demo` on a free port and a folder of its own, one for all tests of a worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";

export type { Page };
export { expect };

const ROOT = resolve(__dirname, "..", "..");
/** The command itself. */
export const TXAPI = join(ROOT, ".venv", "bin", "txapi");
const PATIENCE_MS = 120_000;

export interface Server {
  /** Where it is, `http://127.0.0.1:…`. */
  readonly address: string;
  /** Where its record is. */
  readonly data: string;
}

/** A server on a folder, on a free port unless one is named. */
export function started(folder: string, port = "0"): Promise<{ address: string; child: ChildProcess }> {
  const child = spawn(TXAPI, ["serve", "--demo", "--port", port], {
    // Webhooks of the tests listen on this machine, by plain HTTP, and are tried again at once.
    env: {
      ...process.env,
      TXAPI_DATA: join(folder, "data"),
      TXAPI_HOST: "127.0.0.1",
      TXAPI_WEBHOOK_HTTP: "private",
      TXAPI_WEBHOOK_RETRY_SECONDS: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((done, failed) => {
    let said = "";
    const late = setTimeout(() => failed(new Error(`the server does not serve:\n${said}`)), PATIENCE_MS);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /at (http:\S+)\/graphql\n/.exec(said);
      if (found?.[1] === undefined) return;
      clearTimeout(late);
      done({ address: found[1], child });
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("exit", (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
  });
}

/** Stop a server that was started here, and wait until it is gone. */
export async function stopped(child: ChildProcess): Promise<void> {
  child.removeAllListeners("exit");
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await Promise.race([ended, new Promise((done) => setTimeout(done, 10_000))]);
  child.kill("SIGKILL");
}

/** `test` with a `server`, and a `page` that fails the test when the browser complains of anything. */
export const test = base.extend<{ complaints: string[] }, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "txapi-console-"));
      const { address, child } = await started(folder);
      await use({ address, data: join(folder, "data") });
      await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: PATIENCE_MS },
  ],
  baseURL: async ({ server }, use) => use(server.address),
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** Sign in as somebody of the demonstration, by the name that the dialog shows. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "登录", exact: true }).click();
  // A unit may have a clerk and a handler; the clerk comes first.
  await page.getByRole("dialog").getByRole("button", { name }).first().click();
  await expect(page.getByRole("button", { name: "退出" })).toBeVisible();
}

/** The token of somebody of the demonstration. */
export async function tokenOf(server: Server, subject: string): Promise<string> {
  const { users } = (await (await fetch(`${server.address}/demo/users`)).json()) as {
    users: { readonly subject: string; readonly token: string }[];
  };
  const found = users.find((user) => user.subject === subject);
  if (found === undefined) throw new Error(`the demonstration knows no ${subject}`);
  return found.token;
}

/** Ask the server as somebody of the demonstration, without a browser. */
export async function ask<Data>(server: Server, subject: string, query: string, variables: object): Promise<Data> {
  const response = await fetch(`${server.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await tokenOf(server, subject)}` },
    body: JSON.stringify({ query, variables }),
  });
  return ((await response.json()) as { data: Data }).data;
}
