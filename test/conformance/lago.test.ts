/** The published `lago-javascript-client` against the running product, with one key for all. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Client, getLagoError, LagoRateLimitError } from "lago-javascript-client";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, type Served, serve, temporaryDir } from "../process/command.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** A customer's id as an application may choose it: the client does not encode it. */
const CUSTOMER = "acme & söhne 42";
const SUBSCRIPTION = "sub acme/1";
const CODE = "model tokens";

type Given = {
  server: Served;
  base: string;
  lago: ReturnType<typeof Client>;
  operator: Api;
  /** The customer's own view, native. */
  own: Api;
};

/** What the client throws, as its own `getLagoError` reads it. */
async function errorOf(work: Promise<unknown>) {
  const thrown = await work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: unknown) => error,
  );
  return (await getLagoError(thrown)) as unknown as Record<string, unknown>;
}

/** Every `lago_id`, and whatever else names something of Lago's, anywhere in an answer. */
function idsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) =>
    /^lago_.*id$/.test(name) && held !== null ? [held] : idsIn(held),
  );
}

/** `fetch`, which looks at all that is answered on its way to the client. */
const checkedFetch: typeof fetch = async (...asked) => {
  const answer = await fetch(...asked);
  const body: unknown = await answer.clone().json();
  for (const id of idsIn(body)) expect(id).toMatch(UUID);
  return answer;
};

const seconds = () => Date.now() / 1_000;

function eventOf(transaction_id: string, tokens: number, more: object = {}) {
  return {
    transaction_id,
    external_subscription_id: SUBSCRIPTION,
    code: CODE,
    timestamp: seconds(),
    properties: { tokens, model: "small" },
    ...more,
  };
}

async function begun(): Promise<Given> {
  const server = await serve(await newState());
  const operator = apiAt(server.url, server.operatorKey);
  const base = `${server.url}/lago/api/v1`;
  const lago = Client(server.operatorKey, { baseUrl: base, customFetch: checkedFetch });
  const path = `/api/tenants/${encodeURIComponent(CUSTOMER)}`;
  const { key } = await operator.call<{ key: string }>("PUT", path, { name: "Acme" });
  return { server, base, lago, operator, own: apiAt(server.url, key) };
}

async function metrics({ lago }: Given) {
  const input = {
    billable_metric: {
      name: "Tokens",
      code: CODE,
      aggregation_type: "sum_agg" as const,
      field_name: "tokens",
      filters: [{ key: "model", values: ["small", "large"] }],
    },
  };
  const made = await lago.billableMetrics.createBillableMetric(input);
  expect(made.data.billable_metric).toMatchObject({
    name: "Tokens",
    code: CODE,
    aggregation_type: "sum_agg",
    field_name: "tokens",
    recurring: false,
  });
  const found = await lago.billableMetrics.findBillableMetric(CODE);
  expect(found.data).toEqual(made.data);
  const listed = await lago.billableMetrics.findAllBillableMetrics();
  expect(listed.data.billable_metrics).toEqual([made.data.billable_metric]);
  for (const wrong of [
    { aggregation_type: "weighted_sum_agg" },
    { recurring: true },
    { expression: "event.properties.a + 1" },
  ] as const) {
    const refused = { billable_metric: { ...input.billable_metric, code: "other", ...wrong } };
    const error = await errorOf(lago.billableMetrics.createBillableMetric(refused));
    const [field = ""] = Object.keys(wrong);
    expect(error).toMatchObject({ status: 422, error_details: { [field]: ["value_is_invalid"] } });
  }
}

async function subscribed({ lago, operator }: Given) {
  await operator.call("POST", "/api/plans", {
    code: "PRO",
    name: "Pro",
    currency: "EUR",
    base_price_monthly: 49,
    prices: [{ metric_name: CODE, included_quantity: 100, model: "per_unit", unit_price: "0.03" }],
  });
  const customer = { external_id: CUSTOMER, name: "Acme Ltd", email: "billing@acme.example" };
  const made = await lago.customers.createCustomer({ customer });
  expect(made.data.customer).toMatchObject(customer);
  expect((await lago.customers.findCustomer(CUSTOMER)).data).toEqual(made.data);
  const usage = lago.customers.findCustomerCurrentUsage(CUSTOMER, {
    external_subscription_id: CUSTOMER,
  });
  expect(await errorOf(usage)).toMatchObject({
    status: 405,
    error: "Method Not Allowed",
    code: "no_active_subscription",
  });
  const subscription = {
    external_customer_id: CUSTOMER,
    plan_code: "PRO",
    external_id: SUBSCRIPTION,
    billing_time: "anniversary" as const,
  };
  const began = await lago.subscriptions.createSubscription({ subscription });
  expect(began.data.subscription).toMatchObject({ ...subscription, status: "active" });
  const found = await lago.subscriptions.findSubscription(SUBSCRIPTION);
  expect(found.data.subscription).toEqual(began.data.subscription);
  const listed = await lago.subscriptions.findAllSubscriptions({ external_customer_id: CUSTOMER });
  expect(listed.data.meta).toMatchObject({ total_count: 1, next_page: null });
}

/** Answers the sum of what was recorded. */
async function events({ lago, own }: Given): Promise<number> {
  const first = eventOf("first", 1.5);
  const made = await lago.events.createEvent({ event: first });
  expect(made.data.event).toMatchObject({
    transaction_id: "first",
    properties: first.properties,
    timestamp: new Date(Math.floor(first.timestamp * 1_000)).toISOString(),
  });
  expect((await lago.events.createEvent({ event: first })).data).toEqual(made.data);
  const other = { ...first, properties: { ...first.properties, tokens: 2 } };
  expect(await errorOf(lago.events.createEvent({ event: other }))).toMatchObject({
    status: 422,
    error: "Unprocessable Entity",
    code: "validation_errors",
    error_details: { transaction_id: ["value_already_exist"] },
  });

  const hundred = Array.from({ length: 100 }, (_, i) => eventOf(`batch-${i}`, i));
  const batch = await lago.events.createBatchEvents({ events: hundred });
  expect(batch.data.events.map(({ transaction_id }) => transaction_id)).toEqual(
    hundred.map(({ transaction_id }) => transaction_id),
  );
  expect((await lago.events.createBatchEvents({ events: hundred })).status).toBe(200);
  for (const [wrong, details] of [
    [{ transaction_id: "" }, { transaction_id: ["value_is_mandatory"] }],
    [{ properties: { tokens: "many" } }, { tokens: ["value_is_invalid"] }],
    [{ properties: { tokens: -1 } }, { tokens: ["value_is_invalid"] }],
    [{ timestamp: "yesterday" }, { timestamp: ["invalid_format"] }],
    [{ properties: { operation_type: "remove" } }, { operation_type: ["value_is_invalid"] }],
  ] as const) {
    const mixed = [eventOf("good", 1_000), { ...eventOf("bad", 1), ...wrong }];
    const error = await errorOf(lago.events.createBatchEvents({ events: mixed as never }));
    expect(error).toMatchObject({ status: 422, error_details: { 1: details } });
  }
  const sum = hundred.reduce((total, { properties }) => total + properties.tokens, 1.5);

  const acting = { headers: { "BoxCost-Tenant": encodeURIComponent(CUSTOMER) } };
  const found = await lago.events.findEvent("batch-7", acting);
  expect(found.data.event).toMatchObject({
    transaction_id: "batch-7",
    external_subscription_id: SUBSCRIPTION,
    code: CODE,
    properties: { tokens: 7 },
  });
  expect(await errorOf(lago.events.findEvent("none", acting))).toMatchObject({
    status: 404,
    error: "Not Found",
    code: "event_not_found",
  });
  const query = { external_subscription_id: SUBSCRIPTION, per_page: 40 };
  const pages = [];
  for (let page: number | null | undefined = 1; page; ) {
    const { data }: { data: { events: { transaction_id: string }[]; meta: object } } =
      await lago.events.findAllEvents({ ...query, page });
    pages.push(data.events.map(({ transaction_id }) => transaction_id));
    page = (data.meta as { next_page?: number | null }).next_page;
  }
  expect(pages.map((page) => page.length)).toEqual([40, 40, 21]);
  expect(new Set(pages.flat()).size).toBe(101);
  const estimate = { code: CODE, external_subscription_id: SUBSCRIPTION };
  expect((await lago.events.eventEstimateFees({ event: estimate })).data).toEqual({ fees: [] });

  const { metrics } = await own.call<{ metrics: object[] }>("GET", "/api/usage/summary");
  const tokens = { metric_name: CODE, total_quantity: sum, event_count: 101 };
  expect(metrics).toContainEqual(expect.objectContaining(tokens));
  return sum;
}

async function currentUsage({ lago, own }: Given, sum: number) {
  const { data } = await lago.customers.findCustomerCurrentUsage(CUSTOMER, {
    external_subscription_id: SUBSCRIPTION,
  });
  const cents = Math.round((sum - 100) * 3);
  expect(data.customer_usage).toMatchObject({
    currency: "EUR",
    amount_cents: cents,
    charges_usage: [
      {
        units: sum.toFixed(1),
        events_count: 101,
        amount_cents: cents,
        amount_currency: "EUR",
        billable_metric: { code: CODE, name: "Tokens", aggregation_type: "sum_agg" },
      },
    ],
  });
  const estimate = await own.call<{ total_usage_charges: number }>(
    "GET",
    "/api/usage/billing-estimate",
  );
  expect(Math.round(estimate.total_usage_charges * 100)).toBe(data.customer_usage.amount_cents);
}

async function invoices({ lago, operator }: Given) {
  const { data } = await operator.call<{ data: { id: string }[] }>(
    "GET",
    `/api/customers?tenant_id=${encodeURIComponent(CUSTOMER)}`,
  );
  const lines = [{ name: "Set-up", quantity: 3, unit_price: "19.99" }];
  const draft = { customer_id: data[0]?.id, currency: "EUR", lines };
  const { id } = await operator.call<{ id: string }>("POST", "/api/invoices", draft);
  const final = await operator.call<{ number: string }>("POST", `/api/invoices/${id}/finalize`);
  const listed = await lago.invoices.findAllInvoices({
    external_customer_id: CUSTOMER,
    "statuses[]": ["finalized"],
    "payment_statuses[]": ["pending", "failed"],
  });
  const [invoice] = listed.data.invoices;
  expect([listed.data.meta.total_count, invoice]).toMatchObject([
    1,
    {
      number: final.number,
      status: "finalized",
      payment_status: "pending",
      currency: "EUR",
      total_amount_cents: 3 * 1_999,
      customer: { external_id: CUSTOMER },
    },
  ]);
  const lagoId = invoice?.lago_id ?? "";
  const found = await lago.invoices.findInvoice(lagoId);
  expect(found.data.invoice).toMatchObject({ lago_id: lagoId, fees: [{ units: "3" }] });
  const downloaded = await lago.invoices.downloadInvoice(lagoId);
  const { file_url } = (downloaded.data as { invoice: { file_url: string } }).invoice;
  const file = await fetch(file_url);
  expect(file.headers.get("content-type")).toBe("application/pdf");
  expect((await file.text()).slice(0, 5)).toBe("%PDF-");
}

async function refusals({ lago, operator, base, server }: Given) {
  const stranger = Client("bcp_live_unknown", { baseUrl: base });
  const event = eventOf("x", 1);
  for (const work of [
    () => stranger.events.createEvent({ event }),
    () => stranger.invoices.findAllInvoices(),
  ]) {
    expect(await errorOf(work())).toMatchObject({ status: 401, error: "Unauthorized" });
  }
  const unknown = "00000000-0000-4000-8000-000000000000";
  for (const [work, code] of [
    [() => lago.customers.findCustomer("nobody"), "customer_not_found"],
    [() => lago.subscriptions.findSubscription("nobody"), "subscription_not_found"],
    [() => lago.billableMetrics.findBillableMetric("nothing"), "billable_metric_not_found"],
    [() => lago.invoices.findInvoice(unknown), "invoice_not_found"],
    [() => lago.plans.findAllPlans(), "endpoint_not_found"],
  ] as const) {
    expect(await errorOf(work())).toMatchObject({ status: 404, error: "Not Found", code });
  }
  await operator.call("PUT", "/api/tenants/slow", { name: "Slow", events_per_minute: 1 });
  const slow = (id: string) => ({ event: eventOf(id, 1, { external_subscription_id: "slow" }) });
  // A batch is taken whole, and what it is over the budget is waited for.
  const five = ["a", "b", "c", "d", "e"].map((id) => slow(id).event);
  await lago.events.createBatchEvents({ events: five });
  const error = await errorOf(lago.events.createEvent(slow("2")));
  expect(error).toMatchObject({ status: 429, error: "Too Many Requests" });
  const limited = Client(server.operatorKey, {
    baseUrl: base,
    rateLimitRetry: { retryOnRateLimit: false },
  });
  const thrown = await limited.events.createEvent(slow("3")).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(LagoRateLimitError);
  expect((thrown as LagoRateLimitError).reset).toBeGreaterThan(0);
}

/** Sends a body as a gateway does: JSON by itself, with the key as a bearer token. */
async function posted({ server, base }: Given, path: string, body: unknown) {
  const headers = {
    "Content-Type": "application/json",
    Authorization: `Bearer ${server.demoKey}`,
  };
  const answer = await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer.status;
}

/** What LiteLLM and APISIX send, twice: their customers are users of the gateway's own tenant. */
async function gateways(given: Given) {
  const own = apiAt(given.server.url, given.server.demoKey);
  const litellm = {
    event: {
      transaction_id: "2f6c9b0e-6f0e-4a53-9c0b-3f6d8a1f2c77",
      external_subscription_id: "end-user-1",
      code: "litellm_calls",
      properties: {
        model: "gpt-4o-mini",
        response_cost: 1.5e-7,
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
      },
    },
  };
  const startSeconds = Math.floor(seconds()) - 5;
  const apisix = {
    events: ["1", "2"].map((n) => ({
      transaction_id: `req_${n}`,
      external_subscription_id: "cus_jack",
      code: "apisix_requests",
      timestamp: startSeconds + 0.123,
      properties: { status: "200", tier: "expert" },
    })),
  };
  for (const _ of ["sent", "sent again"]) {
    expect(await posted(given, "/events", litellm)).toBe(200);
    expect(await posted(given, "/events/batch", apisix)).toBe(200);
  }
  const stored = async (metric: string) => {
    const path = `/api/usage/events?metric_name=${metric}`;
    return (await own.call<{ data: object[] }>("GET", path)).data;
  };
  expect(await stored("litellm_calls")).toMatchObject([
    { quantity: 1, user_id: "end-user-1", metadata: litellm.event.properties },
  ]);
  const timestamp = new Date(startSeconds * 1_000 + 123).toISOString();
  const request = { quantity: 1, user_id: "cus_jack", timestamp, metadata: { status: "200" } };
  expect(await stored("apisix_requests")).toMatchObject([request, request]);
}

/** The code of the page about moving in, as it is written there. */
function page({ server }: Given) {
  const text = readFileSync("docs/from-lago.md", "utf8");
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  const client = pathToFileURL(resolve("node_modules/lago-javascript-client/esm/mod.js")).href;
  const file = join(temporaryDir(), "page.ts");
  writeFileSync(file, blocks.join("\n").replace("lago-javascript-client", client));
  const env = {
    ...process.env,
    BOXCOSTPRO_URL: server.url,
    BOXCOSTPRO_KEY: server.operatorKey,
  };
  const printed = execFileSync(resolve("node_modules/.bin/node"), [file], { env });
  const [usage, refused] = printed
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(usage).toMatchObject({ units: "1500.0", events_count: 1, amount_cents: 100 });
  expect(refused).toMatchObject({
    status: 422,
    error_details: { transaction_id: ["value_already_exist"] },
  });
}

async function ended({ lago }: Given) {
  const { data } = await lago.subscriptions.destroySubscription(SUBSCRIPTION);
  expect(data.subscription).toMatchObject({ external_id: SUBSCRIPTION, status: "terminated" });
  const again = lago.subscriptions.destroySubscription(SUBSCRIPTION);
  expect(await errorOf(again)).toMatchObject({ status: 404, code: "subscription_not_found" });
}

it("an application that calls Lago changes its base URL and its key", async () => {
  const given = await begun();
  await metrics(given);
  await subscribed(given);
  const sum = await events(given);
  await currentUsage(given, sum);
  await invoices(given);
  await refusals(given);
  await gateways(given);
  page(given);
  await ended(given);
});
