/** What an attempt says about its endpoint: slow, resting, or failing for too long. Pure. */
import { DAY_MS, SECOND_MS } from "../../core/time.ts";
import { type Ended, isSuccess } from "../transport/retry.ts";

/** An endpoint that only failed for so long is disabled. */
const FAILING_MS = 3 * DAY_MS;
/** A slow endpoint that answers within this is slow no longer. */
const QUICK_MS = SECOND_MS / 2;

/** An endpoint that only failed for so long rests: it is tried now and then, until it answers. */
export const REST_AFTER_MS = 5 * SECOND_MS;

/** `disabled` says why, and is null while the endpoint is enabled. */
export type Health = {
  slow: boolean;
  failingSinceMs: number | null;
  disabled: "asked" | "gone" | "failing" | null;
};

/** What becomes of an endpoint after an attempt that ended at `nowMs`. */
export function healthAfter(before: Health, ended: Ended, nowMs: number): Health {
  if (isSuccess(ended)) {
    const slow = before.slow && ended.latencyMs > QUICK_MS;
    return { ...before, slow, failingSinceMs: null };
  }
  const failingSinceMs = before.failingSinceMs ?? nowMs;
  const failedTooLong = nowMs - failingSinceMs >= FAILING_MS ? "failing" : null;
  const reason = ended.status === 410 ? "gone" : failedTooLong;
  const slow = before.slow || ended.timedOut;
  return { slow, failingSinceMs, disabled: before.disabled ?? reason };
}

/** True for an endpoint that is tried with little at a time, since it takes nothing. */
export function isResting({ failingSinceMs }: Pick<Health, "failingSinceMs">, nowMs: number) {
  return failingSinceMs !== null && failingSinceMs <= nowMs - REST_AFTER_MS;
}
