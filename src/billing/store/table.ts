/** The tables of billing. */
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
import { MODELS } from "../plan/price.ts";
import { PROVIDERS } from "../provider/provider-event.ts";

const INTERVALS = ["month", "year"] as const;

export const plans = sqliteTable("plans", {
  id: text("id").primaryKey(),
  code: text("code").notNull().unique(),
  name: text("name").notNull(),
  description: text("description").notNull().default(""),
  createdMs: integer("created_ms").notNull(),
  archivedMs: integer("archived_ms"),
});

/** A version never changes: editing a plan makes the next one. */
export const planVersions = sqliteTable(
  "plan_versions",
  {
    id: text("id").primaryKey(),
    planId: text("plan_id")
      .notNull()
      .references(() => plans.id),
    version: integer("version").notNull(),
    currency: text("currency").notNull(),
    /** Null: decided by the subscription's cycle. */
    baseTiming: text("base_timing", { enum: ["arrears", "advance"] }),
    usageInterval: text("usage_interval", { enum: INTERVALS }),
    /** Null: the subscription brings its own. */
    baseMonthMinor: integer("base_month_minor"),
    baseYearMinor: integer("base_year_minor"),
    minimumMinor: integer("minimum_minor").notNull().default(0),
    leastInvoiceMinor: integer("least_invoice_minor").notNull().default(0),
    graceMs: integer("grace_ms").notNull().default(3_600_000),
    finalizeZero: integer("finalize_zero", { mode: "boolean" }).notNull().default(false),
    /** The same in all versions of a plan. */
    taxInclusive: integer("tax_inclusive", { mode: "boolean" }).notNull().default(false),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [unique().on(t.planId, t.version)],
);

export const planPrices = sqliteTable(
  "plan_prices",
  {
    versionId: text("version_id")
      .notNull()
      .references(() => planVersions.id),
    metric: text("metric").notNull(),
    position: integer("position").notNull(),
    includedMicro: integer("included_micro").notNull(),
    model: text("model", { enum: MODELS }).notNull(),
    rates: text("rates", { mode: "json" }).notNull(),
    hard: integer("hard", { mode: "boolean" }).notNull().default(false),
    thresholds: text("thresholds", { mode: "json" })
      .$type<number[]>()
      .notNull()
      .default([80, 90, 100, 110]),
  },
  (t) => [primaryKey({ columns: [t.versionId, t.metric] })],
);

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
  },
  (t) => [
    index("subscriptions_by_tenant").on(t.tenant, t.id),
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
    /** Of a `zone` alone. */
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

export const coupons = sqliteTable("coupons", {
  id: text("id").primaryKey(),
  code: text("code").notNull().unique(),
  name: text("name").notNull(),
  percent: text("percent"),
  amountMinor: integer("amount_minor"),
  currency: text("currency"),
  startsMs: integer("starts_ms"),
  endsMs: integer("ends_ms"),
  maxRedemptions: integer("max_redemptions"),
  /** How many documents it lowers; null: all. */
  periods: integer("periods"),
  createdMs: integer("created_ms").notNull(),
});

export const redemptions = sqliteTable(
  "redemptions",
  {
    couponId: text("coupon_id")
      .notNull()
      .references(() => coupons.id),
    subscriptionId: text("subscription_id")
      .notNull()
      .references(() => subscriptions.id),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.couponId, t.subscriptionId] }),
    index("redemptions_by_subscription").on(t.subscriptionId),
  ],
);

export const couponUses = sqliteTable(
  "coupon_uses",
  {
    couponId: text("coupon_id").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    periodId: text("period_id")
      .notNull()
      .references(() => periods.id),
    amountMinor: integer("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.couponId, t.subscriptionId, t.periodId] })],
);

/** Granted credit lowers what is taxed, purchased credit only what is due. */
export const credits = sqliteTable(
  "credits",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    kind: text("kind", { enum: ["granted", "purchased"] }).notNull(),
    currency: text("currency").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    expiresMs: integer("expires_ms"),
    note: text("note").notNull().default(""),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [index("credits_by_tenant").on(t.tenant, t.id)],
);

export const creditUses = sqliteTable(
  "credit_uses",
  {
    creditId: text("credit_id")
      .notNull()
      .references(() => credits.id),
    periodId: text("period_id")
      .notNull()
      .references(() => periods.id),
    amountMinor: integer("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.creditId, t.periodId] })],
);

/** Whose events are believed: the signing secret of a tenant's account at a payment provider. */
export const paymentHooks = sqliteTable(
  "payment_hooks",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    provider: text("provider", { enum: PROVIDERS }).notNull(),
    /** Sealed with DELIVERY_SECRET; `contextOf` in provider.ts is its context. */
    sealed: text("sealed").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [unique().on(t.tenant, t.provider)],
);
