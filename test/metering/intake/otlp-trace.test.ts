import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const PATH = "/otlp/v1/traces";
const JSON_TYPE = { "content-type": "application/json" };
const TRACE = "5B8EFFF798038103D269B633813FC60C";
const CLOCK = "2026-03-10T12:01:00Z";
const END = "1773144000250999999";

type Value = string | number | boolean;

/** An attribute as OTLP/JSON writes it; whole numbers are text. */
function attribute([key, value]: [string, Value]) {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  const whole = Number.isInteger(value);
  return { key, value: whole ? { intValue: String(value) } : { doubleValue: value } };
}

function span(spanId: string, attributes: Record<string, Value>, more: object = {}) {
  return {
    traceId: TRACE,
    spanId,
    name: "chat",
    kind: 3,
    startTimeUnixNano: "1773143999000000000",
    endTimeUnixNano: END,
    attributes: Object.entries(attributes).map(attribute),
    ...more,
  };
}

const trace = (...spans: object[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [attribute(["service.name", "gateway"])] },
      scopeSpans: [{ scope: {}, spans }],
    },
  ],
});

const usage = { "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20 };

async function totals(key: string): Promise<Record<string, number>> {
  const { body } = await call(key, "GET", "/api/usage/summary");
  return Object.fromEntries(
    body.metrics.map((m: { metric_name: string; total_quantity: number }) => [
      m.metric_name,
      m.total_quantity,
    ]),
  );
}

describe("a trace", () => {
  it("counts tokens and cost of each call, once, and keeps no prompt", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const attributes = {
      ...usage,
      "gen_ai.usage.cost": 0.000337499,
      "gen_ai.request.model": "small",
      "gen_ai.operation.name": "chat",
      "gen_ai.prompt": "a secret",
      "gen_ai.input.messages": "[secret]",
      "trace.metadata.team": "blue",
      user_id: "user-42",
      plan: "gold",
    };
    const sent = trace(span("EEE19B7EC3C1B174", attributes));
    const first = await call(key, "POST", PATH, JSON.stringify(sent), JSON_TYPE);
    expect([first.status, first.body]).toEqual([200, {}]);
    const gzipped = { ...JSON_TYPE, "content-encoding": "gzip" };
    const again = await call(key, "PUT", PATH, gzipSync(JSON.stringify(sent)), gzipped);
    expect([again.status, again.body]).toEqual([200, {}]);
    expect(await totals(key)).toEqual({
      "gen_ai.input_tokens": 100,
      "gen_ai.output_tokens": 20,
      "gen_ai.cost": 0.000337,
    });
    const { body } = await call(key, "GET", "/api/usage/events?metric_name=gen_ai.cost");
    expect(body.data[0]).toMatchObject({
      id: "5b8efff798038103d269b633813fc60c/eee19b7ec3c1b174:gen_ai.cost",
      source: "otlp",
      timestamp: "2026-03-10T12:00:00.250Z",
      user_id: "user-42",
      metadata: {
        model: "small",
        operation: "chat",
        service: "gateway",
        team: "blue",
        plan: "gold",
        sent_quantity: "0.000337499",
      },
    });
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  it("counts the outermost of calls within calls, and no agent's", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const agent = { ...usage, "gen_ai.operation.name": "invoke_agent" };
    const sent = trace(
      span("01", agent),
      span("02", usage, { parentSpanId: "01" }),
      span("03", { "http.method": "POST" }, { parentSpanId: "02" }),
      span("04", usage, { parentSpanId: "03" }),
      span("05", usage, { parentSpanId: "ff" }),
      span("06", usage, { parentSpanId: "06" }),
    );
    expect((await call(key, "POST", PATH, sent)).status).toBe(200);
    expect(await totals(key)).toEqual({ "gen_ai.input_tokens": 300, "gen_ai.output_tokens": 60 });
  });

  it("counts what a span of anything else names", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const named = { "boxcost.metric": "jobs", "boxcost.quantity": 2.5, "boxcost.user_id": "u" };
    const sent = trace(span("01", named), span("02", { "boxcost.metric": "jobs" }));
    expect((await call(key, "POST", PATH, sent)).status).toBe(200);
    expect(await totals(key)).toEqual({ jobs: 3.5 });
  });

  it("says which spans are refused, as OTLP does, and counts the others", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const sent = trace(
      span("01", usage),
      span("not hex", usage),
      span("02", { ...usage, "gen_ai.usage.input_tokens": -1 }),
      span("03", usage, { endTimeUnixNano: "1" }),
    );
    const { status, body } = await call(key, "POST", PATH, sent);
    expect([status, body.partialSuccess.rejectedSpans]).toEqual([200, 3]);
    expect(body.partialSuccess.errorMessage).toContain("/resourceSpans/0/scopeSpans/0/spans/1");
    expect(await totals(key)).toEqual({ "gen_ai.input_tokens": 100, "gen_ai.output_tokens": 40 });
  });

  it("that is empty is how an exporter tries its connection", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const tried = { "x-test-connection": "true" };
    for (const body of ["", "{}", '{"resourceSpans":[]}', '{"resourceSpans":7}']) {
      const answer = await call(key, "POST", PATH, body, { ...JSON_TYPE, ...tried });
      expect([body, answer.status, answer.body]).toEqual([body, 200, {}]);
    }
  });

  it("in another form is refused", async () => {
    const { key } = await makeTenant({ clock: CLOCK });
    const protobuf = { "content-type": "application/x-protobuf" };
    expect((await call(key, "POST", PATH, new Uint8Array([10, 0]), protobuf)).status).toBe(415);
    expect((await call(key, "POST", PATH, "[]", JSON_TYPE)).status).toBe(400);
    expect((await call(key, "POST", PATH, "{", JSON_TYPE)).status).toBe(400);
    const many = trace(...Array.from({ length: 10_001 }, () => ({})));
    expect((await call(key, "POST", PATH, many)).status).toBe(413);
    expect((await call(null, "POST", PATH, {})).status).toBe(401);
  });
});
