/** Rows of the ledger that are archived, and of archives: the tables of `archive.ts`. */
import { QUARTER_MS } from "../../core/time.ts";
import { areAsRead, IS_ENTRY } from "./as-read.ts";
import { SEGMENT_COLUMNS, type SegmentRow } from "./ledger.ts";
import { hexOf } from "./segment.ts";
import { type Block, BUCKETS, WHOLE } from "./series.ts";

/** More sequences than a generation has: so far behind an event its series block may end. */
const GENERATION_SPAN = 131_072;

// Text, and built once: these read and move many segments at a time.
const READ_NEXT_QUARTER = `
  SELECT min(quarter) AS quarter FROM segment_quarters
  WHERE tenant = ?1 AND quarter >= ?2 AND quarter < ?3`;
const READ_OLD = `
  SELECT ${SEGMENT_COLUMNS}, generation, ts_min AS tsMin, ts_max AS tsMax FROM usage_segments
  WHERE tenant = ?1
    AND high IN (SELECT high FROM segment_quarters
      WHERE tenant = ?1 AND quarter >= ?2 AND quarter < ?3)
    AND ts_max >= ?2 * ${QUARTER_MS} AND ts_max < ?3 * ${QUARTER_MS}
    AND high > ?4 AND drained_ms < ?5
    AND high <= (SELECT CASE WHEN ?6 THEN up_to ELSE series_up_to END
      FROM usage_watermarks WHERE tenant = ?1)
  ORDER BY high LIMIT ?7`;
// Bucket after bucket, as they stand in the list, and each by its key: nothing is sorted.
const READ_BLOCKS = `
  SELECT s.bucket, s.high, hex(s.body) AS body
  FROM json_each(?2) b CROSS JOIN series_blocks s
    ON s.tenant = ?1 AND s.bucket = b.value AND s.high >= ?3 AND s.high <= ?4
  WHERE s.ts_min <= ?5 AND s.ts_max >= ?6 AND (s.bucket > ?7 OR s.high > ?8)
  LIMIT ?9`;
const DELETE_SEGMENTS = `
  DELETE FROM usage_segments WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?2))`;
const DELETE_QUARTERS = `
  DELETE FROM segment_quarters WHERE tenant = ?1 AND quarter >= ?2 AND quarter <= ?3
    AND high IN (SELECT value FROM json_each(?4))`;
const DELETE_BLOCKS = `
  DELETE FROM series_blocks
  WHERE tenant = ?1 AND (bucket, high) IN (SELECT value->>0, value->>1 FROM json_each(?2))`;
const INSERT_BLOCKS = `
  INSERT OR REPLACE INTO series_blocks (tenant, bucket, high, ts_min, ts_max, body)
  SELECT ?1, value->>0, value->>1, value->>2, value->>3, unhex(value->>4) FROM json_each(?2)`;
const INSERT_SEGMENTS = `
  INSERT OR IGNORE INTO usage_segments (tenant, high, low, n, generation, ts_min, ts_max,
    drained_ms, object_key, object_offset, object_length, body)
  SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, ?2, ?3,
    value->>6, value->>7, x'' FROM json_each(?4)`;
const KEEP_SEGMENTS = `
  UPDATE usage_segments SET drained_ms = ?2
  WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?3))`;
const INSERT_QUARTERS = `
  INSERT OR IGNORE INTO segment_quarters (tenant, quarter, high)
  SELECT ?1, value->>0, value->>1 FROM json_each(?2)`;

/** Fails, and with it the batch that it stands in, unless segments are as they were read. */
const INSIST_AS_READ = `
  SELECT CASE WHEN ${areAsRead("?2", IS_ENTRY)}
    THEN 1 ELSE json('segments were written anew') END AS asRead`;

/** A segment that is to be archived. */
export type OldSegment = SegmentRow & { generation: number; tsMin: number; tsMax: number };

/** The first quarter-hour from one on, and before another, of which there are segments; or null. */
export async function nextQuarter(
  db: D1Database,
  tenant: string,
  from: number,
  before: number,
): Promise<number | null> {
  const asked = db.prepare(READ_NEXT_QUARTER).bind(tenant, from, before);
  return (await asked.first<{ quarter: number | null }>())?.quarter ?? null;
}

/** What segments are old enough: of one month by their last event, and settled. */
export type OldQuery = {
  tenant: string;
  fromQuarter: number;
  toQuarter: number;
  afterSeq: number;
  /** Drained before this. */
  drainedBeforeMs: number;
  /** Also those whose series are still to be written: of test tenants. */
  unsealed: boolean;
  limit: number;
};

/** The next segments that are to be archived, by their sequences. */
export async function oldSegments(db: D1Database, asked: OldQuery): Promise<OldSegment[]> {
  const { tenant, fromQuarter, toQuarter, afterSeq, drainedBeforeMs, unsealed, limit } = asked;
  const { results } = await db
    .prepare(READ_OLD)
    .bind(
      ...[tenant, fromQuarter, toQuarter, afterSeq, drainedBeforeMs],
      ...[unsealed ? 1 : 0, limit],
    )
    .all<OldSegment>();
  return results;
}

/** Sequences from one to another. */
export type SeqRange = readonly [low: number, high: number];

export type SeriesRow = { bucket: number; high: number; body: string };

const ALL_BUCKETS = [WHOLE, ...Array.from({ length: BUCKETS }, (_, i) => i)];

/** A page of the series blocks that may hold events of a range of sequences. */
export async function seriesNear(
  db: D1Database,
  asked: {
    tenant: string;
    range: SeqRange;
    tsMin: number;
    tsMax: number;
    after: { bucket: number; high: number };
    limit: number;
  },
): Promise<SeriesRow[]> {
  const { tenant, range, tsMin, tsMax, after, limit } = asked;
  const [low, high] = range;
  const buckets = JSON.stringify(ALL_BUCKETS.filter((bucket) => bucket >= after.bucket));
  const read = db
    .prepare(READ_BLOCKS)
    .bind(
      ...[tenant, buckets, low, high + GENERATION_SPAN, tsMax, tsMin],
      ...[after.bucket, after.high, limit],
    );
  return (await read.all<SeriesRow>()).results;
}

/** Ranges as few, wider ones, so that none reaches into what may lie behind another. */
export function apart(ranges: readonly SeqRange[]): SeqRange[] {
  const wide: [low: number, high: number][] = [];
  for (const [low, high] of ranges) {
    const last = wide.at(-1);
    if (last && low <= last[1] + GENERATION_SPAN) last[1] = high;
    else wide.push([low, high]);
  }
  return wide;
}

/** What the row of a segment says that changes with what it holds. */
type Read = Pick<SegmentRow, "low" | "high" | "drainedMs">;

/** First in a batch that takes segments out: one that was merged, or renamed, fails it. */
export function insistAsRead(
  db: D1Database,
  tenant: string,
  segments: readonly Read[],
): D1PreparedStatement {
  const rows = segments.map(({ high, low, drainedMs }) => [high, low, drainedMs]);
  return db.prepare(INSIST_AS_READ).bind(tenant, JSON.stringify(rows));
}

/** Takes segments, named by their last sequences, out of the ledger. */
export function deleteSegments(
  db: D1Database,
  tenant: string,
  highs: readonly number[],
  quarters: { from: number; to: number },
): D1PreparedStatement[] {
  const named = JSON.stringify(highs);
  return [
    db.prepare(DELETE_SEGMENTS).bind(tenant, named),
    db.prepare(DELETE_QUARTERS).bind(tenant, quarters.from, quarters.to, named),
  ];
}

/** Puts other series blocks in the place of some, in statements of at most a megabyte each. */
export function changeSeries(
  db: D1Database,
  tenant: string,
  gone: readonly Pick<SeriesRow, "bucket" | "high">[],
  blocks: readonly Block[],
  rowsOf: (values: Iterable<unknown>) => string[],
): D1PreparedStatement[] {
  const rows = blocks.map(({ bucket, high, tsMin, tsMax, body }) => {
    return [bucket, high, tsMin, tsMax, hexOf(body)];
  });
  return [
    ...rowsOf(gone.map(({ bucket, high }) => [bucket, high])).map((some) =>
      db.prepare(DELETE_BLOCKS).bind(tenant, some),
    ),
    ...rowsOf(rows).map((some) => db.prepare(INSERT_BLOCKS).bind(tenant, some)),
  ];
}

/** A segment that comes back, with its body's place in an object. */
export type BackSegment = {
  high: number;
  low: number;
  generation: number;
  tsMin: number;
  tsMax: number;
  offset: number;
  length: number;
  quarters: readonly number[];
};

/** Puts segments back whose bodies lie in an object; `untilMs` keeps compaction from them. */
export function insertSegments(
  db: D1Database,
  { tenant, untilMs, objectKey }: { tenant: string; untilMs: number; objectKey: string },
  segments: readonly BackSegment[],
): D1PreparedStatement[] {
  const rows = segments.map(({ high, low, generation, tsMin, tsMax, offset, length }) => {
    return [high, low, high - low + 1, generation, tsMin, tsMax, offset, length];
  });
  const quarters = segments.flatMap(({ high, quarters: own }) => own.map((one) => [one, high]));
  return [
    db.prepare(INSERT_SEGMENTS).bind(tenant, untilMs, objectKey, JSON.stringify(rows)),
    db.prepare(INSERT_QUARTERS).bind(tenant, JSON.stringify(quarters)),
  ];
}

/** Segments by their last sequences, in order. */
export async function segmentsNamed(
  db: D1Database,
  tenant: string,
  highs: readonly number[],
): Promise<OldSegment[]> {
  const { results } = await db
    .prepare(
      `SELECT ${SEGMENT_COLUMNS}, generation, ts_min AS tsMin, ts_max AS tsMax
       FROM usage_segments WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?2))
       ORDER BY high`,
    )
    .bind(tenant, JSON.stringify(highs))
    .all<OldSegment>();
  return results;
}

/** Segments that came back, by their last sequences, with the object in which each lies now. */
export async function restoredSegments(
  db: D1Database,
  tenant: string,
  highs: readonly number[],
): Promise<{ high: number; objectKey: string | null }[]> {
  const { results } = await db
    .prepare(
      `SELECT high, object_key AS objectKey FROM usage_segments
       WHERE tenant = ?1 AND high IN (SELECT value FROM json_each(?2))`,
    )
    .bind(tenant, JSON.stringify(highs))
    .all<{ high: number; objectKey: string | null }>();
  return results;
}

/** Has segments that came back stay until another time. */
export function keepSegments(
  db: D1Database,
  { tenant, untilMs }: { tenant: string; untilMs: number },
  highs: readonly number[],
): D1PreparedStatement {
  return db.prepare(KEEP_SEGMENTS).bind(tenant, untilMs, JSON.stringify(highs));
}

/** The next segments of a tenant's ledger after a sequence, for who reads all of them. */
export async function segmentsAfter(
  db: D1Database,
  tenant: string,
  afterSeq: number,
  limit: number,
): Promise<SegmentRow[]> {
  const { results } = await db
    .prepare(
      `SELECT ${SEGMENT_COLUMNS} FROM usage_segments WHERE tenant = ?1 AND high > ?2
       ORDER BY high LIMIT ?3`,
    )
    .bind(tenant, afterSeq, limit)
    .all<SegmentRow>();
  return results;
}

/** The next series blocks of a tenant, by bucket and sequence, for who reads all of them. */
export async function seriesAfter(
  db: D1Database,
  tenant: string,
  after: { bucket: number; high: number },
  limit: number,
): Promise<SeriesRow[]> {
  const { results } = await db
    .prepare(
      `SELECT bucket, high, hex(body) AS body FROM series_blocks
       WHERE tenant = ?1 AND (bucket, high) > (?2, ?3) ORDER BY bucket, high LIMIT ?4`,
    )
    .bind(tenant, after.bucket, after.high, limit)
    .all<SeriesRow>();
  return results;
}

/**
 * Puts another body in the place of a segment's; compaction moves it into R2 again. Changes nothing
 * where the segment is no longer as it was read.
 */
export function rewriteSegment(
  db: D1Database,
  tenant: string,
  { high, drainedMs, objectKey }: SegmentRow,
  body: Uint8Array,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE usage_segments
       SET body = unhex(?3), drained_ms = drained_ms + 1, object_key = NULL,
         object_offset = 0, object_length = 0
       WHERE tenant = ?1 AND high = ?2 AND drained_ms = ?4 AND object_key IS ?5`,
    )
    .bind(tenant, high, hexOf(body), drainedMs, objectKey);
}

/** The segments whose bodies lie in an object, as its key says which there were. */
export async function segmentsIn(
  db: D1Database,
  tenant: string,
  objectKey: string,
): Promise<SegmentRow[]> {
  const [, low = "0", high = "0"] = /(\d+)-(\d+)$/.exec(objectKey) ?? [];
  const { results } = await db
    .prepare(
      `SELECT ${SEGMENT_COLUMNS} FROM usage_segments
       WHERE tenant = ?1 AND high BETWEEN ?2 AND ?3 AND object_key = ?4 ORDER BY high`,
    )
    .bind(tenant, Number(low), Number(high), objectKey)
    .all<SegmentRow>();
  return results;
}
