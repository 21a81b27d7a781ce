/**
 * What somebody may do a minute, as a token bucket: it holds a minute's worth, and fills steadily.
 * Integers throughout: the level is kept in 1/60,000 of one. Pure.
 */
import { MINUTE_MS } from "./time.ts";

/** How much may still be done now, and in how long the bucket is full again. */
export type Left = { left: number; fullMs: number };

export class Bucket {
  #perMinute = 0;
  #level = 0;
  #atMs = 0;

  /**
   * Takes `n` at real time `nowMs`. Answers 0, or, where nothing is left, the milliseconds until
   * something is. What begins within the limit is taken whole, and the level may go below 0: a
   * batch larger than what is left is not refused for ever.
   */
  take(n: number, perMinute: number, nowMs: number): number {
    const full = perMinute * MINUTE_MS;
    if (perMinute !== this.#perMinute) {
      this.#level = full;
      this.#perMinute = perMinute;
      this.#atMs = nowMs;
    }
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#level = Math.min(full, this.#level + passedMs * perMinute);
    this.#atMs = Math.max(nowMs, this.#atMs);
    if (this.#level <= 0) return Math.floor(-this.#level / perMinute) + 1;
    this.#level -= n * MINUTE_MS;
    return 0;
  }

  /** What is left as of the last time something was taken. */
  left(): Left {
    const missing = this.#perMinute * MINUTE_MS - this.#level;
    return {
      left: Math.max(0, Math.ceil(this.#level / MINUTE_MS)),
      fullMs: Math.ceil(missing / Math.max(1, this.#perMinute)),
    };
  }
}
