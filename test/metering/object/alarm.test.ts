import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import { call, makeTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const DAY = 86_400_000;
const stubOf = (tenant: string) => env.METER.get(env.METER.idFromName(tenant)) as never;
const alarm = (tenant: string) =>
  runInDurableObject(stubOf(tenant), (meter: unknown) =>
    (meter as { alarm(): Promise<void> }).alarm(),
  );
const rows = (tenant: string, sql: string) =>
  runInDurableObject(stubOf(tenant), (_: unknown, state) => state.storage.sql.exec(sql).toArray());

afterEach(() => {
  vi.useRealTimers();
});

async function moveClock(key: string, now: string): Promise<void> {
  const { status } = await call(key, "POST", "/api/test-clock", { now });
  expect(status).toBe(200);
}

describe("the meter's alarm", () => {
  it("drains what waits, seals what is a day old and keeps logs a week", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "POST", "/api/usage/record", { metric_name: "x", quantity: 1, id: "a" });
    await alarm(tenantId);
    const db = await ledgerOf(tenantId);
    const stored = () =>
      db
        .prepare("SELECT sum(n) AS n FROM usage_segments WHERE tenant = ?")
        .bind(tenantId)
        .first("n");
    expect(await stored()).toBe(1);
    // No log that goes may be one that a start would still need.
    const [saved] = await rows(tenantId, "SELECT body FROM snapshot");
    expect(JSON.parse(String(saved?.body))).toMatchObject({ seq: 1, flushedSeq: 1 });
    expect(await rows(tenantId, "SELECT g FROM generations")).toHaveLength(1);
    const real = Date.now();
    vi.useFakeTimers({ now: real + DAY + 1, toFake: ["Date"] });
    await alarm(tenantId);
    expect(await rows(tenantId, "SELECT g FROM generations")).toHaveLength(2);
    const again = { metric_name: "x", quantity: 1, id: "a" };
    expect((await call(key, "POST", "/api/usage/record", again)).body.duplicate).toBe(true);
    vi.setSystemTime(real + 9 * DAY);
    await alarm(tenantId);
    const kept = await rows(tenantId, "SELECT g FROM generations");
    expect(kept.map(({ g }) => g)).not.toContain(1);
    expect((await call(key, "POST", "/api/usage/record", again)).body.duplicate).toBe(true);
    expect((await call(key, "GET", "/api/usage/events/a")).body.event_seq).toBe(1);
  });

  it("lets go of identities and windows that no event can enter any more", async () => {
    const { tenantId, key } = await makeTenant({ clock: "2026-01-10T00:00:00Z" });
    const send = (from: number) =>
      call(
        key,
        "POST",
        "/api/usage/events",
        Array.from({ length: 25 }, (_, i) => ({
          metric_name: "x",
          quantity: 1,
          id: `e${from + i}`,
        })),
      );
    await send(0); // seals: generations of tests hold 20
    await moveClock(key, "2026-02-14T00:00:00Z");
    expect((await send(0)).body.duplicates).toBe(25);
    await moveClock(key, "2026-02-20T00:00:00Z");
    await send(100);
    await alarm(tenantId);
    const meter = meterOf(env, tenantId);
    const { counts } = await meter.counts(tenantId);
    expect(counts.map(({ windowId }) => windowId)).toEqual(["cal_2026-02"]);
    await evictDurableObject(stubOf(tenantId));
    expect((await send(0)).body.accepted).toBe(25); // 41 days later the ids are free again
    const { body } = await call(key, "GET", "/api/usage/summary?start_date=2026-01-01T00:00:00Z");
    expect(body.metrics).toMatchObject([{ metric_name: "x", event_count: 75 }]);
  });
});
