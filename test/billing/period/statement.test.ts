import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterCoupons, type Coupon } from "../../../src/billing/credit/discount.ts";
import { type Statement, statementOf } from "../../../src/billing/period/statement.ts";
import type { Version } from "../../../src/billing/plan/version.ts";
import type { Price } from "../../../src/billing/price/registry.ts";
import {
  type BillingPeriod,
  type BillingSchedule,
  billingPeriod,
  type Change,
} from "../../../src/billing/subscription/timeline.ts";
import { DAY_MS, HOUR_MS } from "../../../src/core/time.ts";
import { type Cell, cellKey } from "../../../src/metering/aggregation/cell.ts";
import { levelOf, mergeCell } from "../../../src/metering/counter/counter.ts";
import { tally } from "../../../src/metering/counter/tally.ts";
import type { Count } from "../../../src/metering/counter/terms.ts";
import type { LineTuple } from "../../../src/metering/event/line.ts";

const START = Date.UTC(2026, 3, 1);
const billingSchedule: BillingSchedule = {
  id: "sub_00000000000000000000000000",
  tenant: "ten_x",
  cycle: "month",
  usageInterval: "month",
  baseTiming: "arrears",
  anchor: "anniversary",
  timeZone: "UTC",
  currency: "USD",
  startMs: START,
  trialEndMs: null,
};

function version(id: string, price: Price, rest: Partial<Version> = {}): Version {
  return {
    id,
    planId: "pln_x",
    planCode: "X",
    planName: "X",
    version: 1,
    currency: "USD",
    graceMs: HOUR_MS,
    finalizeZero: false,
    minimumMinor: 0n,
    leastInvoiceMinor: 0n,
    offers: [{ price, hard: false, thresholds: [] }],
    ...rest,
  };
}

const start: Change = {
  seq: 1,
  kind: "start",
  atMs: START,
  versionId: "plv_a",
  basePriceMinor: 1000n,
  seats: 1,
};
const first = billingPeriod(billingSchedule, null, 1) as BillingPeriod;

function rate(versions: Version[], log: Change[], counts: Count[]): Statement {
  const byId = new Map(versions.map((one) => [one.id, one]));
  const rest = { ahead: null, metrics: new Map() };
  return statementOf({ billingSchedule, log, versions: byId, period: first, counts, ...rest });
}

function count(micro: bigint, untilMs = first.endMs): Count {
  return {
    windowId: first.id,
    metric: "m",
    untilMs,
    valueMicro: micro.toString(),
    events: 1,
    firstMs: START,
    lastMs: START,
  };
}

const rates = fc.bigInt({ min: 0n, max: 10n ** 13n }).map((n) => {
  const digits = n.toString().padStart(13, "0");
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
});
const graduated: fc.Arbitrary<Price> = fc
  .record({
    includedMicro: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    bounds: fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 10n }), { maxLength: 4 }),
    rates: fc.array(rates, { minLength: 5, maxLength: 5 }),
  })
  .map(({ includedMicro, bounds, rates: r }) => ({
    metric: "m",
    includedMicro,
    model: "graduated" as const,
    tiers: [...bounds.sort((a, b) => (a < b ? -1 : 1)), null].map((upToMicro, i) => ({
      upToMicro,
      unitPrice: r[i] ?? "0",
      flatFee: String(i),
    })),
  }));
const quantities = fc.array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { maxLength: 4 });
const sum = (list: readonly bigint[]) => list.reduce((a, b) => a + b, 0n);

const coupon: Coupon = { id: "c", code: "C", name: "C", percent: "12.5", amountMinor: null };

describe("invoices and settlements", () => {
  it("add up to the invoice that there would have been with every event on time", () => {
    fc.assert(
      fc.property(graduated, quantities, quantities, fc.boolean(), (price, onTime, late, less) => {
        const coupons = less ? [coupon] : [];
        const net = (used: bigint) => {
          const { netMinor } = rate([version("plv_a", price)], [start], [count(used)]);
          return afterCoupons(coupons, netMinor);
        };
        let used = sum(onTime);
        let billed = net(used);
        for (const quantity of late) {
          const before = net(used);
          used += quantity;
          billed += net(used) - before;
        }
        expect(billed).toBe(net(sum([...onTime, ...late])));
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

type Timed = { id: number; micro: number; atMs: number };
const events = fc.uniqueArray(
  fc.record({
    id: fc.nat(1000),
    micro: fc.nat(10 ** 9),
    atMs: fc.integer({ min: START, max: first.endMs - 1 }),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);

/** The counts of events that came in batches, each batch sent again where `again` says so. */
function counted(batches: readonly Timed[][], cutMs: number): Count[] {
  const window = { id: first.id, startMs: START, endMs: first.endMs, cutsMs: [cutMs] };
  const cells = new Map<string, Cell>();
  const seen = new Set<number>();
  for (const batch of batches) {
    const fresh = batch.filter(({ id }) => !seen.has(id) && seen.add(id));
    const tuples = fresh.map(({ id, micro, atMs }): LineTuple => [String(id), "m", micro, atMs]);
    for (const cell of tally(tuples, [window], new Map())) {
      const held = cells.get(cellKey(cell));
      if (held) mergeCell(held, cell);
      else cells.set(cellKey(cell), cell);
    }
  }
  return [cutMs, first.endMs].map((untilMs, last) => {
    const parts = [...cells.values()].filter(({ part }) => part <= last);
    return count(levelOf("sum", parts), untilMs);
  });
}

describe("a stream of events", () => {
  it("makes the same invoice however it is split, ordered and repeated", () => {
    const cutMs = START + 10 * DAY_MS;
    const change: Change = { ...start, seq: 2, kind: "plan", atMs: cutMs, versionId: "plv_b" };
    fc.assert(
      fc.property(
        fc.tuple(graduated, rates),
        events,
        fc.array(fc.nat(30), { maxLength: 5 }),
        fc.nat(5),
        ([price, unitPrice], list, cuts, again) => {
          const other: Price = {
            ...price,
            metric: "m",
            ...("tiers" in price
              ? { tiers: price.tiers.map((tier) => ({ ...tier, unitPrice })) }
              : {}),
          };
          const versions = [version("plv_a", price), version("plv_b", other)];
          const bill = (batches: Timed[][]) =>
            rate(versions, [start, change], counted(batches, cutMs)).lines;
          const shuffled = [...list].sort((a, b) => ((a.id * 7919) % 31) - ((b.id * 7919) % 31));
          const edges = [0, ...cuts.sort((a, b) => a - b), list.length];
          const batches = edges.slice(1).map((end, i) => shuffled.slice(edges[i], end));
          const resent = [...batches, ...batches.slice(0, again), shuffled];
          expect(bill(resent)).toEqual(bill([list]));
        },
      ),
      { numRuns: 1000 },
    );
  }, 60_000);
});

describe("a minimum commitment", () => {
  const price: Price = { metric: "m", includedMicro: 0n, model: "per_unit", unitPrice: "1" };
  const least = [version("plv_a", price, { minimumMinor: 5000n })];

  it("bills the shortfall, and nothing once usage reaches it", () => {
    const under = rate(least, [start], [count(20_000_000n)]);
    expect(under.lines.map(({ kind, arithmetic }) => [kind, arithmetic])).toEqual([
      ["base", "10.00 = 10.00"],
      ["usage", "20 × 1 = 20.00"],
      ["commitment", "50.00 − 20.00 = 30.00"],
    ]);
    expect(under.usageMinor).toBe(5000n);
    expect(rate(least, [start], [count(50_000_000n)]).lines).toHaveLength(2);
  });

  it("is prorated by time where the plan changes inside the period", () => {
    const change: Change = {
      ...start,
      seq: 2,
      kind: "plan",
      atMs: START + 15 * DAY_MS,
      versionId: "plv_b",
    };
    const { lines } = rate([...least, version("plv_b", price)], [start, change], [count(0n)]);
    expect(lines.find(({ kind }) => kind === "commitment")?.amountMinor).toBe("2500");
  });
});
