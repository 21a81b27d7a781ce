/** Pure. What callers read of payments: rows to JSON, and the schema. */
import { z } from "@hono/zod-openapi";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import type { PaymentRow } from "../store/table.ts";

const text = z.string();
const number = z.number();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

export const paymentView = z
  .object({
    id: text,
    invoice_id: text,
    amount: number,
    currency: text,
    paid_on: text,
    method: text,
    reference: orNull(text),
    note: orNull(text),
    external_id: orNull(text),
    created_at: text,
  })
  .openapi("Payment");

/** A payment as callers read it; the amount of a refund is negative. */
export function showPayment(row: PaymentRow): z.infer<typeof paymentView> {
  return {
    id: row.id,
    invoice_id: row.documentId,
    amount: moneyJson(BigInt(row.amountMinor), row.currency),
    currency: row.currency,
    paid_on: row.paidOn,
    method: row.method,
    reference: row.reference,
    note: row.note,
    external_id: row.externalId,
    created_at: timeText(row.createdMs),
  };
}
