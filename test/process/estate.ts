/** The files of a server that does not run: read, kept, and set back to an earlier state. */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The database, or the objects, of all tenants. */
export type Part = "d1" | "do";

/** Keeps a part as it is now. Returns what sets it back to that. */
export function keepPart(stateDir: string, part: Part): () => void {
  const [live, kept] = [join(stateDir, part), join(stateDir, `${part}-kept`)];
  cpSync(live, kept, { recursive: true });
  return () => {
    rmSync(live, { recursive: true });
    cpSync(kept, live, { recursive: true });
  };
}

/** How long the server may hold the database. */
const BUSY_MS = 5_000;

/** The tables of usage that are in every ledger. */
const USAGE = [
  "usage_watermarks",
  "usage_segments",
  "rollup_tenant",
  "series_blocks",
  "usage_alerts",
  "usage_voids",
];

/**
 * Rows of the databases, read beside the server or after its end: of the control database, and of
 * usage as if all of it lay there.
 */
export function queryLedger<Row>(stateDir: string, sql: string): Row[] {
  const { control, ledgers } = databaseFiles(stateDir);
  const db = new DatabaseSync(control, { readOnly: true, timeout: BUSY_MS });
  try {
    for (const [i, file] of ledgers.entries()) db.exec(`ATTACH '${file}' AS ledger_${i}`);
    const schemas = ["main", ...ledgers.map((_, i) => `ledger_${i}`)];
    for (const table of USAGE) {
      const own = schemas.map(
        (schema) => `SELECT t.* FROM ${schema}.${table} t WHERE t.tenant NOT IN (
          SELECT tenant FROM ${schema}.usage_watermarks WHERE fenced <> 0)`,
      );
      db.exec(`CREATE TEMP VIEW ${table} AS ${own.join(" UNION ALL ")}`);
    }
    return db.prepare(sql).all() as Row[];
  } finally {
    db.close();
  }
}

/** Changes the control database of a server that does not run. */
export function changeLedger(stateDir: string, sql: string): void {
  const db = new DatabaseSync(databaseFiles(stateDir).control, { timeout: BUSY_MS });
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

/** The files of the control database and of further ledgers. */
export function databaseFiles(stateDir: string): { control: string; ledgers: string[] } {
  const dir = join(stateDir, "d1/miniflare-D1DatabaseObject");
  const files = readdirSync(dir)
    .filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))
    .map((name) => join(dir, name));
  const has = (file: string, table: string) => {
    const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
    try {
      const made = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
      return db.prepare(made).get(table) !== undefined;
    } finally {
      db.close();
    }
  };
  return {
    control: files.find((file) => has(file, "tenants")) ?? "",
    ledgers: files.filter((file) => !has(file, "tenants") && has(file, "usage_watermarks")),
  };
}

/** What must never be there, whatever crashed and when: a statement for each, without rows. */
const NEVER = {
  "a segment that does not begin where the one before ends": `
    SELECT s.tenant, s.low FROM usage_segments s WHERE s.low <> 1 + coalesce(
      (SELECT max(high) FROM usage_segments b WHERE b.tenant = s.tenant AND b.high < s.high), 0)`,
  "a segment across a generation's end, which series would count twice": `
    SELECT s.tenant, s.low, s.high FROM usage_segments s JOIN usage_watermarks w USING (tenant)
    WHERE s.low <= w.series_up_to AND s.high > w.series_up_to`,
  "a segment whose events are not as many as its sequences": `
    SELECT tenant, low, high, n FROM usage_segments WHERE n <> high - low + 1`,
  "a watermark that is not the last segment's": `
    SELECT tenant, up_to FROM usage_watermarks w
    WHERE up_to <> (SELECT coalesce(max(high), 0) FROM usage_segments s WHERE s.tenant = w.tenant)`,
  "a gap in a tenant's news": `
    SELECT tenant, count(*) AS n, max(news_seq) AS last FROM outbox
    GROUP BY tenant HAVING n <> last`,
  "an alert without its announcement, or twice announced": `
    SELECT tenant, sum(k) AS n FROM (
      SELECT tenant, 1 AS k FROM usage_alerts WHERE body->>'kind' = 'threshold' UNION ALL
      SELECT tenant, -1 FROM outbox WHERE type = 'usage.threshold_reached')
    GROUP BY tenant HAVING n <> 0`,
  "a threshold that was passed by": `
    SELECT a.tenant, a.threshold FROM usage_alerts a WHERE a.threshold IN (90, 100, 110)
      AND NOT EXISTS (SELECT 1 FROM usage_alerts b WHERE b.tenant = a.tenant
        AND b.window_id = a.window_id AND b.metric = a.metric AND b.epoch = a.epoch
        AND b.threshold = 80)`,
  "a number that is skipped": `
    SELECT issuer, scope, kind, series_year, count(*) AS n, max(sequence) AS last FROM documents
    WHERE number IS NOT NULL GROUP BY issuer, scope, kind, series_year HAVING n <> last`,
  "a period whose frozen counts the ledger does not have": `
    SELECT id, drift FROM periods WHERE drift IS NOT NULL AND json_array_length(drift) > 0`,
  "two invoices of one period": `
    SELECT document_id FROM periods WHERE document_id IS NOT NULL
    GROUP BY document_id HAVING count(*) > 1`,
};

/** Every broken promise of the ledger, by its name. */
export function brokenPromises(stateDir: string): Record<string, unknown[]> {
  const found = Object.entries(NEVER).map(([name, sql]) => [name, queryLedger(stateDir, sql)]);
  return Object.fromEntries(found.filter(([, rows]) => rows?.length !== 0));
}
