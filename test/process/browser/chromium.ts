/** A Chromium for tests that look at pages: an installed one, or that of an npm package. */
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/**
 * Without the package's own arguments, which are for functions in a cloud: they put all into one
 * process and turn off what keeps sites apart.
 */
export async function launchBrowser(installed?: string): Promise<Browser> {
  return playwright.launch({
    executablePath: installed ?? (await chromium.executablePath()),
    // The headless mode that is the whole browser, with its viewer of PDFs.
    ...(installed === undefined ? {} : { channel: "chromium" }),
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
  });
}
