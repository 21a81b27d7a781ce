/** Other products' events that name tenants, with a key of the operator. */

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { makeId, randomToken } from "../../../src/platform/runtime/crypto.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";

type Named = { id: string; tenant: unknown; quantity: number };
type Path = { path: string; headers: Record<string, string>; body: string };

const attribute = (key: string, value: unknown) => {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  return { key, value: { intValue: String(value) } };
};
const spanId = (id: string) => Buffer.from(id).toString("hex");

/** One time for all: what is sent again is the same. */
const END_NANO = `${Date.now() - 60_000}000000`;

/** The same events in each form. */
const FORMS: Record<string, (metric: string, events: readonly Named[]) => Path> = {
  cloudevents: (metric, events) => ({
    path: "/api/usage/cloudevents",
    headers: { "content-type": "application/cloudevents-batch+json" },
    body: JSON.stringify(
      events.map(({ id, tenant, quantity }) => ({
        specversion: "1.0",
        id,
        source: "/named",
        type: metric,
        ...(tenant === undefined ? {} : { boxcosttenant: tenant }),
        data: { quantity },
      })),
    ),
  }),
  logs: (metric, events) => ({
    path: `/api/usage/intake?metric=${metric}&quantity=/n&id=/id&tenant=/of/account`,
    headers: { "content-type": "application/x-ndjson" },
    body: events
      .map(({ id, tenant, quantity }) =>
        JSON.stringify({ id, n: quantity, of: { account: tenant } }),
      )
      .join("\n"),
  }),
  traces: (metric, events) => ({
    path: "/otlp/v1/traces",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: events.map(({ id, tenant, quantity }) => ({
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: spanId(id),
                endTimeUnixNano: END_NANO,
                attributes: [
                  attribute("boxcost.metric", metric),
                  attribute("boxcost.quantity", quantity),
                  ...(tenant === undefined ? [] : [attribute("boxcost.tenant", tenant)]),
                ],
              })),
            },
          ],
        },
      ],
    }),
  }),
};

function send(key: string, { path, headers, body }: Path, more: Record<string, string> = {}) {
  return call(key, "POST", path, body, { ...headers, ...more });
}

async function countOf(
  { key }: Pick<TestTenant, "key">,
  metric: string,
): Promise<[events: number, quantity: number]> {
  const path = `/api/usage/summary?start_date=2020-01-01T00:00:00Z&metric_name=${metric}`;
  const { body } = await call(key, "GET", path);
  const [found] = body.metrics;
  return [found?.event_count ?? 0, found?.total_quantity ?? 0];
}

const metricName = () => `m${randomToken(8).replaceAll(/\W/g, "")}`;

describe.each(Object.entries(FORMS))("%s of several tenants", (name, form) => {
  const isTrace = name === "traces";
  /** What a request is answered of which some will never count. */
  const refusing = (accepted: number, duplicates: number, refused: number) =>
    isTrace
      ? { status: 200, body: { partialSuccess: { rejectedSpans: refused } } }
      : { status: 422, body: { code: "usage.items_refused", accepted, duplicates, refused } };

  it("count for the tenant that each names, and are refused alone if it is none", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const externalId = `shop ${randomToken(6)}`;
    await call(operator, "PATCH", `/api/tenants/${two.tenantId}`, { external_id: externalId });
    const events: Named[] = [
      { id: "a", tenant: one.tenantId, quantity: 2 },
      { id: "a", tenant: externalId, quantity: 3 },
      { id: "b", tenant: "ten_none", quantity: 4 },
      { id: "c", tenant: two.tenantId, quantity: 5 },
      { id: "d", tenant: OPERATOR_TENANT, quantity: 6 },
      { id: "e", tenant: "x".repeat(300), quantity: 7 },
      { id: "a", tenant: one.tenantId, quantity: 2 },
    ];
    // Spans of one trace have ids of their own.
    const sent = isTrace ? events.slice(0, -1) : events;
    const repeats = sent.length - 6;
    expect(await send(operator, form(metric, sent))).toMatchObject(refusing(3, repeats, 3));
    const gzip = { "content-encoding": "gzip" };
    const { path, headers, body } = form(metric, sent);
    const again = await call(operator, "POST", path, gzipSync(body), { ...headers, ...gzip });
    expect(again).toMatchObject(refusing(0, 3 + repeats, 3));
    expect([await countOf(one, metric), await countOf(two, metric)]).toEqual([
      [1, 2],
      [2, 8],
    ]);
  });

  it("are left to the queue where that is preferred", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const tenants = [await makeTenant(), await makeTenant()];
    const events = tenants.map(({ tenantId }, i) => ({
      id: "a",
      tenant: tenantId,
      quantity: i + 1,
    }));
    const prefer = { prefer: "respond-async" };
    const { status, body } = await send(operator, form(metric, events), prefer);
    expect([status, body]).toMatchObject([202, isTrace ? {} : { accepted: 2, refused: 0 }]);
    for (const [i, tenant] of tenants.entries()) {
      await expect.poll(() => countOf(tenant, metric), { timeout: 15_000 }).toEqual([1, i + 1]);
    }
    expect((await send(operator, form(metric, events))).body).toMatchObject(
      isTrace ? {} : { accepted: 0, duplicates: 2 },
    );
  });

  it("are sent again where one cannot record for now, and the others count", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const [slow, good] = [await makeTenant(), await makeTenant()];
    await call(operator, "PATCH", `/api/tenants/${slow.tenantId}`, { events_per_minute: 1 });
    // What begins within a minute's events is taken whole; the next has to wait.
    const used = [1, 2].map((quantity) => ({
      metric_name: "used",
      quantity,
      tenant: slow.tenantId,
    }));
    await call(operator, "POST", "/api/usage/events", used);
    const events = [slow, slow, good].map(({ tenantId }, i) => ({
      id: `e${i}`,
      tenant: tenantId,
      quantity: 1,
    }));
    const answer = await send(operator, form(metric, events));
    expect([answer.status, answer.body]).toMatchObject([
      429,
      { code: "request.rate_limited", accepted: 1, refused: 2 },
    ]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect([await countOf(slow, metric), await countOf(good, metric)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    await call(operator, "PATCH", `/api/tenants/${slow.tenantId}`, { events_per_minute: 100 });
    expect((await send(operator, form(metric, events))).status).toBe(200);
    expect(await countOf(slow, metric)).toEqual([2, 2]);
  });

  it("are refused where their key names no tenants", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const [own, other] = [await makeTenant(), await makeTenant()];
    const events = [{ id: "a", tenant: other.tenantId, quantity: 1 }];
    expect(await send(own.key, form(metric, events))).toMatchObject(refusing(0, 0, 1));
    const acting = { "boxcost-tenant": own.tenantId };
    expect(await send(operator, form(metric, events), acting)).toMatchObject(refusing(0, 0, 1));
    const viewer = await keyFor(OPERATOR_TENANT, "viewer");
    expect((await send(viewer, form(metric, events))).status).toBe(403);
    for (const tenant of [own, other]) expect(await countOf(tenant, metric)).toEqual([0, 0]);
  });

  it("reach those to whom their key is confined", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const [reached, hidden] = [await makeTenant(), await makeTenant()];
    const input = { name: "Gateway", role: "ingest", tenants: [reached.tenantId] };
    const { key } = (await call(operator, "POST", "/api/keys", input)).body;
    const events = [reached, hidden].map(({ tenantId }) => ({
      id: isTrace ? tenantId.slice(-8) : "a",
      tenant: tenantId,
      quantity: 1,
    }));
    expect(await send(key, form(metric, events))).toMatchObject(refusing(1, 0, 1));
    expect([await countOf(reached, metric), await countOf(hidden, metric)]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    const { status } = await send(key, form(metric, [{ id: "b", tenant: undefined, quantity: 1 }]));
    expect(status).toBe(403); // the operator's own, which it does not reach
  });
});

describe("events that name tenants", () => {
  it("are of a thousand at most", async () => {
    const operator = await operatorKey();
    const events = Array.from({ length: 1_001 }, (_, i) => ({
      id: `e${i}`,
      tenant: makeId("ten", i),
      quantity: 1,
    }));
    const form = FORMS.logs as (metric: string, events: readonly Named[]) => Path;
    const { status, body } = await send(operator, form("m", events));
    expect([status, body.code]).toEqual([413, "request.too_large"]);
  });

  it("in binary mode name them by a header", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const tenant = await makeTenant();
    const name = `Bäcker ${randomToken(6)}`;
    await call(operator, "PATCH", `/api/tenants/${tenant.tenantId}`, { external_id: name });
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "a",
      "ce-source": "/named",
      "ce-type": metric,
    };
    const sendFor = (of: string) =>
      call(operator, "POST", "/api/usage/cloudevents", '{"value":2,"region":"eu"}', {
        ...headers,
        "ce-boxcosttenant": encodeURIComponent(of),
      });
    expect((await sendFor("nobody")).status).toBe(404);
    expect(await sendFor(name)).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect(await countOf(tenant, metric)).toEqual([1, 2]);
    const stored = await call(tenant.key, "GET", `/api/usage/events?metric_name=${metric}`);
    expect(stored.body.data[0].metadata).toEqual({ region: "eu" });
  });

  it("of a resource name the tenant of all its spans", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const tenant = await makeTenant();
    const form = FORMS.traces as (metric: string, events: readonly Named[]) => Path;
    const { path, headers, body } = form(metric, [{ id: "a", tenant: undefined, quantity: 3 }]);
    const trace = JSON.parse(body);
    trace.resourceSpans[0].resource = {
      attributes: [attribute("boxcost.tenant", tenant.tenantId)],
    };
    expect((await call(operator, "POST", path, JSON.stringify(trace), headers)).status).toBe(200);
    expect(await countOf(tenant, metric)).toEqual([1, 3]);
  });

  it("name all records' tenant by the address alone", async () => {
    const operator = await operatorKey();
    const metric = metricName();
    const tenant = await makeTenant();
    const path = `/api/usage/intake?metric=${metric}&tenant=${tenant.tenantId}&id=/id`;
    const body = [{ id: 1 }, { id: 2 }];
    expect((await call(operator, "POST", path, body)).body).toMatchObject({ accepted: 2 });
    expect(await countOf(tenant, metric)).toEqual([2, 2]);
  });

  it("say whose an alert is", async () => {
    const operator = await operatorKey();
    const tenant = await makeTenant();
    const plan = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    await call(operator, "POST", "/api/subscriptions", plan);
    const path = `/api/usage/intake?metric=api_calls&quantity=/n&tenant=${tenant.tenantId}`;
    const { body } = await call(operator, "POST", path, [{ n: 850 }]);
    expect(body.alerts).toMatchObject([{ threshold_percent: 80, tenant_id: tenant.tenantId }]);
  });

  it("are counted by the operator's rules for them", async () => {
    const operator = await operatorKey();
    const [metric, type] = [metricName(), metricName()];
    const tenants = [await makeTenant(), await makeTenant()];
    const rule = {
      event_type: type,
      metric_name: metric,
      aggregation: "sum",
      value_path: "$.amount",
    };
    const made = await call(operator, "POST", "/api/usage/rules", rule);
    expect(made.status).toBe(201);
    const events = tenants.map(({ tenantId }, i) => ({
      specversion: "1.0",
      id: "a",
      source: "/named",
      type,
      boxcosttenant: tenantId,
      data: { amount: i + 1 },
    }));
    const headers = { "content-type": "application/cloudevents-batch+json" };
    const sent = JSON.stringify(events);
    const { body } = await call(operator, "POST", "/api/usage/cloudevents", sent, headers);
    expect(body).toMatchObject({ accepted: 2 });
    for (const [i, tenant] of tenants.entries()) {
      expect(await countOf(tenant, metric)).toEqual([1, i + 1]);
    }
    const path = `/api/usage/rules/${made.body.id}`;
    expect((await call(operator, "DELETE", path)).status).toBeLessThan(300);
  });
});
