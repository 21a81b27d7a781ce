/** Attempts as they come off the queues, those of a batch side by side. */
import { SECOND_MS } from "../core/time.ts";
import type { Env, Job } from "../platform/env.ts";
import { attemptDelivery, type Lane } from "./deliver.ts";

/** The names in wrangler.toml, and whose attempts they carry. */
export const DELIVERY_LANES: Readonly<Record<string, Lane>> = {
  "boxcostpro-deliveries": "quick",
  "boxcostpro-deliveries-slow": "slow",
};

/** The next quick batch waits no longer than this for an endpoint that has not answered yet. */
const QUICK_HOLD_MS = SECOND_MS;

/**
 * Starts every attempt of a batch. Its messages are done with at once: an attempt that breaks off
 * comes back by its due row.
 */
export async function consumeDeliveries(
  batch: Pick<MessageBatch<Job>, "messages" | "ackAll">,
  env: Env,
  lane: Lane,
  keepAlive: (work: Promise<unknown>) => void,
): Promise<void> {
  batch.ackAll();
  const all = Promise.all(batch.messages.map(({ body }) => attempt(env, body, lane)));
  if (lane === "slow") return void (await all);
  keepAlive(all);
  await Promise.race([all, scheduler.wait(QUICK_HOLD_MS)]);
}

async function attempt(env: Env, job: Job, lane: Lane): Promise<void> {
  if (job.kind !== "deliver") return;
  try {
    await attemptDelivery(env, job.id, lane, Date.now);
  } catch (error) {
    console.error(JSON.stringify({ at: "delivery", id: job.id, error: String(error) }));
  }
}
