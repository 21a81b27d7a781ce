/** Lago's events: what is read of one, what a usage rule sees of it, and how one is shown. Pure. */
import { timeText } from "../../core/time.ts";
import type { Event } from "../../metering/event/line.ts";
import { type Fields, foreignTime, isFields, Unfit } from "../../metering/intake/foreign.ts";
import { RESERVED_KEYS } from "../../metering/intake/rule.ts";
import type { Faults } from "./errors.ts";
import { uuidNamed } from "./uuid.ts";

/** The dialect's name, in front of every source that it records. */
const DIALECT = "lago:";

/** An event as it was sent. */
export type LagoEvent = {
  transactionId: string;
  /** Whose usage it is. */
  subscription: string;
  code: string;
  /** RFC 3339; null for the time of its receipt. */
  timestamp: string | null;
  properties: Fields;
  /** What it costs as its sender says, kept with the event and not billed. */
  preciseAmount: string | null;
};

/** An event, or a code for each of its fields that is wrong. */
export type ReadEvent = { event: LagoEvent } | { faults: Faults };

const MANDATORY = ["value_is_mandatory"];
const INVALID = ["value_is_invalid"];

/**
 * Reads an event. A subscription goes before a customer, whom older clients name. Numbers are taken
 * for ids as their text. `operation_type: "remove"` is refused: usage here only ever adds up.
 */
export function readEvent(value: unknown): ReadEvent {
  if (!isFields(value)) return { faults: { event: INVALID } };
  const faults: Faults = {};
  const subscription = textIn(value.external_subscription_id ?? value.external_customer_id);
  const transactionId = textIn(value.transaction_id);
  const code = textIn(value.code);
  if (transactionId === null) faults.transaction_id = MANDATORY;
  if (subscription === null) faults.external_subscription_id = MANDATORY;
  if (code === null) faults.code = MANDATORY;
  const timestamp = timeIn(value.timestamp);
  if (timestamp === undefined) faults.timestamp = ["invalid_format"];
  const properties = value.properties ?? {};
  if (!isFields(properties)) faults.properties = INVALID;
  else if (properties.operation_type === "remove") faults.operation_type = INVALID;
  const isWhole = Object.keys(faults).length === 0;
  if (!isWhole || !transactionId || !subscription || !code || !isFields(properties)) {
    return { faults };
  }
  const preciseAmount = textIn(value.precise_total_amount_cents);
  const named = { transactionId, subscription, code, preciseAmount };
  return { event: { ...named, timestamp: timestamp ?? null, properties } };
}

/** A text, or a number as its text; null for what is neither, and for "". */
function textIn(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** RFC 3339; null where none is given, undefined where it is no time. */
function timeIn(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  try {
    return foreignTime("", value);
  } catch (error) {
    if (error instanceof Unfit) return undefined;
    throw error;
  }
}

/** The source under which a subscription's events are recorded: ids count once within it. */
export function sourceOf(subscription: string): string {
  return DIALECT + subscription;
}

/** True for a source of this dialect's. */
export function isSource(source: string): boolean {
  return source.startsWith(DIALECT);
}

/** What rules see of an event, at its place in the request. */
export function ruleEventOf(event: LagoEvent, at: string) {
  const { transactionId, subscription, code, timestamp, properties, preciseAmount } = event;
  return {
    at,
    dataAt: "/properties",
    id: transactionId,
    source: sourceOf(subscription),
    type: code,
    timestamp,
    data: properties,
    ...(preciseAmount === null ? {} : { more: { precise_total_amount_cents: preciseAmount } }),
  };
}

/** Whose an event became: the tenant, and its customer's UUID where the tenant is one. */
export type Placed = { tenantId: string; customerUuid: string | null };

/** An event as Lago answers it. Times are milliseconds. */
export function showEvent(
  event: Omit<LagoEvent, "timestamp">,
  { tenantId, customerUuid }: Placed,
  times: { atMs: number; createdMs: number },
) {
  const { transactionId, subscription, code, properties, preciseAmount } = event;
  return {
    lago_id: uuidNamed(tenantId, subscription, transactionId),
    transaction_id: transactionId,
    lago_customer_id: customerUuid,
    code,
    timestamp: new Date(times.atMs).toISOString(),
    precise_total_amount_cents: preciseAmount,
    properties,
    lago_subscription_id: null,
    external_subscription_id: subscription,
    created_at: timeText(times.createdMs),
  };
}

/** A recorded event as one of Lago's, of the subscription `named` where one was asked for. */
export function eventOfStored(
  stored: Event,
  named: string | null = null,
): Omit<LagoEvent, "timestamp"> {
  const { id, source, metric, metadata } = stored;
  const { precise_total_amount_cents: precise, ...kept } = metadata ?? {};
  const properties = Object.entries(kept).filter(([name]) => !RESERVED_KEYS.has(name));
  const suffix = `:${metric}`;
  return {
    transactionId: id.endsWith(suffix) ? id.slice(0, -suffix.length) : id,
    subscription: named ?? (isSource(source) ? source.slice(DIALECT.length) : source),
    code: metric,
    properties: Object.fromEntries(properties),
    preciseAmount: typeof precise === "string" ? precise : null,
  };
}
