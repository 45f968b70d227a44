/** A real server for outside clients: `txapi serve --demo` on a free port and a folder of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..", "..");
const PATIENCE_MS = 120_000;

/** A server that runs: its address, and how to end it. */
export async function serve() {
  const folder = mkdtempSync(join(tmpdir(), "txapi-clients-"));
  const child = spawn(join(ROOT, ".venv", "bin", "txapi"), ["serve", "--demo", "--port", "0"], {
    env: { ...process.env, TXAPI_DATA: join(folder, "data"), TXAPI_HOST: "127.0.0.1" },
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
  return { address, stop };
}
