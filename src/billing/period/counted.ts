/** The counts that a period is billed by: the meter's, or the ledger's for an older window. */
import { type Cell, cellKey, emptyCell } from "../../metering/aggregation/cell.ts";
import { listMetrics, type Metric, readCatalogue } from "../../metering/catalogue/catalogue.ts";
import { addEvent, counterOf, levelOf, partAt } from "../../metering/counter/counter.ts";
import type { Count, Counter, Window } from "../../metering/counter/terms.ts";
import type { LineTuple } from "../../metering/event/line.ts";
import { archivedProblem } from "../../metering/ledger/archived.ts";
import { drained, freezeWindow, readCounts } from "../../metering/meter/meter.ts";
import { windowSeed } from "../../metering/meter/seed.ts";
import { listEvents } from "../../metering/read/event.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { BillingPeriod, Subscribed } from "../subscription/timeline.ts";
import type { Metrics } from "./statement.ts";
import { TERMS_BACK_MS, windowOf } from "./terms.ts";

/** Events that one read of the ledger takes. */
const PAGE_EVENTS = 5_000;

/** Counts up to the event `upToSeq`. */
export type Counted = { upToSeq: number; counts: Count[] };

type Period = { subscription: Subscribed; period: BillingPeriod };

/** A period's counts at its freeze: the same whenever asked again, whatever comes in later. */
export async function frozenCounts(
  env: Env,
  tenant: string,
  billed: Period,
  nowMs: number,
): Promise<Counted> {
  return periodCounts(env, tenant, billed, nowMs, (id) => freezeWindow(env, tenant, id));
}

/** A window's counts as they stand, late usage included; those of one metric where it is named. */
export async function liveCounts(
  env: Env,
  tenant: string,
  billed: Period,
  nowMs: number,
  metric?: string,
): Promise<Counted> {
  return periodCounts(env, tenant, billed, nowMs, async (id) => {
    const named = metric === undefined ? {} : { metric };
    return { upToSeq: 0, counts: await readCounts(env, tenant, { windowIds: [id], ...named }) };
  });
}

/** What the meter answers for a window that it keeps; the ledger's counts for an older one. */
async function periodCounts(
  env: Env,
  tenant: string,
  { subscription, period }: Period,
  nowMs: number,
  askMeter: (windowId: string) => Promise<Counted>,
): Promise<Counted> {
  // A period of no time has no window: nothing falls into it.
  if (period.startMs === period.endMs) return { upToSeq: 0, counts: [] };
  if (period.endMs > nowMs - TERMS_BACK_MS) return askMeter(period.id);
  return ledgerCounts(env, tenant, windowOf(subscription.log, period));
}

/**
 * A window's counts from the ledger alone: whole quarter-hours from rollups. `more` are events that
 * are counted as if the ledger had them.
 */
export async function ledgerCounts(
  env: Env,
  tenant: string,
  window: Window,
  more: readonly LineTuple[] = [],
): Promise<Counted> {
  const [counters, store] = await Promise.all([countersOf(env, tenant), drained(env, tenant)]);
  const { upToSeq, cells } = await windowSeed(store, { tenant, window, counters });
  const summed = new Map(cells.map((cell) => [cellKey(cell), cell]));
  addLines(summed, window, counters, more);
  return { upToSeq, counts: countsOf(window, [...summed.values()], counters) };
}

/** Adds the events that lie in a window to its cells. */
function addLines(
  cells: Map<string, Cell>,
  window: Window,
  counters: Counters,
  lines: readonly LineTuple[],
): void {
  for (const tuple of lines) {
    const [, metric, , atMs] = tuple;
    if (atMs < window.startMs || atMs >= window.endMs) continue;
    const position = { windowId: window.id, part: partAt(window, atMs), metric };
    const cell = cells.get(cellKey(position)) ?? emptyCell(window.id, position.part, metric);
    cells.set(cellKey(position), cell);
    addEvent(cell, counterOf(counters, metric), tuple);
  }
}

/**
 * A window's counts from its events alone, one by one: slow, and what all others must equal.
 * Errors: 409 where some of them are archived.
 */
export async function eventCounts(env: Env, tenant: string, window: Window): Promise<Count[]> {
  const counters = await countersOf(env, tenant);
  const cells = new Map<string, Cell>();
  const { startMs, endMs } = window;
  const filter = { metric: null, userId: null, source: null, startMs, endMs };
  for (let beforeSeq: number | null = Number.MAX_SAFE_INTEGER; beforeSeq !== null; ) {
    const page = await listEvents(env, tenant, filter, { beforeSeq, limit: PAGE_EVENTS });
    if (page.archived.length > 0) throw archivedProblem(page.archived);
    const kept = page.lines.filter(({ seq }) => !page.voided.has(seq));
    addLines(
      cells,
      window,
      counters,
      kept.map(({ tuple }) => tuple),
    );
    beforeSeq = page.next;
  }
  return countsOf(window, [...cells.values()], counters);
}

type Counters = ReadonlyMap<string, Counter>;

async function countersOf(env: Env, tenant: string): Promise<Counters> {
  const { counters } = await readCatalogue(env.DB, tenant);
  return new Map(counters.map((counter) => [counter.metric, counter]));
}

/** Counts from a window's start to each cut and to its end. */
function countsOf(window: Window, cells: readonly Cell[], counters: Counters): Count[] {
  const byMetric = Map.groupBy(cells, ({ metric }) => metric);
  return [...byMetric].flatMap(([metric, own]) =>
    [...window.cutsMs, window.endMs].map((untilMs, last): Count => {
      const parts = own.filter((cell) => cell.part <= last);
      const firsts = parts.map(({ firstMs }) => firstMs).filter((ms) => ms > 0);
      return {
        windowId: window.id,
        metric,
        untilMs,
        valueMicro: levelOf(counterOf(counters, metric).aggregation, parts).toString(),
        events: parts.reduce((sum, { events }) => sum + events, 0),
        firstMs: firsts.length > 0 ? Math.min(...firsts) : 0,
        lastMs: Math.max(0, ...parts.map(({ lastMs }) => lastMs)),
      };
    }),
  );
}

/** The catalogue of a tenant's metrics, by name. */
export async function metricsOf(env: Env, tenant: string): Promise<Metrics> {
  return byName(await listMetrics(env.DB, tenant));
}

/** Metrics as a statement looks them up. */
export function byName(metrics: readonly Metric[]): Metrics {
  return new Map(metrics.map((metric) => [metric.name, metric]));
}
