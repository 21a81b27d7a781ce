/**
 * CloudEvents 1.0: structured, in batches, and with their attributes in headers (HTTP binding,
 * section 3). Pure.
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
  foreignSource,
  foreignTenant,
  foreignTime,
  isFields,
  isGiven,
  type Mapped,
  mappedAt,
  refusedAt,
  Unfit,
} from "./foreign.ts";
import { answerByStatus, type Format, insistFew, type Sent, type Taken } from "./format.ts";
import { countsSchema } from "./format-schema.ts";
import { itemsOf, type RuleEvent, rulesOfType, type UsageRule } from "./rule.ts";

const MAX_EVENTS = 5_000;
/** The types of one CloudEvent, and of a JSON array of them. */
export const ONE = "application/cloudevents+json";
export const BATCH = "application/cloudevents-batch+json";

/** The extension by which an event names the tenant whose usage it is. */
const TENANT = "boxcosttenant";

/** Attributes that are no extensions (CloudEvents 1.0.2, section 3.1 and JSON format 3.1). */
const OWN = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "time",
  "subject",
  "datacontenttype",
  "data",
  "data_base64",
]);

/** The extensions that an event has, but for the one that its reader knows: all are to be kept. */
export function extensionsOf(event: Fields, known: string): Fields {
  const kept = ([name, value]: [string, unknown]) =>
    !OWN.has(name) && name !== known && isGiven(value);
  return Object.fromEntries(Object.entries(event).filter(kept));
}

/** The properties of `data` that may be the quantity, the first of them that is there. */
const QUANTITIES = ["quantity", "value"];

/**
 * A CloudEvent as rules read it; `at` is its place in the request. Its extensions are `more`.
 * Errors: `Unfit`.
 */
export function cloudEventOf(at: string, event: unknown): RuleEvent {
  if (!isFields(event)) throw new Unfit("", "is a CloudEvent: a JSON object");
  const { specversion, type, data } = event;
  if (specversion !== "1.0") throw new Unfit("/specversion", 'is "1.0"');
  const id = textOf(event, "id");
  const source = textOf(event, "source");
  if (id === null) throw new Unfit("/id", "is required: what is sent twice counts once by it");
  if (source === null) throw new Unfit("/source", "is required");
  if (typeof type !== "string" || type === "") throw new Unfit("/type", "is required");
  if (isGiven(event.data_base64)) {
    const detail = "binary data holds no quantity; send data as JSON";
    throw new Unfit("/data_base64", detail, "request.unreadable");
  }
  return {
    at,
    dataAt: "/data",
    id,
    source,
    type,
    timestamp: isGiven(event.time) ? foreignTime("/time", event.time) : null,
    user: textOf(event, "subject"),
    data,
    more: extensionsOf(event, TENANT),
  };
}

/** True for an event that `cloudEventOf` reads. */
export function isCloudEvent(event: unknown): boolean {
  try {
    cloudEventOf("", event);
    return true;
  } catch (error) {
    if (error instanceof Unfit) return false;
    throw error;
  }
}

/** The usage event of a CloudEvent for which there is no rule. Errors: `Unfit`. */
function usageOf({ id, source, type, timestamp, user, data, more }: RuleEvent): ForeignItem {
  const metric_name = foreignMetric("/type", type);
  const { quantity, sent, kept } = quantityIn(data);
  const named = { metric_name, quantity, id: foreignId(id), source: foreignSource(source) };
  return foreignItem(named, { timestamp, user, metadata: foreignMetadata(sent, kept, more) });
}

/** The usage events of the CloudEvent at `at`: by the rules of its type, else one as it is. */
export function usageAt(at: string, event: unknown, rules: readonly UsageRule[]): Mapped[] {
  try {
    const read = cloudEventOf(at, event);
    if (rulesOfType(rules, read.type).length > 0) return itemsOf(rules, read);
    return [mappedAt(at, () => usageOf(read))];
  } catch (error) {
    return [refusedAt(at, error)];
  }
}

/** The usage events of the CloudEvent at `at` of a request, for the tenant that it names. */
function usageIn(at: string, event: unknown, { rules, rulesOf }: Sent): Mapped[] {
  const named = isFields(event) ? event[TENANT] : undefined;
  try {
    const tenant = foreignTenant(`/${TENANT}`, named);
    if (tenant === null) return usageAt(at, event, rules);
    const mapped = usageAt(at, event, rulesOf?.(tenant) ?? rules);
    return mapped.map((one) => ("item" in one ? { ...one, tenant } : one));
  } catch (error) {
    return [refusedAt(at, error)];
  }
}

/** An attribute that is text, or null where it is not there. Errors: `Unfit`. */
function textOf(event: Fields, name: string): string | null {
  const value = event[name];
  if (!isGiven(value) || value === "") return null;
  if (typeof value === "string") return value;
  throw new Unfit(`/${name}`, "is a string");
}

/** The quantity in `data`, 1 where there is none, and what else `data` holds. */
function quantityIn(data: unknown): { quantity: string; sent: Fields; kept: Fields } {
  const rest: Fields = isFields(data) ? { ...data } : isGiven(data) ? { data } : {};
  const name = isFields(data) ? QUANTITIES.find((one) => Object.hasOwn(data, one)) : undefined;
  if (name === undefined) return { quantity: "1", sent: {}, kept: rest };
  const { [name]: value, ...kept } = rest;
  return { ...foreignQuantity(`/data/${name}`, value), kept };
}

const HEADER = "ce-";

/** The event of a request in binary mode: its attributes are headers, its body is the data. */
function binaryOf({ headers, text, type }: Sent): Fields {
  const event: Fields = {};
  headers.forEach((value, name) => {
    if (name.startsWith(HEADER)) event[name.slice(HEADER.length)] = headerText(value);
  });
  delete event.data; // no attribute: the body is
  if (text === "") return event;
  return { ...event, datacontenttype: type, data: parseBody(text) };
}

/** A header's value: quoted or not, percent-encoded or not (HTTP binding, section 3.1.3.2). */
function headerText(value: string): string {
  const inner = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, "$1") ?? value;
  try {
    return decodeURIComponent(inner);
  } catch {
    return inner; // a lone % is itself
  }
}

function read(sent: Sent): Taken {
  const structured = sent.type === ONE || sent.type === BATCH;
  if (!structured && (sent.headers.has("ce-specversion") || sent.headers.has("ce-id"))) {
    return single(binaryOf(sent), sent);
  }
  const body = parseBody(sent.text);
  if (!Array.isArray(body)) {
    if (sent.type !== BATCH) return single(body, sent);
    throw new Problem("request.invalid", `${BATCH} is a JSON array of CloudEvents`, {
      errors: [{ pointer: "", detail: "is an array" }],
    });
  }
  insistFew(body.length, MAX_EVENTS);
  const events = body.flatMap((one, i) => usageIn(`/${i}`, one, sent));
  insistFew(events.length, MAX_EVENTS);
  return { events, single: false };
}

function single(event: unknown, sent: Sent): Taken {
  return { events: usageIn("", event, sent), single: true };
}

/** A CloudEvent as the API's document shows it. */
const eventSchema = z
  .looseObject({
    specversion: z.literal("1.0"),
    id: z.string().min(1),
    source: z.string().min(1).openapi({ description: "The usage event's source" }),
    type: z
      .string()
      .min(1)
      .openapi({ description: "What usage rules are for; else the metric's name" }),
    time: z.string().optional().openapi({ format: "date-time" }),
    subject: z.string().optional().openapi({ description: "The usage event's `user_id`" }),
    data: z
      .looseObject({})
      .optional()
      .openapi({ description: "`quantity`, else `value`, is the quantity; the rest is metadata" }),
  })
  .openapi("CloudEvent", {
    example: {
      specversion: "1.0",
      id: "evt-1",
      source: "/checkout",
      type: "api_calls",
      subject: "user-42",
      data: { quantity: 3, region: "eu" },
    },
  });

const DESCRIPTION = [
  "One event (`application/cloudevents+json`, or `ce-` headers with its data as a JSON body), or " +
    "a batch of up to 5,000 (`application/cloudevents-batch+json`); `application/json` is read " +
    "as either. At most 2 MB.",
  "`id` and `source` are the identity, `type` is the metric, `time` the timestamp (UTC where it " +
    "names no offset), `subject` the `user_id`. `data.quantity`, else `data.value`, is the " +
    "quantity, 1 where there is neither. The rest of `data`, and extensions, are kept as " +
    "metadata: whole if they fit, else `data` alone, else what is short, with `metadata_cut`.",
  "With a key of the operator an event may name its tenant, by id or external id, in the " +
    "extension `boxcosttenant`: a header `ce-boxcosttenant` in binary mode.",
  "An event whose `type` has usage rules (`/api/usage/rules`) becomes one event for each of " +
    "them, with the id `<id>:<metric>`: the rules say where in `data` quantity, user and groups " +
    "stand. A request has at most 5,000 of them together; an event of several rules is answered " +
    "as a batch.",
  "An id beyond 200 characters, a source beyond 100 or a subject beyond 200 is kept as its hash, " +
    "`hash:…`. More than 6 decimals are rounded half to even, and `sent_quantity` in the " +
    "metadata is what was sent.",
  "Refused with 422: another `specversion`, no `id`, `source` or `type`, a `type` beyond 100 " +
    "characters that has no rules, a value that a rule reads and does not find, a quantity below " +
    "0 (void the event instead). Refused with 400: `data_base64`.",
  "One event that is refused is answered with the problem of `POST /api/usage/record`. A batch " +
    "is answered 200 where all of it counts, else 422 `usage.items_refused` with what was " +
    "refused: the others count, and sending all of it again is safe.",
].join("\n\n");

export const cloudEvents = {
  path: "/api/usage/cloudevents",
  operations: { post: "recordCloudEvents" },
  summary: "Record CloudEvents",
  description: DESCRIPTION,
  content: {
    [ONE]: { schema: eventSchema },
    [BATCH]: { schema: z.array(eventSchema).openapi({ maxItems: MAX_EVENTS }) },
    "application/json": {
      schema: z.unknown().openapi({ description: "One event, a batch, or data of `ce-` headers" }),
    },
  },
  reply: countsSchema,
  ruled: true,
  maxBytes: 2_000_000,
  takes: (type) => type === "" || type === ONE || type === BATCH || isJson(type),
  read,
  answer: answerByStatus,
} as const satisfies Format;

/** True for JSON, but for a form of CloudEvents of its own, such as Avro's. */
function isJson(type: string): boolean {
  const isOther = type.startsWith("application/cloudevents");
  return !isOther && (type === "application/json" || type.endsWith("+json"));
}
