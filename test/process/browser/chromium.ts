/** A Chromium that comes with its npm package, for tests that look at pages. */
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/**
 * Without the package's own arguments, which are for functions in a cloud: they put all into one
 * process and turn off what keeps sites apart.
 */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
  });
}
