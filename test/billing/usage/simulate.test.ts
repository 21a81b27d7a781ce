import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { record, subscriber } from "../../support/billing.ts";

async function simulate(body: Record<string, unknown>) {
  const { key } = await makeTenant({ clock: "2026-05-10T00:00:00Z" });
  return call(key, "POST", "/api/billing/simulate", body);
}
const perUnit = { metric_name: "api_calls", included_quantity: 1000, unit_price: "0.001" };
const usage = (quantity: number | string) => [{ metric_name: "api_calls", quantity }];

const TIERS = [
  { up_to: 100, unit_price: 0.1, flat_fee: 5 },
  { up_to: 1000, unit_price: 0.08, flat_fee: 2.5 },
  { unit_price: 0.05, flat_fee: 1 },
];

describe("a simulation", () => {
  it("bills given usage at given prices, in this month unless a period is named", async () => {
    const { status, body } = await simulate({
      currency: "USD",
      base_price: 29,
      prices: [perUnit],
      usage: usage(10_000),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: 38,
      period: { start: "2026-05-01T00:00:00Z", end: "2026-06-01T00:00:00Z" },
      lines: [
        { kind: "base", amount: 29 },
        { kind: "usage", arithmetic: "9000 × 0.001 = 9.00" },
      ],
    });
  });

  it("bills each tier's edges (worked example 2)", async () => {
    const total = async (model: string, quantity: number | string) => {
      const prices = [{ metric_name: "api_calls", model, tiers: TIERS }];
      return (await simulate({ currency: "USD", prices, usage: usage(quantity) })).body.total;
    };
    expect(await total("graduated", 0)).toBe(5);
    expect(await total("graduated", "100.000001")).toBe(17.5);
    expect(await total("graduated", 1000)).toBe(89.5);
    expect(await total("graduated", "1000.000001")).toBe(90.5);
    expect(await total("graduated", 1012.5)).toBe(91.13);
    expect(await total("volume", 1000)).toBe(82.5);
    expect(await total("volume", "1000.000001")).toBe(51);
    expect(await total("volume", 1012.5)).toBe(51.63);
  });

  it("bills a stub's share in its own zone (worked example 5)", async () => {
    const { body } = await simulate({
      currency: "USD",
      base_price: "49.00",
      prices: [{ ...perUnit, included_quantity: 10_000, unit_price: "0.0005" }],
      usage: usage(5000),
      period: {
        start_date: "2026-03-17T09:30:00+01:00",
        anchor: "calendar",
        time_zone: "Europe/Berlin",
      },
    });
    expect(body.lines.map((line: { amount: number }) => line.amount)).toEqual([23.05, 0.15]);
    expect(body.period).toEqual({ start: "2026-03-17T08:30:00Z", end: "2026-03-31T22:00:00Z" });
  });

  it("answers the period that holds an instant", async () => {
    const { body } = await simulate({
      currency: "JPY",
      prices: [{ metric_name: "api_calls", model: "package", package_size: 100, package_price: 7 }],
      usage: usage(101),
      period: { start_date: "2026-01-31", billing_cycle: "monthly", at: "2026-03-05" },
    });
    expect(body).toMatchObject({
      total: 14,
      period: { start: "2026-02-28T00:00:00Z", end: "2026-03-31T00:00:00Z" },
    });
  });

  it("prices a tenant's real usage on another plan, and changes nothing", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 12_000);
    const { body } = await call(tenant.key, "POST", "/api/billing/simulate", {
      plan: "STARTER",
      base_price: 29,
      usage_of: { start: "2026-01-01T00:00:00Z", end: "2026-01-15T00:00:00Z" },
    });
    expect(body.lines.map((line: { amount: number }) => line.amount)).toEqual([29, 1]);
    expect(body.total).toBe(30);
    const read = await call(tenant.key, "GET", "/api/usage/overage-charges");
    expect(read.body.total_overage).toBe(11);
  });

  it("names every wrong field", async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ currency: "USD" }, "/prices"],
      [{ prices: [perUnit] }, "/currency"],
      [{ currency: "USD", prices: [perUnit], plan: "FREE" }, "/usage_of"],
      [
        { plan: "FREE", usage_of: { start: "2026-02-01T00:00:00Z", end: "2026-01-01T00:00:00Z" } },
        "/usage_of/end",
      ],
      [{ currency: "USD", prices: [{ metric_name: "a" }] }, "/prices/0/unit_price"],
      [
        { currency: "USD", prices: [perUnit], usage: [...usage(1), ...usage(2)] },
        "/usage/1/metric_name",
      ],
      [{ currency: "USD", prices: [perUnit], usage: usage(-1) }, "/usage/0/quantity"],
      [{ currency: "USD", prices: [perUnit], period: { time_zone: "Mars" } }, "/period/time_zone"],
      [
        {
          currency: "USD",
          prices: [perUnit],
          period: { start_date: "2026-02-01", at: "2026-01-01" },
        },
        "/period/at",
      ],
    ];
    for (const [body, pointer] of wrong) {
      const answer = await simulate(body);
      expect([pointer, answer.status]).toEqual([pointer, 422]);
      expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    }
  });
});
