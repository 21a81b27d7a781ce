/** What the files of a run hold, table by table, once its server is closed. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { median } from "./large.ts";

/** Bytes: of an identity, an event, a row, an object, as each name says. */
export type Stored = {
  idBytes: number;
  logBytes: number;
  filterBytes: number;
  baseBytes: number;
  /** Of a segment with its quarter-hour, without its body. */
  segmentBytes: number;
  rollupBytes: number;
  seriesBytes: number;
  /** Of an event in the largest segments' bodies, and of the bodies of one event. */
  bodyBytes: number;
  oneBytes: number;
};

type Row = Record<string, number>;

/** The database and the objects under a state. Errors: where a file of either is missing. */
export function storedIn(stateDir: string): Stored {
  const files = globSync("**/*.sqlite", { cwd: stateDir }).map((path) => join(stateDir, path));
  const has = (table: string) => files.filter((path) => opened(path, (db) => hasTable(db, table)));
  const [ledger] = has("usage_segments");
  const objects = has("seen_sets").map((path) => ({ path, bytes: opened(path, totalBytes) }));
  const largest = objects.toSorted((a, b) => b.bytes - a.bytes)[0];
  if (!ledger || !largest) throw new Error(`no database or no object in ${stateDir}`);
  return {
    ...opened(ledger, ledgerBytes),
    ...opened(largest.path, objectBytes),
    // Most tenants of a run have a few events.
    baseBytes: median(objects.map(({ bytes }) => bytes)),
  };
}

function opened<T>(path: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

function one(db: DatabaseSync, sql: string, ...values: string[]): Row {
  return db.prepare(sql).get(...values) as Row;
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return one(db, "SELECT count(*) AS n FROM sqlite_schema WHERE name = ?", name).n === 1;
}

function totalBytes(db: DatabaseSync): number {
  return one(db, "SELECT sum(pgsize) AS bytes FROM dbstat").bytes ?? 0;
}

/** Pages of the tables whose names are like this, with their indexes. */
function tableBytes(db: DatabaseSync, like: string): number {
  const sql = `SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat
    WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name GLOB ?)`;
  return one(db, sql, like).bytes ?? 0;
}

function rowsOf(db: DatabaseSync, table: string): number {
  return one(db, `SELECT count(*) AS n FROM ${table}`).n ?? 0;
}

function ledgerBytes(db: DatabaseSync) {
  const large = one(
    db,
    "SELECT sum(length(body)) AS bytes, sum(n) AS events FROM usage_segments WHERE n >= 1000",
  );
  const single = one(db, "SELECT avg(length(body)) AS bytes FROM usage_segments WHERE n = 1");
  const series = one(
    db,
    "SELECT sum(series_up_to) AS events FROM usage_watermarks WHERE series_up_to > 0",
  );
  const quarters = tableBytes(db, "segment_quarters") / rowsOf(db, "segment_quarters");
  return {
    segmentBytes: smallSegmentBytes(db) + quarters,
    rollupBytes: tableBytes(db, "rollup_tenant") / rowsOf(db, "rollup_tenant"),
    seriesBytes: tableBytes(db, "series_blocks") / (series.events ?? 0),
    bodyBytes: (large.bytes ?? 0) / (large.events ?? 0),
    oneBytes: single.bytes ?? Number.NaN,
  };
}

/**
 * Of a row without its body, as rows of small segments alone take it, in the order in which they
 * came: those of large bodies have half a page of nothing at their end.
 */
function smallSegmentBytes(db: DatabaseSync): number {
  const alone = new DatabaseSync(":memory:");
  const made = db
    .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = 'usage_segments' AND sql IS NOT NULL")
    .all() as { sql: string }[];
  for (const { sql } of made) alone.exec(sql);
  const rows = db
    .prepare("SELECT * FROM usage_segments WHERE n <= 10 ORDER BY drained_ms, tenant, high")
    .all();
  const names = Object.keys(rows[0] ?? {});
  const values = names.map(() => "?").join();
  const insert = alone.prepare(`INSERT INTO usage_segments (${names.join()}) VALUES (${values})`);
  for (const row of rows) insert.run(...names.map((name) => row[name] ?? null));
  const { bytes = 0 } = one(alone, "SELECT sum(length(body)) AS bytes FROM usage_segments");
  const perRow = (tableBytes(alone, "usage_segments") - bytes) / rows.length;
  alone.close();
  return perRow;
}

function objectBytes(db: DatabaseSync) {
  const logs = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'log_*'")
    .all() as { name: string }[];
  const events = logs
    .map(({ name }) => one(db, `SELECT coalesce(sum(n), 0) AS n FROM ${name}`).n ?? 0)
    .reduce((sum, n) => sum + n, 0);
  const ids = one(db, "SELECT sum(n) AS n FROM seen_sets").n ?? 0;
  const filters = tableBytes(db, "filters");
  return {
    idBytes: (tableBytes(db, "seen_*") + filters) / ids,
    logBytes: tableBytes(db, "log_*") / events,
    filterBytes: filters / ids,
  };
}
