/** The operator's tenants in an order that an index has, on and back. */
import { pageLimit } from "../../platform/http/http.ts";
import {
  directionOf,
  orderIn,
  placeIn,
  type SortedPage,
  sortedPage,
} from "../../platform/http/sorted.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import {
  type Tenant,
  type TenantFilter,
  type TenantOrder,
  tenantsBehind,
} from "../store/tenant-store.ts";

/** What tenants are sorted by, with a minus in front for the reverse. */
export const TENANT_SORTS = ["created", "-created", "name", "-name"] as const;

type Asked = {
  sort?: (typeof TENANT_SORTS)[number] | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
};

/** A page of the tenants that the actor reaches, oldest first unless sorted. Errors: 422. */
export async function tenantPage(
  env: Env,
  { confinement }: Actor,
  { sort = "created", cursor, limit: asked }: Asked,
  filter: TenantFilter,
): Promise<SortedPage<Tenant>> {
  const limit = pageLimit(asked);
  const order = orderIn<TenantOrder>(sort);
  const place = cursor ? placeIn(cursor, order, order.name === "name" ? 2 : 1) : null;
  const found = await tenantsBehind(
    env.DB,
    {
      by: order.name,
      descending: directionOf(order, place),
      behind: place?.key ?? null,
      limit: limit + 1,
    },
    { ...filter, among: confinement?.tenants },
  );
  const { rows, ...cursors } = sortedPage(found, { order, place, limit, keyOf: ({ key }) => key });
  return { data: rows.map(({ row }) => row), ...cursors };
}
