import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  churnBasisPoints,
  lifetimeValueMinor,
  monthlyMinor,
  monthsUntil,
  mrrMovements,
} from "../../../src/billing/revenue/recurring.ts";
import type { Change, Subscribed } from "../../../src/billing/subscription/timeline.ts";
import { INTERVALS, type Interval } from "../../../src/core/period.ts";

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);

type Step = [at: string, priceMinor: number | "end", seats?: number];

function subscription(
  tenant: string,
  steps: Step[],
  more: Partial<Subscribed["billingSchedule"]> = {},
) {
  const log = steps.map(([at, price, seats = 1], seq): Change => {
    const kind = price === "end" ? "end" : seq === 0 ? "start" : "price";
    const basePriceMinor = price === "end" ? 0n : BigInt(price);
    return { seq, kind, atMs: day(at), versionId: "ver", basePriceMinor, seats };
  });
  const billingSchedule: Subscribed["billingSchedule"] = {
    id: `sub_${tenant}`,
    tenant,
    cycle: "month",
    usageInterval: "month",
    baseTiming: "arrears",
    anchor: "anniversary",
    timeZone: "UTC",
    currency: "USD",
    startMs: log[0]?.atMs ?? 0,
    trialEndMs: null,
    ...more,
  };
  return { billingSchedule, log };
}

const MONTHS = monthsUntil(day("2026-04-01") - 1, 3);

describe("monthly recurring revenue", () => {
  it("is price times seats, a year's as a twelfth, and nothing on trial or after the end", () => {
    const at = day("2026-02-10");
    expect(monthlyMinor(subscription("a", [["2026-01-01", 4_900, 3]]), at)).toBe(14_700n);
    const yearly = subscription("b", [["2026-01-01", 100_000]], { cycle: "year" });
    expect(monthlyMinor(yearly, at)).toBe(8_333n);
    const trial = { trialEndMs: day("2026-03-01") };
    expect(monthlyMinor(subscription("c", [["2026-02-01", 4_900]], trial), at)).toBe(0n);
    const ended = subscription("d", [
      ["2026-01-01", 4_900],
      ["2026-02-10", "end"],
    ]);
    expect(monthlyMinor(ended, at)).toBe(0n);
    expect(monthlyMinor(ended, at - 1)).toBe(4_900n);
  });

  it("takes a month's share of any cycle, a year being 52 weeks, rounded once", () => {
    const at = day("2026-02-10");
    const monthly = (cycle: Interval, minor: number, seats = 1) =>
      monthlyMinor(subscription("a", [["2026-01-01", minor, seats]], { cycle }), at);
    expect(monthly("week", 1_000)).toBe(4_333n);
    expect(monthly("week", 1_200)).toBe(5_200n);
    expect(monthly("week", 1_000, 2)).toBe(8_667n);
    expect(monthly("quarter", 10_000)).toBe(3_333n);
    expect(monthly("half_year", 10_000)).toBe(1_667n);
    expect(monthly("half_year", 3)).toBe(1n); // 0.5, away from zero
    const yearly = { week: 52n, month: 12n, quarter: 4n, half_year: 2n, year: 1n };
    fc.assert(
      fc.property(
        fc.constantFrom(...INTERVALS),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: 1, max: 100_000 }),
        (cycle, minor, seats) => {
          const inYear = yearly[cycle] * BigInt(minor) * BigInt(seats);
          const off = 12n * monthly(cycle, minor, seats) - inYear;
          expect(off).toBeGreaterThan(-6n);
          expect(off).toBeLessThanOrEqual(6n);
        },
      ),
    );
  });

  it("splits its change into new, expansion, contraction and churn", () => {
    const all = [
      subscription("stays", [["2025-06-01", 1_000]]),
      subscription("grows", [
        ["2025-06-01", 1_000],
        ["2026-02-10", 3_000],
      ]),
      subscription("shrinks", [
        ["2025-06-01", 2_000],
        ["2026-02-20", 500],
      ]),
      subscription("leaves", [
        ["2025-06-01", 700],
        ["2026-02-25", "end"],
      ]),
      subscription("comes", [["2026-02-03", 900]]),
      subscription("euros", [["2026-02-03", 900]], { currency: "EUR" }),
    ];
    const [, february] = mrrMovements(all, MONTHS, "USD");
    expect(february).toEqual({
      month: "2026-02",
      startMinor: 4_700n,
      newMinor: 900n,
      expansionMinor: 2_000n,
      contractionMinor: 1_500n,
      churnMinor: 700n,
      endMinor: 5_400n,
      customers: 4,
      churned: 1,
      customersAtEnd: 4,
    });
    expect(february && churnBasisPoints(february)).toBe(2_500n);
  });

  it("at a month's end is its start plus the month's movements", () => {
    const at = fc.integer({ min: -200, max: 100 }).map((days) => day("2026-01-01") + days * 864e5);
    const step = fc.tuple(at, fc.oneof(fc.integer({ min: 0, max: 9_999 }), fc.constant("end")));
    const log = fc
      .array(step, { minLength: 1, maxLength: 5 })
      .map((steps) =>
        steps
          .sort((a, b) => a[0] - b[0])
          .map(
            ([ms, price]): Step => [
              new Date(ms).toISOString().slice(0, 10),
              price as number | "end",
            ],
          ),
      );
    fc.assert(
      fc.property(fc.array(log, { maxLength: 8 }), (logs) => {
        const all = logs.map((steps, i) => subscription(`t${i % 5}`, steps));
        const movements = mrrMovements(all, MONTHS, "USD");
        for (const [i, one] of movements.entries()) {
          const { startMinor, newMinor, expansionMinor, contractionMinor, churnMinor } = one;
          const end = startMinor + newMinor + expansionMinor - contractionMinor - churnMinor;
          expect(one.endMinor).toBe(end);
          if (i > 0) expect(movements[i - 1]?.endMinor).toBe(startMinor);
        }
      }),
    );
  });
});

describe("a customer's lifetime value", () => {
  it("is the revenue a customer a month over the monthly churn", () => {
    const base = { startMinor: 0n, newMinor: 0n, expansionMinor: 0n, contractionMinor: 0n };
    const month = { ...base, month: "2026-01", churnMinor: 0n, endMinor: 10_000n };
    const movements = [
      { ...month, customers: 10, churned: 1, customersAtEnd: 10 },
      { ...month, customers: 10, churned: 0, customersAtEnd: 10 },
    ];
    // 1,000 a month and customer; one of twenty leaves: twenty months.
    expect(lifetimeValueMinor(movements)).toBe(20_000n);
    expect(lifetimeValueMinor(movements.slice(1))).toBeNull();
    expect(lifetimeValueMinor([])).toBeNull();
  });
});

it("monthsUntil ends its last month at the present", () => {
  const nowMs = Date.parse("2026-01-15T10:00:00Z");
  expect(monthsUntil(nowMs, 2)).toEqual([
    { month: "2025-12", startMs: day("2025-12-01"), endMs: day("2026-01-01") },
    { month: "2026-01", startMs: day("2026-01-01"), endMs: nowMs },
  ]);
});
