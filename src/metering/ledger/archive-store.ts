/** Rows of archives: `usage_archives`. */
import { and, asc, eq, gt, isNull, lt, lte, or, sql } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { forgetUnused, rememberUsed } from "./forgotten.ts";
import { usageArchives, usageWatermarks } from "./table.ts";

/** A part of a month that is archived. */
export type Archive = typeof usageArchives.$inferSelect;

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
    rememberUsed(db, archive.tenant, change.objectKey),
    forgetUnused(db, archive.tenant, archive.objectKey, realMs),
  ];
}
