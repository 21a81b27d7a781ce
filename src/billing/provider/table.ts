/** The tables of payment providers. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { PROVIDERS } from "./registry.ts";

/** Whose events are taken: the signing secret of a tenant's account at a payment provider. */
export const paymentHooks = sqliteTable("payment_hooks", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  provider: text("provider", { enum: PROVIDERS }).notNull(),
  /** Sealed with DELIVERY_SECRET; `contextOf` in hook.ts is its context. */
  sealed: text("sealed").notNull(),
  updatedMs: integer("updated_ms").notNull(),
});
