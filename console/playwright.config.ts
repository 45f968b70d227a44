import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(CHROMIUM)) {
  throw new Error(
    `the browser tests need Chromium, and there is no ${CHROMIUM} (Debian: chromium fonts-noto-cjk; or say CHROMIUM=…)`,
  );
}

// Debian's browser: nothing is downloaded. As root it needs to run without its sandbox; it talks to nobody but the server.
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Without a locale Chromium takes names of files for ASCII, and downloads 工作联系单.csv as `download`.
const ENVIRONMENT = { ...process.env, LC_ALL: "C.UTF-8" };

export default defineConfig({
  testDir: "../tests/console",
  outputDir: "./test-results",
  // One server and one record for all of them, on a machine that may have two cores.
  workers: 1,
  fullyParallel: false,
  // Generous, for a machine may be busy with something else. No second try, which would hide what fails now and then, but where
  // nobody sits: CI tries once more what failed, and names it as flaky in its last lines.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"]],
  forbidOnly: true,
  projects: [
    { name: "browser", testMatch: "*.spec.ts" },
    { name: "screenshots", testMatch: "screenshots.ts" },
  ],
  use: {
    actionTimeout: 30_000,
    browserName: "chromium",
    locale: "zh-CN",
    timezoneId: "Europe/Paris",
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: CHROMIUM, args: ARGUMENTS, env: ENVIRONMENT },
  },
});
