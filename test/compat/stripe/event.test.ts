import { env } from "cloudflare:workers";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";
import {
  ADJUSTMENTS,
  clientOf,
  EVENTS,
  formOf,
  METERS,
  meterFor,
  SESSION,
  STREAM,
} from "./client.ts";

afterEach(() => vi.useRealTimers());

type Meter = { id: string; event_name: string };

/** What a tenant has recorded of a metric, in all. */
async function totalOf(tenant: string, metric: string, query = ""): Promise<number> {
  const path = `/api/usage/summary?metric_name=${metric}&start_date=2020-01-01T00:00:00Z${query}`;
  const headers = tenant === OPERATOR_TENANT ? {} : { "boxcost-tenant": tenant };
  const { body } = await call(await operatorKey(), "GET", path, undefined, headers);
  return body.metrics[0]?.total_quantity ?? 0;
}

function eventOf(event_name: string, customer: string, value: string, identifier?: string) {
  const payload = { stripe_customer_id: customer, value };
  return { event_name, payload, ...(identifier === undefined ? {} : { identifier }) };
}

async function named(externalId: string): Promise<string> {
  const { tenantId } = await makeTenant();
  await call(await operatorKey(), "PATCH", `/api/tenants/${tenantId}`, {
    external_id: externalId,
  });
  return tenantId;
}

describe("whose a meter event is", () => {
  it("is a tenant by external id or as a customer, else a user of the key's own", async () => {
    const operator = await operatorKey();
    const stripe = clientOf(operator);
    const { event_name } = await meterFor(stripe);
    const byId = await named(`ext-${event_name}`);
    const { tenantId: linked } = await subscriber("2026-01-01T00:00:00Z");
    const customer = `cus_${OPERATOR_TENANT}_${linked}`;
    await call(operator, "PATCH", `/api/customers/${customer}`, { reference: `cus_${linked}` });
    await stripe.post(EVENTS, eventOf(event_name, `ext-${event_name}`, "1"));
    await stripe.post(EVENTS, eventOf(event_name, `cus_${linked}`, "2"));
    await stripe.post(EVENTS, eventOf(event_name, "cus_nobody", "4"));
    expect(await totalOf(byId, event_name)).toBe(1);
    expect(await totalOf(linked, event_name)).toBe(2);
    const acting = { "boxcost-tenant": linked };
    const path = `/api/usage/events?metric_name=${event_name}`;
    const { body } = await call(operator, "GET", path, undefined, acting);
    expect(body.data).toMatchObject([
      { user_id: null, metadata: { stripe_customer_id: `cus_${linked}`, value: "2" } },
    ]);
    expect(await totalOf(OPERATOR_TENANT, event_name)).toBe(4);
    expect(await totalOf(OPERATOR_TENANT, event_name, "&user_id=cus_nobody")).toBe(4);
    const end_time = Math.ceil(Date.now() / 60_000) * 60;
    const range = { start_time: end_time - 3_600, end_time };
    const { id } = (await stripe.get(METERS)).data[0] ?? { id: "" };
    const counted = async (customer: string) =>
      (await stripe.get(`${METERS}/${id}/event_summaries`, { customer, ...range })).data[0]
        ?.aggregated_value;
    expect(await counted(`ext-${event_name}`)).toBe(1);
    expect(await counted("cus_nobody")).toBe(4);
    expect(await counted("cus_never_seen")).toBe(0);
  });

  it("is said by the key of the payload that the meter names, as the value is", async () => {
    const stripe = clientOf(await operatorKey());
    const event_name = `keys_${Date.now()}`;
    const meter = await stripe.post(METERS, {
      display_name: "Keys",
      event_name,
      default_aggregation: { formula: "last" },
      customer_mapping: { type: "by_id", event_payload_key: "who/ever" },
      value_settings: { event_payload_key: "how~much" },
    });
    expect(meter).toMatchObject({
      default_aggregation: { formula: "last" },
      customer_mapping: { event_payload_key: "who/ever" },
      value_settings: { event_payload_key: "how~much" },
    });
    const tenant = await named(`ext-${event_name}`);
    const timestamp = Math.floor(Date.now() / 1_000) - 600;
    for (const [i, value] of ["3", "7"].entries()) {
      const payload = { "who/ever": `ext-${event_name}`, "how~much": value };
      await stripe.post(EVENTS, { event_name, payload, timestamp: timestamp - i });
    }
    expect(await totalOf(tenant, event_name)).toBe(3);
    expect(await totalOf(tenant, event_name, `&user_id=ext-${event_name}`)).toBe(0);
    const lacking = { event_name, payload: { stripe_customer_id: "x", value: "1" } };
    expect(await stripe.refusedPost(EVENTS, lacking)).toMatchObject({ param: "payload[who/ever]" });
  });

  it("is a user of the tenant that a header, or a tenant's own key, names", async () => {
    const { tenantId, key } = await makeTenant();
    const operator = await operatorKey();
    const { event_name } = await meterFor(clientOf(operator));
    const acting = clientOf(operator, { "BoxCost-Tenant": tenantId });
    await acting.post(EVENTS, eventOf(event_name, "u1", "1"));
    await clientOf(key).post(EVENTS, eventOf(event_name, "u2", "2"));
    expect(await totalOf(tenantId, event_name, "&user_id=u1")).toBe(1);
    expect(await totalOf(tenantId, event_name, "&user_id=u2")).toBe(2);
    const own = await meterFor(clientOf(key));
    expect((await clientOf(operator).refusedGet(`${METERS}/${own.id}`)).status).toBe(404);
    const every = (await clientOf(key).get(METERS, { limit: 100 })).data;
    expect(every.map((meter: Meter) => meter.event_name)).toEqual(
      expect.arrayContaining([event_name, own.event_name]),
    );
    const others = every.find((meter: Meter) => meter.event_name === event_name)?.id ?? "";
    const refused = await clientOf(key).refusedPost(`${METERS}/${others}/deactivate`);
    expect(refused.status).toBe(403);
  });

  it("is refused for a tenant that the key is confined away from, and no other", async () => {
    const stripe = clientOf(await operatorKey());
    const { event_name } = await meterFor(stripe);
    const [mine, theirs] = [await named(`m-${event_name}`), await named(`t-${event_name}`)];
    const confinement = { tenants: [mine], permissions: ["usage.write" as const] };
    const confined = clientOf(await keyFor(OPERATOR_TENANT, "owner", { confinement }));
    await confined.post(EVENTS, eventOf(event_name, `m-${event_name}`, "1"));
    for (const customer of [`t-${event_name}`, "cus_nobody"]) {
      const event = eventOf(event_name, customer, "1");
      expect((await confined.refusedPost(EVENTS, event)).status).toBe(404);
    }
    expect([await totalOf(mine, event_name), await totalOf(theirs, event_name)]).toEqual([1, 0]);
    const cancel = { event_name, type: "cancel", cancel: { identifier: "x" } } as const;
    const refused = await confined.refusedPost(ADJUSTMENTS, cancel);
    expect(refused.status).toBe(403);
  });
});

describe("a meter event", () => {
  it("beyond a hard limit is refused as what it is, and is not tried again", async () => {
    const operator = await operatorKey();
    const stripe = clientOf(operator);
    const { event_name } = await meterFor(stripe);
    const prices = [
      {
        metric_name: event_name,
        model: "per_unit",
        unit_price: 1,
        included_quantity: 10,
        hard_limit: true,
      },
    ];
    const plan = { code: event_name.toUpperCase(), name: "Limited", currency: "USD", prices };
    const made = await call(operator, "POST", "/api/plans", plan);
    expect([made.status, made.body.detail]).toEqual([201, undefined]);
    const { tenantId } = await subscriber("2026-01-01T00:00:00Z", { plan: plan.code });
    await stripe.post(EVENTS, eventOf(event_name, tenantId, "8"));
    expect(await stripe.refusedPost(EVENTS, eventOf(event_name, tenantId, "3"))).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      code: "usage_limit_reached",
    });
    expect(await totalOf(tenantId, event_name)).toBe(8);
  });

  it("counts by several rules, and answers again what it answered", async () => {
    const operator = await operatorKey();
    const stripe = clientOf(operator);
    const { event_name } = await meterFor(stripe);
    const rule = { event_type: event_name, metric_name: `${event_name}_n`, aggregation: "count" };
    expect((await call(operator, "POST", "/api/usage/rules", rule)).status).toBe(201);
    const under = { "idempotency-key": `key-${event_name}` };
    const event = eventOf(event_name, "u1", "2.5", "twice");
    const first = await stripe.post(EVENTS, event, under);
    expect(await stripe.post(EVENTS, event, under)).toEqual(first);
    expect((await stripe.refusedPost(EVENTS, event)).message).toBe(
      "An event already exists with identifier twice.",
    );
    expect(await totalOf(OPERATOR_TENANT, event_name)).toBe(2.5);
    expect(await totalOf(OPERATOR_TENANT, `${event_name}_n`)).toBe(1);
    const cancel = { event_name, type: "cancel", cancel: { identifier: "twice" } } as const;
    await stripe.post(ADJUSTMENTS, cancel);
    expect(await totalOf(OPERATOR_TENANT, event_name)).toBe(0);
    expect(await totalOf(OPERATOR_TENANT, `${event_name}_n`)).toBe(0);
  });

  it("has its value rounded half to even at six decimals, and keeps what was sent", async () => {
    const stripe = clientOf(await operatorKey());
    const { event_name } = await meterFor(stripe);
    const sent = "0.0000025";
    const event = await stripe.post(EVENTS, eventOf(event_name, "u1", sent));
    expect(event.payload.value).toBe(sent);
    expect(await totalOf(OPERATOR_TENANT, event_name)).toBe(0.000002);
    const path = `/api/usage/events?metric_name=${event_name}`;
    const { body } = await call(await operatorKey(), "GET", path);
    expect(body.data).toMatchObject([{ metadata: { sent_quantity: sent }, source: "stripe" }]);
  });

  it("is taken back where it was counted, not where two tenants have its identifier", async () => {
    const stripe = clientOf(await operatorKey());
    const { event_name } = await meterFor(stripe);
    const one = await named(`one-${event_name}`);
    await named(`two-${event_name}`);
    const send = (to: string, identifier: string) =>
      stripe.post(EVENTS, eventOf(event_name, `${to}-${event_name}`, "3", identifier));
    await send("one", "a");
    await send("one", "b");
    await send("two", "b");
    const cancel = (identifier: string) => ({
      event_name,
      type: "cancel",
      cancel: { identifier },
    });
    await stripe.post(ADJUSTMENTS, cancel("a"));
    expect(await totalOf(one, event_name)).toBe(3);
    expect(await stripe.refusedPost(ADJUSTMENTS, cancel("b"))).toMatchObject({
      status: 400,
      message: expect.stringContaining("BoxCost-Tenant"),
    });
    const acting = clientOf(await operatorKey(), { "BoxCost-Tenant": one });
    await acting.post(ADJUSTMENTS, cancel("b"));
    expect(await totalOf(one, event_name)).toBe(0);
    const { key } = await makeTenant();
    expect((await clientOf(key).refusedPost(ADJUSTMENTS, cancel("b"))).status).toBe(404);
  });

  it("is counted by a meter that another instance has just made", async () => {
    const { key, tenantId } = await makeTenant();
    const stripe = clientOf(key);
    const { id, event_name } = await meterFor(stripe);
    const other = `${event_name}_elsewhere`;
    await stripe.post(EVENTS, eventOf(event_name, "u1", "1"));
    // As another instance makes one: this one remembers the rules that it read.
    await env.DB.prepare(
      `INSERT INTO usage_rules (id, tenant, event_type, metric, aggregation, value_path,
         by_operator, created_ms, updated_ms)
       SELECT id || 'x', tenant, ?, ?, aggregation, value_path, by_operator, created_ms, updated_ms
       FROM usage_rules WHERE id = ?`,
    )
      .bind(other, other, id.replace("mtr_", "rule_"))
      .run();
    vi.useFakeTimers({ now: Date.now() + 2_000, toFake: ["Date"] });
    await stripe.post(EVENTS, eventOf(other, "u1", "2"));
    expect((await stripe.refusedPost(EVENTS, eventOf(`${other}_not`, "u1", "2"))).status).toBe(400);
    vi.useRealTimers();
    const until = `&end_date=${new Date(Date.now() + 3_600_000).toISOString()}`;
    expect(await totalOf(tenantId, other, until)).toBe(2);
  });

  it("comes compressed, and with its key as the name of Basic", async () => {
    const operator = await operatorKey();
    const { event_name } = await meterFor(clientOf(operator));
    const form = new Uint8Array(gzipSync(formOf(eventOf(event_name, "u1", "1.5", "packed"))));
    const { status, body } = await call(null, "POST", EVENTS, form, {
      authorization: `Basic ${btoa(`${operator}:`)}`,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "content-encoding": "gzip",
    });
    expect([status, body.identifier]).toEqual([200, "packed"]);
    expect(await totalOf(OPERATOR_TENANT, event_name)).toBe(1.5);
  });

  it("is refused with a body that is too deep, too large, or of another type", async () => {
    const key = await operatorKey();
    const send = (body: string, type = "application/x-www-form-urlencoded", path = "v1") =>
      call(key, "POST", `/${path}/billing/meter_events`, body, { "content-type": type });
    const answers = [
      [await send(`a${"[b]".repeat(50)}=1`), 400],
      [await send(`a=${"x".repeat(1_100_000)}`), 413],
      [await send("{}", "application/json"), 415],
      [await send("event_name=x", undefined, "v2"), 415],
      [await send("[1]", "application/json", "v2"), 400],
      [await send('{"event_name":', "application/json", "v2"), 400],
      [await send("event_name=x&payload=text"), 400],
      [await send("event_name=x&payload[value]=1&colour=red"), 400],
    ] as const;
    for (const [{ status, body, headers }, expected] of answers) {
      expect([status, body.error.type]).toEqual([expected, "invalid_request_error"]);
      expect(headers.get("request-id")).toBe(body.error.request_id);
    }
  });
});

describe("a session of the stream", () => {
  it("ends after fifteen minutes, with its key, and is good for nothing else", async () => {
    const stripe = clientOf(await operatorKey());
    const { event_name } = await meterFor(stripe);
    const { tenantId } = await makeTenant();
    const key = await keyFor(tenantId, "ingest");
    const own = clientOf(key);
    const { authentication_token: token } = await own.post(SESSION);
    const streaming = clientOf(token);
    const events = (identifier: string) => ({
      events: [eventOf(event_name, "u1", "1", identifier)],
    });
    await streaming.post(STREAM, events("a"));
    expect(await totalOf(tenantId, event_name)).toBe(1);
    expect((await streaming.refusedGet(METERS)).status).toBe(401);
    const forged = clientOf(`${token.slice(0, 40)}AAAA${token.slice(44)}`);
    expect((await forged.refusedPost(STREAM, events("b"))).status).toBe(401);
    const now = Date.now();
    vi.useFakeTimers({ now: now + 14 * 60_000, toFake: ["Date"] });
    await streaming.post(STREAM, events("c"));
    vi.setSystemTime(now + 15 * 60_000 + 1_000);
    expect(await streaming.refusedPost(STREAM, events("d"))).toMatchObject({
      status: 401,
      type: "temporary_session_expired",
    });
    vi.useRealTimers();
    const owner = await keyFor(tenantId, "owner");
    const { body } = await call(owner, "GET", "/api/keys");
    const ended = body.data.find((one: { role: string }) => one.role === "ingest");
    expect((await call(owner, "DELETE", `/api/keys/${ended.id}`)).status).toBe(200);
    expect((await streaming.refusedPost(STREAM, events("e"))).status).toBe(401);
    const until = `&end_date=${new Date(now + 3_600_000).toISOString()}`;
    expect(await totalOf(tenantId, event_name, until)).toBe(2);
  });

  it("names the tenant that it was made for", async () => {
    const operator = await operatorKey();
    const { event_name } = await meterFor(clientOf(operator));
    const { tenantId } = await makeTenant();
    const acting = clientOf(operator, { "BoxCost-Tenant": tenantId });
    const { authentication_token: token } = await acting.post(SESSION);
    const events = [eventOf(event_name, "u1", "1")];
    await clientOf(token).post(STREAM, { events });
    expect(await totalOf(tenantId, event_name)).toBe(1);
  });
});
