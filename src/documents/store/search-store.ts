/** The search's text in rows that an earlier version wrote, and its answer while it is dropped. */
import { eq, type SQL, sql } from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { orm } from "../../platform/db/db.ts";
import { anyRow, sqlStatement } from "../../platform/db/sql.ts";
import { indexed } from "./search.ts";
import { customers, documents } from "./table.ts";

const DROPPED = /no such table: \w+_search/;

/** The rows that a search finds. Errors: 503 `service.busy` while its tables are dropped. */
export async function whileSearchable<T>(rows: PromiseLike<T>): Promise<T> {
  try {
    return await rows;
  } catch (error) {
    const { cause } = error as Error;
    if (!DROPPED.test(`${error} ${cause}`)) throw error;
    throw new Problem("service.busy", "search is switched off for now; ask again later", {
      retryAfterSeconds: 60,
    });
  }
}

/** One step: what it reads, and how much text it writes before the next one begins. */
const STEP_ROWS = 50;
const STEP_LENGTH = 250_000;
/** Steps of one sweep; the next one goes on. */
const STEPS = 20;

/** Whether rows of an earlier version are not folded. */
export function anyUnfolded(): SQL {
  const [ofCustomers, ofDocuments] = [customers, documents].map((table) =>
    anyRow(sql`FROM ${table} WHERE ${isUnfolded(table)}`),
  );
  return sql`(${ofCustomers} OR ${ofDocuments})`;
}

type Searched = typeof customers | typeof documents;

/** Said in SQL, as the index says it: a bound value would not use it. */
function isUnfolded(table: Searched): SQL {
  return sql`${table.searchFolded} = 0`;
}

/**
 * Folds the text of rows that an earlier version wrote, a bounded number of them, the newest first.
 * Answers how many; 0 once all are. A row that is written meanwhile keeps what its writer said.
 */
export async function foldOldText(db: D1Database): Promise<number> {
  let folded = 0;
  for (let step = 0; step < STEPS; step++) {
    const rows = (await foldStep(db, customers)) + (await foldStep(db, documents));
    if (rows === 0) break;
    folded += rows;
  }
  return folded;
}

async function foldStep(db: D1Database, table: Searched): Promise<number> {
  const unfolded = isUnfolded(table);
  const rows = await orm(db)
    .select({ id: table.id, search: table.search })
    .from(table)
    .where(unfolded)
    .orderBy(sql`${table}.rowid DESC`)
    .limit(STEP_ROWS);
  const statements: D1PreparedStatement[] = [];
  let length = 0;
  for (const { id, search } of rows) {
    const text = indexed(search);
    length += text.length;
    if (length > STEP_LENGTH && statements.length > 0) break;
    const asRead = sql`${eq(table.id, id)} AND ${unfolded} AND ${eq(table.search, search)}`;
    const set = sql`search = ${text}, search_folded = 1`;
    statements.push(sqlStatement(db, sql`UPDATE ${table} SET ${set} WHERE ${asRead}`));
  }
  if (statements.length > 0) await db.batch(statements);
  return statements.length;
}
