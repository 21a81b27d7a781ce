/**
 * Compaction: the bodies of segments older than a few days move from D1 into R2 objects of at least
 * 1 MB; their rows stay, with the object's key and where the body lies in it. Due work, real time.
 */
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { isMoving } from "../../platform/db/ledgers.ts";
import { schedule, scheduleOnce } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { areAsRead } from "./as-read.ts";
import { forgetUnused, rememberUsed } from "./forgotten.ts";
import { bytesOfHex } from "./segment.ts";
import { segmentsKey } from "./stored.ts";
import { readStore } from "./watermark.ts";

// Text, and built once: these read and move many segments at a time.
const READ_SETTLED = `
  SELECT high, low, drained_ms AS drainedMs, hex(body) AS hexBody FROM usage_segments
  WHERE tenant = ?1 AND object_key IS NULL AND drained_ms < ?2
    AND high <= (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1)
  ORDER BY high LIMIT ?3`;
// All of them or none: one that was written anew meanwhile is not what the object holds.
const POINT_TO_FILE = `UPDATE usage_segments SET body = x'', object_key = ?2,
    object_offset = j.value->>1, object_length = j.value->>2
  FROM json_each(?3) j
  WHERE tenant = ?1 AND high = j.value->>0
    AND (SELECT fenced FROM usage_watermarks WHERE tenant = ?1) = 0
    AND ${areAsRead("?3", "s.object_key IS NULL AND s.drained_ms = r.value->>3")}`;

/** Due kind: `ref` is the tenant. */
export const SEGMENTS_COMPACT = "segments.compact";

const AGE_MS = 3 * DAY_MS;
const MIN_BYTES = 1_000_000;
/** Segments of one object at most; 2,000 events are about 40 KB. */
const MAX_SEGMENTS = 200;
/** It waits so long for the end of a tenant's move, and for who writes segments anew. */
const MOVING_MS = 10 * MINUTE_MS;

/** Schedules the compaction of a tenant's segments for when they are old enough. */
export function scheduleCompaction(
  db: Env["DB"],
  tenant: string,
  realMs: number,
): D1PreparedStatement {
  return scheduleOnce(db, { ...compaction(tenant), atMs: realMs + AGE_MS });
}

function compaction(tenant: string) {
  return { tenant, clock: "real", kind: SEGMENTS_COMPACT, ref: tenant } as const;
}

/** Objects that one call makes at most: each takes three queries and calls. */
const MAX_OBJECTS = 100;

type Row = { high: number; low: number; drainedMs: number; hexBody: string };

/**
 * Moves what is old enough and makes a whole object; returns how many segments. Run again after a
 * crash it writes the same object under the same key.
 */
export async function compactSegments(env: Env, tenant: string, realMs: number): Promise<number> {
  if (await isMoving(env.DB, tenant)) {
    await schedule(env.DB, { ...compaction(tenant), atMs: realMs + MOVING_MS }).run();
    return 0;
  }
  const store = await readStore(env, tenant);
  let moved = 0;
  let objects = 0;
  for (; objects < MAX_OBJECTS; objects++) {
    const rows = await nextRows(store, tenant, realMs - AGE_MS);
    if (rows.length === 0) break;
    if (!(await moveRows(store, tenant, rows, realMs))) {
      await schedule(env.DB, { ...compaction(tenant), atMs: realMs + MOVING_MS }).run();
      return moved;
    }
    moved += rows.length;
  }
  // The next generation's series schedule this again; this is for what was still too young.
  const atMs = objects < MAX_OBJECTS ? realMs + DAY_MS : realMs;
  if (moved > 0) await schedule(env.DB, { ...compaction(tenant), atMs }).run();
  return moved;
}

/** The oldest segments that make an object; none where they are too few or too small. */
async function nextRows({ DB }: Store, tenant: string, beforeMs: number): Promise<Row[]> {
  const { results } = await DB.prepare(READ_SETTLED)
    .bind(tenant, beforeMs, MAX_SEGMENTS)
    .all<Row>();
  let bytes = 0;
  for (const [i, row] of results.entries()) {
    bytes += row.hexBody.length / 2;
    if (bytes >= MIN_BYTES) return results.slice(0, i + 1);
  }
  return results.length === MAX_SEGMENTS ? results : [];
}

/** Moves the bodies of segments into an object; false where one of them was written meanwhile. */
async function moveRows(
  { DB, FILES }: Store,
  tenant: string,
  rows: readonly Row[],
  realMs: number,
): Promise<boolean> {
  const bodies = rows.map(({ hexBody }) => bytesOfHex(hexBody));
  const whole = Buffer.concat(bodies);
  // By what it holds: segments that were written anew never share an object with what they were.
  const key = await segmentsKey(tenant, whole, { low: rows[0]?.low, high: rows.at(-1)?.high });
  await FILES.put(key, whole);
  let offset = 0;
  const positions = rows.map(({ high, drainedMs }, i) => {
    const length = bodies[i]?.length ?? 0;
    offset += length;
    return [high, offset - length, length, drainedMs];
  });
  const [pointed] = await DB.batch([
    DB.prepare(POINT_TO_FILE).bind(tenant, key, JSON.stringify(positions)),
    rememberUsed(DB, tenant, key),
    forgetUnused(DB, tenant, key, realMs),
  ]);
  return (pointed?.meta.changes ?? 0) > 0;
}
