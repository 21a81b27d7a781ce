/** Pages of rows by their id. */
import { decodeCursor, MAX_PAGE, type Page, pageLimit, pageOf } from "./http.ts";

/** A page's window: rows after the id `after`, at most `limit`. */
export type Slice = { after: string | null; limit: number };

export type PageQuery = { limit?: number | undefined; cursor?: string | undefined };

/**
 * The window that a list's query asks for: one row more than is shown, which tells whether there is
 * a next page. `usual` rows are shown where it says no limit. Errors: 422
 * `request.cursor_invalid`.
 */
export function sliceOf(query: PageQuery, usual?: number): Slice {
  const [after = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
  const limit = pageLimit(query.limit ?? usual) + 1;
  return { after: after === null ? null : String(after), limit };
}

/** A first page of a list that is mostly short, for those who show no more of it. */
export const FIRST_PAGE: Slice = { after: null, limit: MAX_PAGE };

/** The page of named rows that were read for a slice. */
export function pageByName<R extends { name: string }>(rows: R[], slice: Slice): Page<R> {
  return pageOf(
    rows,
    slice.limit - 1,
    (row) => [row.name],
    (row) => row,
  );
}

/** The page of the rows that were read for a slice. */
export function pageById<R extends { id: string }, T>(
  rows: R[],
  slice: Slice,
  show: (row: R) => T,
): Page<T> {
  return pageOf(rows, slice.limit - 1, (row) => [row.id], show);
}
