/** Handing messages to a queue, however many there are. */
import type { Job } from "../runtime/env.ts";

const AT_ONCE = 100; // what a queue takes of a sendBatch

/** Sends messages in their order. Errors: those of the queue; what went before is sent. */
export async function sendJobs(queue: Queue<Job>, jobs: readonly Job[]): Promise<void> {
  for (let i = 0; i < jobs.length; i += AT_ONCE) {
    await queue.sendBatch(jobs.slice(i, i + AT_ONCE).map((body) => ({ body })));
  }
}
