/** What comes off the queues of deliveries and e-mails, the messages of a batch side by side. */
import type { Env, Job } from "../platform/runtime/env.ts";
import { sendEmail } from "./email/send.ts";
import { attemptDelivery } from "./webhook/deliver.ts";

type Consume = (env: Env, id: string) => Promise<void>;

/** By the names in wrangler.toml. */
export const DELIVERY_QUEUES: Readonly<Record<string, Consume>> = {
  "boxcostpro-deliveries": (env, id) => attemptDelivery(env, id, "quick", Date.now),
  "boxcostpro-deliveries-slow": (env, id) => attemptDelivery(env, id, "slow", Date.now),
  "boxcostpro-mails": (env, id) => sendEmail(env, id, Date.now()),
};

/** What breaks off comes back by its due row, so no message ever has to. */
export async function consumeDeliveries(
  messages: readonly { body: Job }[],
  env: Env,
  consume: Consume,
): Promise<void> {
  await Promise.all(messages.map(({ body }) => consumeOne(env, body, consume)));
}

async function consumeOne(env: Env, job: Job, consume: Consume): Promise<void> {
  if (job.kind !== "deliver" && job.kind !== "mail") return;
  try {
    await consume(env, job.id);
  } catch (error) {
    console.error(JSON.stringify({ at: job.kind, id: job.id, error: String(error) }));
  }
}
