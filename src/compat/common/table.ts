/** The table of what other products' APIs keep for which this one has no place. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { customers } from "../../documents/store/table.ts";

/** An entry is one of a kind by its name in its tenant; a subject's says whose it is. */
export const foreignEntries = sqliteTable(
  "foreign_entries",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    kind: text("kind").$type<EntryKind>().notNull(),
    name: text("name").notNull(),
    customerId: text("customer_id").references(() => customers.id),
    body: text("body", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [
    uniqueIndex("foreign_entries_once").on(t.tenant, t.kind, t.name),
    index("foreign_entries_of_customer")
      .on(t.customerId, t.name)
      .where(sql`${t.customerId} IS NOT NULL`),
  ],
);

/**
 * `subject`: whom usage is of, by its key; `feature`: by its key, with the metric that it is;
 * `customer`, `meter`: notes on what is kept elsewhere, by its id; `gone`: a customer that is kept
 * for its documents alone, by its id.
 */
export type EntryKind = "subject" | "feature" | "customer" | "meter" | "gone";

export type Entry = typeof foreignEntries.$inferSelect;
