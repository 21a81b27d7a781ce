/** The table of invoices that repeat. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import type { Interval } from "../../core/period.ts";
import { documents } from "../store/table.ts";
import type { Covers, RecurringDelivery } from "./occurrence.ts";

/** Which invoice others are like, how often they come, and what becomes of each. */
export const recurringInvoices = sqliteTable(
  "recurring_invoices",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    templateId: text("template_id")
      .notNull()
      .references(() => documents.id),
    /** The template's, kept by a trigger. */
    customerId: text("customer_id"),
    interval: text("interval").$type<Interval>().notNull(),
    /** Days of the issuer; all others are counted from the first. */
    startsOn: text("starts_on").notNull(),
    endsOn: text("ends_on"),
    delivery: text("delivery").$type<RecurringDelivery>().notNull(),
    covers: text("covers").$type<Covers>(),
    active: integer("active", { mode: "boolean" }).notNull(),
    /** How many it made. */
    made: integer("made").notNull(),
    /** The next one's place in the row of days, and its day; null where none comes any more. */
    occurrence: integer("occurrence").notNull(),
    nextOn: text("next_on"),
    lastInvoiceId: text("last_invoice_id").references(() => documents.id),
    /** Why the last one stayed a draft; null where it did not. */
    problem: text("problem"),
    revision: integer("revision").notNull(),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [
    index("recurring_invoices_by_customer").on(t.tenant, t.customerId, t.id),
    index("recurring_invoices_by_template").on(t.templateId),
    index("recurring_invoices_by_last")
      .on(t.lastInvoiceId)
      .where(sql`${t.lastInvoiceId} IS NOT NULL`),
    index("recurring_invoices_by_tenant").on(t.tenant, t.id),
  ],
);

export type RecurringRow = typeof recurringInvoices.$inferSelect;
