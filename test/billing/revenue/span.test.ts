/** The times by which tenants are ranked. */
import { expect, it } from "vitest";
import { nameBefore, type SpanKind, spansAt } from "../../../src/billing/revenue/span.ts";

it.each<[SpanKind, string, string, string, string]>([
  ["month", "2026-11-30", "2026-10", "2026-10", "2026-09"],
  ["month", "2026-01-01", "2025-12", "2025-12", "2025-11"],
  ["quarter", "2026-11-30", "2026-Q4", "2026-Q3", "2026-Q2"],
  ["quarter", "2026-10-01", "2026-Q3", "2026-Q3", "2026-Q2"],
  ["quarter", "2026-04-15", "2026-Q1", "2026-Q1", "2025-Q4"],
  ["year", "2026-11-30", "2026", "2025", "2024"],
  ["year", "2026-01-31", "2025", "2025", "2024"],
  ["12_months", "2026-11-30", "2026-10/12", "2026-10/12", "2025-10/12"],
])("ranks by %s on %s: %s, compared is %s with %s", (kind, day, current, whole, before) => {
  const found = spansAt(kind, Date.parse(`${day}T12:00:00Z`));
  expect([found.current.name, found.whole.name]).toEqual([current, whole]);
  expect(found.whole.isOver).toBe(true);
  expect(nameBefore(found.whole)).toBe(before);
});
