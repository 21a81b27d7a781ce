/**
 * Rows of documents and their lines. Reads answer rows; changes are statements for a verb's batch.
 * Triggers refuse a write to a final document, and one whose revision is not the next.
 */
import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  inArray,
  isNotNull,
  isNull,
  lt,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { commit, eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfReads } from "../../platform/db/prepared.ts";
import { databaseRefusal } from "../../platform/db/refusal.ts";
import type { DocumentKind } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import type { Document, Listed } from "./row.ts";
import { matchQuery } from "./search.ts";
import { whileSearchable } from "./search-store.ts";
import { customers, type DocumentRow, documentLines, documents, type LineRow } from "./table.ts";
import { documentsSeen, issuedOrReceived, type Viewer, visibleTo } from "./viewer.ts";

/** What may change of a final document; the statement fails where it was changed meanwhile. */
export type StatusChange = {
  status: StoredStatus;
  paidMinor?: number;
  creditedMinor?: number;
};

/** The statement that changes a final document's status and what was paid or credited of it. */
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

/** The statement that refuses its batch where the document was changed since it was read. */
export function insistUnchanged(
  db: D1Database,
  { id, revision }: Pick<DocumentRow, "id" | "revision">,
): D1PreparedStatement {
  const same = orm(db)
    .select({ id: documents.id })
    .from(documents)
    .where(and(eq(documents.id, id), eq(documents.revision, revision)));
  return insist(db, exists(same), CHANGED);
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

/** Runs an attempt again, five times at most, where another writer changed the document first. */
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

const LISTED = { ...getTableColumns(documents), customerName: customers.name };

/** A document of one kind with its lines as `viewer` may see it, or null. */
export function readDocument(
  db: D1Database,
  viewer: Viewer,
  kind: DocumentKind,
  id: string,
): Promise<Document | null> {
  return readWhere(db, { viewer, id, kind });
}

/** A document with its lines as `viewer` may see it, whatever kind it is, or null. */
export function readDocumentOfAnyKind(
  db: D1Database,
  viewer: Viewer,
  id: string,
): Promise<Document | null> {
  return readWhere(db, { viewer, id, kind: null });
}

const { placeholder } = sql;
const DOCUMENT = documentRead(undefined);

function documentRead(seen: SQL | undefined) {
  return preparedRead<"viewer" | "id" | "kind", Listed>((queries) =>
    queries
      .select(LISTED)
      .from(documents)
      .innerJoin(customers, eq(customers.id, documents.customerId))
      .where(
        and(
          eq(documents.id, placeholder("id")),
          sql`${documents.kind} = coalesce(${placeholder("kind")}, ${documents.kind})`,
          issuedOrReceived(placeholder("viewer")),
          seen,
        ),
      ),
  );
}

const LINES = preparedRead<"id", LineRow>((queries) =>
  queries
    .select()
    .from(documentLines)
    .where(eq(documentLines.documentId, placeholder("id")))
    .orderBy(asc(documentLines.position)),
);

async function readWhere(
  db: D1Database,
  { viewer, id, kind }: { viewer: Viewer; id: string; kind: DocumentKind | null },
): Promise<Document | null> {
  const asked = { viewer: viewer.tenantId, id, kind };
  const seen = documentsSeen(viewer);
  const document = (seen === undefined ? DOCUMENT : documentRead(seen))(db, asked);
  const [rows, lines] = await rowsOfReads<[Listed, LineRow]>(db, [document, LINES(db, asked)]);
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
 * The id of the document of a number: among those that `viewer` issued, then among those addressed
 * to it. Errors: 409 where several carry it.
 */
export async function findNumber(
  db: D1Database,
  viewer: Viewer,
  kind: DocumentKind,
  named: string,
): Promise<string | null> {
  const { id, issuer, recipient, number } = documents;
  const { tenantId: tenant } = viewer;
  const seen = documentsSeen(viewer);
  // In either role with all of it, and so by an index of its own.
  const isIt = and(eq(documents.kind, kind), eq(number, named), isNotNull(number));
  const rows = await orm(db)
    .select({ id, issuer })
    .from(documents)
    .where(and(or(and(eq(issuer, tenant), isIt), and(eq(recipient, tenant), isIt)), seen))
    .limit(20);
  const own = rows.filter(({ issuer }) => issuer === viewer.tenantId);
  const found = own.length > 0 ? own : rows;
  if (found.length > 1) {
    throw new Problem("resource.conflict", "several documents have this number; ask by id");
  }
  return found[0]?.id ?? null;
}

/** Who issued a document and when, whoever may see it; null for a draft. */
export async function issueOf(
  db: D1Database,
  id: string,
): Promise<{ issuer: string; finalizedMs: number } | null> {
  const { issuer, finalizedMs } = documents;
  const [row] = await orm(db)
    .select({ issuer, finalizedMs })
    .from(documents)
    .where(eq(documents.id, id));
  if (!row || row.finalizedMs === null) return null;
  return { issuer: row.issuer, finalizedMs: row.finalizedMs };
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

/** The statement that keeps the key of the PDF as it was issued; a key that is there stays. */
export function keepIssuedKey(db: D1Database, id: string, key: string): D1PreparedStatement {
  const query = orm(db)
    .update(documents)
    .set({ issuedKey: key })
    .where(and(eq(documents.id, id), isNull(documents.issuedKey)));
  return statement(db, query);
}

/** What a list is narrowed to. */
export type DocumentFilter = {
  kind: DocumentKind;
  where: SQL | undefined;
  before: string | null;
  limit: number;
  /** How many are left out first; none unless given. */
  offset?: number;
};

/** Documents without their lines, newest first. */
export async function listDocuments(
  db: D1Database,
  viewer: Viewer,
  filter: DocumentFilter,
): Promise<Listed[]> {
  const rows = orm(db)
    .select(LISTED)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(
      and(
        eq(documents.kind, filter.kind),
        visibleTo(viewer),
        filter.where,
        filter.before === null ? undefined : lt(documents.id, filter.before),
      ),
    )
    .orderBy(desc(documents.id))
    .limit(filter.limit)
    .offset(filter.offset ?? 0);
  return whileSearchable(rows);
}

/** How many documents of a kind there are that `viewer` may see and `where` holds for. */
export function countDocuments(
  db: D1Database,
  viewer: Viewer,
  { kind, where }: { kind: DocumentKind; where: SQL | undefined },
): Promise<number> {
  const counted = and(eq(documents.kind, kind), visibleTo(viewer), where);
  return whileSearchable(orm(db).$count(documents, counted));
}

/** The condition that each word of `text` begins one in the number, names, lines or notes. */
export function matchesText({ tenantId }: Viewer, text: string): SQL {
  return sql`${documents}.rowid IN
    (SELECT rowid FROM document_search WHERE document_search MATCH ${matchOf(tenantId, text)})`;
}

function matchOf(viewer: string, text: string): string {
  return matchQuery(text, { text: "number search", owner: "issuer recipient" }, viewer);
}

/**
 * Documents of every kind with the words of `text`, without their lines, the last written first:
 * the index of words is walked from its end, however many it has.
 */
export async function searchDocuments(
  db: D1Database,
  viewer: Viewer,
  text: string,
  limit: number,
): Promise<Listed[]> {
  const found = orm(db).all<{ id: string }>(sql`
    SELECT ${documents.id} AS id FROM document_search
    CROSS JOIN ${documents} ON ${documents}.rowid = document_search.rowid
    WHERE document_search MATCH ${matchOf(viewer.tenantId, text)} AND ${visibleTo(viewer)}
    ORDER BY document_search.rowid DESC LIMIT ${limit}`);
  const ids = (await whileSearchable(found)).map(({ id }) => id);
  if (ids.length === 0) return [];
  return orm(db)
    .select(LISTED)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(inArray(documents.id, eachOf(ids)))
    .orderBy(sql`${documents}.rowid DESC`);
}
