/** Lists of rows, a page at a time, as the API's lists are. */
import { decodeCursor, type Page, pageLimit, pageOf } from "../../platform/http/http.ts";

/**
 * The page of a list that begins behind `cursor`. `read` gives up to `limit` rows behind a row's
 * key, null being the beginning; `keyOf` is the key that they are sorted by. Errors: 422 for a
 * cursor that is none.
 */
export async function readPage<T>(
  cursor: string | undefined,
  read: (lastKey: string | null, limit: number) => Promise<T[]>,
  keyOf: (row: T) => string,
): Promise<Page<T>> {
  const [lastKey] = cursor ? decodeCursor(cursor, 1) : [];
  const limit = pageLimit(undefined);
  const rows = await read(lastKey === undefined ? null : String(lastKey), limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [keyOf(row)],
    (row) => row,
  );
}
