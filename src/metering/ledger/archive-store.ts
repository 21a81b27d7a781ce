/** Rows of archives and of objects that are to go: `usage_archives`, `forgotten_objects`. */
import { and, asc, eq, gt, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { DAY_MS } from "../../core/time.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { ledgerDb } from "../../platform/db/ledger.ts";
import { type Asked, anyRow, sqlStatement } from "../../platform/db/sql.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { namedIn, type ObjectOf } from "./archive-rows.ts";
import { forgottenObjects, usageArchives, usageSegments, usageWatermarks } from "./table.ts";

/** A part of a month that is archived. */
export type Archive = typeof usageArchives.$inferSelect;

/** How long an object stays that no row points at: longer than a database can be restored to. */
const FORGET_MS = 35 * DAY_MS;
/** Objects that one sweep deletes. */
const MOST_FORGOTTEN = 100;

const { tenant, month, part, restoredUntilMs } = usageArchives;

/** Notes an archive. The batch fails where the part was written meanwhile. */
export function insertArchive(db: D1Database, archive: Archive): D1PreparedStatement {
  return statement(db, orm(db).insert(usageArchives).values(archive));
}

/** Refuses a batch with 409 where the tenant's ledger is fenced: what it has was copied by then. */
export function insistHere(db: D1Database, of: string): D1PreparedStatement {
  const moved = sql`SELECT 1 FROM ${usageWatermarks}
    WHERE ${usageWatermarks.tenant} = ${of} AND ${usageWatermarks.fenced} <> 0`;
  const detail = "the tenant is being moved to another ledger: ask again after that";
  return insist(db, sql`NOT EXISTS (${moved})`, { code: "resource.conflict", detail });
}

/** The number that the next part of a month has. */
export async function nextPart(db: D1Database, of: string, named: string): Promise<number> {
  const [row] = await orm(db)
    .select({ last: sql<number | null>`max(${part})` })
    .from(usageArchives)
    .where(and(eq(tenant, of), eq(month, named)));
  return (row?.last ?? 0) + 1;
}

/** A part that was restored for a time that has ended, or null. */
export async function endedRestore(
  db: D1Database,
  of: string,
  realMs: number,
): Promise<Archive | null> {
  const [row] = await orm(db)
    .select()
    .from(usageArchives)
    .where(and(eq(tenant, of), lte(restoredUntilMs, realMs)))
    .limit(1);
  return row ?? null;
}

/** The next part of a month that is not restored until a time; null where there is none. */
export async function partToRestore(
  db: D1Database,
  of: string,
  named: string,
  untilMs: number,
): Promise<Archive | null> {
  const ofMonth = and(eq(tenant, of), eq(month, named));
  const [row] = await orm(db)
    .select()
    .from(usageArchives)
    .where(and(ofMonth, or(isNull(restoredUntilMs), lt(restoredUntilMs, untilMs))))
    .orderBy(asc(part))
    .limit(1);
  return row ?? null;
}

/** Notes until when a part is in the ledger again; null where it no longer is. */
export function setRestored(
  db: D1Database,
  archive: Archive,
  untilMs: number | null,
): D1PreparedStatement {
  return statement(
    db,
    orm(db)
      .update(usageArchives)
      .set({ restoredUntilMs: untilMs })
      .where(and(eq(tenant, archive.tenant), eq(month, archive.month), eq(part, archive.part))),
  );
}

/** After segments were taken out: their object goes where no other segment's body lies in it. */
export function forgetUnused(
  db: D1Database,
  of: string,
  objectKey: string,
  realMs: number,
): D1PreparedStatement {
  return sqlStatement(
    db,
    sql`INSERT OR REPLACE INTO ${forgottenObjects} (object_key, tenant, forget_ms)
      SELECT ${objectKey}, ${of}, ${realMs + FORGET_MS} WHERE NOT ${usedBy(of, objectKey)}`,
  );
}

/** Before an archive's object is written: it goes unless a row names it by then. */
export function forgetArchive(
  db: D1Database,
  { tenant: of, objectKey }: Archive,
  realMs: number,
): D1PreparedStatement {
  const named = sql`SELECT 1 FROM ${usageArchives}
    WHERE ${tenant} = ${of} AND ${usageArchives.objectKey} = ${objectKey}`;
  return sqlStatement(
    db,
    sql`INSERT OR REPLACE INTO ${forgottenObjects} (object_key, tenant, forget_ms)
      SELECT ${objectKey}, ${of}, ${realMs + FORGET_MS} WHERE NOT EXISTS (${named})`,
  );
}

/** In the batch that names an archive's object: it stays. */
export function rememberArchive(db: D1Database, archive: Archive): D1PreparedStatement {
  const { objectKey } = forgottenObjects;
  return statement(db, orm(db).delete(forgottenObjects).where(eq(objectKey, archive.objectKey)));
}

/** After segments were pointed at an object that was forgotten before: it stays. */
export function rememberUsed(db: D1Database, of: string, key: string): D1PreparedStatement {
  const { objectKey } = forgottenObjects;
  return statement(
    db,
    orm(db)
      .delete(forgottenObjects)
      .where(and(eq(objectKey, key), usedBy(of, key))),
  );
}

function usedBy(of: string, objectKey: string): SQL {
  const [low, high] = seqsIn(objectKey);
  return sql`EXISTS (SELECT 1 FROM ${usageSegments} WHERE ${usageSegments.tenant} = ${of}
    AND ${usageSegments.high} BETWEEN ${low} AND ${high}
    AND ${usageSegments.objectKey} = ${objectKey})`;
}

/** The first and the last sequence that the key of an object of segments has. */
function seqsIn(objectKey: string): [low: number, high: number] {
  const [, low = "0", high = "0"] = /(\d+)-(\d+)$/.exec(objectKey) ?? [];
  return [Number(low), Number(high)];
}

/** Whether objects are to be deleted that no row points at. */
export function anyForgotten(nowMs: Asked): SQL {
  return anyRow(sql`FROM ${forgottenObjects} WHERE ${forgottenObjects.forgetMs} <= ${nowMs}`);
}

/**
 * Which of some objects are named after all, where their tenants' usage lies now: the note may be
 * one that a move copied, or left behind, and the object was pointed at again since.
 */
async function namedNow(
  env: Env,
  objects: readonly { tenant: string; objectKey: string }[],
): Promise<Set<string>> {
  const owners = [...new Set(objects.map((one) => one.tenant))];
  const homes = await orm(env.DB)
    .select({ id: tenants.id, ledger: tenants.ledger })
    .from(tenants)
    .where(inArray(tenants.id, eachOf(owners)));
  const ledgers = new Map(homes.map(({ id, ledger }) => [id, ledger]));
  const named = new Set<string>();
  for (const [ledger, own] of Map.groupBy(objects, (one) => ledgers.get(one.tenant))) {
    if (ledger === undefined) continue;
    const asked = own.map((one): ObjectOf => {
      return [one.tenant, one.objectKey, ...seqsIn(one.objectKey)];
    });
    for (const key of await namedIn(ledgerDb(env, ledger), asked)) named.add(key);
  }
  return named;
}

/** Deletes objects that no row has pointed at for long enough; returns how many notes went. */
export async function deleteForgotten(env: Env, db: D1Database, realMs: number): Promise<number> {
  const { objectKey, tenant, forgetMs } = forgottenObjects;
  const rows = await orm(db)
    .select({ objectKey, tenant })
    .from(forgottenObjects)
    .where(lte(forgetMs, realMs))
    .orderBy(asc(forgetMs))
    .limit(MOST_FORGOTTEN);
  if (rows.length === 0) return 0;
  const keys = rows.map((row) => row.objectKey);
  const named = await namedNow(env, rows);
  const unused = rows.filter((row) => !named.has(row.objectKey));
  for (const [files, own] of Map.groupBy(unused, (row) => bucketOf(env, row.tenant))) {
    await files.delete(own.map((row) => row.objectKey));
  }
  await orm(db)
    .delete(forgottenObjects)
    .where(inArray(objectKey, eachOf(keys)));
  return keys.length;
}

/** What is archived of a tenant, a month each. */
export type ArchivedMonth = {
  month: string;
  parts: number;
  events: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
  /** Parts that are in the ledger again, and until when the first of them is. */
  restored: number;
  restoredUntilMs: number | null;
};

/** A page of the months of which usage is archived, oldest first. */
export function archiveMonths(
  db: D1Database,
  of: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<ArchivedMonth[]> {
  const { events, bytes, tsMin, tsMax } = usageArchives;
  return orm(db)
    .select({
      month,
      parts: sql<number>`count(*)`,
      events: sql<number>`sum(${events})`,
      bytes: sql<number>`sum(${bytes})`,
      firstMs: sql<number>`min(${tsMin})`,
      lastMs: sql<number>`max(${tsMax})`,
      restored: sql<number>`count(${restoredUntilMs})`,
      restoredUntilMs: sql<number | null>`min(${restoredUntilMs})`,
    })
    .from(usageArchives)
    .where(and(eq(tenant, of), after === null ? undefined : gt(month, after)))
    .groupBy(month)
    .orderBy(asc(month))
    .limit(limit);
}

/** The next archive of a tenant by month and part, for who reads them all; null after the last. */
export async function nextArchive(
  db: D1Database,
  of: string,
  after: { month: string; part: number } | null,
): Promise<Archive | null> {
  const behind =
    after === null ? undefined : sql`(${month}, ${part}) > (${after.month}, ${after.part})`;
  const [row] = await orm(db)
    .select()
    .from(usageArchives)
    .where(and(eq(tenant, of), behind))
    .orderBy(asc(month), asc(part))
    .limit(1);
  return row ?? null;
}

/** Has an archive lie in another object; the old one goes once no restore can ask for it. */
export function replaceObject(
  db: D1Database,
  archive: Archive,
  change: Pick<Archive, "objectKey" | "sha256" | "bytes" | "runs">,
  realMs: number,
): D1PreparedStatement[] {
  const own = and(eq(tenant, archive.tenant), eq(month, archive.month), eq(part, archive.part));
  return [
    statement(db, orm(db).update(usageArchives).set(change).where(own)),
    rememberArchive(db, { ...archive, ...change }),
    forgetUnused(db, archive.tenant, archive.objectKey, realMs),
  ];
}
