/** Rows of the audit log by their place in its chain, and how far each tenant's is sealed. */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  isNull,
  lt,
  lte,
  type SQL,
  sql,
} from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { anyRow, columnNames, sqlStatement } from "../../platform/db/sql.ts";
import { audit, auditHeads } from "../store/table.ts";
import type { AuditLogRow } from "./audit.ts";

const WHOLE_ROW = sql.join(
  Object.entries(getTableColumns(audit)).map(
    ([name, column]) => sql`${column} AS ${sql.identifier(name)}`,
  ),
  sql`, `,
);

export type AuditHead = typeof auditHeads.$inferSelect;

/** How far a tenant's log is sealed; null where it has no entry. */
export async function readHead(db: D1Database, tenant: string): Promise<AuditHead | null> {
  const [row] = await orm(db).select().from(auditHeads).where(eq(auditHeads.tenant, tenant));
  return row ?? null;
}

const IS_UNSEALED = sql`${auditHeads.sealedSeq} < ${auditHeads.seq}`;

/** Whether a log is not sealed to its end. */
export function anyUnsealedLog(): SQL {
  return anyRow(sql`FROM ${auditHeads} WHERE ${IS_UNSEALED}`);
}

/** Logs that are not sealed to their end, those that were sealed longest ago first. */
export async function unsealedHeads(db: D1Database, most: number): Promise<AuditHead[]> {
  return orm(db)
    .select()
    .from(auditHeads)
    .where(IS_UNSEALED)
    .orderBy(asc(auditHeads.sealedMs))
    .limit(most);
}

/** The rows that follow what is sealed of some logs, of each in its order. */
export async function unsealedRows(
  db: D1Database,
  heads: readonly AuditHead[],
  most: number,
): Promise<AuditLogRow[]> {
  const places = JSON.stringify(heads.map(({ tenant, sealedSeq }) => [tenant, sealedSeq]));
  // The places come first, so that of each log the rows come in the order of their index.
  return orm(db).all<AuditLogRow>(sql`
    SELECT ${WHOLE_ROW} FROM json_each(${places}) AS place CROSS JOIN ${audit}
    WHERE ${audit.tenant} = place.value ->> 0 AND ${audit.seq} > place.value ->> 1
    LIMIT ${most}`);
}

/** The first rows of an earlier version that have no place yet, in the order of their times. */
export async function unnumberedRows(
  db: D1Database,
  tenant: string,
  most: number,
): Promise<AuditLogRow[]> {
  return orm(db)
    .select()
    .from(audit)
    .where(and(eq(audit.tenant, tenant), isNull(audit.seq)))
    .orderBy(asc(audit.atMs), asc(audit.id))
    .limit(most);
}

/** A row's seal. */
export type Seal = { id: string; seq: number; hash: string };

/**
 * The statements that keep seals, and how far each log is sealed with them. Whoever seals the same
 * rows makes the same hashes, so two at once write the same; a head only ever moves on.
 */
export function writeSeals(
  db: D1Database,
  seals: readonly Seal[],
  heads: readonly { tenant: string; seq: number; hash: string }[],
  nowMs: number,
): D1PreparedStatement[] {
  const rows = JSON.stringify(seals.map(({ id, seq, hash }) => [id, seq, hash]));
  const places = JSON.stringify(heads.map(({ tenant, seq, hash }) => [tenant, seq, hash]));
  const { sealedSeq, sealedHash, sealedMs } = auditHeads;
  return [
    sqlStatement(
      db,
      sql`UPDATE ${audit} SET ${columnNames(audit.seq)} = seal.value ->> 1,
          ${columnNames(audit.hash)} = seal.value ->> 2
        FROM json_each(${rows}) AS seal
        WHERE ${audit.id} = seal.value ->> 0 AND ${audit.hash} IS NULL`,
    ),
    sqlStatement(
      db,
      sql`UPDATE ${auditHeads} SET ${columnNames(sealedSeq)} = place.value ->> 1,
          ${columnNames(sealedHash)} = place.value ->> 2, ${columnNames(sealedMs)} = ${nowMs}
        FROM json_each(${places}) AS place
        WHERE ${auditHeads.tenant} = place.value ->> 0 AND ${sealedSeq} < place.value ->> 1`,
    ),
  ];
}

/** The statement that says that no rows of an earlier version are left to be numbered. */
export function endEarlier(db: D1Database, { tenant, sealedSeq }: AuditHead): D1PreparedStatement {
  const query = orm(db)
    .update(auditHeads)
    .set({ earlier: sealedSeq })
    .where(and(eq(auditHeads.tenant, tenant), eq(auditHeads.sealedSeq, sealedSeq)));
  return statement(db, query);
}

/** The statement that notes how far a log was found whole, and when. */
export function noteVerified(
  db: D1Database,
  tenant: string,
  seq: number,
  nowMs: number,
): D1PreparedStatement {
  const query = orm(db)
    .update(auditHeads)
    .set({ verifiedSeq: seq, verifiedMs: nowMs })
    .where(eq(auditHeads.tenant, tenant));
  return statement(db, query);
}

/** A tenant's rows behind a place, up to another one, in their order. */
export async function rowsBehind(
  db: D1Database,
  tenant: string,
  { after, until, most }: { after: number; until: number; most: number },
): Promise<AuditLogRow[]> {
  return orm(db)
    .select()
    .from(audit)
    .where(and(eq(audit.tenant, tenant), gt(audit.seq, after), lte(audit.seq, until)))
    .orderBy(asc(audit.seq))
    .limit(most);
}

/** The hash of the row at a place; null where there is none. */
export async function hashAt(db: D1Database, tenant: string, seq: number): Promise<string | null> {
  const [row] = await orm(db)
    .select({ hash: audit.hash })
    .from(audit)
    .where(and(eq(audit.tenant, tenant), eq(audit.seq, seq)));
  return row?.hash ?? null;
}

/** The place of the first row from a time on, or of the last one before a time; null for none. */
export async function placeAt(
  db: D1Database,
  tenant: string,
  time: { fromMs: number } | { untilMs: number },
): Promise<number | null> {
  const isFirst = "fromMs" in time;
  const within = isFirst ? gte(audit.atMs, time.fromMs) : lt(audit.atMs, time.untilMs);
  const order = isFirst ? asc : desc;
  const [row] = await orm(db)
    .select({ seq: audit.seq })
    .from(audit)
    .where(and(eq(audit.tenant, tenant), within))
    .orderBy(order(audit.atMs), order(audit.id))
    .limit(1);
  return row?.seq ?? null;
}
