/** The table of the catalogue. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import type { LineTax } from "../model/party.ts";

/** What a tenant sells, as a line of a document begins with it. */
export const items = sqliteTable(
  "items",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    name: text("name").notNull(),
    description: text("description"),
    unitCode: text("unit_code").notNull(),
    unit: text("unit"),
    /** Decimal text of at most 12 places. */
    unitPrice: text("unit_price").notNull(),
    /** What the price is in; null: whatever the document's is. */
    currency: text("currency"),
    /** Null: as the customer's or the issuer's lines are taxed. */
    tax: text("tax", { mode: "json" }).$type<LineTax>(),
    /** The name, folded: lists go by it, and a search looks for how it begins. */
    search: text("search").notNull(),
    revision: integer("revision").notNull(),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [
    index("items_by_name").on(t.tenant, t.search, t.id),
    index("items_by_tenant").on(t.tenant, t.id),
  ],
);

export type ItemRow = typeof items.$inferSelect;
