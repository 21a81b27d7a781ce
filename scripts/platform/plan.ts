/**
 * Pure. What SQLite's plan of a statement reads more of than it answers: walks through tables that
 * grow, and sorts of sets that nothing bounds. An index mends most; what stays is listed here.
 */
import { LEDGER, type Reasons } from "./plan-list.ts";

/** A row of EXPLAIN QUERY PLAN. */
export type Step = { id: number; parent: number; detail: string };

/** An index, or the key of a table without row ids. */
export type Index = { table: string; columns: number; unique: boolean; partial: boolean };
export type Schema = { tables: ReadonlySet<string>; indexes: ReadonlyMap<string, Index> };

/** Why a statement is not served by indexes; null where it is, or stands in the lists. */
export function planFault(
  sql: string,
  plan: readonly Step[],
  schema: Schema,
  { few, whole }: Reasons = LEDGER,
): string | null {
  const text = sql.replace(/["\s]+/g, " ");
  if (whole.some(({ statement }) => text.includes(statement))) return null;
  const isBounded = ({ table, by, one }: Loop): boolean =>
    one || Object.hasOwn(few, by === "" ? table : `${table}.${by}`);
  const loops = plan
    .flatMap((step) => loopOf(step, text, schema) ?? [])
    .filter((loop) => !isForMendedReference(loop, text));
  const walked = loops.find((loop) => !isBounded(loop) && loop.walks && !isFirstOf(loop, text));
  if (walked) return walked.detail;
  for (const sort of plan.filter(({ detail }) => SORT.test(detail))) {
    const under = branchOf(sort.parent, plan);
    const unbounded = loops.find((loop) => under.has(loop.parent) && !isBounded(loop));
    if (unbounded) return `${unbounded.detail}, ${sort.detail}`;
  }
  return null;
}

/** One by the last terms alone sorts only rows that are alike in those before. */
const SORT = /^USE TEMP B-TREE FOR (?!LAST)/;

type Loop = Step & {
  table: string;
  /** From end to end, rather than to a place. */
  walks: boolean;
  /** It finds a row at most. */
  one: boolean;
  partial: boolean;
  /** The column that it is searched by first, if any. */
  by: string;
};

const LOOP = /^(SCAN|SEARCH) (\w+)(?: (?:EXISTS )?USING (.*))?$/;
const BY_INDEX = /^(?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX (\w+)(?: \((.*)\))?$/;
const BY_KEY = /^(?:INTEGER )?PRIMARY KEY(?: \((.*)\))?$/;

/** A step that reads rows of a table; null for any other, and for what a query makes itself. */
function loopOf(step: Step, text: string, { tables, indexes }: Schema): Loop | null {
  const [, how, name = "", using = ""] = LOOP.exec(step.detail) ?? [];
  if (how === undefined) return null;
  const [, indexName = "", byIndex] = BY_INDEX.exec(using) ?? [];
  const [, byKey] = BY_KEY.exec(using) ?? [];
  const table = indexes.get(indexName)?.table ?? tableNamed(name, text, tables);
  if (table === null) return null;
  const index = indexes.get(indexName) ?? indexes.get(table);
  const terms = byIndex ?? byKey ?? "";
  const equals = terms.match(/=\?/g)?.length ?? 0;
  const by = /^\w+/.exec(terms)?.[0] ?? "";
  const one = byKey === "rowid=?" || (index?.unique === true && equals === index.columns);
  const partial = index?.partial ?? false;
  return { ...step, table, walks: how === "SCAN", one, by, partial };
}

/**
 * What could refer to a row that is inserted is searched only while a reference to nothing waits
 * for the end of its batch.
 */
function isForMendedReference({ table }: Loop, text: string): boolean {
  return /^ ?INSERT\b/i.test(text) && !new RegExp(`\\b(FROM|JOIN) ${table}\\b`, "i").test(text);
}

/** The table that an alias stands for; null where a query made it. */
function tableNamed(name: string, text: string, tables: ReadonlySet<string>): string | null {
  const aliased = new RegExp(`(\\w+) (?:AS )?${name}\\b`, "gi");
  for (const [, before = ""] of text.matchAll(aliased)) if (tables.has(before)) return before;
  return tables.has(name) && !new RegExp(`\\b${name} ?(?:\\([^)]*\\) )?AS `).test(text)
    ? name
    : null;
}

/** The first rows of an index: all of them are wanted, or all that a partial index has. */
function isFirstOf({ detail, partial }: Loop, text: string): boolean {
  return / INDEX /.test(detail) && / LIMIT /i.test(text) && (partial || !/ WHERE /i.test(text));
}

const NESTED = /^(CO-ROUTINE|MATERIALIZE|COMPOUND|LEFT-MOST|UNION|MULTI-INDEX|INDEX \d)/;

/** A select and those that it reads from, by the ids of their steps. */
function branchOf(parent: number, plan: readonly Step[]): Set<number> {
  const branch = new Set([parent]);
  for (const { id, parent: of, detail } of plan) {
    if (branch.has(of) && NESTED.test(detail)) {
      branch.add(id);
    }
  }
  return branch;
}
