/** A real server for outside clients: `txapi serve --demo` on a free port and a folder of its own. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..", "..");
const PATIENCE_MS = 120_000;

/** Wait until something holds, so many seconds at most; an error where it never does. */
export async function within(seconds, holds) {
  const late = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > late) throw new Error(`not within ${seconds} seconds: ${holds}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A server that runs with these settings: its addresses, its people's tokens, how to ask it without any library, and how to end it. */
export async function serve(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "txapi-clients-"));
  const program = join(ROOT, ".venv", "bin", "txapi");
  const env = { ...process.env, TXAPI_DATA: join(folder, "data"), TXAPI_HOST: "127.0.0.1", ...settings };
  const child = spawn(program, ["serve", "--demo", "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((done) => child.once("exit", done));
  const address = await new Promise((done, failed) => {
    let said = "";
    const late = setTimeout(() => failed(new Error(`the server does not serve:\n${said}`)), PATIENCE_MS);
    const hear = (chunk) => {
      said += chunk.toString();
      const found = /at (http:\S+)\/graphql\n/.exec(said);
      if (found === null) return;
      clearTimeout(late);
      done(found[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const slow = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(slow);
    rmSync(folder, { recursive: true, force: true });
  };
  const tokenOf = async (subject) => {
    const { users } = await (await fetch(`${address}/demo/users`)).json();
    return users.find((user) => user.subject === subject).token;
  };
  const ask = async (subject, query, variables) => {
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await tokenOf(subject)}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()).data;
  };
  /** What a command of `txapi` prints beside the server. */
  const run = (...words) => execFileSync(program, words, { env, encoding: "utf8" }).trim();
  return { address, run, socket: `${address.replace("http", "ws")}/graphql`, tokenOf, ask, stop };
}
