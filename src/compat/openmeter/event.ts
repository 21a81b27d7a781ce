/** OpenMeter's events: CloudEvents 1.0 with a subject, one or many in a body. Pure. */
import { Problem } from "../../core/errors.ts";
import { isLine } from "../../core/line-text.ts";
import { MAX_NAME } from "../../metering/event/item.ts";
import { BATCH, extensionsOf, ONE } from "../../metering/intake/cloud-event.ts";
import {
  type Fields,
  foreignTime,
  hashName,
  isFields,
  isGiven,
  Unfit,
} from "../../metering/intake/foreign.ts";
import { insistFew } from "../../metering/intake/format.ts";
import type { RuleEvent } from "../../metering/intake/rule.ts";
import { parseBody } from "../../platform/http/http.ts";
import type { Unreadable } from "../common/record.ts";

export const MAX_EVENTS = 5_000;
/** The sources of its events have this before them, so that their ids are nobody else's. */
export const SOURCE_PREFIX = "openmeter:";

const EITHER = "application/json";

/** An event as it was read, with the subject that says whose it is. */
export type Read =
  | { event: Omit<RuleEvent, "user">; subject: string }
  | { event: Unreadable; subject: null };

/**
 * The events of a body, each read or with what is wrong with it. Errors: 415 for another content
 * type, 400 for what is no JSON, 413 for too many events.
 */
export function eventsIn(type: string, text: string): Read[] {
  if (type !== ONE && type !== BATCH && type !== EITHER) {
    const detail = `send ${ONE}, ${BATCH} or ${EITHER}`;
    throw new Problem("request.unsupported_media_type", detail);
  }
  const body = parseBody(text);
  if (!Array.isArray(body)) {
    if (type === BATCH) throw new Problem("request.invalid", `${BATCH} is an array of events`);
    return [read("", body)];
  }
  if (type === ONE) throw new Problem("request.invalid", `${ONE} is one event, an object`);
  insistFew(body.length, MAX_EVENTS);
  return body.map((event, i) => read(`/${i}`, event));
}

function read(at: string, event: unknown): Read {
  try {
    return readOne(at, event);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const { code, message: detail } = error;
    return { event: { at: at + error.at, code, detail }, subject: null };
  }
}

function readOne(at: string, event: unknown): Read {
  if (!isFields(event)) throw new Unfit("", "is a CloudEvent: a JSON object");
  if (event.specversion !== undefined && event.specversion !== "1.0") {
    throw new Unfit("/specversion", 'is "1.0"');
  }
  const id = required(event, "id");
  const source = required(event, "source");
  const type = required(event, "type");
  const subject = required(event, "subject");
  if (isGiven(event.data_base64)) {
    throw new Unfit("/data_base64", "is not read; send data as JSON", "request.unreadable");
  }
  const { datacontenttype: content } = event;
  if (isGiven(content) && !(typeof content === "string" && /^application\/json\b/.test(content))) {
    throw new Unfit("/datacontenttype", `is ${EITHER}`);
  }
  const timestamp = isGiven(event.time) ? foreignTime("/time", event.time) : null;
  const more = extensionsOf(event, "dataschema");
  const named = { at, dataAt: "/data", id, source: sourceOf(source), type, timestamp };
  return { event: { ...named, data: event.data, more }, subject };
}

/** A source with what sets it apart, as its hash where it is too long or not one line. */
export function sourceOf(source: string): string {
  const isName = isLine(source, MAX_NAME - SOURCE_PREFIX.length);
  return SOURCE_PREFIX + (isName ? source : hashName(source));
}

/** An attribute that has to be there. Errors: `Unfit`. */
function required(event: Fields, name: string): string {
  const value = event[name];
  if (typeof value === "string" && value !== "") return value;
  throw new Unfit(`/${name}`, "is required: a text that is not empty");
}
