import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseFees, type Fee, pricedAhead } from "../../../src/billing/rating/fee.ts";
import {
  type BillingPeriod,
  type BillingSchedule,
  billingPeriod,
  billingPeriodAt,
  type Change,
  parsePeriodId,
  periodId,
  planSegmentsOf,
} from "../../../src/billing/subscription/timeline.ts";
import { DAY_MS, parseTime, timeText } from "../../../src/core/time.ts";

const at = (text: string) => parseTime(text) ?? Number.NaN;

function billingSchedule(startMs: number, rest: Partial<BillingSchedule> = {}): BillingSchedule {
  return {
    id: "sub_00000000000000000000000000",
    tenant: "ten_x",
    cycle: "month",
    usageInterval: "month",
    baseTiming: "arrears",
    anchor: "anniversary",
    timeZone: "UTC",
    currency: "USD",
    startMs,
    trialEndMs: null,
    ...rest,
  };
}

let seq = 0;
function change(kind: Change["kind"], atMs: number, price = 2900n, versionId = "plv_a"): Change {
  return { seq: ++seq, kind, atMs, versionId, basePriceMinor: price, seats: 1 };
}

function period(of: BillingSchedule, number: number, endMs: number | null = null): BillingPeriod {
  const found = billingPeriod(of, endMs, number);
  if (!found) throw new Error(`no period ${number}`);
  return found;
}

const START = at("2026-01-31T00:00:00Z");

describe("the log of a subscription", () => {
  it("lets a later entry take away those at or after its time", () => {
    const log = [
      change("start", START),
      change("plan", START + 30 * DAY_MS, 9900n, "plv_b"),
      change("end", START + 60 * DAY_MS),
      change("plan", START + 10 * DAY_MS, 4900n, "plv_c"),
    ];
    expect(planSegmentsOf(log)).toEqual([
      {
        startMs: START,
        endMs: START + 10 * DAY_MS,
        versionId: "plv_a",
        basePriceMinor: 2900n,
        seats: 1,
      },
      {
        startMs: START + 10 * DAY_MS,
        endMs: null,
        versionId: "plv_c",
        basePriceMinor: 4900n,
        seats: 1,
      },
    ]);
  });

  it("names periods so that their subscription and number can be read back", () => {
    const id = periodId("sub_00000000000000000000000000", 12);
    expect(parsePeriodId(id)).toEqual({
      subscriptionId: "sub_00000000000000000000000000",
      number: 12,
    });
    expect(parsePeriodId("per_x_1")).toBeNull();
  });
});

describe("billing periods", () => {
  it("are numbered from 1, and come back to the anchor's day", () => {
    const of = billingSchedule(START);
    expect([1, 2, 3].map((n) => timeText(period(of, n).startMs))).toEqual([
      "2026-01-31T00:00:00Z",
      "2026-02-28T00:00:00Z",
      "2026-03-31T00:00:00Z",
    ]);
    expect(billingPeriod(of, null, 0)).toBeNull();
  });

  it("begin with a trial whose end is the anchor", () => {
    const of = billingSchedule(START, { trialEndMs: START + 14 * DAY_MS });
    expect(period(of, 0)).toMatchObject({
      kind: "trial",
      startMs: START,
      endMs: START + 14 * DAY_MS,
    });
    expect(period(of, 1).startMs).toBe(START + 14 * DAY_MS);
    expect(billingPeriodAt(of, null, START)?.number).toBe(0);
    expect(billingPeriodAt(of, null, START + 14 * DAY_MS)?.number).toBe(1);
  });

  it("begin with an opening of no length where fees go ahead", () => {
    const of = billingSchedule(START, { baseTiming: "advance" });
    expect(period(of, 0)).toMatchObject({ kind: "opening", startMs: START, endMs: START });
  });

  it("stop where the subscription ends", () => {
    const of = billingSchedule(START);
    const endMs = at("2026-03-10T00:00:00Z");
    expect(period(of, 2, endMs)).toMatchObject({ endMs, last: true });
    expect(billingPeriod(of, endMs, 3)).toBeNull();
    const boundary = at("2026-02-28T00:00:00Z");
    expect(period(of, 1, boundary)).toMatchObject({ endMs: boundary, last: true });
    expect(billingPeriod(of, boundary, 2)).toBeNull();
    expect(billingPeriodAt(of, boundary, boundary)).toBeNull();
  });
});

const amounts = (fees: Fee[]) => fees.map(({ amountMinor }) => amountMinor);

describe("base fees", () => {
  // 31 days from 1 March; the guide's change at 907,200 of 2,678,400 seconds.
  const march = at("2026-03-01T00:00:00Z");
  const changeMs = march + 907_200_000;

  it("in arrears bill each segment its part (worked example 6)", () => {
    const of = billingSchedule(march);
    const log = [change("start", march), change("price", changeMs, 9900n)];
    expect(amounts(baseFees(of, log, period(of, 1), null))).toEqual([982n, 6547n]);
  });

  it("in advance credit what was paid and charge the rest (worked example 6)", () => {
    const of = billingSchedule(march, { baseTiming: "advance" });
    const start = change("start", march);
    const opening = period(of, 0);
    expect(amounts(baseFees(of, [start], opening, null))).toEqual([2900n]);
    const ahead = pricedAhead(of, [start], opening);
    const log = [start, change("price", changeMs, 9900n)];
    expect(amounts(baseFees(of, log, period(of, 1), ahead))).toEqual([-1918n, 6547n, 9900n]);
  });

  it("in advance are corrected from the first instant too", () => {
    const of = billingSchedule(march, { baseTiming: "advance" });
    const start = change("start", march);
    const ahead = pricedAhead(of, [start], period(of, 0));
    const log = [start, change("price", march, 9900n)];
    expect(amounts(baseFees(of, log, period(of, 1), ahead))).toEqual([-2900n, 9900n, 9900n]);
  });

  it("of a last invoice in advance hold usage only, and credit what an end leaves unused", () => {
    const of = billingSchedule(march, { baseTiming: "advance" });
    const start = change("start", march);
    const ahead = pricedAhead(of, [start], period(of, 0));
    const atEnd = [start, change("end", at("2026-04-01T00:00:00Z"))];
    expect(baseFees(of, atEnd, period(of, 1, at("2026-04-01T00:00:00Z")), ahead)).toEqual([]);
    const now = [start, change("end", changeMs)];
    expect(amounts(baseFees(of, now, period(of, 1, changeMs), ahead))).toEqual([-1918n]);
  });

  it("of a calendar stub are its share (worked example 5)", () => {
    const startMs = at("2026-03-17T08:30:00Z");
    const of = billingSchedule(startMs, { anchor: "calendar", timeZone: "Europe/Berlin" });
    const log = [change("start", startMs, 4900n)];
    expect(amounts(baseFees(of, log, period(of, 1), null))).toEqual([2305n]);
    expect(amounts(baseFees(of, log, period(of, 2), null))).toEqual([4900n]);
  });

  it("of a year whose usage is billed by the month come once a year", () => {
    const of = billingSchedule(march, { cycle: "year", baseTiming: "advance" });
    const log = [change("start", march, 120_000n)];
    const byPeriod = Array.from({ length: 14 }, (_, n) =>
      amounts(
        baseFees(of, log, period(of, n), n % 12 === 1 ? (planSegmentsOf(log)[0] ?? null) : null),
      ),
    );
    expect(byPeriod[0]).toEqual([120_000n]);
    expect(byPeriod[12]).toEqual([120_000n]);
    expect(byPeriod.flat()).toEqual([120_000n, 120_000n]);
  });

  it("charge for each seat", () => {
    const of = billingSchedule(march);
    const log = [{ ...change("start", march), seats: 3 }];
    expect(amounts(baseFees(of, log, period(of, 1), null))).toEqual([8700n]);
  });

  it("bill in advance the same in the end as in arrears, whatever changed when", () => {
    const changes = fc.array(
      fc.record({ day: fc.nat(100), price: fc.bigInt({ min: 0n, max: 100_000n }) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 100 }), (list, endDay) => {
        const sorted = [...list].sort((a, b) => a.day - b.day);
        const log = [
          change("start", march),
          ...sorted
            .filter(({ day }) => day < endDay)
            .map(({ day, price }) => change("price", march + day * DAY_MS + 3_600_001, price)),
          change("end", march + endDay * DAY_MS + 7_200_000),
        ];
        const totalWhen = (baseTiming: BillingSchedule["baseTiming"]) => {
          const of = billingSchedule(march, { baseTiming });
          let total = 0n;
          let ahead = null;
          const endMs = march + endDay * DAY_MS + 7_200_000;
          for (let n = baseTiming === "advance" ? 0 : 1; ; n++) {
            const closed = billingPeriod(of, endMs, n);
            if (!closed) return total;
            // A closing knows what was asked for by its end.
            const known = log.filter(({ atMs }) => atMs <= closed.endMs);
            const seen = billingPeriod(of, endMs <= closed.endMs ? endMs : null, n) ?? closed;
            total += amounts(baseFees(of, known, seen, ahead)).reduce((a, b) => a + b, 0n);
            ahead = pricedAhead(of, known, seen);
          }
        };
        expect(totalWhen("advance")).toBe(totalWhen("arrears"));
      }),
      { numRuns: 1000 },
    );
  });
});
