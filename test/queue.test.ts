import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import worker from "../src/index.ts";
import type { Env, Job } from "../src/platform/runtime/env.ts";

it("leaves what would pass an invocation's queries to the next one", async () => {
  // Two queries each: the row is gone.
  const messages = Array.from({ length: 600 }, (_, i) => ({
    id: `m${i}`,
    timestamp: new Date(),
    attempts: 1,
    body: { kind: "due", id: `none:${i}` } satisfies Job,
  }));
  const batch = createMessageBatch<Job>("boxcostpro-jobs", messages);
  await worker.queue(batch, env as unknown as Env);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  expect([explicitAcks.length, retryMessages.length]).toEqual([250, 350]);
  expect(retryMessages[0]?.msgId).toBe("m250");
});
