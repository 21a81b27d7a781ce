/** When a webhook or an e-mail is tried again. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";

/** After each failed attempt; together about 75 hours. */
const DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  ...Array.from({ length: 6 }, () => 10 * HOUR_MS),
  7.5 * HOUR_MS,
];
export const MAX_ATTEMPTS = DELAYS_MS.length + 1;

/** A delay is up to a tenth longer or shorter, so that what failed together comes back apart. */
const JITTER = 0.1;
const LONGEST_RETRY_AFTER_MS = DAY_MS;

/** How an attempt ended; `status` is null where no answer came. */
export type Ended = {
  status: number | null;
  timedOut: boolean;
  latencyMs: number;
  retryAfterMs: number | null;
};

/** True where the receiver took the message: any 2xx. */
export function isSuccess({ status }: Ended): boolean {
  return status !== null && status >= 200 && status < 300;
}

export type Verdict =
  | { status: "succeeded" }
  | { status: "failed" }
  | { status: "pending"; afterMs: number };

/**
 * What becomes of a message after an attempt. `step` attempts failed before this one; `chance` in
 * [0, 1) varies the delay. 410 ends it at once.
 */
export function verdictOf(ended: Ended, step: number, chance: number): Verdict {
  if (isSuccess(ended)) return { status: "succeeded" };
  const delayMs = DELAYS_MS[step];
  if (ended.status === 410 || delayMs === undefined) return { status: "failed" };
  const jittered = Math.round(delayMs * (1 - JITTER + 2 * JITTER * chance));
  const askedMs = Math.min(ended.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return { status: "pending", afterMs: Math.max(jittered, askedMs) };
}

/** A Retry-After header's wait (RFC 9110 section 10.2.3), or null where it says none. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND_MS;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
