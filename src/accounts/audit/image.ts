/**
 * What a write changed, for its audit row: an image of the row that it is about is taken before the
 * first statement of its batch and after the last one, and the database compares both. So nothing
 * can come between, and no verb has to say what it changed.
 */
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Around, standAround } from "../../platform/db/around.ts";
import { columnNames, renderedSql, sqlStatement } from "../../platform/db/sql.ts";
import { audit, auditImages } from "../store/table.ts";

/** A row that entries of the log are about. */
export type Subject = {
  table: SQLiteTable;
  /** The column that an entry's target names, or what `id` says. */
  by: SQLiteColumn;
  /** Says whose it is, where `by` names one in each tenant. */
  whose?: SQLiteColumn;
  /** The only columns that are shown; else all but secrets, and what changes with every write. */
  only?: readonly SQLiteColumn[];
  /** Columns that are not shown either. */
  without?: readonly SQLiteColumn[];
  /** Actions that leave no entry where all of the row stays: no column of it may be left out. */
  quiet?: readonly string[];
  /** What other tables say of it: a JSON value by its name. */
  more?: Readonly<Record<string, SQL>>;
  /** The row, where it is not the target. */
  id?: (entry: Named) => string;
};

/** What of an entry names its row. */
export type Named = {
  target: string;
  detail?: Record<string, unknown>;
  answer?: { made?: string };
};

/** Never shown: secrets in any form, and what says nothing but that something was written. */
const UNSHOWN = /(^|_)(hash|sealed|secret|token|search|search_folded|revision|updated_ms)$/;
/** Characters of a field, and of all fields together; what is longer is cut, and says so. */
const FIELD_LENGTH = 2_000;
const CHANGE_LENGTH = 8_000;
/** A function takes 32 arguments: so many values are in one array. */
const VALUES_AT_ONCE = 32;

const { placeholder } = sql;

/** How a field is shown: as it is, as JSON, or as a boolean; the first letter says it. */
type ShownAs = "as it is" | "json" | "boolean";
type Imaging = {
  /** Takes an image: the same statement before the batch and after it. */
  take: ReturnType<typeof renderedSql<"image" | "id" | "tenant">>;
  fields: string;
};

const imaging = new WeakMap<Subject, Imaging>();

/** Whose row an entry is about, and the ids of its entry, or of the two alike. */
type Imaged = { ids: readonly string[]; id: string; tenant: string };

/** Has the batch of an audit row, or of two alike, keep what it changes of a subject's row. */
export function compareAround(
  db: D1Database,
  made: D1PreparedStatement,
  subject: Subject,
  row: Imaged,
): D1PreparedStatement {
  return compared(db, made, subject, row, []);
}

/**
 * The same for entries that are written only where the subject's row is another at the end of the
 * batch, or was not there. The statement that stands for them does nothing: `commit` runs them.
 */
export function insertWhereChanged(
  db: D1Database,
  entries: readonly (typeof audit.$inferInsert)[],
  subject: Subject,
  row: Imaged,
): D1PreparedStatement {
  const [was = ""] = row.ids;
  const columns = Object.entries(getTableColumns(audit)).filter(
    ([name]) => name in (entries[0] ?? {}),
  );
  const values = entries.map((entry) =>
    columns.map(([name]) => entry[name as keyof typeof entry] ?? null),
  );
  const read = sql.join(
    columns.map((_, i) => sql`entry.value ->> ${raw(i)}`),
    sql`, `,
  );
  const insert = sql`INSERT INTO ${audit} (${columnNames(...columns.map(([, column]) => column))})
    SELECT ${read} FROM json_each(${JSON.stringify(values)}) AS entry
    WHERE NOT EXISTS (SELECT 1 FROM ${auditImages} AS was JOIN ${auditImages} AS became
      ON became.image = was.image WHERE was.id = ${was} AND became.id = ${`${was}+`})`;
  return compared(db, sqlStatement(db, sql`SELECT 1`), subject, row, [sqlStatement(db, insert)]);
}

function compared(
  db: D1Database,
  made: D1PreparedStatement,
  subject: Subject,
  row: Imaged,
  inserts: readonly D1PreparedStatement[],
): D1PreparedStatement {
  const [audit = "", also = ""] = row.ids;
  const { take, fields } = imagingOf(subject);
  const { id, tenant } = row;
  const [was, became] = [audit, `${audit}+`];
  const whole: Around = {
    first: [take(db, { image: was, id, tenant })],
    last: [
      take(db, { image: became, id, tenant }),
      ...inserts,
      COMPARE(db, { was, became, fields, also }),
      DROP(db, { was, became }),
    ],
  };
  return standAround(made, whole);
}

function imagingOf(subject: Subject): Imaging {
  const known = imaging.get(subject);
  if (known) return known;
  const { image, fields } = imageOf(subject);
  const columns = columnNames(auditImages.id, auditImages.image);
  const taken = sql`INSERT INTO ${auditImages} (${columns})
    SELECT ${placeholder("image")}, ${image} ${fromRow(subject)}`;
  const made = { take: renderedSql<"image" | "id" | "tenant">(taken), fields };
  imaging.set(subject, made);
  return made;
}

/** A row's values, as arrays of an array, and what each of them is. */
function imageOf({ table, only, without = [], more = {}, quiet }: Subject): {
  image: SQL;
  fields: string;
} {
  const shown: readonly SQLiteColumn[] =
    only ??
    Object.values(getTableColumns(table) as Record<string, SQLiteColumn>).filter(
      (column) => !UNSHOWN.test(column.name) && !without.includes(column),
    );
  const values = [...shown.map(storedOf), ...Object.values(more)];
  const kinds = [
    ...shown.map((column) => [column.name, shownAs(column)] as const),
    ...Object.keys(more).map((name) => [name, "json"] as const),
  ];
  const fields = kinds.map(([name, as], i) => {
    const place = `$[${Math.floor(i / VALUES_AT_ONCE)}][${i % VALUES_AT_ONCE}]`;
    return [name, as.charAt(0) + place];
  });
  const arrays: SQL[] = [];
  for (let i = 0; i < values.length; i += VALUES_AT_ONCE) {
    const some = sql.join(values.slice(i, i + VALUES_AT_ONCE), sql`, `);
    arrays.push(sql`json_array(${some})`);
  }
  // What was cut says nothing of the rest, which is compared, too, and never shown.
  const rests = shown.filter(({ dataType }) => quiet && dataType === "json").map(restOf);
  arrays.push(...rests.map((rest) => sql`json_array(${rest})`));
  return {
    image: sql`json_array(${sql.join(arrays, sql`, `)})`,
    fields: JSON.stringify(Object.fromEntries(fields)),
  };
}

function shownAs({ dataType }: SQLiteColumn): ShownAs {
  return dataType === "boolean" || dataType === "json" ? dataType : "as it is";
}

/** What can be long is cut where it is read: an image has to fit into a row, quoted once more. */
function storedOf(column: SQLiteColumn): SQL {
  return column.dataType === "json" ? cut(columnNames(column)) : columnNames(column);
}

function restOf(column: SQLiteColumn): SQL {
  return sql`substr(${columnNames(column)}, ${raw(FIELD_LENGTH + 1)})`;
}

function fromRow({ table, by, whose }: Subject): SQL {
  const own = whose ? sql` AND ${whose} = ${placeholder("tenant")}` : sql``;
  return sql`FROM ${table} WHERE ${by} = ${placeholder("id")}${own}`;
}

const DROP = renderedSql<"was" | "became">(
  sql`DELETE FROM ${auditImages}
    WHERE ${auditImages.id} IN (${placeholder("was")}, ${placeholder("became")})`,
);

/** A value of an image as JSON text: what is long is cut, and JSON that is whole stays JSON. */
function shown(value: "was" | "became"): SQL {
  const json = sql.raw(value);
  const text = sql`${json} ->> '$'`;
  return sql`CASE WHEN ${json} = 'null' THEN ${json}
    WHEN shown_as = 'b' THEN iif(${json} = '0', 'false', 'true')
    WHEN shown_as = 'j' AND length(${text}) <= ${raw(FIELD_LENGTH)} AND json_valid(${text})
      THEN json(${text})
    WHEN length(${json}) > ${raw(FIELD_LENGTH)} AND json_type(${json}) = 'text'
      THEN json_quote(${cut(text)})
    ELSE ${json} END`;
}

const imageNamed = (name: "was" | "became"): SQL =>
  sql`(SELECT image FROM ${auditImages} WHERE id = ${placeholder(name)})`;

/**
 * Compares two images: one statement for all tables, whose fields come as a parameter. An image
 * that is not there is a row that is not.
 */
const COMPARE = renderedSql<"was" | "became" | "fields" | "also">(sql`
  WITH differing AS MATERIALIZED (
    SELECT field.key AS name, substr(field.value, 1, 1) AS shown_as,
      ${imageNamed("was")} -> substr(field.value, 2) AS was,
      ${imageNamed("became")} -> substr(field.value, 2) AS became
    FROM json_each(${placeholder("fields")}) AS field WHERE was IS NOT became),
  changed AS MATERIALIZED (
    SELECT name, ${shown("was")} AS was, ${shown("became")} AS became FROM differing)
  UPDATE ${audit} SET (${columnNames(audit.before, audit.after)}) =
    (SELECT ${sideOf("was")}, ${sideOf("became")} FROM changed WHERE was IS NOT became)
  WHERE ${audit.id} IN (${placeholder("was")}, ${placeholder("also")})`);

/** One side of all fields that changed; of too much only their names and lengths. */
function sideOf(side: "was" | "became"): SQL {
  const [value, image] = [sql.raw(side), placeholder(side)];
  return sql`CASE WHEN EXISTS (SELECT 1 FROM ${auditImages} WHERE ${auditImages.id} = ${image})
    THEN CASE WHEN total(length(${value})) <= ${raw(CHANGE_LENGTH)}
      THEN json_group_object(name, json(${value}))
      ELSE json_group_object(name, 'cut: ' || coalesce(length(${value}), 0) || ' characters') END
    END`;
}

function cut(value: SQL): SQL {
  const most = raw(FIELD_LENGTH);
  return sql`CASE WHEN length(${value}) > ${most}
    THEN substr(${value}, 1, ${most}) || '… (cut: ' || length(${value}) || ' characters)'
    ELSE ${value} END`;
}

function raw(number: number): SQL {
  return sql.raw(String(number));
}
