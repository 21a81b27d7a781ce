import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { periodAt, periodContaining, type Schedule } from "../../../src/core/period.ts";
import { HOUR_MS, timeText } from "../../../src/core/time.ts";
import { call } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";
const rezone = (of: Subscriber, time_zone: string) =>
  call(of.operator, "POST", `/api/subscriptions/${of.id}/change-zone`, { time_zone });
const spans = async (of: Subscriber) =>
  (await listed(of, "/api/billing/periods")).map(({ start, end }) => [start, end]);

describe("another time zone", () => {
  it("waits for the boundary; later ones are at the anchor's local time there", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    const { body } = await rezone(tenant, "Europe/Berlin");
    expect(body).toMatchObject({
      time_zone: "UTC",
      scheduled_zone: { time_zone: "Europe/Berlin", effective_at: "2026-02-01T00:00:00Z" },
      current_period: { end: "2026-02-01T00:00:00Z" },
    });
    await moveTo(tenant, "2026-02-28T23:30:00Z");
    await record(tenant, 1500); // in March already, by Berlin's clock
    await moveTo(tenant, "2026-05-01T00:00:00Z");
    expect(await spans(tenant)).toEqual([
      ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
      ["2026-02-01T00:00:00Z", "2026-02-28T23:00:00Z"],
      ["2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"],
      ["2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"],
    ]);
    const nets = (await listed(tenant, "/api/billing/periods")).map(({ net }) => net);
    expect(nets).toEqual([10, 10, 10.5, 10]);
    const [, , invoice] = await listed(tenant, "/api/invoices");
    const { body: march } = await call(tenant.key, "GET", `/api/invoices/${invoice.id}`);
    expect(march.period).toEqual({ start: "2026-03-01", end: "2026-03-31" });
    const now = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(now.body).toMatchObject({ time_zone: "Europe/Berlin", scheduled_zone: null });
  });

  it("asked for again replaces what was asked, and leaves scheduled changes alone", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    const path = `/api/subscriptions/${tenant.id}/change-plan`;
    await call(tenant.operator, "POST", path, { base_price: 20, when: "period_end" });
    await rezone(tenant, "Asia/Tokyo");
    const { body } = await rezone(tenant, "America/New_York");
    expect(body).toMatchObject({
      scheduled_zone: { time_zone: "America/New_York" },
      scheduled_change: { base_price: 20 },
    });
    await moveTo(tenant, "2026-03-01T06:00:00Z");
    expect(await spans(tenant)).toEqual([
      ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
      ["2026-02-01T00:00:00Z", "2026-03-01T05:00:00Z"],
    ]);
    const nets = (await listed(tenant, "/api/billing/periods")).map(({ net }) => net);
    expect(nets).toEqual([10, 20]);
  });

  it("is refused where there is none, or the subscription ends before", async () => {
    const tenant = await subscriber(START);
    const unknown = await rezone(tenant, "Mars/Olympus");
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, "/time_zone"]);
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, {});
    expect((await rezone(tenant, "Europe/Berlin")).status).toBe(422);
    const { body } = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(body.scheduled_zone).toBeNull();
  });
});

describe("a schedule whose zone changes", () => {
  const zone = fc.constantFrom(
    ...["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"],
    ...["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"],
  );
  const schedules = fc.record({
    interval: fc.constantFrom("month" as const, "year" as const),
    anchor: fc.constantFrom("anniversary" as const, "calendar" as const),
    timeZone: zone,
    anchorMs: fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2024, 11, 31) }),
    to: zone,
    at: fc.integer({ min: 0, max: 3 }),
    probe: fc.integer({ min: 0, max: 5 }),
    offsetMs: fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }),
  });

  it("has periods without gaps, and finds the one of each instant", () => {
    fc.assert(
      fc.property(schedules, ({ to, at, probe, offsetMs, ...base }) => {
        const atMs = periodAt(base, at).endMs;
        const moved: Schedule = { ...base, zones: [{ atMs, timeZone: to }] };
        for (let n = 0; n <= 5; n++) {
          const [one, next] = [periodAt(moved, n), periodAt(moved, n + 1)];
          expect(one.startMs).toBeLessThan(one.endMs);
          expect(next.startMs).toBe(one.endMs);
          if (n <= at) expect(one).toEqual(periodAt(base, n));
        }
        const instant = periodAt(moved, probe).endMs + offsetMs;
        const found = periodContaining(moved, instant);
        expect(found === null).toBe(instant < base.anchorMs);
        if (!found) return;
        expect(found.startMs).toBeLessThanOrEqual(instant);
        expect(found.endMs).toBeGreaterThan(instant);
        expect(found).toEqual(periodAt(moved, found.n));
      }),
      { numRuns: 1_000 },
    );
  });

  it("counts days of the month in the new zone after the boundary", () => {
    const schedule: Schedule = {
      interval: "month",
      anchor: "anniversary",
      timeZone: "UTC",
      anchorMs: Date.UTC(2026, 0, 31),
      zones: [{ atMs: Date.UTC(2026, 1, 28), timeZone: "Asia/Tokyo" }],
    };
    expect([0, 1, 2].map((n) => timeText(periodAt(schedule, n).endMs))).toEqual([
      "2026-02-28T00:00:00Z",
      "2026-03-30T15:00:00Z",
      "2026-04-29T15:00:00Z",
    ]);
  });
});
