/** The published `stripe` package against the running product. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import Stripe from "stripe";
import { expect, it, onTestFinished } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { seal, unseal } from "../../src/platform/runtime/crypto.ts";
import { newState, type Served, serve, temporaryDir } from "../process/command.ts";
import { queryLedger } from "../process/estate.ts";

function clientAt(url: string, key: string): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, {
    host: hostname,
    port: Number(port),
    protocol: "http",
    telemetry: false,
  });
}

/** What a call is refused with. Fails where it is taken for a success. */
async function refusal(
  call: Promise<unknown>,
): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in answer && answer.error instanceof Stripe.errors.StripeError) return answer.error;
  return expect.unreachable(JSON.stringify(answer));
}

type Invoice = { id: string; number: string; total: number; net: number; tax: number };

async function customersAndInvoices(stripe: Stripe, api: Api): Promise<void> {
  const made = await stripe.customers.create({
    name: "Ada Lovelace",
    email: "ada@example.com",
    description: "the first",
    metadata: { user: "42", plan: "pro" },
    address: { line1: "12 St James's Square", city: "London", country: "GB" },
    preferred_locales: ["de-DE"],
  });
  expect(made).toMatchObject({
    object: "customer",
    name: "Ada Lovelace",
    description: "the first",
    metadata: { user: "42", plan: "pro" },
    livemode: true,
    preferred_locales: ["de"],
    address: { line1: "12 St James's Square", line2: null, country: "GB", state: null },
  });
  const changed = await stripe.customers.update(made.id, {
    metadata: { plan: "", seats: 3 },
    phone: "+44 20 0000",
  });
  expect(changed).toMatchObject({ metadata: { user: "42", seats: "3" }, phone: "+44 20 0000" });
  expect(changed.metadata).not.toHaveProperty("plan");
  expect(await stripe.customers.retrieve(made.id)).toEqual({ ...changed, lastResponse: undefined });
  const own = await api.call<{ id: string }>("POST", "/api/customers", {
    name: "Moved Ltd",
    reference: "cus_stripe_1",
  });
  expect((await stripe.customers.retrieve("cus_stripe_1")).id).toBe("cus_stripe_1");
  expect((await stripe.customers.retrieve(own.id)).id).toBe("cus_stripe_1");
  const listed = await stripe.customers.list({ limit: 1 }).autoPagingToArray({ limit: 100 });
  const ids = listed.map(({ id }) => id);
  expect(ids.slice(ids.indexOf("cus_stripe_1")).slice(0, 2)).toEqual(["cus_stripe_1", made.id]);
  const before = await stripe.customers.list({ ending_before: made.id, limit: 1 });
  expect(before).toMatchObject({ has_more: true, data: [{ id: "cus_stripe_1" }] });

  const draft = await api.call<Invoice>("POST", "/api/invoices", {
    customer_id: own.id,
    currency: "KWD",
    lines: [
      {
        name: "Calls",
        quantity: "1234.5",
        unit_price: "0.0015",
        tax: { category: "S", percent: 5 },
      },
      { name: "Base", quantity: 3, unit_price: "19.125", tax: { category: "S", percent: 5 } },
    ],
  });
  const final = await api.call<Invoice>("POST", `/api/invoices/${draft.id}/finalize`);
  const invoice = await stripe.invoices.retrieve(draft.id);
  // 1234.5 × 0.0015 = 1.85175, 3 × 19.125 = 57.375; fils are thousandths.
  const subtotal = 1_852 + 57_375;
  const tax = Math.round(subtotal * 0.05);
  expect(invoice).toMatchObject({
    object: "invoice",
    number: final.number,
    status: "open",
    currency: "kwd",
    customer: "cus_stripe_1",
    subtotal,
    total: subtotal + tax,
    total_excluding_tax: subtotal,
    amount_due: subtotal + tax,
    amount_paid: 0,
    amount_remaining: subtotal + tax,
    total_taxes: [{ amount: tax, taxable_amount: subtotal, tax_behavior: "exclusive" }],
  });
  const [calls, base] = invoice.lines.data;
  hasAllOf(invoice, "Invoices", "Invoice");
  hasAllOf(base ?? {}, "InvoiceLineItems", "InvoiceLineItem");
  hasAllOf(made, "Customers", "Customer");
  expect(calls?.quantity).toBeNull();
  expect(calls?.quantity_decimal?.add(Stripe.Decimal.from("0.5")).toString()).toBe("1235");
  expect(calls?.pricing?.unit_amount_decimal?.toString()).toBe("1.5");
  expect(base).toMatchObject({ quantity: 3, amount: 57_375, description: "Base" });
  const lines = await stripe.invoices
    .listLineItems(draft.id, { limit: 1 })
    .autoPagingToArray({ limit: 9 });
  expect(lines.map(({ id }) => id)).toEqual(invoice.lines.data.map(({ id }) => id));
  const pdf = await fetch(invoice.invoice_pdf ?? "");
  const bytes = new Uint8Array(await pdf.arrayBuffer());
  expect([pdf.status, new TextDecoder().decode(bytes.slice(0, 5))]).toEqual([200, "%PDF-"]);
  const open = await stripe.invoices.list({ customer: "cus_stripe_1", status: "open" });
  expect(open.data.map(({ id }) => id)).toEqual([draft.id]);
}

async function refusals(stripe: Stripe, url: string): Promise<void> {
  const stranger = clientAt(url, "bcp_op_wrong");
  const wrong = await refusal(stranger.customers.list());
  expect(wrong).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  expect(wrong.requestId).toMatch(/^req_/);
  for (const call of [
    () => stripe.prices.create({ currency: "eur", product: "prod_1" }),
    () => stripe.rawRequest("GET", "/v1/nothing/at/all"),
    () => stripe.rawRequest("GET", "/v1"),
    () => stripe.rawRequest("GET", "/v2/core/accounts"),
    () => stripe.customers.retrieve("cus_nobody"),
    () => stripe.invoices.retrieve("in_nobody"),
    () => stripe.customers.create({ payment_method: "pm_1" }),
    () => stripe.customers.list({}, { stripeAccount: "acct_1" }),
    () => stripe.customers.list({}, { headers: { "BoxCost-Tenant": "nobody" } }),
  ]) {
    expect(await refusal(call())).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  }
}

const HOUR_S = 3_600;

/** A name of a meter that no other part of the test uses. */
function meterOf(stripe: Stripe, event_name: string, formula: "sum" | "count" | "last" = "sum") {
  return stripe.billing.meters.create({
    display_name: `Meter of ${event_name}`,
    event_name,
    default_aggregation: { formula },
    customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
    value_settings: { event_payload_key: "value" },
  });
}

async function meters(stripe: Stripe): Promise<void> {
  const names = Array.from({ length: 25 }, (_, i) => `calls_${i}`);
  const made = await Promise.all(names.map((name) => meterOf(stripe, name)));
  expect(made[3]).toMatchObject({
    object: "billing.meter",
    display_name: "Meter of calls_3",
    event_name: "calls_3",
    event_time_window: null,
    status: "active",
    status_transitions: { deactivated_at: null },
    default_aggregation: { formula: "sum" },
    customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
    value_settings: { event_payload_key: "value" },
  });
  hasAllOf(made[3] ?? {}, "Billing/Meters", "Meter");
  const listed = await stripe.billing.meters.list({ limit: 7 }).autoPagingToArray({ limit: 100 });
  const ids = listed.map(({ id }) => id);
  expect(ids).toEqual(
    made
      .map(({ id }) => id)
      .sort()
      .reverse(),
  );
  const back = await stripe.billing.meters.list({ limit: 3, ending_before: ids[10] ?? "" });
  expect(back.data.map(({ id }) => id)).toEqual(ids.slice(7, 10));
  const [first] = made;
  const id = first?.id ?? "";
  expect(await refusal(meterOf(stripe, "calls_0"))).toMatchObject({
    code: "resource_already_exists",
  });
  const renamed = await stripe.billing.meters.update(id, { display_name: "API calls" });
  expect(renamed.display_name).toBe("API calls");

  const event = { event_name: "calls_0", payload: { stripe_customer_id: "ada", value: "7" } };
  const off = await stripe.billing.meters.deactivate(id);
  expect(off.status).toBe("inactive");
  expect(off.status_transitions.deactivated_at).toBe(off.updated);
  const refused = await refusal(stripe.billing.meterEvents.create(event));
  expect(refused).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  expect(refused.message).toBe('No active meter found for event name "calls_0".');
  const inactive = await stripe.billing.meters.list({ status: "inactive" });
  expect(inactive.data.map((meter) => meter.id)).toEqual([id]);
  expect((await stripe.billing.meters.reactivate(id)).status).toBe("active");
  expect(await stripe.billing.meterEvents.create(event)).toMatchObject({
    object: "billing.meter_event",
    ...event,
  });
  expect(await stripe.billing.meters.retrieve(id)).toMatchObject({ status: "active" });
}

/** What a meter counted of a customer in the last two days. */
async function countedOf(stripe: Stripe, meter: string, customer: string): Promise<number> {
  const end_time = Math.ceil(Date.now() / 60_000) * 60;
  const { data } = await stripe.billing.meters.listEventSummaries(meter, {
    customer,
    start_time: end_time - 48 * HOUR_S,
    end_time,
  });
  expect(data.length).toBe(1);
  return data[0]?.aggregated_value ?? Number.NaN;
}

async function events(stripe: Stripe): Promise<void> {
  const { id } = await meterOf(stripe, "words");
  const timestamp = Math.floor(Date.now() / 1_000) - HOUR_S;
  const event = {
    event_name: "words",
    identifier: "event-1",
    timestamp,
    payload: { stripe_customer_id: "ada", value: "12.5", model: "small" },
  };
  expect(await stripe.billing.meterEvents.create(event)).toMatchObject({
    ...event,
    livemode: true,
  });
  const again = await refusal(stripe.billing.meterEvents.create(event));
  expect(again).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  expect([again.message, again.code]).toEqual([
    "An event already exists with identifier event-1.",
    undefined,
  ]);

  const keyed = { event_name: "words", payload: { stripe_customer_id: "ada", value: "0.25" } };
  const under = { idempotencyKey: "one-key" };
  const one = await stripe.billing.meterEvents.create(keyed, under);
  const two = await stripe.billing.meterEvents.create(keyed, under);
  expect(two).toEqual(one);
  const other = { ...keyed, payload: { ...keyed.payload, value: "9" } };
  expect(await refusal(stripe.billing.meterEvents.create(other, under))).toBeInstanceOf(
    Stripe.errors.StripeIdempotencyError,
  );
  const v2 = await stripe.v2.billing.meterEvents.create({ ...keyed, identifier: "event-2" });
  expect(v2).toMatchObject({ object: "v2.billing.meter_event", identifier: "event-2" });
  expect(Math.abs(Date.parse(v2.timestamp) - Date.now())).toBeLessThan(60_000);
  expect(await countedOf(stripe, id, "ada")).toBe(12.5 + 0.25 + 0.25);

  const cancel = {
    event_name: "words",
    type: "cancel",
    cancel: { identifier: "event-1" },
  } as const;
  for (let times = 0; times < 2; times++) {
    expect(await stripe.billing.meterEventAdjustments.create(cancel)).toMatchObject({
      object: "billing.meter_event_adjustment",
      status: "complete",
      ...cancel,
    });
  }
  const second = { ...cancel, cancel: { identifier: "event-2" } };
  expect(await stripe.v2.billing.meterEventAdjustments.create(second)).toMatchObject({
    object: "v2.billing.meter_event_adjustment",
    ...second,
  });
  expect(await countedOf(stripe, id, "ada")).toBe(0.25);
  const none = { ...cancel, cancel: { identifier: "event-3" } };
  expect((await refusal(stripe.billing.meterEventAdjustments.create(none))).statusCode).toBe(404);

  for (const [payload, param] of [
    [{ stripe_customer_id: "ada", value: "-1" }, "payload[value]"],
    [{ stripe_customer_id: "ada", value: "many" }, "payload[value]"],
    [{ stripe_customer_id: "ada" }, "payload[value]"],
    [{ value: "1" }, "payload[stripe_customer_id]"],
  ] as [Record<string, string>, string][]) {
    const error = await refusal(
      stripe.billing.meterEvents.create({ event_name: "words", payload }),
    );
    expect([error.param, error.statusCode]).toEqual([param, 400]);
  }
  const old = { ...event, identifier: "old", timestamp: timestamp - 36 * 24 * HOUR_S };
  expect((await refusal(stripe.billing.meterEvents.create(old))).statusCode).toBe(400);
  expect(await countedOf(stripe, id, "ada")).toBe(0.25);
}

/** A proxy that passes requests on, and cuts the connection instead of the first answers. */
async function cuttingProxy(to: string, cuts: number): Promise<{ url: string; cut: () => number }> {
  let done = 0;
  const proxy = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = Object.entries(incoming.headers).filter(
      ([name]) => !["host", "connection", "content-length"].includes(name),
    );
    const method = incoming.method ?? "GET";
    const answer = await fetch(to + incoming.url, {
      method,
      headers: headers as [string, string][],
      ...(method === "GET" ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (done < cuts) {
      done++;
      return outgoing.destroy();
    }
    outgoing.writeHead(answer.status, { "content-type": "application/json" }).end(body);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, cut: () => done };
}

async function cutConnections(stripe: Stripe, url: string, key: string): Promise<void> {
  const { id } = await meterOf(stripe, "cut");
  const proxy = await cuttingProxy(url, 2);
  const far = clientAt(proxy.url, key);
  const payload = { stripe_customer_id: "ada", value: "5" };
  const event = await far.billing.meterEvents.create({
    event_name: "cut",
    identifier: "cut-1",
    payload,
  });
  expect([event.identifier, proxy.cut()]).toEqual(["cut-1", 2]);
  expect(await countedOf(stripe, id, "ada")).toBe(5);
}

/** A session's token that has ended: sealed as the product seals its own. */
async function endedToken(dir: string, key: string): Promise<string> {
  const installed = readFileSync(join(dir, "delivery.secret"), "utf8").trim();
  const [row] = queryLedger<{ secret: string }>(dir, "SELECT secret FROM link_keys");
  const secret = await unseal(installed, "link key", row?.secret ?? "");
  const held = { key, tenant: null, untilMs: Date.now() - 1 };
  return `bcs_${await seal(secret, "meter event session", JSON.stringify(held))}`;
}

async function stream(stripe: Stripe, { url, operatorKey }: Served, dir: string): Promise<void> {
  const { id } = await meterOf(stripe, "streamed");
  const session = await stripe.v2.billing.meterEventSession.create();
  expect(session.object).toBe("v2.billing.meter_event_session");
  expect(Date.parse(session.expires_at) - Date.parse(session.created)).toBe(15 * 60_000);
  const streaming = clientAt(url, session.authentication_token);
  // Over the last hours, so that several windows have some of them.
  const events = Array.from({ length: 100 }, (_, i) => ({
    event_name: "streamed",
    identifier: `s-${i}`,
    timestamp: new Date(Date.now() - i * 5 * 60_000).toISOString(),
    payload: { stripe_customer_id: "cus_new", value: String(i / 4) },
  }));
  const total = events.reduce((sum, { payload }) => sum + Number(payload.value), 0);
  for (let times = 0; times < 2; times++) {
    const answer = await streaming.v2.billing.meterEventStream.create({ events });
    expect(JSON.stringify(answer)).toBe("{}");
  }
  expect(await countedOf(stripe, id, "cus_new")).toBe(total);
  expect(await refusal(streaming.customers.list())).toBeInstanceOf(
    Stripe.errors.StripeAuthenticationError,
  );
  const ended = clientAt(url, await endedToken(dir, operatorKey));
  const late = { events: events.slice(0, 1) };
  expect(await refusal(ended.v2.billing.meterEventStream.create(late))).toBeInstanceOf(
    Stripe.errors.TemporarySessionExpiredError,
  );
  const more = { event_name: "streamed", payload: { stripe_customer_id: "cus_new", value: "1" } };
  const mixed = [more, { ...more, event_name: "unknown" }, more];
  const error = await refusal(streaming.v2.billing.meterEventStream.create({ events: mixed }));
  expect([error.statusCode, error.param]).toEqual([400, "event_name"]);
  const others = "1 of 3 events were refused, the others are counted. events[1]:";
  expect(error.message).toContain(others);

  const hour = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S;
  const range = { customer: "cus_new", start_time: hour - 24 * HOUR_S, end_time: hour + HOUR_S };
  const query = { ...range, value_grouping_window: "hour" as const, limit: 2 };
  const hours = await stripe.billing.meters.listEventSummaries(id, query).autoPagingToArray({
    limit: 100,
  });
  const sums = new Map<number, number>();
  for (const { timestamp, payload } of events) {
    const start = Math.floor(Date.parse(timestamp) / 1_000 / HOUR_S) * HOUR_S;
    sums.set(start, (sums.get(start) ?? 0) + Number(payload.value));
  }
  sums.set(hour, (sums.get(hour) ?? 0) + 2);
  expect(hours.map((one) => [one.start_time, one.aggregated_value])).toEqual(
    [...sums].sort(([a], [b]) => b - a),
  );
  expect(hours.reduce((sum, one) => sum + one.aggregated_value, 0)).toBe(total + 2);
  const odd = { ...query, start_time: range.start_time + 60 };
  expect((await refusal(stripe.billing.meters.listEventSummaries(id, odd))).param).toBe(
    "start_time",
  );
}

/** The fields of an interface that a client's types do not call optional. */
function requiredFields(file: string, name: string): string[] {
  const types = readFileSync(`node_modules/stripe/esm/resources/${file}.d.ts`, "utf8");
  const [, body = ""] =
    new RegExp(`^export interface ${name} \\{\n([\\s\\S]*?)^\\}`, "m").exec(types) ?? [];
  return [...body.matchAll(/^ {4}(\w+): /gm)].map(([, field = ""]) => field);
}

/** Every field that its types promise is there, also where it is null. */
function hasAllOf(answer: object, file: string, name: string): void {
  const required = requiredFields(file, name);
  expect(required.length).toBeGreaterThan(5);
  expect(required.filter((field) => !Object.hasOwn(answer, field))).toEqual([]);
}

/** The page's own code, as one program that a user would run. */
async function runPage({ url, operatorKey }: Served): Promise<string> {
  const page = readFileSync("docs/from-stripe.md", "utf8");
  const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  expect(blocks.length).toBe(5);
  const dir = temporaryDir();
  symlinkSync(resolve("node_modules"), join(dir, "node_modules"));
  const file = join(dir, "page.mjs");
  writeFileSync(file, blocks.join("\n"));
  const env = { ...process.env, BOXCOST_URL: url, BOXCOST_KEY: operatorKey };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  return stdout;
}

it("takes the product for Stripe", async () => {
  const dir = await newState();
  const server = await serve(dir);
  const stripe = clientAt(server.url, server.operatorKey);
  const api = apiAt(server.url, server.operatorKey);
  await meters(stripe);
  await events(stripe);
  await cutConnections(stripe, server.url, server.operatorKey);
  await stream(stripe, server, dir);
  await refusals(stripe, server.url);
  await customersAndInvoices(stripe, api);
  const printed = await runPage(server);
  expect(printed).toContain("tokens of cus_42: 12.5");
  expect(printed).toMatch(/^INV-\S+ \d+ kwd http:/m);
});
