/** Lists: tabs, order, filters, a selection, files, and an act on many. */
import { expect } from "vitest";
import type { Area } from "./area.ts";

const DRAFTS = 60;

export const lists: Area = async ({ server, demo, page, signIn, open, look }) => {
  const made = await demo.call("POST", "/api/customers", { name: "Acme", email: "a@lists.test" });
  const customer_id = (made as { id: string }).id;
  const lines = [{ name: "Work", quantity: 1, unit_price: 12.5 }];
  for (let i = 0; i < DRAFTS; i++) {
    await demo.call("POST", "/api/invoices", { customer_id, lines });
  }
  await signIn(server.demoKey);
  await open("/dashboard/invoices");
  await look("lists-invoices");
  await page.getByRole("link", { name: "Draft 60", exact: true }).click();
  expect(await page.locator(".sums").textContent()).toContain("60");
  await page.getByRole("link", { name: /^Total/ }).click();
  expect(await page.locator('th[aria-sort="descending"]').textContent()).toContain("Total");
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByRole("link", { name: "Previous" }).click();
  await page.getByRole("main").getByLabel("Search").fill("acme");
  await page.getByRole("button", { name: "Filter" }).click();
  expect(await page.locator(".chip").textContent()).toContain("acme");

  await page.locator(".drop summary").click();
  const csv = page.waitForEvent("download");
  await page.getByText("CSV for spreadsheets").click();
  expect((await csv).suggestedFilename()).toBe("invoices.csv");
  expect(await page.locator("[data-said]").textContent()).toContain("60");

  await page.getByLabel("Select this page").check();
  await page.locator("[data-all] input").check();
  await look("lists-selected");
  await page.locator(".bulk").getByRole("button", { name: "Finalize" }).click();
  await page.getByRole("heading", { name: "Finalize 60 invoices" }).waitFor();
  await look("lists-question");
  await page.getByRole("button", { name: "Finalize 60 invoices" }).click();
  await page.getByText("60 invoices finalized.", { exact: true }).waitFor();
  await look("lists-done");

  await open("/dashboard/invoices?status=open");
  await page.locator('input[name="ids"]').first().check();
  const zip = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download PDFs" }).click();
  expect((await zip).suggestedFilename()).toBe("invoices.zip");
  for (const path of ["customers", "emails", "webhooks/deliveries", "usage/events"]) {
    await open(`/dashboard/${path}`);
    await look(`lists-${path.replace("/", "-")}`);
  }
};
