/** Reading a meter: the native summary of everybody whose usage is asked for, joined. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { addsUp } from "../../metering/aggregation/registry.ts";
import { MAX_READ_EVENTS } from "../../metering/counter/room.ts";
import type { Range } from "../../metering/ledger/ledger.ts";
import { MAX_ROWS, USER_KEY } from "../../metering/read/grouping.ts";
import { type SummaryQuery, summarize, WHOLE_USAGE } from "../../metering/read/summary.ts";
import { atOnce } from "../../metering/record/tenants.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Meter, meteredValue } from "./meter.ts";
import { insistGroups, type MeterQuery, type MeterRow, sorted, windowAt } from "./query.ts";
import { type Target, targetsOf } from "./targets.ts";

/** The end of the year 9999. */
const LAST_MS = 253_402_300_799_999;

/** The rows of a query, in their order. Errors: 404, 422 with what to ask instead. */
export async function readMeter(
  env: Env,
  actor: Actor,
  meter: Meter,
  query: MeterQuery,
): Promise<MeterRow[]> {
  insistGroups(query, Object.keys(meter.groups));
  const range = { startMs: query.fromMs ?? 0, endMs: query.toMs ?? LAST_MS };
  const targets = await targetsOf(env, actor, meter.slug, { ...query, ...range });
  const rows: MeterRow[] = [];
  const most = Math.floor(MAX_READ_EVENTS / Math.max(targets.length, 1));
  await atOnce(targets, async (target) => {
    const own = await inQueryWords(() => readTarget(env, meter, query, target, { range, most }));
    rows.push(...own);
    if (rows.length <= MAX_ROWS) return;
    const detail = `gives more than ${MAX_ROWS} rows; ask for fewer subjects or groups`;
    throw invalidField("/groupBy", detail);
  });
  const whole = sorted(joined(rows, meter));
  return whole.map((row) => ({ ...row, valueMicro: meteredValue(meter, row) }));
}

async function readTarget(
  env: Env,
  meter: Meter,
  query: MeterQuery,
  target: Target,
  { range, most }: { range: Range; most: number },
): Promise<MeterRow[]> {
  const { tenantId, users, subject, customer } = target;
  const byUser = query.bySubject && subject === null;
  const asked: SummaryQuery = {
    ...WHOLE_USAGE,
    ...range,
    metrics: [meter.slug],
    users,
    groupBy: [...(byUser ? [USER_KEY] : []), ...query.groups],
    filters: query.filters,
    window: query.window,
    timeZone: query.timeZone,
  };
  const used = await usedRange(env, tenantId, asked);
  if (used === null) return [];
  const { metrics, breakdown } = await summarize(env, tenantId, { ...asked, ...used }, most);
  const isBroken = asked.window !== null || asked.groupBy.length > 0;
  const rows = isBroken ? breakdown : metrics.map((row) => ({ ...row, range: null, group: [] }));
  return rows.map(({ valueMicro, events, firstMs, lastMs, range: part, group }) => ({
    valueMicro,
    events,
    firstMs,
    lastMs,
    window: part && asked.window && windowAt(part.startMs, asked.window, asked.timeZone),
    subject: query.bySubject ? (byUser ? (group[0] ?? null) : subject) : null,
    customer: query.byCustomer ? customer : null,
    group: byUser ? group.slice(1) : group,
  }));
}

/** What the native summary calls otherwise. */
const WORDS: readonly [from: string, to: string][] = [
  ["/query/start_date", "/from"],
  ["/query/window", "/windowSize"],
  ["/query/group_by", "/groupBy"],
  ["start_date", "from"],
  ["user_id", "subject"],
  ["a metric_name, ", ""],
];

/** Runs a read, with what it refuses said in a query's words. */
async function inQueryWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const [first] = error instanceof Problem ? (error.extra.errors ?? []) : [];
    if (!first) throw error;
    const said = (text: string) => WORDS.reduce((so, [from, to]) => so.replace(from, to), text);
    throw invalidField(said(first.pointer), said(first.detail));
  }
}

/**
 * The range that is asked for, and with windows as far as there is usage: from the beginning of
 * time on they would be too many. Null where there is none.
 */
async function usedRange(env: Env, tenantId: string, asked: SummaryQuery): Promise<Range | null> {
  const { startMs, endMs, metrics, window } = asked;
  if (window === null || (startMs > 0 && endMs < LAST_MS)) return { startMs, endMs };
  const whole = await summarize(env, tenantId, { ...WHOLE_USAGE, startMs, endMs, metrics });
  const [row] = whole.metrics;
  return row ? { startMs: row.firstMs, endMs: row.lastMs + 1 } : null;
}

/** Rows of the same window, subject, customer and group as one. Errors: 422. */
function joined(rows: readonly MeterRow[], { aggregation }: Meter): MeterRow[] {
  const found = new Map<string, MeterRow>();
  for (const row of rows) {
    const { window, subject, customer, group } = row;
    const key = JSON.stringify([window?.startMs ?? null, subject, customer, group]);
    const held = found.get(key);
    if (held && !addsUp(aggregation)) {
      const detail = "is needed: what several tenants have of this meter does not add up";
      throw invalidField("/subject", `${detail}; or group by subject`);
    }
    found.set(key, held ? sumOf(held, row) : row);
  }
  return [...found.values()];
}

function sumOf(one: MeterRow, other: MeterRow): MeterRow {
  return {
    ...one,
    valueMicro: one.valueMicro + other.valueMicro,
    events: one.events + other.events,
    firstMs: Math.min(one.firstMs, other.firstMs),
    lastMs: Math.max(one.lastMs, other.lastMs),
  };
}
