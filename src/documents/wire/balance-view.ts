/** Pure. What callers read of customers' balances: rows to JSON, and the schemas. */
import { z } from "@hono/zod-openapi";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { BALANCE_KINDS, type BalanceRow, type BalanceTransactionRow } from "../balance/table.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

export const balanceView = z
  .object({ currency: text, amount: z.number() })
  .openapi("CustomerBalance");

/** What is held of a customer's money in one currency. */
export function showBalance(row: BalanceRow): z.infer<typeof balanceView> {
  return { currency: row.currency, amount: moneyJson(BigInt(row.balanceMinor), row.currency) };
}

export const transactionView = z
  .object({
    id: text,
    customer_id: text,
    kind: z.enum(BALANCE_KINDS),
    amount: z.number().openapi({ description: "above 0 what came, below 0 what went" }),
    ending_balance: z.number(),
    currency: text,
    invoice_id: orNull(text),
    source_id: orNull(text).openapi({ description: "the payment or the credit note that made it" }),
    booked_on: text,
    method: orNull(text),
    reference: orNull(text),
    note: orNull(text),
    external_id: orNull(text),
    created_at: text,
  })
  .openapi("BalanceTransaction");

/** A change of a customer's balance. */
export function showTransaction(row: BalanceTransactionRow): z.infer<typeof transactionView> {
  return {
    id: row.id,
    customer_id: row.customerId,
    kind: BALANCE_KINDS[row.kind],
    amount: moneyJson(BigInt(row.amountMinor), row.currency),
    ending_balance: moneyJson(BigInt(row.endingMinor), row.currency),
    currency: row.currency,
    invoice_id: row.invoiceId,
    source_id: row.sourceId,
    booked_on: row.day,
    method: row.method,
    reference: row.reference,
    note: row.note,
    external_id: row.externalId,
    created_at: timeText(row.createdMs),
  };
}
