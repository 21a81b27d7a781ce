/** Recording under a tenant's budget of events a minute. Pure, but for what records. */
import type { Bucket } from "../../core/bucket.ts";
import type { Throttled } from "../meter/meter.ts";
import { type Answer, tellingLeft } from "../meter/reply.ts";

/** Records `n` events where the bucket still has something; its answer says what is left then. */
export function underBudget(
  bucket: Bucket,
  { n, perMinute, nowMs }: { n: number; perMinute: number; nowMs: number },
  record: () => Promise<Answer>,
): Promise<Answer | Throttled> {
  const retryAfterMs = bucket.take(n, perMinute, nowMs);
  if (retryAfterMs > 0) return Promise.resolve({ retryAfterMs });
  const left = bucket.left();
  return record().then((answer) => tellingLeft(answer, left));
}
