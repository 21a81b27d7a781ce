import { describe, expect, it } from "vitest";
import { activeAt, termsOf } from "../../../src/billing/period/terms.ts";
import type { Offer, Version } from "../../../src/billing/plan/version.ts";
import type { BillingSchedule, Change } from "../../../src/billing/subscription/timeline.ts";
import { DAY_MS, parseTime } from "../../../src/core/time.ts";
import { thresholdsReached, usageBasisPoints } from "../../../src/metering/counter/limit.ts";

const at = (text: string) => parseTime(text) ?? Number.NaN;

function offer(metric: string, units: number, rest: Partial<Offer> = {}): Offer {
  return {
    price: { metric, includedMicro: BigInt(units) * 1_000_000n, model: "per_unit", unitPrice: "1" },
    hard: false,
    thresholds: [80, 90, 100, 110],
    ...rest,
  };
}

function version(id: string, ...offers: Offer[]): [string, Version] {
  const plan = { planId: "pln_x", planCode: "X", planName: "X", version: 1, currency: "USD" };
  return [
    id,
    {
      id,
      ...plan,
      graceMs: 0,
      finalizeZero: false,
      minimumMinor: 0n,
      leastInvoiceMinor: 0n,
      offers,
    },
  ];
}

const versions = new Map([
  version("plv_free", offer("api_calls", 1000), offer("quotes_generated", 10)),
  version("plv_starter", offer("api_calls", 10_000), offer("quotes_generated", 10)),
]);

const APRIL = at("2026-04-01T00:00:00Z");
const billingSchedule: BillingSchedule = {
  id: "sub_00000000000000000000000000",
  tenant: "ten_x",
  cycle: "month",
  usageInterval: "month",
  baseTiming: "arrears",
  anchor: "anniversary",
  timeZone: "UTC",
  currency: "USD",
  startMs: APRIL,
  trialEndMs: null,
};
const entry = (seq: number, kind: Change["kind"], atMs: number, versionId: string): Change => {
  return { seq, kind, atMs, versionId, basePriceMinor: 0n, seats: 1 };
};
const start = entry(1, "start", APRIL, "plv_free");
const terms = (log: Change[], nowMs: number) =>
  termsOf([{ billingSchedule, log }], versions, 7, nowMs);

function limitsOf(log: Change[], nowMs: number, number: number) {
  return terms(log, nowMs).limits.filter(({ windowId }) => windowId.endsWith(`_${number}`));
}

describe("terms", () => {
  it("hold the windows from 36 days back to two ahead", () => {
    const told = terms([start], APRIL + 70 * DAY_MS);
    expect(told.epoch).toBe(7);
    expect(told.subscriptionId).toBe(billingSchedule.id);
    expect(told.windows.map(({ id }) => id.split("_")[2])).toEqual(["2", "3", "4", "5"]);
    for (const [i, window] of told.windows.entries()) {
      if (i > 0) expect(window.startMs).toBe(told.windows[i - 1]?.endMs);
    }
  });

  it("hold as many weeks, back as far and ahead for four of them", () => {
    const weekly = { ...billingSchedule, cycle: "week", usageInterval: "week" } as const;
    const nowMs = APRIL + 70 * DAY_MS + 1;
    const { windows } = termsOf([{ billingSchedule: weekly, log: [start] }], versions, 7, nowMs);
    expect(windows).toHaveLength(11);
    expect(windows[0]).toMatchObject({ startMs: APRIL + 28 * DAY_MS });
    expect(windows.at(-1)).toMatchObject({ endMs: APRIL + 105 * DAY_MS });
    for (const [i, window] of windows.entries()) {
      if (i > 0) expect(window.startMs).toBe(windows[i - 1]?.endMs);
    }
  });

  it("cut a window where the plan changes, and blend its allowance (worked example 4)", () => {
    const half = APRIL + 15 * DAY_MS;
    const log = [start, entry(2, "plan", half, "plv_starter")];
    expect(terms(log, half).windows[0]?.cutsMs).toEqual([half]);
    const limit = limitsOf(log, half, 1).find(({ metric }) => metric === "api_calls");
    expect(limit?.includedMicro).toBe("5500000000");
    if (!limit) throw new Error("no limit");
    expect(usageBasisPoints(900_000_000n, BigInt(limit.includedMicro))).toBe(1636n);
    expect(thresholdsReached(limit, 900_000_000n)).toEqual([]);
  });

  it("give a limit a new epoch only where that limit changes", () => {
    const log = [start, entry(2, "plan", APRIL + 15 * DAY_MS, "plv_starter")];
    const epochs = (changes: Change[], number: number) =>
      Object.fromEntries(
        limitsOf(changes, APRIL, number).map(({ metric, epoch }) => [metric, epoch]),
      );
    expect(epochs([start], 1)).toEqual({ api_calls: 1, quotes_generated: 1 });
    expect(epochs(log, 1)).toEqual({ api_calls: 2, quotes_generated: 1 });
    expect(epochs(log, 2)).toEqual({ api_calls: 2, quotes_generated: 1 });
    const seats = [...log, { ...entry(3, "seats", APRIL + 16 * DAY_MS, "plv_starter"), seats: 9 }];
    expect(epochs(seats, 1)).toEqual(epochs(log, 1));
    expect(terms(seats, APRIL).windows[0]?.cutsMs).toEqual([APRIL + 15 * DAY_MS]);
  });

  it("do not cut the current window where a change waits for the period's end", () => {
    const log = [start, entry(2, "plan", at("2026-05-01T00:00:00Z"), "plv_starter")];
    expect(limitsOf(log, APRIL, 1)).toEqual(limitsOf([start], APRIL, 1));
    expect(limitsOf(log, APRIL, 2)[0]).toMatchObject({ includedMicro: "10000000000", epoch: 2 });
    expect(terms(log, APRIL).windows.flatMap(({ cutsMs }) => cutsMs)).toEqual([]);
  });

  it("end with the subscription, and keep its windows for late usage", () => {
    const endMs = APRIL + 10 * DAY_MS;
    const log = [start, entry(2, "end", endMs, "plv_free")];
    const told = terms(log, endMs);
    expect(told.subscriptionId).toBeNull();
    expect(told.windows).toMatchObject([{ startMs: APRIL, endMs }]);
    expect(activeAt([{ billingSchedule, log }], endMs - 1)?.billingSchedule).toBe(billingSchedule);
    expect(activeAt([{ billingSchedule, log }], endMs)).toBeNull();
  });

  it("have no window for an opening, and one for a trial", () => {
    const trial = { ...billingSchedule, trialEndMs: APRIL + 14 * DAY_MS };
    const told = termsOf([{ billingSchedule: trial, log: [start] }], versions, 1, APRIL);
    expect(told.windows[0]).toMatchObject({ startMs: APRIL, endMs: APRIL + 14 * DAY_MS });
    const advance: BillingSchedule = { ...billingSchedule, baseTiming: "advance" };
    const windows = termsOf(
      [{ billingSchedule: advance, log: [start] }],
      versions,
      1,
      APRIL,
    ).windows;
    expect(windows[0]?.endMs).toBe(at("2026-05-01T00:00:00Z"));
  });
});
