/** The tables of settlements, and of the terms of tenants' meters. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { periods } from "../subscription/table.ts";

/** What a closed period's usage came to later: differences, each to the one before. */
export const settlements = sqliteTable(
  "settlements",
  {
    periodId: text("period_id")
      .notNull()
      .references(() => periods.id),
    seq: integer("seq").notNull(),
    atMs: integer("at_ms").notNull(),
    upToSeq: integer("up_to_seq").notNull(),
    counts: text("counts", { mode: "json" }).notNull(),
    usageMinor: integer("usage_minor").notNull(),
    differenceMinor: integer("difference_minor").notNull(),
    documentId: text("document_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.periodId, t.seq] })],
);

/** The terms that a tenant's meter should have (`epoch`), and those that it was last given. */
export const meterTerms = sqliteTable("meter_terms", {
  tenant: text("tenant").primaryKey(),
  epoch: integer("epoch").notNull(),
  pushedEpoch: integer("pushed_epoch").notNull().default(0),
  pushed: text("pushed", { mode: "json" }).notNull().default([]),
});
