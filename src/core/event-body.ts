/** The bodies of what is announced. Only descriptions and types need the schemas. */
import { z } from "zod";
import type { EventType } from "./event-type.ts";

const usageAlert = z.object({
  window_id: z.string(),
  subscription_id: z.string().nullable(),
  metric_name: z.string(),
  threshold_percent: z.number(),
  /** Null where the plan includes none. */
  usage_percent: z.number().nullable(),
  used_quantity: z.number(),
  included_quantity: z.number(),
  alert_level: z.enum(["warning", "critical"]),
  cause: z.enum(["usage", "limit_changed"]),
  event_id: z.string().nullable(),
  message: z.string(),
});

const text = z.string();
const documented = { number: text, total: z.number(), currency: text };
/** What is still open of an invoice, and its last day. */
const owed = { ...documented, amount_due: z.number(), due_date: text };
const mailed = { number: text, email_id: text, to: z.array(text) };

export const EVENT_BODIES = {
  "usage.threshold_reached": usageAlert,
  "usage.limit_reached": usageAlert,
  "usage.corrected": z.object({
    event_id: text,
    event_seq: z.number(),
    metric_name: text,
    quantity: z.number(),
  }),
  /**
   * Of an asynchronous recording, what was acknowledged and could not be counted. Without an event
   * of its own it stands for those of an hour that are beyond what is listed.
   */
  "usage.refused": z.object({
    refused_id: text,
    event_id: text.nullable(),
    source: text.nullable(),
    metric_name: text.nullable(),
    quantity: z.number().nullable(),
    user_id: text.nullable(),
    code: text,
    detail: text,
  }),
  "subscription.created": z.object({ subscription_id: text, plan: text }),
  "subscription.changed": z.object({ subscription_id: text, plan: text, effective_at: text }),
  "subscription.resumed": z.object({ subscription_id: text, plan: text }),
  "subscription.cancelled": z.object({ subscription_id: text, ends_at: text }),
  "period.closed": z.object({
    subscription_id: text,
    period_id: text,
    invoice_id: text.nullable(),
  }),
  "invoice.finalized": z.object({ invoice_id: text, ...documented }),
  "invoice.sent": z.object({ invoice_id: text, ...mailed }),
  /** `days` from the due date: negative before it, 0 on it. */
  "invoice.reminder_due": z.object({ invoice_id: text, ...owed, days: z.number().int() }),
  "invoice.overdue": z.object({ invoice_id: text, ...owed }),
  "invoice.paid": z.object({ invoice_id: text, ...documented }),
  /** Null where nothing was charged, so that nothing was to be given back. */
  "invoice.voided": z.object({ invoice_id: text, number: text, credit_note_id: text.nullable() }),
  "credit_note.issued": z.object({
    credit_note_id: text,
    invoice_id: text.nullable(),
    ...documented,
  }),
  /** Above 0 what came to the balance, below 0 what went. */
  "customer.balance_changed": z.object({
    customer_id: text,
    transaction_id: text,
    kind: z.enum([
      "overpayment",
      "credit_note",
      "invoice_payment",
      "balance_refund",
      "invoice_refund",
    ]),
    invoice_id: text.nullable(),
    amount: z.number(),
    currency: text,
  }),
  "quote.finalized": z.object({ quote_id: text, ...documented }),
  "quote.sent": z.object({ quote_id: text, ...mailed }),
  "quote.accepted": z.object({ quote_id: text, number: text }),
  "quote.rejected": z.object({ quote_id: text, number: text, reason: text.nullable() }),
  "email.failed": z.object({ email_id: text, to: z.array(text), subject: text, reason: text }),
  "webhook.disabled": z.object({
    endpoint_id: text,
    url: text,
    reason: z.enum(["asked", "gone", "failing"]),
  }),
  /** `ref` is the user's or customer's id; null of a user of usage, who is named nowhere. */
  "person.erased": z.object({
    erasure_id: text,
    kind: z.enum(["user", "customer", "usage_user"]),
    ref: text.nullable(),
  }),
  /** To the operator alone; what is kept for the law goes by itself, without another event. */
  "tenant.erased": z.object({
    erasure_id: text,
    tenant_id: text,
    kept_documents: z.number().int(),
  }),
} satisfies Record<EventType, z.ZodType>;
