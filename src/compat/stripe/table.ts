/** The table of what Stripe keeps of customers beside what customers here have. */
import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { customers } from "../../documents/store/table.ts";

export const stripeCustomers = sqliteTable("stripe_customers", {
  customerId: text("customer_id")
    .primaryKey()
    .references(() => customers.id),
  tenant: text("tenant").notNull(),
  description: text("description"),
  metadata: text("metadata", { mode: "json" })
    .$type<Record<string, string>>()
    .notNull()
    .default({}),
});
