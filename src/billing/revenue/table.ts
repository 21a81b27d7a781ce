/** The tables of revenue: kept by triggers as logs change and periods close, and only read here. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { subscriptions } from "../subscription/table.ts";

/** How monthly recurring revenue moves; from nothing, to nothing, or between. */
export const STEP_KINDS = ["new", "reactivation", "expansion", "contraction", "churn"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** A row for each instant at which a subscription's monthly recurring revenue changes. */
export const recurringSteps = sqliteTable(
  "recurring_steps",
  {
    subscriptionId: text("subscription_id")
      .notNull()
      .references(() => subscriptions.id),
    atMs: integer("at_ms").notNull(),
    tenant: text("tenant").notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    currency: text("currency").notNull(),
    kind: text("kind", { enum: STEP_KINDS }).notNull(),
    changeMinor: integer("change_minor").notNull(),
    /** What it is from then on. */
    monthlyMinor: integer("monthly_minor").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.subscriptionId, t.atMs] }),
    index("recurring_steps_by_time").on(t.test, t.atMs),
    index("recurring_steps_by_tenant").on(t.tenant, t.atMs),
  ],
);

/** The sums of the steps of a month (UTC). */
export const recurringMonths = sqliteTable(
  "recurring_months",
  {
    test: integer("test", { mode: "boolean" }).notNull(),
    currency: text("currency").notNull(),
    month: text("month").notNull(),
    kind: text("kind", { enum: STEP_KINDS }).notNull(),
    changeMinor: integer("change_minor").notNull(),
    steps: integer("steps").notNull(),
  },
  (t) => [primaryKey({ columns: [t.test, t.currency, t.month, t.kind] })],
);

/** What periods that ended in a month (UTC) billed, by version of a plan. */
export const billedMonths = sqliteTable(
  "billed_months",
  {
    test: integer("test", { mode: "boolean" }).notNull(),
    month: text("month").notNull(),
    currency: text("currency").notNull(),
    versionId: text("version_id").notNull(),
    amountMinor: integer("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.test, t.month, t.currency, t.versionId] })],
);

/** What a tenant was billed in a time (`span.ts`), and its change against the time before. */
export const billedSpans = sqliteTable(
  "billed_spans",
  {
    tenant: text("tenant").notNull(),
    span: text("span").notNull(),
    currency: text("currency").notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    amountMinor: integer("amount_minor").notNull(),
    changeMinor: integer("change_minor").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.span, t.currency] }),
    index("billed_spans_by_amount").on(t.test, t.span, t.currency, t.amountMinor),
    index("billed_spans_by_change").on(t.test, t.span, t.currency, t.changeMinor),
  ],
);

/** The usage charges of a running subscription's last closed period, and of the one before it. */
export const usageTrends = sqliteTable(
  "usage_trends",
  {
    subscriptionId: text("subscription_id")
      .primaryKey()
      .references(() => subscriptions.id),
    tenant: text("tenant").notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    currency: text("currency").notNull(),
    endMs: integer("end_ms").notNull(),
    usageMinor: integer("usage_minor").notNull(),
    beforeMinor: integer("before_minor").notNull(),
    changeMinor: integer("change_minor").notNull(),
  },
  (t) => [index("usage_trends_by_change").on(t.test, t.currency, t.changeMinor)],
);
