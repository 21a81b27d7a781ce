/**
 * The first page of each: the operator's revenue, movements, invoices that wait and health, live
 * and test data apart; a tenant's period with its cost, trends, alerts and what is to do.
 */
import { expect } from "vitest";
import type { Area, Stage } from "./area.ts";

export const home: Area = async (stage) => {
  const { server, context, signIn } = stage;
  await subscribe(stage);
  await signIn(server.operatorKey);
  await operatorPages(stage);
  await context.clearCookies();
  await signIn(server.demoKey);
  await tenantPages(stage);
};

type Named = { id: string; tenant_id: string };

/** Tenants of two currencies whose revenue came, grew, shrank and went; one is a test tenant. */
async function subscribe({ operator }: Stage): Promise<void> {
  const since = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const post = (path: string, body: unknown) => operator.call<Named>("POST", path, body);
  for (const [i, name] of ["Harbour Works", "Kestrel Data", "Blue Fern"].entries()) {
    const { id } = await post("/api/tenants", { name, mode: "live" });
    const made = await post("/api/subscriptions", {
      tenant_id: id,
      plan: "STARTER",
      billing_cycle: i === 1 ? "yearly" : "monthly",
      base_price: [49, 1_200, 19][i],
      start_date: since(300 - i * 70),
    });
    if (i === 2) await post(`/api/subscriptions/${made.id}/cancel`, { when: "now" });
  }
  const trial = { name: "Trial Ltd", mode: "test", clock: new Date().toISOString().slice(0, 19) };
  const { id } = await post("/api/tenants", { ...trial, clock: `${trial.clock}Z` });
  const plan = { plan: "STARTER", billing_cycle: "monthly", base_price: 777 };
  await post("/api/subscriptions", { tenant_id: id, ...plan });
}

async function operatorPages({ page, open, look }: Stage): Promise<void> {
  const overview = page.locator("main");
  await page.getByRole("heading", { name: "Revenue in USD" }).waitFor();
  expect(await overview.textContent()).toContain("Kestrel Data");
  expect(await overview.textContent()).not.toContain("Trial Ltd");
  await look("home-operator");

  // The arrow keys move the point, and its value is read out.
  const chart = page.getByRole("slider", { name: "Monthly recurring revenue, by point" }).first();
  await chart.focus();
  await page.keyboard.press("End");
  const last = await chart.getAttribute("aria-valuetext");
  await page.keyboard.press("Home");
  expect(await chart.getAttribute("aria-valuetext")).not.toBe(last);
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/^\w+ \d{4}: \$/);
  await page.locator(".read > .tip").waitFor();
  await page.getByText("As a table").first().click();
  await page.getByRole("columnheader", { name: "At its end" }).waitFor();

  await page.getByRole("link", { name: "Test", exact: true }).click();
  await page.getByText("Test data.").waitFor();
  expect(await overview.textContent()).toContain("Trial Ltd");
  expect(await overview.textContent()).not.toContain("Kestrel Data");

  await open("/dashboard/revenue");
  const moved = page.getByRole("slider", { name: "What moved it, by point" });
  await moved.hover();
  await page.locator(".read > .tip").getByText("Churn").waitFor();
  await look("revenue");
  await page.getByText("Month by month").click();
  await look("revenue-months");
  await page.getByRole("link", { name: "12 months", exact: true }).first().click();
  await page
    .getByText(/Top tenants, billed in 12 months to/)
    .first()
    .waitFor();
  await page.getByRole("link", { name: "Quarter", exact: true }).first().click();
  await page.waitForURL(/by=quarter/);
  await page
    .getByText(/billed less in/)
    .first()
    .waitFor();
  await look("revenue-quarter");
  await page.getByRole("navigation", { name: "Main" }).getByText("Health").click();
  await page.getByRole("heading", { name: "Health", exact: true }).waitFor();
  await look("health");
  // On paper there is the page alone.
  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("navigation", { name: "Main" }).isVisible()).toBe(false);
  expect(await page.getByRole("heading", { name: "Health", exact: true }).isVisible()).toBe(true);
  await page.emulateMedia({ media: null });
}

async function tenantPages({ page, demo, open, look }: Stage): Promise<void> {
  await page.getByText("Get to your first invoice").waitFor();
  await look("home-tenant-new");
  const record = (quantity: number) =>
    demo.call("POST", "/api/usage/record", { metric_name: "api_calls", quantity });
  await record(950);
  const bar = page.locator('[data-metric="api_calls"]');
  await bar.getByText("950", { exact: true }).waitFor();
  await record(550);
  // Half of the limit is beyond it: the bar is full, and the rest is marked after its end.
  await bar.locator('.fill[width="88%"]').waitFor({ state: "attached" });
  await bar.locator('.beyond[width="5.4%"]').waitFor({ state: "attached" });

  const post = (path: string, body: unknown = {}) => demo.call<Named>("POST", path, body);
  const customer = { name: "Acme Ltd", email: "books@acme.example", address: { country: "US" } };
  const { id: customer_id } = await post("/api/customers", customer);
  const lines = [{ name: "Consulting", quantity: 12, unit_price: "95.00" }];
  await post("/api/invoices", { customer_id, lines });
  const invoice = await post("/api/invoices", { customer_id, lines });
  await post(`/api/invoices/${invoice.id}/finalize`);
  await open("/dashboard");
  const first = page.locator(".checklist li", { hasText: "Write your first invoice" });
  await first.getByRole("img", { name: "Done" }).waitFor();
  // Its own requests are API calls, too.
  await page.getByText(/1,5\d\d used, 1,000 included: 5\d\d × \$0\.001/).waitFor();
  await page.getByText("1 draft is not finalized.").waitFor();
  await page.getByRole("link", { name: "API calls" }).click();
  const trend = page.getByRole("slider", { name: "API calls by day, by point" });
  expect(await trend.getAttribute("aria-valuetext")).toMatch(/: 1,5\d\d$/);
  await look("home-tenant");
  await post(`/api/invoices/${invoice.id}/send`);
  await page.reload();
  expect(await page.getByText("Get to your first invoice").count()).toBe(0);
}
