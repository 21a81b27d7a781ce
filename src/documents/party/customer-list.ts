/** A tenant's customers in an order that an index has, on and back. */
import { and, getTableColumns, inArray, sql } from "drizzle-orm";
import { readBehind } from "../../platform/db/behind.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import { pageLimit } from "../../platform/http/http.ts";
import {
  directionOf,
  type Order,
  orderIn,
  placeIn,
  type SortedPage,
  type SortKey,
  sortedPage,
} from "../../platform/http/sorted.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { whileSearchable } from "../store/search-store.ts";
import { type CustomerRow, customers } from "../store/table.ts";
import type { Viewer } from "../store/viewer.ts";
import { type CustomerFilter, customersWhere } from "./party-store.ts";

export type CustomerSort = "created" | "name";
/** What customers are sorted by, with a minus in front for the reverse. */
export const CUSTOMER_SORTS = ["created", "-created", "name", "-name"] as const;

/** How many values a place in this order has. */
export function customerKeyLength(sort: CustomerSort): number {
  return sort === "name" ? 2 : 1;
}

/** A customer, and where it stands in the order that was asked for. */
export type PlacedCustomer = { row: CustomerRow; key: SortKey };

type Asked = Pick<CustomerFilter, "text" | "linkedTenant"> & {
  ids?: readonly string[] | undefined;
  order: Order<CustomerSort>;
  /** Which way it is read from `behind`; the order's own unless the page before is asked for. */
  descending: boolean;
  behind: SortKey | null;
  limit: number;
};

/** At most `limit` customers behind a place. */
export async function customersBehind(
  db: D1Database,
  viewer: Viewer,
  { order, descending, behind, limit, ids, ...filter }: Asked,
): Promise<PlacedCustomer[]> {
  const name = sql<string>`lower(${customers.name})`;
  const by = order.name === "name" ? name : undefined;
  const place = { by, id: sql`${customers.id}`, descending, behind, limit };
  const found = await whileSearchable(
    readBehind(place, (range, keys) =>
      orm(db)
        .select({ row: getTableColumns(customers), name })
        .from(customers)
        .where(
          and(
            customersWhere(viewer, filter),
            ids === undefined ? undefined : inArray(customers.id, eachOf(ids)),
            range,
          ),
        )
        .orderBy(...keys)
        .limit(limit),
    ),
  );
  return found.map(({ row, name: first }) => ({ row, key: by ? [first, row.id] : [row.id] }));
}

export type CustomerQuery = Pick<CustomerFilter, "text" | "linkedTenant"> & {
  sort?: (typeof CUSTOMER_SORTS)[number] | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** A page of the actor's customers, newest first unless sorted. Errors: 422 for the cursor. */
export async function customerPage(
  env: Env,
  actor: Viewer,
  { sort = "-created", cursor, limit: asked, ...filter }: CustomerQuery,
): Promise<SortedPage<CustomerRow>> {
  const limit = pageLimit(asked);
  const order = orderIn<CustomerSort>(sort);
  const place = cursor ? placeIn(cursor, order, customerKeyLength(order.name)) : null;
  const found = await customersBehind(env.DB, actor, {
    ...filter,
    order,
    descending: directionOf(order, place),
    behind: place?.key ?? null,
    limit: limit + 1,
  });
  const around = { order, place, limit, keyOf: ({ key }: PlacedCustomer) => key };
  const { rows, ...cursors } = sortedPage(found, around);
  return { data: rows.map(({ row }) => row), ...cursors };
}
