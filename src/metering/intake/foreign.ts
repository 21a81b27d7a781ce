/**
 * What every format of other products' events shares: how their names, quantities, times and
 * properties become those of a usage event. Pure.
 */
import { type DecimalInput, roundedInteger } from "../../core/decimal.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { isLine } from "../../core/line-text.ts";
import {
  MAX_QUANTITY_MICRO,
  QUANTITY_DECIMALS,
  QUANTITY_FAULTS,
  quantityText,
} from "../../core/quantity.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { hash128 } from "../event/hash.ts";
import {
  canonicalJson,
  MAX_ID,
  MAX_NAME,
  MAX_TENANT_NAME,
  OWN_SOURCE,
  SEQ_ID,
} from "../event/item.ts";

export type Fields = Record<string, unknown>;

/** A usage event that a foreign one became, as the recording routes take it. */
export type ForeignItem = {
  metric_name: string;
  quantity: string;
  id: string;
  source: string;
  timestamp?: string;
  user_id?: string;
  metadata?: Fields;
};

/**
 * A foreign event by its place in the body: what it became, with the tenant that it names where it
 * names one, or why it is refused.
 */
export type Mapped =
  | { at: string; item: ForeignItem; tenant?: string }
  | { at: string; code: ErrorCode; detail: string };

/** Thrown by whoever reads a foreign event and finds it wrong; `at` points into the event. */
export class Unfit extends Error {
  readonly at: string;
  readonly code: ErrorCode;

  constructor(at: string, detail: string, code: ErrorCode = "request.invalid") {
    super(detail);
    this.at = at;
    this.code = code;
  }
}

/** What `read` makes of the foreign event at `at`. Throws nothing that is the event's own fault. */
export function mappedAt(at: string, read: () => ForeignItem): Mapped {
  try {
    return { at, item: read() };
  } catch (error) {
    return refusedAt(at, error);
  }
}

/** The same for an event that may name its tenant, by `named` at `tenantAt` in it. */
export function mappedFor(
  at: string,
  { named, tenantAt }: { named: unknown; tenantAt: string },
  read: () => ForeignItem,
): Mapped {
  try {
    const tenant = foreignTenant(tenantAt, named);
    const item = read();
    return tenant === null ? { at, item } : { at, item, tenant };
  } catch (error) {
    return refusedAt(at, error);
  }
}

/** The refusal of the foreign event at `at`. Throws what is not the event's own fault. */
export function refusedAt(at: string, error: unknown): Mapped {
  if (!(error instanceof Unfit)) throw error;
  return { at: at + error.at, code: error.code, detail: error.message };
}

/** Any value of JSON as text: an object may have a `toString` of its own, which is no function. */
export function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** True for a value that is there: JSON's null says that it is not. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** True for a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `hash:` and the 128-bit hash of a text, for what cannot be a name itself. */
export function hashName(text: string): string {
  const words = new Uint32Array(4);
  hash128(text, 0, words, 0);
  return `hash:${Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("")}`;
}

/** An id as it came, or its hash where it is too long, not one line, or a form of our own. */
export function foreignId(id: string): string {
  return isLine(id, MAX_ID) && !SEQ_ID.test(id) ? id : hashName(id);
}

/** A source as it came, or its hash where it is too long, not one line, or our own. */
export function foreignSource(source: string): string {
  return isLine(source, MAX_NAME) && source !== OWN_SOURCE ? source : hashName(source);
}

/** A user as it came, or its hash where it is too long or not one line. */
export function foreignUser(user: string): string {
  return isLine(user, MAX_ID) ? user : hashName(user);
}

/** A metric's name. Errors: `Unfit`; a hash would be no metric that anybody knows. */
export function foreignMetric(at: string, name: unknown): string {
  if (typeof name === "string" && isLine(name, MAX_NAME)) return name;
  throw new Unfit(at, `is one line of 1 to ${MAX_NAME} characters: it names the metric`);
}

/** The tenant that a foreign event names, null where it names none. Errors: `Unfit`. */
export function foreignTenant(at: string, named: unknown): string | null {
  if (named === undefined || named === null) return null;
  const name = typeof named === "number" ? String(named) : named;
  if (typeof name === "string" && name !== "" && name.length <= MAX_TENANT_NAME) return name;
  throw new Unfit(at, "is a tenant's id or external id");
}

/** Characters that are kept of a quantity's own text, or of a short property. */
const MAX_SHORT = 200;

/** A quantity of 6 decimals, and as it was sent where it had more. */
export type ForeignQuantity = { quantity: string; sent: Fields };

/**
 * A quantity to 6 decimals, half to even. What was rounded keeps its own text as
 * `sent_quantity`. Errors: `Unfit` for what is no number, below 0 or too large.
 */
export function foreignQuantity(at: string, value: unknown): ForeignQuantity {
  if (typeof value !== "number" && typeof value !== "string") {
    throw new Unfit(at, QUANTITY_FAULTS.not_a_decimal);
  }
  const rounded = roundedInteger(value satisfies DecimalInput, QUANTITY_DECIMALS);
  if (!rounded.ok) throw new Unfit(at, QUANTITY_FAULTS.not_a_decimal);
  const text = String(value);
  const negative = rounded.value < 0n || (!rounded.exact && text.startsWith("-"));
  if (negative) throw new Unfit(at, `${QUANTITY_FAULTS.negative}; void the event that it corrects`);
  if (rounded.value > MAX_QUANTITY_MICRO) throw new Unfit(at, QUANTITY_FAULTS.too_large);
  const quantity = quantityText(rounded.value);
  return { quantity, sent: rounded.exact ? {} : { sent_quantity: text.slice(0, MAX_SHORT) } };
}

const EPOCH = /^\d{1,20}(?:\.\d{1,20})?$/;
const HAS_OFFSET = /(?:[Zz]|[+-]\d\d:?\d\d)$/;
/** Whole digits of a present time in seconds, milliseconds, microseconds; beyond, nanoseconds. */
const DIGITS = { seconds: 11, milliseconds: 14, microseconds: 17 };

/**
 * A time as others write it: RFC 3339, read as UTC where it names no offset; or a number since the
 * epoch, by its length in seconds, milliseconds, microseconds or nanoseconds, by digits and not by
 * floats. Errors: `Unfit`.
 */
export function foreignTime(at: string, value: unknown): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string") {
    const ms = EPOCH.test(text) ? epochMs(text) : parseTime(withOffset(text));
    if (ms !== null && ms >= 0 && ms <= LAST_MS) return timeText(ms);
  }
  throw new Unfit(at, "is an RFC 3339 time, or a number of seconds or less since 1970");
}

/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999;

function withOffset(text: string): string {
  const written = text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  return HAS_OFFSET.test(text.slice("2026-01-01".length)) ? written : `${text}Z`;
}

function epochMs(text: string): number {
  const [whole = "", fraction = ""] = text.split(".");
  if (whole.length <= DIGITS.seconds) return Number(whole + fraction.slice(0, 3).padEnd(3, "0"));
  if (whole.length <= DIGITS.milliseconds) return Number(whole);
  return Number(whole.slice(0, whole.length <= DIGITS.microseconds ? -3 : -6));
}

/** Properties that are tried one by one where all of them are too long together. */
const MAX_TRIED = 100;

/**
 * Metadata of what fits (4 KB, 5 levels): `sent` always; `data` and `more` whole, else `data`
 * whole, else what is short of both, marked with `metadata_cut`.
 */
export function foreignMetadata(sent: Fields, data: Fields, more: Fields = {}): Fields {
  const whole = { ...more, ...data, ...sent };
  if (canonicalJson(whole) !== null) return whole;
  const without = { ...data, ...sent };
  if (canonicalJson(without) !== null) return without;
  let cut: Fields = { ...sent, metadata_cut: true };
  for (const [name, value] of Object.entries(whole).slice(0, MAX_TRIED)) {
    const short = typeof value !== "object" && String(value).length <= MAX_SHORT;
    if (!short || name.length > MAX_NAME) continue;
    const next = { ...cut, [name]: value };
    if (canonicalJson(next) !== null) cut = next;
  }
  return cut;
}

/** The usage event, without what it has not. */
export function foreignItem(
  named: Pick<ForeignItem, "metric_name" | "quantity" | "id" | "source">,
  given: { timestamp: string | null; user: string | null; metadata: Fields },
): ForeignItem {
  const { timestamp, user, metadata } = given;
  const item: ForeignItem = { ...named };
  if (timestamp !== null) item.timestamp = timestamp;
  if (user !== null) item.user_id = foreignUser(user);
  if (Object.keys(metadata).length > 0) item.metadata = metadata;
  return item;
}
