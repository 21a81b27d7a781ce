/** Takes docs/dashboard.png, the README's picture: node scripts/picture-dashboard.ts */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser } from "../test/process/browser/chromium.ts";
import { seedSample } from "./lib/sample.ts";
import { seedServer } from "./lib/seed.ts";
import { startServer } from "./lib/server.ts";

const FILE = "docs/dashboard.png";

const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-picture-"));
const server = await startServer({ port: 0, stateDir });
const { operator } = await seedServer(server, stateDir);
const key = await seedSample(server, stateDir, operator);
const browser = await launchBrowser();
const page = await browser.newPage({
  viewport: { width: 1200, height: 860 },
  deviceScaleFactor: 1.5,
  locale: "en-US",
});
await page.goto(`${server.url}/dashboard/sign-in`);
await page.getByLabel("API key").fill(key);
await page.getByRole("button", { name: "Sign in" }).click();
await page.getByRole("heading", { name: "Overview" }).waitFor();
await page.evaluate("document.fonts.ready.then(() => true)");
await page.screenshot({ path: FILE });
await browser.close();
await server.close();
rmSync(stateDir, { recursive: true, force: true });
console.log(FILE);
