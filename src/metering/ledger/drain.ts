/**
 * A drain's batch in the ledger: segments, their quarters and rollups, alerts and voids, all
 * guarded by the tenant's watermark, which the last statement moves. Run again it changes nothing.
 */
import { rowsOfValues } from "../../core/rows.ts";
import { quarterOf } from "../../core/time.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { type Cell, type CellJson, cellFromJson, cellPieces } from "../aggregation/cell.ts";
import { mergeCell } from "../counter/counter.ts";
import type { Alert, Counter } from "../counter/terms.ts";
import { type Piece, tuplesOf } from "../event/body.ts";
import type { LineTuple } from "../event/line.ts";
import { alertStatements } from "./alert.ts";
import type { Following } from "./announce.ts";
import { archivedQuarters } from "./archived.ts";
import {
  fetchBodies,
  type SegmentRow,
  segmentLines,
  segmentsOfQuarters,
  withoutVoided,
} from "./ledger.ts";
import {
  hexOf,
  packBody,
  type Rolled,
  rolledSums,
  rollUp,
  type Span,
  scanRolled,
  spanOf,
} from "./segment.ts";
import { damagedIn } from "./stored.ts";

/** Journal lines `fromSeq + 1 .. high` of one generation. */
export type Slice = {
  tenant: string;
  generation: number;
  fromSeq: number;
  high: number;
  /** The lines, as the bodies of segments. */
  pieces: readonly Piece[];
  /** What the lines add up to, where every batch of them was summed whole. */
  sums: readonly Cell[] | null;
  counters: ReadonlyMap<string, Counter>;
  /** True for the name of a metric that is in the catalogue. */
  isKnown: (metric: string) => boolean;
  /** Real time. */
  realMs: number;
};

/** A row of a quarter-hour that is smaller takes further values; else they begin another row. */
const OPEN_LEVEL_BYTES = 20_000;

const GUARD = "(SELECT up_to FROM usage_watermarks WHERE tenant = ?1 AND fenced = 0) = ?2";

// Text, and built once: the drain of every slice is measured.
const MOVE_MARK = `
  UPDATE usage_watermarks SET up_to = ?3 WHERE tenant = ?1 AND up_to = ?2 AND fenced = 0`;
const MAKE_MARK = "INSERT OR IGNORE INTO usage_watermarks (tenant, up_to) VALUES (?, 0)";
const INSERT_SEGMENT = `
  INSERT INTO usage_segments
    (tenant, high, low, n, generation, ts_min, ts_max, drained_ms, body)
  SELECT ?1, ?3, ?3 - ?4 + 1, ?4, ?5, ?6, ?7, ?8, unhex(?9) WHERE ${GUARD}`;
const INSERT_QUARTERS = `
  INSERT INTO segment_quarters (tenant, quarter, high)
  SELECT ?1, value->>0, value->>1 FROM json_each(?3) WHERE ${GUARD}`;
const ADD_ROLLUPS = `
  INSERT INTO rollup_tenant (tenant, metric, quarter, total, count, first_ms, last_ms)
  SELECT ?1, value->>0, value->>1, CAST(value->>2 AS INTEGER), value->>3, value->>4, value->>5
  FROM json_each(?3) WHERE ${GUARD}
  ON CONFLICT (tenant, metric, quarter) DO UPDATE SET
    total = total + excluded.total, count = count + excluded.count,
    first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)`;
/** The last row of each quarter-hour that is named; its body only where it may still grow. */
const READ_LAST_LEVELS = `
  SELECT metric, quarter, coalesce(part, 0) AS part,
    CASE WHEN octet_length(body) < ${OPEN_LEVEL_BYTES} THEN body END AS body
  FROM (
    SELECT l.metric, l.quarter, v.part, coalesce(v.body, l.body) AS body
    FROM json_each(?2) p
    JOIN rollup_level l ON l.tenant = ?1 AND l.metric = p.value->>0 AND l.quarter = p.value->>1
    LEFT JOIN rollup_values v ON v.tenant = ?1 AND v.metric = l.metric AND v.quarter = l.quarter
      AND v.part = (SELECT max(part) FROM rollup_values
        WHERE tenant = ?1 AND metric = l.metric AND quarter = l.quarter))`;
const WRITE_LEVELS = `
  INSERT INTO rollup_level (tenant, metric, quarter, body)
  SELECT ?1, value->>0, value->>1, value->>2 FROM json_each(?3) WHERE ${GUARD}
  ON CONFLICT (tenant, metric, quarter) DO UPDATE SET body = excluded.body`;
const WRITE_VALUES = `
  INSERT INTO rollup_values (tenant, metric, quarter, part, body)
  SELECT ?1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?3) WHERE ${GUARD}
  ON CONFLICT (tenant, metric, quarter, part) DO UPDATE SET body = excluded.body`;
const INSERT_VOIDS = `
  INSERT OR IGNORE INTO usage_voids (tenant, seq, void_seq)
  SELECT ?1, value->>0, value->>1 FROM json_each(?3) WHERE ${GUARD}`;

/**
 * The batch that puts a slice into the ledger, whose last statement tells whether it was new; and
 * what follows from the slice once it has.
 */
export async function sliceStatements(
  store: Store,
  slice: Slice,
  alerts: readonly Alert[],
): Promise<{ statements: D1PreparedStatement[]; following: Following }> {
  const db = store.DB;
  const { rolled, spans, tuples } = rollUpSlice(slice);
  const repaired = await repairVoided(store, slice, tuples, rolled);
  const { tenant, fromSeq, high } = slice;
  const statements = [
    ...firstWatermark(db, slice),
    ...segmentStatements(db, slice, spans),
    ...clearStatements(db, slice, repaired),
    ...rollupStatements(db, slice, rolled),
    ...(await levelStatements(db, slice, rolled, repaired)),
    ...voidStatements(db, slice, tuples),
    ...alertStatements(db, tenant, fromSeq, alerts),
    db.prepare(MOVE_MARK).bind(tenant, fromSeq, high),
  ];
  const metrics = rolled.metrics.filter((metric) => !slice.isKnown(metric));
  const voids = tuples.filter((tuple) => tuple[8]);
  return { statements, following: { metrics, voids, alerts } };
}

/** The batch for alerts alone, where the watermark is `upTo`; its last statement tells as above. */
export function alertBatch(
  db: D1Database,
  { tenant, upTo, alerts }: { tenant: string; upTo: number; alerts: readonly Alert[] },
): D1PreparedStatement[] {
  return [
    ...firstWatermark(db, { tenant, fromSeq: upTo }),
    ...alertStatements(db, tenant, upTo, alerts),
    db.prepare(MOVE_MARK).bind(tenant, upTo, upTo),
  ];
}

/** What a slice comes to, the span of each piece, and its lines where they had to be parsed. */
type RolledSlice = { rolled: Rolled; spans: Span[]; tuples: LineTuple[] };

/** Adds a slice up in the cheapest way that its lines allow: from sums, as text, or parsed. */
function rollUpSlice({ sums, pieces, counters }: Slice): RolledSlice {
  const summed = sums && rolledSums(sums, counters);
  if (summed) {
    const { rolled, span } = summed;
    return { rolled, spans: pieces.map(() => span), tuples: [] };
  }
  const scanned = scanRolled(pieces, counters);
  if (scanned) return { ...scanned, tuples: [] };
  const parsed = pieces.map(({ body }) => tuplesOf(body));
  const tuples = parsed.flat();
  return { rolled: rollUp(tuples, counters), spans: parsed.map(spanOf), tuples };
}

function firstWatermark(
  db: D1Database,
  { tenant, fromSeq }: Pick<Slice, "tenant" | "fromSeq">,
): D1PreparedStatement[] {
  if (fromSeq !== 0) return [];
  return [db.prepare(MAKE_MARK).bind(tenant)];
}

/** A segment for each piece, and which quarter-hours each holds. */
function segmentStatements(
  db: D1Database,
  slice: Slice,
  spans: readonly Span[],
): D1PreparedStatement[] {
  const { tenant, fromSeq, generation, realMs } = slice;
  const held: [quarter: number, high: number][] = [];
  let high = fromSeq;
  const segments = slice.pieces.map((piece, i) => {
    const { n } = piece;
    const { tsMin, tsMax, quarters } = spans[i] as Span;
    high += n;
    for (const quarter of quarters) held.push([quarter, high]);
    const body = hexOf(packBody(piece.body));
    return db
      .prepare(INSERT_SEGMENT)
      .bind(tenant, fromSeq, high, n, generation, tsMin, tsMax, realMs, body);
  });
  const quarters = db.prepare(INSERT_QUARTERS).bind(tenant, fromSeq, JSON.stringify(held));
  return [...segments, quarters];
}

function rollupStatements(db: D1Database, slice: Slice, rolled: Rolled): D1PreparedStatement[] {
  const rows = rolled.rollups.map((r) => [
    r.metric,
    r.quarter,
    r.totalMicro.toString(),
    r.count,
    r.firstMs,
    r.lastMs,
  ]);
  return rowsOfValues(rows).map((some) =>
    db.prepare(ADD_ROLLUPS).bind(slice.tenant, slice.fromSeq, some),
  );
}

/** A metric's quarter-hour. */
type MetricQuarter = [metric: string, quarter: number];

/**
 * A void changes what a quarter-hour's earliest, latest and extremes are: the quarters of voided
 * events are added up anew from their segments and this slice. Returns those quarters.
 */
async function repairVoided(
  { DB, FILES }: Store,
  slice: Slice,
  tuples: readonly LineTuple[],
  rolled: Rolled,
): Promise<MetricQuarter[]> {
  const voids = tuples.filter((tuple) => tuple[8]);
  if (voids.length === 0) return [];
  const voided = new Map(
    voids.map(([, metric, , atMs]) => {
      const quarter: MetricQuarter = [metric, quarterOf(atMs)];
      return [quarter.join(" "), quarter];
    }),
  );
  const quarters = [...new Set([...voided.values()].map(([, quarter]) => quarter))];
  const before = await segmentsOfQuarters(DB, slice.tenant, quarters).all<SegmentRow>();
  const isArchived = (await archivedQuarters(DB, slice.tenant, quarters)).length > 0;
  if (isArchived || (await damagedIn(fetchBodies(FILES, before.results))) !== null) {
    // Whoever voids asks for that before; in between events were archived, or their file was
    // damaged, which must not hold up all that comes after. Sums stay right.
    rolled.levels = rolled.levels.filter(
      ({ quarter, cell }) => !voided.has(`${cell.metric} ${quarter}`),
    );
    return [];
  }
  const low = slice.fromSeq + 1;
  const lines = withoutVoided([
    ...before.results.filter((row) => row.high < low).flatMap(segmentLines),
    ...tuples.map((tuple, i) => ({ seq: low + i, tuple })),
  ]);
  const keeps = (metric: string, quarter: number) => !voided.has(`${metric} ${quarter}`);
  const anew = rollUp(
    lines.map(({ tuple }) => tuple).filter(([, metric, , atMs]) => !keeps(metric, quarterOf(atMs))),
    slice.counters,
  );
  rolled.rollups = [...rolled.rollups.filter((r) => keeps(r.metric, r.quarter)), ...anew.rollups];
  rolled.levels = [
    ...rolled.levels.filter(({ quarter, cell }) => keeps(cell.metric, quarter)),
    ...anew.levels,
  ];
  return [...voided.values()];
}

/** Takes away the rows that are added up anew. */
function clearStatements(
  db: D1Database,
  { tenant, fromSeq }: Slice,
  repaired: readonly MetricQuarter[],
): D1PreparedStatement[] {
  if (repaired.length === 0) return [];
  const rows = rowsOfValues(repaired);
  return ["rollup_tenant", "rollup_level", "rollup_values"].flatMap((table) =>
    rows.map((some) =>
      db
        .prepare(
          `DELETE FROM ${table} WHERE tenant = ?1 AND (metric, quarter) IN (
             SELECT value->>0, value->>1 FROM json_each(?3)) AND ${GUARD}`,
        )
        .bind(tenant, fromSeq, some),
    ),
  );
}

type LastLevel = { metric: string; quarter: number; part: number; body: string | null };

/**
 * Levels cannot be merged in SQL: the object, their only writer, merges what is new into the last
 * row of its quarter-hour while that is small, and begins further rows beyond.
 */
async function levelStatements(
  db: D1Database,
  { tenant, fromSeq }: Slice,
  rolled: Rolled,
  repaired: readonly MetricQuarter[],
): Promise<D1PreparedStatement[]> {
  if (rolled.levels.length === 0) return [];
  const whole = new Set(repaired.map((quarter) => quarter.join(" ")));
  const merged = rolled.levels
    .map(({ quarter, cell }): MetricQuarter => [cell.metric, quarter])
    .filter((quarter) => !whole.has(quarter.join(" ")));
  const held = await readLastLevels(db, tenant, merged);
  const first: unknown[] = [];
  const further: unknown[] = [];
  for (const { quarter, cell } of rolled.levels) {
    const last = held.get(`${cell.metric} ${quarter}`);
    let part = last === undefined ? 0 : last.body === null ? last.part + 1 : last.part;
    for (const piece of cellPieces(mergedLevel(last?.body ?? null, cell))) {
      const body = JSON.stringify(piece);
      if (part === 0) first.push([cell.metric, quarter, body]);
      else further.push([cell.metric, quarter, part, body]);
      part++;
    }
  }
  return [
    ...rowsOfValues(first).map((rows) => db.prepare(WRITE_LEVELS).bind(tenant, fromSeq, rows)),
    ...rowsOfValues(further).map((rows) => db.prepare(WRITE_VALUES).bind(tenant, fromSeq, rows)),
  ];
}

/** The last row of each quarter-hour that has any, by metric and quarter. */
async function readLastLevels(
  db: D1Database,
  tenant: string,
  quarters: readonly MetricQuarter[],
): Promise<Map<string, LastLevel>> {
  const held = new Map<string, LastLevel>();
  for (const some of rowsOfValues(quarters)) {
    const { results } = await db.prepare(READ_LAST_LEVELS).bind(tenant, some).all<LastLevel>();
    for (const row of results) held.set(`${row.metric} ${row.quarter}`, row);
  }
  return held;
}

function mergedLevel(body: string | null, delta: Cell): Cell {
  if (body === null) return delta;
  const cell = cellFromJson(JSON.parse(body) as CellJson);
  mergeCell(cell, delta);
  return cell;
}

function voidStatements(
  db: D1Database,
  slice: Slice,
  tuples: readonly LineTuple[],
): D1PreparedStatement[] {
  const low = slice.fromSeq + 1;
  const voids = tuples.flatMap((tuple, i) => (tuple[8] ? [{ tuple, seq: low + i }] : []));
  if (voids.length === 0) return [];
  const pairs = voids.map(({ tuple, seq }) => [tuple[8] ?? 0, seq]);
  return rowsOfValues(pairs).map((some) =>
    db.prepare(INSERT_VOIDS).bind(slice.tenant, slice.fromSeq, some),
  );
}
