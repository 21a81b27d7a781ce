/** The simulation: exact money, sums that add up, and more of anything never costs less. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import measuredFile from "../../bench/constants.json";
import { ASKED, installationOf } from "../../scripts/lib/simulate/asked.ts";
import {
  CONSTANT_NAMES,
  type Constants,
  constantsIn,
} from "../../scripts/lib/simulate/constants.ts";
import { cpuPerEvent, estimate, type Installation } from "../../scripts/lib/simulate/estimate.ts";
import { CAPACITY_NAMES } from "../../scripts/lib/simulate/limit.ts";
import { costMicro, PRICE_NAMES, PRICES } from "../../scripts/lib/simulate/price.ts";
import { exponentFor, powerSum, shares } from "../../scripts/lib/simulate/spread.ts";
import { flowOf, quartersADay } from "../../scripts/lib/simulate/tenant.ts";
import { conclusion, estimateText, usd } from "../../scripts/lib/simulate/text.ts";

const TEXT = JSON.stringify(measuredFile);
const { constants: C, measured: MEASURED } = constantsIn(TEXT, "constants.json");
const ONE: Installation = {
  ...installationOf({ tenants: "1", "events-per-day": "86400", batch: "1", "wait-seconds": "0" }),
  documents: 0,
  alerts: 0,
};

const installations = fc.record({
  tenants: fc.integer({ min: 1, max: 500 }),
  eventsPerDay: fc.integer({ min: 0, max: 1e11 }),
  batch: fc.integer({ min: 1, max: 5_000 }),
  waitSeconds: fc.integer({ min: 0, max: 3_600 }),
  largest: fc.double({ min: 0, max: 0.99, noNaN: true }),
  peak: fc.integer({ min: 1, max: 20 }),
  documents: fc.integer({ min: 0, max: 1_000 }),
  alerts: fc.integer({ min: 0, max: 1_000 }),
  webhooks: fc.integer({ min: 0, max: 20 }),
  emails: fc.integer({ min: 0, max: 10 }),
  retentionDays: fc.integer({ min: 1, max: 4_000 }),
  ledgers: fc.integer({ min: 1, max: 1_000 }),
  drainMs: fc.option(fc.integer({ min: 1, max: 100 })),
}) satisfies fc.Arbitrary<Installation>;

function needed(of: Installation, name: (typeof CAPACITY_NAMES)[number]): number {
  return estimate(of, C).needs.find((need) => need.name === name)?.needed ?? Number.NaN;
}

/** Rounding of doubles, not of what is counted. */
function atLeast(more: number, less: number): void {
  expect(more).toBeGreaterThanOrEqual(less * (1 - 1e-9));
}

describe("the constants", () => {
  it("are those of the file, each of them computed with", () => {
    const read = new Set<string>();
    const watched = new Proxy(C, {
      get(of, name: string) {
        read.add(name);
        return of[name as keyof Constants];
      },
    });
    estimate(installationOf({ tenants: "3" }), watched);
    expect([...read].toSorted()).toEqual([...CONSTANT_NAMES].toSorted());
    expect(Object.keys(measuredFile.constants).toSorted()).toEqual([...read].toSorted());
  });

  it("make a difference, each of them", () => {
    const of = installationOf({
      tenants: "3000",
      "events-per-day": "1e9",
      largest: "60",
      batch: "5000",
    });
    const all = (constants: Constants) =>
      JSON.stringify(estimate(of, constants), (_, value) =>
        typeof value === "bigint" ? String(value) : value,
      );
    const usual = all(C);
    for (const name of CONSTANT_NAMES) {
      const more = { ...C, [name]: C[name] * 10 + 10 };
      expect(all(more) === usual, name).toBe(false);
    }
  });

  it("are refused in a plain sentence where one is missing, wrong or unknown", () => {
    const without = (change: (constants: Record<string, unknown>) => void) => {
      const file = structuredClone(measuredFile) as { constants: Record<string, unknown> };
      change(file.constants);
      return () => constantsIn(JSON.stringify(file), "c.json");
    };
    const again = ": npm run bench -- --only constants measures them anew";
    for (const name of CONSTANT_NAMES) {
      const missing = without((constants) => delete constants[name]);
      expect(missing).toThrow(`c.json lacks ${name}${again}`);
    }
    const text = without((constants) => Object.assign(constants, { object_id_bytes: "27" }));
    expect(text).toThrow(`c.json: object_id_bytes is no number from 0 on${again}`);
    const stray = without((constants) => Object.assign(constants, { moons: 1 }));
    expect(stray).toThrow(`c.json: nobody computes with moons${again}`);
    expect(() => constantsIn("{", "c.json")).toThrow(`c.json is no JSON${again}`);
    expect(() => constantsIn("{}", "c.json")).toThrow(`c.json lacks cpu_us_per_event_1${again}`);
  });
});

describe("money", () => {
  it("is a whole number of micro-USD, rounded up once", () => {
    expect(costMicro(1n, PRICES.workersRequests)).toBe(1n);
    expect(costMicro(1_000_000n, PRICES.workersRequests)).toBe(300_000n);
    expect(costMicro(10n ** 18n, PRICES.d1Written)).toBe(10n ** 18n);
    expect(costMicro(10n ** 18n + 1n, PRICES.objectGbSeconds)).toBe(125n * 10n ** 17n + 13n);
    expect(usd(1n)).toBe("0.01 USD");
    expect(usd(1_234_567_890_000n)).toBe("1,234,567.89 USD");
    expect(usd(0n)).toBe("0.00 USD");
  });

  it("adds up, line by line", () => {
    fc.assert(
      fc.property(installations, (of) => {
        const { lines, totalMicroUsd } = estimate(of, C);
        expect(lines.reduce((sum, { microUsd }) => sum + microUsd, 0n)).toBe(totalMicroUsd);
        for (const [i, name] of PRICE_NAMES.entries()) {
          const { quantity, microUsd } = lines[i] ?? { quantity: 0n, microUsd: 0n };
          expect(microUsd).toBe(costMicro(quantity, PRICES[name]));
          expect(quantity >= 0n).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("a Zipf law", () => {
  it("gives the largest tenant its share, or an even one, and everybody theirs", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (tenants, largest) => {
          const all = [...shares(tenants, largest)];
          expect(all.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          expect(all[0]).toBeCloseTo(tenants === 1 ? 1 : Math.max(largest, 1 / tenants), 9);
          expect(all.toSorted((a, b) => b - a)).toEqual(all);
        },
      ),
      { numRuns: 50 },
    );
    expect(exponentFor(100, 0)).toBe(0);
  });

  it("sums powers of many ranks as if one by one", () => {
    for (const z of [0, 0.5, 1, 1.7]) {
      let sum = 0;
      for (let k = 1; k <= 50_000; k++) sum += k ** -z;
      expect(powerSum(50_000, z) / sum).toBeCloseTo(1, 10);
    }
  });
});

describe("a tenant's flow", () => {
  it("is a request and a drain for each lone event, and full ones under load", () => {
    const lone = flowOf(1 / 3_600, { batch: 1_000, waitSeconds: 1 });
    expect(lone.batched).toBeCloseTo(1, 3);
    expect(lone.drained).toBeCloseTo(1, 2);
    const hot = flowOf(1e6, { batch: 1_000, waitSeconds: 1 });
    expect(hot).toEqual({ requests: 1_000, batched: 1_000, drains: 200, drained: 5_000 });
    expect(flowOf(50, { batch: 1, waitSeconds: 0 }).drained).toBe(506);
    expect(quartersADay(0)).toBe(0);
    expect(quartersADay(10)).toBe(96);
  });

  it("costs by lines between what was measured", () => {
    const c = { ...C, cpu_us_per_event_1: 101, cpu_us_per_event_100: 2 };
    expect(cpuPerEvent(1, c)).toBe(101);
    expect(cpuPerEvent(100, c)).toBe(2);
    expect(cpuPerEvent(34, c)).toBeCloseTo(134 / 34, 9);
    expect(cpuPerEvent(9_000, c)).toBe(c.cpu_us_per_event_5000);
  });
});

describe("an estimate", () => {
  it("is what one does by hand for one tenant with an event a second", () => {
    const { lines } = estimate(ONE, C);
    const of = (name: (typeof PRICE_NAMES)[number]) => lines[PRICE_NAMES.indexOf(name)]?.quantity;
    const due = 31 * C.messages_per_due_row;
    expect(of("workersRequests")).toBe(BigInt(Math.ceil(2_592_000 + due)));
    const drains = 2_592_000 / 11.1; // the first event, ten seconds, a tenth of one
    const rows = Number(of("d1Written"));
    expect(rows / (drains * C.d1_rows_per_small_drain)).toBeGreaterThan(0.99);
    expect(rows / (drains * C.d1_rows_per_full_drain)).toBeLessThan(1.2);
  });

  it("never gets cheaper by more of anything, nor dearer by larger batches", () => {
    const dearer: [keyof Installation, number][] = [
      ["tenants", 300],
      ["eventsPerDay", 1e10],
      ["documents", 50],
      ["alerts", 50],
      ["webhooks", 3],
      ["retentionDays", 500],
      ["drainMs", 20],
    ];
    fc.assert(
      fc.property(installations, fc.double({ min: 0.01, max: 1, noNaN: true }), (any, part) => {
        const of = { ...any, drainMs: any.drainMs ?? 2 };
        const cost = (one: Installation) => Number(estimate(one, C).totalMicroUsd);
        const usual = cost(of);
        for (const [name, most] of dearer) {
          const more = { ...of, [name]: (of[name] ?? 0) + Math.ceil(most * part) };
          // Each line is rounded up to a whole one.
          expect(cost(more), name).toBeGreaterThanOrEqual(usual * (1 - 1e-9) - 100);
        }
        const larger = { ...of, batch: of.batch + Math.ceil(1_000 * part) };
        expect(cost(larger)).toBeLessThanOrEqual(usual * (1 + 1e-9) + 100);
        const later = { ...of, waitSeconds: of.waitSeconds + Math.ceil(60 * part) };
        expect(cost(later)).toBeLessThanOrEqual(usual * (1 + 1e-9) + 100);
      }),
      { numRuns: 40 },
    );
  });

  it("needs more of each limit by more load, and less of its databases by more of them", () => {
    fc.assert(
      fc.property(installations, (of) => {
        const more = { ...of, eventsPerDay: of.eventsPerDay * 2, documents: of.documents + 5 };
        const peaked = { ...of, peak: of.peak + 1 };
        for (const name of CAPACITY_NAMES) {
          // Larger batches and fuller drains make an event cheaper.
          if (name === "objectCpu") continue;
          atLeast(needed(more, name), needed(of, name));
          atLeast(needed(peaked, name), needed(of, name));
        }
        const skewed = { ...of, largest: Math.min(1, of.largest * 1.5) };
        for (const name of ["objectMemory", "objectStorage"] as const) {
          atLeast(needed(skewed, name), needed(of, name));
        }
        const wider = { ...of, ledgers: of.ledgers * 2 };
        for (const name of ["ledgerWriter", "ledgerStorage"] as const) {
          expect(needed(wider, name)).toBeCloseTo(needed(of, name) / 2, 3);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("names as many ledgers as are enough, and no more", () => {
    fc.assert(
      fc.property(installations, (of) => {
        const { ledgersNeeded } = estimate(of, C);
        const times = (ledgers: number) => {
          const { needs } = estimate({ ...of, ledgers }, C);
          const shared = needs.filter(({ name }) =>
            ["ledgerWriter", "ledgerStorage"].includes(name),
          );
          return Math.max(...shared.map((need) => need.times));
        };
        expect(times(ledgersNeeded)).toBeLessThanOrEqual(1);
        if (ledgersNeeded > 1) expect(times(ledgersNeeded - 1)).toBeGreaterThan(1);
      }),
      { numRuns: 40 },
    );
  });

  it("says first what is furthest beyond the platform, and what to raise", () => {
    const of = installationOf({ tenants: "10", "events-per-day": "1e9", largest: "90" });
    const { first, needs } = estimate(of, C);
    expect(first.times).toBe(Math.max(...needs.map(({ times }) => times)));
    expect(needs.map(({ name }) => name).toSorted()).toEqual(CAPACITY_NAMES.toSorted());
    const said = conclusion(of, estimate(of, C));
    expect(said).toContain(first.of);
    expect(said).toContain(`To raise it: ${first.raise}.`);
    const small = installationOf({ tenants: "1", "events-per-day": "10", documents: "1" });
    expect(conclusion(small, estimate(small, C))).toContain("Nothing is in its way");
    const text = estimateText(small, estimate(small, C), MEASURED);
    for (const name of PRICE_NAMES) expect(text).toContain(PRICES[name].of);
  });
});

it("refuses what is no such number", () => {
  expect(() => installationOf({ tenants: "0" })).toThrow(
    "--tenants takes a whole number from 1 to 10,000,000",
  );
  for (const [name, { most }] of Object.entries(ASKED)) {
    for (const wrong of ["", "many", "-1", String(most * 2), "NaN"]) {
      expect(() => installationOf({ [name]: wrong }), `${name} ${wrong}`).toThrow(`--${name}`);
    }
  }
  expect(installationOf({}).eventsPerDay).toBe(1e10);
});
