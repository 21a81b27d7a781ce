/** Small segments become few, and every read stays as it was, whatever comes between. */

import { env } from "cloudflare:workers";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archiveNext } from "../../../src/metering/ledger/archive.ts";
import { segmentsAfter } from "../../../src/metering/ledger/archive-rows.ts";
import { sliceStatements } from "../../../src/metering/ledger/drain.ts";
import { linesOfRange, segmentLines } from "../../../src/metering/ledger/ledger.ts";
import { mergeAfter, mergeSegments, SEGMENTS_MERGE } from "../../../src/metering/ledger/merge.ts";
import { readStore } from "../../../src/metering/ledger/watermark.ts";
import { drained } from "../../../src/metering/meter/meter.ts";
import { goOnWithMove } from "../../../src/metering/move/move.ts";
import { ledgerDb } from "../../../src/platform/db/ledger.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { exportFiles } from "../../../src/retention/export/export.ts";
import { SECTIONS } from "../../../src/retention/export/sections.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { beginMove } from "../../support/ledger.ts";

const worker = env as unknown as Env;
const AT_MS = Date.UTC(2026, 9, 1);
const MINUTE_MS = 60_000;

/** Drains of some events each, a minute apart, of one generation. */
async function fill(tenant: string, drains: number, each: number, from = 0): Promise<void> {
  for (let i = from; i < from + drains; i++) {
    const lines = Array.from({ length: each }, (_, k) =>
      JSON.stringify([`e${i}-${k}`, "m", 1_000_000 + k, AT_MS + i * MINUTE_MS, `u${k}`]),
    );
    const { statements } = await sliceStatements(
      worker,
      {
        tenant,
        generation: 1,
        fromSeq: i * each,
        high: (i + 1) * each,
        pieces: [{ n: each, body: lines.join("\n") }],
        sums: null,
        counters: new Map(),
        isKnown: () => true,
        realMs: AT_MS,
      },
      [],
    );
    await worker.DB.batch(statements);
  }
}

type Row = { low: number; high: number; n: number };
const rowsOf = async (db: D1Database, tenant: string) => {
  const [segments, quarters] = await db.batch<Row & { quarter: number }>([
    db.prepare("SELECT low, high, n FROM usage_segments WHERE tenant = ?").bind(tenant),
    db
      .prepare("SELECT quarter, high FROM segment_quarters WHERE tenant = ? ORDER BY 1, 2")
      .bind(tenant),
  ]);
  return { segments: segments?.results ?? [], quarters: quarters?.results ?? [] };
};

/** Every line of a tenant in the control database, by its sequence. */
async function linesIn(tenant: string) {
  const rows = await segmentsAfter(worker.DB, tenant, 0, 10_000);
  return rows.flatMap(segmentLines);
}

/** A database that does something before or after its next batch. */
function around(
  db: D1Database,
  { before, after }: { before?: () => Promise<unknown>; after?: () => Promise<unknown> },
): D1Database {
  let isFirst = true;
  return new Proxy(db, {
    get(one, name) {
      const own = Reflect.get(one, name);
      if (typeof own !== "function") return own;
      if (name !== "batch") return own.bind(one);
      return async (statements: D1PreparedStatement[]) => {
        const mine = isFirst;
        isFirst = false;
        if (mine) await before?.();
        const results = await one.batch(statements);
        if (mine) await after?.();
        return results;
      };
    },
  });
}

describe("small segments", () => {
  it("become one where they follow one another, with their quarter-hours", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 40, 3);
    const before = await linesIn(tenantId);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(39);
    const { segments, quarters } = await rowsOf(worker.DB, tenantId);
    expect(segments).toEqual([{ low: 1, high: 120, n: 120 }]);
    const first = AT_MS / 900_000;
    expect(quarters).toEqual([0, 1, 2].map((i) => ({ quarter: first + i, high: 120 })));
    expect(await linesIn(tenantId)).toEqual(before);
    // What came later joins it once there is enough, and a second time finds nothing.
    await fill(tenantId, 14, 3, 40);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(0);
    await fill(tenantId, 1, 3, 54);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(15);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(0);
    expect((await rowsOf(worker.DB, tenantId)).segments).toEqual([{ low: 1, high: 165, n: 165 }]);
  });

  it("are read once each by who began before they were merged", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 120, 2);
    const range = { startMs: 0, endMs: AT_MS * 2 };
    const reading = { tenant: tenantId, users: null, metrics: null, range };
    const seqs: number[] = [];
    let counted = 0;
    for await (const { lines, events } of linesOfRange(worker, reading)) {
      if (counted === 0) await mergeSegments(worker, tenantId, AT_MS);
      seqs.push(...lines.map(({ seq }) => seq));
      counted += events;
    }
    expect((await rowsOf(worker.DB, tenantId)).segments).toHaveLength(1);
    expect(seqs).toEqual(Array.from({ length: 240 }, (_, i) => i + 1));
    expect(counted).toBe(240);
  });

  it("are exported once each by an export that began before they were merged", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 300, 1);
    const events: string[] = [];
    let [merged, runs]: [number, number[][]] = [0, []];
    const begin = { place: [SECTIONS.length, null], createdAt: "" } as const;
    for await (const { name, bytes } of exportFiles(worker, tenantId, begin)) {
      if (name.startsWith("events/")) {
        const lines = gunzipSync(bytes).toString().trim().split("\n");
        events.push(...lines.map((line) => JSON.parse(line).event_seq));
        if (merged === 0) merged = await mergeSegments(worker, tenantId, AT_MS);
      }
      if (name !== "manifest.json") continue;
      const { files } = JSON.parse(Buffer.from(bytes).toString());
      runs = files.flatMap((file: { runs?: number[][] }) => file.runs ?? []);
    }
    expect(merged).toBe(299);
    expect(events).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(runs.map(([low, high]) => [low, high])).toEqual([
      ...[1, 2, 3, 4, 5].map((seq) => [seq, seq]),
      [6, 300],
    ]);
  });

  it.each(["before", "after"] as const)("are merged after a kill %s the batch", async (when) => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 20, 2);
    const before = await linesIn(tenantId);
    const DB = around(worker.DB, { [when]: () => Promise.reject(new Error("killed")) });
    await expect(mergeSegments({ ...worker, DB }, tenantId, AT_MS)).rejects.toThrow("killed");
    expect(await linesIn(tenantId)).toEqual(before);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(when === "before" ? 19 : 0);
    expect((await rowsOf(worker.DB, tenantId)).segments).toEqual([{ low: 1, high: 40, n: 40 }]);
    expect(await linesIn(tenantId)).toEqual(before);
  });

  it("stay where one of them was written anew meanwhile", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 20, 2);
    const renew = () =>
      worker.DB.prepare(
        "UPDATE usage_segments SET drained_ms = drained_ms + 1 WHERE tenant = ? AND high = 10",
      )
        .bind(tenantId)
        .run();
    const DB = around(worker.DB, { before: renew });
    expect(await mergeSegments({ ...worker, DB }, tenantId, AT_MS)).toBe(0);
    expect((await rowsOf(worker.DB, tenantId)).segments).toHaveLength(20);
    const due = "SELECT at_ms AS atMs FROM due WHERE tenant = ? AND kind = ?";
    expect(await worker.DB.prepare(due).bind(tenantId, SEGMENTS_MERGE).first("atMs")).toBe(
      AT_MS + 10 * MINUTE_MS,
    );
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(19);
  });

  it("are asked for by one drain in 256", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    const due = () =>
      worker.DB.prepare("SELECT count(*) AS n FROM due WHERE tenant = ? AND kind = ?")
        .bind(tenantId, SEGMENTS_MERGE)
        .first("n");
    await mergeAfter(worker.DB, tenantId, { fromSeq: 0, high: 3 });
    expect(await due()).toBe(0);
    await mergeAfter(worker.DB, tenantId, { fromSeq: 765, high: 768 });
    expect(await due()).toBe(1);
  });
});

it("an archive that read segments before they were merged takes none of them out", async () => {
  const { tenantId } = await makeTenant({ ledger: 0, clock: "2027-01-01T00:00:00Z" });
  await fill(tenantId, 20, 2);
  const before = await linesIn(tenantId);
  const query = { tenant: tenantId, edgeMs: AT_MS * 2, realMs: AT_MS * 2, test: true };
  const DB = around(worker.DB, { before: () => mergeSegments(worker, tenantId, AT_MS) });
  const store = { DB, FILES: worker.FILES };
  await expect(archiveNext(store, { ...query, counters: new Map() })).rejects.toThrow();
  expect(await linesIn(tenantId)).toEqual(before);
  const done = await archiveNext(worker, { ...query, counters: new Map() });
  expect(done?.events).toBe(40);
  expect((await rowsOf(worker.DB, tenantId)).segments).toEqual([]);
});

describe("a merge and a move", () => {
  it("that began after the segments were read: they stay", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 30, 2);
    const id = await beginMove(tenantId, 0, 1);
    // Killed as it copies its first page; whoever merges looked for a move before that.
    const target = around(ledgerDb(worker, 1), {});
    const killed = new Proxy(target, {
      get(db, name) {
        if (name !== "prepare") return Reflect.get(db, name);
        return (text: string) => {
          if (text.startsWith("INSERT OR REPLACE INTO usage_segments")) throw new Error("killed");
          return db.prepare(text);
        };
      },
    });
    await worker.DB.prepare("DELETE FROM ledger_moves WHERE id = ?").bind(id).run();
    const DB = around(worker.DB, {
      before: async () => {
        await beginMove(tenantId, 0, 1);
        const moving = goOnWithMove({ ...worker, LEDGER_1: killed } as Env, id);
        await expect(moving).rejects.toThrow("killed");
      },
    });
    expect(await mergeSegments({ ...worker, DB }, tenantId, AT_MS)).toBe(0);
    expect((await rowsOf(worker.DB, tenantId)).segments).toHaveLength(30);
    // And while it lasts, nobody begins.
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(0);
    await worker.DB.prepare(
      "UPDATE ledger_moves SET state = json_set(state, '$.leaseMs', 0)",
    ).run();
    await goOnWithMove(worker, id);
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(29);
    const { segments } = await rowsOf(ledgerDb(worker, 1), tenantId);
    expect(segments).toEqual([{ low: 1, high: 60, n: 60 }]);
  });

  it("that a control database forgot when it was set back: merging goes on", async () => {
    const { tenantId } = await makeTenant({ ledger: 0 });
    await fill(tenantId, 20, 2);
    await worker.DB.prepare("UPDATE usage_watermarks SET moving = 1 WHERE tenant = ?")
      .bind(tenantId)
      .run();
    expect(await mergeSegments(worker, tenantId, AT_MS)).toBe(19);
  });
});

const JANUARY_MS = Date.UTC(2024, 0, 28);
const FEBRUARY = "start_date=2024-02-01T00:00:00Z&end_date=2024-03-01T00:00:00Z";
const PATHS = [
  `/api/usage/summary?${FEBRUARY}&group_by=user_id`,
  "/api/usage/summary?start_date=2024-02-01T01:02:03Z&end_date=2024-02-11T04:05:06Z",
  "/api/usage/summary?start_date=2024-01-01T00:00:00Z&end_date=2024-03-01T00:00:00Z",
  `/api/usage/summary?${FEBRUARY}&user_id=u1`,
  "/api/usage/events?limit=100",
  "/api/usage/events?limit=7&metric_name=peak",
  "/api/usage/proof",
];

type Step =
  | { do: "drain"; events: readonly number[] }
  | { do: "void" | "merge" | "move" | "archive" };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("drain" as const),
      events: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: "merge" as const }) },
  ...(["void", "move", "archive"] as const).map((step) => ({
    weight: 1,
    arbitrary: fc.constant({ do: step }),
  })),
);

/** Does a step of both tenants, but merges and moves the first alone; how many rows went. */
async function take(step: Step, tenants: readonly TestTenant[], made: number): Promise<number> {
  const [own] = tenants as [TestTenant];
  if (step.do === "merge") return mergeSegments(worker, own.tenantId, Date.now());
  if (step.do === "move") {
    const home = await worker.DB.prepare("SELECT ledger FROM tenants WHERE id = ?")
      .bind(own.tenantId)
      .first<number>("ledger");
    const asked = { tenant_id: own.tenantId, ledger: 1 - (home ?? 0) };
    const go = async () =>
      (await call(await operatorKey(), "POST", "/api/ledgers/moves", asked)).body.step;
    while ((await go()) !== "moved");
    return 0;
  }
  for (const { key, tenantId } of tenants) {
    if (step.do === "drain") {
      const events = step.events.map((hour, i) => ({
        id: `e${made + i}`,
        metric_name: ["sums", "peak"][hour % 2],
        quantity: (hour % 11) + 0.5,
        user_id: `u${hour % 3}`,
        timestamp: new Date(JANUARY_MS + hour * 2_000_000).toISOString(),
      }));
      const { body } = await call(key, "POST", "/api/usage/events", events);
      expect(body.accepted).toBe(events.length);
    } else if (step.do === "void") {
      await call(key, "POST", `/api/usage/events/e${made - 1}/void`);
    } else {
      const query = { tenant: tenantId, edgeMs: Date.UTC(2024, 1, 1), realMs: Date.now() };
      const store = await readStore(worker, tenantId);
      const asked = { ...query, test: true, counters: new Map() };
      while (await archiveNext(store, asked));
    }
    await drained(worker, tenantId);
  }
  return 0;
}

it("any sequence of drains, voids, merges, moves and archives reads the same", async () => {
  let gone = 0;
  const clock = "2024-02-20T00:00:00Z";
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf, { minLength: 25, maxLength: 40 }), async (steps) => {
      const tenants = [await makeTenant({ clock }), await makeTenant({ clock, ledger: 0 })];
      for (const { key } of tenants) {
        await call(key, "PUT", "/api/metrics/peak", { aggregation: "max" });
      }
      let made = 0;
      for (const step of steps) {
        gone += await take(step, tenants, made);
        if (step.do === "drain") made += step.events.length;
      }
      gone += await take({ do: "merge" }, tenants, made);
      for (const path of PATHS) {
        const [merged, plain] = await Promise.all(
          tenants.map(async ({ key }) => {
            const { status, body } = await call(key, "GET", path);
            // What counts the calls themselves has ids of its own.
            const text = JSON.stringify(body).replaceAll(/call_\w+/g, "call");
            return [path, status, JSON.parse(text)];
          }),
        );
        expect(merged).toEqual(plain);
      }
    }),
    { numRuns: 6 },
  );
  expect(gone).toBeGreaterThan(20);
}, 120_000);
