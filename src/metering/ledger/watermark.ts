/** How far the ledger is: the tables `usage_watermarks`, `usage_frozen` and its parts. */
import { TENANT_OF_NAME } from "../../accounts/store/account-store.ts";
import { TENANT_OF_HASH } from "../../accounts/store/key-store.ts";
import {
  type LedgerHome,
  ledgerDb,
  ledgersOf,
  type Store,
  storeOf,
} from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { frozenPart } from "../counter/frozen.ts";
import type { Count, Frozen } from "../counter/terms.ts";
import type { Announced } from "./announce.ts";

// Text, and built once: an object that wakes waits for these.
const FROZEN_IDS = "(SELECT json_group_array(window_id) FROM usage_frozen WHERE tenant = ?1)";
const READ_MARKS = `
  SELECT up_to AS upTo, series_up_to AS seriesUpTo, fenced, ${FROZEN_IDS} AS frozen
  FROM usage_watermarks WHERE tenant = ?1`;
/** Of a tenant, what is read together with that of a thousand others: names, and windows. */
const MOST_TOGETHER = 50;
const SOME_MARKS = `coalesce(w.up_to, 0) AS upTo, coalesce(w.series_up_to, 0) AS seriesUpTo,
    coalesce(w.fenced, 0) AS fenced,
    (SELECT json_group_array(window_id) FROM (
      SELECT window_id FROM usage_frozen WHERE tenant = t.value LIMIT ${MOST_TOGETHER + 1}
    )) AS frozen`;
const READ_MANY_MARKS = `
  SELECT t.value AS tenant, ${SOME_MARKS}
  FROM json_each(?1) t LEFT JOIN usage_watermarks w ON w.tenant = t.value`;
const HOME = `coalesce(h.ledger, 0) AS ledger, coalesce(h.ledger_epoch, 0) AS epoch,
    coalesce(a.batches, 0) AS batches, coalesce(a.up_to, 0) AS announcedTo`;
const HOME_OF = `LEFT JOIN tenants h ON h.id = t.value
    LEFT JOIN usage_announced a ON a.tenant = t.value`;
const READ_NAMES = "SELECT name FROM metrics WHERE tenant = ?1";
const READ_HOME = `SELECT ${HOME} FROM (SELECT ?1 AS value) t ${HOME_OF}`;
/** What the control database says of many tenants, and has of them where it is their ledger. */
const homesOf = (tenants: string) => `
  SELECT t.value AS tenant, ${HOME}, ${SOME_MARKS},
    (SELECT json_group_array(name) FROM (
      SELECT name FROM metrics WHERE tenant = t.value LIMIT ${MOST_TOGETHER + 1}
    )) AS named
  FROM ${tenants} t ${HOME_OF} LEFT JOIN usage_watermarks w ON w.tenant = t.value`;
const READ_HOMES = homesOf("json_each(?1)");
const START_OF_HASH = homesOf(`(${TENANT_OF_HASH})`);
const START_OF_NAME = homesOf(`(${TENANT_OF_NAME})`);
const CORRECT_HOME = `
  UPDATE tenants SET ledger = ?2, ledger_epoch = ?3 WHERE id = ?1 AND ledger_epoch < ?3`;
const IS_HERE = "coalesce((SELECT fenced FROM usage_watermarks WHERE tenant = ?1), 0) = 0";
const KEEP_FROZEN = `
  INSERT OR IGNORE INTO usage_frozen (tenant, window_id, body) SELECT ?1, ?2, ?3 WHERE ${IS_HERE}`;
const KEEP_PART = `
  INSERT OR IGNORE INTO usage_frozen_parts (tenant, window_id, part, body)
  SELECT ?1, ?2, ?3, ?4 WHERE ${IS_HERE}`;
const ASK_HERE = `SELECT ${IS_HERE} AS here`;
const READ_FROZEN = "SELECT body FROM usage_frozen WHERE tenant = ? AND window_id = ?";
const READ_PARTS =
  "SELECT body FROM usage_frozen_parts WHERE tenant = ? AND window_id = ? ORDER BY part";

/** What the ledger has of a tenant's journal: how far, its series, and which windows are frozen. */
export type Watermarks = {
  upTo: number;
  seriesUpTo: number;
  frozenIds: string[];
  /** True where the tenant's usage was moved away from there. */
  isFenced: boolean;
};

type MarksRow = { upTo: number; seriesUpTo: number; fenced: number; frozen: string };
type HomeRow = LedgerHome & { batches: number; announcedTo: number };

function marksOf(row: MarksRow | null | undefined): Watermarks {
  if (!row) return { upTo: 0, seriesUpTo: 0, frozenIds: [], isFenced: false };
  const { upTo, seriesUpTo, fenced, frozen } = row;
  return { upTo, seriesUpTo, frozenIds: JSON.parse(frozen), isFenced: fenced !== 0 };
}

function homeOf({ ledger, epoch, batches, announcedTo }: HomeRow) {
  return { home: { ledger, epoch }, announced: { batches, upTo: announcedTo } };
}

/** How far a tenant's ledger is; all zero where nothing was ever drained. */
export async function readWatermarks(db: D1Database, tenant: string): Promise<Watermarks> {
  return marksOf(await db.prepare(READ_MARKS).bind(tenant).first<MarksRow>());
}

/** Where a tenant's usage lies, and what of it was announced, as the control database says. */
export async function readHome(
  db: D1Database,
  tenant: string,
): Promise<{ home: LedgerHome; announced: Announced }> {
  const row = await db.prepare(READ_HOME).bind(tenant).first<HomeRow>();
  return homeOf(row ?? { ledger: 0, epoch: 0, batches: 0, announcedTo: 0 });
}

/** The ledger of a tenant, for a read that waits for no drain. */
export async function readStore(env: Env, tenant: string): Promise<Store> {
  if (ledgersOf(env).length === 1) return storeOf(env, tenant, 0);
  return storeOf(env, tenant, (await readHome(env.DB, tenant)).home.ledger);
}

/** Says to a control database that was set back before a move where the tenant's usage is. */
export function correctHome(
  db: D1Database,
  tenant: string,
  { ledger, epoch }: LedgerHome,
): D1PreparedStatement {
  return db.prepare(CORRECT_HOME).bind(tenant, ledger, epoch);
}

/**
 * What a meter that starts has to know: where its ledger is and how far, what was announced, and
 * the tenant's names.
 */
export type Start = Watermarks & { names: string[]; home: LedgerHome; announced: Announced };

/** The same where the ledger is another database, and was not asked how far it is. */
export type HalfStart = Omit<Start, keyof Watermarks>;

/**
 * What a meter that starts asks: the control database, and at once the ledger that it knows. The
 * control database of most is their ledger, too, and asked once.
 */
export async function readStart(env: Env, tenant: string, known: LedgerHome): Promise<Start> {
  const { DB } = env;
  const ownDb = ledgerDb(env, known.ledger);
  const [[homes, named, marks], own] = await Promise.all([
    DB.batch<HomeRow | { name: string } | MarksRow>([
      DB.prepare(READ_HOME).bind(tenant),
      DB.prepare(READ_NAMES).bind(tenant),
      ...(ownDb === DB ? [DB.prepare(READ_MARKS).bind(tenant)] : []),
    ]),
    ownDb === DB ? null : readWatermarks(ownDb, tenant),
  ]);
  const said = homeOf(homes?.results[0] as HomeRow);
  const home = said.home.epoch < known.epoch ? known : said.home;
  const names = ((named?.results ?? []) as { name: string }[]).map(({ name }) => name);
  const read = own ?? marksOf(marks?.results[0] as MarksRow | undefined);
  const isThere = home.ledger === known.ledger;
  const found = isThere ? read : await readWatermarks(ledgerDb(env, home.ledger), tenant);
  if (home !== said.home) await correctHome(DB, tenant, home).run();
  return { ...found, names, home, announced: said.announced };
}

/** The same of many tenants by a query a database, but for those of whom there is much. */
export async function readStarts(
  env: Env,
  tenants: readonly string[],
): Promise<Map<string, Start>> {
  const homes = env.DB.prepare(READ_HOMES).bind(JSON.stringify(tenants));
  const { results } = await homes.all<StartRow>();
  const starts = await Promise.all(
    [...Map.groupBy(results, ({ ledger }) => ledger)].map(async ([ledger, rows]) => {
      const db = ledgerDb(env, ledger);
      if (db === env.DB) return rows.map((row) => ({ ...row, isRead: true }));
      const own = JSON.stringify(rows.map(({ tenant }) => tenant));
      const found = await db
        .prepare(READ_MANY_MARKS)
        .bind(own)
        .all<MarksRow & { tenant: string }>();
      const marks = new Map(found.results.map((row) => [row.tenant, row]));
      return rows.map((row) => ({ ...row, ...marks.get(row.tenant), isRead: true }));
    }),
  );
  const read = starts.flat().map((row) => [row.tenant, startOfRow(row)] as const);
  return new Map(read.filter((of): of is [string, Start] => of[1] !== null && "upTo" in of[1]));
}

/** A row of what reads the start of one tenant or of many. */
export type StartRow = HomeRow & MarksRow & { tenant: string; named: string; isRead?: boolean };

/**
 * The start that a row says, or half of it where the ledger is another one than the control
 * database, unless that `isRead`; null where there is too much of the tenant to say it so, or while
 * it moves.
 */
export function startOfRow(row: StartRow): Start | HalfStart | null {
  const half = { names: JSON.parse(row.named) as string[], ...homeOf(row) };
  const isShort = (of: readonly unknown[]) => of.length <= MOST_TOGETHER;
  if (!isShort(half.names)) return null;
  if (row.ledger !== 0 && row.isRead !== true) return half;
  const marks = marksOf(row);
  return isShort(marks.frozenIds) && !marks.isFenced ? { ...half, ...marks } : null;
}

/** Reads the `StartRow` of the tenant whose key has a hash: it is asked with the key. */
export function startOfHash(db: D1Database, hash: string): D1PreparedStatement {
  return db.prepare(START_OF_HASH).bind(hash);
}

/** Reads the `StartRow` of the tenant that has a name. */
export function startOfName(db: D1Database, name: string): D1PreparedStatement {
  return db.prepare(START_OF_NAME).bind(name);
}

/**
 * Keeps what a window was frozen with, by its `frozenRows`; the first time counts. The last
 * statement answers whether the tenant's usage is `here`.
 */
export function frozenStatements(
  db: D1Database,
  tenant: string,
  windowId: string,
  rows: readonly string[],
): D1PreparedStatement[] {
  return [
    ...rows.map((body, part) =>
      part === 0
        ? db.prepare(KEEP_FROZEN).bind(tenant, windowId, body)
        : db.prepare(KEEP_PART).bind(tenant, windowId, part, body),
    ),
    db.prepare(ASK_HERE).bind(tenant),
  ];
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
