/** What an attempt says about its endpoint: whether it is slow, or fails for too long. Pure. */
import { DAY_MS, SECOND_MS } from "../../core/time.ts";
import { type Ended, isSuccess } from "../transport/retry.ts";

/** An endpoint that only failed for so long is disabled. */
const FAILING_MS = 3 * DAY_MS;
/** A slow endpoint that answers within this is slow no longer. */
const QUICK_MS = SECOND_MS / 2;

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
