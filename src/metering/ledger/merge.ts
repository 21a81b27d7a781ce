/**
 * Merges small segments: a tenant that sends a few events at a time leaves one a drain, and each
 * is a row, and a read. Neighbours become one, in a batch that changes nothing unless all of them
 * are as they were read and no move copies them. Due work, real time.
 */
import { MINUTE_MS, quarterOf } from "../../core/time.ts";
import { isMoving } from "../../platform/db/ledgers.ts";
import { schedule, scheduleOnce } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { type Body, joinBodies, type Piece, scannerOf } from "../event/body.ts";
import { areAsRead, IS_ENTRY } from "./as-read.ts";
import { beginsMerge, planMerges, type SegmentHead } from "./merge-plan.ts";
import { bytesOfHex, fitting, hexOf, packBody, unpackBody } from "./segment.ts";
import { readStore } from "./watermark.ts";

// Text, and built once: these read and write many segments at a time.
const READ_MARK = `
  SELECT fenced, moving, merged_to AS mergedTo FROM usage_watermarks WHERE tenant = ?1`;
const READ_HEADS = `
  SELECT low, high, n, generation, ts_min AS tsMin, ts_max AS tsMax, drained_ms AS drainedMs,
    octet_length(body) AS bytes,
    object_key IS NOT NULL OR EXISTS (SELECT 1 FROM usage_archives a WHERE a.tenant = ?1
      AND a.high >= s.low AND a.low <= s.high AND a.restored_until_ms IS NOT NULL) AS stays
  FROM usage_segments s WHERE tenant = ?1 AND high > ?2 ORDER BY high LIMIT ?3`;
const READ_BODIES = `
  SELECT high, drained_ms AS drainedMs, hex(body) AS hexBody FROM usage_segments
  WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?2)) ORDER BY high`;
/** The last of them becomes the whole: all of them or none. */
const MERGE = `
  UPDATE usage_segments SET low = ?3, n = ?4, ts_min = ?5, ts_max = ?6, drained_ms = ?7,
    body = unhex(?8)
  WHERE tenant = ?1 AND high = ?2
    AND EXISTS (SELECT 1 FROM usage_watermarks WHERE tenant = ?1 AND fenced = 0 AND moving = 0)
    AND NOT EXISTS (SELECT 1 FROM usage_archives
      WHERE tenant = ?1 AND high >= ?3 AND low <= ?2 AND restored_until_ms IS NOT NULL)
    AND ${areAsRead("?9", `${IS_ENTRY} AND s.object_key IS NULL`)}`;
const IS_MERGED = `EXISTS (SELECT 1 FROM usage_segments
  WHERE tenant = ?1 AND high = ?2 AND low = ?3 AND drained_ms = ?4)`;
const DELETE_OTHERS = `
  DELETE FROM usage_segments
  WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?5)) AND ${IS_MERGED}`;
const DELETE_QUARTERS = `
  DELETE FROM segment_quarters WHERE tenant = ?1
    AND (quarter, high) IN (SELECT value->>0, value->>1 FROM json_each(?5)) AND ${IS_MERGED}`;
const INSERT_QUARTERS = `
  INSERT OR IGNORE INTO segment_quarters (tenant, quarter, high)
  SELECT ?1, value, ?2 FROM json_each(?5) WHERE ${IS_MERGED}`;
const NOTE_MERGED = `
  UPDATE usage_watermarks SET merged_to = ?2
  WHERE tenant = ?1 AND fenced = 0 AND moving = 0 AND merged_to = ?3`;
const END_MOVING = "UPDATE usage_watermarks SET moving = 0 WHERE tenant = ?1 AND moving = ?2";

/** Due kind: `ref` is the tenant. */
export const SEGMENTS_MERGE = "segments.merge";

/** After a drain that gives cause: others may follow. */
const DELAY_MS = MINUTE_MS;
/** It waits so long for the end of a tenant's move, and for who writes segments anew. */
const BUSY_MS = 10 * MINUTE_MS;
/** Segments that are looked at together: more than one merged segment can have events. */
const PAGE_HEADS = 2_500;
/** What one call does at most: each page is two queries, each merge five. */
const MOST_PAGES = 40;
const MOST_MERGES = 100;

function merging(tenant: string, atMs: number) {
  return { tenant, atMs, clock: "real", kind: SEGMENTS_MERGE, ref: tenant } as const;
}

/** After a drain: schedules, now and then, that a tenant's small segments are merged. */
export async function mergeAfter(
  db: D1Database,
  tenant: string,
  { fromSeq, high }: { fromSeq: number; high: number },
): Promise<void> {
  if (!beginsMerge(fromSeq, high)) return;
  const asked = scheduleOnce(db, merging(tenant, Date.now() + DELAY_MS)).run();
  // A later drain asks for it, too.
  await asked.catch((error: unknown) => {
    logWarning({ at: "segments.merge", tenant, error });
  });
}

type Mark = { fenced: number; moving: number; mergedTo: number };
type Held = Piece & { head: SegmentHead; quarters: number[] };

/** Merges a tenant's small segments; returns how many rows went. */
export async function mergeSegments(env: Env, tenant: string, realMs: number): Promise<number> {
  const again = (ms: number) => schedule(env.DB, merging(tenant, realMs + ms)).run();
  const { DB } = await readStore(env, tenant);
  const mark = await DB.prepare(READ_MARK).bind(tenant).first<Mark>();
  if (!mark) return 0;
  if (mark.fenced !== 0 || (await isMoving(env.DB, tenant))) {
    await again(BUSY_MS);
    return 0;
  }
  // A move that the control database forgot when it was set back holds nothing up.
  if (mark.moving !== 0) await DB.prepare(END_MOVING).bind(tenant, mark.moving).run();
  let [gone, merges, at] = [0, 0, mark.mergedTo];
  for (let pages = 0; pages < MOST_PAGES && merges < MOST_MERGES; pages++) {
    const heads = await readHeads(DB, tenant, at);
    const { groups, mergedTo } = planMerges(heads, at);
    const some = groups.slice(0, MOST_MERGES - merges);
    for (const group of some) {
      const merged = await mergeGroup(DB, tenant, group);
      if (merged === null) {
        await again(BUSY_MS);
        return gone;
      }
      gone += merged;
    }
    merges += some.length;
    const cut = groups[some.length]?.[0];
    const next = cut ? cut.low - 1 : mergedTo;
    await DB.prepare(NOTE_MERGED).bind(tenant, next, at).run();
    if (!cut && heads.length < PAGE_HEADS) return gone;
    at = next;
  }
  await again(0);
  return gone;
}

async function readHeads(db: D1Database, tenant: string, after: number): Promise<SegmentHead[]> {
  const read = db.prepare(READ_HEADS).bind(tenant, after, PAGE_HEADS);
  const { results } = await read.all<Omit<SegmentHead, "stays"> & { stays: number }>();
  return results.map((row) => ({ ...row, stays: row.stays !== 0 }));
}

/** Merges what fits one segment; how many rows went, null where one of them was written anew. */
async function mergeGroup(
  db: D1Database,
  tenant: string,
  group: readonly SegmentHead[],
): Promise<number | null> {
  const highs = JSON.stringify(group.map(({ high }) => high));
  const { results } = await db
    .prepare(READ_BODIES)
    .bind(tenant, highs)
    .all<{ high: number; drainedMs: number; hexBody: string }>();
  const isAsRead = (head: SegmentHead, i: number) =>
    results[i]?.high === head.high && results[i].drainedMs === head.drainedMs;
  if (!group.every(isAsRead)) return null;
  const pieces = group.map((head, i): Held => {
    const body = unpackBody(bytesOfHex(results[i]?.hexBody ?? ""));
    return { n: head.n, body, head, quarters: quartersOf(body) };
  });
  let gone = 0;
  for (const held of fitting(pieces)) {
    if (held.length === 1) continue;
    const [merged] = await db.batch(mergeStatements(db, tenant, held));
    if (merged?.meta.changes !== 1) return null;
    gone += held.length - 1;
  }
  return gone;
}

function quartersOf(body: Body): number[] {
  const quarters = new Set<number>();
  for (const lines = scannerOf(body); lines.next(); ) quarters.add(quarterOf(lines.atMs));
  return [...quarters];
}

/** The batch that makes one of some segments; its first statement tells whether it did. */
function mergeStatements(
  db: D1Database,
  tenant: string,
  held: readonly Held[],
): D1PreparedStatement[] {
  const heads = held.map(({ head }) => head);
  const low = heads[0]?.low ?? 0;
  const high = heads.at(-1)?.high ?? 0;
  const tsMin = Math.min(...heads.map((head) => head.tsMin));
  const tsMax = Math.max(...heads.map((head) => head.tsMax));
  // Later than all: whoever read one of them as it was finds that it is another.
  const drainedMs = Math.max(...heads.map((head) => head.drainedMs)) + 1;
  const read = heads.map((head) => [head.high, head.low, head.drainedMs]);
  const others = heads.slice(0, -1).map((head) => head.high);
  const theirs = held
    .slice(0, -1)
    .flatMap(({ head, quarters }) => quarters.map((quarter) => [quarter, head.high]));
  const quarters = [...new Set(held.flatMap((piece) => piece.quarters))];
  const body = hexOf(packBody(joinBodies(held)));
  const then = (sql: string, values: unknown) =>
    db.prepare(sql).bind(tenant, high, low, drainedMs, JSON.stringify(values));
  return [
    db
      .prepare(MERGE)
      .bind(
        ...[tenant, high, low, high - low + 1, tsMin, tsMax, drainedMs],
        ...[body, JSON.stringify(read)],
      ),
    then(DELETE_OTHERS, others),
    then(DELETE_QUARTERS, theirs),
    then(INSERT_QUARTERS, quarters),
  ];
}
