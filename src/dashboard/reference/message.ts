/** When each message of a webhook is sent. Pure. */

/** A sentence by type of event; a type that is not here says only its name. */
export function messageMeanings(): Readonly<Record<string, string>> {
  return {
    "webhook.challenge":
      "Sent to an endpoint whose host another one has, before anything else. Answer 2xx with the " +
      "challenge, as JSON or as text alone, to say that its owner wants messages.",
    "usage.threshold_reached":
      "A metric crossed a threshold of its limit: 80, 90, 100 or 110 %, or those of the plan. It " +
      "comes once for each state of the limit.",
    "usage.limit_reached": "A metric with a hard limit is used up: further events are refused.",
    "usage.corrected": "An event was voided: its quantity no longer counts.",
    "usage.refused":
      "An event of an asynchronous recording was acknowledged and could not be counted. `code` " +
      "and `detail` say why.",
    "subscription.created": "A tenant was subscribed to a plan.",
    "subscription.changed": "A subscription changes plan, price or seats, at `effective_at`.",
    "subscription.resumed": "The end of a subscription that was asked for was taken back.",
    "subscription.cancelled": "A subscription ends at `ends_at`.",
    "period.closed":
      "A billing period was closed. `invoice_id` is its document, or null where nothing is due.",
    "invoice.finalized": "A draft got its number; it never changes from now on.",
    "invoice.sent": "An invoice was mailed.",
    "invoice.reminder_due":
      "A day has come on which the issuer reminds of an open invoice. `days` counts from the due " +
      "date, and is negative before it.",
    "invoice.overdue": "An invoice's due date has passed, and something is still owed.",
    "invoice.paid": "Nothing is owed of an invoice any more.",
    "invoice.voided": "An invoice was voided, by a credit note where anything was charged.",
    "credit_note.issued": "A credit note was issued.",
    "customer.balance_changed":
      "What is held of a customer's money changed: above 0 what came to it, below 0 what went.",
    "quote.finalized": "A quote got its number and can be accepted.",
    "quote.sent": "A quote was mailed.",
    "quote.accepted": "A quote was accepted, by its recipient or for it.",
    "quote.rejected": "A quote was rejected, with its reason where one was given.",
    "email.failed": "An e-mail could not be delivered, or came back.",
    "webhook.disabled":
      "An endpoint gets no more messages: it asked for that (410), is gone, or only failed.",
    "person.erased":
      "A person's erasure is done. `ref` is the id of the user or customer, and null for a user " +
      "of usage, whose id is what was erased.",
    "tenant.erased":
      "A tenant's erasure is done, for the operator's endpoints. `kept_documents` are what the " +
      "law has kept.",
  };
}
