/**
 * Each statement of the product, explained once: one that walks through a table that grows, or
 * sorts what nothing bounds, is a breach wherever it was asked. Statements of tests are not. It is
 * said and fails a test, but runs: no deployed database would refuse it.
 */
import { outside } from "./invocation.ts";
import { unserved } from "./limits.ts";
import { type Index, planFault, type Schema, type Step } from "./plan.ts";
import { STORAGE } from "./plan-list.ts";

type Made = { statement: string; params: unknown[] };

const explained = new Set<string>();
const REMEMBERED = 10_000;

const EXPLAINABLE = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/i;

/** A schema's own reads wait for nothing that reads the schema. */
const isNew = (statement: string) =>
  !explained.has(statement) && EXPLAINABLE.test(statement) && !statement.includes("sqlite_schema");

/** Says of a statement that no index serves it, the first time that the product asks it. */
export async function checkPlans(db: D1Database | null, made: readonly Made[]): Promise<void> {
  const fresh = made.filter(({ statement }) => isNew(statement));
  if (!db || fresh.length === 0 || isOfTest(new Error().stack)) return;
  if (explained.size >= REMEMBERED) explained.clear();
  await outside(() => checkFresh(db, fresh));
}

/**
 * True where a test asks, or its library: the first caller that is no check, nor drizzle. A stack
 * begins with the check that made it, which says where the project lies.
 */
export function isOfTest(stack = ""): boolean {
  const [, ...frames] = stack.split("\n");
  const root = /(?:file:[/][/])?([/][^()]*)[/]scripts[/]platform[/]/.exec(frames[0] ?? "")?.[1];
  if (root === undefined) return false;
  const isIn = (frame: string, ...folders: string[]) =>
    folders.some((folder) => frame.includes(`${root}/${folder}/`));
  const caller = frames.find(
    (frame) => !isIn(frame, "scripts/platform", "node_modules/drizzle-orm"),
  );
  return caller !== undefined && isIn(caller, "test", "node_modules");
}

async function checkFresh(db: D1Database, fresh: readonly Made[]): Promise<void> {
  for (const { statement, params } of fresh) {
    if (explained.has(statement)) continue;
    explained.add(statement);
    const steps = await explain(db, { statement, params });
    if (planFault(statement, steps, await readSchema(db)) === null) continue;
    // What was asked first may have come while the database was still being migrated.
    schemas.delete(db);
    const fault = planFault(statement, steps, await readSchema(db));
    if (fault !== null) unserved(fault, statement);
  }
}

/** How a statement would run; nothing for one that would not, whose own error says why. */
export async function explain(db: D1Database, { statement, params }: Made): Promise<Step[]> {
  try {
    const asked = db.prepare(`EXPLAIN QUERY PLAN ${statement}`).bind(...params);
    return (await asked.all<Step>()).results;
  } catch {
    return [];
  }
}

const schemas = new WeakMap<D1Database, Promise<Schema>>();

/** The tables of a database and their indexes, as they were when it was first asked. */
export function readSchema(db: D1Database): Promise<Schema> {
  const known = schemas.get(db) ?? read(db);
  schemas.set(db, known);
  return known;
}

const TABLES = `(SELECT name FROM sqlite_schema WHERE type = 'table'
  AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '\\_cf%' ESCAPE '\\') t`;

type TableRow = { name: string };
type IndexRow = {
  table: string;
  name: string;
  origin: string;
  unique: number;
  partial: number;
  columns: number;
};

const TABLE_NAMES = `SELECT name FROM ${TABLES}`;
const INDEXES = `SELECT t.name AS "table", i.name, i.origin, i."unique", i.partial,
    count(*) AS columns
  FROM ${TABLES}, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
  WHERE c.key = 1 GROUP BY t.name, i.name, i.origin, i."unique", i.partial`;

async function read(db: D1Database): Promise<Schema> {
  const tables = await db.prepare(TABLE_NAMES).all<TableRow>();
  const { results } = await db.prepare(INDEXES).all<IndexRow>();
  return schemaOf(tables.results, results);
}

function schemaOf(tables: readonly TableRow[], rows: readonly IndexRow[]): Schema {
  const indexes = new Map<string, Index>();
  for (const { table, name, origin, unique, partial, columns } of rows) {
    const index = { table, columns, unique: unique === 1, partial: partial === 1 };
    indexes.set(name, index);
    // What a table without row ids is searched by goes by the table's own name.
    if (origin === "pk") indexes.set(table, index);
  }
  return { tables: new Set(tables.map(({ name }) => name)), indexes };
}

type Exec = (statement: string, ...params: unknown[]) => SqlStorageCursor<never>;

/** Statements of objects that were explained, as `storedName` has them. */
export const explainedStored = new Set<string>();

/** A generation's or a set's table has its number: one plan stands for all of them. */
const storedName = (statement: string) => statement.replace(/_\d+\b/g, "_0");

/** True for a statement on an object's storage that has not been explained. */
export function isNewStored(statement: string): boolean {
  return !explainedStored.has(storedName(statement)) && EXPLAINABLE.test(statement);
}

/**
 * Says of a statement on an object's own storage that no index serves it, the first time that it
 * is asked; `exec` is the storage's own.
 */
export function checkStoredPlan(exec: Exec, statement: string, params: readonly unknown[]): void {
  if (!isNewStored(statement)) return;
  if (explainedStored.size >= REMEMBERED) explainedStored.clear();
  explainedStored.add(storedName(statement));
  const rows = <Row>(sql: string, ...values: unknown[]): Row[] => exec(sql, ...values).toArray();
  const plan = rows<Step>(`EXPLAIN QUERY PLAN ${statement}`, ...params);
  const schema = schemaOf(rows(TABLE_NAMES), rows(INDEXES));
  const fault = planFault(statement, plan, schema, STORAGE);
  if (fault !== null) unserved(fault, statement);
}
