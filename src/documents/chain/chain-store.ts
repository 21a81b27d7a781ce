/** Final documents by their place in their series, and how far each series is sealed. */
import { and, asc, eq, getTableColumns, gt, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { anyRow, columnNames, renderedSql, sqlStatement } from "../../platform/db/sql.ts";
import { documentLines, documentSeals, documents, numberSeries } from "../store/table.ts";
import {
  DOCUMENT_COLUMNS,
  FORM,
  LINE_COLUMNS,
  type SealedDocument,
  type Stored,
} from "./content.ts";

export type Series = typeof numberSeries.$inferSelect;
/** What names a series within its issuer; `scope` is a test tenant's id, or empty. */
export type SeriesName = Pick<Series, "scope" | "kind" | "year">;
type SeriesKey = SeriesName & Pick<Series, "issuer">;

const IS_UNSEALED = sql`${numberSeries.sealedSeq} < ${numberSeries.last}`;

/** Whether a series is not sealed to its end. */
export function anyUnsealedSeries(): SQL {
  return anyRow(sql`FROM ${numberSeries} WHERE ${IS_UNSEALED}`);
}

/** Series that are not sealed to their end, those that were sealed longest ago first. */
export async function unsealedSeries(db: D1Database, most: number): Promise<Series[]> {
  return orm(db)
    .select()
    .from(numberSeries)
    .where(IS_UNSEALED)
    .orderBy(asc(numberSeries.sealedMs))
    .limit(most);
}

/** A series; null where nothing was numbered in it. */
export async function readSeries(db: D1Database, key: SeriesKey): Promise<Series | null> {
  const [row] = await orm(db).select().from(numberSeries).where(isSeries(key));
  return row ?? null;
}

/** An issuer's series behind one, in their order. */
export async function seriesBehind(
  db: D1Database,
  issuer: string,
  { after, most }: { after: SeriesName | null; most: number },
): Promise<Series[]> {
  const { scope, kind, year } = numberSeries;
  const behind =
    after &&
    or(
      gt(scope, after.scope),
      and(eq(scope, after.scope), gt(kind, after.kind)),
      and(eq(scope, after.scope), eq(kind, after.kind), gt(year, after.year)),
    );
  return orm(db)
    .select()
    .from(numberSeries)
    .where(and(eq(numberSeries.issuer, issuer), behind ?? undefined))
    .orderBy(asc(scope), asc(kind), asc(year))
    .limit(most);
}

function isSeries({ issuer, scope, kind, year }: SeriesKey): SQL | undefined {
  return and(
    eq(numberSeries.issuer, issuer),
    eq(numberSeries.scope, scope),
    eq(numberSeries.kind, kind),
    eq(numberSeries.year, year),
  );
}

const named = (table: string, columns: readonly string[]): SQL =>
  sql.join(
    columns.map((name) => sql`${sql.identifier(table)}.${sql.identifier(name)}`),
    sql`, `,
  );
const DOCUMENT = named("documents", DOCUMENT_COLUMNS[FORM]);
const LINE = named("document_lines", LINE_COLUMNS[FORM]);

/** Documents of a series behind a number, in its order, with their lines and seals. */
export async function documentsBehind(
  db: D1Database,
  { issuer, scope, kind, year }: SeriesKey,
  { after, until, most }: { after: number; until: number; most: number },
): Promise<SealedDocument[]> {
  const own = and(
    eq(documents.issuer, issuer),
    eq(documents.scope, scope),
    eq(documents.kind, kind),
    eq(documents.seriesYear, year),
    sql`${documents.number} IS NOT NULL`,
    gt(documents.sequence, after),
    sql`${documents.sequence} <= ${until}`,
  );
  const rows = await orm(db).all<Stored>(
    sql`${SEALED} WHERE ${own} ORDER BY ${documents.sequence} LIMIT ${most}`,
  );
  const ids = JSON.stringify(rows.map(({ id }) => id));
  return sealedOf(rows, await orm(db).all<Stored>(linesOf(ids)));
}

const SEALED = sql`
  SELECT ${DOCUMENT}, ${documentSeals.form} AS seal_form, ${documentSeals.hash} AS seal_hash
  FROM ${documents} LEFT JOIN ${documentSeals} ON ${documentSeals.documentId} = ${documents.id}`;

/** The lines of documents whose ids are given as JSON. */
function linesOf(ids: string | SQL): SQL {
  return sql`
    SELECT ${documentLines.documentId} AS document_id, ${LINE}
    FROM json_each(${ids}) AS own CROSS JOIN ${documentLines}
    WHERE ${documentLines.documentId} = own.value`;
}

function sealedOf(rows: readonly Stored[], lines: readonly Stored[]): SealedDocument[] {
  const byDocument = Map.groupBy(lines, ({ document_id }) => document_id);
  return rows.map((row) => ({
    id: String(row.id),
    number: String(row.number),
    seq: Number(row.sequence),
    form: row.seal_form === null ? null : Number(row.seal_form),
    hash: row.seal_hash === null ? null : String(row.seal_hash),
    row,
    lines: (byDocument.get(row.id ?? null) ?? []).sort(
      (a, b) => Number(a.position) - Number(b.position),
    ),
  }));
}

/** A document's hash. */
export type Seal = { id: string; hash: string };

/**
 * The statements that keep seals, and how far their series is sealed with them. Whoever seals the
 * same documents makes the same hashes; a series only ever moves on.
 */
export function writeSeals(
  db: D1Database,
  series: SeriesKey,
  seals: readonly Seal[],
  to: { seq: number; hash: string; nowMs: number },
): D1PreparedStatement[] {
  const rows = JSON.stringify(seals.map(({ id, hash }) => [id, hash]));
  const { documentId, form, hash } = documentSeals;
  const moved = orm(db)
    .update(numberSeries)
    .set({ sealedSeq: to.seq, sealedHash: to.hash, sealedMs: to.nowMs })
    .where(and(isSeries(series), sql`${numberSeries.sealedSeq} < ${to.seq}`));
  return [
    sqlStatement(
      db,
      sql`INSERT OR IGNORE INTO ${documentSeals} (${columnNames(documentId, form, hash)})
        SELECT value ->> 0, ${FORM}, value ->> 1 FROM json_each(${rows})`,
    ),
    statement(db, moved),
  ];
}

/** The hash of the document with a number of its series; null where there is none. */
export async function hashAt(
  db: D1Database,
  { issuer, scope, kind, year }: SeriesKey,
  sequence: number,
): Promise<string | null> {
  const [row] = await orm(db)
    .select({ hash: documentSeals.hash })
    .from(documents)
    .innerJoin(documentSeals, eq(documentSeals.documentId, documents.id))
    .where(
      and(
        eq(documents.issuer, issuer),
        eq(documents.scope, scope),
        eq(documents.kind, kind),
        eq(documents.seriesYear, year),
        sql`${documents.number} IS NOT NULL`,
        eq(documents.sequence, sequence),
      ),
    );
  return row?.hash ?? null;
}

/** Which series a final document is of, and its number there; null for a draft, or none. */
export async function placeOf(
  db: D1Database,
  id: string,
): Promise<(SeriesKey & { sequence: number; recipient: string | null }) | null> {
  const { issuer, scope, kind, seriesYear, sequence, recipient } = documents;
  const [row] = await orm(db)
    .select({ issuer, scope, kind, year: seriesYear, sequence, recipient })
    .from(documents)
    .where(eq(documents.id, id));
  if (!row || row.year === null || row.sequence === null) return null;
  return { ...row, year: row.year, sequence: row.sequence };
}

/** A final document in its series, and the hash of the one before it, "" where it has none. */
export type Placed = {
  place: NonNullable<Awaited<ReturnType<typeof placeOf>>>;
  series: Series;
  document: SealedDocument;
  previousHash: string;
};

const ID = sql.placeholder("id");
const IS_OWN = and(
  eq(numberSeries.issuer, documents.issuer),
  eq(numberSeries.scope, documents.scope),
  eq(numberSeries.kind, documents.kind),
  eq(numberSeries.year, documents.seriesYear),
);

/** A document's series, and the hash of the one before it there. */
const OWN_SERIES = preparedRead<"id", Series & { previousHash: string | null }>((queries) => {
  const before = alias(documents, "before");
  const isBefore = and(
    eq(before.issuer, documents.issuer),
    eq(before.scope, documents.scope),
    eq(before.kind, documents.kind),
    eq(before.seriesYear, documents.seriesYear),
    sql`${before.number} IS NOT NULL`,
    sql`${before.sequence} = ${documents.sequence} - 1`,
  );
  return queries
    .select({ ...getTableColumns(numberSeries), previousHash: documentSeals.hash })
    .from(documents)
    .innerJoin(numberSeries, IS_OWN)
    .leftJoin(before, isBefore)
    .leftJoin(documentSeals, eq(documentSeals.documentId, before.id))
    .where(eq(documents.id, ID));
});
const OWN_ROW = renderedSql<"id">(
  sql`${SEALED} WHERE ${documents.id} = ${ID} AND ${documents.number} IS NOT NULL`,
);
const OWN_LINES = renderedSql<"id">(linesOf(sql`json_array(${ID})`));

/** The same, asked in one turn; null for a draft, or none. */
export async function readPlaced(db: D1Database, id: string): Promise<Placed | null> {
  const [[found], { results: rows }, { results: lines }] = await Promise.all([
    rowsOfRead(OWN_SERIES(db, { id })),
    OWN_ROW(db, { id }).all<Stored>(),
    OWN_LINES(db, { id }).all<Stored>(),
  ]);
  const [document] = sealedOf(rows, lines);
  if (!found || !document) return null;
  const { previousHash, ...series } = found;
  const { recipient } = document.row;
  const { issuer, scope, kind, year } = series;
  const of = { issuer, scope, kind, year, sequence: document.seq };
  const place = { ...of, recipient: typeof recipient === "string" ? recipient : null };
  return { place, series, document, previousHash: previousHash ?? "" };
}

/** The document that has a hash, by its number: whoever knows both holds it. */
export async function documentByHash(
  db: D1Database,
  number: string,
  hash: string,
): Promise<string | null> {
  const [row] = await orm(db)
    .select({ id: documentSeals.documentId })
    .from(documentSeals)
    .innerJoin(documents, eq(documents.id, documentSeals.documentId))
    .where(and(eq(documentSeals.hash, hash), eq(documents.number, number)));
  return row?.id ?? null;
}

/** What a document says of itself, for whoever verifies it; null where it is not there. */
export async function readStated(db: D1Database, id: string) {
  const { issuer, kind, number, issueDate, status, seller } = documents;
  const [row] = await orm(db)
    .select({ issuer, kind, number, issueDate, status, seller })
    .from(documents)
    .where(eq(documents.id, id));
  return row ?? null;
}
