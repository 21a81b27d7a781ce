import { evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const env = bindings as unknown as Env;

const usage = (metric_name: string, more: object = {}) => ({ metric_name, quantity: 1, ...more });
const record = (key: string, item: object, headers = {}) =>
  call(key, "POST", "/api/usage/record", item, headers);
const batch = (key: string, items: object[], headers = {}) =>
  call(key, "POST", "/api/usage/events", items, headers);

const cloudEvent = (type: string, more: object = {}) => ({
  specversion: "1.0",
  id: type,
  source: "/s",
  type,
  data: {},
  ...more,
});
const cloudEvents = (key: string, events: object[], headers = {}) =>
  call(key, "POST", "/api/usage/cloudevents", JSON.stringify(events), {
    "content-type": "application/cloudevents-batch+json",
    ...headers,
  });
const logs = (key: string, metric: string, headers = {}) =>
  call(key, "POST", `/api/usage/intake?metric=${metric}`, [{ at: 1 }], headers);
const spans = (metrics: string[]) => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: metrics.map((stringValue, i) => ({
            traceId: "ab",
            spanId: `c${i}`,
            attributes: [{ key: "boxcost.metric", value: { stringValue } }],
          })),
        },
      ],
    },
  ],
});
const traces = (key: string, metrics: string[], headers = {}) =>
  call(key, "POST", "/otlp/v1/traces", spans(metrics), headers);

describe("a metric that nobody declared", () => {
  it("is counted with a warning that names the one that may be meant", async () => {
    const { key } = await makeTenant();
    const typo = await record(key, usage("api_cals", { id: "1" }));
    expect([typo.status, typo.body.warning]).toEqual([
      201,
      {
        code: "usage.metric_undeclared",
        metric_name: "api_cals",
        suggestion: "api_calls",
        detail:
          "Nobody declared api_cals and no plan prices it: it counts, unbilled. " +
          "Did you mean api_calls?",
      },
    ]);
    expect((await record(key, usage("api_cals", { id: "1" }))).body).toMatchObject({
      duplicate: true,
      warning: { metric_name: "api_cals" },
    });
    expect((await record(key, usage("api_calls"))).body).not.toHaveProperty("warning");
    expect((await record(key, usage("tokens"))).body.warning).toMatchObject({
      suggestion: null,
      detail: expect.stringMatching(/Declare it if the name is right\.$/),
    });
  });

  it("is warned of once a batch, whatever became of its other events", async () => {
    const { key } = await makeTenant();
    const items = [usage("tokens"), usage("api_calls"), usage("tokens"), usage("ap_calls")];
    const named = (body: { warnings: { metric_name: string }[] }) =>
      body.warnings.map(({ metric_name }) => metric_name);
    expect(named((await batch(key, items)).body)).toEqual(["tokens", "ap_calls"]);
    const bad = await batch(key, [usage("", {}), ...items]);
    expect([bad.body.refused, named(bad.body)]).toEqual([1, ["tokens", "ap_calls"]]);
    const fine = await batch(key, [usage("api_calls"), usage("email_sent")]);
    expect(fine.body).not.toHaveProperty("warnings");
    const many = Array.from({ length: 50 }, (_, i) => usage(`many_${i}`));
    expect((await batch(key, many)).body.warnings).toHaveLength(20);
  });

  it("is warned of in every format, by traces as their protocol warns", async () => {
    const { key } = await makeTenant();
    const named = [{ metric_name: "api_cals", suggestion: "api_calls" }];
    const told = await cloudEvents(key, [cloudEvent("api_cals"), cloudEvent("api_calls")]);
    expect(told.body).toMatchObject({ accepted: 2, warnings: named });
    expect((await logs(key, "api_cals")).body).toMatchObject({ accepted: 1, warnings: named });
    expect((await traces(key, ["api_calls", "api_cals", "jobs"])).body).toEqual({
      partialSuccess: {
        rejectedSpans: 0,
        errorMessage:
          "Nobody declared api_cals and no plan prices it: it counts, unbilled. Did you mean " +
          "api_calls? Nobody declared jobs and no plan prices it: it counts, unbilled. " +
          "Declare it if the name is right.",
      },
    });
    expect((await traces(key, ["api_calls"])).body).toEqual({});
  });

  it("is not warned of before it is counted, and is listed once it is", async () => {
    const { key } = await makeTenant();
    const later = { prefer: "respond-async" };
    for (const answer of [
      await record(key, usage("one"), later),
      await batch(key, [usage("two"), usage("api_calls")], later),
      await cloudEvents(key, [cloudEvent("three")], later),
    ]) {
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        202,
        expect.not.stringContaining("warning"),
      ]);
    }
    const listed = async () =>
      (await call(key, "GET", "/api/usage/metrics/undeclared")).body.data.map(
        ({ name }: { name: string }) => name,
      );
    await expect.poll(listed, { timeout: 9_000 }).toEqual(["one", "three", "two"]);
  });

  it("is warned of by tenant where a batch names tenants", async () => {
    const operator = await operatorKey();
    const [{ tenantId: one }, { tenantId: two, key }] = [await makeTenant(), await makeTenant()];
    await call(key, "PUT", "/api/metrics/tokens", {});
    const { body } = await batch(operator, [
      usage("tokens", { tenant: one }),
      usage("tokens", { tenant: two }),
    ]);
    expect(body).toMatchObject({ accepted: 2, warnings: [{ tenant_id: one }] });
    expect(body.warnings).toHaveLength(1);
    const sent = [one, two].map((boxcosttenant) => cloudEvent("tokens", { boxcosttenant }));
    expect((await cloudEvents(operator, sent)).body.warnings).toMatchObject([{ tenant_id: one }]);
  });

  it("is no longer one once it is declared or priced, also after the meter rested", async () => {
    const { tenantId, key } = await makeTenant();
    await record(key, usage("tokens"));
    await call(key, "PUT", "/api/metrics/tokens", {});
    expect((await record(key, usage("tokens"))).body).not.toHaveProperty("warning");
    await evictDurableObject(env.METER.get(env.METER.idFromName(tenantId)));
    expect((await record(key, usage("tokens"))).body).not.toHaveProperty("warning");
    expect((await record(key, usage("token"))).body.warning.suggestion).toBe("tokens");

    const operator = await operatorKey();
    const code = `UNDECLARED${Date.now()}`;
    const prices = [{ metric_name: "renders", model: "per_unit", unit_price: 1 }];
    await call(operator, "POST", "/api/plans", { code, name: "U", currency: "USD", prices });
    expect((await record(key, usage("renders"))).body.warning.suggestion).toBeNull();
    const subscribed = { tenant_id: tenantId, plan: code, base_price: 0 };
    expect((await call(operator, "POST", "/api/subscriptions", subscribed)).status).toBe(201);
    expect((await record(key, usage("renders"))).body).not.toHaveProperty("warning");
    expect((await record(key, usage("render"))).body.warning.suggestion).toBe("renders");
  });

  it("stands on a list with what is counted under it, until it is known", async () => {
    const { key } = await makeTenant();
    const timestamp = new Date().toISOString();
    await batch(key, [
      usage("token", { quantity: 2.5, timestamp }),
      usage("token"),
      usage("api_cals"),
      usage("api_calls"),
    ]);
    const { body } = await call(key, "GET", "/api/usage/metrics/undeclared");
    expect(body).toEqual({
      data: [
        expect.objectContaining({ name: "api_cals", suggestion: "api_calls", events: 1 }),
        expect.objectContaining({ name: "token", suggestion: null, events: 2, quantity: 3.5 }),
      ],
      next_cursor: null,
    });
    const first = (await call(key, "GET", "/api/usage/metrics/undeclared?limit=1")).body;
    const next = `/api/usage/metrics/undeclared?cursor=${first.next_cursor}`;
    expect((await call(key, "GET", next)).body.data).toEqual([body.data[1]]);
    await call(key, "PUT", "/api/metrics/token", {});
    expect((await call(key, "GET", "/api/usage/metrics/undeclared")).body.data).toHaveLength(1);
  });
});

describe("strict metrics", () => {
  const strictly = async (key: string, strict_metrics = true) =>
    expect((await call(key, "PUT", "/api/usage/settings", { strict_metrics })).status).toBe(200);

  it("refuse it wherever events come in, and take what is known", async () => {
    const { tenantId, key } = await makeTenant();
    await strictly(key);
    const refused = await record(key, usage("api_cals"));
    expect([refused.status, refused.body.code]).toEqual([422, "usage.metric_undeclared"]);
    expect(refused.body.detail).toBe(
      "nobody declared the metric api_cals, no plan prices it, and this tenant's metrics are " +
        "strict. Correct the name (did you mean api_calls?), declare it, or turn strict metrics " +
        "off",
    );
    const some = await batch(key, [usage("api_calls"), usage("api_cals")]);
    expect(some.body).toMatchObject({
      accepted: 1,
      refused: 1,
      results: [{ status: 201 }, { status: 422, code: "usage.metric_undeclared" }],
    });
    expect(some.body).not.toHaveProperty("warnings");
    const event = { specversion: "1.0", id: "1", source: "/s", type: "api_cals", data: {} };
    const foreign = await call(key, "POST", "/api/usage/cloudevents", JSON.stringify(event), {
      "content-type": "application/cloudevents+json",
    });
    expect([foreign.status, foreign.body.code]).toEqual([422, "usage.metric_undeclared"]);
    await evictDurableObject(env.METER.get(env.METER.idFromName(tenantId)));
    expect((await record(key, usage("api_cals"))).status).toBe(422);
    const { id } = (await call(key, "POST", "/api/usage/imports", { name: "old" })).body;
    const past = usage("api_cals", { id: "1", timestamp: "2020-01-01T00:00:00Z" });
    await call(key, "POST", `/api/usage/imports/${id}/events`, { events: [past] });
    const imported = await call(key, "POST", `/api/usage/imports/${id}/commit`);
    expect(imported.body).toMatchObject({ recorded: 0, refused: 1 });
    expect((await call(key, "GET", "/api/usage/metrics/undeclared")).body.data).toEqual([]);
    await strictly(key, false);
    expect((await record(key, usage("api_cals"))).status).toBe(201);
    await strictly(key);
    expect((await call(key, "GET", "/api/usage/settings")).body).toEqual({ strict_metrics: true });
    expect((await record(key, usage("api_cals"))).status).toBe(422);
  });

  it("repeat what was taken before, and end for a name with its declaration", async () => {
    const { key } = await makeTenant();
    await record(key, usage("tokens", { id: "early" }));
    await strictly(key);
    expect((await record(key, usage("tokens", { id: "early" }))).status).toBe(200);
    expect((await record(key, usage("tokens", { id: "late" }))).status).toBe(422);
    await call(key, "PUT", "/api/metrics/tokens", {});
    expect((await record(key, usage("tokens", { id: "late" }))).status).toBe(201);
    expect((await call(key, "PUT", "/api/usage/settings", { strict_metrics: 1 })).status).toBe(422);
  });

  it("refuse it in batches of every format, and record nothing of it", async () => {
    const { key } = await makeTenant();
    await strictly(key);
    const told = await cloudEvents(key, [cloudEvent("api_calls"), cloudEvent("api_cals")]);
    expect([told.status, told.body]).toMatchObject([
      422,
      { code: "usage.items_refused", accepted: 1, refused: 1, errors: [{ pointer: "/1" }] },
    ]);
    const sent = await logs(key, "api_cals");
    expect([sent.status, sent.body.detail]).toEqual([422, expect.stringContaining("api_cals")]);
    const traced = await traces(key, ["api_calls", "api_cals"]);
    expect([traced.status, traced.body.partialSuccess]).toEqual([
      200,
      { rejectedSpans: 1, errorMessage: expect.stringMatching(/spans\/1: nobody.*api_cals/) },
    ]);
    const { body } = await call(key, "GET", "/api/usage/summary");
    expect(body.metrics).toMatchObject([{ metric_name: "api_calls", event_count: 2 }]);
  });

  it("list what was acknowledged asynchronously and is refused", async () => {
    const { tenantId, key } = await makeTenant();
    await strictly(key);
    const later = { prefer: "respond-async" };
    const unread = { prefer: "respond-async, return=minimal" };
    for (const { status } of [
      await record(key, usage("bad_1"), later),
      await batch(key, [usage("api_calls"), usage("bad_2")], later),
      await batch(key, [usage("bad_3"), usage("api_calls")], unread),
      await cloudEvents(key, [cloudEvent("bad_4"), cloudEvent("api_calls")], later),
      await logs(key, "bad_5", later),
      await traces(key, ["bad_6", "api_calls"], later),
    ]) {
      expect(status).toBe(202);
    }
    type Listed = { code: string; event: { metric_name: string } };
    const listed = async () => {
      const { body } = await call(key, "GET", "/api/usage/refused");
      return body.data.map((row: Listed) => `${row.event.metric_name} ${row.code}`).sort();
    };
    const refused = [1, 2, 3, 4, 5, 6].map((n) => `bad_${n} usage.metric_undeclared`);
    await expect.poll(listed, { timeout: 20_000 }).toEqual(refused);
    await expect
      .poll(async () => (await call(key, "GET", "/api/usage/summary")).body.metrics)
      .toMatchObject([{ metric_name: "api_calls", event_count: 4 }]);
    expect(await meterOf(env, tenantId).undeclared(tenantId, null, 10)).toEqual([]);
  });
});
