/** Lists as pages: what their addresses say, and their rows a page at a time. */
import { decodeCursor, type Page, pageLimit, pageOf } from "../../platform/http/http.ts";
import { type ListState, listed } from "../form/list-state.ts";
import type { PageContext } from "./request.ts";

/** What the address of a list asks for. */
export function listState(c: PageContext): ListState {
  const { done: _, ...query } = c.req.query();
  const given = Object.entries(query).map(([name, value]) => [name, value.trim()] as const);
  return listed(Object.fromEntries(given));
}

/** Which form of file the address asks for. */
export function formatIn(c: PageContext): string {
  return listState(c).format ?? "csv";
}

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
