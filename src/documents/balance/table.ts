/** The tables of customers' balances. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { customers, documents } from "../store/table.ts";

/** Why a balance changed; `returned`: a refund of an invoice's payment took it back. */
export const BALANCE_CAUSES = [
  "overpayment",
  "credit_note",
  "applied",
  "refund",
  "returned",
] as const;
export type BalanceCause = (typeof BALANCE_CAUSES)[number];

/** What callers read of each: what moved the money. */
export const BALANCE_KINDS = {
  overpayment: "overpayment",
  credit_note: "credit_note",
  applied: "invoice_payment",
  refund: "balance_refund",
  returned: "invoice_refund",
} as const satisfies Record<BalanceCause, string>;

/** What an issuer holds of a customer's money, beyond what invoices ask; never below 0. */
export const customerBalances = sqliteTable(
  "customer_balances",
  {
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    customerId: text("customer_id")
      .notNull()
      .references(() => customers.id),
    currency: text("currency").notNull(),
    balanceMinor: integer("balance_minor").notNull(),
  },
  (t) => [primaryKey({ columns: [t.customerId, t.currency] })],
);

/** The ledger of balances: each is the sum of its transactions, kept in their batches. */
export const balanceTransactions = sqliteTable(
  "balance_transactions",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant")
      .notNull()
      .references(() => tenants.id),
    customerId: text("customer_id")
      .notNull()
      .references(() => customers.id),
    currency: text("currency").notNull(),
    kind: text("kind", { enum: BALANCE_CAUSES }).notNull(),
    /** Above 0 what came, below 0 what went. */
    amountMinor: integer("amount_minor").notNull(),
    /** The balance after it. */
    endingMinor: integer("ending_minor").notNull(),
    /** The invoice that it came from or went to. */
    invoiceId: text("invoice_id").references(() => documents.id),
    /** The payment or the credit note that made it. */
    sourceId: text("source_id"),
    day: text("day").notNull(),
    /** Of a refund: how it was paid out, and the caller's own id of it. */
    method: text("method"),
    reference: text("reference"),
    note: text("note"),
    externalId: text("external_id"),
    createdMs: integer("created_ms").notNull(),
  },
  (t) => [
    index("balance_transactions_by_customer").on(t.customerId, t.id),
    index("balance_transactions_by_invoice").on(t.invoiceId).where(sql`${t.invoiceId} IS NOT NULL`),
    uniqueIndex("balance_transactions_external")
      .on(t.tenant, t.externalId)
      .where(sql`${t.externalId} IS NOT NULL`),
  ],
);

export type BalanceRow = typeof customerBalances.$inferSelect;
export type BalanceTransactionRow = typeof balanceTransactions.$inferSelect;
