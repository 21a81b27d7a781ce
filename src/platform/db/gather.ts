/**
 * Reads that are asked in one turn, as one batch: a page asks a dozen things at once, and each
 * round trip to the database costs more than most of their answers.
 */

type Raw = unknown[][];
type Waiting = {
  text: string;
  values: readonly unknown[];
  statement: D1PreparedStatement;
  answer: (result: D1Result) => void;
  /** It is asked by itself, and says what comes of that. */
  alone: () => void;
};

/** Turns of the queue of promises after which whatever runs at once has asked what it will. */
const TURNS = 50;
const MOST_AT_ONCE = 50;
const READS = /^\s*(?:SELECT\b|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b))/is;

/** `db` with its reads gathered; what writes, and batches, are run as they come. */
export function gatheringReads(db: D1Database): D1Database {
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const gathered = new Gathered(db);
  const wrap = (text: string, statement: D1PreparedStatement, values: readonly unknown[]) => {
    if (!READS.test(text)) return statement;
    const read: Partial<D1PreparedStatement> = {
      bind: (...given) => wrap(text, statement.bind(...given), given),
      run: () => statement.run(),
      all: <T>() =>
        gathered.ask<D1Result<T>>(
          { text, values, statement },
          (result) => result as D1Result<T>,
          () => statement.all<T>(),
        ),
      raw: ((options?: { columnNames?: boolean }) =>
        options?.columnNames
          ? statement.raw({ columnNames: true })
          : gathered.ask<Raw>({ text, values, statement }, rawOf, () => statement.raw())) as never,
      first: (<T>(column?: string) =>
        gathered.ask<T | null>(
          { text, values, statement },
          ({ results: [row] }) => firstOf(row as Record<string, T> | undefined, column),
          () => (column === undefined ? statement.first<T>() : statement.first<T>(column)),
        )) as never,
    };
    inner.set(read as D1PreparedStatement, statement);
    return read as D1PreparedStatement;
  };
  const own: Partial<D1Database> = {
    prepare: (text) => wrap(text, db.prepare(text), []),
    batch: (statements) => db.batch(statements.map((one) => inner.get(one) ?? one)),
  };
  return own as D1Database;
}

function rawOf({ results }: D1Result): Raw {
  return results.map((row) => Object.values(row as object));
}

function firstOf<T>(row: Record<string, T> | undefined, column: string | undefined): T | null {
  if (row === undefined) return null;
  return column === undefined ? (row as T) : (row[column] ?? null);
}

class Gathered {
  readonly #db: D1Database;
  #waiting: Waiting[] = [];

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** What a read answers, `read` from a batch's result or asked `alone`. */
  ask<T>(
    asked: Pick<Waiting, "text" | "values" | "statement">,
    read: (result: D1Result) => T,
    alone: () => Promise<T>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        ...asked,
        answer: (result) => resolve(read(result)),
        alone: () => alone().then(resolve, reject),
      };
      this.#waiting.push(waiting);
      if (this.#waiting.length === 1) void this.#soon();
    });
  }

  async #soon(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MOST_AT_ONCE) {
      void this.#run(waiting.slice(at, at + MOST_AT_ONCE));
    }
  }

  async #run(some: readonly Waiting[]): Promise<void> {
    // A read that fails would fail all: each then says so by itself.
    const results = some.length === 1 ? null : await this.#batch(some).catch(() => null);
    for (const [i, waiting] of some.entries()) {
      const result = results?.[i];
      if (result && !hasNumbersAsNames(result)) waiting.answer(result);
      else waiting.alone();
    }
  }

  /** A result for each; who asks the same has the same one. */
  async #batch(some: readonly Waiting[]): Promise<(D1Result | undefined)[]> {
    const keys = some.map(keyOf);
    const places = new Map([...new Set(keys)].map((key, place) => [key, place]));
    // A batch answers rows as objects; of a query within a query no two columns have one name.
    const statements = some
      .filter((_, i) => keys.indexOf(keys[i] ?? "") === i)
      .map(({ text, values }) => this.#db.prepare(`SELECT * FROM (${text})`).bind(...values));
    const results = await this.#db.batch(statements);
    return keys.map((key) => results[places.get(key) ?? -1]);
  }
}

/** The same for reads that ask the same; bytes, which JSON does not show, are like no others. */
function keyOf({ text, values }: Waiting, place: number): string {
  const hasBytes = values.some((value) => typeof value === "object" && value !== null);
  return JSON.stringify([text, values, hasBytes ? place : null]);
}

/** Such columns come first in an object, wherever they stood. */
function hasNumbersAsNames({ results: [row] }: D1Result): boolean {
  return row !== undefined && Object.keys(row as object).some((name) => /^\d+$/.test(name));
}
