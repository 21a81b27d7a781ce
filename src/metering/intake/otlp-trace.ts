/**
 * Spans of calls to language models, as OTLP/JSON (opentelemetry-proto 1.x): by the attributes of
 * OpenTelemetry's conventions for generative AI, and by ours. Pure.
 */
import { z } from "@hono/zod-openapi";
import { Problem } from "../../core/errors.ts";
import { parseBody } from "../../platform/http/http.ts";
import {
  type Fields,
  type ForeignItem,
  foreignId,
  foreignItem,
  foreignMetadata,
  foreignMetric,
  foreignQuantity,
  foreignTime,
  isFields,
  type Mapped,
  mappedFor,
  textOf,
  Unfit,
} from "./foreign.ts";
import {
  countsOf,
  type Format,
  insistFew,
  MAX_FOREIGN_ITEMS,
  type Result,
  type Sent,
  type Taken,
} from "./format.ts";

const SOURCE = "otlp";
const MAX_SPANS = 10_000;

/** What is counted of a call to a model, by attribute. */
const USAGE: Readonly<Record<string, string>> = {
  "gen_ai.usage.input_tokens": "gen_ai.input_tokens",
  "gen_ai.usage.output_tokens": "gen_ai.output_tokens",
  "gen_ai.usage.cost": "gen_ai.cost",
};
/** Names that no sender types, so that none of them is typed wrongly. */
const OURS = new Set(Object.values(USAGE));
/** A span of anything else, which names what it counts. */
const [OWN_METRIC, OWN_QUANTITY] = ["boxcost.metric", "boxcost.quantity"];
/** The tenant whose usage it is, of the span or else of its resource. */
const TENANT = "boxcost.tenant";

/** Whose usage it is: the first that is there. */
const USERS = ["boxcost.user_id", "user.id", "enduser.id", "user_id"];

/** What is kept, by attribute; prompts and answers never are. */
const KEPT: Readonly<Record<string, string>> = {
  "gen_ai.request.model": "model",
  "gen_ai.response.model": "response_model",
  "gen_ai.provider.name": "provider",
  "gen_ai.system": "system",
  "gen_ai.operation.name": "operation",
  "session.id": "session_id",
  "service.name": "service",
};
/** Names that senders give to properties of their own. */
const CUSTOM = /^trace\.metadata\.(.+)$|^([^.]+)$/;
const MAX_CUSTOM = 200;

/** Spans that stand for calls which have spans of their own. */
const AROUND = new Set(["invoke_agent", "create_agent", "invoke_workflow", "execute_tool"]);

type Span = {
  at: string;
  traceId: unknown;
  spanId: unknown;
  parent: unknown;
  endNano: unknown;
  attributes: Fields;
  /** Of the resource that it ran in. */
  around: Fields;
};

/** The value of an attribute that is text, a number or a truth; undefined for others. */
function plain(value: unknown): unknown {
  if (!isFields(value)) return undefined;
  const { stringValue, intValue, doubleValue, boolValue } = value;
  return stringValue ?? intValue ?? doubleValue ?? boolValue;
}

function attributesOf(holder: unknown): Fields {
  const list = isFields(holder) ? holder.attributes : undefined;
  if (!Array.isArray(list)) return {};
  const entries = list.filter(isFields).map(({ key, value }) => [textOf(key), plain(value)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ""));
}

/** The entries of an array in an object, each with its pointer. */
function entriesOf(holder: Fields, name: string, at: string): { at: string; value: Fields }[] {
  const list = holder[name];
  if (!Array.isArray(list)) return [];
  return list.map((value, i) => ({
    at: `${at}/${name}/${i}`,
    value: isFields(value) ? value : {},
  }));
}

function spansOf(body: Fields): Span[] {
  return entriesOf(body, "resourceSpans", "").flatMap((resource) => {
    const around = attributesOf(resource.value.resource);
    return entriesOf(resource.value, "scopeSpans", resource.at)
      .flatMap((scope) => entriesOf(scope.value, "spans", scope.at))
      .map(({ at, value }) => ({ ...spanOf(at, value), around }));
  });
}

function spanOf(at: string, span: Fields): Omit<Span, "around"> {
  const { traceId, spanId, parentSpanId: parent, endTimeUnixNano, startTimeUnixNano } = span;
  const endNano = isTime(endTimeUnixNano) ? endTimeUnixNano : startTimeUnixNano;
  return { at, traceId, spanId, parent, endNano, attributes: attributesOf(span) };
}

/** Zero stands for a time that is not known. */
function isTime(nano: unknown): boolean {
  return nano !== undefined && nano !== null && Number(textOf(nano)) !== 0;
}

/** True for a span of a call to a model that says what it used. */
function isCall({ attributes }: Span): boolean {
  const operation = attributes["gen_ai.operation.name"];
  if (typeof operation === "string" && AROUND.has(operation)) return false;
  return Object.keys(USAGE).some((name) => attributes[name] !== undefined);
}

const MAX_ANCESTORS = 100;

/** Calls that lie in no other call: an attempt at a provider is a part of what asked for it. */
function outermostCalls(spans: readonly Span[]): Span[] {
  const keyOf = (traceId: unknown, spanId: unknown) =>
    `${textOf(traceId)}/${textOf(spanId)}`.toLowerCase();
  const byKey = new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span]));
  const parentOf = ({ traceId, parent }: Span) => byKey.get(keyOf(traceId, parent));
  const liesWithin = (span: Span) => {
    let above = parentOf(span);
    for (let i = 0; above && above !== span && i < MAX_ANCESTORS; i++) {
      if (isCall(above)) return true;
      above = parentOf(above);
    }
    return false;
  };
  return spans.filter((span) => isCall(span) && !liesWithin(span));
}

function itemOf(span: Span, metric: string, amount: { at: string; value: unknown }): ForeignItem {
  const { attributes, around, endNano } = span;
  const id = `${idText(span.traceId, "/traceId")}/${idText(span.spanId, "/spanId")}:${metric}`;
  const { quantity, sent } = foreignQuantity(amount.at, amount.value);
  const user = USERS.map((name) => attributes[name]).find((value) => value !== undefined);
  return foreignItem(
    {
      metric_name: foreignMetric("/attributes", metric),
      quantity,
      id: foreignId(id),
      source: SOURCE,
    },
    {
      timestamp: isTime(endNano) ? foreignTime("/endTimeUnixNano", endNano) : null,
      user: user === undefined ? null : textOf(user),
      metadata: foreignMetadata(sent, keptOf({ ...around, ...attributes }), customOf(attributes)),
    },
  );
}

function tenantIn({ attributes, around }: Span) {
  return { named: attributes[TENANT] ?? around[TENANT], tenantAt: `/attributes/${TENANT}` };
}

/** A trace's or span's id: hexadecimal, in either case. */
function idText(id: unknown, at: string): string {
  if (typeof id === "string" && /^[\da-f]+$/i.test(id)) return id.toLowerCase();
  throw new Unfit(at, "is hexadecimal: what is sent twice counts once by it");
}

function keptOf(attributes: Fields): Fields {
  const entries = Object.entries(KEPT).map(([name, as]) => [as, attributes[name]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Short properties of the sender's own. */
function customOf(attributes: Fields): Fields {
  const entries = Object.entries(attributes).flatMap(([name, value]) => {
    const [, inTrace, alone] = CUSTOM.exec(name) ?? [];
    const as = inTrace ?? alone;
    const isShort = as !== undefined && textOf(value).length <= MAX_CUSTOM;
    return isShort && !USERS.includes(name) ? [[as, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The usage events of a trace: of each outermost call, and of spans that name a metric. */
function eventsOf(body: Fields): Mapped[] {
  const spans = spansOf(body);
  insistFew(spans.length, MAX_SPANS);
  const calls = outermostCalls(spans).flatMap((span) =>
    Object.entries(USAGE)
      .filter(([name]) => span.attributes[name] !== undefined)
      .map(([name, metric]) => {
        const amount = { at: `/attributes/${name}`, value: span.attributes[name] };
        return mappedFor(span.at, tenantIn(span), () => itemOf(span, metric, amount));
      }),
  );
  const own = spans
    .filter(({ attributes }) => attributes[OWN_METRIC] !== undefined)
    .map((span) => {
      const { [OWN_METRIC]: metric, [OWN_QUANTITY]: value = "1" } = span.attributes;
      const amount = { at: `/attributes/${OWN_QUANTITY}`, value };
      return mappedFor(span.at, tenantIn(span), () => itemOf(span, textOf(metric), amount));
    });
  return [...calls, ...own];
}

function read({ text }: Sent): Taken {
  // An exporter that tries its connection sends nothing.
  const body = text === "" ? {} : parseBody(text);
  if (!isFields(body)) throw new Problem("request.unreadable", "a trace is a JSON object");
  const events = eventsOf(body);
  insistFew(events.length, MAX_FOREIGN_ITEMS);
  return { events, single: false };
}

/**
 * OTLP's answer (opentelemetry-proto, partial success): spans are rejected, the others count. With
 * none rejected its message is a warning.
 */
function answer(results: readonly Result[]) {
  const { refused, told } = countsOf(results);
  const [first] = refused;
  const typed = (told.warnings ?? []).filter(({ metric_name }) => !OURS.has(metric_name));
  const warnings = typed.map(({ detail }) => detail);
  if (!first && warnings.length === 0) return {};
  const said = first ? [`${first.at}: ${first.detail}`, ...warnings] : warnings;
  const spanOfRefusal = (at: string) => /^(?:\/\w+\/\d+){3}/.exec(at)?.[0] ?? at;
  const rejectedSpans = new Set(refused.map(({ at }) => spanOfRefusal(at))).size;
  return { partialSuccess: { rejectedSpans, errorMessage: said.join(" ") } };
}

const answerSchema = z
  .object({
    partialSuccess: z
      .object({ rejectedSpans: z.number().int(), errorMessage: z.string() })
      .optional(),
  })
  .openapi("TraceResult");

const traceSchema = z
  .looseObject({
    resourceSpans: z.array(z.looseObject({})).optional().openapi({ maxItems: MAX_SPANS }),
  })
  .openapi("Trace");

const DESCRIPTION = [
  "OTLP/JSON, as Cloudflare AI Gateway and OpenRouter export it, up to 10,000 spans and 10 MB, " +
    "unpacked; give an exporter the endpoint `/otlp` and the header `Authorization`. Protobuf is " +
    "answered 415: set the exporter to JSON.",
  "A span with `gen_ai.usage.input_tokens`, `.output_tokens` or `.cost` becomes an event of " +
    "`gen_ai.input_tokens`, `gen_ai.output_tokens` and `gen_ai.cost` each; one with " +
    "`boxcost.metric` an event of that metric, of `boxcost.quantity` or 1. Other spans count for " +
    "nothing. Of calls within a call of the same request the outermost counts; spans of " +
    "`invoke_agent`, `create_agent`, `invoke_workflow` and `execute_tool` do not.",
  "The identity is trace, span and metric with the source `otlp`, the time is the span's end, " +
    "the user the first of `boxcost.user_id`, `user.id`, `enduser.id`, `user_id`. Kept as " +
    "metadata: `model`, `response_model`, `provider`, `system`, `operation`, `session_id`, " +
    "`service`, `trace.metadata.…`, and attributes whose names have no dot, of up to 200 " +
    "characters. Prompts and answers never are. Quantities are rounded as for CloudEvents.",
  "With a key of the operator `boxcost.tenant`, of a span or of its resource, names the tenant " +
    "whose usage it is, by id or external id.",
  "What an exporter samples away is not billed: export every span. Spans that are refused come " +
    "as `partialSuccess`, and are not to be sent again; 429 and 503 are. With `rejectedSpans` 0 " +
    "its `errorMessage` is a warning: it names metrics of `boxcost.metric` that nobody declared " +
    "and no plan prices.",
].join("\n\n");

export const otlpTraces = {
  path: "/otlp/v1/traces",
  operations: { post: "recordTraces", put: "putTraces" },
  summary: "Record the usage in traces of language models",
  description: DESCRIPTION,
  content: { "application/json": { schema: traceSchema } },
  reply: answerSchema,
  maxBytes: 10_000_000,
  takes: (type) => type === "" || type === "application/json",
  read,
  answer,
} as const satisfies Format;
