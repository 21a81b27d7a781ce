/** Rows of customers' balances and of their ledger. */
import { and, asc, desc, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { notFound } from "../../core/errors.ts";
import { moneyJson } from "../../core/money.ts";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { MAX_AMOUNT_MINOR } from "../model/totals.ts";
import {
  BALANCE_KINDS,
  type BalanceRow,
  type BalanceTransactionRow,
  balanceTransactions,
  customerBalances,
} from "./table.ts";

/** A transaction before its batch says what the balance is after it. */
export type NewTransaction = Omit<BalanceTransactionRow, "endingMinor">;

/** Whose balance in which currency. */
export type Wallet = Pick<BalanceRow, "tenant" | "customerId" | "currency">;

function isOf({ tenant, customerId, currency }: Wallet): SQL {
  const { tenant: owner, customerId: customer, currency: unit } = customerBalances;
  return sql`${owner} = ${tenant} AND ${customer} = ${customerId} AND ${unit} = ${currency}`;
}

/**
 * The statements that change a balance by a transaction, write it down and announce it. They refuse
 * their batch where less is there (409 `document.changed`: whoever read the balance reads again),
 * or where it would pass 15 digits.
 */
export function moveBalance(db: D1Database, row: NewTransaction): D1PreparedStatement[] {
  const { tenant, customerId, currency, amountMinor } = row;
  const balance = sql`coalesce((SELECT ${customerBalances.balanceMinor} FROM ${customerBalances}
    WHERE ${isOf(row)}), 0)`;
  return [
    insist(db, sql`${balance} + ${amountMinor} >= 0`, {
      code: "document.changed",
      detail: "the customer's balance was changed meanwhile; read it again",
    }),
    insist(db, sql`${balance} + ${amountMinor} <= ${Number(MAX_AMOUNT_MINOR)}`, {
      code: "resource.conflict",
      detail: "the customer's balance has at most 15 digits: refund or apply some of it first",
    }),
    statement(
      db,
      orm(db)
        .insert(customerBalances)
        .values({ tenant, customerId, currency, balanceMinor: 0 })
        .onConflictDoNothing(),
    ),
    statement(
      db,
      orm(db)
        .update(customerBalances)
        .set({ balanceMinor: sql`${customerBalances.balanceMinor} + ${amountMinor}` })
        .where(isOf(row)),
    ),
    statement(
      db,
      orm(db)
        .insert(balanceTransactions)
        .values({ ...row, endingMinor: balance }),
    ),
    announce(db, {
      id: row.id,
      tenant,
      type: "customer.balance_changed",
      atMs: row.createdMs,
      body: {
        customer_id: customerId,
        transaction_id: row.id,
        kind: BALANCE_KINDS[row.kind],
        invoice_id: row.invoiceId,
        amount: moneyJson(BigInt(amountMinor), currency),
        currency,
      },
    }),
  ];
}

/** What a tenant holds of a customer's money in one currency, in minor units. */
export async function readBalance(db: D1Database, wallet: Wallet): Promise<number> {
  const [row] = await orm(db).select().from(customerBalances).where(isOf(wallet));
  return row?.balanceMinor ?? 0;
}

/** A customer's balances, by currency; those of nothing are left out. */
export async function balancesOf(
  db: D1Database,
  { tenant, customerId }: Omit<Wallet, "currency">,
): Promise<BalanceRow[]> {
  const { tenant: owner, customerId: customer, currency, balanceMinor } = customerBalances;
  return orm(db)
    .select()
    .from(customerBalances)
    .where(and(eq(owner, tenant), eq(customer, customerId), sql`${balanceMinor} > 0`))
    .orderBy(asc(currency));
}

/**
 * What an invoice gave to its customer's balance and is still there: so much of a refund of its
 * payments comes from the balance.
 */
export async function drawableOf(
  db: D1Database,
  wallet: Wallet,
  invoiceId: string,
): Promise<number> {
  const { tenant, kind, amountMinor, invoiceId: invoice } = balanceTransactions;
  const [[given], held] = await Promise.all([
    orm(db)
      .select({ minor: sql<number>`coalesce(sum(${amountMinor}), 0)` })
      .from(balanceTransactions)
      .where(
        and(
          eq(tenant, wallet.tenant),
          eq(invoice, invoiceId),
          inArray(kind, ["overpayment", "credit_note", "returned"]),
        ),
      ),
    readBalance(db, wallet),
  ]);
  return Math.max(0, Math.min(given?.minor ?? 0, held));
}

/** A customer's transactions, newest first. */
export async function listTransactions(
  db: D1Database,
  { tenant, customerId }: Omit<Wallet, "currency">,
  slice: { currency: string | null; before: string | null; limit: number },
): Promise<BalanceTransactionRow[]> {
  const { id, tenant: owner, customerId: customer, currency } = balanceTransactions;
  return orm(db)
    .select()
    .from(balanceTransactions)
    .where(
      and(
        eq(owner, tenant),
        eq(customer, customerId),
        slice.currency === null ? undefined : eq(currency, slice.currency),
        slice.before === null ? undefined : lt(id, slice.before),
      ),
    )
    .orderBy(desc(id))
    .limit(slice.limit);
}

/** A transaction of a tenant that was just written. */
export async function readTransaction(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<BalanceTransactionRow> {
  const { tenant: owner, id: known } = balanceTransactions;
  const [row] = await orm(db)
    .select()
    .from(balanceTransactions)
    .where(and(eq(owner, tenant), eq(known, id)));
  if (!row) throw notFound("balance transaction");
  return row;
}

/** The refund that a tenant knows by its own id of it, or null. */
export async function readRefund(
  db: D1Database,
  tenant: string,
  externalId: string,
): Promise<BalanceTransactionRow | null> {
  const { tenant: owner, externalId: known } = balanceTransactions;
  const [row] = await orm(db)
    .select()
    .from(balanceTransactions)
    .where(and(eq(owner, tenant), eq(known, externalId)));
  return row ?? null;
}
