/** The tables of plans and their versions. */
import { integer, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import type { BudgetValues } from "../../core/budget.ts";
import { INTERVALS } from "../../core/period.ts";
import { MODELS } from "../price/registry.ts";
import type { CorrectionAct } from "./version.ts";

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
    baseWeekMinor: integer("base_week_minor"),
    baseMonthMinor: integer("base_month_minor"),
    baseQuarterMinor: integer("base_quarter_minor"),
    baseHalfYearMinor: integer("base_half_year_minor"),
    baseYearMinor: integer("base_year_minor"),
    minimumMinor: integer("minimum_minor").notNull().default(0),
    leastInvoiceMinor: integer("least_invoice_minor").notNull().default(0),
    graceMs: integer("grace_ms").notNull().default(3_600_000),
    finalizeZero: integer("finalize_zero", { mode: "boolean" }).notNull().default(false),
    /** The same in all versions of a plan. */
    taxInclusive: integer("tax_inclusive", { mode: "boolean" }).notNull().default(false),
    createdMs: integer("created_ms").notNull(),
    /** What it lets a tenant itself do to usage that it is billed for. */
    tenantMay: text("tenant_may", { mode: "json" }).$type<CorrectionAct[]>().notNull().default([]),
    /** The budgets that it grants; those that are missing are the defaults. */
    budgets: text("budgets", { mode: "json" }).$type<BudgetValues>().notNull().default({}),
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
