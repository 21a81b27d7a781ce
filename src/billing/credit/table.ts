/** The tables of coupons and credits. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
    couponId: text("coupon_id").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.couponId, t.subscriptionId] })],
);

export const couponUses = sqliteTable(
  "coupon_uses",
  {
    couponId: text("coupon_id").notNull(),
    subscriptionId: text("subscription_id").notNull(),
    periodId: text("period_id").notNull(),
    amountMinor: integer("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.couponId, t.subscriptionId, t.periodId] })],
);

/** Granted credit lowers what is taxed, purchased credit only what is due. */
export const credits = sqliteTable("credits", {
  id: text("id").primaryKey(),
  tenant: text("tenant").notNull(),
  kind: text("kind", { enum: ["granted", "purchased"] }).notNull(),
  currency: text("currency").notNull(),
  amountMinor: integer("amount_minor").notNull(),
  expiresMs: integer("expires_ms"),
  note: text("note").notNull().default(""),
  createdMs: integer("created_ms").notNull(),
});

export const creditUses = sqliteTable(
  "credit_uses",
  {
    creditId: text("credit_id").notNull(),
    periodId: text("period_id").notNull(),
    amountMinor: integer("amount_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.creditId, t.periodId] })],
);
