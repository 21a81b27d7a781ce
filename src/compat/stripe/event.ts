/** Meter events in both of Stripe's versions: what is sent, and how it is answered. Pure. */
import { parseTime, SECOND_MS, timeText } from "../../core/time.ts";
import { invalid } from "./error.ts";
import {
  fieldsOf,
  insistKnown,
  nameIn,
  neededText,
  type Params,
  paramsOf,
  secondOf,
  textOf,
} from "./param.ts";

const MAX_NAME = 100;
const MAX_IDENTIFIER = 100;
/** That of an event which came without one is its Idempotency-Key. */
const MAX_CANCELLED = 255;
const MAX_PAYLOAD_TEXT = 1_000;
const MAX_PAYLOAD_FIELDS = 50;

/** A meter event as it was sent; `at` is what stands before its parameters' names. */
export type MeterEvent = {
  at: string;
  eventName: string;
  payload: Record<string, string>;
  /** Null where the caller gave none: it is made, then. */
  identifier: string | null;
  /** Null where the caller gave none. */
  timestampMs: number | null;
};

type TimeReader = (params: Params, name: string) => number | null;

const epochSeconds: TimeReader = (params, name) => {
  const seconds = secondOf(params, name);
  return seconds === undefined ? null : seconds * SECOND_MS;
};

const isoTime: TimeReader = (params, name) => {
  const text = textOf(params, name, 40);
  if (text === undefined || text === "") return null;
  const ms = parseTime(text);
  if (ms !== null) return ms;
  const param = nameIn(params, name);
  throw invalid(`Invalid timestamp: ${param} is an RFC 3339 time with an offset.`, { param });
};

/** The event of a v1 call, whose time is in seconds since 1970. Errors: 400. */
export function eventFrom(params: Params): MeterEvent {
  return readEvent(params, epochSeconds);
}

/** The event of a v2 call, or of a stream, whose time is an RFC 3339 text. Errors: 400. */
export function eventFromV2(params: Params): MeterEvent {
  return readEvent(params, isoTime);
}

function readEvent(params: Params, timeOf: TimeReader): MeterEvent {
  insistKnown(params, ["event_name", "payload", "identifier", "timestamp"]);
  return {
    at: params.at,
    eventName: neededText(params, "event_name", MAX_NAME),
    payload: payloadOf(params),
    identifier: textOf(params, "identifier", MAX_IDENTIFIER) || null,
    timestampMs: timeOf(params, "timestamp"),
  };
}

function payloadOf(params: Params): Record<string, string> {
  const fields = fieldsOf(params, "payload");
  if (fields === undefined) neededText(params, "payload", 1);
  const names = Object.keys(fields?.values ?? {});
  const param = nameIn(params, "payload");
  if (names.length > MAX_PAYLOAD_FIELDS) {
    throw invalid(`${param} has at most ${MAX_PAYLOAD_FIELDS} keys.`, { param });
  }
  const entries = names.map((name) => [
    name,
    textOf(fields ?? params, name, MAX_PAYLOAD_TEXT) ?? "",
  ]);
  return Object.fromEntries(entries);
}

const MAX_STREAM = 100;

/** The events of a stream's body. Errors: 400 for none, too many, and one that is wrong. */
export function streamFrom(params: Params): MeterEvent[] {
  insistKnown(params, ["events"]);
  const { events } = params.values;
  const param = "events";
  if (!Array.isArray(events) || events.length === 0) {
    throw invalid("Missing required param: events.", { param, code: "parameter_missing" });
  }
  if (events.length > MAX_STREAM) {
    throw invalid(`events has at most ${MAX_STREAM} items.`, { param });
  }
  return events.map((event: unknown, i) => {
    const at = `events[${i}]`;
    const isObject = typeof event === "object" && event !== null && !Array.isArray(event);
    if (!isObject) throw invalid(`Invalid object: ${at}`, { param: at });
    return eventFromV2({ values: event as Record<string, unknown>, at });
  });
}

/** An event that was recorded: under which identifier, of which time, and when it came. */
export type Recorded = {
  event: MeterEvent;
  identifier: string;
  atMs: number;
  receivedMs: number;
  live: boolean;
};

/** As a v1 call is answered. */
export function showEvent({ event, identifier, atMs, receivedMs, live }: Recorded) {
  return {
    object: "billing.meter_event",
    created: secondsOf(receivedMs),
    event_name: event.eventName,
    identifier,
    livemode: live,
    payload: event.payload,
    timestamp: secondsOf(atMs),
  };
}

/** As a v2 call is answered. */
export function showEventV2({ event, identifier, atMs, receivedMs, live }: Recorded) {
  return {
    object: "v2.billing.meter_event",
    created: timeText(receivedMs),
    event_name: event.eventName,
    identifier,
    livemode: live,
    payload: event.payload,
    timestamp: timeText(atMs),
  };
}

/** Whole seconds since 1970. */
export function secondsOf(ms: number): number {
  return Math.floor(ms / SECOND_MS);
}

/** What is to be taken back. */
export type Adjustment = { eventName: string; identifier: string };

/** The adjustment of a v1 or v2 call; of both, only one event can be taken back. Errors: 400. */
export function adjustmentFrom(params: Params): Adjustment {
  insistKnown(params, ["event_name", "type", "cancel"]);
  const eventName = neededText(params, "event_name", MAX_NAME);
  const type = neededText(params, "type", 100);
  if (type !== "cancel") throw invalid("Invalid type: must be one of cancel", { param: "type" });
  const cancel = fieldsOf(params, "cancel") ?? paramsOf({});
  const named = { ...cancel, at: "cancel" };
  insistKnown(named, ["identifier"]);
  return { eventName, identifier: neededText(named, "identifier", MAX_CANCELLED) };
}

/** An adjustment as a v1 call is answered. */
export function showAdjustment({ eventName, identifier }: Adjustment, live: boolean) {
  return {
    object: "billing.meter_event_adjustment",
    cancel: { identifier },
    event_name: eventName,
    livemode: live,
    status: "complete",
    type: "cancel",
  };
}

/** An adjustment as a v2 call is answered. */
export function showAdjustmentV2(
  adjustment: Adjustment,
  { id, atMs, live }: { id: string; atMs: number; live: boolean },
) {
  return {
    ...showAdjustment(adjustment, live),
    id,
    object: "v2.billing.meter_event_adjustment",
    created: timeText(atMs),
  };
}
