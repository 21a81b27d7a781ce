/** What 2026-11-30 changed: transactions of a customer's balance say what happened, and when. */
import type { FieldChange, Release, ShapeChange } from "./change.ts";

const KIND: FieldChange = {
  field: "kind",
  values: { applied: "invoice_payment", refund: "balance_refund", returned: "invoice_refund" },
};

const TRANSACTION: ShapeChange = {
  schema: "BalanceTransaction",
  fields: [KIND, { field: "booked_on", was: "day" }],
};

const REFUND: ShapeChange = {
  schema: "BalanceRefundInput",
  fields: [{ field: "booked_on", was: "refunded_on" }],
};

export const V2026_11_30: Release = {
  version: "2026-11-30",
  changes: [
    {
      about:
        "Transactions of a customer's credit balance are named by what moved the money: " +
        "`applied`, `refund` and `returned`, of which the last two were easily taken for each " +
        "other, are `invoice_payment` (an invoice was paid from the balance), `balance_refund` " +
        "(the balance was paid out) and `invoice_refund` (a refund of an invoice took back what " +
        "it had given). Their day, which was sent as `refunded_on` and answered as `day`, is " +
        "`booked_on` in both.",
      operations: [
        {
          operation: "GET /api/customers/{id}/balance-transactions",
          answers: { place: "entries", shape: TRANSACTION },
        },
        {
          operation: "POST /api/customers/{id}/refund-balance",
          asks: REFUND,
          answers: { place: "answer", shape: TRANSACTION },
        },
      ],
      events: { "customer.balance_changed": [KIND] },
    },
  ],
};
