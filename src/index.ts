/** The Worker's entry: fetch, queue, scheduled, and the Durable Object class. */

import { tenantClock } from "./accounts/store/clock.ts";
import { createApp } from "./app.ts";
import { countOwnInvoice } from "./billing/period/own-invoice.ts";
import { Problem } from "./core/errors.ts";
import { consumeDeliveries, DELIVERY_QUEUES } from "./delivery/consume.ts";
import { mailEvent } from "./delivery/email/automatic.ts";
import { handOutEmail } from "./delivery/email/send.ts";
import { fanOut, handOut } from "./delivery/webhook/deliver.ts";
import { finalDocument } from "./documents/kind/registry.ts";

import { printIssued } from "./documents/render/print.ts";
import { recordStored } from "./metering/record/record.ts";
import { trackPdfGeneration } from "./metering/record/track.ts";
import { type AnnouncedEvent, markHandled, readAnnounced } from "./platform/queue/outbox.ts";
import type { Env, Job } from "./platform/runtime/env.ts";
import { runDue, sweep } from "./schedule.ts";

export { TenantMeter } from "./metering/object/tenant-meter.ts";

const app = createApp();

/** Seconds before a message that failed comes again: 10, 20, 40, … */
const FIRST_RETRY_SECONDS = 10;

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext) => app.fetch(request, env, ctx),

  /** Caught per message: a handler that throws would redeliver those that were done, too. */
  async queue(batch: MessageBatch<Job>, env: Env): Promise<void> {
    const delivery = DELIVERY_QUEUES[batch.queue];
    if (delivery) return consumeDeliveries(batch.messages, env, delivery);
    for (const message of batch.messages) {
      try {
        await consume(env, message.body, Date.now());
        message.ack();
      } catch (error) {
        console.error(JSON.stringify({ at: "queue", job: message.body.kind, error: `${error}` }));
        message.retry({ delaySeconds: FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1) });
      }
    }
  },

  async scheduled(event: ScheduledController, env: Env): Promise<void> {
    await sweep(env, event.scheduledTime);
  },
};

async function consume(env: Env, job: Job, nowMs: number): Promise<void> {
  switch (job.kind) {
    case "due":
      return runDue(env, job.id, nowMs);
    case "deliver":
      return handOut(env, job.id, nowMs);
    case "mail":
      return handOutEmail(env, job.id, nowMs);
    case "record":
      return recordStored(env, job);
    case "news":
      return tell(env, job, nowMs);
  }
}

/** To endpoints at once; an e-mail waits for the PDF that it brings. */
async function tell(env: Env, job: { tenant: string; id: string }, nowMs: number): Promise<void> {
  const event = await readAnnounced(env.DB, job.tenant, job.id);
  if (!event) return;
  await fanOut(env, event, nowMs);
  await renderFinal(env, event);
  await countOwnInvoice(env, event, nowMs);
  await mailEvent(env, event, nowMs);
  await markHandled(env.DB, event.id, nowMs).run();
}

/** What became final is rendered before anybody asks for it. */
async function renderFinal(env: Env, event: AnnouncedEvent): Promise<void> {
  const { tenant } = event;
  const document = finalDocument(event.type, JSON.parse(event.body));
  if (!document) return;
  const { kind, id } = document;
  const { nowMs } = await tenantClock(env.DB, tenant);
  const tracked: Promise<void>[] = [];
  const of = { tenantId: tenant, nowMs, userId: null };
  try {
    await printIssued(env, tenant, kind, id, (key) =>
      tracked.push(trackPdfGeneration(env, of, key)),
    );
  } catch (error) {
    // The tenant that it is addressed to hears of it too, but only the issuer's is rendered.
    if (!(error instanceof Problem && error.code === "resource.not_found")) throw error;
  }
  await Promise.all(tracked);
}
