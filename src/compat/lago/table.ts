/** The table of what callers of the Lago API call subscriptions. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";

/** Whose each name is, for good: a tenant's later subscriptions may go on under it. */
export const lagoSubscriptions = sqliteTable(
  "lago_subscriptions",
  {
    externalId: text("external_id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [index("lago_subscriptions_by_tenant").on(t.tenant, t.createdMs)],
);
