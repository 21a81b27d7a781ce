/** Usage rules through the API: who may make them, what they do to incoming events. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/app.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";

const RULES = "/api/usage/rules";
const EVENTS = "/api/usage/cloudevents";

let types = 0;
/** A type of events that no other test has: rules of the operator are every tenant's. */
const ownType = () => `type-${Date.now()}-${++types}`;

const make = (key: string, body: object, headers = {}) => call(key, "POST", RULES, body, headers);

async function made(key: string, body: object, headers = {}) {
  const answer = await make(key, body, headers);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return answer.body;
}

/** A CloudEvent of a type. */
const eventOf = (type: string, data: object, change = {}) => ({
  specversion: "1.0",
  id: "e1",
  source: "/shop",
  type,
  data,
  ...change,
});

/** A tenant's events by metric, as the API shows them. */
async function stored({ key }: TestTenant) {
  const { body } = await call(key, "GET", "/api/usage/events");
  return Object.fromEntries(
    body.data.map((event: { metric_name: string }) => [event.metric_name, event]),
  );
}

/** A subscriber of a plan that prices `priced` and its own event type at 1.00 each. */
async function billed(priced: readonly string[], tenant_may: string[] = []) {
  const code = `RULES-${crypto.randomUUID().toUpperCase()}`;
  const prices = priced.map((metric_name) => ({ metric_name, model: "per_unit", unit_price: 1 }));
  const plan = { code, name: "Rules", currency: "USD", tenant_may, prices };
  const answer = await call(await operatorKey(), "POST", "/api/plans", plan);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return subscriber("2026-01-01T00:00:00Z", { plan: code });
}

describe("an event whose type has rules", () => {
  it("counts under each of their metrics, as they say", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const event_type = ownType();
    await made(key, {
      event_type,
      metric_name: "tokens",
      unit: "tokens",
      value_path: "$.usage.tokens",
      group_paths: { model: "/model", region: "$.where.region" },
    });
    await made(key, { event_type, metric_name: "calls", aggregation: "count" });
    const visitors = { aggregation: "unique", value_path: "$.visitor.id", user_path: "$.customer" };
    await made(key, { event_type, metric_name: "visitors", ...visitors });
    const data = { usage: { tokens: 12.5 }, model: "small", visitor: { id: 7 }, customer: "c-1" };
    const sent = eventOf(event_type, data, { subject: "own" });
    const first = await call(key, "POST", EVENTS, sent);
    expect([first.status, first.body]).toEqual([
      200,
      { accepted: 3, duplicates: 0, refused: 0, alerts: [] },
    ]);
    expect(await stored(tenant)).toMatchObject({
      tokens: {
        id: "e1:tokens",
        source: "/shop",
        quantity: 12.5,
        user_id: "own",
        metadata: { ...data, model: "small", region: "" },
      },
      calls: { id: "e1:calls", quantity: 1, metadata: data },
      visitors: { id: "e1:visitors", quantity: 1, user_id: "c-1", metadata: { ...data, id: "7" } },
    });
    expect((await call(key, "POST", EVENTS, sent)).body).toMatchObject({ duplicates: 3 });
    await call(key, "POST", EVENTS, { ...sent, id: "e2" });
    const totals = "/api/usage/summary?metric_name=visitors";
    const { body: counted } = await call(key, "GET", totals);
    expect(counted.metrics).toMatchObject([{ total_quantity: 1, event_count: 2 }]);
    const { body: tokens } = await call(key, "GET", "/api/metrics/tokens");
    expect(tokens).toMatchObject({ unit: "tokens", dimensions: ["model", "region"] });
    const path = "/api/usage/summary?metric_name=tokens&group_by=model";
    const { body: summary } = await call(key, "GET", path);
    expect(JSON.stringify(summary)).toContain('"small"');
  });

  it("is refused by pointers into what was sent, and the others of a batch count", async () => {
    const tenant = await makeTenant();
    const event_type = ownType();
    await made(tenant.key, { event_type, metric_name: "a", value_path: "$.a" });
    await made(tenant.key, { event_type, metric_name: "b", value_path: "/b/0" });
    const batch = [
      eventOf(event_type, { a: 1, b: [2] }),
      eventOf("raw", { quantity: 4 }, { id: "e2" }),
      eventOf(event_type, { a: 3 }, { id: "e3" }),
    ];
    const answer = await call(tenant.key, "POST", EVENTS, batch);
    expect([answer.status, answer.body.code]).toEqual([422, "usage.items_refused"]);
    expect(answer.body).toMatchObject({ accepted: 4, refused: 1 });
    const detail = "is missing: the rule of b reads /b/0";
    expect(answer.body.errors).toEqual([{ pointer: "/2/data/b/0", detail }]);
    const alone = await call(tenant.key, "POST", EVENTS, batch[2]);
    expect(alone.body.errors).toEqual([{ pointer: "/data/b/0", detail }]);
    expect((await stored(tenant)).raw).toMatchObject({ quantity: 4 });
  });

  it("makes no more than 5,000 events of a request", async () => {
    const { key } = await makeTenant();
    const event_type = ownType();
    for (const metric_name of ["a", "b"]) {
      await made(key, { event_type, metric_name, aggregation: "count" });
    }
    const events = (n: number) =>
      Array.from({ length: n }, (_, i) => eventOf(event_type, {}, { id: `e${i}` }));
    const over = await call(key, "POST", EVENTS, events(2_501));
    expect([over.status, over.body.code]).toEqual([413, "request.too_large"]);
    expect((await call(key, "POST", EVENTS, events(2_500))).body).toMatchObject({
      accepted: 5_000,
    });
  });

  it("costs no query once its rules are known, nor does one that has none", async () => {
    const { key } = await makeTenant();
    const event_type = ownType();
    await made(key, { event_type, metric_name: "m", aggregation: "count" });
    let asked = 0;
    const prepare = (text: string) => {
      asked++;
      return env.DB.prepare(text);
    };
    const counted = { ...env, DB: { prepare } as unknown as D1Database };
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const queriesOf = async (type: string, id: string) => {
      asked = 0;
      const body = JSON.stringify(eventOf(type, {}, { id }));
      const request = { method: "POST", headers, body };
      const answer = await createApp().request(EVENTS, request, counted, createExecutionContext());
      expect([answer.status, await answer.json()]).toEqual([
        200,
        expect.objectContaining({ accepted: 1 }),
      ]);
      return asked;
    };
    expect(await queriesOf(event_type, "first")).toBeGreaterThan(0);
    expect(await queriesOf(event_type, "second")).toBe(0);
    expect(await queriesOf("without", "third")).toBe(0);
  });

  it("counts as it is once its rules are switched off or deleted", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const event_type = ownType();
    const { id } = await made(key, { event_type, metric_name: "m", aggregation: "count" });
    const send = (n: number) => call(key, "POST", EVENTS, eventOf(event_type, {}, { id: `${n}` }));
    await send(1);
    const off = await call(key, "PATCH", `${RULES}/${id}`, { active: false });
    expect([off.status, off.body.active]).toEqual([200, false]);
    await send(2);
    expect(Object.keys(await stored(tenant)).sort()).toEqual(["m", event_type].sort());
    expect((await call(key, "PATCH", `${RULES}/${id}`, { active: true })).status).toBe(200);
    await send(3);
    expect((await call(key, "DELETE", `${RULES}/${id}`)).status).toBe(204);
    await send(4);
    const { body } = await call(key, "GET", "/api/usage/events");
    const metrics = body.data.map(({ metric_name }: { metric_name: string }) => metric_name);
    expect(metrics.filter((name: string) => name === "m")).toHaveLength(2);
    expect((await call(key, "GET", `${RULES}/${id}`)).status).toBe(404);
    const { body: log } = await call(key, "GET", "/api/audit?limit=100");
    const actions = log.data.map(({ action }: { action: string }) => action);
    expect(actions.filter((action: string) => action.startsWith("usage_rule"))).toEqual([
      "usage_rule.delete",
      "usage_rule.change",
      "usage_rule.change",
      "usage_rule.create",
    ]);
  });
});

describe("a rule", () => {
  it("says at which field it is wrong", async () => {
    const { key } = await makeTenant();
    const event_type = ownType();
    for (const [body, pointer] of [
      [{ metric_name: "m" }, "/event_type"],
      [{ event_type, metric_name: "" }, "/metric_name"],
      [{ event_type, metric_name: "m" }, "/value_path"],
      [{ event_type, metric_name: "m", value_path: "a.b" }, "/value_path"],
      [{ event_type, metric_name: "m", value_path: "$..a" }, "/value_path"],
      [{ event_type, metric_name: "m", value_path: "$.a", user_path: "a" }, "/user_path"],
      [{ event_type, metric_name: "m", value_path: "$.a", property: "p" }, "/property"],
      [{ event_type, metric_name: "m", aggregation: "count", property: "p" }, "/property"],
      [{ event_type, metric_name: "m", aggregation: "unique", value_path: "$" }, "/property"],
      [{ event_type, metric_name: "m", aggregation: "average" }, "/aggregation"],
      [
        { event_type, metric_name: "m", value_path: "$.a", group_paths: { g: "*" } },
        "/group_paths/g",
      ],
      [
        { event_type, metric_name: "m", value_path: "$.a", group_paths: { sent_quantity: "$.a" } },
        "/group_paths/sent_quantity",
      ],
    ] as const) {
      const answer = await make(key, body);
      expect([answer.status, answer.body.errors?.[0].pointer, body]).toEqual([422, pointer, body]);
    }
  });

  it("is refused where the metric counts otherwise, and where there is one already", async () => {
    const { key } = await makeTenant();
    const event_type = ownType();
    const rule = { event_type, metric_name: "m", aggregation: "max", value_path: "$.n" };
    await made(key, rule);
    const twice = await make(key, rule);
    expect([twice.status, twice.body.code]).toEqual([409, "resource.conflict"]);
    expect(twice.body.detail).toContain("there is a rule");
    const other = await make(key, { ...rule, event_type: ownType(), aggregation: "min" });
    expect(other.body.detail).toContain("m is counted as max by another rule");
    const standard = await make(key, { ...rule, metric_name: "api_calls" });
    expect(standard.body.detail).toContain("api_calls is counted as sum everywhere");
    await call(key, "POST", "/api/usage/record", { metric_name: "used", quantity: 1 });
    const used = await make(key, { ...rule, metric_name: "used" });
    expect([used.status, used.body.detail]).toEqual([
      409,
      "used has usage; its aggregation stays as it is",
    ]);
    const sum = { event_type, metric_name: "api_calls", value_path: "$.n" };
    expect((await make(key, sum)).status).toBe(201);
  });

  it("keeps what a change does not name, and takes its property from a new path", async () => {
    const { key } = await makeTenant();
    const event_type = ownType();
    const rule = await made(key, { event_type, metric_name: "m", value_path: "$.n", name: "N" });
    const path = `${RULES}/${rule.id}`;
    const change = { aggregation: "unique", value_path: "$.who.id" };
    const { status, body } = await call(key, "PATCH", path, change);
    expect([status, body]).toEqual([
      200,
      { ...rule, ...change, property: "id", updated_at: body.updated_at },
    ]);
    expect((await call(key, "GET", "/api/metrics/m")).body).toMatchObject({ property: "id" });
    const back = await call(key, "PATCH", path, { aggregation: "count" });
    expect(back.body).toMatchObject({ property: null, value_path: null, name: "N" });
  });

  it("is one of 20 for a type, and one of as many as the budget allows", async () => {
    const { key, tenantId } = await makeTenant();
    const event_type = ownType();
    const count = { aggregation: "count" };
    for (let i = 0; i < 20; i++) await made(key, { event_type, metric_name: `m${i}`, ...count });
    const more = await make(key, { event_type, metric_name: "more", ...count });
    expect([more.status, more.body.code]).toEqual([409, "resource.conflict"]);
    const other = await made(key, { event_type: ownType(), metric_name: "m1", ...count });
    const moved = await call(key, "PATCH", `${RULES}/${other.id}`, { event_type });
    expect(moved.status).toBe(409);
    const budgets = `/api/tenants/${tenantId}/budgets`;
    await call(await operatorKey(), "PUT", budgets, { usage_rules: 21 });
    const over = await make(key, { event_type: ownType(), metric_name: "m1", ...count });
    expect([over.status, over.body.budget, over.body.limit]).toEqual([429, "usage_rules", 21]);
    const { body } = await call(key, "GET", "/api/tenant/budgets");
    expect(body.data).toContainEqual(expect.objectContaining({ name: "usage_rules", used: 21 }));
  });

  it("is made once by a request that is sent twice", async () => {
    const { key } = await makeTenant();
    const body = { event_type: ownType(), metric_name: "m", aggregation: "count" };
    const once = { "idempotency-key": "once" };
    const first = await made(key, body, once);
    expect(await made(key, body, once)).toEqual(first);
  });
});

describe("whose rules hold", () => {
  it("every tenant's are the operator's to make, and everybody's to read", async () => {
    const operator = await operatorKey();
    const tenant = await makeTenant();
    const event_type = ownType();
    const rule = await made(operator, {
      event_type,
      metric_name: "seconds",
      aggregation: "max",
      value_path: "$.s",
    });
    expect(rule).toMatchObject({ every_tenant: true, by_operator: true });
    const path = `${RULES}/${rule.id}`;
    expect((await call(tenant.key, "GET", path)).body).toEqual(rule);
    const { body: list } = await call(tenant.key, "GET", `${RULES}?event_type=${event_type}`);
    expect(list).toEqual({ data: [rule], next_cursor: null });
    for (const [method, body] of [["PATCH", { active: false }], ["DELETE"]] as const) {
      const { status, body: problem } = await call(tenant.key, method, path, body);
      expect([status, problem.code]).toEqual([403, "auth.forbidden"]);
    }
    const acting = { "boxcost-tenant": tenant.tenantId };
    expect((await call(operator, "DELETE", path, undefined, acting)).status).toBe(403);
    expect((await call(tenant.key, "GET", "/api/metrics/seconds")).status).toBe(404);
    for (const s of [3, 9, 4]) {
      await call(tenant.key, "POST", EVENTS, eventOf(event_type, { s }, { id: `${s}` }));
    }
    expect((await call(tenant.key, "GET", "/api/metrics/seconds")).body.aggregation).toBe("max");
    const { body } = await call(tenant.key, "GET", "/api/usage/summary?metric_name=seconds");
    expect(body.metrics).toMatchObject([{ metric_name: "seconds", total_quantity: 9 }]);
    expect((await call(operator, "DELETE", path)).status).toBe(204);
  });

  it("a tenant's own is no other's, and the operator's for it is not the tenant's", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const operator = await operatorKey();
    const event_type = ownType();
    const acting = { "boxcost-tenant": one.tenantId };
    const own = await made(one.key, { event_type, metric_name: "own", aggregation: "count" });
    const given = { event_type, metric_name: "given", aggregation: "count" };
    const theirs = await made(operator, given, acting);
    expect(theirs).toMatchObject({ every_tenant: false, by_operator: true });
    for (const { id } of [own, theirs]) {
      for (const key of [other.key, operator]) {
        for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const) {
          expect((await call(key, method, `${RULES}/${id}`, body)).status).toBe(404);
        }
      }
    }
    const refused = await call(one.key, "PATCH", `${RULES}/${theirs.id}`, { active: false });
    expect([refused.status, refused.body.code]).toEqual([403, "auth.forbidden"]);
    // What the operator sends is counted as the operator says, whatever the tenant ruled.
    await call(operator, "POST", EVENTS, eventOf(event_type, {}, { id: "sent" }), acting);
    await call(one.key, "POST", EVENTS, eventOf(event_type, {}, { id: "own" }));
    const { body } = await call(one.key, "GET", "/api/usage/events");
    expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual([
      "own:given",
      "own:own",
      "sent:given",
    ]);
  });

  it("of one metric, the operator's go before the tenant's", async () => {
    const tenant = await makeTenant();
    const event_type = ownType();
    await made(tenant.key, { event_type, metric_name: "n", value_path: "$.small" });
    const rule = { event_type, metric_name: "n", value_path: "$.large" };
    await made(await operatorKey(), rule);
    await call(tenant.key, "POST", EVENTS, eventOf(event_type, { small: 1, large: 100 }));
    expect(await stored(tenant)).toMatchObject({ n: { quantity: 100 } });
    const acting = { "boxcost-tenant": tenant.tenantId };
    const { body } = await call(tenant.key, "GET", `${RULES}?metric_name=n`);
    const own = body.data.find((one: { every_tenant: boolean }) => !one.every_tenant);
    const taken = await call(await operatorKey(), "PATCH", `${RULES}/${own.id}`, {}, acting);
    expect(taken.body.by_operator).toBe(true);
    await call(tenant.key, "POST", EVENTS, eventOf(event_type, { small: 2 }, { id: "e2" }));
    const { body: events } = await call(tenant.key, "GET", "/api/usage/events");
    expect(events.data.map(({ quantity }: { quantity: number }) => quantity)).toEqual([2, 100]);
  });

  it("what a plan prices is ruled by the operator, or where the plan lets tenants", async () => {
    const event_type = ownType();
    const priced = ["tokens", event_type];
    const tenant = await billed(priced);
    const rule = { event_type: ownType(), metric_name: "tokens", aggregation: "count" };
    const taking = { event_type, metric_name: "worthless", aggregation: "count" };
    for (const body of [rule, taking]) {
      const { status, body: problem } = await make(tenant.key, body);
      expect([status, problem.code]).toEqual([403, "usage.billed"]);
    }
    const own = await made(tenant.key, { ...taking, event_type: ownType() });
    const moved = await call(tenant.key, "PATCH", `${RULES}/${own.id}`, { event_type });
    expect([moved.status, moved.body.code]).toEqual([403, "usage.billed"]);
    const acting = { "boxcost-tenant": tenant.tenantId };
    await made(await operatorKey(), rule, acting);
    const granted = await billed(priced, ["declare"]);
    await made(granted.key, rule);
    await made(granted.key, taking);
  });

  it("a tenant's own rule does not touch what the operator sends for it", async () => {
    const event_type = ownType();
    const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    await made(tenant.key, { event_type, metric_name: "worthless", aggregation: "count" });
    const acting = { "boxcost-tenant": tenant.tenantId };
    const sent = eventOf(event_type, { quantity: 5 });
    await call(await operatorKey(), "POST", EVENTS, sent, acting);
    expect(await stored(tenant)).toMatchObject({ [event_type]: { quantity: 5 } });
  });

  it("are made with the permission alone, and by a confined key where it reaches", async () => {
    const { tenantId } = await makeTenant();
    const body = { event_type: ownType(), metric_name: "m", aggregation: "count" };
    for (const role of ["member", "viewer", "ingest"] as const) {
      expect((await make(await keyFor(tenantId, role), body)).status).toBe(403);
    }
    const confinement = { tenants: [tenantId] };
    const confined = await keyFor("ten_operator", "owner", { confinement });
    expect((await make(confined, body)).status).toBe(403);
    expect((await make(confined, body, { "boxcost-tenant": tenantId })).status).toBe(201);
  });
});

describe("trying an event", () => {
  it("shows what each rule makes of it, and keeps nothing", async () => {
    const tenant = await makeTenant();
    const event_type = ownType();
    const a = await made(tenant.key, { event_type, metric_name: "a", value_path: "$.a" });
    const b = await made(tenant.key, { event_type, metric_name: "b", value_path: "$.b" });
    const alone = ownType();
    await made(tenant.key, { event_type: alone, metric_name: "c", value_path: "$.c" });
    const now = eventOf(event_type, { a: "1.0000005" });
    const old = { ...now, time: "2020-01-01T00:00:00Z" };
    const tried = async (body: object) =>
      (await call(tenant.key, "POST", `${RULES}/try`, body)).body;
    expect(await tried(now)).toEqual({
      event_type,
      results: [
        {
          rule_id: a.id,
          metric_name: "a",
          event: {
            id: "e1:a",
            source: "/shop",
            metric_name: "a",
            quantity: 1,
            timestamp: null,
            user_id: null,
            metadata: { a: "1.0000005", sent_quantity: "1.0000005" },
          },
          refused: null,
        },
        {
          rule_id: b.id,
          metric_name: "b",
          event: null,
          refused: {
            pointer: "/data/b",
            code: "request.invalid",
            detail: "is missing: the rule of b reads $.b",
          },
        },
      ],
    });
    expect((await tried(old)).results[0].refused).toMatchObject({ code: "usage.event_too_old" });
    expect((await tried({ ...now, id: "" })).results).toMatchObject([
      { rule_id: null, refused: { pointer: "/id" } },
    ]);
    expect((await tried({ ...now, type: alone, source: 5 })).results).toMatchObject([
      { rule_id: null, metric_name: null, refused: { pointer: "/source" } },
    ]);
    expect(await tried({ ...now, type: "raw" })).toMatchObject({
      results: [{ rule_id: null, metric_name: "raw", event: { id: "e1", quantity: 1 } }],
    });
    expect(await stored(tenant)).toEqual({});
    const rows = await env.DB.prepare("SELECT count(*) AS n FROM metrics WHERE tenant = ?")
      .bind(tenant.tenantId)
      .first("n");
    expect(rows).toBe(3);
  });
});
