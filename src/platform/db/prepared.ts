/**
 * Reads that drizzle builds once: what a query says, and how its rows are read, is the same each
 * time, and building it costs more than most of them take. For reads that pages and many requests
 * ask.
 */
import { fillPlaceholders } from "drizzle-orm";
import { orm } from "./db.ts";

/** What drizzle makes of a select. */
type Prepared = {
  getQuery(): { sql: string; params: unknown[] };
  mapAllResult(rows: unknown, isFromBatch?: boolean): unknown;
};
/** A select of drizzle's, with `sql.placeholder` for what is asked with it. */
type Select<Row> = PromiseLike<Row[]> & { prepare(): Prepared };
type Value = string | number | null;

/** A read with its values: a statement, and how its rows are read. */
export type Read<Row> = {
  statement: D1PreparedStatement;
  /** Rows as `raw` answers them. */
  fromRaw: (rows: unknown) => Row[];
  /** Rows as a batch answers them. */
  fromBatch: (result: D1Result) => Row[];
};

/** Nothing is asked of it: a prepared select wants a statement, and each read makes its own. */
const NO_DATABASE = { prepare: () => null } as unknown as D1Database;

/** What makes the reads of a select, which is built with the first of them. */
export function preparedRead<Name extends string, Row>(
  build: (queries: ReturnType<typeof orm>) => Select<Row>,
): (db: D1Database, values: Record<Name, Value>) => Read<Row> {
  let built: { text: string; params: unknown[]; prepared: Prepared } | undefined;
  return (db, values) => {
    if (!built) {
      const prepared = build(orm(NO_DATABASE)).prepare();
      const { sql: text, params } = prepared.getQuery();
      built = { text, params, prepared };
    }
    const { text, params, prepared } = built;
    return {
      statement: db.prepare(text).bind(...fillPlaceholders(params, values)),
      fromRaw: (rows) => prepared.mapAllResult(rows) as Row[],
      fromBatch: (result) => prepared.mapAllResult(result, true) as Row[],
    };
  };
}

/** The rows of a read. */
export async function rowsOfRead<Row>({ statement, fromRaw }: Read<Row>): Promise<Row[]> {
  return fromRaw(await statement.raw());
}

/** The rows of several reads, of one moment. */
export async function rowsOfReads<Rows extends readonly unknown[]>(
  db: D1Database,
  reads: { [Place in keyof Rows]: Read<Rows[Place]> },
): Promise<{ [Place in keyof Rows]: Rows[Place][] }> {
  const results = await db.batch(reads.map(({ statement }) => statement));
  return reads.map(({ fromBatch }, i) => fromBatch(results[i] as D1Result)) as never;
}
