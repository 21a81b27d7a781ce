/** The tables of payment providers. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { PROVIDERS } from "./registry.ts";

/** Whose events are taken: the signing secret of a tenant's account at a payment provider. */
export const paymentHooks = sqliteTable(
  "payment_hooks",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    provider: text("provider", { enum: PROVIDERS }).notNull(),
    /** Sealed with DELIVERY_SECRET; `contextOf` in hook.ts is its context. */
    sealed: text("sealed").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [unique().on(t.tenant, t.provider)],
);

export const UNMATCHED_REASONS = [
  "unknown_invoice",
  "another_currency",
  "another_amount",
  "not_taken",
  "failed",
  "unclear_status",
] as const;

/** Money that a provider moved and no invoice took, until the issuer says what becomes of it. */
export const unmatchedMoney = sqliteTable(
  "unmatched_money",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    provider: text("provider", { enum: PROVIDERS }).notNull(),
    /** The provider's own id of the payment or the refund. */
    reference: text("reference").notNull(),
    /** Negative where it went back. */
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
    /** What the event named as its invoice. */
    namedInvoice: text("named_invoice"),
    reason: text("reason", { enum: UNMATCHED_REASONS }).notNull(),
    receivedMs: integer("received_ms").notNull(),
    /** When it was assigned or dismissed; null while it waits. */
    settledMs: integer("settled_ms"),
    /** The payment that it became. */
    paymentId: text("payment_id"),
  },
  (t) => [
    unique().on(t.tenant, t.provider, t.reference),
    index("unmatched_money_open").on(t.tenant, t.id).where(sql`${t.settledMs} IS NULL`),
  ],
);
