/** Everything that is announced: the one place where the types of events are listed. */
export const EVENT_TYPES = [
  "usage.threshold_reached",
  "usage.limit_reached",
  "usage.corrected",
  "usage.refused",
  "subscription.created",
  "subscription.changed",
  "subscription.resumed",
  "subscription.cancelled",
  "period.closed",
  "invoice.finalized",
  "invoice.sent",
  "invoice.reminder_due",
  "invoice.overdue",
  "invoice.paid",
  "invoice.voided",
  "credit_note.issued",
  "customer.balance_changed",
  "quote.finalized",
  "quote.sent",
  "quote.accepted",
  "quote.rejected",
  "email.failed",
  "webhook.disabled",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
