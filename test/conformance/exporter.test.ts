/** What gateways of language models export, sent to the running product and sent once more. */
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, serve } from "../process/command.ts";
import { type Call, gatewayTrace, routerTrace } from "./exporter.ts";

const CALLS = 40;

/** Calls to models with ids of their own, costs among them with more than six decimals. */
function callsOf(prefix: string): Call[] {
  const nowMs = Date.now();
  return Array.from({ length: CALLS }, (_, i) => ({
    traceId: `${prefix}${String(i).padStart(31, "0")}`,
    spanId: `${prefix}${String(i).padStart(13, "0")}ff`,
    endMs: nowMs - 60_000 - i,
    input: 1_000 + i,
    output: 10 * i,
    cost: i === 0 ? 1.5e-7 : i * 0.000337499,
    user: `user-${i % 4}`,
  }));
}

/** A cost in millionths, half to even, by the digits that JSON writes. */
function millionths({ cost }: Call): number {
  const [digits = "", exponent = "0"] = cost.toExponential().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  const scale = 6 + Number(exponent) - fraction.length;
  const value = BigInt(whole + fraction);
  if (scale >= 0) return Number(value * 10n ** BigInt(scale));
  const unit = 10n ** BigInt(-scale);
  const [down, rest] = [value / unit, 2n * (value % unit)];
  const up = rest > unit || (rest === unit && down % 2n === 1n);
  return Number(up ? down + 1n : down);
}

type Metric = { metric_name: string; total_quantity: number; event_count: number };

async function totals(api: Api, query = ""): Promise<Record<string, [number, number]>> {
  const path = `/api/usage/summary?start_date=2020-01-01T00:00:00Z${query}`;
  const { metrics } = await api.call<{ metrics: Metric[] }>("GET", path);
  return Object.fromEntries(
    metrics.map((one) => [one.metric_name, [one.event_count, one.total_quantity]]),
  );
}

/** What calls come to, each counted once. */
function expected(calls: readonly Call[]): Record<string, [number, number]> {
  const sum = (of: (call: Call) => number) => calls.reduce((total, call) => total + of(call), 0);
  return {
    "gen_ai.input_tokens": [calls.length, sum(({ input }) => input)],
    "gen_ai.output_tokens": [calls.length, sum(({ output }) => output)],
    "gen_ai.cost": [calls.length, sum(millionths) / 1_000_000],
  };
}

it("AI Gateway's and OpenRouter's calls count once, however often they are sent", async () => {
  const server = await serve(await newState());
  const operator = apiAt(server.url, server.operatorKey);
  const makeTenant = async (name: string) =>
    (await operator.call<{ key: string }>("POST", "/api/tenants", { name, mode: "live" })).key;
  const send = async (
    key: string,
    method: string,
    body: string | Buffer,
    more: Record<string, string> = {},
  ) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const answer = await fetch(`${server.url}/otlp/v1/traces`, { method, headers, body });
    return [answer.status, await answer.json()];
  };

  const gateway = await makeTenant("Gateway");
  const asked = callsOf("a");
  const exported = JSON.stringify(gatewayTrace(asked));
  const gzip = { "content-encoding": "gzip" };
  expect(await send(gateway, "POST", exported)).toEqual([200, {}]);
  expect(await send(gateway, "POST", gzipSync(exported), gzip)).toEqual([200, {}]);
  expect(await totals(apiAt(server.url, gateway))).toEqual(expected(asked));
  const ofOne = asked.filter(({ user }) => user === "user-3");
  expect(await totals(apiAt(server.url, gateway), "&user_id=user-3")).toEqual(expected(ofOne));
  const events = "/api/usage/events?limit=200";
  const { data } = await apiAt(server.url, gateway).call<{ data: object[] }>("GET", events);
  expect(data).toHaveLength(3 * CALLS);
  for (const event of data) {
    expect(event).toMatchObject({
      source: "otlp",
      metadata: { model: "gpt-4o-mini", provider: "openai", team: "blue", service: "ai-gateway" },
    });
  }
  expect(JSON.stringify(data)).not.toContain("secret");

  const router = await makeTenant("Router");
  const tried = { "x-test-connection": "true" };
  for (const body of ["", "{}", JSON.stringify({ resourceSpans: [] })]) {
    expect(await send(router, "POST", body, tried)).toEqual([200, {}]);
  }
  const routed = callsOf("b");
  const broadcast = JSON.stringify(routerTrace(routed));
  expect(await send(router, "POST", broadcast)).toEqual([200, {}]);
  expect(await send(router, "PUT", broadcast)).toEqual([200, {}]);
  expect(await totals(apiAt(server.url, router))).toEqual(expected(routed));
  const found = await apiAt(server.url, router).call<{ data: object[] }>("GET", events);
  expect(found.data).toHaveLength(3 * CALLS);
  expect(found.data[0]).toMatchObject({
    user_id: expect.stringMatching(/^user-[0-3]$/),
    metadata: {
      model: "anthropic/claude-sonnet",
      feature: "summaries",
      session_id: expect.stringMatching(/^session-user-/),
    },
  });
  expect(JSON.stringify(found.data)).not.toContain("secret");
});
