/**
 * Recording: the verb behind both recording routes and `recordUsage`. Checks items, prepares one
 * batch, asks the meter, and says what became of each item.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { type Confinement, mayDo } from "../../accounts/actor/confinement.ts";
import { BUDGETS, reachedText } from "../../core/budget.ts";
import { type ErrorCode, type FieldError, Problem } from "../../core/errors.ts";
import { lazy } from "../../core/lazy.ts";
import { quantityJson } from "../../core/quantity.ts";
import { remembered } from "../../core/recent.ts";
import { SECOND_MS, timeText } from "../../core/time.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { count } from "../../platform/watch/counts.ts";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { MAX_COUNTER_VALUES, MAX_METER_CELLS, MAX_METER_VALUES } from "../counter/room.ts";
import type { Alert, Counter } from "../counter/terms.ts";
import { type Item, itemOf, MAX_ID } from "../event/item.ts";
import { DEFAULT_SOURCE, type Event, eventOf, parseLine } from "../event/line.ts";
import { AHEAD_MINUTES, AHEAD_MS, BACK_DAYS, BACK_MS } from "../event/window.ts";
import { readLedgerLine } from "../ledger/ledger.ts";
import { readStore } from "../ledger/watermark.ts";
import type { Prepared } from "../meter/batch.ts";
import { type Batch, crossing, singleAsText, UNPREPARED } from "../meter/batch.ts";
import { isHalted, isThrottled, meterOf, type SeenStart } from "../meter/meter.ts";
import { type Reply, replyOf, STATUS, type Undeclared } from "../meter/reply.ts";
import { BatchBuilder } from "./prepare.ts";
import { seenBeside } from "./starts.ts";

/** Who records: a tenant, at its time, for a user. */
export type Recorder = Pick<Actor, "tenantId" | "nowMs" | "userId" | "role" | "eventsLeft"> & {
  /** What its key is confined to; to nothing unless given. */
  confinement?: Confinement | null;
  /** What the tenant may record a minute; unbounded unless given. */
  eventsPerMinute?: number | null;
  /** How many metrics of its own the tenant may have; the default unless given. */
  metricNames?: number;
  /** What the ledger has of the tenant, where its meter may have to know that first. */
  seen?: SeenStart | undefined;
  /** The same, as it was read beside whose key it is. */
  beside?: Actor["beside"];
  /** Events may be as old as this; as old as the window unless given. */
  oldestMs?: number;
};

export type Accepted = {
  outcome: "accepted" | "duplicate";
  id: string;
  source: string;
  seq: number;
  alerts: readonly Alert[];
  /** What was taken of a single or capped event; of a repeated single one, the first event. */
  event: Pick<Event, "metric" | "micro" | "atMs" | "receivedMs"> | null;
  /** The first of a batch that has a metric which nobody declared and no plan prices. */
  undeclared?: Undeclared;
  /** Whose it is, in a batch over tenants. */
  tenant?: string;
};
export type Refused = {
  outcome: "refused";
  id: string | null;
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
  remainingMicro?: bigint;
};
export type Outcome = Accepted | Refused;

// What each tenant's meter last said of its windows and counters.
const preparedByTenant = new Map<string, Prepared>();
const MAX_PREPARED = 2_000;

/** What a tenant's meter last said of its windows and counters, as far as this instance knows. */
export function preparedOf(tenant: string): Prepared {
  return preparedByTenant.get(tenant) ?? UNPREPARED;
}

function remember(tenant: string, prepared: Prepared): void {
  if (preparedByTenant.size >= MAX_PREPARED) preparedByTenant.clear();
  preparedByTenant.set(tenant, prepared);
}

/** An item by its position: a parsed value, or text that is no JSON. */
export type Raw = { value: unknown } | { unreadable: string };

/** Checked items: those that go to the meter, and what is already decided about the others. */
export type Checked = {
  batch: Batch;
  ready: Item[];
  ids: string[];
  positions: number[];
  outcomes: (Outcome | null)[];
  /** True for a single event, of which the answer shows more. */
  alone: boolean;
};

/** Says what is wrong with an item: most requests are without such a one, and need no schemas. */
export const loadItemSchema = lazy(() => import("../event/item-schema.ts"));

/** Checks items and prepares their batch. `nameId` gives the id of an item that brings none. */
export async function checkItems(
  recorder: Recorder,
  items: readonly Raw[],
  nameId: (position: number) => string | null,
  prepared = preparedOf(recorder.tenantId),
): Promise<Checked> {
  const builder = new BatchBuilder(recorder.nowMs, items.length, prepared);
  const checked = { ready: [] as Item[], ids: [] as string[], positions: [] as number[] };
  const invalid: number[] = [];
  const outcomes = items.map((raw, position): Outcome | null => {
    if ("unreadable" in raw) {
      return refusal(null, "request.unreadable", raw.unreadable);
    }
    const item = itemOf(raw.value);
    if (!item) {
      invalid.push(position);
      return null;
    }
    const fault = faultOf(recorder, item, builder);
    if (fault) return fault;
    const id = item.id ?? nameId(position) ?? makeId("evt", recorder.nowMs);
    builder.add({ item, id, userId: item.userId ?? recorder.userId });
    checked.ready.push(item);
    checked.ids.push(id);
    checked.positions.push(position);
    return null;
  });
  if (invalid.length > 0) {
    const { itemProblem } = await loadItemSchema();
    for (const position of invalid) {
      const { value } = items[position] as { value: unknown };
      outcomes[position] = refusedInvalid(value, itemProblem);
    }
  }
  const batch = { ...builder.build(), metricNames: mostNames(recorder) };
  return { ...checked, batch, outcomes, alone: batch.n === 1 };
}

/** How many metrics of its own the tenant may have. */
export function mostNames({
  metricNames = BUDGETS.metric_names.limit,
}: Pick<Recorder, "metricNames">): number {
  return metricNames;
}

function refusal(id: string | null, code: ErrorCode, detail: string): Refused {
  return { outcome: "refused", id, code, detail };
}

const NAMES_TENANT =
  "an item names a tenant only in a batch, with a key of the operator, and without BoxCost-Tenant";

/** The message of an item that the hand-written check turned down. */
function refusedInvalid(value: unknown, problemOf: (value: unknown) => Problem): Refused {
  if (tenantIn(value) !== undefined) {
    return refusal(idIn(value), "auth.not_for_tenant", NAMES_TENANT);
  }
  const problem = problemOf(value);
  return {
    ...refusal(idIn(value), problem.code, problem.message),
    errors: problem.extra.errors ?? [],
  };
}

/** The tenant that an item names, whatever it is; undefined where it names none. */
export function tenantIn(value: unknown): unknown {
  return (value as { tenant?: unknown } | null)?.tenant;
}

/** The id that an item brings, to answer it by; null where it brings none. */
export function idIn(value: unknown): string | null {
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === "string" ? id.slice(0, MAX_ID) : null;
}

/** What an item is refused for before the meter is asked, or null. */
export function faultOf(recorder: Recorder, item: Item, builder: BatchBuilder): Refused | null {
  const { atMs, userId, id } = item;
  const { nowMs } = recorder;
  const oldestMs = recorder.oldestMs ?? nowMs - BACK_MS;
  if (atMs !== null && atMs < oldestMs) {
    const oldest = timeText(oldestMs);
    return refusal(
      id,
      "usage.event_too_old",
      `timestamp is before ${oldest}, ${BACK_DAYS} days back`,
    );
  }
  if (atMs !== null && atMs > nowMs + AHEAD_MS) {
    const newest = timeText(nowMs + AHEAD_MS);
    return refusal(
      id,
      "usage.event_in_future",
      `timestamp is after ${newest}, ${AHEAD_MINUTES} minutes ahead`,
    );
  }
  const others = userId !== null && userId !== recorder.userId;
  if (others && !mayDo(recorder, "usage.for_others")) {
    return refusal(id, "auth.forbidden", "this key records only for its own user");
  }
  const counter = builder.lacksProperty(item);
  return counter && lacking(id, item.metric, counter);
}

/** The refusal of an event without the property that its metric counts. */
function lacking(id: string | null, metric: string, counter: Counter | undefined): Refused {
  const property = counter?.property ?? "";
  const need = counter && AGGREGATIONS[counter.aggregation].needsProperty;
  const detail = need?.lacking(metric, property) ?? `${metric} counts a property of the metadata`;
  const pointer = `/metadata/${property}`;
  return {
    ...refusal(id, "request.invalid", detail),
    errors: [{ pointer, detail: "is required" }],
  };
}

/** Records checked items; the outcomes stand in the order of the items. */
export async function recordChecked(
  env: Env,
  recorder: Recorder,
  checked: Checked,
): Promise<Outcome[]> {
  const reply = await askChecked(env, recorder, checked);
  return outcomesOf(env, recorder, checked, reply);
}

/** Records checked items; the meter's reply, or null where there is nothing to ask it. */
export async function askChecked(
  env: Env,
  recorder: Recorder,
  { batch, alone }: Pick<Checked, "batch" | "alone">,
): Promise<Reply | null> {
  return batch.n > 0 ? askMeter(env, recorder, batch, alone) : null;
}

/** True where every item was accepted and there is no more to say than its sequence. */
export function areAllAccepted({ outcomes, batch }: Checked, reply: Reply | null): reply is Reply {
  return reply?.statuses === null && batch.n === outcomes.length;
}

/** What became of each item. */
export async function outcomesOf(
  env: Env,
  recorder: Recorder,
  checked: Checked,
  reply: Reply | null,
): Promise<Outcome[]> {
  const outcomes = [...checked.outcomes];
  if (!reply) return outcomes as Outcome[];
  const single = checked.alone ? await firstEvent(env, recorder, reply) : null;
  const limits = new Map(reply.limited.map((limit) => [limit.index, limit]));
  const meant = meantOf(reply);
  const answered = { recorder, checked, reply, limits, meant, single };
  checked.positions.forEach((position, index) => {
    outcomes[position] = outcomeOf(answered, index);
  });
  for (const { index, alert } of reply.alerts) {
    const outcome = outcomes[checked.positions[index] ?? -1];
    if (outcome?.outcome === "accepted") outcome.alerts = [...outcome.alerts, alert];
  }
  for (const undeclared of reply.undeclared) {
    const index = checked.ready.findIndex(
      ({ metric }, at) => metric === undeclared.metric && isTaken(outcomes, checked, at),
    );
    const outcome = outcomes[checked.positions[index] ?? -1];
    if (outcome && outcome.outcome !== "refused") outcome.undeclared = undeclared;
  }
  return outcomes as Outcome[];
}

function isTaken(
  outcomes: readonly (Outcome | null)[],
  { positions }: Checked,
  index: number,
): boolean {
  return outcomes[positions[index] ?? -1]?.outcome !== "refused";
}

/**
 * Asks the meter to record; `asText` for a single event, which then costs it less. Errors: 429
 * over the events that it may record a minute, 503 `usage.unavailable` where it is halted.
 */
export async function askMeter(
  env: Env,
  recorder: Recorder,
  batch: Batch,
  asText = false,
): Promise<Reply> {
  const { tenantId: tenant, nowMs, eventsPerMinute = null } = recorder;
  const seen = recorder.seen ?? seenBeside(tenant, recorder.beside);
  const meter = meterOf(env, tenant);
  // What is seen of the ledger crosses beside the batch.
  const isText = asText && seen === undefined;
  const answer = isText
    ? await meter.recordSingle(singleAsText({ tenant, batch, nowMs, eventsPerMinute }))
    : await meter.record(tenant, crossing(batch), nowMs, eventsPerMinute, seen);
  if (isThrottled(answer)) {
    countEvents("throttled", batch.n);
    throw overBudget(recorder, answer.retryAfterMs);
  }
  if (isHalted(answer)) {
    countEvents("halted", batch.n);
    throw paused();
  }
  const reply = replyOf(answer);
  countReply(batch.n, reply);
  if (reply.eventsLeft) recorder.eventsLeft = reply.eventsLeft;
  if (reply.prepared) remember(tenant, reply.prepared);
  return reply;
}

const seriesOf = remembered(10, (outcome) => `boxcostpro_usage_events_total{outcome="${outcome}"}`);

function countEvents(outcome: string, n: number): void {
  if (n > 0) count(seriesOf(outcome), n);
}

/** Counts, for whoever watches, what became of a batch's events. */
function countReply(n: number, { statuses }: Reply): void {
  count("boxcostpro_usage_batches_total");
  if (statuses === null) {
    countEvents("accepted", n);
    return;
  }
  let [accepted, duplicate] = [0, 0];
  for (const status of statuses) {
    if (status === STATUS.accepted) accepted++;
    else if (status === STATUS.duplicate) duplicate++;
  }
  countEvents("accepted", accepted);
  countEvents("duplicate", duplicate);
  countEvents("refused", statuses.length - accepted - duplicate);
}

function paused(): Problem {
  const detail = "recording is paused; send the same events again later";
  return new Problem("usage.unavailable", detail, { retryAfterSeconds: 60 });
}

/** The refusal of what is over the recorder's budget of events a minute, of which none is left. */
export function overBudget(
  recorder: Pick<Recorder, "eventsPerMinute" | "eventsLeft">,
  retryAfterMs: number,
): Problem {
  const { eventsPerMinute } = recorder;
  recorder.eventsLeft = { left: 0, fullMs: retryAfterMs };
  const detail = `this tenant may record ${eventsPerMinute} events a minute; send them again later`;
  return new Problem("request.rate_limited", detail, {
    retryAfterSeconds: Math.ceil(retryAfterMs / SECOND_MS),
  });
}

/** The first event of a single repeated one: from the object's log, else from the ledger. */
async function firstEvent(env: Env, recorder: Recorder, reply: Reply): Promise<Event | null> {
  const seq = reply.seqs?.[0] ?? 0;
  if (reply.statuses?.[0] !== STATUS.duplicate || seq === 0) return null;
  if (reply.firstLine !== null) return eventOf(parseLine(reply.firstLine));
  const tuple = await readLedgerLine(
    await readStore(env, recorder.tenantId),
    recorder.tenantId,
    seq,
  );
  return tuple && eventOf(tuple);
}

const NO_ALERTS: readonly Alert[] = [];

type Answered = {
  recorder: Recorder;
  checked: Checked;
  reply: Reply;
  limits: ReadonlyMap<number, Reply["limited"][number]>;
  meant: ReadonlyMap<string, string | null>;
  single: Event | null;
};

function outcomeOf(answered: Answered, index: number): Outcome {
  const { recorder, checked, reply, limits, meant, single } = answered;
  const item = checked.ready[index] as Item;
  const id = checked.ids[index] ?? "";
  const source = item.source ?? DEFAULT_SOURCE;
  const status = reply.statuses?.[index] ?? STATUS.accepted;
  const limited = limits.get(index);
  if (status === STATUS.accepted) {
    const seq = reply.seqs?.[index] ?? reply.firstSeq + index;
    const shown = checked.alone || limited !== undefined;
    const event = shown ? takenOf(recorder, item, limited?.takenMicro) : null;
    return { outcome: "accepted", id, source, seq, alerts: NO_ALERTS, event };
  }
  if (status === STATUS.duplicate) {
    const seq = reply.seqs?.[index] ?? 0;
    return { outcome: "duplicate", id, source, seq, alerts: NO_ALERTS, event: single };
  }
  const { metric } = item;
  return refusedBy(recorder, { id, metric, status, limited, meant: meant.get(metric) ?? null });
}

/** Of metrics that nobody declared, which one each may be meant as. */
export function meantOf({ undeclared }: Reply): ReadonlyMap<string, string | null> {
  return new Map(undeclared.map(({ metric, meant }) => [metric, meant]));
}

/** An event that a meter refused. */
export type Denied = {
  id: string;
  metric: string;
  status: number;
  limited: Reply["limited"][number] | undefined;
  /** The metric that its own may be meant as. */
  meant: string | null;
};

/** Why the meter refused an event. */
export function refusedBy(
  recorder: Pick<Recorder, "tenantId" | "metricNames">,
  { id, metric, status, limited, meant }: Denied,
): Refused {
  if (status === STATUS.conflict) {
    return refusal(id, "usage.conflict", `id ${id} was used for an event with another payload`);
  }
  if (status === STATUS.lacking) {
    const { counters } = preparedOf(recorder.tenantId);
    return lacking(id, metric, counters.get(metric));
  }
  if (status === STATUS.undeclared) {
    return refusal(id, "usage.metric_undeclared", refusedUndeclared(metric, meant));
  }
  if (status === STATUS.unnamed) {
    return refusal(id, "budget.reached", reachedText("metric_names", mostNames(recorder)));
  }
  if (status === STATUS.overflow) {
    const detail = `the window's ${metric} would pass 9223372036854.775807`;
    return refusal(id, "usage.quantity_overflow", detail);
  }
  if (status === STATUS.tooManyValues) {
    return refusal(id, "usage.too_many_values", tooManyValues(metric));
  }
  if (status === STATUS.tooManyMetrics) {
    return refusal(id, "usage.too_many_metrics", tooManyMetrics(metric));
  }
  const remaining = BigInt(limited?.remainingMicro ?? "0");
  const detail = `${metric} has a hard limit; ${quantityJsonText(remaining)} remain`;
  return { ...refusal(id, "usage.limit_reached", detail), remainingMicro: remaining };
}

function refusedUndeclared(metric: string, meant: string | null): string {
  const name = meant === null ? "the name" : `the name (did you mean ${meant}?)`;
  return (
    `nobody declared the metric ${metric}, no plan prices it, and this tenant's metrics are ` +
    `strict. Correct ${name}, declare it, or turn strict metrics off`
  );
}

function tooManyMetrics(metric: string): string {
  return (
    `there is no room for the metric ${metric}: a tenant has at most ${MAX_METER_CELLS} in the ` +
    "periods that usage can still reach. Send what differs as metadata of one metric"
  );
}

function tooManyValues(metric: string): string {
  return (
    `there is no room for another distinct value of ${metric}: a metric holds ` +
    `${MAX_COUNTER_VALUES} in a period, all of a tenant's ${MAX_METER_VALUES} together. Events ` +
    "of values that were counted before are taken; declare a metric of a property with fewer values"
  );
}

function takenOf(recorder: Recorder, item: Item, takenMicro: string | undefined) {
  const { metric, atMs, micro } = item;
  const { nowMs } = recorder;
  return { metric, micro: BigInt(takenMicro ?? micro), atMs: atMs ?? nowMs, receivedMs: nowMs };
}

function quantityJsonText(micro: bigint): string {
  return JSON.stringify(quantityJson(micro));
}

/** What is said of items that were left to the queue. */
export function laterOutcomes({ outcomes: decided, positions, ids }: Checked): Outcome[] {
  const outcomes = [...decided];
  for (const [index, position] of positions.entries()) {
    const id = ids[index] ?? "";
    outcomes[position] = { outcome: "accepted", id, source: "", seq: 0, alerts: [], event: null };
  }
  return outcomes as Outcome[];
}
