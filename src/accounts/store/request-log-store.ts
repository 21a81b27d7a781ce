/** Rows of the log of requests. Owns the table `request_logs`. */
import { and, asc, desc, eq, getTableColumns, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { idFrom } from "../../core/id.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { type Asked, anyRow, columnNames, renderedSql } from "../../platform/db/sql.ts";
import { requestLogs } from "./table.ts";

export type RequestLog = typeof requestLogs.$inferSelect;

const PREFIX = "rql";
/** What is kept of a tenant at most: the newest. */
const KEPT = 10_000;

const COLUMNS = getTableColumns(requestLogs);
const VALUES = Object.keys(COLUMNS).map((name) => sql.placeholder(name));

/** The statement that logs an answer. */
export const insertRequestLog = renderedSql<keyof RequestLog>(sql`
  INSERT INTO ${requestLogs} (${columnNames(...Object.values(COLUMNS))})
  VALUES (${sql.join(VALUES, sql`, `)})`);

/** The id of a row for a request that came at `atMs`, made with 10 random bytes. */
export function requestLogId(atMs: number, entropy: Uint8Array): string {
  return idFrom(PREFIX, atMs, entropy);
}

/** The statement that drops what a tenant has beyond the newest 10,000. */
export function dropSurplusLogs(db: D1Database, tenant: string): D1PreparedStatement {
  const surplus = orm(db)
    .select({ id: requestLogs.id })
    .from(requestLogs)
    .where(eq(requestLogs.tenant, tenant))
    .orderBy(desc(requestLogs.id))
    .limit(1_000)
    .offset(KEPT);
  return statement(db, orm(db).delete(requestLogs).where(inArray(requestLogs.id, surplus)));
}

/** Whether there are rows before an id. */
export function anyOldRequestLog(before: Asked): SQL {
  return anyRow(sql`FROM ${requestLogs} WHERE ${requestLogs.id} < ${before}`);
}

/** What ids of rows from before an instant are less than. */
export function firstLogId(beforeMs: number): string {
  return requestLogId(beforeMs, new Uint8Array(10));
}

/** The statement that drops the oldest rows from before `beforeMs`, `limit` at most. */
export function deleteOldRequestLogs(
  db: D1Database,
  beforeMs: number,
  limit: number,
): D1PreparedStatement {
  const { id } = requestLogs;
  const old = orm(db)
    .select({ id })
    .from(requestLogs)
    .where(lt(id, firstLogId(beforeMs)))
    .orderBy(asc(id))
    .limit(limit);
  return statement(db, orm(db).delete(requestLogs).where(inArray(id, old)));
}

export type RequestLogFilter = {
  /** The first figure of the status: 4 for 400 to 499. */
  statusClass?: number | undefined;
  /** How the path begins. */
  path?: string | undefined;
  requestId?: string | undefined;
  /** The last row of the page before. */
  before?: string | undefined;
};

/** At most `limit` of a tenant's rows, newest first; a filter looks through 10,000 at most. */
export async function listRequestLogs(
  db: D1Database,
  tenant: string,
  filter: RequestLogFilter,
  limit: number,
): Promise<RequestLog[]> {
  const { statusClass, path, requestId, before } = filter;
  const { status } = requestLogs;
  const from = (statusClass ?? 0) * 100;
  return orm(db)
    .select()
    .from(requestLogs)
    .where(
      and(
        eq(requestLogs.tenant, tenant),
        before === undefined ? undefined : lt(requestLogs.id, before),
        statusClass === undefined ? undefined : and(gte(status, from), lt(status, from + 100)),
        path === undefined
          ? undefined
          : eq(sql`substr(${requestLogs.path}, 1, ${path.length})`, path),
        requestId === undefined ? undefined : eq(requestLogs.requestId, requestId),
      ),
    )
    .orderBy(desc(requestLogs.id))
    .limit(limit);
}
