/** The tables of coupons and credits. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { periods, subscriptions } from "../subscription/table.ts";

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
  (t) => [
    primaryKey({ columns: [t.couponId, t.subscriptionId, t.periodId] }),
    index("coupon_uses_by_period").on(t.periodId),
  ],
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
    /** What was spent of the same kind on the period before it. */
    beforeMinor: integer("before_minor").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.creditId, t.periodId] }),
    index("credit_uses_by_period").on(t.periodId),
  ],
);
