/** Traces as gateways of language models export them, in OTLP/JSON: 64-bit numbers are text. */

type Value = string | number;

/** An attribute; a whole number is an `intValue`. */
function attribute(key: string, value: Value) {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  const whole = Number.isInteger(value);
  return { key, value: whole ? { intValue: String(value) } : { doubleValue: value } };
}

function attributes(values: Record<string, Value>) {
  return Object.entries(values).map(([key, value]) => attribute(key, value));
}

export type Call = {
  traceId: string;
  spanId: string;
  endMs: number;
  input: number;
  output: number;
  cost: number;
  user: string;
};

const nano = (ms: number) => `${ms}000000`;

function span({ traceId, spanId, endMs }: Call, name: string, values: Record<string, Value>) {
  return {
    traceId,
    spanId,
    name,
    kind: 3,
    startTimeUnixNano: nano(endMs - 1_200),
    endTimeUnixNano: nano(endMs),
    attributes: attributes(values),
    status: { code: 1 },
  };
}

function usageOf({ input, output, cost }: Call) {
  return {
    "gen_ai.usage.input_tokens": input,
    "gen_ai.usage.output_tokens": output,
    "gen_ai.usage.cost": cost,
  };
}

/** A prompt as gateways send it along: it may be long, and is nobody's usage. */
const PROMPT = "A secret of somebody's. ".repeat(500);

/**
 * Cloudflare AI Gateway: a span for each request, with the keys of `cf-aig-metadata` as attributes
 * of their own names.
 */
export function gatewayTrace(calls: readonly Call[]) {
  const spans = calls.map((call) =>
    span(call, "chat gpt-4o-mini", {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o-mini",
      ...usageOf(call),
      "gen_ai.prompt_json": JSON.stringify([{ role: "user", content: PROMPT }]),
      "gen_ai.completion_json": JSON.stringify([{ role: "assistant", content: PROMPT }]),
      user_id: call.user,
      team: "blue",
    }),
  );
  const resource = { attributes: attributes({ "service.name": "ai-gateway" }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "ai-gateway" }, spans }] }] };
}

/**
 * OpenRouter Broadcast: a span for what was asked, with a child for each attempt at a provider,
 * which says the same usage again.
 */
export function routerTrace(calls: readonly Call[]) {
  const spans = calls.flatMap((call) => {
    const usage = usageOf(call);
    const asked = span(call, "chat anthropic/claude-sonnet", {
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "openrouter",
      "gen_ai.request.model": "anthropic/claude-sonnet",
      "gen_ai.prompt": PROMPT,
      ...usage,
      "user.id": call.user,
      "session.id": `session-${call.user}`,
      "trace.metadata.feature": "summaries",
    });
    const attempts = ["anthropic", "amazon-bedrock"].map((provider, i) => ({
      ...span(call, `attempt ${provider}`, { "gen_ai.provider.name": provider, ...usage }),
      spanId: `${call.spanId.slice(0, -2)}a${i}`,
      parentSpanId: call.spanId,
    }));
    return [asked, ...attempts];
  });
  const resource = { attributes: attributes({ "service.name": "openrouter" }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "broadcast" }, spans }] }] };
}
