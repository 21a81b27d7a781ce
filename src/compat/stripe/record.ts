/** Recording meter events: whose usage they are, by which meters they count, and what became. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import { SECOND_MS, timeText } from "../../core/time.ts";
import { eventOf } from "../../metering/event/line.ts";
import { foreignId } from "../../metering/intake/foreign.ts";
import type { Result } from "../../metering/intake/format.ts";
import { EVERY_TENANT, rulesOfType, type UsageRule } from "../../metering/intake/rule.ts";
import { forgetRules, rulesFor } from "../../metering/intake/rule-store.ts";
import { findEvent } from "../../metering/read/event.ts";
import type { Accepted } from "../../metering/record/record.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { recordEvents, type Told } from "../common/record.ts";
import { type Whose, whoseAre } from "../common/whose.ts";
import { errorOf, invalid, KEY_REUSED, missing, StripeProblem } from "./error.ts";
import type { MeterEvent, Recorded } from "./event.ts";
import { customerKeyOf } from "./meter.ts";

/** The source of all events that come this way. */
export const SOURCE = "stripe";
/** Bytes of a payload: what is kept of an event has 4,096. */
const MAX_PAYLOAD = 3_000;

/** A request's Idempotency-Key, or null. */
export type SentUnder = string | null;

/** An event on its way. */
type Sent = {
  event: MeterEvent;
  identifier: string;
  whose: Whose | Problem;
  /** The key of its payload that says whose it is. */
  customerKey: string;
};

/**
 * Records one event. The identifier of one that brings none is the Idempotency-Key. Sent again
 * under the same key it is answered as it was; another event with its identifier is refused.
 * Errors: 400, 429, 503.
 */
export async function recordEvent(
  env: Env,
  actor: Actor,
  event: MeterEvent,
  key: SentUnder,
): Promise<Recorded> {
  const sent = await sentOf(env, actor, [event], key);
  const results = await recordSent(env, sent, key);
  const [one] = sent;
  if (!one || one.whose instanceof Problem) throw one?.whose ?? new Error("no event");
  const [first] = acceptedOf(one, results[0] ?? [], key);
  if (!first) throw new Error("an event was recorded by no meter");
  const { actor: recorder } = one.whose;
  const times = await timesOf(env, recorder, one, first);
  return { event, identifier: one.identifier, ...times, live: recorder.mode === "live" };
}

/**
 * Records the events of a stream. One that is there already stays as it is. Errors: 400 naming each
 * that is refused, where the others count; 429, 503.
 */
export async function recordStream(
  env: Env,
  actor: Actor,
  events: readonly MeterEvent[],
): Promise<void> {
  const sent = await sentOf(env, actor, events, null);
  const results = await recordSent(env, sent, null);
  const refused = sent.flatMap((one, i) => {
    try {
      acceptedOf(one, results[i] ?? [], null);
      return [];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return [{ at: one.event.at, error: errorOf(error) }];
    }
  });
  const [first] = refused;
  if (!first) return;
  const named = refused.map(({ at, error }) => `${at}: ${error.message}`).join(" ");
  const count = refused.length;
  const { code, param = first.at } = first.error;
  throw invalid(
    `${count} of ${sent.length} events were refused, the others are counted. ${named}`,
    code === undefined ? { param } : { param, code },
  );
}

async function sentOf(
  env: Env,
  actor: Actor,
  events: readonly MeterEvent[],
  key: SentUnder,
): Promise<Sent[]> {
  const rules = await rulesOfNames(env, actor, events);
  const keys = events.map(({ eventName }) => customerKeyOf(rulesOfType(rules, eventName)[0]));
  const customers = events.map((event, i) => customerOf(event, keys[i] ?? ""));
  const names = customers.filter((customer) => typeof customer === "string");
  const whose = await whoseAre(env, actor, names);
  return events.map((event, i) => {
    const customer = customers[i] ?? "";
    const found = customer instanceof Problem ? customer : whose.get(customer);
    if (found === undefined) throw new Error("a customer was not looked up");
    const identifier = event.identifier ?? key ?? makeId("evt", actor.realMs);
    return { event, identifier, whose: found, customerKey: keys[i] ?? "" };
  });
}

/** When this isolate last read rules anew for a name without any, in real time. */
let rereadMs = 0;

/**
 * The rules by which what the actor sends is counted. Another isolate may just have made a meter
 * that this one does not know of: for a name without any they are read anew, once a second.
 */
async function rulesOfNames(
  env: Env,
  actor: Actor,
  events: readonly MeterEvent[],
): Promise<readonly UsageRule[]> {
  const rules = await rulesFor(env, actor);
  const areKnown = events.every(({ eventName }) => rulesOfType(rules, eventName).length > 0);
  if (areKnown || rereadMs + SECOND_MS > actor.realMs) return rules;
  rereadMs = actor.realMs;
  forgetRules(EVERY_TENANT);
  forgetRules(actor.tenantId);
  return rulesFor(env, actor);
}

/** Whose usage an event is, by the customer in its payload, or what is wrong with that. */
function customerOf({ at, payload }: MeterEvent, key: string): string | Problem {
  const param = at === "" ? "payload" : `${at}[payload]`;
  if (new TextEncoder().encode(JSON.stringify(payload)).length > MAX_PAYLOAD) {
    return invalid(`${param} has at most ${MAX_PAYLOAD} bytes.`, { param });
  }
  return payload[key] || missing(`${param}[${key}]`);
}

/** What Stripe says of an event's name that no active meter has. */
export function noMeter({ eventName }: Pick<MeterEvent, "eventName">): StripeProblem {
  return invalid(`No active meter found for event name "${eventName}".`, { param: "event_name" });
}

/** Where an event stands in its request, as a pointer. */
function placeOf({ at }: MeterEvent): string {
  return at === "" ? "" : `/${at.replace(/\[(\d+)\]/, "/$1")}`;
}

/**
 * The event as rules read it. Whose it is was decided: the customer is no user to them. The key is
 * a part of it, so that a second event is told apart.
 */
function ruleEventOf({ event, identifier, customerKey }: Sent, key: SentUnder) {
  const { eventName, payload, timestampMs } = event;
  const { [customerKey]: customer, ...data } = payload;
  const under = key === null || event.identifier === null ? {} : { stripe_idempotency_key: key };
  return {
    at: placeOf(event),
    dataAt: "/payload",
    id: identifier,
    source: SOURCE,
    type: eventName,
    timestamp: timestampMs === null ? null : timeText(timestampMs),
    data,
    more: { ...under, [customerKey]: customer },
  };
}

/** What marks the refusal of an event without a meter. */
const NAME_AT = "/event_name";

/** What became of each event. Errors: 429 and 503, where all is to be sent again. */
async function recordSent(
  env: Env,
  sent: readonly Sent[],
  key: SentUnder,
): Promise<readonly Result[][]> {
  const told = sent.map((one): Told => ({ event: ruleEventOf(one, key), whose: one.whose }));
  const { results, postponed } = await recordEvents(env, told, ({ at }) => ({
    at: at + NAME_AT,
    code: "request.invalid",
    detail: "no active meter has this name",
  }));
  if (postponed) throw postponed;
  return results;
}

/** The outcomes of an event that all its meters took. Errors: 400 for the first that refused it. */
function acceptedOf(
  { whose, event, identifier }: Sent,
  results: readonly Result[],
  key: SentUnder,
): Accepted[] {
  if (whose instanceof Problem) throw whose;
  return results.map(({ at, outcome }) => {
    if (outcome.outcome !== "refused") return outcome;
    const { code, detail } = outcome;
    if (code === "usage.conflict") throw conflict(event, identifier, key);
    if (at.endsWith(NAME_AT)) throw noMeter(event);
    const errors = [{ pointer: at, detail }];
    const { param, ...error } = errorOf(new Problem(code, detail, { errors }));
    if (param === undefined) throw new StripeProblem(error);
    throw new StripeProblem({ ...error, message: `Invalid ${param}: ${detail}`, param });
  });
}

/** Another event has the identifier; or the key, where that is the identifier. */
function conflict(event: MeterEvent, identifier: string, key: SentUnder): StripeProblem {
  if (event.identifier === null && key !== null) {
    return new StripeProblem({ status: 400, type: "idempotency_error", message: KEY_REUSED });
  }
  return invalid(`An event already exists with identifier ${identifier}.`);
}

/** The times of the event as it was recorded first. */
async function timesOf(
  env: Env,
  recorder: Actor,
  { event, identifier }: Sent,
  { outcome, id, event: shown }: Accepted,
): Promise<{ atMs: number; receivedMs: number }> {
  if (shown) return shown;
  const { nowMs, tenantId } = recorder;
  if (outcome === "accepted") return { atMs: event.timestampMs ?? nowMs, receivedMs: nowMs };
  const { tuple } = await findEvent(env, tenantId, SOURCE, id || foreignId(identifier));
  return eventOf(tuple);
}
