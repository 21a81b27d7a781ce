/**
 * Rows of documents and their lines, and the one place that allots numbers. Reads answer rows;
 * writes are statements for a verb's batch. Stale and finalised documents refuse writes by trigger.
 */

import {
  and,
  asc,
  type Column,
  desc,
  eq,
  getTableColumns,
  isNotNull,
  isNull,
  lt,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { commit, insist, orm, statement } from "../../platform/db/db.ts";
import { databaseRefusal } from "../../platform/db/refusal.ts";
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import { type NumberFormat, parseFormat, seriesFormat } from "../model/number.ts";
import {
  type BrandingSnapshot,
  type BuyerSnapshot,
  formatTextOf,
  type Issuer,
  type Parties,
  pageSizeOf,
  type SellerSnapshot,
} from "../model/party.ts";
import { type Document, draftOf, type Listed, type Written } from "./row.ts";
import { matchQuery } from "./search.ts";
import { whileSearchable } from "./search-store.ts";
import { customers, type DocumentRow, documentLines, documents, type LineRow } from "./table.ts";

/** Days that a quote stands where it names none. */
const QUOTE_DAYS = 30;
/** Lines in one statement: a bound text has at most 2 MB. */
const LINES_PER_STATEMENT = 400;

/** The statements of a new draft; a second document with the same close key fails its batch. */
export function insertDraft(
  db: D1Database,
  written: Written,
  closeKey: string | null = null,
): D1PreparedStatement[] {
  const { lines, customerName: _, ...row } = draftOf(written);
  const insert = orm(db)
    .insert(documents)
    .values({ ...row, closeKey });
  return [statement(db, insert), ...insertLines(db, lines)];
}

/** The statements that replace a draft that was read at `revision`. */
export function replaceDraft(
  db: D1Database,
  written: Written,
  before: Pick<DocumentRow, "revision" | "createdMs">,
): D1PreparedStatement[] {
  const { lines, customerName: _, ...row } = draftOf(written);
  const { createdMs } = before;
  const change = { ...row, createdMs, revision: before.revision + 1 };
  const { id } = written;
  return [
    statement(db, orm(db).update(documents).set(change).where(eq(documents.id, id))),
    statement(db, orm(db).delete(documentLines).where(eq(documentLines.documentId, id))),
    ...insertLines(db, lines),
  ];
}

const LINE_COLUMNS = Object.entries(getTableColumns(documentLines)) as [keyof LineRow, Column][];
const INSERT_LINES = `
INSERT INTO document_lines (${LINE_COLUMNS.map(([, { name }]) => name).join(", ")})
SELECT ${LINE_COLUMNS.map((_, i) => `value ->> ${i}`).join(", ")} FROM json_each(?)`;

function insertLines(db: D1Database, lines: readonly LineRow[]): D1PreparedStatement[] {
  const rows = lines.map((line) =>
    LINE_COLUMNS.map(([property, column]) => {
      const value = line[property];
      return value === null || value === undefined ? null : column.mapToDriverValue(value);
    }),
  );
  const chunks = Math.ceil(rows.length / LINES_PER_STATEMENT);
  return Array.from({ length: chunks }, (_, i) => {
    const chunk = rows.slice(i * LINES_PER_STATEMENT, (i + 1) * LINES_PER_STATEMENT);
    return db.prepare(INSERT_LINES).bind(JSON.stringify(chunk));
  });
}

/** A draft that is about to become final; `revision` is the one it was read at. */
export type Finalizing = {
  id: string;
  kind: DocumentKind;
  revision: number;
  parties: Parties;
  paymentTermsDays: number;
  status: StoredStatus;
  nowMs: number;
};

// The day is today in the issuer's zone, but never before the last of any year's series.
const ALLOT = `
INSERT INTO number_series (issuer, scope, kind, year, last, last_date)
SELECT ?1, ?2, ?3, substr(day, 1, 4), 1, day FROM (
  SELECT max(?4, coalesce(max(last_date), ?4)) AS day FROM number_series
  WHERE issuer = ?1 AND scope = ?2 AND kind = ?3)
WHERE true
ON CONFLICT (issuer, scope, kind, year) DO UPDATE
  SET last = last + 1, last_date = excluded.last_date`;

const inYear = (text: string) =>
  `replace(replace(${text}, '{YYYY}', s.year), '{YY}', substr(s.year, 3))`;

// Reads the row that ALLOT has just written in the same batch.
const STAMP = `
UPDATE documents SET
  revision = ?2, status = ?3, scope = ?4, recipient = ?5, time_zone = ?6,
  series_year = s.year, sequence = s.last, issue_date = s.last_date,
  number = ${inYear("?7")} || printf('%0' || ?8 || 'd', s.last) || ${inYear("?9")},
  due_date = CASE ?17
    WHEN 'terms' THEN max(coalesce(due_date, date(s.last_date, ?10)), s.last_date)
    WHEN 'issueDay' THEN s.last_date END,
  valid_until = CASE WHEN ?18
    THEN max(coalesce(valid_until, date(s.last_date, '+${QUOTE_DAYS} days')), s.last_date) END,
  seller = ?11, buyer = ?12, branding = ?13, finalized_ms = ?14, updated_ms = ?14
FROM (SELECT year, last, last_date FROM number_series
      WHERE issuer = ?15 AND scope = ?4 AND kind = ?16 ORDER BY year DESC LIMIT 1) AS s
WHERE documents.id = ?1`;

/** Allots the number and freezes the document: two statements of one batch, in this order. */
export function stampFinal(db: D1Database, final: Finalizing): D1PreparedStatement[] {
  const { parties, kind, nowMs } = final;
  const { issuer, customer, scope } = parties;
  const format = formatOf(issuer, kind, scope !== "");
  const today = dateText(nowMs, issuer.timeZone);
  return [
    db.prepare(ALLOT).bind(issuer.tenant, scope, kind, today),
    db
      .prepare(STAMP)
      .bind(
        final.id,
        final.revision + 1,
        final.status,
        scope,
        customer.linkedTenant,
        issuer.timeZone,
        format.before,
        String(format.digits),
        format.after,
        `+${final.paymentTermsDays} days`,
        JSON.stringify(sellerOf(parties)),
        JSON.stringify(buyerOf(parties)),
        JSON.stringify(brandingOf(parties)),
        nowMs,
        issuer.tenant,
        kind,
        KINDS[kind].dueDate,
        KINDS[kind].expires ? 1 : 0,
      ),
  ];
}

/** The number format of an issuer's series. */
export function formatOf(issuer: Issuer, kind: DocumentKind, test: boolean): NumberFormat {
  const format = parseFormat(formatTextOf(issuer, kind)) ?? parseFormat(KINDS[kind].numberFormat);
  if (!format) throw new RangeError(`no number format for ${kind}`);
  return seriesFormat(format, test);
}

export function sellerOf({ issuer }: Parties): SellerSnapshot {
  return { party: issuer.party, bank: issuer.bank, payUrl: issuer.payUrl };
}

export function buyerOf({ customer }: Parties): BuyerSnapshot {
  const { party, shipTo, email, mandate } = customer;
  return { party, shipTo, email, mandate };
}

export function brandingOf({ issuer, branding, customer }: Parties): BrandingSnapshot {
  return { ...branding, pageSize: pageSizeOf(issuer, customer), templateVersion: 1 };
}

/** What may change of a final document; the statement fails where it was changed meanwhile. */
export type StatusChange = {
  status: StoredStatus;
  paidMinor?: number;
  creditedMinor?: number;
};

export function setStatus(
  db: D1Database,
  document: Pick<DocumentRow, "id" | "revision">,
  change: StatusChange,
  nowMs: number,
): D1PreparedStatement {
  const set = { ...change, revision: document.revision + 1, updatedMs: nowMs };
  return statement(db, orm(db).update(documents).set(set).where(eq(documents.id, document.id)));
}

const CHANGED = {
  code: "document.changed",
  detail: "the document was changed meanwhile; read it again",
} as const;

/** Refuses the batch where the document was changed since it was read. */
export function insistUnchanged(
  db: D1Database,
  { id, revision }: Pick<DocumentRow, "id" | "revision">,
): D1PreparedStatement {
  const same = "EXISTS (SELECT 1 FROM documents WHERE id = ? AND revision = ?)";
  return insist(db, same, [id, revision], CHANGED);
}

/**
 * Runs a batch that writes documents. Errors: 409 `document.changed` where another writer was
 * first, and the Problem of an `insist` that refused it.
 */
export async function commitDocuments(
  db: D1Database,
  statements: D1PreparedStatement[],
): Promise<void> {
  try {
    await commit(db, statements);
  } catch (error) {
    const kind = databaseRefusal(error)?.kind;
    if (kind !== "stale" && kind !== "finalised") throw error;
    throw new Problem(CHANGED.code, CHANGED.detail);
  }
}

const ATTEMPTS = 5;

/** Reads, decides and writes again where another writer was first. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      const changed = error instanceof Problem && error.code === "document.changed";
      if (!changed || left === 0) throw error;
    }
  }
}

/** What a tenant may see: what it issued, and what is addressed to it once that is final. */
export function visibleTo(viewer: string): SQL | undefined {
  return or(
    eq(documents.issuer, viewer),
    and(eq(documents.recipient, viewer), isNotNull(documents.number)),
  );
}

const LISTED = { ...getTableColumns(documents), customerName: customers.name };

/** A document of one kind with its lines as `viewer` may see it, or null. */
export function readDocument(
  db: D1Database,
  viewer: string,
  kind: DocumentKind,
  id: string,
): Promise<Document | null> {
  return readWhere(db, viewer, id, eq(documents.kind, kind));
}

/** A document with its lines as `viewer` may see it, whatever kind it is, or null. */
export function readDocumentOfAnyKind(
  db: D1Database,
  viewer: string,
  id: string,
): Promise<Document | null> {
  return readWhere(db, viewer, id, undefined);
}

async function readWhere(
  db: D1Database,
  viewer: string,
  id: string,
  narrowed: SQL | undefined,
): Promise<Document | null> {
  const queries = orm(db);
  const [rows, lines] = await queries.batch([
    queries
      .select(LISTED)
      .from(documents)
      .innerJoin(customers, eq(customers.id, documents.customerId))
      .where(and(eq(documents.id, id), narrowed, visibleTo(viewer))),
    queries
      .select()
      .from(documentLines)
      .where(eq(documentLines.documentId, id))
      .orderBy(asc(documentLines.position)),
  ]);
  return rows[0] ? { ...rows[0], lines } : null;
}

/** Which kinds documents are, by their ids, whoever may see them; unknown ids are left out. */
export async function readKinds(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, DocumentKind>> {
  const rows = await orm(db)
    .select({ id: documents.id, kind: documents.kind })
    .from(documents)
    .where(sql`${documents.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

/**
 * The id of a document named by its id or number. A number is looked for among those that `viewer`
 * issued, then among those addressed to it. Errors: 409 where several carry it.
 */
export async function findDocument(
  db: D1Database,
  viewer: string,
  kind: DocumentKind,
  idOrNumber: string,
): Promise<string | null> {
  const rows = await orm(db)
    .select({ id: documents.id, issuer: documents.issuer })
    .from(documents)
    .where(
      and(
        eq(documents.kind, kind),
        or(eq(documents.id, idOrNumber), eq(documents.number, idOrNumber)),
        visibleTo(viewer),
      ),
    )
    .limit(20);
  const own = rows.filter(({ issuer }) => issuer === viewer);
  const found = own.length > 0 ? own : rows;
  if (found.length > 1) {
    throw new Problem("resource.conflict", "several documents have this number; ask by id");
  }
  return found[0]?.id ?? null;
}

/** What a document was made from or is about, where that has a number. */
export async function readOrigin(
  db: D1Database,
  id: string,
): Promise<{ kind: DocumentKind; number: string; date: string } | null> {
  const [row] = await orm(db)
    .select({ kind: documents.kind, number: documents.number, date: documents.issueDate })
    .from(documents)
    .where(eq(documents.id, id));
  if (!row || row.number === null || row.date === null) return null;
  return { kind: row.kind, number: row.number, date: row.date };
}

/** Says which PDF is the one of the day of issue; the first one to say so stays. */
export function keepIssuedKey(db: D1Database, id: string, key: string): D1PreparedStatement {
  const query = orm(db)
    .update(documents)
    .set({ issuedKey: key })
    .where(and(eq(documents.id, id), isNull(documents.issuedKey)));
  return statement(db, query);
}

/** What a list is narrowed to. */
export type DocumentFilter = {
  /** Null: all of them. */
  kind: DocumentKind | null;
  where: SQL | undefined;
  before: string | null;
  limit: number;
};

// Ids of several kinds are in no order with each other.
const AS_WRITTEN = sql`${documents}.rowid`;

/** Newest first, without lines. */
export async function listDocuments(
  db: D1Database,
  viewer: string,
  filter: DocumentFilter,
): Promise<Listed[]> {
  const rows = orm(db)
    .select(LISTED)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(
      and(
        filter.kind === null ? undefined : eq(documents.kind, filter.kind),
        visibleTo(viewer),
        filter.where,
        filter.before === null ? undefined : lt(documents.id, filter.before),
      ),
    )
    .orderBy(desc(filter.kind === null ? AS_WRITTEN : documents.id))
    .limit(filter.limit);
  return whileSearchable(rows);
}

/** With every word of `text` in its number, its names, its lines or its notes. */
export function matchesText(viewer: string, text: string): SQL {
  const place = { text: "number search", owner: "issuer recipient" };
  const query = matchQuery(text, place, viewer);
  return sql`${documents}.rowid IN
    (SELECT rowid FROM document_search WHERE document_search MATCH ${query})`;
}
