/** One of everything that a tenant can own, made through the API whatever carries the requests. */
/**
 * Sends a request as the tenant's owner or as the operator: JSON, or text as what its media type
 * says. Errors: for any answer but 2xx.
 */
export type Send = (
  as: "owner" | "operator",
  method: string,
  path: string,
  body?: unknown,
  type?: string,
  // biome-ignore lint/suspicious/noExplicitAny: whatever fields the answer has
) => Promise<any>;

/** Ids by the name that paths give their kind. */
export type Estate = Record<string, string[]>;

/** `tenantId` is a test tenant whose clock stands at 2026-01-01, and has nothing yet. */
export async function makeEstate(send: Send, tenantId: string, name: string): Promise<Estate> {
  const event = `${name.toLowerCase()}-event`;
  // What it is called in words begins with no name of a tenant.
  const metric = `metric_of_${name.toLowerCase()}`;
  const made = async (path: string, body?: unknown): Promise<string> =>
    (await send("owner", "POST", path, body)).id;
  await send("owner", "PUT", "/api/issuer", { legal_name: `${name} Ltd`, currency: "USD" });
  const externalId = `${name.toLowerCase()}-${tenantId.slice("ten_".length)}`;
  await send("operator", "PATCH", `/api/tenants/${tenantId}`, { external_id: externalId });
  const { id: subscription } = await send("operator", "POST", "/api/subscriptions", {
    tenant_id: tenantId,
    plan: "FREE",
    base_price: 20,
  });
  const { id: credit } = await send("operator", "POST", "/api/credits", {
    tenant_id: tenantId,
    kind: "granted",
    amount: 1,
    currency: "USD",
  });
  const customer = await made("/api/customers", { name: `${name}'s buyer` });
  const item = await made("/api/items", { name: `${name}'s work`, unit_price: 5 });
  const draft = { customer_id: customer, lines: [{ name: "Work", quantity: 2, unit_price: 5 }] };
  const invoice = await made("/api/invoices", draft);
  const final = await made("/api/invoices", draft);
  await made(`/api/invoices/${final}/finalize`);
  await made(`/api/invoices/${final}/payments`, { amount: 1 });
  const partial = { reason: "late", lines: [{ position: 1, quantity: 1 }] };
  const creditNote = await made(`/api/invoices/${final}/credit`, partial);
  const recurring = await made("/api/recurring-invoices", {
    invoice_id: invoice,
    interval: "year",
  });
  const quote = await made("/api/quotes", draft);
  const pending = await made("/api/quotes", draft);
  await made(`/api/quotes/${pending}/finalize`);
  const proforma = await made("/api/proforma-invoices", draft);
  const offered = await made("/api/proforma-invoices", draft);
  await made(`/api/proforma-invoices/${offered}/finalize`);
  const file = `${name.toLowerCase()}.csv`;
  const drafts = [`invoices/${invoice}`, `quotes/${quote}`, `proforma-invoices/${proforma}`];
  for (const draftOf of drafts) {
    await send("owner", "PUT", `/api/${draftOf}/attachments/${file}`, "hours\n2\n", "text/csv");
  }
  const link = await send("owner", "POST", `/api/invoices/${final}/link`, {});
  const role = await made("/api/roles", { name: `${name}'s`, permissions: ["usage.read"] });
  const user = await made("/api/users", { email: "o@a.test", name: `${name}'s`, role: "viewer" });
  const key = await made("/api/keys", { name: `${name}'s`, role: "viewer", user_id: user });
  const email = await made(`/api/invoices/${final}/send`, { to: ["o@a.test"] });
  const gone = `gone@${name.toLowerCase()}.test`;
  await made("/api/suppressions", { address: gone });
  const endpoint = await made("/api/webhooks/endpoints", {
    url: `https://${tenantId.replace("_", "-")}.invalid/`,
    events: ["webhook.disabled"], // none but the test event below
  });
  const delivery = await made(`/api/webhooks/endpoints/${endpoint}/test`);
  await made("/api/usage/record", { metric_name: metric, quantity: 1, id: event });
  const older = await made("/api/usage/imports", { name: `${name}'s backlog` });
  const rows = `id,metric_name,quantity,timestamp\nold-1,${metric},2,2025-06-01T12:00:00Z\n`;
  await send("owner", "PUT", `/api/usage/imports/${older}/file?name=${file}`, rows, "text/csv");
  await send("owner", "PUT", `/api/metrics/${metric}`, { unit: "B", dimensions: ["region"] });
  const rule = await made("/api/usage/rules", {
    event_type: `${name.toLowerCase()}-type`,
    metric_name: `ruled_of_${name.toLowerCase()}`,
    aggregation: "count",
  });
  await send("owner", "POST", "/api/test-clock", { now: "2026-02-02T00:00:00Z" });
  const periods = await send("owner", "GET", "/api/billing/periods");
  return {
    tenants: [tenantId, externalId],
    imports: [older],
    rules: [rule],
    users: [user],
    roles: [role],
    keys: [key],
    events: [event],
    metrics: [metric],
    customers: [customer],
    items: [item],
    "recurring-invoices": [recurring],
    invoices: [invoice, final],
    quotes: [quote, pending],
    "proforma-invoices": [proforma, offered],
    "credit-notes": [creditNote],
    attachments: [file],
    links: [link.id],
    tokens: [link.url.slice(link.url.lastIndexOf("/") + 1)],
    subscriptions: [subscription],
    credits: [credit],
    emails: [email],
    suppressions: [gone],
    endpoints: [endpoint],
    deliveries: [delivery],
    periods: periods.data.map(({ id }: { id: string }) => id),
  };
}
