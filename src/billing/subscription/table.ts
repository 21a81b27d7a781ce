/** The tables of subscriptions and their logs. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

const INTERVALS = ["month", "year"] as const;

export const subscriptions = sqliteTable(
  "subscriptions",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    status: text("status", { enum: ["active", "ended"] }).notNull(),
    cycle: text("cycle", { enum: INTERVALS }).notNull(),
    usageInterval: text("usage_interval", { enum: INTERVALS }).notNull(),
    baseTiming: text("base_timing", { enum: ["arrears", "advance"] }).notNull(),
    anchor: text("anchor", { enum: ["anniversary", "calendar"] }).notNull(),
    timeZone: text("time_zone").notNull(),
    currency: text("currency").notNull(),
    startMs: integer("start_ms").notNull(),
    trialEndMs: integer("trial_end_ms"),
    endMs: integer("end_ms"),
    createdMs: integer("created_ms").notNull(),
    taxInclusive: integer("tax_inclusive", { mode: "boolean" }).notNull().default(false),
  },
  (t) => [index("subscriptions_by_tenant").on(t.tenant, t.id)],
);

/** A subscription's log, append-only: what holds from `atMs` on. */
export const subscriptionChanges = sqliteTable(
  "subscription_changes",
  {
    subscriptionId: text("subscription_id").notNull(),
    seq: integer("seq").notNull(),
    kind: text("kind", {
      enum: ["start", "plan", "version", "seats", "price", "end", "resume", "zone"],
    }).notNull(),
    atMs: integer("at_ms").notNull(),
    versionId: text("version_id").notNull(),
    basePriceMinor: integer("base_price_minor").notNull(),
    seats: integer("seats").notNull(),
    createdMs: integer("created_ms").notNull(),
    /** Only a `zone` has one. */
    timeZone: text("time_zone"),
  },
  (t) => [primaryKey({ columns: [t.subscriptionId, t.seq] })],
);
