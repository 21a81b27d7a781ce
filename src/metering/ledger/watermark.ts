/** How far the ledger is: the tables `usage_watermarks`, `usage_frozen` and its parts. */
import { TENANT_OF_NAME } from "../../accounts/store/account-store.ts";
import { TENANT_OF_HASH } from "../../accounts/store/key-store.ts";
import { ownMetricNames } from "../catalogue/catalogue.ts";
import { frozenPart } from "../counter/frozen.ts";
import type { Count, Frozen } from "../counter/terms.ts";

// Text, and built once: an object that wakes waits for these.
const READ_MARKS = `
  SELECT up_to AS upTo, series_up_to AS seriesUpTo,
    (SELECT json_group_array(window_id) FROM usage_frozen WHERE tenant = ?1) AS frozen
  FROM usage_watermarks WHERE tenant = ?1`;
/** Of a tenant, what is read together with that of a thousand others: names, and windows. */
const MOST_TOGETHER = 50;
const startsOf = (tenants: string) => `
  SELECT t.value AS tenant, coalesce(up_to, 0) AS upTo, coalesce(series_up_to, 0) AS seriesUpTo,
    (SELECT json_group_array(window_id) FROM (
      SELECT window_id FROM usage_frozen WHERE tenant = t.value LIMIT ${MOST_TOGETHER + 1}
    )) AS frozen,
    (SELECT json_group_array(name) FROM (
      SELECT name FROM metrics WHERE tenant = t.value LIMIT ${MOST_TOGETHER + 1}
    )) AS named
  FROM ${tenants} t LEFT JOIN usage_watermarks w ON w.tenant = t.value`;
const READ_STARTS = startsOf("json_each(?1)");
const START_OF_HASH = startsOf(`(${TENANT_OF_HASH})`);
const START_OF_NAME = startsOf(`(${TENANT_OF_NAME})`);
const KEEP_FROZEN = "INSERT OR IGNORE INTO usage_frozen (tenant, window_id, body) VALUES (?, ?, ?)";
const KEEP_PART = `
  INSERT OR IGNORE INTO usage_frozen_parts (tenant, window_id, part, body) VALUES (?, ?, ?, ?)`;
const READ_FROZEN = "SELECT body FROM usage_frozen WHERE tenant = ? AND window_id = ?";
const READ_PARTS =
  "SELECT body FROM usage_frozen_parts WHERE tenant = ? AND window_id = ? ORDER BY part";

/** What the ledger has of a tenant's journal: how far, its series, and which windows are frozen. */
export type Watermarks = { upTo: number; seriesUpTo: number; frozenIds: string[] };

type MarksRow = { upTo: number; seriesUpTo: number; frozen: string };

function marksOf(row: MarksRow | null | undefined): Watermarks {
  if (!row) return { upTo: 0, seriesUpTo: 0, frozenIds: [] };
  return { upTo: row.upTo, seriesUpTo: row.seriesUpTo, frozenIds: JSON.parse(row.frozen) };
}

/** How far a tenant's ledger is; all zero where nothing was ever drained. */
export async function readWatermarks(db: D1Database, tenant: string): Promise<Watermarks> {
  return marksOf(await db.prepare(READ_MARKS).bind(tenant).first<MarksRow>());
}

/** What a meter that starts has to know of the ledger: how far it is, and the tenant's names. */
export type Start = Watermarks & { names: string[] };

/** What a meter that starts asks the ledger, by one question. */
export async function readStart(db: D1Database, tenant: string): Promise<Start> {
  const [marks, named] = await db.batch<MarksRow | { name: string }>([
    db.prepare(READ_MARKS).bind(tenant),
    ownMetricNames(db, tenant),
  ]);
  const [row] = (marks?.results ?? []) as MarksRow[];
  const names = ((named?.results ?? []) as { name: string }[]).map(({ name }) => name);
  return { ...marksOf(row), names };
}

/** The same of many tenants by one query, but for those of whom the ledger has much. */
export async function readStarts(
  db: D1Database,
  tenants: readonly string[],
): Promise<Map<string, Start>> {
  const { results } = await db.prepare(READ_STARTS).bind(JSON.stringify(tenants)).all<StartRow>();
  const starts = results.map((row): [string, Start | null] => [row.tenant, startOfRow(row)]);
  return new Map(starts.filter((of): of is [string, Start] => of[1] !== null));
}

/** A row of what reads the start of one tenant or of many. */
export type StartRow = MarksRow & { tenant: string; named: string };

/** The start that a row says; null where the ledger has too much of the tenant to say it so. */
export function startOfRow({ named, ...row }: StartRow): Start | null {
  const start = { ...marksOf(row), names: JSON.parse(named) as string[] };
  const isShort = (of: readonly unknown[]) => of.length <= MOST_TOGETHER;
  return isShort(start.names) && isShort(start.frozenIds) ? start : null;
}

/** Reads the `StartRow` of the tenant whose key has a hash: it is asked with the key. */
export function startOfHash(db: D1Database, hash: string): D1PreparedStatement {
  return db.prepare(START_OF_HASH).bind(hash);
}

/** Reads the `StartRow` of the tenant that has a name. */
export function startOfName(db: D1Database, name: string): D1PreparedStatement {
  return db.prepare(START_OF_NAME).bind(name);
}

/** Keeps what a window was frozen with, by its `frozenRows`; the first time counts. */
export function frozenStatements(
  db: D1Database,
  tenant: string,
  windowId: string,
  rows: readonly string[],
): D1PreparedStatement[] {
  return rows.map((body, part) =>
    part === 0
      ? db.prepare(KEEP_FROZEN).bind(tenant, windowId, body)
      : db.prepare(KEEP_PART).bind(tenant, windowId, part, body),
  );
}

/** What a window of a tenant was frozen with, or null. */
export async function readFrozen(
  db: D1Database,
  tenant: string,
  windowId: string,
): Promise<Frozen | null> {
  const [heads, parts] = await db.batch<{ body: string }>([
    db.prepare(READ_FROZEN).bind(tenant, windowId),
    db.prepare(READ_PARTS).bind(tenant, windowId),
  ]);
  const head = heads?.results[0];
  if (!head) return null;
  const { upToSeq, counts } = frozenPart(head.body);
  const more = (parts?.results ?? []).flatMap(({ body }) => JSON.parse(body) as Count[]);
  return { upToSeq, counts: [...counts, ...more] };
}
