/**
 * Who sees which documents and customers, as conditions of the queries that read them: the one
 * place that decides it, so that no view has to. What is not seen is not there.
 */
import { and, eq, inArray, isNotNull, or, type Placeholder, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import type { Confinement, Rows } from "../../accounts/actor/confinement.ts";
import { eachOf } from "../../platform/db/db.ts";
import { customers, documents } from "./table.ts";

/** Whose documents are read, and by whom: an actor, or a tenant itself. */
export type Viewer = Pick<Actor, "tenantId"> &
  Partial<Pick<Actor, "userId">> & { confinement?: Confinement | null };

/** The tenant itself in the place of a viewer: for what stands in something that was seen. */
export function ofTenant({ tenantId }: Viewer): Viewer {
  return { tenantId };
}

/** What a tenant may see: what it issued, and what is addressed to it once that is final. */
export function issuedOrReceived(tenant: string | Placeholder): SQL | undefined {
  return or(
    eq(documents.issuer, tenant),
    and(eq(documents.recipient, tenant), isNotNull(documents.number)),
  );
}

/** What of it a viewer sees. */
export function visibleTo(viewer: Viewer): SQL | undefined {
  return and(issuedOrReceived(viewer.tenantId), documentsSeen(viewer));
}

/** What a viewer sees of its tenant's documents; undefined for all of them. */
export function documentsSeen({ tenantId, userId = null, confinement }: Viewer): SQL | undefined {
  const parts = (confinement?.rows ?? []).filter(confinesDocuments);
  if (parts.length === 0) return undefined;
  return and(
    // Only what the tenant issued: nobody of it drafted what it received, nor is it for a customer.
    sql`+${documents.issuer} = ${tenantId}`,
    ...parts.map(({ ownDocuments, customers: ids }) =>
      or(
        ownDocuments ? eq(documents.createdBy, userId ?? "") : undefined,
        ids === null ? undefined : inArray(documents.customerId, eachOf(ids)),
      ),
    ),
  );
}

/** The ids of the documents that a viewer sees, as a query; undefined for all of its tenant's. */
export function documentIdsSeen(viewer: Viewer): SQL | undefined {
  const seen = documentsSeen(viewer);
  return seen && sql`(SELECT ${documents.id} FROM ${documents} WHERE ${seen})`;
}

/** What a viewer sees of its tenant's customers; undefined for all of them. */
export function customersSeen({ confinement }: Viewer): SQL | undefined {
  const lists = (confinement?.rows ?? []).flatMap(({ customers: ids }) => (ids ? [ids] : []));
  return and(...lists.map((ids) => inArray(customers.id, eachOf(ids))));
}

/** True where a viewer sees all that is addressed to a customer, so that sums of it are theirs. */
export function seesAllOf({ confinement }: Viewer, customerId: string): boolean {
  return (confinement?.rows ?? [])
    .filter(confinesDocuments)
    .every(({ customers: ids }) => ids?.includes(customerId));
}

/** True where a viewer may add customers: where it sees those that it adds. */
export function seesNewCustomers({ confinement }: Viewer): boolean {
  return confinement?.rows?.every(({ customers: ids }) => ids === null) ?? true;
}

function confinesDocuments({ ownDocuments, customers: ids }: Rows): boolean {
  return ownDocuments || ids !== null;
}
