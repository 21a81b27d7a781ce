/** Which tenants the ids of other products stand for. */
import { sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { accountsBy } from "../../accounts/store/account-store.ts";
import { tenants } from "../../accounts/store/table.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { customers } from "../../documents/store/table.ts";
import { foreignEntries } from "./table.ts";

/** Tenants whose id is looked for inside a query on the table itself. */
const SOUGHT = sql.identifier("sought");
const sought = alias(tenants, "sought");

const { tenant, reference, id, linkedTenant } = customers;

/** A customer of the operator's that is a tenant. */
const LINKED = sql`SELECT ${linkedTenant} FROM ${customers}
  WHERE ${tenant} = ${OPERATOR_TENANT} AND ${linkedTenant} IS NOT NULL`;

/** The customer whose subject has the name. */
const SUBJECT = sql`SELECT ${foreignEntries.customerId} FROM ${foreignEntries}
  WHERE ${foreignEntries.tenant} = ${OPERATOR_TENANT} AND ${foreignEntries.kind} = 'subject'
    AND ${foreignEntries.name} = named.value`;

/**
 * The tenants of foreign ids, by that id: a tenant's external id or own id, else the reference of a
 * customer of the operator's, else its id, else a subject of it. One query.
 */
export const readForeign = accountsBy(sql`${tenants.id} = coalesce(
  (SELECT ${sought.id} FROM ${tenants} AS ${SOUGHT} WHERE ${sought.externalId} = named.value),
  (SELECT ${sought.id} FROM ${tenants} AS ${SOUGHT} WHERE ${sought.id} = named.value),
  (${LINKED} AND ${reference} = named.value),
  (${LINKED} AND ${id} = named.value),
  (${LINKED} AND ${id} = (${SUBJECT})))`);
