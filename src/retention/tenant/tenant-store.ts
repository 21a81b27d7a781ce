/** Rows of tenants that are erased, and of what goes with them. Each statement may run again. */
import { and, asc, eq, gt, inArray, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { ERASED_DETAIL } from "../../accounts/audit/sealed-entry.ts";
import {
  apiKeys,
  audit,
  auditHeads,
  externalIds,
  sessions,
  signInLinks,
  tenants,
  users,
} from "../../accounts/store/table.ts";
import { emails } from "../../delivery/email/table.ts";
import { webhookEndpoints } from "../../delivery/webhook/table.ts";
import { brandings, customers, documents } from "../../documents/store/table.ts";
import { readBehind } from "../../platform/db/behind.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { ownJurisdiction } from "../../platform/runtime/jurisdiction.ts";
import { tenantErasures } from "./table.ts";
import { GONE, type Gone, OF_DOCUMENT } from "./tables.ts";

export type TenantErasure = typeof tenantErasures.$inferSelect;

/** A tenant's erasure, or null. */
export async function readTenantErasure(
  db: D1Database,
  tenant: string,
): Promise<TenantErasure | null> {
  const [row] = await orm(db)
    .select()
    .from(tenantErasures)
    .where(eq(tenantErasures.tenant, tenant));
  return row ?? null;
}

/** At most `limit` erasures behind the id of one, of all tenants or of some. */
export function erasuresBehind(
  db: D1Database,
  place: { descending: boolean; behind: readonly (string | number)[] | null; limit: number },
  among: readonly string[] | null,
): Promise<TenantErasure[]> {
  const reached = among === null ? undefined : inArray(tenantErasures.tenant, eachOf(among));
  return readBehind({ ...place, id: sql`${tenantErasures.id}` }, (range, keys) =>
    orm(db)
      .select()
      .from(tenantErasures)
      .where(and(reached, range))
      .orderBy(...keys)
      .limit(place.limit),
  );
}

/** Notes an erasure; one that is known already stays. */
export function insertTenantErasure(
  db: D1Database,
  row: typeof tenantErasures.$inferInsert,
): D1PreparedStatement {
  return statement(db, orm(db).insert(tenantErasures).values(row).onConflictDoNothing());
}

/** Changes an erasure. */
export function setTenantErasure(
  db: D1Database,
  tenant: string,
  change: Partial<Omit<TenantErasure, "tenant">>,
): D1PreparedStatement {
  const query = orm(db).update(tenantErasures).set(change);
  return statement(db, query.where(eq(tenantErasures.tenant, tenant)));
}

/** Takes away an erasure that has not begun; changes nothing where it has. */
export function dropWaiting(db: D1Database, { tenant, id }: TenantErasure): D1PreparedStatement {
  const own = and(eq(tenantErasures.tenant, tenant), eq(tenantErasures.id, id));
  return statement(
    db,
    orm(db)
      .delete(tenantErasures)
      .where(and(own, isNull(tenantErasures.begunMs))),
  );
}

/** Which of some erasures are not done here. */
export async function undoneHere(
  db: D1Database,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { id, doneMs } = tenantErasures;
  const done = await orm(db)
    .select({ id })
    .from(tenantErasures)
    .where(and(inArray(id, eachOf(ids)), isNotNull(doneMs)));
  const known = new Set(done.map((row) => row.id));
  return new Set(ids.filter((one) => !known.has(one)));
}

const DUE_WORK = GONE.filter(({ table }) => table === "due");

/** Nobody gets in any more, nothing is sent, and no work that has a time is left. */
export function closeTenant(db: D1Database, tenant: string, nowMs: number): D1PreparedStatement[] {
  const queries = orm(db);
  const own = queries.select({ id: users.id }).from(users).where(eq(users.tenant, tenant));
  const row = { name: "Erased tenant", externalId: null, erasedMs: nowMs };
  const isOpen = and(eq(apiKeys.tenant, tenant), isNull(apiKeys.revokedMs));
  const { actingFor } = sessions;
  return [
    statement(db, queries.update(tenants).set(row).where(eq(tenants.id, tenant))),
    statement(db, queries.update(apiKeys).set({ revokedMs: nowMs }).where(isOpen)),
    statement(
      db,
      queries.delete(sessions).where(or(eq(sessions.tenant, tenant), eq(actingFor, tenant))),
    ),
    statement(db, queries.delete(signInLinks).where(inArray(signInLinks.userId, own))),
    statement(db, queries.delete(externalIds).where(eq(externalIds.tenant, tenant))),
    statement(
      db,
      queries
        .update(webhookEndpoints)
        .set({ disabled: "asked" })
        .where(eq(webhookEndpoints.tenant, tenant)),
    ),
    ...DUE_WORK.map((gone) => db.prepare(`DELETE FROM due WHERE ${gone.scope}`).bind(tenant)),
  ];
}

/** Rows that one statement deletes. */
const DELETED_ROWS = 500;

/** Deletes some of a tenant's rows of a table; how many. */
export async function deleteSome(db: D1Database, gone: Gone, tenant: string): Promise<number> {
  const [result] = await db.batch([db.prepare(deleteSql(gone)).bind(tenant)]);
  return result?.meta.changes ?? 0;
}

/** The statement that deletes some of a tenant's rows, ?1, of a table. */
export function deleteSql({ table, key, scope }: Gone): string {
  const keys = key.join(", ");
  const some = `SELECT ${keys} FROM ${table} WHERE ${scope} LIMIT ${DELETED_ROWS}`;
  return `DELETE FROM ${table} WHERE (${keys}) IN (${some})`;
}

/** Ids of a tenant's e-mails that brought files, a page of them. */
export async function emailsWithFiles(
  db: D1Database,
  tenant: string,
  { after, limit }: { after: string; limit: number },
): Promise<{ id: string; keys: string[] }[]> {
  const { id, attachments } = emails;
  const rows = await orm(db)
    .select({ id, attachments })
    .from(emails)
    .where(and(eq(emails.tenant, tenant), gt(id, after)))
    .orderBy(asc(id))
    .limit(limit);
  return rows.map((row) => ({ id: row.id, keys: row.attachments.map(({ key }) => key) }));
}

/** A page of the documents that a tenant issued; those that were not numbered are drafts. */
export async function documentsBehind(
  db: D1Database,
  tenant: string,
  { after, limit }: { after: readonly [string, string]; limit: number },
): Promise<{ kind: string; id: string; isDraft: boolean }[]> {
  const { kind, id, number } = documents;
  const rows = await orm(db)
    .select({ kind, id, number })
    .from(documents)
    .where(and(eq(documents.issuer, tenant), sql`(${kind}, ${id}) > (${after[0]}, ${after[1]})`))
    .orderBy(asc(kind), asc(id))
    .limit(limit);
  return rows.map((row) => ({ kind: row.kind, id: row.id, isDraft: row.number === null }));
}

/** Which of some documents of a tenant are final. */
export async function finalAmong(
  db: D1Database,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const own = and(eq(documents.issuer, tenant), isNotNull(documents.number));
  const rows = await orm(db)
    .select({ id: documents.id })
    .from(documents)
    .where(and(own, inArray(documents.id, eachOf(ids))));
  return new Set(rows.map(({ id }) => id));
}

/** Final documents of a tenant, and the days of the first and the last one. */
export type FinalDocuments = { count: number; firstDay: string | null; lastDay: string | null };

/** How many final documents a tenant has issued, and when. */
export async function finalDocuments(db: D1Database, tenant: string): Promise<FinalDocuments> {
  const found = await finalDocumentsOf(db, [tenant]);
  return found.get(tenant) ?? NO_DOCUMENTS;
}

export const NO_DOCUMENTS: FinalDocuments = { count: 0, firstDay: null, lastDay: null };

/** The final documents of some tenants, of those that have any. */
export async function finalDocumentsOf(
  db: D1Database,
  of: readonly string[],
): Promise<ReadonlyMap<string, FinalDocuments>> {
  const { issueDate, issuer, number } = documents;
  const rows = await orm(db)
    .select({
      tenant: issuer,
      count: sql<number>`count(*)`,
      firstDay: sql<string | null>`min(${issueDate})`,
      lastDay: sql<string | null>`max(${issueDate})`,
    })
    .from(documents)
    .where(and(inArray(issuer, eachOf(of)), isNotNull(number)))
    .groupBy(issuer);
  return new Map(rows.map(({ tenant, ...found }) => [tenant, found]));
}

/** Final documents whose day has come, and from which no other was made, in some order. */
export async function oldDocuments(
  db: D1Database,
  tenant: string,
  limit: number,
): Promise<string[]> {
  const { results } = await db.prepare(OLD_DOCUMENTS).bind(tenant, limit).all<{ id: string }>();
  return results.map(({ id }) => id);
}

const OLD_DOCUMENTS = `SELECT id FROM documents AS d WHERE issuer = ?1 AND number IS NOT NULL
  AND issue_date < (SELECT forget_before FROM tenant_erasures WHERE tenant = ?1)
  AND NOT EXISTS (SELECT 1 FROM documents AS later WHERE later.origin_id = d.id)
  AND NOT EXISTS (SELECT 1 FROM deposit_deductions WHERE deposit_id = d.id)
  ORDER BY kind, id LIMIT ?2`;

/** Deletes documents with what hangs on them. */
export function deleteDocuments(db: D1Database, ids: readonly string[]): D1PreparedStatement[] {
  return [...OF_DOCUMENT, ["documents", "id"] as const].map(([table, column]) => {
    const named = `${column} IN (SELECT value FROM json_each(?1))`;
    return db.prepare(`DELETE FROM ${table} WHERE ${named}`).bind(JSON.stringify(ids));
  });
}

/** Ends the subscriptions that run, now. */
export function endSubscriptions(
  db: D1Database,
  tenant: string,
  nowMs: number,
): D1PreparedStatement[] {
  const ended = "UPDATE subscriptions SET status = 'ended' WHERE tenant = ?1 AND status <> 'ended'";
  return [db.prepare(END_CHANGES).bind(tenant, nowMs), db.prepare(ended).bind(tenant)];
}

const END_CHANGES = `INSERT INTO subscription_changes
    (subscription_id, seq, kind, at_ms, version_id, base_price_minor, seats, created_ms)
  SELECT s.id, last.seq + 1, 'end', ?2, last.version_id, last.base_price_minor, last.seats, ?2
  FROM subscriptions AS s JOIN subscription_changes AS last ON last.subscription_id = s.id
  WHERE s.tenant = ?1 AND s.status <> 'ended' AND last.kind <> 'end'
    AND last.seq = (SELECT max(seq) FROM subscription_changes WHERE subscription_id = s.id)`;

/** So many of those who have a picture are looked at. */
const MOST_SHARING = 100;

/** The logo of a tenant that no other has uploaded; null where there is none. */
export async function soleLogo(db: D1Database, tenant: string): Promise<string | null> {
  const { logoKey } = brandings;
  const [own] = await orm(db)
    .select({ logoKey })
    .from(brandings)
    .where(eq(brandings.tenant, tenant));
  const key = own?.logoKey ?? null;
  if (key === null) return null;
  const others = await orm(db)
    .select({ tenant: brandings.tenant })
    .from(brandings)
    .where(and(eq(logoKey, key), ne(brandings.tenant, tenant)))
    .limit(MOST_SHARING);
  // Who is kept elsewhere has the same picture in another bucket.
  const kept = ownJurisdiction(tenant);
  const isShared = others.some((other) => ownJurisdiction(other.tenant) === kept);
  return isShared || others.length === MOST_SHARING ? null : key;
}

/** A page of the ids of a tenant's customers. */
export async function customerIds(
  db: D1Database,
  tenant: string,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.tenant, tenant), gt(customers.id, after)))
    .orderBy(asc(customers.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** The customer that the tenant is of another one, the operator. */
export async function customerOfOperator(
  db: D1Database,
  operator: string,
  tenant: string,
): Promise<string | null> {
  const linked = and(eq(customers.tenant, operator), eq(customers.linkedTenant, tenant));
  const [row] = await orm(db).select({ id: customers.id }).from(customers).where(linked);
  return row?.id ?? null;
}

/** Rows of the audit log that one step takes persons out of. */
const AUDIT_PAGE = 500;

/**
 * Takes persons, and what they changed, out of the next entries of a tenant's audit log; where the
 * next step goes on. Their hashes go: the log is sealed anew, from its beginning.
 */
export async function blankAudit(
  db: D1Database,
  tenant: string,
  after: readonly [number, string],
): Promise<[number, string] | null> {
  const { atMs, id, target } = audit;
  const behind = and(eq(audit.tenant, tenant), sql`(${atMs}, ${id}) > (${after[0]}, ${after[1]})`);
  const rows = await orm(db)
    .select({ atMs, id })
    .from(audit)
    .where(behind)
    .orderBy(asc(atMs), asc(id))
    .limit(AUDIT_PAGE);
  const last = rows.at(-1);
  if (!last) return null;
  const until = sql`(${atMs}, ${id}) <= (${last.atMs}, ${last.id})`;
  // Ids that were made here name nobody; an address, or a name that somebody chose, may.
  const isId = sql`length(${target}) >= 26 AND ${target} NOT GLOB '*[^0-9a-z_]*'`;
  const change = {
    target: sql`CASE WHEN ${isId} THEN ${target} ELSE 'erased' END`,
    detail: ERASED_DETAIL,
    before: null,
    after: null,
    blotted: null,
    keyName: null,
    address: null,
    userAgent: null,
    callerRequestId: null,
    hash: null,
  };
  await statement(db, orm(db).update(audit).set(change).where(and(behind, until))).run();
  return rows.length === AUDIT_PAGE ? [last.atMs, last.id] : null;
}

/** Has a tenant's audit log sealed anew. */
export function unsealAudit(db: D1Database, tenant: string): D1PreparedStatement {
  const head = { earlier: 0, sealedSeq: 0, sealedHash: "", verifiedSeq: null, verifiedMs: null };
  const query = orm(db).update(auditHeads).set(head);
  return statement(db, query.where(eq(auditHeads.tenant, tenant)));
}
