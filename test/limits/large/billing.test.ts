/** The largest plans and periods, on storage that has the platform's limits. */
import { describe, expect, it, vi } from "vitest";
import { call, operatorKey, type TestTenant } from "../../support/api.ts";
import { listed, moveTo, subscriber } from "../../support/billing.ts";
import { widest } from "../width.ts";

vi.setConfig({ testTimeout: 240_000 });

/** As many as a plan prices, with the longest names. */
const METRICS = Array.from({ length: 100 }, (_, i) => `m${i}_`.padEnd(100, "x"));
const TIERS = 50;

/** A plan of the operator's that prices each metric so; answers its code. */
async function plan(price: Record<string, unknown>): Promise<string> {
  const code = `LARGE-${crypto.randomUUID().toUpperCase()}`;
  const prices = METRICS.map((metric_name) => ({ metric_name, ...price }));
  const body = { code, name: "Large", currency: "USD", prices, grace_hours: 0 };
  const answer = await call(await operatorKey(), "POST", "/api/plans", body);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return code;
}

/** Records so much of each metric on each day. */
async function recordEach({ key }: TestTenant, quantity: string, days: string[]): Promise<void> {
  const items = days.flatMap((day) =>
    METRICS.map((metric_name) => ({ metric_name, quantity, timestamp: `${day}T12:00:00Z` })),
  );
  const { status, body } = await call(key, "POST", "/api/usage/events", items);
  expect([status, body.accepted]).toEqual([200, items.length]);
}

/** The days of a month, each as its date. */
function daysOf(year: number, month: number): string[] {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Array.from({ length: last }, (_, i) =>
    new Date(Date.UTC(year, month - 1, i + 1)).toISOString().slice(0, 10),
  );
}

describe("a period", () => {
  it("of 100 metrics with 50 tiers each closes with 5,000 lines, and settles", async () => {
    const tiers = Array.from({ length: TIERS }, (_, i) => ({
      up_to: i === TIERS - 1 ? null : (i + 1) * 10,
      unit_price: `0.${123_456_789_012 + i}`,
    }));
    const code = await plan({ model: "graduated", tiers });
    const of = await subscriber("2026-01-01T00:00:00Z", { plan: code });
    await moveTo(of, "2026-01-02T12:00:00Z");
    await recordEach(of, "999.5", ["2026-01-02"]);
    await moveTo(of, "2026-02-01T00:00:00Z");
    const [period] = await listed(of, "/api/billing/periods");
    expect(period.lines).toHaveLength(METRICS.length * TIERS);
    expect(await widest("periods", "tenant = ?", of.tenantId)).toBeLessThan(1_200_000);
    const parts = "period_id IN (SELECT id FROM periods WHERE tenant = ?)";
    expect(await widest("period_lines", parts, of.tenantId)).toBeGreaterThan(300_000);
    const [invoice] = await listed(of, "/api/invoices");
    const lines = period.lines.reduce((sum: number, { amount }: { amount: number }) => {
      return sum + Math.round(amount * 100);
    }, 0);
    expect(lines).toBe(Math.round(invoice.total * 100));
    expect((await call(of.key, "GET", `/api/pdf/invoice/${invoice.id}`)).status).toBe(200);
    // Late usage: what was billed is read from all of those lines.
    await recordEach(of, "1", ["2026-01-31"]);
    await moveTo(of, "2026-03-01T00:00:00Z");
    const [, later] = await listed(of, "/api/billing/periods");
    expect(later.lines.map(({ kind }: { kind: string }) => kind)).toContain("adjustment");
  });

  it("of a year keeps as many charts as a row of its document holds", async () => {
    const code = await plan({ model: "per_unit", unit_price: "0.000000000001" });
    const more = { plan: code, billing_cycle: "yearly" };
    const of = await subscriber("2026-01-01T00:00:00Z", more);
    for (let month = 1; month <= 12; month++) {
      const days = daysOf(2026, month);
      await moveTo(of, `${days.at(-1)}T23:00:00Z`);
      await recordEach(of, "12345678901.123456", days);
    }
    await moveTo(of, "2027-01-01T00:00:00Z");
    const width = await widest("documents", "recipient = ?", of.tenantId);
    expect(width).toBeGreaterThan(950_000);
    expect(width).toBeLessThan(1_300_000);
    const period = (await listed(of, "/api/billing/periods")).at(-1);
    expect(period.lines).toHaveLength(METRICS.length);
  });
});
