/**
 * Records of log shippers (Vector, Fluent Bit, Cloudflare Logpush): a JSON array, one object a
 * line, or one object, by what the body looks like and not by its type. The address says where in
 * a record the usage stands. Pure.
 */
import { z } from "@hono/zod-openapi";
import { parseBody } from "../../platform/http/http.ts";
import { lineInput, validationProblem } from "../../platform/schema/openapi.ts";
import { MAX_NAME } from "../event/item.ts";
import {
  type Fields,
  type ForeignItem,
  foreignId,
  foreignItem,
  foreignMetadata,
  foreignMetric,
  foreignQuantity,
  foreignSource,
  foreignTime,
  hashName,
  isFields,
  type Mapped,
  mappedFor,
  Unfit,
} from "./foreign.ts";
import {
  answerByStatus,
  type Format,
  insistFew,
  MAX_FOREIGN_ITEMS,
  type Sent,
  type Taken,
} from "./format.ts";
import { countsSchema } from "./format-schema.ts";

const MAX_POINTER = 200;
const MAX_KEPT = 20;

const place = lineInput(MAX_POINTER);
const pointer = place.refine((text) => text.startsWith("/"), "is a pointer, such as /request_id");

const mappingSchema = z.strictObject({
  metric: place.openapi({ description: "The metric, or a pointer to its name", example: "logs" }),
  quantity: place
    .optional()
    .openapi({ description: "A number, or a pointer to one; 1 if missing" }),
  id: pointer
    .optional()
    .openapi({ description: "A pointer to the id; a hash of the record if missing" }),
  time: pointer.optional().openapi({ description: "A pointer to the time; of receipt if missing" }),
  user: place.optional().openapi({ description: "The user, or a pointer to it" }),
  tenant: place.optional().openapi({
    description: "With a key of the operator: the tenant, or a pointer to its name in each record",
  }),
  source: lineInput(MAX_NAME).optional().openapi({ description: "`intake` if missing" }),
  metadata: z
    .string()
    .optional()
    .openapi({ description: "Pointers to what is kept, apart by commas; nothing if missing" }),
});

type Mapping = Omit<z.infer<typeof mappingSchema>, "metadata"> & { kept: string[] };

/** The mapping that an address holds. Errors: 422 at the parameter. */
function mappingOf(query: Record<string, string>): Mapping {
  const parsed = mappingSchema.safeParse(query);
  if (!parsed.success) throw validationProblem(parsed.error.issues, "/query");
  const { metadata = "", ...mapping } = parsed.data;
  const kept = metadata.split(",").filter((one) => one !== "");
  const faulty = kept.length > MAX_KEPT || kept.some((one) => !one.startsWith("/"));
  if (!faulty) return { ...mapping, kept };
  const message = `is at most ${MAX_KEPT} pointers apart by commas, such as /region,/status`;
  throw validationProblem([{ path: ["metadata"], message }], "/query");
}

/** What a pointer (RFC 6901) leads to, undefined where there is nothing. */
export function valueAt(record: unknown, to: string): unknown {
  let value = record;
  for (const part of to.slice(1).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Fields)[name];
  }
  return value;
}

/** A parameter's value: what its pointer leads to, else the parameter itself. */
function given(record: Fields, parameter: string): unknown {
  return parameter.startsWith("/") ? valueAt(record, parameter) : parameter;
}

/** The tenant that a record names, by its parameter. */
function tenantIn(record: unknown, { tenant }: Mapping) {
  if (tenant === undefined) return { named: undefined, tenantAt: "" };
  const named = isFields(record) ? given(record, tenant) : undefined;
  // Where the address says that records name it, one that does not is nobody's.
  return { named: named ?? "", tenantAt: placeOf("tenant", tenant) };
}

/** Where a refusal points: into the record, or at the parameter. */
function placeOf(name: string, parameter: string): string {
  return parameter.startsWith("/") ? parameter : `/query/${name}`;
}

function usageOf(record: unknown, mapping: Mapping): ForeignItem {
  if (!isFields(record)) throw new Unfit("", "is a record: a JSON object");
  const { metric, quantity = "1", id, time, user, source = "intake", kept } = mapping;
  const amount = foreignQuantity(placeOf("quantity", quantity), given(record, quantity));
  const timestamp = time === undefined ? undefined : valueAt(record, time);
  const metadata = kept
    .map((to) => [to.slice(1), valueAt(record, to)] as const)
    .filter(([, value]) => value !== undefined && value !== null);
  return foreignItem(
    {
      metric_name: foreignMetric(placeOf("metric", metric), given(record, metric)),
      quantity: amount.quantity,
      id: foreignId(idOf(record, id)),
      source: foreignSource(source),
    },
    {
      timestamp: isGiven(timestamp) ? foreignTime(time ?? "", timestamp) : null,
      user: user === undefined ? null : nameOf(user, given(record, user)),
      metadata: foreignMetadata(amount.sent, Object.fromEntries(metadata)),
    },
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** A name that is text or a number, or null where there is none. Errors: `Unfit`. */
function nameOf(at: string, value: unknown): string | null {
  if (!isGiven(value)) return null;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Unfit(at, "is text or a number");
}

/** The id in a record, else the hash of its text: the same record counts once. */
function idOf(record: Fields, id: string | undefined): string {
  if (id === undefined) return hashName(recordText(record));
  const name = nameOf(id, valueAt(record, id));
  if (name !== null) return name;
  throw new Unfit(id, "is missing: what is sent twice counts once by it");
}

function recordText(record: Fields): string {
  try {
    return JSON.stringify(record);
  } catch {
    throw new Unfit("", "is nested too deep");
  }
}

/** A line that is not JSON is that line's fault alone. */
type Line = { value: unknown } | { fault: string };

/** The records of a body. Errors: 400 where it is neither JSON nor a line of JSON. */
function linesOf(text: string): Line[] {
  if (text.trimStart().startsWith("[")) {
    const body = parseBody(text);
    return (body as unknown[]).map((value) => ({ value }));
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  if (lines.length > 1 && "fault" in lineOf(first)) {
    const whole = lineOf(text); // one object, written over several lines
    if ("value" in whole) return [whole];
  }
  return lines.map(lineOf);
}

function lineOf(text: string): Line {
  try {
    return { value: parseBody(text) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "not JSON" };
  }
}

/** What Logpush sends to try an address, which has to be answered 2xx and is no usage. */
function isTrial(lines: readonly Line[]): boolean {
  const [only, more] = lines;
  if (more !== undefined || !only || !("value" in only) || !isFields(only.value)) return false;
  return Object.keys(only.value).length === 1 && only.value.content === "tests";
}

function read({ text, query }: Sent): Taken {
  const mapping = mappingOf(query);
  const lines = linesOf(text);
  if (isTrial(lines)) return { events: [], single: false };
  insistFew(lines.length, MAX_FOREIGN_ITEMS);
  const events = lines.map((line, i): Mapped => {
    const at = `/${i}`;
    if ("value" in line) {
      const { value } = line;
      return mappedFor(at, tenantIn(value, mapping), () => usageOf(value, mapping));
    }
    return { at, code: "request.unreadable", detail: line.fault };
  });
  return { events, single: false };
}

const recordSchema = z.looseObject({}).openapi({
  example: { request_id: "r-1", time: 1_767_225_600.25, account: "user-42", bytes: 512 },
});

const DESCRIPTION = [
  "A JSON array, one JSON object a line, or one object, whatever the content type says; up to " +
    "20,000 records and 10 MB, unpacked. The address says where the usage stands in a record, so " +
    "that a shipper needs nothing but its URL: " +
    "`/api/usage/intake?metric=bytes_out&quantity=/bytes&id=/request_id&time=/time&user=/user`. " +
    "A value that begins with `/` is a JSON pointer into each record, any other is itself.",
  "Times are RFC 3339, or seconds, milliseconds, microseconds or nanoseconds since 1970 by their " +
    "length. Quantities are rounded and ids hashed as for CloudEvents. Without `id` a record's " +
    "hash is its id: records that are equal in everything count once.",
  "With a key of the operator `tenant` names the tenant of all records, or points to its id or " +
    "external id in each.",
  "Shippers read the status alone. 200: all of it counts. 422 `usage.items_refused`, 400 and " +
    "413: do not send it again; what was not refused counts. 429 and 503: send all of it again " +
    "later. The record with which Cloudflare Logpush tries an address is answered 200 and " +
    "not counted.",
].join("\n\n");

export const logRecords = {
  path: "/api/usage/intake",
  operations: { post: "recordLogs" },
  summary: "Record what log shippers send",
  description: DESCRIPTION,
  content: {
    "application/json": { schema: z.union([z.array(recordSchema), recordSchema]) },
    "application/x-ndjson": { schema: recordSchema },
  },
  query: mappingSchema,
  reply: countsSchema,
  maxBytes: 10_000_000,
  takes: (type) => !/msgpack|protobuf/.test(type),
  read,
  answer: answerByStatus,
} as const satisfies Format;
