/** The tenants that the operator chooses from in a form. */
import type { D1Database } from "@cloudflare/workers-types";
import { listTenants, readTenant } from "../../accounts/store.ts";
import type { Field } from "../form.ts";

/** What a list shows at most; a tenant beyond is chosen from its own page. */
const MAX_CHOICES = 500;

/** The first tenants, and the one that is chosen wherever it comes; never the operator's own. */
export async function tenantChoices(
  db: D1Database,
  chosen: string,
): Promise<NonNullable<Field["options"]>> {
  const listed = await listTenants(db, { after: null, limit: MAX_CHOICES });
  const isListed = chosen === "" || listed.some(({ id }) => id === chosen);
  const own = isListed ? null : await readTenant(db, chosen);
  return [...(own ? [own] : []), ...listed]
    .filter(({ operator }) => !operator)
    .map(({ id, name, mode }) => ({ value: id, label: mode === "test" ? `${name} (test)` : name }));
}
