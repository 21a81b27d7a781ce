/** A plan of moves ends, makes ledgers even, and moves no more than that needs. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type Home, type Move, planMoves } from "../../scripts/lib/balance.ts";

const NONE = { begin: 0.2, end: 0.1, least: 0 };

const homes = fc
  .array(
    fc.tuple(
      fc.constantFrom("", "eu"),
      fc.array(fc.oneof(fc.nat(1_000), fc.nat(20)), { maxLength: 15 }),
    ),
    { maxLength: 6 },
  )
  .map((ledgers) =>
    ledgers.map(([jurisdiction, sizes], ledger): Home => {
      const tenants = sizes.map((bytes, i) => ({ tenant: `${ledger}.${i}`, bytes }));
      return { ledger, jurisdiction, tenants };
    }),
  );

function moved(before: readonly Home[], moves: readonly Move[]): Home[] {
  const to = new Map(moves.map((move) => [move.tenant, move.to]));
  const all = before.flatMap(({ ledger, tenants }) =>
    tenants.map((held) => ({ held, at: to.get(held.tenant) ?? ledger })),
  );
  return before.map((home) => ({
    ...home,
    tenants: all.filter(({ at }) => at === home.ledger).map(({ held }) => held),
  }));
}

const sizes = (of: readonly Home[]) => of.map(({ tenants }) => bytesOf(tenants));

/** By how much the fullest and the emptiest of each jurisdiction lie apart. */
function spreads(of: readonly Home[]): number[] {
  return ["", "eu"].map((jurisdiction) => {
    const own = sizes(of.filter((home) => home.jurisdiction === jurisdiction));
    return own.length === 0 ? 0 : Math.max(...own) - Math.min(...own);
  });
}

describe("a plan", () => {
  it("never leaves ledgers further apart, and one for what it leaves is empty", () => {
    fc.assert(
      fc.property(homes, (before) => {
        const moves = planMoves(before, NONE);
        const left = moved(before, moves);
        const [was, is] = [spreads(before), spreads(left)];
        for (const [i, spread] of is.entries()) expect(spread).toBeLessThanOrEqual(was[i] ?? 0);
        expect(planMoves(left, NONE)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("moves each tenant once, from where it is, within its jurisdiction", () => {
    fc.assert(
      fc.property(homes, (before) => {
        const moves = planMoves(before, NONE);
        expect(new Set(moves.map(({ tenant }) => tenant)).size).toBe(moves.length);
        for (const { tenant, bytes, from, to } of moves) {
          expect(before[from]?.tenants).toContainEqual({ tenant, bytes });
          expect(bytes).toBeGreaterThan(0);
          expect([from === to, before[to]?.jurisdiction]).toEqual([
            false,
            before[from]?.jurisdiction,
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of small tenants moves what is above the mean at most, and ends even", () => {
    const small = fc.array(fc.nat(60), { minLength: 2, maxLength: 5 }).map((counts) =>
      counts.map((count, ledger): Home => {
        const tenants = Array.from({ length: count }, (_, i) => {
          return { tenant: `${ledger}.${i}`, bytes: 1 };
        });
        return { ledger, jurisdiction: "", tenants };
      }),
    );
    fc.assert(
      fc.property(small, (before) => {
        const moves = planMoves(before, NONE);
        const own = sizes(before);
        const mean = own.reduce((sum, bytes) => sum + bytes, 0) / own.length;
        const above = own.reduce((sum, bytes) => sum + Math.max(0, bytes - mean), 0);
        expect(bytesOf(moves)).toBeLessThanOrEqual(above);
        const [spread = 0] = spreads(moved(before, moves));
        expect(spread).toBeLessThanOrEqual(Math.max(2, 0.2 * mean));
      }),
    );
  });

  it("leaves alone what is nearly even, or little", () => {
    const two = (one: number[], other: number[]) =>
      [one, other].map((own, ledger): Home => {
        const tenants = own.map((bytes, i) => ({ tenant: `${ledger}.${i}`, bytes }));
        return { ledger, jurisdiction: "", tenants };
      });
    expect(planMoves(two([50, 5, 5], [50]), NONE)).toEqual([]);
    expect(planMoves(two([50, 5, 5, 5, 5], [50]), NONE)).toHaveLength(2);
    expect(planMoves(two([50, 5, 5, 5, 5], [50]))).toEqual([]);
    expect(planMoves(two([100], []), NONE)).toEqual([]);
    const [move] = planMoves(two([80, 80], [40]), NONE);
    expect(move).toEqual({ tenant: "0.0", bytes: 80, from: 0, to: 1 });
  });
});
