/** The statements that write a draft and its lines. */
import { type Column, eq, getTableColumns, sql } from "drizzle-orm";
import { rowsOfValues } from "../../core/rows.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { columnNames, renderedSql } from "../../platform/db/sql.ts";
import { draftOf, type Written } from "./row.ts";
import { type DocumentRow, documentLines, documents, type LineRow } from "./table.ts";

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
  // Without its id: where one is set, all that could refer to the row is searched for it.
  const { lines, id, customerName: _, createdBy: __, ...row } = draftOf(written);
  const { createdMs } = before;
  const change = { ...row, createdMs, revision: before.revision + 1 };
  return [
    statement(db, orm(db).update(documents).set(change).where(eq(documents.id, id))),
    statement(db, orm(db).delete(documentLines).where(eq(documentLines.documentId, id))),
    ...insertLines(db, lines),
  ];
}

const LINE_COLUMNS = Object.entries(getTableColumns(documentLines)) as [keyof LineRow, Column][];
const LINE_VALUES = LINE_COLUMNS.map((_, i) => sql.raw(`value ->> ${i}`));
const INSERT_LINES = renderedSql<"lines">(sql`
  INSERT INTO ${documentLines} (${columnNames(...LINE_COLUMNS.map(([, column]) => column))})
  SELECT ${sql.join(LINE_VALUES, sql`, `)} FROM json_each(${sql.placeholder("lines")})`);

function insertLines(db: D1Database, lines: readonly LineRow[]): D1PreparedStatement[] {
  const rows = lines.map((line) =>
    LINE_COLUMNS.map(([property, column]) => {
      const value = line[property];
      return value === null || value === undefined ? null : column.mapToDriverValue(value);
    }),
  );
  return rowsOfValues(rows).map((some) => INSERT_LINES(db, { lines: some }));
}
