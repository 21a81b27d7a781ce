/** Metrics that nobody declared, and strict ones, in the forms of other products' APIs. */
import { describe, expect, it } from "vitest";
import { call, operatorKey } from "../support/api.ts";
import { fresh, tenant } from "./lago/api.ts";

const OPENMETER = ["/openmeter/api/v1/events", "/openmeter/api/v3/openmeter/events"] as const;
const LAGO = "/lago/api/v1/events";
const HEADER = "boxcost-warning";

const event = (type: string, id = fresh("event")) => ({
  specversion: "1.0",
  id,
  source: "app",
  type,
  subject: "ada",
  data: { quantity: 1 },
});
const lagoEvent = (code: string, id = fresh("event")) => ({
  transaction_id: id,
  external_subscription_id: "ada",
  code,
  properties: {},
});
const openmeter = (key: string, body: object, path: string = OPENMETER[0]) =>
  call(key, "POST", path, JSON.stringify(body), { "content-type": "application/json" });
const strictly = async (key: string) =>
  expect((await call(key, "PUT", "/api/usage/settings", { strict_metrics: true })).status).toBe(
    200,
  );

async function counted(key: string): Promise<Record<string, number>> {
  const { body } = await call(key, "GET", "/api/usage/summary");
  const metrics: { metric_name: string; event_count: number }[] = body.metrics;
  return Object.fromEntries(metrics.map((row) => [row.metric_name, row.event_count]));
}

describe("a metric that nobody declared", () => {
  it("is warned of in a header of OpenMeter's answers, which have no body", async () => {
    const { key } = await tenant();
    for (const path of OPENMETER) {
      const many = await openmeter(
        key,
        [event("api_cals"), event("api_cals"), event("jobs")],
        path,
      );
      expect([many.bytes.length, many.headers.get(HEADER)]).toEqual([
        0,
        'usage.metric_undeclared;metric_name="api_cals";suggestion="api_calls", ' +
          'usage.metric_undeclared;metric_name="jobs"',
      ]);
    }
    expect((await openmeter(key, event("api_calls"))).headers.get(HEADER)).toBeNull();
    const odd = (await openmeter(key, event('a"b\\ü'))).headers.get(HEADER);
    expect(odd).toBe('usage.metric_undeclared;metric_name=%"a%22b\\%c3%bc"');
    expect((await openmeter(key, event('a"b\\'))).headers.get(HEADER)).toContain('"a\\"b\\\\"');
    const long = Array.from({ length: 20 }, (_, i) => event(`${i}`.padEnd(100, "é")));
    expect((await openmeter(key, long)).headers.get(HEADER)?.length).toBeLessThanOrEqual(2_000);
  });

  it("is warned of in a header of Lago's answers, which show the event", async () => {
    const { key } = await tenant();
    const one = await call(key, "POST", LAGO, { event: lagoEvent("api_cals") });
    expect([one.status, one.headers.get(HEADER)]).toEqual([
      200,
      'usage.metric_undeclared;metric_name="api_cals";suggestion="api_calls"',
    ]);
    const events = [lagoEvent("api_calls"), lagoEvent("jobs")];
    const batch = await call(key, "POST", `${LAGO}/batch`, { events });
    expect(batch.headers.get(HEADER)).toBe('usage.metric_undeclared;metric_name="jobs"');
    const known = await call(key, "POST", LAGO, { event: lagoEvent("api_calls") });
    expect(known.headers.get(HEADER)).toBeNull();
  });

  it("is none where a meter counts it", async () => {
    const { key } = await tenant();
    const meter = { slug: "renders", eventType: "render", aggregation: "COUNT" };
    expect((await call(key, "POST", "/openmeter/api/v1/meters", meter)).status).toBe(201);
    expect((await openmeter(key, event("render"))).headers.get(HEADER)).toBeNull();
  });
});

describe("strict metrics", () => {
  it("are refused as OpenMeter's clients read it, and the others of a request count", async () => {
    const { key } = await tenant();
    await strictly(key);
    for (const path of OPENMETER) {
      const { status, body } = await openmeter(key, [event("api_calls"), event("api_cals")], path);
      expect([status, body.detail]).toEqual([
        400,
        expect.stringMatching(/^1 of 2 events were refused.*nobody declared the metric api_cals/),
      ]);
    }
    expect(await counted(key)).toEqual({ api_calls: 2 });
  });

  it("are refused as Lago's clients read it, by the event's code", async () => {
    const { key } = await tenant();
    await strictly(key);
    const one = await call(key, "POST", LAGO, { event: lagoEvent("api_cals") });
    expect([one.status, one.body]).toMatchObject([
      422,
      { code: "validation_errors", error_details: { code: ["value_is_invalid"] } },
    ]);
    const events = [lagoEvent("api_calls"), lagoEvent("api_cals")];
    const batch = await call(key, "POST", `${LAGO}/batch`, { events });
    expect([batch.status, batch.body.error_details]).toEqual([
      422,
      { 1: { code: ["value_is_invalid"] } },
    ]);
    expect(await counted(key)).toEqual({ api_calls: 1 });
  });

  it("are what Stripe's meters always are: an event without one is refused", async () => {
    const { key } = await tenant();
    await strictly(key);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const send = (name: string) => {
      const sent = {
        event_name: name,
        "payload[stripe_customer_id]": "ada",
        "payload[value]": "2",
      };
      const text = String(new URLSearchParams(sent));
      return call(key, "POST", "/v1/billing/meter_events", text, form);
    };
    const refused = await send("tokens");
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      'No active meter found for event name "tokens".',
    ]);
    const meter = {
      display_name: "T",
      event_name: "tokens",
      "default_aggregation[formula]": "sum",
    };
    const made = String(new URLSearchParams(meter));
    expect((await call(key, "POST", "/v1/billing/meters", made, form)).status).toBe(200);
    await expect.poll(async () => (await send("tokens")).status, { timeout: 5_000 }).toBe(200);
    expect(Object.values(await counted(key))).toEqual([1]);
  });

  it("are each tenant's own, where the operator's key sends for several", async () => {
    const [strict, other, operator] = [await tenant(), await tenant(), await operatorKey()];
    await strictly(strict.key);
    const sent = [strict, other].map(({ externalId }) => ({
      ...event("api_cals"),
      subject: externalId,
    }));
    const { status, body } = await openmeter(operator, sent);
    expect([status, body.detail]).toEqual([400, expect.stringContaining("1 of 2 events")]);
    expect([await counted(strict.key), await counted(other.key)]).toEqual([{}, { api_cals: 1 }]);
  });
});
