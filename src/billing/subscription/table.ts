/** The tables of subscriptions, their logs, and their periods once closed. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { INTERVALS } from "../../core/period.ts";
import { planVersions } from "../plan/table.ts";

export const subscriptions = sqliteTable(
  "subscriptions",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
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
    buyerReference: text("buyer_reference"),
    purchaseOrder: text("purchase_order"),
  },
  (t) => [
    index("subscriptions_by_tenant").on(t.tenant, t.id),
    index("subscriptions_by_status").on(t.status, t.id),
    index("subscriptions_ending").on(t.status, t.id).where(sql`${t.endMs} IS NOT NULL`),
    uniqueIndex("subscriptions_active").on(t.tenant).where(sql`${t.status} = 'active'`),
  ],
);

/** A subscription's log, append-only: what holds from `atMs` on. */
export const subscriptionChanges = sqliteTable(
  "subscription_changes",
  {
    subscriptionId: text("subscription_id")
      .notNull()
      .references(() => subscriptions.id),
    seq: integer("seq").notNull(),
    kind: text("kind", {
      enum: ["start", "plan", "version", "seats", "price", "end", "resume", "zone"],
    }).notNull(),
    atMs: integer("at_ms").notNull(),
    versionId: text("version_id")
      .notNull()
      .references(() => planVersions.id),
    basePriceMinor: integer("base_price_minor").notNull(),
    seats: integer("seats").notNull(),
    createdMs: integer("created_ms").notNull(),
    /** Only a `zone` has one. */
    timeZone: text("time_zone"),
  },
  (t) => [
    primaryKey({ columns: [t.subscriptionId, t.seq] }),
    index("subscription_changes_by_version").on(t.versionId),
  ],
);

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
    /** The first lines; `lineParts` rows of `period_lines` hold those after them. */
    lines: text("lines", { mode: "json" }).notNull(),
    lineParts: integer("line_parts").notNull().default(0),
    drift: text("drift", { mode: "json" }),
    coupons: text("coupons", { mode: "json" }).notNull().default([]),
    ahead: text("ahead", { mode: "json" }),
    currency: text("currency").notNull(),
    netMinor: integer("net_minor").notNull(),
    usageMinor: integer("usage_minor").notNull(),
    documentId: text("document_id"),
    tax: text("tax", { mode: "json" }),
  },
  (t) => [
    unique().on(t.subscriptionId, t.number),
    index("periods_by_tenant").on(t.tenant, t.startMs, t.id),
  ],
);

/** A closed period's lines after those in its row, from part 1 on. */
export const periodLines = sqliteTable(
  "period_lines",
  {
    periodId: text("period_id")
      .notNull()
      .references(() => periods.id),
    part: integer("part").notNull(),
    lines: text("lines", { mode: "json" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.periodId, t.part] })],
);
