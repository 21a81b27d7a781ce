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

/** Events by falling sequence from below `beforeSeq`; `next` is null at the ledger's beginning. */
export async function listEvents(
  env: Env,
  tenant: string,
  filter: EventFilter,
  page: { beforeSeq: number; limit: number },
): Promise<{ lines: Line[]; voided: Set<number>; next: number | null }> {
  await meterOf(env, tenant).drain(tenant);
  const { low, high, tsMin, tsMax } = usageSegments;
  const results = await orm(env.DB).all<SegmentRow>(sql`
    SELECT ${sql.raw(SEGMENT_COLUMNS)} FROM ${usageSegments}
    WHERE ${usageSegments.tenant} = ${tenant} AND ${low} < ${page.beforeSeq}
      AND ${tsMax} >= ${filter.startMs} AND ${tsMin} < ${filter.endMs}
    ORDER BY ${high} DESC LIMIT ${PAGE_SEGMENTS}`);
  await fetchBodies(env.FILES, results);
  const lines: Line[] = [];
  let next = results.length < PAGE_SEGMENTS ? null : (results.at(-1)?.low ?? null);
  for (const row of results) {
    const found = segmentLinesOf(row, filter.userId === null ? null : [filter.userId]).filter(
      ({ seq, tuple }) => seq < page.beforeSeq && !tuple[8] && passes(tuple, filter),
    );
    lines.push(...found.reverse());
    if (lines.length <= page.limit) continue;
    lines.length = page.limit;
    next = lines.at(-1)?.seq ?? null;
    break;
  }
  const voids = await voidsAmong(
    env,
    tenant,
    lines.map(({ seq }) => seq),
  );
  return { lines, voided: new Set(voids.map(({ seq }) => seq)), next };
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
