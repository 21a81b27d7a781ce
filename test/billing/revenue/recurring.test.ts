import { describe, expect, it } from "vitest";
import {
  churnBasisPoints,
  lifetimeValueMinor,
  type MonthSum,
  monthsUntil,
  movementsOf,
} from "../../../src/billing/revenue/recurring.ts";
import type { StepKind } from "../../../src/billing/revenue/table.ts";

const sum = (month: string, kind: StepKind, change: number, steps = 1): MonthSum => ({
  currency: "USD",
  month,
  kind,
  changeMinor: BigInt(change),
  steps,
});

describe("monthly recurring revenue", () => {
  const sums = [
    sum("2025-01", "new", 9_000, 3),
    sum("2026-02", "new", 900),
    sum("2026-02", "reactivation", 400),
    sum("2026-02", "expansion", 2_000),
    sum("2026-02", "contraction", -1_500),
    sum("2026-02", "churn", -700),
    { ...sum("2026-02", "new", 5), currency: "EUR" },
  ];

  it("is the sum of all that moved it, each kind by itself, in one currency", () => {
    const [january, february] = movementsOf(sums, ["2026-01", "2026-02"], "USD");
    expect(january).toMatchObject({ startMinor: 9_000n, endMinor: 9_000n, customersAtEnd: 3 });
    expect(february).toEqual({
      month: "2026-02",
      startMinor: 9_000n,
      newMinor: 900n,
      reactivationMinor: 400n,
      expansionMinor: 2_000n,
      contractionMinor: 1_500n,
      churnMinor: 700n,
      endMinor: 10_100n,
      customers: 3,
      churned: 1,
      customersAtEnd: 4,
    });
    expect(february && churnBasisPoints(february)).toBe(3_333n);
  });
});

describe("a customer's lifetime value", () => {
  it("is the revenue a customer a month over the monthly churn", () => {
    const months = movementsOf(
      [
        sum("2025-12", "new", 10_000, 10),
        sum("2026-01", "churn", 0, 1),
        sum("2026-01", "new", 0, 1),
      ],
      ["2026-01", "2026-02"],
      "USD",
    );
    // 1,000 a month and customer; one of twenty leaves: twenty months.
    expect(lifetimeValueMinor(months)).toBe(20_000n);
    expect(lifetimeValueMinor(months.slice(1))).toBeNull();
    expect(lifetimeValueMinor([])).toBeNull();
  });
});

it("monthsUntil ends with the month of the present", () => {
  expect(monthsUntil(Date.parse("2026-01-15T10:00:00Z"), 2)).toEqual(["2025-12", "2026-01"]);
});
