/**
 * Pure. Pages of sorted lists, which lead on and back. A cursor is the place of a page's last
 * entry, or of its first one for the page before; it names its order, so that it leads nowhere in
 * another.
 */
import { z } from "@hono/zod-openapi";
import { decodeCursor, encodeCursor, type Page, pageLimit } from "./http.ts";

export type SortKey = readonly (string | number)[];
export type Order<Name extends string = string> = { name: Name; descending: boolean };

/** An entry behind which a page begins, or before which it ends. */
export type Place = { key: SortKey; back: boolean };

export type SortedPage<T> = Page<T> & { previous_cursor: string | null };

/** An order as callers write it: a name, with a minus in front for the reverse. */
export function orderIn<Name extends string>(text: Name | `-${Name}`): Order<Name> {
  const descending = text.startsWith("-");
  return { name: (descending ? text.slice(1) : text) as Name, descending };
}

/** How callers write an order. */
export function orderText({ name, descending }: Order): string {
  return `${descending ? "-" : ""}${name}`;
}

const BACK = "<";

/**
 * The place in a cursor of a list in this order, whose keys have `length` values. One of a single
 * value is the id that lists newest first always had. Errors: 422 `request.cursor_invalid`.
 */
export function placeIn(cursor: string, order: Order, length: number): Place {
  const name = orderText(order);
  const parts = partsOf(cursor, length);
  if (parts.length === 1) return { key: parts, back: false };
  const [first, ...key] = parts;
  if (first === name || first === BACK + name) return { key, back: first !== name };
  // Made for another order: decoding it for a length that it cannot have refuses it.
  return { key: decodeCursor(cursor, parts.length + 1), back: false };
}

function partsOf(cursor: string, length: number): (string | number)[] {
  if (length > 1) return decodeCursor(cursor, length + 1);
  try {
    return decodeCursor(cursor, 1);
  } catch {
    return decodeCursor(cursor, 2);
  }
}

/** The reverse of an order where a page is read backwards. */
export function directionOf({ descending }: Order, place: Place | null): boolean {
  return place?.back ? !descending : descending;
}

type Around<R> = {
  order: Order;
  place: Place | null;
  limit: number;
  keyOf: (row: R) => SortKey;
};

/**
 * A page of the `limit + 1` rows that were read in the direction of `place`, as they are shown: in
 * the list's own order, with cursors to the pages on both sides.
 */
export function sortedPage<R>(
  rows: readonly R[],
  { order, place, limit, keyOf }: Around<R>,
): { rows: R[]; next_cursor: string | null; previous_cursor: string | null } {
  const more = rows.length > limit;
  const shown = rows.slice(0, limit);
  if (place?.back) shown.reverse();
  const cursor = (row: R | undefined, back: boolean) => {
    if (row === undefined) return null;
    const key = keyOf(row);
    const plain = key.length === 1 && order.descending && !back;
    return encodeCursor(plain ? [...key] : [(back ? BACK : "") + orderText(order), ...key]);
  };
  const isNext = place?.back ? true : more;
  const isPrevious = place?.back ? more : place !== null;
  return {
    rows: shown,
    next_cursor: isNext ? cursor(shown.at(-1), false) : null,
    previous_cursor: isPrevious ? cursor(shown[0], true) : null,
  };
}

/** Orders of a list whose ids tell when its entries were made; a minus is newest first. */
export const CREATED_SORTS = ["created", "-created"] as const;
export type CreatedSort = (typeof CREATED_SORTS)[number];

/** By which such a list is sorted. */
export const createdQuery = {
  sort: z.enum(CREATED_SORTS).optional().openapi({ description: "newest first unless given" }),
};

/** Ids below one, newest first; or above one, oldest first, all of them being above "". */
export type IdRange = { before?: string | undefined; after?: string | undefined };

/** The range behind an id, or from the list's beginning. */
export function rangeBehind(id: string | null, descending: boolean): IdRange {
  if (!descending) return { after: id ?? "" };
  return id === null ? {} : { before: id };
}

/** The same for an export, which reads a list in its order. */
export function rangeAfter(last: { id: string } | null, sort: CreatedSort = "-created"): IdRange {
  return rangeBehind(last?.id ?? null, orderIn(sort).descending);
}

export type CreatedQuery = {
  sort?: CreatedSort | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** A page of a list that is sorted by its ids. Errors: 422 `request.cursor_invalid`. */
export async function createdPage<R>(
  { sort = "-created", cursor, limit: asked }: CreatedQuery,
  read: (range: IdRange, limit: number) => Promise<R[]>,
  idOf: (row: R) => string,
): Promise<SortedPage<R>> {
  const order = orderIn<"created">(sort);
  const place = cursor ? placeIn(cursor, order, 1) : null;
  const limit = pageLimit(asked);
  const key = place === null ? null : String(place.key[0]);
  const found = await read(rangeBehind(key, directionOf(order, place)), limit + 1);
  const keyOf = (row: R) => [idOf(row)];
  const { rows: data, ...cursors } = sortedPage(found, { order, place, limit, keyOf });
  return { data, ...cursors };
}
