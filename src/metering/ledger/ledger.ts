/**
 * Reading the ledger: segments, rollups, catalogue. Reads the tables `usage_segments`,
 * `segment_quarters`, `rollup_tenant`, `rollup_level`, `rollup_values`, `usage_voids`.
 */
import { QUARTER_MS, quarterOf } from "../../core/time.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { type Cell, type CellJson, cellFromJson, emptyCell } from "../aggregation/cell.ts";
import { counterOf, mergeCell } from "../counter/counter.ts";
import { ValueRoom } from "../counter/room.ts";
import type { Counter } from "../counter/terms.ts";
import {
  type Body,
  bodyOfMetrics,
  bodyOfUsers,
  bodyWithin,
  tupleAt,
  tuplesOf,
} from "../event/body.ts";
import type { Line, LineTuple } from "../event/line.ts";
import type { Found } from "../event/search.ts";
import { type ArchivedRow, archivedWithin, insistLive, insistNone } from "./archived.ts";
import { bytesOfHex, unpackBody } from "./segment.ts";
import { keepBody, keptBodies, SEGMENT_NAME, segmentName } from "./segment-cache.ts";
import { bucketOf, unpackSeries, WHOLE } from "./series.ts";
import { readSegmentBytes } from "./stored.ts";

// Text, and built once: reads of the ledger are measured.
// One text for both marks: where a page's reads ask for both, it is one statement.
const READ_MARK = `SELECT up_to AS upTo, series_up_to AS seriesTo FROM usage_watermarks
  WHERE tenant = ?`;
const READ_VOIDS = "SELECT seq FROM usage_voids WHERE tenant = ?";
const READ_BLOCKS = `
  SELECT bucket, high, hex(body) AS body FROM series_blocks
  WHERE tenant = ?1 AND (bucket, high) > (?2, ?3) AND ts_max >= ?5 AND ts_min < ?6
    AND high <= coalesce(?4, (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1))
    AND (?7 IS NULL OR bucket IN (SELECT value FROM json_each(?7)))
  ORDER BY bucket, high LIMIT ?8`;

/** Half-open, by event time. */
export type Range = { startMs: number; endMs: number };

/** `body` as hexadecimal text: D1 hands a BLOB over as an array of numbers, ten times slower. */
export type SegmentRow = {
  high: number;
  low: number;
  drainedMs: number;
  body: string;
  /** The R2 object that holds the body, once it is compacted. */
  objectKey: string | null;
  objectOffset: number;
  objectLength: number;
};
export const SEGMENT_COLUMNS = `high, low, drained_ms AS drainedMs, hex(body) AS body,
  object_key AS objectKey, object_offset AS objectOffset, object_length AS objectLength`;

/** The same, without the bodies of those that are named by the JSON in `known`. */
export function segmentColumnsBut(known: string): string {
  const isKnown = `${SEGMENT_NAME} IN (SELECT value FROM json_each(${known}))`;
  return SEGMENT_COLUMNS.replace("hex(body)", `iif(${isKnown}, '', hex(body))`);
}

/** Reads that are under way at once; an invocation has six connections. */
const FETCHES = 6;

/**
 * Brings the bodies of compacted segments from R2 into their rows, but for those that are known;
 * those of an object together. Errors: 409 that names an object that is not as it was written.
 */
export async function fetchBodies(
  files: R2Bucket,
  rows: readonly SegmentRow[],
  known: Known = new Map(),
): Promise<void> {
  const compacted = rows.filter((row) => row.objectKey !== null && !known.has(segmentName(row)));
  const objects = [...Map.groupBy(compacted, ({ objectKey }) => objectKey ?? "")];
  for (let i = 0; i < objects.length; i += FETCHES) {
    await Promise.all(
      objects.slice(i, i + FETCHES).map(async ([key, own]) => {
        const offset = Math.min(...own.map(({ objectOffset }) => objectOffset));
        const end = Math.max(...own.map((row) => row.objectOffset + row.objectLength));
        const bytes = Buffer.from(await readSegmentBytes(files, key, { offset, end }));
        for (const row of own) {
          const from = row.objectOffset - offset;
          row.body = bytes.toString("hex", from, from + row.objectLength);
        }
      }),
    );
  }
}

function segmentBody(row: SegmentRow): Body {
  return unpackBody(bytesOfHex(row.body));
}

/** Bodies of segments that are known already, by their names. */
type Known = ReadonlyMap<string, Body>;

/** The body of a tenant's segment, known or from its row, and then kept. */
function keptBody(tenant: string, row: SegmentRow, known: Known): Body {
  const found = known.get(segmentName(row));
  if (found !== undefined) return found;
  const body = segmentBody(row);
  keepBody(tenant, row, body);
  return body;
}

/** The lines of a segment with their sequences. */
export function segmentLines(row: SegmentRow): Line[] {
  return tuplesOf(segmentBody(row)).map((tuple, i) => ({ seq: row.low + i, tuple }));
}

/** Whose lines are wanted, "" being nobody's, and of which metrics; null for all. */
type Wanted = { users: readonly string[] | null; metrics: readonly string[] | null };

/**
 * The lines of a tenant's segment that may be wanted; `known` are bodies that its row was read
 * without.
 */
export function segmentLinesOf(
  tenant: string,
  row: SegmentRow,
  { users, metrics, known }: Wanted & { known: Known },
): Line[] {
  const body = keptBody(tenant, row, known);
  if (users !== null) return found(row, bodyOfUsers(body, users));
  if (metrics !== null) return found(row, bodyOfMetrics(body, metrics));
  return tuplesOf(body).map((tuple, i) => ({ seq: row.low + i, tuple }));
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

/** What whole quarter-hours of a metric add up to, of the range at the place `i`. */
type Total = [
  i: number,
  metric: string,
  upper: string,
  lower: string,
  count: number,
  firstMs: number,
  lastMs: number,
];
/** A row of a quarter-hour's level; the body of a large one is read in pages. */
type LevelRow = {
  metric: string;
  quarter: number;
  part: number;
  size: number;
  body: string | null;
};

/** A metric's quarter-hour of which a range holds only some events. */
type PartialQuarter = { i: number; metric: string; quarter: number };

/** What is read for such quarters, a thing a row: one of them, an archived month, a segment. */
type EdgeRow = {
  /** An array of the place of its range, its metric and the quarter. */
  part: string | null;
  month: string | null;
} & (SegmentRow | { [Name in keyof SegmentRow]: null });

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
 * Ranges as JSON, each by its place: its first quarter-hour, the one after its last, its times. And
 * the metrics that are asked for, or all that the tenant has rows of in a table: one look-up finds
 * the next. They are found once for all ranges.
 */
const askedIn = (table: string) => `RECURSIVE
  asked AS MATERIALIZED (SELECT key AS i, value ->> 0 AS since, value ->> 1 AS until,
    value ->> 2 AS start_ms, value ->> 3 AS end_ms FROM json_each(?2)
    WHERE type = 'array'),
  used(name) AS (
    SELECT min(metric) FROM ${table} WHERE tenant = ?1 AND ?3 IS NULL
    UNION ALL
    SELECT (SELECT min(metric) FROM ${table} WHERE tenant = ?1 AND metric > used.name)
    FROM used WHERE used.name IS NOT NULL),
  names(name) AS MATERIALIZED (
    SELECT name FROM used WHERE name IS NOT NULL
    UNION ALL SELECT DISTINCT value FROM json_each(?3))`;
const ASKED = askedIn("rollup_tenant");
/** Naming metrics lets the key find the quarters, a look-up for each of each range, in order. */
const METRICS = `FROM asked CROSS JOIN names`;
const IS_WITHIN = "r.first_ms >= start_ms AND r.last_ms < end_ms";
// Only a range's first quarter-hour and its last can lie across an edge of it.
const PARTIAL = `SELECT i, r.metric, r.quarter ${METRICS}
  CROSS JOIN rollup_tenant r ON r.tenant = ?1 AND r.metric = name
    AND r.quarter IN (since, until - 1) AND r.count <> 0
    AND r.first_ms < end_ms AND r.last_ms >= start_ms AND NOT (${IS_WITHIN})`;

/** Totals that one row holds, as JSON: rows cost more on their way than what stands in them. */
const PACKED = 1_000;
// Totals in two halves, added as bigint: SUM would raise where a total passes 64 bits.
const READ_TOTALS = `WITH ${ASKED},
  totals AS MATERIALIZED (SELECT (
      SELECT json_array(i, name, CAST(SUM(r.total >> 32) AS TEXT),
        CAST(SUM(r.total & 4294967295) AS TEXT), SUM(r.count), MIN(r.first_ms), MAX(r.last_ms))
      FROM rollup_tenant r WHERE r.tenant = ?1 AND r.metric = name
        AND r.quarter >= since AND r.quarter < until AND r.count <> 0 AND ${IS_WITHIN}
      HAVING COUNT(*) > 0
    ) AS total ${METRICS}),
  placed AS (SELECT total, row_number() OVER () AS place
    FROM (SELECT total FROM totals WHERE total IS NOT NULL LIMIT ?4))
  SELECT '[' || group_concat(total) || ']' AS packed FROM placed GROUP BY place / ${PACKED}`;
// Levels first: most metrics have none, so that looking for them costs no row of their quarters.
const levelsFrom = (table: string, part: string) => `
  SELECT i, r.metric, r.quarter, ${part} AS part, octet_length(l.body) AS size,
    CASE WHEN octet_length(l.body) < ${INLINE_BYTES} THEN l.body END AS body
  ${METRICS} CROSS JOIN ${table} l
    ON l.tenant = ?1 AND l.metric = name AND l.quarter >= since AND l.quarter < until
  CROSS JOIN rollup_tenant r
    ON r.tenant = ?1 AND r.metric = l.metric AND r.quarter = l.quarter
    AND r.count <> 0 AND ${IS_WITHIN}`;
// A quarter-hour that has values has a level, so that of most tenants nothing is looked for.
const READ_LEVELS = `WITH ${askedIn("rollup_level")} ${levelsFrom("rollup_level", "0")}
  UNION ALL ${levelsFrom("rollup_values", "l.part")}`;
// One statement looks for the parts of quarter-hours once: for themselves, for the segments that
// hold them, and for the months of which their events may be archived.
const READ_RAGGED = `WITH ${ASKED},
  partial AS MATERIALIZED (${PARTIAL}),
  own AS MATERIALIZED (SELECT high FROM segment_quarters
    WHERE tenant = ?1 AND quarter IN (SELECT quarter FROM partial))
  SELECT json_array(i, metric, quarter) AS part, NULL AS month, NULL AS high, NULL AS low,
    NULL AS drainedMs, NULL AS body, NULL AS objectKey, NULL AS objectOffset, NULL AS objectLength
  FROM partial
  UNION ALL
  SELECT * FROM (SELECT NULL, a.month, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM partial p
    CROSS JOIN usage_archives a ON a.tenant = ?1 AND a.restored_until_ms IS NULL
      AND a.ts_max >= p.quarter * ${QUARTER_MS} AND a.ts_min < (p.quarter + 1) * ${QUARTER_MS}
    LIMIT 24)
  UNION ALL
  SELECT * FROM (SELECT NULL, NULL, ${SEGMENT_COLUMNS} FROM usage_segments
    WHERE tenant = ?1 AND high IN own ORDER BY high)`;

/** Ranges for `ASKED`, by their places; null for one that is not asked. */
function askedJson(ranges: readonly (Range | null)[]): string {
  return JSON.stringify(
    ranges.map((range) => {
      if (range === null) return null;
      const { startMs, endMs } = range;
      return [Math.floor(startMs / QUARTER_MS), Math.ceil(endMs / QUARTER_MS), startMs, endMs];
    }),
  );
}

function isRagged({ startMs, endMs }: Range): boolean {
  return startMs % QUARTER_MS !== 0 || endMs % QUARTER_MS !== 0;
}

/** What is asked of several ranges. */
type RangesQuery = {
  tenant: string;
  ranges: readonly Range[];
  counters: ReadonlyMap<string, Counter>;
  metrics: readonly string[] | null;
  /** Metrics of ranges that are read at most; null for any number. */
  most: number | null;
};

/** More rows than were asked for at most. */
export class TooManyRows extends Error {}

/** Readings to try for while the ledger goes on: the last one may hold values that came later. */
const ATTEMPTS = 3;

/**
 * What several ranges add up to, per metric, and how far the ledger was. A quarter-hour whose first
 * and last event lie within a range counts from its rollup, be the range ragged or not: "until now"
 * decodes nothing. `take` makes of each range's cells what is wanted of them, so that the values of
 * one range at a time are in memory. Errors: 422 where a range has more distinct values than one
 * answer can add up, 409 where it takes a part of a quarter-hour whose events are archived,
 * `TooManyRows` beyond `most`.
 */
export async function readRanges<T>(
  { DB, FILES }: Store,
  query: RangesQuery,
  take: (cells: ReadonlyMap<string, Cell>, index: number) => T,
): Promise<{ upToSeq: number; taken: T[] }> {
  const { tenant, ranges, counters } = query;
  for (let attempt = 1; ; attempt++) {
    const { upToSeq, totals, levels, partial, segments, archived } = await readRows(DB, query);
    insistNone(archived);
    await fetchBodies(FILES, segments);
    const bodies = segments.map((row) => ({ row, body: segmentBody(row) }));
    const taken: T[] = [];
    let isLarge = false;
    for (const [i, range] of ranges.entries()) {
      const cells = new RangeCells(totals.get(i) ?? []);
      // Most ranges have none of both: hundreds of them are added up without a turn of the loop.
      const level = levels.get(i);
      if (level) {
        const { isLarge: paged, pages } = levelPages(DB, tenant, level);
        isLarge ||= paged;
        await cells.addLevels(pages);
      }
      const parts = partial.get(i);
      if (parts) cells.addPartial({ range, partial: parts, bodies }, counters);
      taken.push(take(cells.cells, i));
    }
    // One batch is one moment; where levels took further reads, the ledger has to be where it was.
    if (!isLarge || attempt === ATTEMPTS) return { upToSeq, taken };
    const now = await DB.prepare(READ_MARK).bind(tenant).first<{ upTo: number }>();
    if ((now?.upTo ?? 0) === upToSeq) return { upToSeq, taken };
  }
}

/** The rows of several ranges: four statements, since an invocation may send a thousand in all. */
async function readRows(db: D1Database, { tenant, ranges, metrics, most }: RangesQuery) {
  const asked = askedJson(ranges);
  const ragged = askedJson(ranges.map((range) => (isRagged(range) ? range : null)));
  const names = metrics && JSON.stringify(metrics);
  const read = await db.batch([
    db.prepare(READ_MARK).bind(tenant),
    db.prepare(READ_TOTALS).bind(tenant, asked, names, most === null ? -1 : most + 1),
    db.prepare(READ_LEVELS).bind(tenant, asked, names),
    ...(ranges.some(isRagged) ? [db.prepare(READ_RAGGED).bind(tenant, ragged, names)] : []),
  ]);
  const [marks, packed, levels, edges = []] = read.map((one) => one.results) as [
    { upTo: number }[],
    { packed: string }[],
    (LevelRow & { i: number })[],
    EdgeRow[]?,
  ];
  const parts = edges.flatMap(({ part }) => (part === null ? [] : [partialOf(part)]));
  const totals = packed.flatMap((row) => JSON.parse(row.packed) as Total[]);
  if (most !== null && totals.length > most) throw new TooManyRows();
  return {
    upToSeq: marks[0]?.upTo ?? 0,
    totals: Map.groupBy(totals, ([i]) => i),
    levels: Map.groupBy(levels, ({ i }) => i),
    partial: Map.groupBy(parts, ({ i }) => i),
    segments: edges.filter((row): row is EdgeRow & SegmentRow => row.high !== null),
    archived: edges.filter((row): row is EdgeRow & ArchivedRow => row.month !== null),
  };
}

function partialOf(part: string): PartialQuarter {
  const [i, metric, quarter] = JSON.parse(part) as [number, string, number];
  return { i, metric, quarter };
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

/** What a range has of quarter-hours that lie across its edges, and the segments that hold them. */
type Ragged = {
  range: Range;
  partial: readonly PartialQuarter[];
  bodies: readonly { row: SegmentRow; body: Body }[];
};

/** What the reads of a range add up to, per metric. */
class RangeCells {
  readonly cells = new Map<string, Cell>();
  readonly #room = new ValueRoom();

  constructor(totals: readonly Total[]) {
    for (const [, metric, upper, lower, events, firstMs, lastMs] of totals) {
      const sumMicro = (BigInt(upper) << 32n) + BigInt(lower);
      mergeCell(this.#at(metric), {
        ...emptyCell("", 0, metric),
        sumMicro,
        events,
        firstMs,
        lastMs,
      });
    }
  }

  #at(name: string): Cell {
    const cell = this.cells.get(name) ?? emptyCell("", 0, name);
    this.cells.set(name, cell);
    return cell;
  }

  async addLevels(pages: AsyncGenerator<LevelRow[]>): Promise<void> {
    for await (const page of pages) {
      for (const { metric, body } of page) {
        const level = cellFromJson(JSON.parse(body ?? "") as CellJson);
        const kept = { ...level, sumMicro: 0n, events: 0, firstMs: 0, lastMs: 0 };
        this.#room.merge(this.#at(metric), kept);
      }
    }
  }

  addPartial(
    { range: { startMs, endMs }, partial, bodies }: Ragged,
    counters: ReadonlyMap<string, Counter>,
  ): void {
    const keys = new Set(partial.map(({ metric, quarter }) => `${quarter} ${metric}`));
    const quarters = [...new Set(partial.map(({ quarter }) => quarter * QUARTER_MS))];
    const ragged = quarters.map((fromMs) => ({
      startMs: Math.max(startMs, fromMs),
      endMs: Math.min(endMs, fromMs + QUARTER_MS),
    }));
    const lines = bodies.flatMap(({ row, body }) =>
      ragged.flatMap((range) => found(row, bodyWithin(body, range.startMs, range.endMs))),
    );
    const inside = lines.filter(({ tuple: [, metric, , atMs] }) =>
      keys.has(`${quarterOf(atMs)} ${metric}`),
    );
    for (const { tuple } of withoutVoided(inside)) {
      this.#room.add(this.#at(tuple[1]), counterOf(counters, tuple[1]), tuple);
    }
  }
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
  return row && tupleAt(segmentBody(row), seq - row.low);
}

/** Rows of a read that are unpacked at a time, so that memory stays bounded. */
const READ_ROWS = 50;

type Reading = Wanted & { tenant: string; range: Range };
type BlockRow = { bucket: number; high: number; body: string };

/**
 * The wanted lines that may lie in a range, without voided ones, and of how many they are: from
 * series where they are written, from segments after that. Its first read sees one moment of the
 * ledger.
 */
export async function* linesOfRange(
  { DB, FILES }: Store,
  reading: Reading,
): AsyncGenerator<{ lines: Line[]; events: number }> {
  const { tenant, users, metrics } = reading;
  const known = keptBodies(tenant);
  const first = await DB.batch([
    DB.prepare(READ_MARK).bind(reading.tenant),
    DB.prepare(READ_VOIDS).bind(reading.tenant),
    blockPage(DB, reading, { bucket: WHOLE - 1, high: 0, seriesTo: null }),
    segmentPage(DB, reading, { known, after: null }),
    archivedWithin(DB, reading.tenant, reading.range),
  ]);
  const [marks, voids, firstBlocks, firstSegments, archived] = first.map(
    ({ results }) => results,
  ) as [{ seriesTo: number }[], { seq: number }[], BlockRow[], SegmentRow[], ArchivedRow[]];
  insistNone(archived);
  const seriesTo = marks[0]?.seriesTo ?? 0;
  const voided = new Set(voids.map(({ seq }) => seq));
  const counted = ({ seq, tuple }: Line) => !tuple[8] && !voided.has(seq);
  for (let rows = firstBlocks; ; ) {
    for (const row of rows) {
      const lines = unpackSeries(bytesOfHex(row.body), users).filter(counted);
      yield { lines, events: lines.length };
    }
    const last = rows.at(-1);
    if (!last || rows.length < READ_ROWS) break;
    ({ results: rows } = await blockPage(DB, reading, { ...last, seriesTo }).all<BlockRow>());
  }
  for (let [rows, read] = [firstSegments, 0]; ; ) {
    await fetchBodies(FILES, rows, known);
    // One that was merged between two pages begins with lines that came with the page before.
    const isNew = (line: Line) => line.seq > read && counted(line);
    for (const row of rows) {
      const lines = segmentLinesOf(tenant, row, { users, metrics, known }).filter(isNew);
      const all = row.high - Math.max(row.low - 1, read);
      yield { lines, events: users === null ? all : lines.length };
    }
    const last = rows.at(-1);
    if (!last || rows.length < READ_ROWS) break;
    read = last.high;
    ({ results: rows } = await segmentPage(DB, reading, {
      known,
      after: last.high,
    }).all<SegmentRow>());
  }
  const pages = [firstBlocks, firstSegments].some((rows) => rows.length === READ_ROWS);
  if (pages) await insistLive(DB, reading.tenant, reading.range);
}

/** Series blocks after a bucket and sequence, up to where the series went as the reading began. */
function blockPage(
  db: D1Database,
  { tenant, range, users }: Reading,
  after: { bucket: number; high: number; seriesTo: number | null },
): D1PreparedStatement {
  const own = new Set(users?.map((user) => bucketOf(user)));
  const buckets = users && JSON.stringify([WHOLE, ...own]);
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
  { known, after }: { known: Known; after: number | null },
): D1PreparedStatement {
  return db
    .prepare(
      `SELECT ${segmentColumnsBut("?6")} FROM usage_segments
       WHERE tenant = ?1 AND ts_max >= ?3 AND ts_min < ?4 AND high >
         coalesce(?2, (SELECT series_up_to FROM usage_watermarks WHERE tenant = ?1), 0)
       ORDER BY high LIMIT ?5`,
    )
    .bind(tenant, after, range.startMs, range.endMs, READ_ROWS, JSON.stringify([...known.keys()]));
}
