/** Lists: tabs, order, filters, a selection, files, and an act on many. */
import type { Route } from "playwright-core";
import { expect } from "vitest";
import type { Area, Stage } from "./area.ts";

const DRAFTS = 60;

export const lists: Area = async (stage) => {
  const { server, demo, page, signIn, open, look } = stage;
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
  // A run that is left in its second step is gone on with from the list, nothing being done twice.
  let steps = 0;
  const isHeld = new Promise<void>((resolve) => {
    const hold = (route: Route) => (++steps > 1 ? resolve() : route.continue());
    void page.route("**/invoices/bulk", hold);
  });
  await page.getByRole("button", { name: "Finalize 60 invoices" }).click();
  await isHeld;
  await page.unroute("**/invoices/bulk");
  await open("/dashboard/invoices");
  expect(await page.locator("[data-said]").textContent()).toContain("then the page was left");
  await look("lists-left");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText(/invoices finalized since it began/).waitFor();
  await look("lists-done");
  await open("/dashboard/invoices");
  await page.getByRole("link", { name: "Draft 0", exact: true }).waitFor();

  await open("/dashboard/invoices?status=open");
  await page.locator('input[name="ids"]').first().check();
  const zip = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download PDFs" }).click();
  expect((await zip).suggestedFilename()).toBe("invoices.zip");
  for (const path of ["customers", "emails", "webhooks/deliveries"]) {
    await open(`/dashboard/${path}`);
    await look(`lists-${path.replace("/", "-")}`);
  }
  await voidEvents(stage);
  await cancelSubscriptions(stage);
};

async function voidEvents({ demo, page, open, look }: Stage): Promise<void> {
  const events = ["a", "b", "c"].map((id) => ({ metric_name: "visits", quantity: 1, id }));
  await demo.call("POST", "/api/usage/events", events);
  await open("/dashboard/usage/events?metric_name=visits");
  await page.getByLabel("Select a", { exact: true }).check();
  await page.getByLabel("Select b", { exact: true }).check();
  expect(await page.locator("[data-picked]").textContent()).toBe("2 selected");
  await page.locator(".bulk").getByRole("button", { name: "Void" }).click();
  await page.getByText("Takes 2 events of visits off the totals.").waitFor();
  await page.getByRole("button", { name: "Void 2 events" }).click();
  await page.getByText("2 events voided.", { exact: true }).waitFor();
  await open("/dashboard/usage/events");
  await page.getByRole("link", { name: /^Voided/ }).click();
  expect(await page.getByText("void", { exact: true }).count()).toBe(2);
  await look("lists-voided");
}

async function cancelSubscriptions({ server, operator, page, signIn, open, look }: Stage) {
  for (const name of ["One", "Two"]) {
    const { id } = (await operator.call("POST", "/api/tenants", { name })) as { id: string };
    const body = { tenant_id: id, plan: "FREE", base_price: 10 };
    await operator.call("POST", "/api/subscriptions", body);
  }
  await page.context().clearCookies();
  await signIn(server.operatorKey);
  await open("/dashboard/tenants");
  expect(await page.locator(".sums").textContent()).toContain("20.00 MRR");
  await page.getByRole("link", { name: /^Name/ }).click();
  await page.getByLabel("Select One").check();
  await look("lists-tenants");
  await open("/dashboard/billing/subscriptions?state=current");
  expect(await page.locator(".sums").textContent()).toContain("20.00 MRR");
  await page.getByLabel("Select One's").check();
  await page.getByLabel("Select Two's").check();
  await look("lists-subscriptions");
  await page.getByRole("button", { name: "Cancel at period end" }).click();
  await page.getByText(/Together they bring .*20\.00 MRR/).waitFor();
  await page.getByRole("button", { name: "Cancel 2 subscriptions" }).click();
  await page.getByText("2 subscriptions canceled.", { exact: true }).waitFor();
  await open("/dashboard/billing/subscriptions");
  await page.getByRole("link", { name: /^Ending 2/ }).waitFor();
}
