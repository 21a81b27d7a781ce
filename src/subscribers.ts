/** What follows from an event: the one table from its type to the verbs that it sets off. */
import { countOwnInvoice } from "./billing/own-invoice.ts";
import type { AnnouncedEvent, EventOf } from "./core/event.ts";
import type { EventType } from "./core/event-type.ts";
import { fanOutAlert } from "./delivery/alert/fan-out-alert.ts";
import { mailAlert, mailDocument } from "./delivery/email/automatic.ts";
import { fanOut } from "./delivery/webhook/deliver.ts";
import { printFinal } from "./documents/render/print-final.ts";
import { markHandled, readAnnounced, relay } from "./platform/queue/outbox.ts";
import type { Env } from "./platform/runtime/env.ts";

type Subscriber<T extends EventType> = (
  env: Env,
  event: EventOf<T>,
  realMs: number,
) => Promise<void>;

/**
 * In the order in which they run: webhooks at once, an e-mail after the PDF that it brings. Each is
 * idempotent, since an event may come twice.
 */
const SUBSCRIBERS: { readonly [T in EventType]: readonly Subscriber<T>[] } = {
  "usage.threshold_reached": [fanOutAlert, mailAlert],
  "usage.limit_reached": [fanOutAlert, mailAlert],
  "usage.corrected": [fanOut],
  "usage.refused": [fanOut],
  "subscription.created": [fanOut],
  "subscription.changed": [fanOut],
  "subscription.resumed": [fanOut],
  "subscription.cancelled": [fanOut],
  "period.closed": [fanOut],
  "invoice.finalized": [fanOut, printFinal, countOwnInvoice, mailDocument],
  "invoice.sent": [fanOut],
  "invoice.reminder_due": [fanOut, mailDocument],
  "invoice.overdue": [fanOutAlert, mailAlert],
  "invoice.paid": [fanOut, mailDocument],
  "invoice.voided": [fanOut],
  "credit_note.issued": [fanOut, printFinal, mailDocument],
  "customer.balance_changed": [fanOut],
  "quote.finalized": [fanOut, printFinal],
  "quote.sent": [fanOut],
  "quote.accepted": [fanOut],
  "quote.rejected": [fanOut],
  "email.failed": [fanOutAlert, mailAlert],
  "webhook.disabled": [fanOutAlert, mailAlert],
  "person.erased": [fanOut],
  "tenant.erased": [fanOut],
};

/** Does all that follows from an announced event, and marks it as handled. */
export async function handleEvent(
  env: Env,
  { tenant, id }: { tenant: string; id: string },
  realMs: number,
): Promise<void> {
  const event = await readAnnounced(env.DB, tenant, id);
  if (!event) return;
  await runSubscribers(env, event, realMs);
  await markHandled(env.DB, event.id, realMs).run();
  await relay(env.DB, env.NEWS, realMs); // its place in the queue is the next one's
}

async function runSubscribers(env: Env, event: AnnouncedEvent, realMs: number): Promise<void> {
  if (!event.known) return fanOut(env, event, realMs);
  for (const follow of subscribersOf(event)) await follow(env, event, realMs);
}

function subscribersOf<T extends EventType>({ type }: EventOf<T>): readonly Subscriber<T>[] {
  return SUBSCRIBERS[type];
}
