/**
 * The Worker's entry: fetch, queue, scheduled, and the Durable Object class. What it imports is
 * evaluated before an isolate answers anything: the object, recording, and no more. All else is
 * loaded when it is asked for; test/process/bundle.test.ts holds the size.
 */
import { createApp } from "./app.ts";
import { loadJobs } from "./loaders.ts";
import { recordBodies } from "./metering/record/body.ts";
import { recordMessages } from "./metering/record/later.ts";
import type { Env, Job } from "./platform/runtime/env.ts";
import { sayFaults } from "./platform/runtime/secret.ts";
import { takeBeats } from "./platform/watch/beat.ts";
import { count, tellCounts, tellNow } from "./platform/watch/counts.ts";

export { ErasableMeter as TenantMeter } from "./metering/object/erasable-meter.ts";
export { Watch } from "./platform/watch/watch-object.ts";

const app = createApp();

/** By the names in wrangler.toml: a tenant's messages are recorded together. */
const INTAKE_QUEUES: ReadonlySet<string> = new Set(["boxcostpro-intake", "boxcostpro-intake-busy"]);

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext) {
    sayFaults(env);
    return app.fetch(request, env, ctx);
  },

  async queue(batch: MessageBatch<Job>, env: Env, ctx?: ExecutionContext): Promise<void> {
    count(`boxcostpro_queue_messages_total{queue="${batch.queue}"}`, batch.messages.length);
    await takeBeats(env, batch.messages);
    await consume(batch, env);
    tellCounts(env, Date.now(), (work) => ctx?.waitUntil(work));
  },

  async scheduled(event: ScheduledController, env: Env): Promise<void> {
    sayFaults(env);
    await (await loadJobs()).sweepWatched(env, event.scheduledTime);
    await tellNow(env, Date.now());
  },
};

async function consume(batch: MessageBatch<Job>, env: Env): Promise<void> {
  if (batch.queue.endsWith("-dead")) return (await loadJobs()).keepDead(batch, env);
  if (!INTAKE_QUEUES.has(batch.queue)) return (await loadJobs()).runMessages(batch, env);
  await recordMessages(env, batch.messages, Date.now());
  return recordBodies(env, batch.messages, Date.now());
}
