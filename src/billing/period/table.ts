/** The tables of closed periods, their settlements, and the terms of tenants' meters. */
import { index, integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { subscriptions } from "../subscription/table.ts";

/** A row is a closed period: its primary key is what makes closing happen once. */
export const periods = sqliteTable(
  "periods",
  {
    id: text("id").primaryKey(),
    subscriptionId: text("subscription_id")
      .notNull()
      .references(() => subscriptions.id),
    tenant: text("tenant").notNull(),
    number: integer("number").notNull(),
    kind: text("kind", { enum: ["regular", "trial", "opening"] }).notNull(),
    startMs: integer("start_ms").notNull(),
    endMs: integer("end_ms").notNull(),
    closedMs: integer("closed_ms").notNull(),
    upToSeq: integer("up_to_seq").notNull(),
    logLength: integer("log_length").notNull(),
    counts: text("counts", { mode: "json" }).notNull(),
    lines: text("lines", { mode: "json" }).notNull(),
    drift: text("drift", { mode: "json" }),
    coupons: text("coupons", { mode: "json" }).notNull().default([]),
    ahead: text("ahead", { mode: "json" }),
    currency: text("currency").notNull(),
    netMinor: integer("net_minor").notNull(),
    usageMinor: integer("usage_minor").notNull(),
    documentId: text("document_id"),
  },
  (t) => [
    unique().on(t.subscriptionId, t.number),
    index("periods_by_tenant").on(t.tenant, t.startMs, t.id),
  ],
);

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

/** What a tenant's meter should know (`epoch`), and what it was last told. */
export const meterTerms = sqliteTable("meter_terms", {
  tenant: text("tenant").primaryKey(),
  epoch: integer("epoch").notNull(),
  pushedEpoch: integer("pushed_epoch").notNull().default(0),
  pushed: text("pushed", { mode: "json" }).notNull().default([]),
});
