/** Rows of usage imports and their events. Owns `usage_imports` and `usage_import_events`. */
import {
  and,
  asc,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  max,
  type SQL,
  sql,
} from "drizzle-orm";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import { type Backlog, backlogsOf } from "../../platform/queue/backlog.ts";
import { type IMPORT_STATUSES, IS_MOVING, usageImportEvents, usageImports } from "./table.ts";

export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** An import with how many of its events wait, count, were refused, and were taken back. */
export type Import = {
  id: string;
  tenant: string;
  name: string;
  status: ImportStatus;
  createdMs: number;
  staged: number;
  recorded: number;
  refused: number;
  voided: number;
};

/** Imports with their counts, newest first; `among` says which. */
function importsOf(db: D1Database, among: SQL | undefined) {
  const { id, seq, refused, voided } = usageImportEvents;
  return orm(db)
    .select({
      id: usageImports.id,
      tenant: usageImports.tenant,
      name: usageImports.name,
      status: usageImports.status,
      createdMs: usageImports.createdMs,
      staged: sql<number>`sum(${id} IS NOT NULL AND ${seq} IS NULL AND ${refused} IS NULL)`,
      recorded: sql<number>`sum(${seq} IS NOT NULL AND ${voided} = 0)`,
      refused: sql<number>`sum(${refused} IS NOT NULL)`,
      voided: sql<number>`total(${voided})`,
    })
    .from(usageImports)
    .leftJoin(usageImportEvents, eq(usageImportEvents.importId, usageImports.id))
    .where(among)
    .groupBy(usageImports.id)
    .orderBy(desc(usageImports.id));
}

/** One import of a tenant, or null. */
export async function readImport(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Import | null> {
  const [found] = await importsOf(
    db,
    and(eq(usageImports.tenant, tenant), eq(usageImports.id, id)),
  );
  return found ?? null;
}

/** A tenant's imports, newest first. */
export async function listImports(
  db: D1Database,
  tenant: string,
  slice: { before: string | null; limit: number },
): Promise<Import[]> {
  const { before, limit } = slice;
  const earlier = before === null ? undefined : lt(usageImports.id, before);
  // Only the events of this page are counted.
  const page = orm(db)
    .select({ id: usageImports.id })
    .from(usageImports)
    .where(and(eq(usageImports.tenant, tenant), earlier))
    .orderBy(desc(usageImports.id))
    .limit(limit);
  return importsOf(db, inArray(usageImports.id, page));
}

/** A new import; a name that the tenant has used fails on `usage_imports`. */
export function insertImport(
  db: D1Database,
  row: Pick<Import, "id" | "tenant" | "name" | "createdMs">,
): D1PreparedStatement {
  const { id, tenant, name, createdMs } = row;
  const insert = orm(db)
    .insert(usageImports)
    .values({ id, tenant, name, status: "open", createdMs });
  return statement(db, insert);
}

/** Refuses the batch unless the import is in one of the states. */
export function insistStatus(
  db: D1Database,
  id: string,
  statuses: readonly ImportStatus[],
): D1PreparedStatement {
  const status = orm(db)
    .select({ status: usageImports.status })
    .from(usageImports)
    .where(eq(usageImports.id, id));
  return insist(db, sql`${status} IN ${eachOf(statuses)}`, {
    code: "resource.conflict",
    detail: `the import is not ${statuses.join(" or ")}`,
  });
}

/** Moves an import to another status, or on in the one that it has. */
export function setImportStatus(
  db: D1Database,
  id: string,
  status: ImportStatus,
  movedMs: number,
): D1PreparedStatement {
  const query = orm(db)
    .update(usageImports)
    .set({ status, movedMs })
    .where(eq(usageImports.id, id));
  return statement(db, query);
}

/** Imports of all tenants that nobody went on with since an instant: counted to a bound. */
export async function stuckImports(db: D1Database, beforeMs: number): Promise<Backlog> {
  const { movedMs } = usageImports;
  const { stuck } = await backlogsOf(db, {
    stuck: sql`SELECT ${movedMs} AS since FROM ${usageImports}
      WHERE ${IS_MOVING} AND ${movedMs} < ${beforeMs} ORDER BY ${movedMs}`,
  });
  return stuck;
}

/** The first of them, `limit` at most. */
export async function firstStuckImports(db: D1Database, beforeMs: number, limit: number) {
  const { tenant, status, movedMs } = usageImports;
  return orm(db)
    .select({ tenant, status, atMs: movedMs })
    .from(usageImports)
    .where(and(IS_MOVING, lt(movedMs, beforeMs)))
    .orderBy(asc(movedMs))
    .limit(limit);
}

/** Adds items, each JSON text; the first one of an id stays. */
export function insertStaged(
  db: D1Database,
  importId: string,
  rows: readonly { id: string; item: string }[],
): D1PreparedStatement {
  const { id, item } = usageImportEvents;
  return sqlStatement(
    db,
    sql`INSERT INTO ${usageImportEvents} (${columnNames(usageImportEvents.importId, id, item)})
      SELECT ${importId}, value ->> 'id', value ->> 'item' FROM json_each(${JSON.stringify(rows)})
      WHERE true ON CONFLICT DO NOTHING`,
  );
}

/** Refuses the batch where the import holds more events than `most`. */
export function insistCapacity(
  db: D1Database,
  importId: string,
  most: number,
): D1PreparedStatement {
  const held = orm(db).$count(usageImportEvents, ofImport(importId));
  return insist(db, sql`${held} <= ${most}`, {
    code: "request.too_large",
    detail: `an import has at most ${most} events; name another one`,
  });
}

/** Items that were neither recorded nor refused, by their ids after `after`. */
export async function readStaged(
  db: D1Database,
  importId: string,
  slice: { after: string; limit: number },
): Promise<{ id: string; item: string }[]> {
  const { id, item, seq, refused } = usageImportEvents;
  return orm(db)
    .select({ id, item })
    .from(usageImportEvents)
    .where(and(ofImport(importId), gt(id, slice.after), isNull(seq), isNull(refused)))
    .orderBy(id)
    .limit(slice.limit);
}

/** The metrics that an import holds events of. */
export async function metricsOfImport(db: D1Database, importId: string): Promise<string[]> {
  const metric = sql<string>`${usageImportEvents.item} ->> 'metric_name'`;
  const rows = await orm(db)
    .selectDistinct({ metric })
    .from(usageImportEvents)
    .where(ofImport(importId));
  return rows.map((row) => row.metric);
}

function ofImport(importId: string) {
  return eq(usageImportEvents.importId, importId);
}

export type Fate = { id: string; seq: number | null; refused: string | null };

/** Notes what became of items, and how far the import goes in the journal. */
export function markRecorded(
  db: D1Database,
  importId: string,
  fates: readonly Fate[],
): D1PreparedStatement[] {
  const { id, seq, refused } = usageImportEvents;
  // Materialized: else every event of the import is compared with every fate.
  const marked = sql`
    WITH fate AS MATERIALIZED (
      SELECT value ->> 'id' AS item, value ->> 'seq' AS seq, value ->> 'refused' AS refused
      FROM json_each(${JSON.stringify(fates)}))
    UPDATE ${usageImportEvents}
    SET ${columnNames(seq)} = fate.seq, ${columnNames(refused)} = fate.refused
    FROM fate WHERE ${usageImportEvents.importId} = ${importId} AND ${id} = fate.item`;
  const last = orm(db)
    .select({ seq: max(seq) })
    .from(usageImportEvents)
    .where(ofImport(importId));
  const reached = orm(db)
    .update(usageImports)
    .set({ upToSeq: sql`${last}` })
    .where(eq(usageImports.id, importId));
  return [sqlStatement(db, marked), statement(db, reached)];
}

/** Recorded items that were not taken back, by their ids. */
export async function readRecorded(
  db: D1Database,
  importId: string,
  limit: number,
): Promise<{ id: string; seq: number }[]> {
  const { id, seq, voided } = usageImportEvents;
  return orm(db)
    .select({ id, seq: sql<number>`${seq}` })
    .from(usageImportEvents)
    .where(and(ofImport(importId), isNotNull(seq), eq(voided, false)))
    .orderBy(id)
    .limit(limit);
}

/** Notes that a recorded item was taken back. */
export function markVoided(db: D1Database, importId: string, id: string): D1PreparedStatement {
  const update = orm(db)
    .update(usageImportEvents)
    .set({ voided: true })
    .where(and(ofImport(importId), eq(usageImportEvents.id, id)));
  return statement(db, update);
}
