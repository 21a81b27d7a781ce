/**
 * `npm run test:drive`: the product as people use it, in a full Chromium. Each area does its acts
 * once, with a server of its own; `-- -t lists` takes one. CHROMIUM names another browser.
 */
import { existsSync, mkdirSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiAt } from "../../../scripts/lib/api.ts";
import { launchBrowser } from "../browser/chromium.ts";
import { inspectPage, type Look, signIn } from "../browser/look.ts";
import { newState, serve } from "../command.ts";
import { AREAS } from "./registry.ts";

const OUT = "out/drive";
const WIDTHS = [1440, 1024, 390];
const LOOKS: Look[] = (["light", "dark"] as const).flatMap((colorScheme) =>
  WIDTHS.map((width) => ({ colorScheme, width, name: `${width}-${colorScheme}` })),
);
const INSTALLED = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];

let browser: Browser;
beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launchBrowser(INSTALLED.find((path) => path && existsSync(path)));
});
afterAll(() => browser?.close());

describe("the drive", () => {
  it.each(Object.entries(AREAS))(
    "%s",
    async (_, area) => {
      const server = await serve(await newState());
      const context = await browser.newContext({ locale: "en-US", viewport: sizeOf(LOOKS[0]) });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const errors: string[] = [];
      context.on("console", (said) => said.type() === "error" && errors.push(said.text()));
      context.on("weberror", (error) => errors.push(String(error.error())));
      try {
        await area({
          server,
          demo: apiAt(server.url, server.demoKey),
          operator: apiAt(server.url, server.operatorKey),
          browser,
          context,
          page,
          signIn: (key) => signIn(page, server.url, key),
          open: async (path) => void (await page.goto(server.url + path)),
          look: async (name) => {
            await inspectPage(page, LOOKS, OUT, name);
            await page.setViewportSize(sizeOf(LOOKS[0]));
            await page.emulateMedia({ colorScheme: "light" });
          },
        });
        expect(errors).toEqual([]);
      } finally {
        await context.close();
      }
    },
    600_000,
  );
});

function sizeOf(look: Look | undefined): { width: number; height: number } {
  return { width: look?.width ?? 1440, height: 900 };
}
