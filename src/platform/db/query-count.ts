/** The queries of an invocation, of which the platform allows 1,000. */

/** Once so many were asked, nothing new is begun: one piece of work may ask as many again. */
const MOST_BEFORE_NEXT = 500;

/**
 * The database, and whether an invocation that asked through it may begin more work. Statements are
 * counted as they are prepared, which are as many as are run, or more.
 */
export function countingQueries(db: D1Database): { db: D1Database; hasRoom: () => boolean } {
  let count = 0;
  const counted: Partial<D1Database> = {
    prepare: (query) => {
      count++;
      return db.prepare(query);
    },
    batch: (statements) => db.batch(statements),
  };
  return { db: counted as D1Database, hasRoom: () => count < MOST_BEFORE_NEXT };
}
