import { defineConfig } from "@playwright/test";

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

export default defineConfig({
  testDir: "../tests/console",
  outputDir: "./test-results",
  // One server and one record for all of them, on a machine that may have two cores.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  forbidOnly: true,
  use: {
    browserName: "chromium",
    locale: "zh-CN",
    timezoneId: "Europe/Paris",
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS },
  },
});
