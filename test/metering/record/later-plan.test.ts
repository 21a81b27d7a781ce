/** Which queue takes an asynchronous recording, what one call takes, and when it comes again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/core/time.ts";
import { BACK_MS, KEPT_MS } from "../../../src/metering/event/window.ts";
import {
  CALL_BYTES,
  CALL_EVENTS,
  callsOf,
  oldestLateMs,
  Shares,
  type Size,
  waitSeconds,
} from "../../../src/metering/record/later-plan.ts";

const sizes = fc.array(
  fc.record({
    events: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: CALL_EVENTS })),
    bytes: fc.integer({ min: 20, max: CALL_BYTES + 100_000 }),
  }),
  { maxLength: 100 },
);
const sum = (all: readonly Size[], of: keyof Size) => all.reduce((n, size) => n + size[of], 0);

describe("calls of a tenant's recordings", () => {
  it("take each once, in order, and no more than a call may unless one alone is more", () => {
    fc.assert(
      fc.property(sizes, (all) => {
        const calls = callsOf(all, (size) => size);
        expect(calls.flat()).toEqual(all);
        for (const call of calls.filter(({ length }) => length > 1)) {
          expect(sum(call, "events")).toBeLessThanOrEqual(CALL_EVENTS);
          expect(sum(call, "bytes")).toBeLessThanOrEqual(CALL_BYTES);
        }
        // Each call but the first begins with what no longer went into the one before.
        calls.slice(1).forEach(([first], i) => {
          const both = [...(calls[i] ?? []), ...(first ? [first] : [])];
          const over = sum(both, "events") > CALL_EVENTS || sum(both, "bytes") > CALL_BYTES;
          expect(over).toBe(true);
        });
      }),
    );
  });

  it("are one for a hundred single events", () => {
    const singles = Array.from({ length: 100 }, () => ({ events: 1, bytes: 90 }));
    expect(callsOf(singles, (size) => size)).toHaveLength(1);
  });
});

describe("a tenant's share of the common queue", () => {
  const single = { events: 1, bytes: 90 };

  it("is a hundred messages in a second, whatever others send", () => {
    const shares = new Shares();
    let taken = 0;
    for (let n = 0; n < 1_000; n++) if (shares.take("busy", single, 5_000 + n / 2)) taken++;
    expect(taken).toBe(100);
    expect(shares.take("other", single, 5_999)).toBe(true);
    expect(shares.take("busy", single, 6_000)).toBe(true);
  });

  it("is what one call takes, by events and by bytes, and at least one recording", () => {
    fc.assert(
      fc.property(sizes, (all) => {
        const shares = new Shares();
        const taken = all.filter((size) => shares.take("one", size, 1_000));
        expect(taken.length).toBeGreaterThanOrEqual(Math.min(1, all.length));
        expect(taken.length).toBeLessThanOrEqual(100);
        if (taken.length > 1) {
          expect(sum(taken, "events")).toBeLessThanOrEqual(CALL_EVENTS);
          expect(sum(taken, "bytes")).toBeLessThanOrEqual(CALL_BYTES);
        }
      }),
    );
  });
});

describe("a message that failed", () => {
  it("comes again later each time, and is given up after a day", () => {
    const waits: number[] = [];
    for (let attempts = 1; ; attempts++) {
      const wait = waitSeconds(attempts);
      if (wait === null) break;
      waits.push(wait);
    }
    expect(waits.slice(0, 4)).toEqual([10, 20, 40, 80]);
    const totalMs = waits.reduce((total, wait) => total + wait * 1_000, 0);
    expect(totalMs).toBeGreaterThan(DAY_MS);
    expect(totalMs).toBeLessThan(DAY_MS + 3 * HOUR_MS);
    expect(waits.length).toBeLessThan(100); // the queue's own retries
  });

  it("counts no event whose id may be forgotten", () => {
    const nowMs = 1_000 * DAY_MS;
    expect(oldestLateMs(nowMs)).toBeLessThan(nowMs - BACK_MS);
    expect(oldestLateMs(nowMs)).toBeGreaterThan(nowMs - KEPT_MS);
  });
});
