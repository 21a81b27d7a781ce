/** Which tenants the ids of other products stand for. */
import { accountsBy } from "../../accounts/store/account-store.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";

/** A customer of the operator's that is a tenant. */
const LINKED = `SELECT linked_tenant FROM customers
  WHERE customers.tenant = '${OPERATOR_TENANT}' AND linked_tenant IS NOT NULL`;

/** The customer whose subject has the name. */
const SUBJECT = `SELECT customer_id FROM foreign_entries
  WHERE foreign_entries.tenant = '${OPERATOR_TENANT}' AND foreign_entries.kind = 'subject'
    AND foreign_entries.name = named.value`;

/**
 * The tenants of foreign ids, by that id: a tenant's external id or own id, else the reference of a
 * customer of the operator's, else its id, else a subject of it. One query.
 */
export const readForeign = accountsBy(`tenants.id = coalesce(
  (SELECT sought.id FROM tenants AS sought WHERE sought.external_id = named.value),
  (SELECT sought.id FROM tenants AS sought WHERE sought.id = named.value),
  (${LINKED} AND customers.reference = named.value),
  (${LINKED} AND customers.id = named.value),
  (${LINKED} AND customers.id = (${SUBJECT})))`);
