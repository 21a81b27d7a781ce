/** Lago's events: recorded by usage rules, found and listed. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow, insistReach } from "../../accounts/guard/guard.ts";
import { Problem } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { eventOf, type Line } from "../../metering/event/line.ts";
import { AHEAD_MS, BACK_MS } from "../../metering/event/window.ts";
import {
  foreignId,
  foreignSource,
  foreignTime,
  isFields,
  Unfit,
} from "../../metering/intake/foreign.ts";
import type { Result } from "../../metering/intake/format.ts";
import { itemsOf, lacksValue, rawItemOf, type UsageRule } from "../../metering/intake/rule.ts";
import { rulesForAll } from "../../metering/intake/rule-store.ts";
import { type EventFilter, listEvents } from "../../metering/read/event.ts";
import { userOf } from "../../metering/read/reader.ts";
import { readJson } from "../common/dialect.ts";
import { recordEvents, warn } from "../common/record.ts";
import type { Whose } from "../common/whose.ts";
import { type Details, type Faults, invalid, lacking } from "./errors.ts";
import {
  eventOfStored,
  isSource,
  type LagoEvent,
  type Placed,
  readEvent,
  ruleEventOf,
  showEvent,
  sourceOf,
} from "./event.ts";
import { askedPage, metaOf } from "./page.ts";
import { objectIn, queryOf, type Route } from "./route.ts";
import { uuidOf } from "./uuid.ts";
import { subscribersOf } from "./whose.ts";

const MAX_EVENTS = 5_000;
const MAX_BYTES = 2_000_000;

type Call = Context<AppEnv>;

/** An event, and whose it is. */
type Addressed = { event: LagoEvent; whose: Whose };

async function createEvent(c: Call): Promise<Response> {
  const actor = allow(c, "usage.write", "tenants");
  const read = readEvent(await objectIn(c, "event", MAX_BYTES));
  if ("faults" in read) throw invalid(read.faults, "the event lacks what `error_details` names");
  const [shown] = await record(c, actor, [read.event], (details) => details["0"] as Faults);
  return c.json({ event: shown });
}

async function createBatch(c: Call): Promise<Response> {
  const actor = allow(c, "usage.write", "tenants");
  const body = await readJson(c, MAX_BYTES);
  const events = isFields(body) && Array.isArray(body.events) ? body.events : [];
  if (events.length === 0) throw invalid({ events: ["no_events"] }, "send events in `events`");
  if (events.length > MAX_EVENTS) {
    const detail = `a batch has at most ${MAX_EVENTS} events, this one ${events.length}`;
    throw invalid({ events: ["too_many_events"] }, detail);
  }
  const reads = events.map(readEvent);
  const details: Details = {};
  const whole: LagoEvent[] = [];
  for (const [i, read] of reads.entries()) {
    if ("faults" in read) details[i] = read.faults;
    else whole.push(read.event);
  }
  insistNone(details, (all) => all);
  return c.json({ events: await record(c, actor, whole, (all) => all) });
}

/** Refuses all of a request where anything in it is malformed. */
function insistNone(details: Details, shown: (details: Details) => Details): void {
  const count = Object.keys(details).length;
  if (count === 0) return;
  throw invalid(shown(details), "nothing was recorded: correct what `error_details` names");
}

/**
 * Records events and shows them. What is malformed, too old or nobody's refuses all of them; what
 * a meter refuses (a used id, a limit) only itself, and the answer is 422 with the others counted.
 */
async function record(
  c: Call,
  actor: Actor,
  events: readonly LagoEvent[],
  shown: (details: Details) => Details,
): Promise<object[]> {
  const addressed = await addressedOf(c, actor, events);
  const [first] = addressed;
  if (events.length === 1 && first instanceof Problem) throw first;
  insistNone(await malformedIn(c, addressed), shown);
  const whole = addressed.flatMap((one) => (one instanceof Problem ? [] : [one]));
  const told = whole.map(({ event, whose }, i) => ({ event: ruleEventOf(event, `/${i}`), whose }));
  const { results, postponed } = await recordEvents(c.env, told);
  if (postponed) throw postponed;
  warn(c, results);
  const refused: Details = {};
  const answers = whole.map((one, i) => {
    const own = results[i] ?? [];
    const faults = refusalIn(own);
    if (faults) refused[i] = faults;
    return shownOf(actor, one, own);
  });
  if (Object.keys(refused).length === 0) return answers;
  const detail = "the events that `error_details` names were refused, all others count";
  throw invalid(shown(refused), detail);
}

/** Whose each event is, or why it is nobody's. */
async function addressedOf(
  c: Call,
  actor: Actor,
  events: readonly LagoEvent[],
): Promise<(Addressed | Problem)[]> {
  const names = new Set(events.map(({ subscription }) => subscription));
  const subscribers = await subscribersOf(c.env, actor, [...names]);
  return events.map((event) => {
    const whose = subscribers.get(event.subscription);
    if (whose === undefined) throw new Error("a subscription was not looked up");
    return whose instanceof Problem ? whose : { event, whose };
  });
}

/** What is wrong with events before any meter is asked, by their indexes. */
async function malformedIn(c: Call, addressed: readonly (Addressed | Problem)[]): Promise<Details> {
  const recorders = new Map<string, Actor>();
  for (const one of addressed) {
    if (!(one instanceof Problem)) recorders.set(one.whose.actor.tenantId, one.whose.actor);
  }
  const rulesOf = await rulesForAll(c.env, [...recorders.values()]);
  const malformed: Details = {};
  for (const [i, one] of addressed.entries()) {
    const faults =
      one instanceof Problem
        ? faultsOfWhose(one)
        : faultsOf(one, rulesOf.get(one.whose.actor.tenantId) ?? []);
    if (faults) malformed[i] = faults;
  }
  return malformed;
}

function faultsOfWhose({ status }: Problem): Faults {
  const code = status === 404 ? "subscription_not_found" : "forbidden";
  return { external_subscription_id: [code] };
}

function faultsOf({ event, whose }: Addressed, rules: readonly UsageRule[]): Faults | null {
  const incoming = { ...ruleEventOf(event, ""), user: whose.userId };
  const ruled = itemsOf(rules, incoming);
  const items = ruled.length > 0 ? ruled : [rawItemOf(incoming)];
  const isCounted = items.some((item) => "item" in item);
  for (const item of items) {
    if ("item" in item || (isCounted && lacksValue(item.detail))) continue;
    return faultAt(item.at);
  }
  const atMs = event.timestamp === null ? null : parseTime(event.timestamp);
  const { nowMs } = whose.actor;
  if (atMs === null) return null;
  if (atMs < nowMs - BACK_MS) return { timestamp: ["event_too_old"] };
  return atMs > nowMs + AHEAD_MS ? { timestamp: ["event_in_future"] } : null;
}

/** What a rule could not read: a property of the event, or its code where that is no name. */
function faultAt(at: string): Faults {
  const [, part, property] = at.split("/");
  return { [part === "properties" ? (property ?? part) : "code"]: ["value_is_invalid"] };
}

/** How Lago says what a meter refused. */
const REFUSALS: Readonly<Record<string, Faults>> = {
  "usage.conflict": { transaction_id: ["value_already_exist"] },
  "usage.event_too_old": { timestamp: ["event_too_old"] },
  "usage.event_in_future": { timestamp: ["event_in_future"] },
  "usage.metric_undeclared": { code: ["value_is_invalid"] },
  "request.invalid": { properties: ["value_is_invalid"] },
};

/** Why an event is refused; a value that one of several metrics does not find is no reason. */
function refusalIn(results: readonly Result[]): Faults | null {
  const isCounted = results.some(({ outcome }) => outcome.outcome !== "refused");
  for (const { outcome } of results) {
    if (outcome.outcome !== "refused") continue;
    const { code, detail } = outcome;
    if (isCounted && lacksValue(detail)) continue;
    return REFUSALS[code] ?? { event: [code.slice(code.indexOf(".") + 1)] };
  }
  return null;
}

function shownOf(actor: Actor, { event, whose }: Addressed, results: readonly Result[]): object {
  const { nowMs } = whose.actor;
  const outcomes = results.map(({ outcome }) => outcome);
  const counted = outcomes.find((outcome) => outcome.outcome !== "refused");
  const taken = counted?.event ?? null;
  const givenMs = event.timestamp === null ? null : parseTime(event.timestamp);
  const atMs = taken?.atMs ?? givenMs ?? nowMs;
  const createdMs = taken?.receivedMs ?? nowMs;
  return showEvent(event, placedIn(actor, whose), { atMs, createdMs });
}

function placedIn(actor: Actor, { actor: { tenantId }, userId }: Whose): Placed {
  const isCustomer = tenantId !== actor.tenantId && userId === null;
  return { tenantId, customerUuid: isCustomer ? uuidOf(tenantId) : null };
}

/** Lago's fees of events that are paid in advance: no plan here has any. */
async function estimateFees(c: Call): Promise<Response> {
  allow(c, "usage.read", "tenants");
  await objectIn(c, "event");
  return c.json({ fees: [] });
}

/** Whose events are read, and which of them. */
type Sought = {
  whose: Whose;
  filter: EventFilter;
  isOurs: (source: string) => boolean;
  /** The subscription that is asked for, where one is. */
  named: string | null;
};

async function soughtIn(c: Call, query: URLSearchParams): Promise<Sought> {
  const actor = allow(c, "usage.read", "tenants");
  const named = query.get("external_subscription_id") || null;
  const whose = await readerOf(c, actor, named);
  const source = named === null ? null : foreignSource(sourceOf(named));
  const filter: EventFilter = {
    metric: query.get("code") || null,
    userId: userOf(whose.actor, whose.userId ?? undefined),
    source,
    startMs: timeIn(query, "timestamp_from") ?? 0,
    endMs: (timeIn(query, "timestamp_to") ?? Number.MAX_SAFE_INTEGER - 1) + 1,
  };
  const isOurs = (found: string) => found === source || isSource(found);
  return { whose, filter, isOurs, named };
}

async function readerOf(c: Call, actor: Actor, named: string | null): Promise<Whose> {
  if (named === null) {
    insistReach(actor, actor.tenantId);
    return { actor, userId: null };
  }
  const whose = (await subscribersOf(c.env, actor, [named])).get(named);
  if (!whose || whose instanceof Problem) throw whose ?? lacking("subscription");
  return whose;
}

function timeIn(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  try {
    return parseTime(foreignTime("", text));
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw invalid({ [name]: ["invalid_date"] }, `${name} ${error.message}`);
  }
}

/** Reads of the ledger that one request makes, each of a bounded number of segments. */
const MAX_READS = 8;
/** Events that one of them answers. */
const AT_ONCE = 10_000;
/** How deep a page of events may lie. */
const MAX_DEPTH = 10_000;

/** The lines for which `isWanted` holds, newest first, until there are `most`. */
async function linesOf(
  c: Call,
  { whose, filter, isOurs }: Sought,
  most: number,
  isWanted: (line: Line) => boolean = () => true,
): Promise<{ lines: Line[]; isWhole: boolean }> {
  const lines: Line[] = [];
  let beforeSeq = Number.MAX_SAFE_INTEGER;
  for (let reads = 0; reads < MAX_READS && lines.length < most; reads++) {
    const page = { beforeSeq, limit: AT_ONCE };
    const {
      lines: read,
      voided,
      next,
    } = await listEvents(c.env, whose.actor.tenantId, filter, page);
    for (const line of read) {
      const isListed = !voided.has(line.seq) && isOurs(eventOf(line.tuple).source);
      if (isListed && isWanted(line)) lines.push(line);
    }
    if (next === null) return { lines: lines.slice(0, most), isWhole: lines.length <= most };
    beforeSeq = next;
  }
  return { lines: lines.slice(0, most), isWhole: false };
}

async function listAll(c: Call): Promise<Response> {
  const query = queryOf(c);
  const page = askedPage(query);
  const sought = await soughtIn(c, query);
  const end = page.offset + page.size;
  if (end > MAX_DEPTH) {
    const detail = `a page of events is one of the first ${MAX_DEPTH}; narrow the time`;
    throw invalid({ page: ["value_is_too_large"] }, detail);
  }
  const { lines, isWhole } = await linesOf(c, sought, end + 1);
  if (!isWhole && lines.length <= end) {
    const detail = "there is too much usage to look through; narrow the time";
    throw invalid({ timestamp_from: ["value_is_mandatory"] }, detail);
  }
  const events = lines.slice(page.offset, end).map((line) => storedShown(c, line, sought));
  return c.json({ events, meta: metaOf(page, lines.length) });
}

const FIND_BY = ": name its external_subscription_id in the query, or its tenant in BoxCost-Tenant";

async function findEvent(c: Call, id: string): Promise<Response> {
  const sought = await soughtIn(c, queryOf(c));
  const isIt = ({ tuple }: Line) => {
    const event = eventOf(tuple);
    return event.id === foreignId(id) || event.id === foreignId(`${id}:${event.metric}`);
  };
  const { lines } = await linesOf(c, sought, 1, isIt);
  const [line] = lines;
  if (!line) throw lacking("event", FIND_BY);
  return c.json({ event: storedShown(c, line, sought) });
}

function storedShown(c: Call, { tuple }: Line, { whose, named }: Sought): object {
  const stored = eventOf(tuple);
  const times = { atMs: stored.atMs, createdMs: stored.receivedMs };
  return showEvent(eventOfStored(stored, named), placedIn(c.var.actor, whose), times);
}

export const eventRoutes: readonly Route[] = [
  { method: "POST", path: /^\/events\/estimate_fees$/, answer: estimateFees },
  { method: "GET", path: /^\/events$/, answer: listAll },
  { method: "GET", path: /^\/events\/(.+)$/, answer: findEvent },
];

/** What records: before it stands nothing but the guard. */
export const recordingRoutes: readonly Route[] = [
  { method: "POST", path: /^\/events$/, answer: createEvent },
  { method: "POST", path: /^\/events\/batch$/, answer: createBatch },
];
