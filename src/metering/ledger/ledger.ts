/**
 * Reading the ledger: segments, rollups, catalogue. Reads the tables `usage_segments`,
 * `segment_quarters`, `rollup_tenant`, `rollup_level`, `rollup_values`, `usage_voids`.
 */
import { QUARTER_MS, quarterOf } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Cell, type CellJson, cellFromJson, emptyCell } from "../aggregation/cell.ts";
import { counterOf, mergeCell } from "../counter/counter.ts";
import { ValueRoom } from "../counter/room.ts";
import type { Counter } from "../counter/terms.ts";
import { type Line, type LineTuple, parseLine, parseLines } from "../event/line.ts";
import { type Found, linesOfUser, linesWithin } from "../event/search.ts";
import { bytesOfHex, unpackText } from "./segment.ts";
import { bucketOf, unpackSeries, WHOLE } from "./series.ts";

// Text, and built once: reads of the ledger are measured.
const READ_MARK = "SELECT up_to AS upTo FROM usage_watermarks WHERE tenant = ?";
const READ_SERIES_MARK = "SELECT series_up_to AS seriesTo FROM usage_watermarks WHERE tenant = ?";
const READ_VOIDS = "SELECT seq FROM usage_voids WHERE tenant = ?";
const READ_BLOCKS = `
  SELECT bucket, high, hex(body) AS body FROM series_blocks
  WHERE tenant = ?1 AND (bucket, high) > (?2, ?3) AND ts_max >= ?5 AND ts_min < ?6
    AND high <= coalesce(?4, (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1))
    AND (?7 IS NULL OR bucket IN (SELECT value FROM json_each(?7)))
  ORDER BY bucket, high LIMIT ?8`;

/** Half-open, by event time. */
export type Range = { startMs: number; endMs: number };

/** Where the ledger is: rows in D1, bodies of older segments in R2. */
export type Store = Pick<Env, "DB" | "FILES">;

/** `body` as hexadecimal text: D1 hands a BLOB over as an array of numbers, ten times slower. */
export type SegmentRow = {
  high: number;
  low: number;
  body: string;
  /** The R2 object that holds the body, once it is compacted. */
  objectKey: string | null;
  objectOffset: number;
  objectLength: number;
};
export const SEGMENT_COLUMNS = `high, low, hex(body) AS body, object_key AS objectKey,
  object_offset AS objectOffset, object_length AS objectLength`;

/** Reads that are under way at once; an invocation has six connections. */
const FETCHES = 6;

/** Brings the bodies of compacted segments from R2 into their rows. */
export async function fetchBodies(files: R2Bucket, rows: readonly SegmentRow[]): Promise<void> {
  const compacted = rows.filter(({ objectKey }) => objectKey !== null);
  for (let i = 0; i < compacted.length; i += FETCHES) {
    await Promise.all(
      compacted.slice(i, i + FETCHES).map(async (row) => {
        const range = { offset: row.objectOffset, length: row.objectLength };
        const object = await files.get(row.objectKey ?? "", { range });
        if (!object) throw new Error(`segment object ${row.objectKey} is missing`);
        row.body = Buffer.from(await object.arrayBuffer()).toString("hex");
      }),
    );
  }
}

function segmentText(row: SegmentRow): string {
  return unpackText(bytesOfHex(row.body));
}

/** The lines of a segment with their sequences. */
export function segmentLines(row: SegmentRow): Line[] {
  return parseLines(segmentText(row)).map((tuple, i) => ({ seq: row.low + i, tuple }));
}

/** The lines of a segment that are one user's, or all. */
export function segmentLinesOf(row: SegmentRow, user: string | null): Line[] {
  return user === null ? segmentLines(row) : found(row, linesOfUser(segmentText(row), user));
}

function found({ low }: SegmentRow, lines: readonly Found[]): Line[] {
  return lines.map(({ index, tuple }) => ({ seq: low + index, tuple }));
}

/**
 * Lines that count: without those that were voided and those that void them. Both have the same
 * event time, so whoever reads a whole quarter-hour has both.
 */
export function withoutVoided(lines: readonly Line[]): Line[] {
  const voided = new Set(lines.flatMap(({ tuple }) => (tuple[8] ? [tuple[8]] : [])));
  if (voided.size === 0) return [...lines];
  return lines.filter(({ seq, tuple }) => !tuple[8] && !voided.has(seq));
}

/** Segments that hold events of some quarter-hours. */
export function segmentsOfQuarters(
  db: D1Database,
  tenant: string,
  quarters: readonly number[],
): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${SEGMENT_COLUMNS} FROM usage_segments WHERE tenant = ?1 AND high IN (
         SELECT high FROM segment_quarters WHERE tenant = ?1 AND quarter IN (
           SELECT value FROM json_each(?2)))
       ORDER BY high`,
    )
    .bind(tenant, JSON.stringify(quarters));
}

type RollupRow = {
  metric: string;
  total: string;
  count: number;
  firstMs: number;
  lastMs: number;
};
/** A row of a quarter-hour's level; the body of a large one is read in pages. */
type LevelRow = {
  metric: string;
  quarter: number;
  part: number;
  size: number;
  body: string | null;
};

/** A metric's quarter-hour of which a range holds only some events. */
type PartialQuarter = { metric: string; quarter: number };

/** Reads of a range. */
const READS = 4;
/** A level whose row is smaller is read with the range. */
const INLINE_BYTES = 1_000;
/** Bytes of larger ones that are read at a time. */
const PAGE_BYTES = 4_000_000;

/** The bodies of levels that are named by metric, quarter and part; part 0 is `rollup_level`. */
const READ_BODIES = `
  SELECT l.metric, l.quarter, 0 AS part, octet_length(l.body) AS size, l.body
  FROM json_each(?2) p JOIN rollup_level l
    ON l.tenant = ?1 AND l.metric = p.value->>0 AND l.quarter = p.value->>1
  WHERE p.value->>2 = 0
  UNION ALL
  SELECT v.metric, v.quarter, v.part, octet_length(v.body) AS size, v.body
  FROM json_each(?2) p JOIN rollup_values v
    ON v.tenant = ?1 AND v.metric = p.value->>0 AND v.quarter = p.value->>1
    AND v.part = p.value->>2
  WHERE p.value->>2 > 0`;

/**
 * The reads of a range; run in one batch they see one moment of the ledger. A quarter-hour whose
 * first and last event lie within the range counts from its rollup, be the range ragged or not:
 * "until now" decodes nothing. `metrics` null: all of them.
 */
function rangeStatements(
  db: D1Database,
  tenant: string,
  { startMs, endMs }: Range,
  metrics: readonly string[] | null,
): D1PreparedStatement[] {
  const first = Math.floor(startMs / QUARTER_MS);
  const end = Math.ceil(endMs / QUARTER_MS);
  const names = metrics && JSON.stringify(metrics);
  const values = [tenant, first, end, names, startMs, endMs];
  // Every metric that was ever used is registered: naming them lets the key find the quarters.
  const inRange = `tenant = ?1 AND quarter >= ?2 AND quarter < ?3 AND metric IN (
    SELECT name FROM metrics WHERE tenant IN (?1, '*')
      AND (?4 IS NULL OR name IN (SELECT value FROM json_each(?4))))`;
  const within = "count <> 0 AND first_ms >= ?5 AND last_ms < ?6";
  const across = `count <> 0 AND first_ms < ?6 AND last_ms >= ?5
    AND NOT (first_ms >= ?5 AND last_ms < ?6)`;
  const partial = `SELECT metric, quarter FROM rollup_tenant WHERE ${inRange} AND ${across}`;
  return [
    // Totals in two halves, added as bigint: SUM would raise where a total passes 64 bits.
    db
      .prepare(
        `SELECT metric, CAST(SUM(total >> 32) AS TEXT) AS upper,
           CAST(SUM(total & 4294967295) AS TEXT) AS lower, SUM(count) AS count,
           MIN(first_ms) AS firstMs, MAX(last_ms) AS lastMs
         FROM rollup_tenant WHERE ${inRange} AND ${within} GROUP BY metric`,
      )
      .bind(...values),
    db
      .prepare(
        ["rollup_level", "rollup_values"]
          .map(
            (table) => `
         SELECT l.metric, l.quarter, ${table === "rollup_level" ? "0 AS part" : "l.part"},
           octet_length(l.body) AS size,
           CASE WHEN octet_length(l.body) < ${INLINE_BYTES} THEN l.body END AS body
         FROM ${table} l JOIN rollup_tenant r USING (metric, quarter)
         WHERE l.tenant = ?1 AND r.${inRange} AND ${within}`,
          )
          .join(" UNION ALL "),
      )
      .bind(...values),
    db.prepare(partial).bind(...values),
    db
      .prepare(
        `SELECT ${SEGMENT_COLUMNS} FROM usage_segments WHERE tenant = ?1 AND high IN (
           SELECT high FROM segment_quarters WHERE tenant = ?1 AND quarter IN (
             SELECT quarter FROM (${partial})))
         ORDER BY high`,
      )
      .bind(...values),
  ];
}

/** What is asked of several ranges. */
type RangesQuery = {
  tenant: string;
  ranges: readonly Range[];
  counters: ReadonlyMap<string, Counter>;
  metrics: readonly string[] | null;
};

/** Readings to try for while the ledger goes on: the last one may hold values that came later. */
const ATTEMPTS = 3;

/**
 * What several ranges add up to, per metric, and how far the ledger was. `take` makes of each
 * range's cells what is wanted of them, so that the values of one range at a time are in memory.
 * Errors: 422 where a range has more distinct values than one answer can add up.
 */
export async function readRanges<T>(
  { DB, FILES }: Store,
  query: RangesQuery,
  take: (cells: ReadonlyMap<string, Cell>, index: number) => T,
): Promise<{ upToSeq: number; taken: T[] }> {
  const { tenant, ranges, counters, metrics } = query;
  for (let attempt = 1; ; attempt++) {
    const [watermark, ...reads] = await DB.batch([
      DB.prepare(READ_MARK).bind(tenant),
      ...ranges.flatMap((range) => rangeStatements(DB, tenant, range, metrics)),
    ]);
    const segments = reads
      .filter((_, i) => i % READS === READS - 1)
      .flatMap(({ results }) => results);
    await fetchBodies(FILES, segments as SegmentRow[]);
    const [row] = (watermark?.results ?? []) as { upTo: number }[];
    const upToSeq = row?.upTo ?? 0;
    const taken: T[] = [];
    let isLarge = false;
    for (const [i, range] of ranges.entries()) {
      const found = reads.slice(i * READS, (i + 1) * READS);
      const levels = levelPages(DB, tenant, (found[1]?.results ?? []) as LevelRow[]);
      isLarge ||= levels.isLarge;
      taken.push(take(await rangeCells(found, levels.pages, range, counters), i));
    }
    // One batch is one moment; where levels took further reads, the ledger has to be where it was.
    if (!isLarge || attempt === ATTEMPTS) return { upToSeq, taken };
    const now = await DB.prepare(READ_MARK).bind(tenant).first<{ upTo: number }>();
    if ((now?.upTo ?? 0) === upToSeq) return { upToSeq, taken };
  }
}

/** The levels of a range: first those that came with it, then the large ones a page at a time. */
function levelPages(db: D1Database, tenant: string, rows: readonly LevelRow[]) {
  const large = rows.filter(({ body }) => body === null);
  async function* pages(): AsyncGenerator<LevelRow[]> {
    yield rows.filter(({ body }) => body !== null);
    for (let at = 0; at < large.length; ) {
      const page: [metric: string, quarter: number, part: number][] = [];
      for (let bytes = 0; at < large.length; at++) {
        const { metric, quarter, part, size } = large[at] as LevelRow;
        bytes += size;
        if (page.length > 0 && bytes > PAGE_BYTES) break;
        page.push([metric, quarter, part]);
      }
      const read = db.prepare(READ_BODIES).bind(tenant, JSON.stringify(page));
      yield (await read.all<LevelRow>()).results;
    }
  }
  return { isLarge: large.length > 0, pages: pages() };
}

type SplitRow = Omit<RollupRow, "total"> & { upper: string; lower: string };

/** What the reads of a range add up to, per metric. */
async function rangeCells(
  [rollups, , partial, segments]: readonly (D1Result | undefined)[],
  levels: AsyncGenerator<LevelRow[]>,
  { startMs, endMs }: Range,
  counters: ReadonlyMap<string, Counter>,
): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  const room = new ValueRoom();
  const at = (name: string): Cell => {
    const cell = cells.get(name) ?? emptyCell("", 0, name);
    cells.set(name, cell);
    return cell;
  };
  for (const row of (rollups?.results ?? []) as SplitRow[]) {
    mergeCell(at(row.metric), {
      ...emptyCell("", 0, row.metric),
      sumMicro: (BigInt(row.upper) << 32n) + BigInt(row.lower),
      events: row.count,
      firstMs: row.firstMs,
      lastMs: row.lastMs,
    });
  }
  for await (const page of levels) {
    for (const { metric, body } of page) {
      const level = cellFromJson(JSON.parse(body ?? "") as CellJson);
      const kept = { ...level, sumMicro: 0n, events: 0, firstMs: 0, lastMs: 0 };
      room.merge(at(metric), kept);
    }
  }
  const partialQuarters = (partial?.results ?? []) as PartialQuarter[];
  const keys = new Set(partialQuarters.map(({ metric, quarter }) => `${quarter} ${metric}`));
  const quarters = [...new Set(partialQuarters.map(({ quarter }) => quarter * QUARTER_MS))];
  const ragged = quarters.map((fromMs) => ({
    startMs: Math.max(startMs, fromMs),
    endMs: Math.min(endMs, fromMs + QUARTER_MS),
  }));
  const lines = ((segments?.results ?? []) as SegmentRow[]).flatMap((row) => {
    const text = segmentText(row);
    return ragged.flatMap((range) => found(row, linesWithin(text, range.startMs, range.endMs)));
  });
  const inside = lines.filter(({ tuple: [, metric, , atMs] }) =>
    keys.has(`${quarterOf(atMs)} ${metric}`),
  );
  for (const { tuple } of withoutVoided(inside)) {
    room.add(at(tuple[1]), counterOf(counters, tuple[1]), tuple);
  }
  return cells;
}

async function readSegmentRow(
  { DB, FILES }: Store,
  tenant: string,
  seq: number,
): Promise<SegmentRow | null> {
  const row = await DB.prepare(
    `SELECT ${SEGMENT_COLUMNS} FROM usage_segments WHERE tenant = ? AND high >= ?
       ORDER BY high LIMIT 1`,
  )
    .bind(tenant, seq)
    .first<SegmentRow>();
  if (!row || row.low > seq) return null;
  await fetchBodies(FILES, [row]);
  return row;
}

/** The segment that holds a sequence, or null. */
export async function readSegment(
  store: Store,
  tenant: string,
  seq: number,
): Promise<Line[] | null> {
  const row = await readSegmentRow(store, tenant, seq);
  return row && segmentLines(row);
}

/** One event of the ledger, or null. */
export async function readLedgerLine(
  store: Store,
  tenant: string,
  seq: number,
): Promise<LineTuple | null> {
  const row = await readSegmentRow(store, tenant, seq);
  const line = row && segmentText(row).split("\n")[seq - row.low];
  return line ? parseLine(line) : null;
}

/** Rows of a read that are unpacked at a time, so that memory stays bounded. */
const READ_ROWS = 50;

type Reading = { tenant: string; range: Range; user: string | null };
type BlockRow = { bucket: number; high: number; body: string };

/**
 * All lines that may lie in a range, or those of one user, without voided ones: from series where
 * they are written, from segments after that. Its first read sees one moment of the ledger.
 */
export async function* linesOfRange(
  { DB, FILES }: Store,
  reading: Reading,
): AsyncGenerator<Line[]> {
  const first = await DB.batch([
    DB.prepare(READ_SERIES_MARK).bind(reading.tenant),
    DB.prepare(READ_VOIDS).bind(reading.tenant),
    blockPage(DB, reading, { bucket: WHOLE - 1, high: 0, seriesTo: null }),
    segmentPage(DB, reading, null),
  ]);
  const [marks, voids, firstBlocks, firstSegments] = first.map(({ results }) => results) as [
    { seriesTo: number }[],
    { seq: number }[],
    BlockRow[],
    SegmentRow[],
  ];
  const seriesTo = marks[0]?.seriesTo ?? 0;
  const voided = new Set(voids.map(({ seq }) => seq));
  const counted = ({ seq, tuple }: Line) => !tuple[8] && !voided.has(seq);
  for (let rows = firstBlocks; ; ) {
    for (const row of rows) yield unpackSeries(bytesOfHex(row.body), reading.user).filter(counted);
    const last = rows.at(-1);
    if (!last || rows.length < READ_ROWS) break;
    ({ results: rows } = await blockPage(DB, reading, { ...last, seriesTo }).all<BlockRow>());
  }
  for (let rows = firstSegments; ; ) {
    await fetchBodies(FILES, rows);
    for (const row of rows) yield segmentLinesOf(row, reading.user).filter(counted);
    const last = rows.at(-1);
    if (!last || rows.length < READ_ROWS) return;
    ({ results: rows } = await segmentPage(DB, reading, last.high).all<SegmentRow>());
  }
}

/** Series blocks after a bucket and sequence, up to where the series went as the reading began. */
function blockPage(
  db: D1Database,
  { tenant, range, user }: Reading,
  after: { bucket: number; high: number; seriesTo: number | null },
): D1PreparedStatement {
  const buckets = user === null ? null : JSON.stringify([WHOLE, bucketOf(user)]);
  return db
    .prepare(READ_BLOCKS)
    .bind(
      ...[tenant, after.bucket, after.high, after.seriesTo],
      ...[range.startMs, range.endMs, buckets, READ_ROWS],
    );
}

/** Segments after a sequence, or after the series. A segment never crosses a generation's end. */
function segmentPage(
  db: D1Database,
  { tenant, range }: Reading,
  afterSeq: number | null,
): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${SEGMENT_COLUMNS} FROM usage_segments
       WHERE tenant = ?1 AND ts_max >= ?3 AND ts_min < ?4 AND high >
         coalesce(?2, (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1), 0)
       ORDER BY high LIMIT ?5`,
    )
    .bind(tenant, afterSeq, range.startMs, range.endMs, READ_ROWS);
}
