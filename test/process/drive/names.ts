/** Names that were typed wrongly, and an import from a spreadsheet, committed and undone. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

const SHEET = [
  "Datum;Kunde;Menge;Region",
  "01.02.2026 10:00;ada;1.000,50;eu",
  "28.02.2026 10:00;ada;20;eu",
  "01.03.2026 00:30;bob;2,25;us",
  "31.02.2026 10:00;bob;3;us",
  ...Array.from({ length: 20 }, (_, i) => `${10 + (i % 18)}.03.2026 12:00;user-${i};${i + 1};eu`),
].join("\r\n");

export const names: Area = async ({ demo, server, page, signIn, open, look }) => {
  const items = ["api_cals", "render_minute", "render_minute"].map((metric_name) => ({
    metric_name,
    quantity: 4,
  }));
  const { warnings } = await demo.call<{ warnings: { suggestion: string | null }[] }>(
    "POST",
    "/api/usage/events",
    items,
  );
  expect(warnings[0]?.suggestion).toBe("api_calls");
  await signIn(server.demoKey);

  await open("/dashboard/usage/unpriced");
  expect(await page.textContent("main")).toContain("api_cals");
  await look("unpriced-names");
  // One word as long as an id may be pushes nothing out of the page.
  const long = "a_metric_with_a_name_that_hardly_fits_into_a_column".padEnd(64, "_x");
  await demo.call("POST", "/api/usage/events", [{ metric_name: long, quantity: 1 }]);
  await open("/dashboard");
  expect(await page.textContent("main")).toContain(long);
  await look("home-long-name");
  await open("/dashboard/usage/unpriced");
  await page.click("tr:has-text('render_minute') >> text=Declare");
  expect(await page.inputValue("[name='/name']")).toBe("render_minute");
  await page.fill("[name='/display_name']", "Render minutes");
  await page.click("button:has-text('Save metric')");
  await look("metrics");
  await open("/dashboard/usage/unpriced");
  expect(await page.textContent("main")).not.toContain("render_minute");
  await page.check("[name='/strict_metrics']");
  await page.click("button:has-text('Save')");
  expect(await page.textContent("main")).toContain("is refused");
  await open("/dashboard/usage");
  await look("usage");

  await open("/dashboard/usage/imports");
  const buffer = Buffer.from(SHEET);
  await page.setInputFiles("#f-file", { name: "March.csv", mimeType: "text/csv", buffer });
  await look("imports");
  await page.click("button:has-text('Start')");
  await page.waitForURL("**/usage/imports/imp_*");
  await look("import-asked");
  await page.selectOption("[name='/metric']", "render_minute");
  await page.click("text=Update the lines below");
  expect(await page.textContent("main")).toContain("2026-02-01 ");
  await look("import-columns");
  await page.click("text=Check the whole file");
  await page.waitForSelector("text=23 events found, 1 could not be taken");
  await look("import-checked");
  await page.click("button:has-text('Commit')");
  await page.click("dialog >> text=Commit import");
  await page.waitForSelector("text=committed");
  await look("import-committed");
  await page.click("button:has-text('Undo import')");
  await page.click("dialog >> text=Revert import");
  await page.waitForSelector("text=reverted");
};
