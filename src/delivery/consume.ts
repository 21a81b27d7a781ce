/** Attempts as they come off the queues, those of a batch side by side. */
import type { Env, Job } from "../platform/env.ts";
import { attemptDelivery, type Lane } from "./deliver.ts";

/** The names in wrangler.toml, and whose attempts they carry. */
export const DELIVERY_LANES: Readonly<Record<string, Lane>> = {
  "boxcostpro-deliveries": "quick",
  "boxcostpro-deliveries-slow": "slow",
};

/** An attempt that breaks off comes back by its due row, so no message ever has to. */
export async function consumeDeliveries(
  messages: readonly { body: Job }[],
  env: Env,
  lane: Lane,
): Promise<void> {
  await Promise.all(messages.map(({ body }) => attempt(env, body, lane)));
}

async function attempt(env: Env, job: Job, lane: Lane): Promise<void> {
  if (job.kind !== "deliver") return;
  try {
    await attemptDelivery(env, job.id, lane, Date.now);
  } catch (error) {
    console.error(JSON.stringify({ at: "delivery", id: job.id, error: String(error) }));
  }
}
