/** Recorded usage events as OpenMeter lists them, and what a list asks for. Pure. */
import { invalidField } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { DAY_MS, parseTime, timeText } from "../../core/time.ts";
import { DEFAULT_SOURCE, eventOf, type Line } from "../../metering/event/line.ts";
import { type Fields, isFields } from "../../metering/intake/foreign.ts";
import { RESERVED_KEYS } from "../../metering/intake/rule.ts";
import { SOURCE_PREFIX } from "./event.ts";

/** How far back a list of version 1 begins. */
const BACK_MS = 32 * DAY_MS;
const LAST_MS = 253_402_300_799_999;

/** A text that an event has: the whole of it, or any part in either case. */
export type TextWanted = { text: string; part: boolean };

export type EventQuery = {
  startMs: number;
  endMs: number;
  receivedFromMs: number;
  receivedToMs: number;
  id: TextWanted | null;
  subject: TextWanted | null;
  source: TextWanted | null;
  type: TextWanted | null;
  customers: readonly string[] | null;
};

const ANY = {
  startMs: 0,
  endMs: LAST_MS,
  receivedFromMs: 0,
  receivedToMs: LAST_MS,
  id: null,
  subject: null,
  source: null,
  type: null,
  customers: null,
} satisfies EventQuery;

/** What the parameters of version 1 ask for: `from` is within 32 days. Errors: 422. */
export function queryOfV1(params: URLSearchParams, nowMs: number): EventQuery {
  const part = (name: string) => {
    const text = params.get(name);
    return text === null || text === "" ? null : { text, part: true };
  };
  const from = timeIn(params.get("from"), "/from");
  const to = timeIn(params.get("to"), "/to");
  if (from !== null && from < nowMs - BACK_MS) throw invalidField("/from", "is within 32 days");
  const customers = params.getAll("customerId");
  return {
    ...ANY,
    startMs: from ?? nowMs - BACK_MS,
    endMs: to === null ? LAST_MS : to + 1,
    receivedFromMs: timeIn(params.get("ingestedAtFrom"), "/ingestedAtFrom") ?? 0,
    receivedToMs: timeIn(params.get("ingestedAtTo"), "/ingestedAtTo") ?? LAST_MS,
    id: part("id"),
    subject: part("subject"),
    customers: customers.length === 0 ? null : customers,
  };
}

function timeIn(text: string | null, at: string): number | null {
  if (text === null || text === "") return null;
  const ms = parseTime(text);
  if (ms === null) throw invalidField(at, "is an RFC 3339 time");
  return ms;
}

/** What the filter of version 2 asks for, which is JSON text. Errors: 422. */
export function queryOfFilter(text: string | undefined): EventQuery {
  if (text === undefined || text === "") return ANY;
  const filter = filterIn(text);
  const query: EventQuery = { ...ANY };
  for (const [name, condition] of Object.entries(filter)) {
    const at = `/filter/${name}`;
    if (!isFields(condition)) throw invalidField(at, 'is an object, such as {"$eq": "x"}');
    if (name === "id" || name === "subject" || name === "source" || name === "type") {
      query[name] = textWanted(condition, at);
    } else if (name === "time") {
      [query.startMs, query.endMs] = rangeWanted(condition, at);
    } else if (name === "ingestedAt") {
      const [fromMs, endMs] = rangeWanted(condition, at);
      [query.receivedFromMs, query.receivedToMs] = [fromMs, endMs - 1];
    } else if (name === "customerId") {
      query.customers = textsWanted(condition, at);
    } else {
      throw invalidField(at, "is one of id, subject, source, type, time, ingestedAt, customerId");
    }
  }
  return query;
}

function filterIn(text: string): Fields {
  try {
    const filter: unknown = JSON.parse(text);
    if (isFields(filter)) return filter;
  } catch {
    // Answered below, as what is no object is.
  }
  throw invalidField("/filter", "is the text of a JSON object");
}

function textWanted(condition: Fields, at: string): TextWanted {
  const [operator = "", value] = onlyOf(condition, at);
  if (typeof value === "string") {
    if (operator === "$eq") return { text: value, part: false };
    if (operator === "$contains" || operator === "$icontains") return { text: value, part: true };
    const inner = /^%?([^%_]*)%?$/.exec(value)?.[1];
    const isLike = operator === "$like" || operator === "$ilike";
    if (isLike && inner !== undefined && value === `%${inner}%`) return { text: inner, part: true };
  }
  throw invalidField(at, 'is {"$eq": text}, {"$contains": text} or {"$like": "%text%"}');
}

function textsWanted(condition: Fields, at: string): string[] {
  const [operator, value] = onlyOf(condition, at);
  const texts = operator === "$eq" ? [value] : operator === "$in" ? value : null;
  if (Array.isArray(texts) && texts.every((text) => typeof text === "string")) return texts;
  throw invalidField(at, 'is {"$eq": text} or {"$in": [text, …]}');
}

function onlyOf(condition: Fields, at: string): [string, unknown] {
  const [first, more] = Object.entries(condition);
  if (first && !more) return first;
  throw invalidField(at, "has one operator");
}

/** From a first millisecond to behind a last one. */
function rangeWanted(condition: Fields, at: string): [number, number] {
  let [startMs, endMs] = [0, LAST_MS];
  for (const [operator, value] of Object.entries(condition)) {
    const ms = typeof value === "string" ? parseTime(value) : null;
    if (ms === null) throw invalidField(`${at}/${operator}`, "is an RFC 3339 time");
    if (operator === "$gte") startMs = ms;
    else if (operator === "$gt") startMs = ms + 1;
    else if (operator === "$lt") endMs = ms;
    else if (operator === "$lte") endMs = ms + 1;
    else throw invalidField(at, "has $gte, $gt, $lt and $lte");
  }
  return [startMs, endMs];
}

/** What an event was called before rules made usage events of it, by its metric. */
export type TypeOf = (metric: string) => string;

export type Shown = ReturnType<typeof shownEvent>;

/** A recorded usage event as it came; one that was recorded natively has its quantity as value. */
export function shownEvent(line: Line, typeOf: TypeOf, subject: string | null) {
  const { id, source, metric, micro, atMs, receivedMs, userId, metadata } = eventOf(line.tuple);
  const isForeign = source.startsWith(SOURCE_PREFIX);
  const suffix = `:${metric}`;
  const isRuled = isForeign && id.endsWith(suffix);
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !RESERVED_KEYS.has(key));
  const value = isForeign ? [] : [["value", quantityJson(micro)] as const];
  return {
    event: {
      specversion: "1.0",
      id: isRuled ? id.slice(0, -suffix.length) : id,
      source: isForeign ? source.slice(SOURCE_PREFIX.length) : source || DEFAULT_SOURCE,
      type: isRuled ? typeOf(metric) : metric,
      subject: userId ?? subject ?? "",
      time: timeText(atMs),
      datacontenttype: "application/json",
      data: Object.fromEntries([...kept, ...value]),
    },
    ingestedAt: timeText(receivedMs),
    storedAt: timeText(receivedMs),
  };
}

/** True for an event that a list asks for. */
export function isWanted({ event, ingestedAt }: Shown, query: EventQuery): boolean {
  const receivedMs = parseTime(ingestedAt) ?? 0;
  if (receivedMs < query.receivedFromMs || receivedMs > query.receivedToMs) return false;
  return (["id", "subject", "source", "type"] as const).every((name) => {
    const wanted = query[name];
    if (wanted === null) return true;
    if (!wanted.part) return event[name] === wanted.text;
    return event[name].toLowerCase().includes(wanted.text.toLowerCase());
  });
}
