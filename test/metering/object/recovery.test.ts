import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { rewriteSegment, segmentsAfter } from "../../../src/metering/ledger/archive-rows.ts";
import { compactSegments } from "../../../src/metering/ledger/compact.ts";
import type { SegmentRow } from "../../../src/metering/ledger/ledger.ts";
import { bytesOfHex } from "../../../src/metering/ledger/segment.ts";
import { meterOf } from "../../../src/metering/meter/meter.ts";
import { hex } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";
import { batch, send, stubOf, totals } from "../../support/usage.ts";

const worker = env as unknown as Env;

const TABLES = [
  "usage_segments",
  "segment_quarters",
  "rollup_tenant",
  "rollup_level",
  "rollup_values",
  "series_blocks",
  "usage_alerts",
  "usage_voids",
  "usage_watermarks",
];

/** Keeps a tenant's part of the ledger, to set it back to later. */
async function keepLedger(tenant: string): Promise<() => Promise<void>> {
  const copy = (table: string) => `${table}_of_${tenant}`;
  const db = await ledgerOf(tenant);
  await db.batch(
    TABLES.map((table) =>
      db.prepare(
        `CREATE TABLE ${copy(table)} AS SELECT * FROM ${table} WHERE tenant = '${tenant}'`,
      ),
    ),
  );
  return async () => {
    await db.batch(
      TABLES.flatMap((table) => [
        db.prepare(`DELETE FROM ${table} WHERE tenant = '${tenant}'`),
        db.prepare(`INSERT INTO ${table} SELECT * FROM ${copy(table)}`),
        db.prepare(`DROP TABLE ${copy(table)}`),
      ]),
    );
  };
}

describe("identities", () => {
  it("survive seals, merges and evictions", async () => {
    const { tenantId, key } = await makeTenant();
    // Each batch of 50 seals a generation of 20; eight sets merge into one, and so on.
    const batches = Array.from({ length: 70 }, (_, i) => batch(i * 50, 50));
    for (const items of batches) expect(await send(key, items)).toEqual([50, 0, 0]);
    for (const items of batches) expect(await send(key, items)).toEqual([0, 50, 0]);
    // One that is known, wherever it lies, among many that are new.
    const mixedWith = (i: number) => [...batch(10_000 + i * 50, 49), batches[i]?.[7]];
    for (const i of [0, 13, 41, 66, 69]) {
      expect([i, await send(key, mixedWith(i))]).toEqual([i, [49, 1, 0]]);
    }
    const levels = await runInDurableObject(stubOf(tenantId), (_: unknown, state) =>
      state.storage.sql.exec("SELECT level, count(*) AS n FROM seen_sets GROUP BY level").toArray(),
    );
    expect(Math.max(...levels.map(({ level }) => Number(level)))).toBe(2);
    await evictDurableObject(stubOf(tenantId));
    for (const items of batches.slice(-3)) expect(await send(key, items)).toEqual([0, 50, 0]);
    expect(await send(key, mixedWith(2))).toEqual([49, 1, 0]);
    expect(await send(key, [{ ...batches[0]?.[0], quantity: 99 }])).toEqual([0, 0, 1]);
    const { segments, live, ledger } = await totals(tenantId, key);
    expect(segments).toBe(3_500 + 6 * 49);
    expect(live).toEqual(ledger);
  }, 60_000);
});

describe("a merge", () => {
  it("finishes while drains stop in the middle of a generation", async () => {
    const { tenantId, key } = await makeTenant();
    // Three rows a generation of 20: its series are read a row at a time.
    for (let i = 0; i < 80; i++) {
      expect(await send(key, batch(i * 7, 7))).toEqual([7, 0, 0]);
      if (i % 5 === 4) await meterOf(worker, tenantId).drain(tenantId);
    }
    const sets = await runInDurableObject(stubOf(tenantId), (_: unknown, state) =>
      state.storage.sql.exec("SELECT k FROM seen_sets WHERE level > 0").toArray(),
    );
    expect(sets.length).toBeGreaterThan(0);
  }, 60_000);
});

type Statements = { statement: string }[];
type Shell = {
  commitToLedger(statements: Statements): Promise<unknown>;
  drain(tenant: string): Promise<unknown>;
};

describe("series that are being written", () => {
  it("let a read that waits for the ledger go first, and are written after it", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 5));
    const order: string[] = [];
    await runInDurableObject(stubOf(tenantId), async (meter: unknown) => {
      const shell = meter as Shell;
      const commit = shell.commitToLedger.bind(shell);
      shell.commitToLedger = (statements) => {
        const series = statements.some(({ statement }) => statement.includes("series_blocks"));
        order.push(series ? "series" : "slice");
        return commit(statements);
      };
      // The first pause is that of the series' reader: somebody comes in it.
      const wait = scheduler.wait.bind(scheduler);
      const paused = vi.spyOn(scheduler, "wait").mockImplementationOnce(async (ms) => {
        await send(key, batch(100, 3));
        void shell.drain(tenantId).then(() => order.push("read"));
        return wait(ms);
      });
      await send(key, batch(5, 40)); // seals: generations of tests hold 20
      await shell.drain(tenantId);
      await vi.waitUntil(() => order.includes("series"));
      paused.mockRestore();
    });
    expect(order).toEqual(["slice", "slice", "read", "series"]);
  });
});

describe("a ledger whose answer is lost", () => {
  it("has each drain once, though it is run again", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    await runInDurableObject(stubOf(tenantId), async (meter: unknown) => {
      const shell = meter as Shell;
      const commit = shell.commitToLedger.bind(shell);
      shell.commitToLedger = async (statements) => {
        await commit(statements);
        throw new Error("the answer is lost");
      };
      await expect(shell.drain(tenantId)).rejects.toThrow("lost");
      await expect(shell.drain(tenantId)).rejects.toThrow("lost");
      shell.commitToLedger = commit;
    });
    const { live, ledger, segments } = await totals(tenantId, key);
    expect(segments).toBe(30);
    expect(ledger).toEqual(live);
  });
});

describe("a ledger that was set back", () => {
  it("is refilled when the next drain notices", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    const restore = await keepLedger(tenantId);
    await send(key, batch(30, 45));
    await call(key, "POST", "/api/usage/events/e31/void");
    const before = await totals(tenantId, key);
    await restore();
    await send(key, batch(75, 1));
    const after = await totals(tenantId, key);
    expect(after.segments).toBe(77);
    expect(after.live).toEqual(after.ledger);
    expect(before.segments).toBe(76);
    expect((await call(key, "GET", "/api/usage/events/e31")).body.voided).toBe(true);
    expect(await send(key, batch(0, 76))).toEqual([0, 76, 0]);
  });

  it("is refilled by the daily alarm of an idle object", async () => {
    const { tenantId, key } = await makeTenant();
    const restore = await keepLedger(tenantId);
    await send(key, batch(0, 30));
    const before = await totals(tenantId, key);
    await restore();
    await evictDurableObject(stubOf(tenantId));
    await runInDurableObject(stubOf(tenantId), (meter: unknown) =>
      (meter as { alarm(): Promise<void> }).alarm(),
    );
    expect(await totals(tenantId, key)).toEqual(before);
  });
});

describe("a ledger that was set back under an object in memory", () => {
  it("is refilled by its daily alarm where nothing else is asked of it", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    await meterOf(worker, tenantId).drain(tenantId);
    const restore = await keepLedger(tenantId);
    await send(key, batch(30, 45));
    const before = await totals(tenantId, key);
    await restore();
    const db = await ledgerOf(tenantId);
    const stored = () =>
      db
        .prepare("SELECT sum(n) AS n FROM usage_segments WHERE tenant = ?")
        .bind(tenantId)
        .first("n");
    expect(await stored()).toBe(30);
    await runInDurableObject(stubOf(tenantId), (meter: unknown) =>
      (meter as { alarm(): Promise<void> }).alarm(),
    );
    expect(await stored()).toBe(75);
    expect(await totals(tenantId, key)).toEqual(before);
  });
});

describe("an object that was set back behind the ledger", () => {
  it("takes over what it forgot before it records anything", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 90));
    await call(key, "POST", "/api/usage/events/e5/void");
    const before = await totals(tenantId, key);
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    await evictDurableObject(stubOf(tenantId));
    expect(await send(key, batch(0, 91))).toEqual([1, 90, 0]);
    expect((await call(key, "POST", "/api/usage/events/e5/void")).status).toBe(200);
    const after = await totals(tenantId, key);
    expect(after.segments).toBe((before.segments ?? 0) + 1);
    expect(after.live).toEqual(after.ledger);
    const due = await worker.DB.prepare("SELECT kind FROM due WHERE tenant = ?")
      .bind(tenantId)
      .all();
    expect(due.results).toContainEqual({ kind: "meter.rebuilt" });
  });
});

describe("recording is paused, and answers 503,", () => {
  const event = { id: "new", metric_name: "m0", quantity: 1 };

  it("where the ledger holds more than the object in memory ever recorded", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 3));
    await meterOf(worker, tenantId).drain(tenantId);
    const db = await ledgerOf(tenantId);
    await db
      .prepare("UPDATE usage_watermarks SET up_to = 1000 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    await send(key, batch(3, 1));
    expect((await call(key, "GET", "/api/usage/summary")).status).toBe(500);
    const { status, body, headers } = await call(key, "POST", "/api/usage/record", event);
    expect([status, body.code]).toEqual([503, "usage.unavailable"]);
    expect(headers.get("retry-after")).toBe("60");
  });

  it("where an object that was set back finds a gap in the ledger", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 3));
    await meterOf(worker, tenantId).drain(tenantId);
    const db = await ledgerOf(tenantId);
    await db.prepare("DELETE FROM usage_segments WHERE tenant = ?").bind(tenantId).run();
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    await evictDurableObject(stubOf(tenantId));
    const { status, body } = await call(key, "POST", "/api/usage/record", event);
    expect([status, body.code]).toEqual([503, "usage.unavailable"]);
  });
});

describe("a window that an object froze and was set back behind", () => {
  it("is frozen again, with the counts it was frozen with", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 30));
    const month = `cal_${new Date().toISOString().slice(0, 7)}`;
    const frozen = await meterOf(worker, tenantId).freeze(tenantId, month);
    expect(frozen.counts.length).toBeGreaterThan(0);
    await send(key, batch(30, 5));
    await meterOf(worker, tenantId).drain(tenantId);
    await runInDurableObject(stubOf(tenantId), async (_: unknown, state) => {
      await state.storage.deleteAll();
    });
    await evictDurableObject(stubOf(tenantId));
    await send(key, batch(35, 1));
    const ids = await runInDurableObject(stubOf(tenantId), (_: unknown, state) =>
      state.storage.sql.exec("SELECT window_id FROM frozen").toArray(),
    );
    expect(ids).toEqual([{ window_id: month }]);
    expect(await meterOf(worker, tenantId).freeze(tenantId, month)).toEqual(frozen);
  });
});

describe("an object whose memory claims what its storage does not hold", () => {
  it("starts again from storage", async () => {
    const { tenantId, key } = await makeTenant();
    await send(key, batch(0, 3));
    await runInDurableObject(stubOf(tenantId), (_: unknown, state) => {
      state.storage.sql.exec("DELETE FROM log_1");
    });
    const meter = meterOf(worker, tenantId);
    await expect(meter.drain(tenantId)).rejects.toThrow(/no row after 0|restart|abort/);
    await expect.poll(() => send(key, batch(0, 3)).catch(() => null)).toEqual([3, 0, 0]);
    const { live, ledger } = await totals(tenantId, key);
    expect(live).toEqual(ledger);
  });
});

describe("compaction", () => {
  const LATER_MS = 4 * 86_400_000;

  /** A tenant with some megabytes of segments. */
  async function makeLargeTenant() {
    const tenant = await makeTenant();
    const pad = () => hex(crypto.getRandomValues(new Uint8Array(1_400)));
    for (let i = 0; i < 20; i++) {
      const items = batch(i * 50, 50).map((item) => ({ ...item, metadata: { pad: pad() } }));
      await send(tenant.key, items);
      await meterOf(worker, tenant.tenantId).drain(tenant.tenantId);
    }
    // The series of what was drained follow by themselves; only what they hold is moved.
    const behind = "SELECT series_up_to AS seq FROM usage_watermarks WHERE tenant = ?";
    const db = await ledgerOf(tenant.tenantId);
    const mark = db.prepare(behind).bind(tenant.tenantId);
    await vi.waitUntil(async () => Number(await mark.first("seq")) >= 900, { timeout: 10_000 });
    return tenant;
  }

  it("leaves segments where one was written anew meanwhile, and forgets what it put", async () => {
    const { tenantId, key } = await makeLargeTenant();
    const before = await totals(tenantId, key);
    const db = await ledgerOf(tenantId);
    const [row] = (await segmentsAfter(db, tenantId, 0, 1)) as [SegmentRow];
    const rewrite = () => rewriteSegment(db, tenantId, row, bytesOfHex(row.body)).run();
    const put = async (...args: Parameters<R2Bucket["put"]>) => {
      expect((await rewrite()).meta.changes).toBe(1);
      return worker.FILES.put(...args);
    };
    const later = Date.now() + LATER_MS;
    const FILES = { put } as unknown as R2Bucket;
    expect(await compactSegments({ ...worker, FILES }, tenantId, later)).toBe(0);
    const forgotten = async () =>
      (
        await db
          .prepare("SELECT object_key FROM forgotten_objects WHERE tenant = ?")
          .bind(tenantId)
          .all()
      ).results.length;
    const pointed = () =>
      db
        .prepare("SELECT count(*) AS n FROM usage_segments WHERE tenant = ? AND object_key <> ''")
        .bind(tenantId)
        .first<number>("n");
    expect([await pointed(), await forgotten()]).toEqual([0, 1]);
    expect(await compactSegments(worker, tenantId, later)).toBeGreaterThan(0);
    // The other way round: who read a segment before it was moved changes nothing.
    expect((await rewrite()).meta.changes).toBe(0);
    expect(await totals(tenantId, key)).toEqual(before);
  });

  it("goes on after a crash between its object and its rows, with the same object", async () => {
    const { tenantId, key } = await makeLargeTenant();
    const before = await totals(tenantId, key);
    const ledgerDb = await ledgerOf(tenantId);
    const crashing = new Proxy(ledgerDb, {
      get: (db, name) => {
        if (name !== "prepare") return Reflect.get(db, name);
        return (sql: string) => {
          if (sql.startsWith("UPDATE usage_segments")) throw new Error("crash");
          return db.prepare(sql);
        };
      },
    });
    const own = ledgerDb === worker.DB ? { DB: crashing } : { LEDGER_1: crashing };
    const broken = { ...worker, ...own } as Env;
    const later = Date.now() + LATER_MS;
    await expect(compactSegments(broken, tenantId, later)).rejects.toThrow("crash");
    const orphans = await worker.FILES.list({ prefix: `segments/${tenantId}/` });
    expect(orphans.objects).toHaveLength(1);
    await Promise.all([1, 2].map(() => compactSegments(worker, tenantId, later)));
    const adopted = await ledgerDb
      .prepare(
        "SELECT DISTINCT object_key AS k FROM usage_segments WHERE tenant = ? AND object_key <> ''",
      )
      .bind(tenantId)
      .all();
    const { objects } = await worker.FILES.list({ prefix: `segments/${tenantId}/` });
    expect(objects.map((object) => object.key)).toEqual(adopted.results.map(({ k }) => k));
    expect(objects[0]?.key).toBe(orphans.objects[0]?.key);
    expect(await totals(tenantId, key)).toEqual(before);
    expect((await call(key, "GET", "/api/usage/events/e1")).body.metadata.pad).toHaveLength(2_800);
  }, 60_000);

  it("moves old bodies into an R2 object, and every read still finds them", async () => {
    const { tenantId, key } = await makeLargeTenant();
    const path = `/api/usage/summary?start_date=2020-01-01T00:00:00Z&group_by=user_id`;
    const before = await call(key, "GET", path);
    const listed = await call(key, "GET", "/api/usage/events?limit=200");
    const now = Date.now();
    expect(await compactSegments(worker, tenantId, now)).toBe(0); // all too young
    const moved = await compactSegments(worker, tenantId, now + LATER_MS);
    expect(moved).toBeGreaterThan(5);
    const ledgerDb = await ledgerOf(tenantId);
    const rows = await ledgerDb
      .prepare(
        `SELECT count(*) AS n, sum(length(body)) AS bytes, count(DISTINCT object_key) AS objects
         FROM usage_segments WHERE tenant = ? AND object_key IS NOT NULL`,
      )
      .bind(tenantId)
      .first();
    expect(rows).toMatchObject({ n: moved, bytes: 0 });
    const objects = await worker.FILES.list({ prefix: `segments/${tenantId}/` });
    expect(objects.objects.every(({ size }) => size >= 1_000_000)).toBe(true);
    expect(objects.objects).toHaveLength(Number(rows?.objects));
    expect(await compactSegments(worker, tenantId, now + LATER_MS)).toBe(0);
    expect((await call(key, "GET", path)).body.metrics).toEqual(before.body.metrics);
    expect((await call(key, "GET", "/api/usage/events?limit=200")).body).toEqual(listed.body);
    expect((await call(key, "GET", "/api/usage/events/e1")).body.metadata.pad).toHaveLength(2_800);
    await call(key, "POST", "/api/usage/events/e1/void");
    const ragged = "start_date=2020-01-01T00:00:00Z&end_date=2099-01-01T00:00:00.001Z";
    const one = await call(key, "GET", `${path}&user_id=u1`);
    expect(one.body.metrics.length).toBeGreaterThan(0);
    const after = await call(key, "GET", `/api/usage/summary?${ragged}&metric_name=m1`);
    const whole = before.body.metrics.find((m: { metric_name: string }) => m.metric_name === "m1");
    expect(after.body.metrics[0].event_count).toBe(whole.event_count - 1);
  }, 60_000);
});
