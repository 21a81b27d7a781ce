/** A D1 that counts the rows it reads, as the platform bills them. */

/** `trips` are calls: a batch is one, however many statements it has. */
export type Reads = { rows: number; statements: number; trips: number };

type Counted = D1PreparedStatement & { inner: D1PreparedStatement };

/** `db` with the count of what was read through it. */
export function countedDb(db: D1Database): { db: D1Database; reads: Reads } {
  const reads: Reads = { rows: 0, statements: 0, trips: 0 };
  const trip = <R>(answer: Promise<R>): Promise<R> => {
    reads.trips += 1;
    return answer;
  };
  const note = <R extends { meta: D1Meta }>(result: R): R => {
    reads.rows += result.meta.rows_read;
    reads.statements += 1;
    return result;
  };
  const counted = (text: string, inner: D1PreparedStatement): D1PreparedStatement => {
    // Only `all` and `run` say what they read: others that read are asked once more for that.
    const asked = async () => {
      if (/^\s*(?:select|with(?!.*\bupdate\b))/is.test(text)) note(await inner.all());
    };
    const statement: Partial<Counted> = {
      inner,
      bind: (...values) => counted(text, inner.bind(...values)),
      all: async <T>() => note(await trip(inner.all<T>())),
      run: async <T>() => note(await trip(inner.run<T>())),
      first: (async (...of: [string]) => {
        await asked();
        return trip(inner.first(...of));
      }) as D1PreparedStatement["first"],
      raw: (async (...of: [{ columnNames: true }]) => {
        await asked();
        return trip(inner.raw(...of));
      }) as D1PreparedStatement["raw"],
    };
    return statement as Counted;
  };
  const own: Partial<D1Database> = {
    prepare: (text) => counted(text, db.prepare(text)),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      const own = statements.map((each) => (each as Counted).inner ?? each);
      const results = await trip(db.batch<T>(own));
      return results.map(note);
    },
  };
  return { db: own as D1Database, reads };
}
