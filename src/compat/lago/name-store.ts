/** What subscriptions are called, and whose they are. Owns the table `lago_subscriptions`. */
import { and, asc, eq, exists, inArray, sql } from "drizzle-orm";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { lagoSubscriptions } from "./table.ts";

/** Names that a tenant's subscriptions may have had. */
const MAX_NAMES = 100;

/** The tenants of the names that there are, by name. */
export async function namedTenants(
  db: D1Database,
  names: readonly string[],
): Promise<Map<string, string>> {
  const { externalId, tenant } = lagoSubscriptions;
  const rows = await orm(db)
    .select({ externalId, tenant })
    .from(lagoSubscriptions)
    .where(inArray(externalId, eachOf(names)));
  return new Map(rows.map((row) => [row.externalId, row.tenant]));
}

/** The newest name of each tenant that has one, by the tenant's id. */
export async function newestNames(
  db: D1Database,
  tenants: readonly string[],
): Promise<Map<string, string>> {
  const { externalId, tenant, createdMs } = lagoSubscriptions;
  const rows = await orm(db)
    .select({ externalId, tenant })
    .from(lagoSubscriptions)
    .where(inArray(tenant, eachOf(tenants)))
    .orderBy(asc(createdMs), asc(externalId));
  return new Map(rows.map((row) => [row.tenant, row.externalId]));
}

/** The statements that keep a name for a tenant. They refuse their batch where it is another's. */
export function keepName(
  db: D1Database,
  name: { externalId: string; tenant: string; createdMs: number },
): D1PreparedStatement[] {
  const { externalId, tenant } = lagoSubscriptions;
  const own = orm(db)
    .select({ tenant })
    .from(lagoSubscriptions)
    .where(and(eq(externalId, name.externalId), eq(tenant, name.tenant)));
  const held = orm(db).$count(lagoSubscriptions, eq(tenant, name.tenant));
  return [
    statement(db, orm(db).insert(lagoSubscriptions).values(name).onConflictDoNothing()),
    insist(db, exists(own), {
      code: "tenants.external_id_taken",
      detail: `${name.externalId} is the subscription of another customer: choose another one`,
    }),
    insist(db, sql`${held} <= ${MAX_NAMES}`, {
      code: "resource.conflict",
      detail: `the customer's subscriptions have had ${MAX_NAMES} names: use one of them again`,
    }),
  ];
}
