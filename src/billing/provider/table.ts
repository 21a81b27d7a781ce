/** The tables of payment providers. */
import { integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { PROVIDERS } from "./registry.ts";

/** Whose events are taken: the signing secret of a tenant's account at a payment provider. */
export const paymentHooks = sqliteTable(
  "payment_hooks",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    provider: text("provider", { enum: PROVIDERS }).notNull(),
    /** Sealed with DELIVERY_SECRET; `contextOf` in hook.ts is its context. */
    sealed: text("sealed").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [unique().on(t.tenant, t.provider)],
);
