/** Rows of refused usage. Owns the table `usage_refused`. */
import { and, asc, desc, eq, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { rowsOfValues } from "../../core/rows.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import {
  type Asked,
  anyRow,
  columnNames,
  renderedSql,
  sqlStatement,
} from "../../platform/db/sql.ts";
import { LISTED } from "./later-plan.ts";
import { type RefusedRow, usageRefused } from "./table.ts";

const { id, tenant, atMs, message, userId, event, events, code, detail } = usageRefused;
const COLUMNS = columnNames(id, tenant, atMs, message, userId, event, events, code, detail);

function insertion(onConflict: SQL) {
  const row = sql`each.value`;
  return renderedSql<"tenant" | "atMs" | "rows">(sql`
    INSERT INTO ${usageRefused} (${COLUMNS})
    SELECT ${row}->>0, ${sql.placeholder("tenant")}, ${sql.placeholder("atMs")}, ${row}->>1,
           ${row}->>2, ${row}->>3, ${row}->>4, ${row}->>5, ${row}->>6
    FROM json_each(${sql.placeholder("rows")}) AS each WHERE true
    ON CONFLICT (${columnNames(id)}) DO ${onConflict}`);
}

const INSERT_ONCE = insertion(sql`NOTHING`);
const ADD_UP = insertion(sql`UPDATE SET ${columnNames(events)} = ${events} + excluded.events`);

export type NewRefused = Omit<RefusedRow, "tenant" | "atMs">;

/**
 * The statements that list refused events of a tenant; a row that is there stays as it is. `beyond`
 * is the row of those that are only counted, to which its events are added.
 */
export function insertRefused(
  db: D1Database,
  owner: { tenant: string; atMs: number },
  { listed, beyond }: { listed: readonly NewRefused[]; beyond: NewRefused | null },
): D1PreparedStatement[] {
  const add = (rows: string) => INSERT_ONCE(db, { ...owner, rows });
  return [
    ...rowsOfValues(listed.map(valuesOf)).map(add),
    ...(beyond ? [ADD_UP(db, { ...owner, rows: JSON.stringify([valuesOf(beyond)]) })] : []),
  ];
}

function valuesOf(row: NewRefused): unknown[] {
  return [row.id, row.message, row.userId, row.event, row.events, row.code, row.detail];
}

/** The statement that drops all but the newest rows of a tenant. */
export function keepNewest(db: D1Database, owner: string): D1PreparedStatement {
  const kept = sql`
    SELECT ${id} FROM ${usageRefused} WHERE ${tenant} = ${owner}
    ORDER BY ${atMs} DESC, ${id} DESC LIMIT -1 OFFSET ${LISTED}`;
  return sqlStatement(db, sql`DELETE FROM ${usageRefused} WHERE ${id} IN (${kept})`);
}

/** How many rows a tenant has since an instant. */
export async function countRefused(
  db: D1Database,
  owner: string,
  sinceMs: number,
): Promise<number> {
  const since = and(eq(tenant, owner), gte(atMs, sinceMs));
  const [row] = await orm(db).select({ n: sql<number>`count(*)` }).from(usageRefused).where(since);
  return row?.n ?? 0;
}

/** Of these messages, the ids of what is listed already. */
export async function refusedOf(
  db: D1Database,
  messages: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await orm(db)
    .select({ id })
    .from(usageRefused)
    .where(inArray(message, eachOf(messages)));
  return new Set(rows.map((row) => row.id));
}

export type RefusedFilter = {
  tenant: string;
  /** Events of this user alone; null for all. */
  userId: string | null;
  code?: string | undefined;
  startMs?: number | undefined;
  endMs?: number | undefined;
  /** The last row of the page before. */
  before?: { atMs: number; id: string } | undefined;
};

/** At most `limit` refused events, newest first. */
export async function listRefused(
  db: D1Database,
  filter: RefusedFilter,
  limit: number,
): Promise<RefusedRow[]> {
  const { before, startMs, endMs } = filter;
  return orm(db)
    .select()
    .from(usageRefused)
    .where(
      and(
        eq(tenant, filter.tenant),
        filter.userId === null ? undefined : eq(userId, filter.userId),
        filter.code === undefined ? undefined : eq(code, filter.code),
        startMs === undefined ? undefined : gte(atMs, startMs),
        endMs === undefined ? undefined : lt(atMs, endMs),
        before && or(lt(atMs, before.atMs), and(eq(atMs, before.atMs), lt(id, before.id))),
      ),
    )
    .orderBy(desc(atMs), desc(id))
    .limit(limit);
}

/** Whether there are rows from before `beforeMs`. */
export function anyOldRefused(beforeMs: Asked): SQL {
  return anyRow(sql`FROM ${usageRefused} WHERE ${atMs} < ${beforeMs}`);
}

/** The statement that drops the oldest rows from before `beforeMs`, `limit` at most. */
export function deleteOldRefused(
  db: D1Database,
  beforeMs: number,
  limit: number,
): D1PreparedStatement {
  const old = orm(db)
    .select({ id })
    .from(usageRefused)
    .where(lt(atMs, beforeMs))
    .orderBy(asc(atMs))
    .limit(limit);
  return statement(db, orm(db).delete(usageRefused).where(inArray(id, old)));
}
