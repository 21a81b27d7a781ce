/**
 * One event as a caller sends it: checked by hand, since it is the hot path; item-schema.ts beside
 * it says what is wrong. Both accept the same items; a property test holds them together. Pure.
 */
import { isLine } from "../../core/line-text.ts";
import { quantityOf } from "../../core/quantity.ts";
import { parseTime } from "../../core/time.ts";
import { type LineMicro, lineMicro } from "./line.ts";

export const MAX_NAME = 100;
export const MAX_ID = 200;
/** A longer text names no tenant: an external id has 200 characters, of one or two units each. */
export const MAX_TENANT_NAME = 400;
export const MAX_METADATA_BYTES = 4_096;
export const MAX_METADATA_DEPTH = 5;
/** Ids and sources that are ours: `seq_7` names an event by its sequence. */
export const SEQ_ID = /^seq_\d+$/;
export const OWN_SOURCE = "boxcostpro";

/** As JSON.stringify escapes it: an odd number of backslashes, then `ud8`..`udf`. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

export type Item = {
  id: string | null;
  source: string | null;
  metric: string;
  /** Micro-units as they stand in a line. */
  micro: LineMicro;
  atMs: number | null;
  userId: string | null;
  /** Canonical JSON (sorted keys), "" where there is none. */
  metadata: string;
  cap: boolean;
};

const FIELDS = new Set([
  "metric_name",
  "quantity",
  "id",
  "source",
  "timestamp",
  "user_id",
  "metadata",
  "cap",
]);

/** The item in a parsed JSON value, or null where anything is wrong with it. */
export function itemOf(value: unknown): Item | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const raw = value as Record<string, unknown>;
  for (const key in raw) if (!FIELDS.has(key)) return null;
  const { metric_name, quantity, id, source, timestamp, user_id, metadata, cap } = raw;
  if (!isClean(metric_name, MAX_NAME)) return null;
  if (typeof quantity !== "number" && typeof quantity !== "string") return null;
  const micro = microOf(quantity);
  if (micro === null) return null;
  if (id !== undefined && !(isClean(id, MAX_ID) && !SEQ_ID.test(id))) return null;
  if (source !== undefined && !(isClean(source, MAX_NAME) && source !== OWN_SOURCE)) return null;
  if (user_id !== undefined && user_id !== null && !isClean(user_id, MAX_ID)) return null;
  if (cap !== undefined && typeof cap !== "boolean") return null;
  const atMs = timestamp === undefined ? null : timeOf(timestamp);
  if (atMs === undefined) return null;
  const canonical = metadata === undefined || metadata === null ? "" : canonicalJson(metadata);
  if (canonical === null) return null;
  return {
    id: id ?? null,
    source: source ?? null,
    metric: metric_name,
    micro,
    atMs,
    userId: user_id ?? null,
    metadata: canonical,
    cap: cap ?? false,
  };
}

/** Whole numbers below this are micro-units that a double holds exactly. */
const PLAIN_UNITS = 2 ** 53 / 1_000_000;

function microOf(quantity: number | string): LineMicro | null {
  const plain = typeof quantity === "number" && quantity >= 0 && quantity < PLAIN_UNITS;
  if (plain && Number.isInteger(quantity)) return quantity * 1_000_000;
  const amount = quantityOf(quantity);
  return amount.ok ? lineMicro(amount.micro) : null;
}

function isClean(value: unknown, max: number): value is string {
  return typeof value === "string" && isLine(value, max);
}

function timeOf(value: unknown): number | undefined {
  return typeof value === "string" ? (parseTime(value) ?? undefined) : undefined;
}

/**
 * A metadata object as JSON with sorted keys, "" where it is empty, or null where it is no object,
 * nested deeper than 5, longer than 4 KB, or holds what UTF-8 cannot.
 */
export function canonicalJson(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  bytesLeft = MAX_METADATA_BYTES;
  const sorted = sortKeys(value, 1);
  if (sorted === null) return null;
  const text = JSON.stringify(sorted);
  if (text === "{}") return "";
  if (text.length > MAX_METADATA_BYTES) return null;
  if (text.length * 3 > MAX_METADATA_BYTES && utf8Length(text) > MAX_METADATA_BYTES) return null;
  return LONE_SURROGATE.test(text) ? null : text;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What a field has at least beside its key, `"":1`, and an item of an array with its comma. */
const FIELD_BYTES = 4;
const ITEM_BYTES = 2;
/** Bytes that the metadata at hand has left at most, so that what is far too large costs little. */
let bytesLeft = 0;

/** The value with its keys in order, itself where they are; null for too deep or too long. */
function sortKeys(value: object, depth: number): object | null {
  if (depth > MAX_METADATA_DEPTH) return null;
  if (Array.isArray(value)) return sortItems(value, depth);
  let last = "";
  let ordered = true;
  let copy: Record<string, unknown> | null = null;
  const raw = value as Record<string, unknown>;
  for (const key in raw) {
    bytesLeft -= key.length + FIELD_BYTES;
    if (bytesLeft < 0) return null;
    if (key < last) ordered = false;
    last = key;
    const inner = raw[key];
    if (typeof inner !== "object" || inner === null) continue;
    const sorted = sortKeys(inner, depth + 1);
    if (sorted === null) return null;
    if (sorted !== inner) {
      copy ??= { ...raw };
      copy[key] = sorted;
    }
  }
  const result = copy ?? raw;
  if (ordered) return result;
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortItems(items: unknown[], depth: number): unknown[] | null {
  let copy: unknown[] | null = null;
  for (const [i, inner] of items.entries()) {
    bytesLeft -= ITEM_BYTES;
    if (bytesLeft < 0) return null;
    if (typeof inner !== "object" || inner === null) continue;
    const sorted = sortKeys(inner, depth + 1);
    if (sorted === null) return null;
    if (sorted !== inner) {
      copy ??= [...items];
      copy[i] = sorted;
    }
  }
  return copy ?? items;
}
