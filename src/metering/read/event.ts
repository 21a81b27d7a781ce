/** Single events: look-up, list, and taking one back. */
import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound } from "../../core/errors.ts";
import { quantityJson, quantityText } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { commit, orm } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { DEFAULT_SOURCE, encodeLine, eventOf, type Line, type LineTuple } from "../event/line.ts";
import {
  fetchBodies,
  readLedgerLine,
  SEGMENT_COLUMNS,
  type SegmentRow,
  segmentLinesOf,
} from "../ledger/ledger.ts";
import { usageSegments, usageVoids } from "../ledger/table.ts";
import { meterOf } from "../meter/meter.ts";

const SEQ_ID = /^seq_(\d{1,15})$/;

/** The sequence that an id names: `seq_7`, or an id within its source. Errors: 404. */
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
  await meter.drain(tenant);
  const tuple = await readLedgerLine(env, tenant, seq);
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
  const rows = await voidsAmong(env, tenant, [seq]);
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
  if (!(await isVoided(env, actor.tenantId, line.seq))) {
    const { metric, micro, ...event } = eventOf(line.tuple);
    const quantity = quantityText(micro);
    const detail = { id: event.id, source: event.source, metric_name: metric, quantity };
    const entry = { action: "usage.voided", target: `seq_${line.seq}`, detail };
    // Before the meter is asked: no event is taken back that the log does not name.
    await commit(env.DB, [auditRow(env.DB, actor, entry, actor.realMs)]);
  }
  return takeBack(env, actor, line);
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
};

/** Segments that a page looks through; it may then be short, or empty, with a cursor. */
const PAGE_SEGMENTS = 40;

/** Where a page ends: below a sequence, or for the page before one, above it. */
export type EventPage = { limit: number } & ({ beforeSeq: number } | { afterSeq: number });

/** Events, newest first; `next` is where reading goes on, null at that end of the ledger. */
export type FoundEvents = { lines: Line[]; voided: Set<number>; next: number | null };

/** The events nearest to where a page ends. */
export async function listEvents(
  env: Env,
  tenant: string,
  filter: EventFilter,
  page: EventPage,
): Promise<FoundEvents> {
  await meterOf(env, tenant).drain(tenant);
  const back = "afterSeq" in page;
  const rows = await (back
    ? segmentsAbove(env, tenant, filter, page.afterSeq)
    : segmentsBelow(env, tenant, filter, page.beforeSeq));
  await fetchBodies(env.FILES, rows);
  const edge = rows.at(-1);
  const lines: Line[] = [];
  let next = edge && rows.length === PAGE_SEGMENTS ? edge[back ? "high" : "low"] : null;
  for (const row of rows) {
    const found = linesOf(row, filter).filter(({ seq }) =>
      back ? seq > page.afterSeq : seq < page.beforeSeq,
    );
    lines.push(...(back ? found : found.reverse()));
    if (lines.length <= page.limit) continue;
    lines.length = page.limit;
    next = lines.at(-1)?.seq ?? null;
    break;
  }
  if (back) lines.reverse();
  return { lines, voided: await voidedOf(env, tenant, lines), next };
}

/** Events of a piece at most, but for those of its first segment. */
const PIECE_EVENTS = 10_000;

/**
 * The next piece of all events from below `beforeSeq`, by whole segments, for who reads them all:
 * the first one is a single segment. The caller has drained the meter.
 */
export async function readEventPiece(
  env: Env,
  tenant: string,
  filter: EventFilter,
  beforeSeq: number | null,
): Promise<FoundEvents> {
  const most = beforeSeq === null ? 0 : PIECE_EVENTS;
  const rows = await segmentsBelow(env, tenant, filter, beforeSeq ?? END, most);
  await fetchBodies(env.FILES, rows);
  const lines = rows.flatMap((row) => linesOf(row, filter).reverse());
  return { lines, voided: await voidedOf(env, tenant, lines), next: rows.at(-1)?.low ?? null };
}

const END = Number.MAX_SAFE_INTEGER;

/** The next segments that hold anything below a sequence, of `most` events where that is given. */
function segmentsBelow(
  env: Env,
  tenant: string,
  { startMs, endMs }: EventFilter,
  beforeSeq: number,
  most = END,
): Promise<SegmentRow[]> {
  return orm(env.DB).all<SegmentRow>(sql`
    WITH near AS (
      SELECT high AS at, n FROM usage_segments
      WHERE tenant = ${tenant} AND low < ${beforeSeq} AND high <= coalesce(
          (SELECT min(high) FROM usage_segments WHERE tenant = ${tenant} AND high >= ${beforeSeq}),
          ${beforeSeq})
        AND ts_max >= ${startMs} AND ts_min < ${endMs}
      ORDER BY high DESC LIMIT ${PAGE_SEGMENTS}),
    summed AS (SELECT at, n, sum(n) OVER (ORDER BY at DESC) AS events FROM near)
    SELECT ${sql.raw(SEGMENT_COLUMNS)} FROM usage_segments
    WHERE tenant = ${tenant}
      AND high IN (SELECT at FROM summed WHERE events <= ${most} OR events = n)
    ORDER BY high DESC`);
}

function segmentsAbove(
  env: Env,
  tenant: string,
  { startMs, endMs }: EventFilter,
  afterSeq: number,
): Promise<SegmentRow[]> {
  return orm(env.DB).all<SegmentRow>(sql`
    SELECT ${sql.raw(SEGMENT_COLUMNS)} FROM usage_segments
    WHERE tenant = ${tenant} AND high > ${afterSeq} AND ts_max >= ${startMs} AND ts_min < ${endMs}
    ORDER BY high LIMIT ${PAGE_SEGMENTS}`);
}

/** What a segment holds of a filter's events. */
function linesOf(row: SegmentRow, filter: EventFilter): Line[] {
  const users = filter.userId === null ? null : [filter.userId];
  return segmentLinesOf(row, users).filter(({ tuple }) => !tuple[8] && passes(tuple, filter));
}

async function voidedOf(env: Env, tenant: string, lines: readonly Line[]): Promise<Set<number>> {
  const seqs = lines.map(({ seq }) => seq);
  const voids = await voidsAmong(env, tenant, seqs);
  return new Set(voids.map(({ seq }) => seq));
}

/** Events in the segments that hold any of a time span: what reading all of its events reads. */
export async function eventsToRead(
  env: Env,
  tenant: string,
  { startMs, endMs }: { startMs: number; endMs: number },
): Promise<number> {
  await meterOf(env, tenant).drain(tenant);
  const { n, tsMin, tsMax } = usageSegments;
  const [row] = await orm(env.DB)
    .select({ events: sql<number>`coalesce(sum(${n}), 0)` })
    .from(usageSegments)
    .where(and(eq(usageSegments.tenant, tenant), gte(tsMax, startMs), lt(tsMin, endMs)));
  return row?.events ?? 0;
}

/** Which of some events were taken back. */
function voidsAmong(env: Env, tenant: string, seqs: readonly number[]) {
  const { seq } = usageVoids;
  // As one parameter: a statement has at most a hundred.
  const named = inArray(seq, sql`(SELECT value FROM json_each(${JSON.stringify(seqs)}))`);
  return orm(env.DB)
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
