/**
 * Reads that are asked in one turn, as one batch: a page asks a dozen things at once, and each
 * round trip to the database costs more than most of their answers.
 */

type Raw = unknown[][];
type Read = { text: string; values: readonly unknown[]; statement: D1PreparedStatement };
/** A read, or the reads of one batch: what they answer is of one moment. */
type Waiting = {
  reads: readonly Read[];
  /** A read by itself is put so that its columns can be told apart. */
  isBatch: boolean;
  answer: (results: D1Result[]) => void;
  /** They are asked by themselves, and say what comes of that. */
  alone: () => void;
};

/** Turns of the queue of promises after which whatever runs at once has asked what it will. */
const TURNS = 50;
const MOST_AT_ONCE = 50;
const READS = /^\s*(?:SELECT\b|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b))/is;

/** `db` with its reads gathered, and its batches of reads; what writes is run as it comes. */
export function gatheringReads(db: D1Database): D1Database {
  const inner = new WeakMap<D1PreparedStatement, Read>();
  const gathered = new Gathered(db);
  const wrap = (read: Read) => {
    const { text, statement } = read;
    const wrapped: Partial<D1PreparedStatement> = {
      bind: (...values) => wrap({ text, values, statement: statement.bind(...values) }),
      run: () => statement.run(),
      all: <T>() =>
        gathered.ask<D1Result<T>>(
          { reads: [read], isBatch: false },
          ([result]) => result as D1Result<T>,
          () => statement.all<T>(),
        ),
      raw: ((options?: { columnNames?: boolean }) =>
        options?.columnNames
          ? statement.raw({ columnNames: true })
          : gathered.ask<Raw>({ reads: [read], isBatch: false }, rawOf, () =>
              statement.raw(),
            )) as never,
      first: (<T>(column?: string) =>
        gathered.ask<T | null>(
          { reads: [read], isBatch: false },
          ([result]) => firstOf(result?.results[0] as Record<string, T> | undefined, column),
          () => (column === undefined ? statement.first<T>() : statement.first<T>(column)),
        )) as never,
    };
    inner.set(wrapped as D1PreparedStatement, read);
    return wrapped as D1PreparedStatement;
  };
  const own: Partial<D1Database> = {
    prepare: (text) => {
      const statement = db.prepare(text);
      return READS.test(text) ? wrap({ text, values: [], statement }) : statement;
    },
    batch: ((statements: D1PreparedStatement[]) => {
      const reads = statements.flatMap((one) => inner.get(one) ?? []);
      const alone = () => db.batch(statements.map((one) => inner.get(one)?.statement ?? one));
      if (reads.length < statements.length || reads.length > MOST_AT_ONCE) return alone();
      return gathered.ask({ reads, isBatch: true }, (results) => results, alone);
    }) as never,
  };
  return own as D1Database;
}

function rawOf([result]: readonly D1Result[]): Raw {
  return (result?.results ?? []).map((row) => Object.values(row as object));
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

  /** What reads answer, `read` from the results of a batch or asked `alone`. */
  ask<T>(
    asked: Pick<Waiting, "reads" | "isBatch">,
    read: (results: D1Result[]) => T,
    alone: () => Promise<T>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        ...asked,
        answer: (results) => resolve(read(results)),
        alone: () => alone().then(resolve, reject),
      });
      if (this.#waiting.length === 1) void this.#soon();
    });
  }

  async #soon(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await null;
    const waiting = this.#waiting;
    this.#waiting = [];
    let some: Waiting[] = [];
    let held = 0;
    for (const one of waiting) {
      if (held + one.reads.length > MOST_AT_ONCE) {
        void this.#run(some);
        some = [];
        held = 0;
      }
      some.push(one);
      held += one.reads.length;
    }
    void this.#run(some);
  }

  async #run(some: readonly Waiting[]): Promise<void> {
    // A read that fails would fail all: each then says so by itself.
    const results = some.length === 1 ? null : await this.#batch(some).catch(() => null);
    for (const [i, waiting] of some.entries()) {
      const own = results?.[i];
      if (own && (waiting.isBatch || !own.some(hasNumbersAsNames))) waiting.answer(own);
      else waiting.alone();
    }
  }

  /** The results of each; who asks the same has the same one. */
  async #batch(some: readonly Waiting[]): Promise<D1Result[][]> {
    const statements: D1PreparedStatement[] = [];
    const places = new Map<string, number>();
    const placesOf = some.map(({ reads, isBatch }) =>
      reads.map(({ text: asked, values, statement }) => {
        // A batch answers rows as objects; of a query within a query no two columns have one name.
        const text = isBatch ? asked : `SELECT * FROM (${asked})`;
        const key = keyOf(text, values, statements.length);
        const known = places.get(key);
        if (known !== undefined) return known;
        places.set(key, statements.length);
        return statements.push(isBatch ? statement : this.#db.prepare(text).bind(...values)) - 1;
      }),
    );
    const results = await this.#db.batch(statements);
    return placesOf.map((own) => own.map((place) => results[place] as D1Result));
  }
}

/** The same for reads that ask the same; bytes, which JSON does not show, are like no others. */
function keyOf(text: string, values: readonly unknown[], place: number): string {
  const hasBytes = values.some((value) => typeof value === "object" && value !== null);
  return JSON.stringify([text, values, hasBytes ? place : null]);
}

/** Such columns come first in an object, wherever they stood. */
function hasNumbersAsNames({ results: [row] }: D1Result): boolean {
  return row !== undefined && Object.keys(row as object).some((name) => /^\d+$/.test(name));
}
