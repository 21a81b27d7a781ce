/** The dashboard of a running server in a real browser, from signing in to being paid. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { launchBrowser } from "./browser/chromium.ts";
import { inspectPage, type Look, signIn } from "./browser/look.ts";
import { newState, serve } from "./command.ts";

const OUT = "out/dashboard";
/** PICTURES=yes takes one of each page in each look, which is most of this test's time. */
const PICTURES = process.env.PICTURES ? OUT : null;
/** Of script, before compression, on any page. */
const SCRIPT_BUDGET = 100_000;

let browser: Browser;
beforeAll(async () => {
  mkdirSync(OUT, { recursive: true });
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

const LOOKS: readonly Look[] = [
  { name: "light", colorScheme: "light", width: 1280 },
  { name: "dark", colorScheme: "dark", width: 1280 },
  { name: "phone", colorScheme: "light", width: 390 },
];

/** Presses the button, and answers the question that a dialog asks. */
async function finalize(page: Page, noun: string): Promise<void> {
  await page.getByRole("button", { name: "Finalize", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Finalize this ${noun}?` });
  await dialog.getByText("gets the next number").waitFor();
  await dialog.getByRole("button", { name: `Finalize ${noun}` }).click();
}

async function inspect(page: Page, path: string, name: string): Promise<void> {
  await page.goto(path);
  await inspectPage(page, LOOKS, PICTURES, name);
}

async function scriptBytes(page: Page, path: string): Promise<number> {
  let bytes = 0;
  const pending: Promise<unknown>[] = [];
  const count = (response: import("playwright-core").Response) => {
    if (response.request().resourceType() !== "script") return;
    pending.push(response.body().then((body) => (bytes += body.length)));
  };
  page.on("response", count);
  await page.goto(path, { waitUntil: "load" });
  await Promise.all(pending);
  page.off("response", count);
  return bytes;
}

const record = (api: Api, quantity: number) =>
  api.call("POST", "/api/usage/record", { metric_name: "api_calls", quantity });

describe("the dashboard", () => {
  it("shows usage as it happens, and takes a quote to a paid invoice", async () => {
    const server = await serve(await newState());
    const api = apiAt(server.url, server.demoKey);
    const context = await browser.newContext({ locale: "en-US" });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (said) => said.type() === "error" && errors.push(said.text()));
    page.on("pageerror", (error) => errors.push(String(error)));

    await signIn(page, server.url, server.demoKey);
    const row = page.locator('[data-metric="api_calls"]');
    await record(api, 500);
    await row.getByText("500", { exact: true }).waitFor();
    await row.locator('.fill[width="44%"]').waitFor({ state: "attached" });
    await record(api, 420);
    await page.locator("[data-alerts]").getByText("api_calls usage at 92% of limit").waitFor();
    await row.locator(".bar.warning").waitFor();

    await page.goto(`${server.url}/dashboard/customers/new`);
    await page.getByLabel("Name (required)").fill("Acme Ltd");
    await page.getByLabel("E-mail").fill("books@acme.example");
    await page.getByRole("button", { name: "Add customer" }).click();
    await page.getByRole("link", { name: "New quote" }).click();
    await page.getByLabel("Item", { exact: true }).first().fill("Consulting");
    await page.getByLabel("Quantity", { exact: true }).first().fill("12");
    await page.getByLabel("Price", { exact: true }).first().fill("95.00");
    const preview = page.getByRole("complementary", { name: "Preview" });
    await preview.getByText("$1,140.00").first().waitFor();
    await preview.getByText("Acme Ltd").waitFor();
    const lines = page.locator("form[data-preview] > [data-rows] > [data-row]");
    expect(await lines.count()).toBe(2);
    await lines.nth(1).getByLabel("Item", { exact: true }).fill("Travel");
    await lines.nth(1).getByLabel("Quantity", { exact: true }).fill("many");
    await preview.getByText("line 2, quantity").waitFor();
    await preview.getByText("Acme Ltd").waitFor();
    await lines.nth(1).getByLabel("Quantity", { exact: true }).fill("1");
    await lines.nth(1).getByLabel("Price", { exact: true }).fill("60");
    await lines.nth(1).getByText("More").click();
    const reason = lines.nth(1).getByLabel("Reason", { exact: true });
    await reason.first().fill("Rail card");
    await lines.nth(1).getByLabel("or amount").first().fill("60.00");
    await preview.getByText("Rail card").waitFor();
    await reason.nth(1).fill("Again");
    expect(await reason.count()).toBe(3);
    await reason.nth(1).fill("");
    await preview.getByText("$1,140.00 in total").first().waitFor();
    await page.getByRole("button", { name: "Create draft" }).click();
    await finalize(page, "quote");
    const pdf = await page.getByRole("link", { name: "Open the PDF" }).getAttribute("href");
    const file = await page.request.get(`${server.url}${pdf}`);
    expect((await file.body()).subarray(0, 5).toString()).toBe("%PDF-");
    await page.locator(".act-menu > summary").click();
    await page.getByRole("button", { name: "Create invoice" }).click();
    await finalize(page, "invoice");
    await page.getByRole("link", { name: "Send", exact: true }).click();
    await page.getByRole("button", { name: "Send by e-mail" }).click();
    await page.getByText("kept in the inbox.").waitFor();
    const invoice = page.url().split("?")[0] ?? "";

    const inbox = await context.newPage();
    await inbox.goto(`${server.url}/dev/inbox`);
    await inbox.getByRole("link", { name: /Invoice INV-/ }).click();
    await inbox.getByRole("link", { name: /\.pdf/ }).waitFor();

    await page.goto(invoice);
    await page.getByRole("link", { name: "Record a payment" }).click();
    await page.getByRole("button", { name: "Record a payment" }).click();
    await page.getByText("Payment recorded.").waitFor();
    await page.goto(`${server.url}/dashboard`);
    const paid = page.locator(".cards div", { hasText: "Paid this month" });
    await paid.getByText("$1,140.00").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  it("fits the screen, passes accessibility checks and loads little script", async () => {
    const server = await serve(await newState());
    const context = await browser.newContext({ locale: "en-US" });
    const page = await context.newPage();
    await signIn(page, server.url, server.operatorKey);
    const operator = await operatorPagesOf(apiAt(server.url, server.operatorKey));
    for (const [name, path] of Object.entries(operator)) {
      await inspect(page, `${server.url}/dashboard${path}`, name);
    }
    await expectLittleScript(page, `${server.url}/dashboard`, ["/revenue"]);
    await context.clearCookies();
    await inspect(page, `${server.url}/dashboard/sign-in`, "sign-in");
    await signIn(page, server.url, server.demoKey);
    for (const [name, path] of Object.entries(await pagesOf(apiAt(server.url, server.demoKey)))) {
      await inspect(page, `${server.url}/dashboard${path}`, name);
    }
    await expectLittleScript(page, `${server.url}/dashboard`, ["", "/usage", "/quotes/new"]);
    await context.clearCookies();
    await signIn(page, server.url, await testTenantKey(apiAt(server.url, server.operatorKey)));
    await inspect(page, `${server.url}/dashboard/clock`, "clock");
    await page.getByRole("button", { name: "+31 days" }).click();
    await page.getByText("Billing period closed").waitFor();
    await context.close();
  }, 240_000);
});

async function expectLittleScript(page: Page, url: string, paths: string[]): Promise<void> {
  for (const path of paths) {
    const bytes = await scriptBytes(page, `${url}${path}`);
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(SCRIPT_BUDGET);
  }
}

/** The operator's pages, with a plan, a coupon and a credit to see. */
async function operatorPagesOf(api: Api): Promise<Record<string, string>> {
  const { data } = await api.call<{ data: Named[] }>("GET", "/api/subscriptions");
  const [subscription] = data;
  const tenant_id = subscription?.tenant_id;
  const tiers = [{ up_to: 1000, unit_price: "0.01" }, { unit_price: "0.005" }];
  await api.call("POST", "/api/plans", {
    code: "TEAM",
    name: "Team",
    currency: "EUR",
    base_price_monthly: 79,
    prices: [{ metric_name: "api_calls", included_quantity: 5000, model: "graduated", tiers }],
  });
  const coupon = { code: "WELCOME20", name: "Welcome", percent: 20, periods: 3 };
  await api.call("POST", "/api/coupons", coupon);
  const credit = { tenant_id, kind: "granted", amount: 25, currency: "USD", note: "Sorry" };
  await api.call("POST", "/api/credits", credit);
  return {
    revenue: "/revenue",
    tenants: "/tenants",
    subscriptions: "/billing/subscriptions",
    subscription: `/billing/subscriptions/${subscription?.id}`,
    subscribe: "/billing/subscriptions/new",
    tenant: `/tenants/${tenant_id}`,
    plans: "/billing/plans",
    "plan-edited": "/billing/plans/TEAM",
    "plan-form": "/billing/plans/TEAM/edit",
    coupons: "/billing/coupons",
    "credits-given": `/billing/credits?tenant_id=${tenant_id}`,
    "alert-routes-operator": "/alerts/routes",
  };
}

/** A test tenant with a period to close. */
async function testTenantKey(operator: Api): Promise<string> {
  const tenant = { name: "Bike Shop", mode: "test", clock: "2027-01-01T12:00:00Z" };
  const { id, key } = await operator.call<Named & { key: string }>("POST", "/api/tenants", tenant);
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: id,
    plan: "STARTER",
    billing_cycle: "monthly",
    base_price: 29,
    start_date: "2027-01-01T00:00:00Z",
  });
  return key;
}

type Named = { id: string; tenant_id: string };

/** Every page by its name, with something to see on each. */
async function pagesOf(api: Api): Promise<Record<string, string>> {
  const post = (path: string, body: unknown = {}) => api.call<{ id: string }>("POST", path, body);
  for (let n = 0; n < 30; n++) {
    const event = { metric_name: "api_calls", quantity: 5 + ((n * 37) % 40), user_id: `u${n % 4}` };
    const timestamp = new Date(Date.now() - n * 21_600_000).toISOString();
    await post("/api/usage/record", { ...event, timestamp });
  }
  await post("/api/usage/record", { metric_name: "quotes_generated", quantity: 9 });
  const customer = { name: "Acme Ltd", email: "books@acme.example", address: { country: "US" } };
  const { id: customer_id } = await post("/api/customers", customer);
  const lines = [
    { name: "Consulting", quantity: 12, unit: "h", unit_price: "95.00" },
    { name: "API calls", quantity: 12_500, unit_price: "0.0004" },
  ];
  const quote = await post("/api/quotes", { customer_id, lines });
  await post(`/api/quotes/${quote.id}/finalize`);
  const draft = await post("/api/quotes", { customer_id, lines });
  const invoice = await post("/api/invoices", { customer_id, lines });
  await post(`/api/invoices/${invoice.id}/finalize`);
  const email = await post(`/api/invoices/${invoice.id}/send`);
  await post(`/api/invoices/${invoice.id}/payments`, { amount: 100 });
  const hook = await post("/api/webhooks/endpoints", { url: "https://hooks.example.com/in" });
  const delivery = await post(`/api/webhooks/endpoints/${hook.id}/test`);
  await post("/api/users", { name: "Ada Lovelace", email: "ada@example.com", role: "admin" });
  await api.call("PUT", "/api/alert-routes", {
    data: [{ name: "Finance", emails: ["cfo@example.com"], endpoint_ids: [hook.id] }],
  });
  await post("/api/suppressions", { address: "gone@example.com" });
  const imported = await post("/api/usage/imports", { name: "2025, from the old system" });
  await post(`/api/usage/imports/${imported.id}/events`, {
    events: [{ id: "1", metric_name: "old_calls", quantity: 7, timestamp: "2025-06-01T12:00:00Z" }],
  });
  const rule = await post("/api/usage/rules", {
    event_type: "model.call",
    metric_name: "tokens",
    value_path: "$.usage.tokens",
    group_paths: { model: "$.model" },
  });
  return {
    imports: "/usage/imports",
    rules: "/usage/rules",
    rule: `/usage/rules/${rule.id}`,
    metrics: "/usage/metrics",
    events: "/usage/events",
    refused: "/usage/refused",
    payments: "/settings/payments",
    import: `/usage/imports/${imported.id}`,
    "alert-routes": "/alerts/routes",
    suppressed: "/emails/suppressed",
    plan: "/billing/plans/STARTER",
    credits: "/billing/credits",
    overview: "",
    usage: "/usage",
    alerts: "/alerts",
    quotes: "/quotes",
    quote: `/quotes/${quote.id}`,
    "quote-form": `/quotes/${draft.id}/edit`,
    invoices: "/invoices",
    invoice: `/invoices/${invoice.id}`,
    "credit-notes": "/credit-notes",
    customers: "/customers",
    customer: `/customers/${customer_id}`,
    "customer-form": `/customers/${customer_id}/edit`,
    items: "/items",
    item: "/items/new",
    recurring: "/recurring-invoices",
    "credit-form": `/invoices/${invoice.id}?act=credit`,
    webhooks: "/webhooks",
    webhook: `/webhooks/${hook.id}`,
    delivery: `/webhooks/deliveries/${delivery.id}`,
    emails: "/emails",
    email: `/emails/${email.id}`,
    billing: "/billing",
    next: "/billing/next",
    branding: "/settings/branding",
    profile: "/settings/profile",
    mail: "/settings/mail",
    members: "/settings/members",
    keys: "/settings/keys",
    budgets: "/settings/budgets",
    audit: "/settings/audit",
    requests: "/settings/requests",
  };
}
