import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { bucketsOf } from "../../../src/metering/read/buckets.ts";
import { summarize, WHOLE_USAGE } from "../../../src/metering/read/summary.ts";
import { call, makeTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const HOUR = 3_600_000;

describe("the buckets of a range", () => {
  it("cover it without gap or overlap, in every zone", () => {
    const zone = fc.constantFrom(
      "UTC",
      "Europe/Berlin",
      "America/St_Johns",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "America/Sao_Paulo",
      "Pacific/Apia",
    );
    const time = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2027, 0, 1) });
    const window = fc.constantFrom("hour" as const, "day" as const, "month" as const);
    fc.assert(
      fc.property(zone, time, fc.integer({ min: 1, max: 40 * 24 * HOUR }), window, (...drawn) => {
        const [timeZone, startMs, length, unit] = drawn;
        const range = { startMs, endMs: startMs + length };
        const buckets = bucketsOf(range, unit, timeZone);
        expect(buckets[0]?.startMs).toBe(startMs);
        expect(buckets.at(-1)?.endMs).toBe(range.endMs);
        buckets.forEach((bucket, i) => {
          expect(bucket.startMs).toBeLessThan(bucket.endMs);
          if (i > 0) expect(bucket.startMs).toBe(buckets[i - 1]?.endMs);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("are 23 and 25 hours long where the clocks change", () => {
    const days = (start: string, end: string) =>
      bucketsOf({ startMs: Date.parse(start), endMs: Date.parse(end) }, "day", "Europe/Berlin").map(
        ({ startMs, endMs }) => (endMs - startMs) / HOUR,
      );
    expect(days("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z")).toEqual([24, 23, 24]);
    expect(days("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z")).toEqual([24, 25, 24]);
  });

  it.each([
    // 02:00 becomes 01:30 at 15:00Z: the hour from 01:00 has 90 minutes.
    ["Australia/Lord_Howe", "2026-04-04", ["13:00", "14:00", "15:30", "16:30", "17:30"]],
    // 02:00 becomes 02:30 at 15:30Z: the hour from 02:00 has 30 minutes.
    ["Australia/Lord_Howe", "2026-10-03", ["13:30", "14:30", "15:30", "16:00", "17:00"]],
    ["Europe/Berlin", "2026-03-29", ["00:00", "01:00", "02:00"]],
    ["Europe/Berlin", "2026-10-25", ["00:00", "01:00", "02:00"]],
    ["Asia/Kathmandu", "2026-10-25", ["00:15", "01:15", "02:15"]],
    // A minute past midnight becomes 23:01 of the day before.
    ["America/St_Johns", "2010-11-07", ["01:30", "02:30", "02:31", "03:30", "04:30"]],
  ])("of an hour stand on the local clock's hours in %s on %s", (timeZone, day, edges) => {
    const ms = (time = "") => Date.parse(`${day}T${time}:00Z`);
    const all = bucketsOf({ startMs: ms(edges[0]), endMs: ms(edges.at(-1)) }, "hour", timeZone);
    expect(all.map(({ startMs }) => startMs)).toEqual(edges.slice(0, -1).map(ms));
  });

  it("of an hour have the same edges wherever the range begins", () => {
    const timeZone = "Australia/Lord_Howe";
    const edgesOf = (startMs: number, endMs: number) =>
      bucketsOf({ startMs, endMs }, "hour", timeZone).map((bucket) => bucket.endMs);
    const around = fc.constantFrom(Date.UTC(2026, 3, 4, 15), Date.UTC(2026, 9, 3, 15, 30));
    const minutes = fc.integer({ min: 1, max: 600 });
    fc.assert(
      fc.property(around, minutes, minutes, (changeMs, before, later) => {
        const [startMs, endMs] = [changeMs - 12 * HOUR, changeMs + 12 * HOUR];
        const fromMs = changeMs - before * 60_000 + later * 60_000;
        expect(edgesOf(fromMs, endMs)).toEqual(
          edgesOf(startMs, endMs).filter((edgeMs) => edgeMs > fromMs),
        );
      }),
    );
  });
});

describe("a summary", () => {
  it("breaks down by day in the zone asked for, by user and by dimension", async () => {
    const { key } = await makeTenant({ clock: "2026-03-31T12:00:00Z" });
    await call(key, "PUT", "/api/metrics/bytes", { dimensions: ["region"] });
    const event = (timestamp: string, quantity: number, user_id: string, region?: string) => ({
      metric_name: "bytes",
      quantity,
      timestamp,
      user_id,
      ...(region ? { metadata: { region } } : {}),
    });
    await call(key, "POST", "/api/usage/events", [
      event("2026-03-28T22:59:59.999Z", 1, "ann", "eu"), // the 28th in Berlin
      event("2026-03-28T23:00:00Z", 2, "ann", "us"), // the 29th, 23 hours long
      event("2026-03-29T21:59:59Z", 4, "bob"),
      event("2026-03-29T22:00:00Z", 8, "bob", "eu"), // the 30th
    ]);
    const range = "start_date=2026-03-01T00:00:00Z&end_date=2026-04-01T00:00:00Z&metric_name=bytes";
    const rows = async (query: string) => {
      const { body } = await call(key, "GET", `/api/usage/summary?${range}&${query}`);
      return body.breakdown;
    };
    const days = await rows("window=day&time_zone=Europe/Berlin");
    expect(days.map((d: Record<string, unknown>) => [d.start, d.total_quantity])).toEqual([
      ["2026-03-27T23:00:00Z", 1],
      ["2026-03-28T23:00:00Z", 6],
      ["2026-03-29T22:00:00Z", 8],
    ]);
    const users = await rows("group_by=user_id");
    expect(users.map((u: Record<string, unknown>) => [u.group, u.total_quantity])).toEqual([
      [{ user_id: "ann" }, 3],
      [{ user_id: "bob" }, 12],
    ]);
    const regions = await rows("group_by=region&window=month");
    expect(regions.map((r: Record<string, unknown>) => [r.group, r.total_quantity])).toEqual([
      [{ region: null }, 4],
      [{ region: "eu" }, 9],
      [{ region: "us" }, 2],
    ]);
    const ann = await call(key, "GET", `/api/usage/summary?${range}&user_id=ann`);
    expect(ann.body).toMatchObject({ user_id: "ann", metrics: [{ total_quantity: 3 }] });
  });

  it("counts half-open ranges to the millisecond", async () => {
    const { key } = await makeTenant({ clock: "2026-03-31T12:00:00Z" });
    const times = ["10:00:00.000", "10:00:00.001", "10:14:59.999", "10:15:00.000", "10:29:59.999"];
    await call(
      key,
      "POST",
      "/api/usage/events",
      times.map((time) => ({ metric_name: "x", quantity: 1, timestamp: `2026-03-30T${time}Z` })),
    );
    const count = async (start: string, end: string) => {
      const path = `start_date=2026-03-30T${start}Z&end_date=2026-03-30T${end}Z`;
      const { body } = await call(key, "GET", `/api/usage/summary?${path}`);
      return body.metrics[0]?.event_count ?? 0;
    };
    expect(await count("10:00:00", "10:15:00")).toBe(3);
    expect(await count("10:00:00.001", "10:15:00.001")).toBe(3);
    expect(await count("10:00:00.002", "10:14:59.999")).toBe(0);
    expect(await count("10:15:00", "10:15:00")).toBe(0);
    expect(await count("09:59:00", "10:30:00")).toBe(5);
  });

  it("names what is wrong with a summary's range, zone or group", async () => {
    const { key } = await makeTenant();
    const wrong: [string, string][] = [
      ["start_date=2026-01-01", "/query/start_date"],
      ["start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "/query/end_date"],
      ["time_zone=Mars/Base", "/query/time_zone"],
      ["group_by=region", "/query/group_by"],
      ["window=week", "/query/window"],
      ["surprise=1", "/query/surprise"],
      ["window=hour&start_date=0001-01-01T00:00:00Z", "/query/window"],
    ];
    for (const [query, pointer] of wrong) {
      const answer = await call(key, "GET", `/api/usage/summary?${query}`);
      expect([query, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([
        query,
        422,
        pointer,
      ]);
    }
  });

  it("of a year by the hour takes no more statements than one by the month", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 2 });
    const db = await ledgerOf(tenantId);
    const batch = db.batch.bind(db);
    const lengths: number[] = [];
    const spy = vi.spyOn(db, "batch").mockImplementation((statements) => {
      lengths.push(statements.length);
      return batch(statements) as never;
    });
    const year = Date.now() - 364 * 24 * HOUR;
    const range = `start_date=${new Date(year).toISOString()}&window=hour`;
    const { status, body } = await call(key, "GET", `/api/usage/summary?${range}`);
    spy.mockRestore();
    expect([status, body.breakdown.length, body.breakdown[0].total_quantity]).toEqual([200, 1, 2]);
    expect(Math.max(...lengths)).toBeLessThan(10);
  });

  it("says how to ask for less where its rows or groups are too many", async () => {
    const { tenantId, key } = await makeTenant();
    const range = "start_date=2026-01-01T00:00:00Z&end_date=2026-12-01T00:00:00Z";
    const ask = async (query: string) =>
      (await call(key, "GET", `/api/usage/summary?${range}&${query}`)).body;
    // Seven metrics, each used in every hour of eleven months.
    const [first, hours] = [Date.UTC(2026, 0, 1) / 900_000, 334 * 24];
    await env.DB.prepare(
      `INSERT INTO metrics (tenant, name, created_ms)
       SELECT ?1, 'many_' || value, 0 FROM json_each('[1,2,3,4,5,6,7]')`,
    )
      .bind(tenantId)
      .run();
    await (await ledgerOf(tenantId))
      .prepare(
        `WITH RECURSIVE hours(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hours WHERE n + 1 < ?3)
         INSERT INTO rollup_tenant (tenant, metric, quarter, total, count, first_ms, last_ms)
         SELECT ?1, 'many_' || value, ?2 + 4 * n, 1000000, 1,
                (?2 + 4 * n) * 900000, (?2 + 4 * n) * 900000
         FROM hours, json_each('[1,2,3,4,5,6,7]')`,
      )
      .bind(tenantId, first, hours)
      .run();
    const refused = await ask("window=hour");
    expect(refused.errors[0].pointer).toBe("/query/window");
    expect(refused.detail).toContain("name a metric_name, a shorter range or a longer window");
    expect((await ask("window=hour&metric_name=many_3")).breakdown).toHaveLength(hours);
    expect((await ask("window=day")).breakdown).toHaveLength(7 * 334);
  });

  it("reads no more events one by one than it may, and says how to ask for fewer", async () => {
    const { tenantId, key } = await makeTenant();
    const event = (i: number) => ({ metric_name: "api_calls", quantity: 1, user_id: `u${i % 2}` });
    await call(
      key,
      "POST",
      "/api/usage/events",
      Array.from({ length: 10 }, (_, i) => event(i)),
    );
    const range = { startMs: Date.now() - HOUR, endMs: Date.now() + HOUR };
    const whole = { ...WHOLE_USAGE, ...range };
    const byUser = { ...whole, groupBy: ["user_id"] };
    expect((await summarize(env, tenantId, byUser, 10)).breakdown).toHaveLength(2);
    await expect(summarize(env, tenantId, byUser, 9)).rejects.toThrow("a later start_date");
    const ofUser = { ...whole, users: ["u1"] };
    expect((await summarize(env, tenantId, ofUser, 5)).metrics[0]?.events).toBe(5);
  });

  it("takes no more groups than it answers", async () => {
    const { key } = await makeTenant();
    for (const from of [0, 4_600]) {
      const events = Array.from({ length: 4_600 }, (_, i) => ({
        metric_name: "api_calls",
        quantity: 1,
        user_id: `user-${from + i}`,
      }));
      expect((await call(key, "POST", "/api/usage/events", events)).body.accepted).toBe(4_600);
    }
    const { status, body } = await call(key, "GET", "/api/usage/summary?group_by=user_id");
    expect([status, body.errors[0].pointer]).toEqual([422, "/query/group_by"]);
    expect(body.detail).toContain("a shorter range");
    const one = await call(key, "GET", "/api/usage/summary?group_by=user_id&user_id=user-7");
    expect(one.body.breakdown).toHaveLength(1);
  });
});
