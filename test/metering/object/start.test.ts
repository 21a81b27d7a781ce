import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { forgetKeys } from "../../../src/accounts/guard/guard.ts";
import { readStarts, type Start } from "../../../src/metering/ledger/watermark.ts";
import { type Meter, meterOf, type SeenStart } from "../../../src/metering/meter/meter.ts";
import { checkItems } from "../../../src/metering/record/record.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";
import { batch, send, stubOf, totals } from "../../support/usage.ts";

const worker = env as unknown as Env;

describe("a meter that starts", () => {
  type Shell = { env: Env; record: Meter["record"]; use: Meter["use"] };
  /** Records one event in an object that was just made; says how often it asked the ledger. */
  const recordIn = (tenant: string, seen?: SeenStart) =>
    runInDurableObject(stubOf(tenant), async (meter: unknown) => {
      const shell = meter as Shell;
      let asked = 0;
      const batch = (statements: D1PreparedStatement[]) => {
        asked++;
        return worker.DB.batch(statements);
      };
      const prepare = (text: string) => worker.DB.prepare(text);
      shell.env = { ...shell.env, DB: { batch, prepare } as unknown as D1Database };
      const recorder = {
        tenantId: tenant,
        nowMs: Date.now(),
        userId: null,
        role: "owner",
      } as const;
      const item = { metric_name: "other", quantity: 1 };
      const checked = await checkItems(recorder, [{ value: item }], () => null);
      const answer = await shell.record(tenant, checked.batch, recorder.nowMs, null, seen);
      expect(answer).not.toHaveProperty("halted");
      return { asked, names: (await shell.use(tenant)).metricNames };
    });
  const startOf = async (tenant: string, more: Partial<SeenStart> = {}): Promise<SeenStart> => {
    const start = (await readStarts(worker, [tenant])).get(tenant);
    if (!start) throw new Error("no start");
    return { ...start, readMs: Date.now(), ...more };
  };

  it("takes what its caller has seen of the ledger, else asks for itself", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    const seen = await startOf(tenantId);
    expect(seen).toMatchObject({ upTo: 30, frozenIds: [], names: ["m0", "m1", "m2"] });
    const old = await startOf(tenantId, { readMs: Date.now() - 60_000 });
    const ahead = await startOf(tenantId, { upTo: 1_000 });
    for (const [start, asked] of [
      [undefined, 1],
      [seen, 0],
      [old, 1],
      [ahead, 1],
    ] as const) {
      await evictDurableObject(stubOf(tenantId));
      expect(await recordIn(tenantId, start)).toEqual({ asked, names: 4 });
    }
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });

  /** Makes the object anew; says how often it has asked the control database to start. */
  async function restarted(tenant: string) {
    let asked = 0;
    await evictDurableObject(stubOf(tenant));
    await runInDurableObject(stubOf(tenant), (meter: unknown) => {
      const shell = meter as Shell;
      const batch = (statements: D1PreparedStatement[]) => {
        asked++;
        return worker.DB.batch(statements);
      };
      const prepare = (text: string) => worker.DB.prepare(text);
      shell.env = { ...shell.env, DB: { batch, prepare } as unknown as D1Database };
    });
    return () => asked;
  }

  const routes = [
    ["/api/usage/record", { metric_name: "other", quantity: 1 }, 201],
    ["/api/usage/events", [{ metric_name: "other", quantity: 1 }], 200],
    ["/api/usage/cloudevents", { specversion: "1.0", id: "c", source: "s", type: "other" }, 200],
  ] as const;

  const inEach = routes.flatMap((route) => [0, 1].map((place) => [...route, place] as const));

  it.each(inEach)("is told with whose key it is, at %s", async (path, body, status, place) => {
    const { tenantId, key } = await makeTenant({ ledger: place });
    const operator = await operatorKey();
    await send(key, batch(0, 3));
    await meterOf(worker, tenantId).drain(tenantId);
    const record = async (by: string, headers: Record<string, string> = {}) => {
      const asked = await restarted(tenantId);
      const answer = await call(by, "POST", path, body, headers);
      expect(answer.status).toBe(status);
      return asked();
    };
    forgetKeys(tenantId);
    expect(await record(key)).toBe(0);
    expect(await record(key)).toBe(1); // the isolate knows the key, and asks nothing
    forgetKeys(tenantId);
    expect(await record(operator, { "boxcost-tenant": tenantId })).toBe(0);
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });

  it("takes over what it forgot, though it was told with whose key it is", async () => {
    const { tenantId, key } = await makeTenant({ ledger: 0 });
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    forgetKeys(tenantId);
    const asked = await restarted(tenantId);
    expect(await send(key, batch(0, 31))).toEqual([1, 30, 0]);
    expect(asked()).toBeGreaterThan(0);
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });

  it("is told where its ledger is, and asks that alone how far it is", async () => {
    const { tenantId, key } = await makeTenant({ ledger: 1 });
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    const {
      upTo: _,
      seriesUpTo: __,
      frozenIds: ___,
      isFenced: ____,
      ...half
    } = (await startOf(tenantId)) as Start & { readMs: number };
    expect(half).toMatchObject({ home: { ledger: 1 }, names: ["m0", "m1", "m2"] });
    for (const [start, asked] of [
      [half, 0],
      [{ ...half, home: { ledger: 1, epoch: -1 } }, 1],
      [{ ...half, readMs: Date.now() - 60_000 }, 1],
    ] as const) {
      await evictDurableObject(stubOf(tenantId));
      expect(await recordIn(tenantId, start)).toEqual({ asked, names: 4 });
    }
    const fence = async (fenced: number) => {
      const text = "UPDATE usage_watermarks SET fenced = ? WHERE tenant = ?";
      await (await ledgerOf(tenantId)).prepare(text).bind(fenced, tenantId).run();
    };
    await fence(1);
    await evictDurableObject(stubOf(tenantId));
    expect(await recordIn(tenantId, half)).toEqual({ asked: 1, names: 4 });
    await fence(0);
    await meterOf(worker, tenantId).drain(tenantId);
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    await evictDurableObject(stubOf(tenantId));
    await recordIn(tenantId, half);
    expect(await send(key, batch(0, 31))).toEqual([1, 30, 0]);
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });

  it("takes over what it forgot, though its caller knows that too", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    const seen = await startOf(tenantId);
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    await evictDurableObject(stubOf(tenantId));
    expect((await recordIn(tenantId, seen)).names).toBe(4);
    expect(await send(key, batch(0, 31))).toEqual([1, 30, 0]);
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });

  it("asks for itself where there is too much of it to be read for many", async () => {
    const { tenantId, key } = await makeTenant();
    const items = Array.from({ length: 51 }, (_, i) => ({ metric_name: `own-${i}`, quantity: 1 }));
    expect(await send(key, items)).toEqual([51, 0, 0]);
    await meterOf(worker, tenantId).drain(tenantId);
    const other = await makeTenant();
    const starts = await readStarts(worker, [tenantId, other.tenantId, "ten_none"]);
    expect([...starts.keys()].sort()).toEqual([other.tenantId, "ten_none"].sort());
    expect(starts.get("ten_none")).toEqual({
      upTo: 0,
      seriesUpTo: 0,
      frozenIds: [],
      isFenced: false,
      names: [],
      home: { ledger: 0, epoch: 0 },
      announced: { batches: 0, upTo: 0 },
    });
  });
});
