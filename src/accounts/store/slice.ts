/** Pages of rows by their id. */
import { decodeCursor, type Page, pageLimit, pageOf } from "../../platform/http/http.ts";

/** A page's window: rows after the id `after`, at most `limit`. */
export type Slice = { after: string | null; limit: number };

/**
 * The window that a list's query asks for: one row more than is shown, which tells whether there is
 * a next page. Errors: 422 `request.cursor_invalid`.
 */
export function sliceOf(query: { limit?: number | undefined; cursor?: string | undefined }): Slice {
  const [after = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
  return { after: after === null ? null : String(after), limit: pageLimit(query.limit) + 1 };
}

/** The page of the rows that were read for a slice. */
export function pageById<R extends { id: string }, T>(
  rows: R[],
  slice: Slice,
  show: (row: R) => T,
): Page<T> {
  return pageOf(rows, slice.limit - 1, (row) => [row.id], show);
}
