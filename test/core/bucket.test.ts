import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bucket } from "../../src/core/bucket.ts";

const MINUTE = 60_000;
const AT = 1_790_000_000_000;

describe("a bucket", () => {
  it("holds a minute's events, and fills steadily", () => {
    const bucket = new Bucket();
    expect(bucket.take(60, 60, AT)).toBe(0);
    expect(bucket.take(1, 60, AT)).toBe(1);
    expect(bucket.take(1, 60, AT + 1)).toBe(0);
    // One event is now owed, but for a millisecond's share of it.
    expect(bucket.take(1, 60, AT + 1)).toBe(1_000);
    expect(bucket.take(1, 60, AT + 1_001)).toBe(0);
  });

  it("takes whole what begins within it, and waits until that is paid off", () => {
    const bucket = new Bucket();
    expect(bucket.take(5_000, 1_000, AT)).toBe(0);
    expect(bucket.take(1, 1_000, AT)).toBe(4 * MINUTE + 1);
    expect(bucket.take(1, 1_000, AT + 4 * MINUTE)).toBe(1);
    expect(bucket.take(1, 1_000, AT + 4 * MINUTE + 1)).toBe(0);
  });

  it("begins anew where it is changed, and does not run backwards with the clock", () => {
    const bucket = new Bucket();
    expect(bucket.take(10, 10, AT)).toBe(0);
    expect(bucket.take(1, 10, AT - MINUTE)).toBe(1);
    expect(bucket.take(1, 20, AT)).toBe(0);
  });

  it("never lets through more than was filled, and says exactly when to come again", () => {
    const step = fc.record({ n: fc.integer({ min: 1, max: 50 }), waitMs: fc.nat(MINUTE) });
    const perMinute = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(perMinute, fc.array(step, { maxLength: 60 }), (rate, steps) => {
        const bucket = new Bucket();
        let [now, taken] = [AT, 0];
        for (const { n, waitMs } of steps) {
          now += waitMs;
          const retryMs = bucket.take(n, rate, now);
          if (retryMs > 0) {
            if (retryMs > 1) expect(bucket.take(n, rate, now + retryMs - 1)).toBe(1);
            now += retryMs;
            expect(bucket.take(n, rate, now)).toBe(0);
          }
          expect(taken * MINUTE).toBeLessThan(rate * (MINUTE + now - AT));
          taken += n;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("says what is left, and when all of it is there again", () => {
    const bucket = new Bucket();
    bucket.take(1, 60, AT);
    expect(bucket.left()).toEqual({ left: 59, fullMs: 1_000 });
    bucket.take(59, 60, AT);
    expect(bucket.left()).toEqual({ left: 0, fullMs: MINUTE });
    bucket.take(90, 60, AT + 500);
    expect(bucket.left()).toEqual({ left: 0, fullMs: MINUTE + 89_500 });
  });
});
