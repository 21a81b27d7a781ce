/** What follows from a tenant's acts, at once: queues have other tests' work in front of it. */
import { env } from "cloudflare:workers";
import type { Env } from "../../src/platform/runtime/env.ts";
import { handleEvent } from "../../src/subscribers.ts";

/** Handles each announcement of a tenant that is not handled yet, as the queue will once more. */
export async function followUp(tenant: string): Promise<void> {
  const waiting = env.DB.prepare(
    "SELECT id FROM outbox WHERE tenant = ? AND handled_ms IS NULL ORDER BY news_seq LIMIT 1",
  ).bind(tenant);
  for (;;) {
    const id = await waiting.first<string>("id");
    if (id === null) return;
    await handleEvent(env as unknown as Env, { tenant, id }, Date.now());
  }
}
