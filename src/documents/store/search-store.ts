/** What a query of the full text search answers while its tables are dropped for an export. */
import { Problem } from "../../core/errors.ts";

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
