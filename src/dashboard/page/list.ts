/** Lists as pages: what their addresses say, and their rows a page at a time. */
import {
  decodeCursor,
  encodeCursor,
  type Page,
  pageLimit,
  pageOf,
} from "../../platform/http/http.ts";
import type { PageContext } from "./request.ts";

/** What an address asks a list for; empty values and what only a page reads are left out. */
export type ListState = Readonly<Record<string, string>>;

/** What the address of a list asks for. */
export function listState(c: PageContext): ListState {
  const { done: _, ...query } = c.req.query();
  const given = Object.entries(query).map(([name, value]) => [name, value.trim()] as const);
  return listed(Object.fromEntries(given));
}

/** The same without what is empty. */
export function listed(given: ListState): ListState {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

/** Which form of file the address asks for. */
export function formatIn(c: PageContext): string {
  return listState(c).format ?? "csv";
}

/** The filters of a list, without its order and its page. */
export function filtersIn({ cursor: _, sort: __, ...filters }: ListState): ListState {
  return filters;
}

/** The address of a list with some of what it asks for changed; undefined takes it away. */
export function listAddress(
  path: string,
  state: ListState,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const merged = Object.entries({ ...state, ...changes });
  const given = merged.filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
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

export type ListPage<T> = Page<T> & { previous_cursor: string | null };

const BACK = "<";

/**
 * The same for a list that is read both ways: the page may also end before a row. Where `read` goes
 * `back`, it gives the rows before a key, the nearest first. Errors: 422 for a cursor that is none.
 */
export async function readSides<T>(
  cursor: string | undefined,
  read: (lastKey: string | null, limit: number, back: boolean) => Promise<T[]>,
  keyOf: (row: T) => string,
): Promise<ListPage<T>> {
  const [lastKey, mark] = cursor ? keyIn(cursor) : [];
  const back = mark === BACK;
  const limit = pageLimit(undefined);
  const rows = await read(lastKey === undefined ? null : String(lastKey), limit + 1, back);
  const more = rows.length > limit;
  const data = rows.slice(0, limit);
  if (back) data.reverse();
  const [first, last] = [data[0], data.at(-1)];
  const isNext = back || more;
  const isPrevious = back ? more : lastKey !== undefined;
  return {
    data,
    next_cursor: isNext && last !== undefined ? encodeCursor([keyOf(last)]) : null,
    previous_cursor: isPrevious && first !== undefined ? encodeCursor([keyOf(first), BACK]) : null,
  };
}

function keyIn(cursor: string): (string | number)[] {
  try {
    return decodeCursor(cursor, 1);
  } catch {
    return decodeCursor(cursor, 2);
  }
}
