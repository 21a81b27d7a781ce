/** A tenant's usage in another ledger: all of it, once, whatever happens on the way. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { compactSegments } from "../../../src/metering/ledger/compact.ts";
import { deleteForgotten } from "../../../src/metering/ledger/forgotten.ts";
import { drained } from "../../../src/metering/meter/meter.ts";
import { forgetMoved, goOnWithMove } from "../../../src/metering/move/move.ts";
import { ledgerDb } from "../../../src/platform/db/ledger.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { beginMove, ledgerOf, tenantTables } from "../../support/ledger.ts";

const worker = env as unknown as Env;
const DAY_MS = 86_400_000;
const PATH = "/api/ledgers/moves";
const SUMMARY = "/api/usage/summary?start_date=2020-01-01T00:00:00Z&end_date=2099-01-01T00:00:00Z";

const stubOf = (tenant: string) =>
  worker.METER.get(worker.METER.idFromName(tenant)) as unknown as DurableObjectStub<undefined>;

const events = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => ({
    id: `e${from + i}`,
    metric_name: ["api_calls", "seats", "other"][i % 3],
    quantity: (i % 7) + 0.5,
    user_id: `u${i % 4}`,
    metadata: { seat: `s${i % 50}` },
    timestamp: new Date(Date.now() - ((from + i) % 9) * 3_600_000).toISOString(),
  }));

/** A tenant in a ledger, with usage of every kind. */
async function makeUsed(ledger: number) {
  const { tenantId, key } = await makeTenant({ ledger });
  const plan = { tenant_id: tenantId, plan: "FREE", billing_cycle: "monthly", base_price: 0 };
  await call(await operatorKey(), "POST", "/api/subscriptions", plan);
  await call(key, "PUT", "/api/metrics/seats", { aggregation: "unique", property: "seat" });
  for (let i = 0; i < 5; i++) await call(key, "POST", "/api/usage/events", events(i * 60, 60));
  await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 900 });
  await call(key, "POST", "/api/usage/events/e3/void");
  await drained(worker, tenantId);
  return { tenantId, key };
}

async function move(tenant: string, ledger: number): Promise<string[]> {
  const operator = await operatorKey();
  const steps: string[] = [];
  while (steps.at(-1) !== "moved") {
    const { status, body } = await call(operator, "POST", PATH, { tenant_id: tenant, ledger });
    expect([status, body.tenant_id, body.ledger]).toEqual([200, tenant, ledger]);
    steps.push(body.step);
  }
  return steps;
}

const answersOf = async (key: string) => {
  const paths = [SUMMARY, `${SUMMARY}&group_by=user_id`, "/api/usage/alerts"];
  const read = paths.map(async (path) => (await call(key, "GET", path)).body);
  const listed = await call(key, "GET", "/api/usage/events?limit=200");
  return [...(await Promise.all(read)), listed.body.data];
};

const rowsIn = async (db: D1Database, tenant: string) => {
  const row = await db
    .prepare(
      `SELECT (SELECT count(*) FROM usage_segments WHERE tenant = ?1) AS segments,
        (SELECT count(*) FROM rollup_tenant WHERE tenant = ?1) AS rollups,
        (SELECT count(*) FROM series_blocks WHERE tenant = ?1) AS blocks`,
    )
    .bind(tenant)
    .first();
  return Object.values(row ?? {}).map(Number);
};

describe.each([
  [0, 1],
  [1, 0],
])("a move from ledger %i to %i", (from, to) => {
  it("takes all usage along, and every answer stays as it was", async () => {
    const { tenantId, key } = await makeUsed(from);
    const before = await answersOf(key);
    await move(tenantId, to);
    expect(await ledgerOf(tenantId)).toBe(ledgerDb(worker, to));
    expect(await answersOf(key)).toEqual(before);
    // What comes then lies in the new ledger alone.
    const old = await rowsIn(ledgerDb(worker, from), tenantId);
    await call(key, "POST", "/api/usage/events", events(300, 60));
    await drained(worker, tenantId);
    expect(await rowsIn(ledgerDb(worker, from), tenantId)).toEqual(old);
    const [segments = 0] = await rowsIn(ledgerDb(worker, to), tenantId);
    expect(segments).toBeGreaterThan(old[0] ?? 0);
    await evictDurableObject(stubOf(tenantId));
    expect((await call(key, "GET", "/api/usage/proof")).body).toMatchObject({ equal: true });
  });
});

it("a move under load loses nothing, and there and back again neither", async () => {
  const { tenantId, key } = await makeUsed(0);
  let batches = 0;
  let done = false;
  const load = [1, 2, 3].map(async (lane) => {
    for (let i = 0; !done || i < 5; i++, batches++) {
      const items = events(lane * 100_000 + i * 20, 20);
      const { body } = await call(key, "POST", "/api/usage/events", items);
      expect(body.accepted).toBe(20);
      if (lane === 1) await call(key, "GET", SUMMARY);
    }
  });
  for (const ledger of [1, 0, 1]) await move(tenantId, ledger);
  done = true;
  await Promise.all(load);
  const { body } = await call(key, "GET", SUMMARY);
  const counted = body.metrics
    .filter(({ metric_name }: { metric_name: string }) => metric_name !== "api_calls")
    .reduce((sum: number, metric: { event_count: number }) => sum + metric.event_count, 0);
  expect(counted).toBe(200 + 13 * batches); // of twenty, seven are calls
  expect((await call(key, "GET", "/api/usage/proof")).body).toMatchObject({ equal: true });
}, 90_000);

/** A body that compaction moves: it is large, and no compression makes it small. */
const padded = (from: number, n: number) =>
  events(from, n).map((event) => {
    const pad = Buffer.from(crypto.getRandomValues(new Uint8Array(1_400))).toString("hex");
    return { ...event, metadata: { ...event.metadata, pad } };
  });

it("what an old ledger forgets stays where the new one uses it", async () => {
  const { tenantId, key } = await makeUsed(0);
  for (let i = 0; i < 20; i++) {
    await call(key, "POST", "/api/usage/events", padded(1_000 + i * 50, 50));
    await drained(worker, tenantId);
  }
  const mark = "SELECT series_up_to AS seq FROM usage_watermarks WHERE tenant = ?";
  const behind = worker.DB.prepare(mark).bind(tenantId);
  await vi.waitUntil(async () => Number(await behind.first("seq")) >= 1_000, { timeout: 20_000 });
  const before = await answersOf(key);

  // The move begins when the compaction has read its segments, and is done before it points there.
  const now = Date.now();
  const put = async (...args: Parameters<R2Bucket["put"]>) => {
    const written = await worker.FILES.put(...args);
    await move(tenantId, 1);
    return written;
  };
  const FILES = { put } as unknown as R2Bucket;
  expect(await compactSegments({ ...worker, FILES }, tenantId, now + 4 * DAY_MS)).toBe(0);
  // The new ledger moves the same bodies, into an object of the same key.
  expect(await compactSegments(worker, tenantId, now + 4 * DAY_MS)).toBeGreaterThan(0);
  const objects = await worker.FILES.list({ prefix: `segments/${tenantId}/` });
  const forgotten = (db: D1Database) =>
    db.prepare("SELECT object_key FROM forgotten_objects WHERE tenant = ?").bind(tenantId).all();
  const keys = objects.objects.map((object) => ({ object_key: object.key }));
  expect((await forgotten(worker.DB)).results).toEqual(keys);

  const later = now + 60 * DAY_MS;
  for (const ledger of [0, 1, 0]) await deleteForgotten(worker, ledgerDb(worker, ledger), later);
  for (const ledger of [0, 1]) {
    expect((await forgotten(ledgerDb(worker, ledger))).results).toEqual([]);
  }
  await evictDurableObject(stubOf(tenantId));
  expect(await answersOf(key)).toEqual(before);

  // What the new ledger does not use goes, in its own time; between fence and switch it stays.
  const [stray, early] = ["stray", "early"].map((name) => `segments/${tenantId}/${name}/1-2`);
  const note = (db: D1Database, object = "") =>
    db
      .prepare("INSERT INTO forgotten_objects (object_key, tenant, forget_ms) VALUES (?, ?, 1)")
      .bind(object, tenantId)
      .run();
  for (const object of [stray, early]) await worker.FILES.put(object ?? "", "body");
  await note(worker.DB, stray);
  await note(ledgerDb(worker, 1), early);
  const fence = (epoch: number) =>
    ledgerDb(worker, 1)
      .prepare("UPDATE usage_watermarks SET fenced = ?2 WHERE tenant = ?1")
      .bind(tenantId, epoch)
      .run();
  await fence(9);
  await deleteForgotten(worker, ledgerDb(worker, 1), later);
  expect(await worker.FILES.head(early ?? "")).not.toBeNull();
  await fence(0);
  for (const ledger of [0, 1]) {
    await deleteForgotten(worker, ledgerDb(worker, ledger), later + 2 * DAY_MS);
  }
  for (const object of [stray, early]) expect(await worker.FILES.head(object ?? "")).toBeNull();
}, 60_000);

it("a meter that heard nothing of a move learns it by the fence", async () => {
  const { tenantId, key } = await makeUsed(0);
  const deaf = { moved: () => Promise.reject(new Error("away")) };
  const METER = { get: () => deaf, idFromName: () => null } as unknown as Env["METER"];
  const id = await beginMove(tenantId, 0, 1);
  await goOnWithMove({ ...worker, METER }, id);
  expect(await ledgerOf(tenantId)).toBe(worker.LEDGER_1);
  // It is in memory still, and drains to where it was.
  const old = await rowsIn(worker.DB, tenantId);
  await call(key, "POST", "/api/usage/events", events(300, 10));
  expect((await drained(worker, tenantId)).DB).toBe(worker.LEDGER_1);
  expect(await rowsIn(worker.DB, tenantId)).toEqual(old);
  expect((await call(key, "GET", "/api/usage/proof")).body).toMatchObject({ equal: true });
});

it("what was moved is forgotten in its old place, and only there", async () => {
  const { tenantId, key } = await makeUsed(1);
  const before = await answersOf(key);
  await move(tenantId, 0);
  const due = await worker.DB.prepare("SELECT ref FROM due WHERE tenant = ? AND kind = ?")
    .bind(tenantId, "ledger.forget")
    .first<{ ref: string }>();
  await forgetMoved(worker, due?.ref ?? "");
  expect(await rowsIn(ledgerDb(worker, 1), tenantId)).toEqual([0, 0, 0]);
  expect(await answersOf(key)).toEqual(before);
  await move(tenantId, 1);
  await forgetMoved(worker, due?.ref ?? ""); // it came back since
  expect(await answersOf(key)).toEqual(before);
});

it("a control database that was set back before a move is told where the usage is", async () => {
  const { tenantId, key } = await makeUsed(0);
  const before = await answersOf(key);
  await move(tenantId, 1);
  await worker.DB.batch([
    worker.DB.prepare("UPDATE tenants SET ledger = 0, ledger_epoch = 0 WHERE id = ?").bind(
      tenantId,
    ),
    worker.DB.prepare(
      "UPDATE ledger_moves SET switched_ms = NULL, step = 'copy' WHERE tenant = ?",
    ).bind(tenantId),
  ]);
  await evictDurableObject(stubOf(tenantId));
  expect(await answersOf(key)).toEqual(before);
  expect(await ledgerOf(tenantId)).toBe(ledgerDb(worker, 1));
  // And a move that it believes to be under way writes over nothing.
  await call(key, "POST", "/api/usage/events", events(300, 30));
  await drained(worker, tenantId);
  const then = await answersOf(key);
  await move(tenantId, 1);
  expect(await answersOf(key)).toEqual(then);
});

it("a move is refused to a ledger that there is not, and while there is another", async () => {
  const { tenantId } = await makeTenant({ ledger: 0 });
  const operator = await operatorKey();
  const asked = (ledger: number) => call(operator, "POST", PATH, { tenant_id: tenantId, ledger });
  expect((await asked(7)).body.errors).toMatchObject([{ pointer: "/ledger" }]);
  expect((await asked(0)).body).toMatchObject({ step: "moved", copied_rows: 0 });
  const { body } = await call(operator, "GET", "/api/ledgers");
  expect(body.ledgers.map(({ ledger }: { ledger: number }) => ledger)).toEqual([0, 1]);
});

/** A made-up row of each table of a ledger, by its columns; what the database has of it. */
async function plantRows(db: D1Database, tenant: string): Promise<void> {
  for (const table of await tenantTables()) {
    const info = await db.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all();
    const columns = info.results as { name: string; type: string }[];
    const value = ({ name, type }: { name: string; type: string }) => {
      if (name === "tenant") return tenant;
      if (name === "fenced" || name === "high") return 0;
      return type === "INTEGER"
        ? 2 ** 42
        : type === "BLOB"
          ? new Uint8Array([7, 0, 9])
          : `${name} of ${tenant}`;
    };
    const names = columns.map(({ name }) => name);
    await db
      .prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => "?")})`)
      .bind(...columns.map(value))
      .run();
  }
}

const rowsOf = async (db: D1Database, tenant: string) => {
  const tables = await tenantTables();
  const read = tables.map((table) =>
    db.prepare(`SELECT * FROM ${table} WHERE tenant = ?`).bind(tenant),
  );
  const found = await db.batch<Record<string, unknown>>(read);
  return Object.fromEntries(tables.map((table, i) => [table, found[i]?.results ?? []]));
};

it.each([
  [0, 1],
  [1, 0],
])("from ledger %i to %i each table that has a tenant's rows is moved", async (from, to) => {
  const tenant = `ten_planted_${from}`;
  const [old, other] = [ledgerDb(worker, from), ledgerDb(worker, to)];
  await plantRows(old, tenant);
  const id = await beginMove(tenant, from, to);
  // No meter could read such rows.
  const METER = { get: () => ({ moved: async () => {} }), idFromName: () => null };
  const quiet = { ...worker, METER: METER as unknown as Env["METER"] };
  await goOnWithMove(quiet, id);
  const had = await rowsOf(old, tenant);
  expect(Object.keys(had).length).toBeGreaterThan(13);
  const { usage_watermarks: mark = [], ...rest } = had;
  expect(mark).toMatchObject([{ fenced: 1 }]);
  const open = mark.map((row) => ({ ...row, fenced: 0, moving: 0, merged_to: 0 }));
  expect(await rowsOf(other, tenant)).toEqual({ ...rest, usage_watermarks: open });
  await forgetMoved(quiet, id);
  // The sweep takes away what it has to delete, once it has.
  const { usage_watermarks, forgotten_objects, ...none } = await rowsOf(old, tenant);
  expect([usage_watermarks, forgotten_objects]).toEqual([mark, rest.forgotten_objects]);
  expect(Object.values(none).flat()).toEqual([]);
});
