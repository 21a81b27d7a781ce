/** Single events: look-up, list, and taking one back. */
import { and, asc, desc, eq, gt, gte, inArray, lt, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound } from "../../core/errors.ts";
import { quantityJson, quantityText } from "../../core/quantity.ts";
import { QUARTER_MS, quarterOf, timeText } from "../../core/time.ts";
import { type BoundedCount, countEach, MOST_COUNTED } from "../../platform/db/bounded-count.ts";
import { commit, orm } from "../../platform/db/db.ts";
import type { Store } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { DEFAULT_SOURCE, encodeLine, eventOf, type Line, type LineTuple } from "../event/line.ts";
import {
  archivedMonthOf,
  archivedMonths,
  archivedProblem,
  insistLive,
} from "../ledger/archived.ts";
import {
  fetchBodies,
  readLedgerLine,
  SEGMENT_COLUMNS,
  type SegmentRow,
  segmentColumnsBut,
  segmentLinesOf,
} from "../ledger/ledger.ts";
import { keptBodies } from "../ledger/segment-cache.ts";
import { usageSegments, usageVoids, usageWatermarks } from "../ledger/table.ts";
import { readStore } from "../ledger/watermark.ts";
import { drained, meterOf } from "../meter/meter.ts";

const SEQ_ID = /^seq_(\d{1,15})$/;

/**
 * The sequence that an id names: `seq_7`, or an id within its source. Errors: 404; 409 where the
 * event is archived.
 */
export async function findEvent(
  env: Env,
  tenant: string,
  source: string,
  id: string,
): Promise<Line> {
  const named = SEQ_ID.exec(id)?.[1];
  const meter = meterOf(env, tenant);
  const seq = named === undefined ? await meter.find(tenant, source, id) : Number(named);
  if (seq === null || seq === 0) throw notFound("event");
  const store = await drained(env, tenant);
  const tuple = await readLedgerLine(store, tenant, seq);
  const month = tuple ? null : await archivedMonthOf(store.DB, tenant, seq);
  if (month !== null) throw archivedProblem([month]);
  if (!tuple || tuple[8]) throw notFound("event");
  return { seq, tuple };
}

/** An event as the API shows it. */
export function eventBody({ seq, tuple }: Line, voided: boolean) {
  const event = eventOf(tuple);
  return {
    id: event.id,
    source: event.source,
    event_seq: seq,
    metric_name: event.metric,
    quantity: quantityJson(event.micro),
    timestamp: timeText(event.atMs),
    recorded_at: timeText(event.receivedMs),
    user_id: event.userId,
    metadata: event.metadata ?? {},
    voided,
  };
}

/** True where an event, named by its sequence, was taken back. */
export async function isVoided(env: Env, tenant: string, seq: number): Promise<boolean> {
  const rows = await voidsAmong(await readStore(env, tenant), tenant, [seq]);
  return rows.length > 0;
}

export type Voided = { line: Line; voidSeq: number; repeated: boolean };

/**
 * Takes an event back and logs who did. Idempotent for ever.
 * Errors: 404 for an event that is not the tenant's.
 */
export async function voidEvent(
  env: Env,
  actor: Actor,
  source: string,
  id: string,
): Promise<Voided> {
  const line = await findEvent(env, actor.tenantId, source, id);
  const isRepeated = await isVoided(env, actor.tenantId, line.seq);
  return isRepeated ? takeBack(env, actor, line) : voidLine(env, actor, line);
}

/**
 * Takes an event back that was read before, and logs who did. Errors: 409 where others of its
 * quarter-hour are archived.
 */
export async function voidLine(env: Env, actor: Actor, line: Line): Promise<Voided> {
  await insistCountable(env, actor.tenantId, line);
  const { metric, micro, ...event } = eventOf(line.tuple);
  const quantity = quantityText(micro);
  const detail = { id: event.id, source: event.source, metric_name: metric, quantity };
  const entry = { action: "usage.voided", target: `seq_${line.seq}`, detail };
  // Before the meter is asked: no event is taken back that the log does not name.
  await commit(env.DB, [auditRow(env.DB, actor, entry, actor.realMs)]);
  return takeBack(env, actor, line);
}

/**
 * A void has its quarter-hour added up anew, by all events of it. Errors: 409 where some of them
 * are archived.
 */
export async function insistCountable(env: Env, tenant: string, { tuple }: Line): Promise<void> {
  const startMs = quarterOf(tuple[3]) * QUARTER_MS;
  const { DB } = await readStore(env, tenant);
  await insistLive(DB, tenant, { startMs, endMs: startMs + QUARTER_MS });
}

/** A compensating line follows an event, whose id stays used; the caller logs who did it. */
export async function takeBack(env: Env, actor: Actor, line: Line): Promise<Voided> {
  const { tenantId: tenant, nowMs } = actor;
  const event = eventOf(line.tuple);
  const text = encodeLine({
    ...event,
    micro: -event.micro,
    receivedMs: nowMs,
    timeGiven: true,
    voidsSeq: line.seq,
    requestedMicro: null,
  });
  const meter = meterOf(env, tenant);
  const { voidSeq, repeated } = await meter.void(tenant, line.seq, text, nowMs);
  await meter.drain(tenant);
  return { line, voidSeq, repeated };
}

export type EventFilter = {
  metric: string | null;
  userId: string | null;
  source: string | null;
  startMs: number;
  endMs: number;
  /** Those that were taken back only. */
  voided?: boolean;
  /** Those of these sequences only. */
  seqs?: readonly number[] | undefined;
};

/** Segments that a page looks through; it may then be short, or empty, with a cursor. */
const PAGE_SEGMENTS = 40;
/** Sequences that a page looks up where it is of some. */
const PAGE_SEQS = 500;

/** Below, or above, a sequence. */
export type SeqPlace = { beforeSeq: number } | { afterSeq: number };

/** Events, newest first; `next` is where reading goes on, null at that end of the ledger. */
export type FoundEvents = {
  lines: Line[];
  voided: Set<number>;
  next: number | null;
  /** Months of the range of which events are archived: the list lacks these. */
  archived: string[];
};

/** The events nearest to where a page ends. */
export async function listEvents(
  env: Env,
  tenant: string,
  filter: EventFilter,
  page: SeqPlace & { limit: number },
): Promise<FoundEvents> {
  const store = await drained(env, tenant);
  const back = "afterSeq" in page;
  const found =
    (await readNearest(store, tenant, filter, page)) ??
    (await readPiece(store, tenant, filter, page));
  const { lines } = found;
  let { next } = found;
  if (lines.length > page.limit) {
    lines.length = page.limit;
    next = lines.at(-1)?.seq ?? null;
  }
  if (back) lines.reverse();
  const [voided, archived] = await Promise.all([
    voidedOf(store, tenant, lines),
    archivedMonths(store.DB, tenant, filter),
  ]);
  return { lines, voided, next, archived };
}

/** The newest segments fill a page of what nothing but time narrows; null where they do not. */
async function readNearest(
  store: Store,
  tenant: string,
  filter: EventFilter,
  page: SeqPlace & { limit: number },
): Promise<Pick<FoundEvents, "lines" | "next"> | null> {
  const { metric, userId, source, voided, seqs } = filter;
  const isNarrow = metric !== null || userId !== null || source !== null || voided || seqs;
  if ("afterSeq" in page || isNarrow) return null;
  const found = await readPiece(store, tenant, filter, { ...page, most: page.limit });
  return found.lines.length > page.limit || found.next === null ? found : null;
}

/** Events of a piece at most, but for those of its first segment. */
const PIECE_EVENTS = 10_000;

/**
 * The next piece of all events from below `beforeSeq`, by whole segments, for who reads them all:
 * the first one is a single segment. The caller has drained the meter.
 */
export async function readEventPiece(
  store: Store,
  tenant: string,
  filter: EventFilter,
  beforeSeq: number | null,
): Promise<FoundEvents> {
  const most = beforeSeq === null ? 0 : PIECE_EVENTS;
  const found = await readPiece(store, tenant, filter, { beforeSeq: beforeSeq ?? END, most });
  return { ...found, voided: await voidedOf(store, tenant, found.lines), archived: [] };
}

const END = Number.MAX_SAFE_INTEGER;

type Known = ReturnType<typeof keptBodies>;

/** What the next segments hold of a filter's events, in the order in which they are read. */
async function readPiece(
  store: Store,
  tenant: string,
  filter: EventFilter,
  place: SeqPlace & { most?: number; limit?: number },
): Promise<Pick<FoundEvents, "lines" | "next">> {
  const back = "afterSeq" in place;
  const isThere = ({ seq }: Line) => (back ? seq > place.afterSeq : seq < place.beforeSeq);
  const seqs = await seqsOf(store, tenant, filter, place);
  const chosen = seqs && new Set(seqs);
  const known = keptBodies(tenant);
  const rows = await (seqs
    ? segmentsOf(store, tenant, seqs, back)
    : back
      ? segmentsAbove(store, tenant, filter, place.afterSeq)
      : segmentsBelow(store, tenant, filter, { known, ...place }));
  await fetchBodies(store.FILES, rows, known);
  const lines: Line[] = [];
  for (const row of rows) {
    const own = linesOf(tenant, row, { filter, known }).filter(
      (line) => isThere(line) && (chosen === null || chosen.has(line.seq)),
    );
    lines.push(...(back ? own : own.reverse()));
    if (lines.length > (place.limit ?? END)) break;
  }
  const edge = rows.length === 0 ? undefined : rows.at(-1)?.[back ? "high" : "low"];
  const isWhole = rows.length < PAGE_SEGMENTS && place.most === undefined;
  const ends = [
    isWhole ? undefined : edge,
    seqs?.length === PAGE_SEQS ? seqs.at(-1) : undefined,
  ].filter((end) => end !== undefined);
  // Where both end early, no further than the nearer one.
  const next = ends.length === 0 ? null : back ? Math.min(...ends) : Math.max(...ends);
  return { lines, next };
}

/** The next sequences that a filter names, or that were taken back; null where it takes any. */
async function seqsOf(
  store: Store,
  tenant: string,
  { seqs, voided }: EventFilter,
  place: SeqPlace,
): Promise<number[] | null> {
  if (!seqs && !voided) return null;
  const { seq } = usageVoids;
  const back = "afterSeq" in place;
  const isThere = (n: number) => (back ? n > place.afterSeq : n < place.beforeSeq);
  if (seqs) {
    const taken = voided ? await voidsAmong(store, tenant, seqs) : seqs.map((n) => ({ seq: n }));
    const named = taken.map((one) => one.seq).filter(isThere);
    return named.sort((a, b) => (back ? a - b : b - a)).slice(0, PAGE_SEQS);
  }
  const rows = await orm(store.DB)
    .select({ seq })
    .from(usageVoids)
    .where(
      and(eq(usageVoids.tenant, tenant), back ? gt(seq, place.afterSeq) : lt(seq, place.beforeSeq)),
    )
    .orderBy(back ? asc(seq) : desc(seq))
    .limit(PAGE_SEQS);
  return rows.map((row) => row.seq);
}

/** The first segments that hold some sequences. */
function segmentsOf(
  store: Store,
  tenant: string,
  seqs: readonly number[],
  back: boolean,
): Promise<SegmentRow[]> {
  return orm(store.DB).all<SegmentRow>(sql`
    SELECT ${sql.raw(SEGMENT_COLUMNS)} FROM usage_segments
    WHERE tenant = ${tenant} AND high IN (
      SELECT (SELECT min(high) FROM usage_segments WHERE tenant = ${tenant} AND high >= value)
      FROM json_each(${JSON.stringify(seqs)}))
    ORDER BY high ${sql.raw(back ? "ASC" : "DESC")} LIMIT ${PAGE_SEGMENTS}`);
}

/** The next segments that hold anything below a sequence, of `most` events where that is given. */
function segmentsBelow(
  store: Store,
  tenant: string,
  { startMs, endMs }: EventFilter,
  { known, beforeSeq, most = END }: { known: Known; beforeSeq: number; most?: number },
): Promise<SegmentRow[]> {
  const names = JSON.stringify([...known.keys()]);
  return orm(store.DB).all<SegmentRow>(sql`
    WITH near AS (
      SELECT high AS at, n FROM usage_segments
      WHERE tenant = ${tenant} AND low < ${beforeSeq} AND high <= coalesce(
          (SELECT min(high) FROM usage_segments WHERE tenant = ${tenant} AND high >= ${beforeSeq}),
          ${beforeSeq})
        AND ts_max >= ${startMs} AND ts_min < ${endMs}
      ORDER BY high DESC LIMIT ${PAGE_SEGMENTS}),
    summed AS (SELECT at, n, sum(n) OVER (ORDER BY at DESC) AS events FROM near),
    known AS (SELECT ${names} AS names)
    SELECT ${sql.raw(segmentColumnsBut("(SELECT names FROM known)"))} FROM usage_segments
    WHERE tenant = ${tenant}
      AND high IN (SELECT at FROM summed WHERE events <= ${most} OR events = n)
    ORDER BY high DESC`);
}

function segmentsAbove(
  store: Store,
  tenant: string,
  { startMs, endMs }: EventFilter,
  afterSeq: number,
): Promise<SegmentRow[]> {
  return orm(store.DB).all<SegmentRow>(sql`
    SELECT ${sql.raw(SEGMENT_COLUMNS)} FROM usage_segments
    WHERE tenant = ${tenant} AND high > ${afterSeq} AND ts_max >= ${startMs} AND ts_min < ${endMs}
    ORDER BY high LIMIT ${PAGE_SEGMENTS}`);
}

/** What a segment holds of a filter's events. */
function linesOf(
  tenant: string,
  row: SegmentRow,
  { filter, known }: { filter: EventFilter; known: Known },
): Line[] {
  const users = filter.userId === null ? null : [filter.userId];
  const metrics = filter.metric === null ? null : [filter.metric];
  return segmentLinesOf(tenant, row, { users, metrics, known }).filter(
    ({ tuple }) => !tuple[8] && passes(tuple, filter),
  );
}

async function voidedOf(
  store: Store,
  tenant: string,
  lines: readonly Line[],
): Promise<Set<number>> {
  const seqs = lines.map(({ seq }) => seq);
  const voids = await voidsAmong(store, tenant, seqs);
  return new Set(voids.map(({ seq }) => seq));
}

/** How many events were recorded, and taken back, up to a thousand of each. */
export async function countEvents(
  env: Env,
  tenant: string,
): Promise<Record<"all" | "voided", BoundedCount>> {
  const { DB } = await drained(env, tenant);
  const [{ voided }, [mark]] = await Promise.all([
    countEach(DB, {
      voided: sql`SELECT 1 FROM ${usageVoids} WHERE ${usageVoids.tenant} = ${tenant}`,
    }),
    orm(DB).select().from(usageWatermarks).where(eq(usageWatermarks.tenant, tenant)),
  ]);
  // Each line of the ledger is an event, or takes one back.
  const events = (mark?.upTo ?? 0) - voided.count;
  const more = voided.more || events > MOST_COUNTED;
  return { all: { count: Math.min(events, MOST_COUNTED), more }, voided };
}

/**
 * Events in the segments that hold any of a time span: what reading all of its events reads.
 * Errors: 409 where some of them are archived.
 */
export async function eventsToRead(
  env: Env,
  tenant: string,
  { startMs, endMs }: { startMs: number; endMs: number },
): Promise<number> {
  const { DB } = await drained(env, tenant);
  await insistLive(DB, tenant, { startMs, endMs });
  const { n, tsMin, tsMax } = usageSegments;
  const [row] = await orm(DB)
    .select({ events: sql<number>`coalesce(sum(${n}), 0)` })
    .from(usageSegments)
    .where(and(eq(usageSegments.tenant, tenant), gte(tsMax, startMs), lt(tsMin, endMs)));
  return row?.events ?? 0;
}

/** Which of some events were taken back. */
function voidsAmong({ DB }: Store, tenant: string, seqs: readonly number[]) {
  const { seq } = usageVoids;
  // As one parameter: a statement has at most a hundred.
  const named = inArray(seq, sql`(SELECT value FROM json_each(${JSON.stringify(seqs)}))`);
  return orm(DB)
    .select({ seq })
    .from(usageVoids)
    .where(and(eq(usageVoids.tenant, tenant), named));
}

function passes(tuple: LineTuple, filter: EventFilter): boolean {
  const [, metric, , atMs, user, , source] = tuple;
  if (atMs < filter.startMs || atMs >= filter.endMs) return false;
  if (filter.metric !== null && metric !== filter.metric) return false;
  if (filter.userId !== null && user !== filter.userId) return false;
  return filter.source === null || (source || DEFAULT_SOURCE) === filter.source;
}
