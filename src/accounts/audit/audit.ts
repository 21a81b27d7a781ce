/** The audit log: one row in the batch of each write. Owns the table `audit`. */
import { and, desc, eq, gte, lt, or } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { type Claim, carryClaim, type Essentials } from "../../platform/db/once.ts";
import { decodeCursor, type Page, pageLimit, pageOf } from "../../platform/http/http.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { ActedBy, Origin } from "../actor/actor.ts";
import { audit } from "../store/table.ts";
import { compareAround, insertWhereChanged } from "./image.ts";
import { subjectOf } from "./subject.ts";

/** Who did it: an `Actor`, or for what the product does by itself `keyId: "system"`. */
export type Author = {
  tenantId: string;
  keyId: string;
  userId: string | null;
  actedBy?: ActedBy | undefined;
  keyName?: string | undefined;
  sessionId?: string | undefined;
  from?: (() => Origin) | undefined;
  requestId?: string;
  callerRequestId?: string | null;
  claim?: Claim | undefined;
};

/**
 * What was done, as a write verb says it: `detail` is kept as JSON. `answer` says what the answer
 * shows, where that is not the target; what is `shown` is kept for the caller alone.
 */
export type AuditEntry = {
  action: string;
  target: string;
  detail?: Record<string, unknown>;
  answer?: Partial<Essentials>;
};

/**
 * The statement that logs an entry in the author's tenant; `atMs` is real time. What the operator
 * does for a tenant is logged with both. Where `commit` runs it, its batch also keeps what it
 * changes of the row that the entry is about, and the claim of the author's Idempotency-Key.
 */
export function auditRow(
  db: D1Database,
  author: Author,
  entry: AuditEntry,
  atMs: number,
): D1PreparedStatement {
  const rows = rowsOf(author, entry, atMs);
  const made = imagedRows(db, author, entry, rows);
  if (!author.claim) return made;
  return carryClaim(made, author.claim, { made: entry.target, ...entry.answer });
}

/** Writes the rows, with what their batch changes; some only where it changes anything. */
function imagedRows(
  db: D1Database,
  { tenantId }: Author,
  entry: AuditEntry,
  rows: readonly NewRow[],
): D1PreparedStatement {
  const subject = subjectOf(entry);
  const insert = () =>
    statement(
      db,
      orm(db)
        .insert(audit)
        .values([...rows]),
    );
  if (!subject) return insert();
  const { of, id } = subject;
  const row = { ids: rows.map((made) => made.id), id, tenant: tenantId };
  if (of.quiet?.includes(entry.action)) return insertWhereChanged(db, rows, of, row);
  return compareAround(db, insert(), of, row);
}

/** One row, or where the operator acts for the tenant one in the log of either. */
function rowsOf(author: Author, entry: AuditEntry, atMs: number): NewRow[] {
  const { tenantId, keyId, actedBy, requestId = null, callerRequestId = null } = author;
  const { keyName = null, sessionId = null } = author;
  const { address = null, userAgent = null } = author.from?.() ?? {};
  const { action, target, detail } = entry;
  const rowOf = (tenant: string, more?: Record<string, unknown>): NewRow => ({
    id: makeId("aud", atMs),
    tenant,
    atMs,
    keyId,
    userId: actedBy ? actedBy.userId : author.userId,
    action,
    target,
    detail: JSON.stringify({ ...detail, ...more }),
    requestId,
    callerRequestId,
    address,
    keyName,
    sessionId,
    userAgent,
  });
  if (!actedBy) return [rowOf(tenantId)];
  return [
    rowOf(tenantId, { acted_by: actedBy.tenantId }),
    rowOf(actedBy.tenantId, { acted_for: tenantId }),
  ];
}

/** An entry of the log as it is stored; `detail` is JSON text. */
export type AuditLogRow = typeof audit.$inferSelect;
type NewRow = typeof audit.$inferInsert;
export type AuditQuery = {
  action?: string | undefined;
  target?: string | undefined;
  fromMs?: number | undefined;
  untilMs?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};

/** A tenant's log, newest first; `fromMs` inclusive, `untilMs` exclusive. */
export async function listAudit(
  db: D1Database,
  tenantId: string,
  query: AuditQuery,
): Promise<Page<AuditLogRow>> {
  const limit = pageLimit(query.limit);
  const [atMs, id] = query.cursor ? (decodeCursor(query.cursor, 2) as [number, string]) : [];
  const rows = await orm(db)
    .select()
    .from(audit)
    .where(
      and(
        eq(audit.tenant, tenantId),
        query.action === undefined ? undefined : eq(audit.action, query.action),
        query.target === undefined ? undefined : eq(audit.target, query.target),
        query.fromMs === undefined ? undefined : gte(audit.atMs, query.fromMs),
        query.untilMs === undefined ? undefined : lt(audit.atMs, query.untilMs),
        atMs === undefined
          ? undefined
          : or(lt(audit.atMs, atMs), and(eq(audit.atMs, atMs), lt(audit.id, id ?? ""))),
      ),
    )
    .orderBy(desc(audit.atMs), desc(audit.id))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.atMs, row.id],
    (row) => row,
  );
}
