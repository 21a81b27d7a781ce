/** Old events leave the ledger, and come back, whatever is killed on the way. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readCatalogue } from "../../../src/metering/catalogue/catalogue.ts";
import {
  type ArchiveQuery,
  archiveNext,
  restoreNext,
} from "../../../src/metering/ledger/archive.ts";
import { compactSegments } from "../../../src/metering/ledger/compact.ts";
import { deleteForgotten } from "../../../src/metering/ledger/forgotten.ts";
import type { Store } from "../../../src/platform/db/ledger.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { archiveUsage } from "../../../src/retention/archive/retain.ts";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";

const worker = env as unknown as Env;
const DAY_MS = 86_400_000;
const EDGE_MS = Date.UTC(2024, 4, 1);
const MONTHS = ["01", "02", "03", "04", "05", "06"];
const OLD = ["2024-01", "2024-02", "2024-03", "2024-04"];

const PLAIN = { metric_name: "sums", quantity: 1, metadata: { who: "w", region: "eu" } };

/** Months of usage: sums, extremes and distinct values, of four users, with voids among them. */
async function makeHistory(): Promise<TestTenant> {
  const tenant = await makeTenant({ clock: "2024-01-01T00:00:00Z", ledger: 0 });
  const { key } = tenant;
  await call(key, "PUT", "/api/metrics/peak", { aggregation: "max" });
  await call(key, "PUT", "/api/metrics/people", { aggregation: "unique", property: "who" });
  await call(key, "PUT", "/api/metrics/sums", { dimensions: ["region"] });
  for (const month of MONTHS) {
    await call(key, "POST", "/api/test-clock", { now: `2024-${month}-28T00:00:00Z` });
    const events = Array.from({ length: 30 }, (_, i) => {
      const at = Date.UTC(2024, Number(month) - 1, 1 + (i % 27), i % 24, (i * 7) % 60, i);
      return {
        id: `${month}-${i}`,
        metric_name: ["sums", "peak", "people"][i % 3],
        quantity: i + 0.000001,
        ...(i % 5 === 0 ? {} : { user_id: `u${i % 4}` }),
        metadata: { who: `w${i % 7}`, region: i % 2 === 0 ? "eu" : "us" },
        timestamp: new Date(at).toISOString(),
      };
    });
    // Two in one quarter-hour, of which a ragged range takes one.
    for (const minute of ["01", "09"]) {
      const timestamp = `2024-${month}-15T12:${minute}:00Z`;
      events.push({ ...PLAIN, id: `${month}-at-${minute}`, timestamp });
    }
    const answer = await call(key, "POST", "/api/usage/events", events);
    expect(answer.body.accepted).toBe(32);
    await call(key, "POST", `/api/usage/events/${month}-6/void`);
  }
  // One event across the edge, so that its segment stays.
  await call(key, "POST", "/api/test-clock", { now: "2026-01-01T00:00:00Z" });
  return tenant;
}

const WHOLE = "start_date=2024-01-01T00:00:00Z&end_date=2024-07-01T00:00:00Z";
const BY_LINE = [
  `/api/usage/summary?${WHOLE}&user_id=u1`,
  `/api/usage/summary?${WHOLE}&group_by=user_id,region&window=month`,
  "/api/usage/summary?start_date=2024-02-01T00:00:00Z&end_date=2024-02-20T00:00:00Z&user_id=u2",
];
const BY_ROLLUP = [
  `/api/usage/summary?${WHOLE}`,
  `/api/usage/summary?${WHOLE}&window=day&time_zone=Asia/Kathmandu`,
  "/api/usage/summary?start_date=2024-01-05T10:15:00Z&end_date=2024-05-09T23:45:00Z",
];
const LIVE = [
  "/api/usage/summary?start_date=2024-05-01T00:00:00Z&end_date=2024-07-01T00:00:00Z&user_id=u1",
  "/api/usage/summary?start_date=2024-05-03T01:02:03Z&end_date=2024-06-09T04:05:06Z",
];

async function answers({ key }: TestTenant, paths: readonly string[]) {
  const all = [];
  for (const path of paths) {
    const { status, body } = await call(key, "GET", path);
    all.push({ path, status, body });
  }
  return all;
}

/** Every event that the list has, without what says that some are archived. */
async function listed({ key }: TestTenant): Promise<unknown[]> {
  const { body } = await call(key, "GET", "/api/usage/events?source=api&limit=200");
  return body.data;
}

async function queryOf({ tenantId }: TestTenant, realMs = Date.now()): Promise<ArchiveQuery> {
  const { counters } = await readCatalogue(worker.DB, tenantId);
  return {
    tenant: tenantId,
    edgeMs: EDGE_MS,
    realMs,
    test: true,
    counters: new Map(counters.map((counter) => [counter.metric, counter])),
  };
}

async function archiveAll(tenant: TestTenant, realMs?: number, store: Store = worker) {
  const query = await queryOf(tenant, realMs);
  let events = 0;
  for (;;) {
    const step = await archiveNext(store, query);
    if (!step) return events;
    events += step.events;
  }
}

async function restore(tenant: TestTenant, month: string, untilMs: number, store: Store = worker) {
  const { counters } = await queryOf(tenant);
  const query = { tenant: tenant.tenantId, counters, month, untilMs, realMs: Date.now() };
  let events = 0;
  for (;;) {
    const step = await restoreNext(store, query);
    if (!step) return events;
    events += step.events;
  }
}

/** Rows that a tenant's events take in the ledger. */
async function rowsOf({ tenantId }: TestTenant) {
  const tables = ["usage_segments", "segment_quarters", "series_blocks"];
  const counts = tables.map((table) =>
    worker.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE tenant = ?`).bind(tenantId),
  );
  const read = await worker.DB.batch<{ n: number }>(counts);
  return read.map(({ results }) => results[0]?.n ?? 0);
}

/** The store, which is killed at its `at`-th write or read of an object, before or after it. */
function killedAt(at: number, after: boolean): { store: Store; calls: () => number } {
  let calls = 0;
  const guarded = <T extends object>(target: T, names: readonly string[]): T =>
    new Proxy(target, {
      get(one, name) {
        const own = Reflect.get(one, name);
        if (typeof own !== "function") return own;
        if (!names.includes(String(name))) return own.bind(one);
        return async (...given: unknown[]) => {
          calls++;
          if (calls === at && !after) throw new Error("killed");
          const answer = await own.apply(one, given);
          if (calls === at && after) throw new Error("killed");
          return answer;
        };
      },
    });
  const store = {
    DB: guarded(worker.DB, ["batch"]),
    FILES: guarded(worker.FILES, ["put", "get", "delete"]),
  };
  return { store, calls: () => calls };
}

describe("archived usage", () => {
  let tenant: TestTenant;
  let before: Record<"byLine" | "byRollup" | "live", Awaited<ReturnType<typeof answers>>>;
  let events: unknown[];
  let rows: number[];
  let archivedRows: number[];

  beforeAll(async () => {
    tenant = await makeHistory();
    before = {
      byLine: await answers(tenant, BY_LINE),
      byRollup: await answers(tenant, BY_ROLLUP),
      live: await answers(tenant, LIVE),
    };
    events = await listed(tenant);
    // The series of the old months are written by then.
    const mark = "SELECT series_up_to AS seq FROM usage_watermarks WHERE tenant = ?";
    const read = worker.DB.prepare(mark).bind(tenant.tenantId);
    await vi.waitUntil(
      async () => Number(await read.first("seq")) > 34 * MONTHS.length - 20,
      10_000,
    );
    rows = await rowsOf(tenant);
  });

  it("is taken out of the ledger once, whatever is killed on the way", async () => {
    let kills = 0;
    for (let at = 1; ; at++) {
      const killed = [false, true].map((after) => killedAt(at, after));
      for (const { store } of killed) {
        await archiveAll(tenant, undefined, store).catch((error: Error) => {
          expect(error.message).toBe("killed");
          kills++;
        });
        // Whatever happened: what can be answered is right.
        expect(await answers(tenant, [BY_ROLLUP[0] ?? ""])).toEqual([before.byRollup[0]]);
      }
      if (killed.every(({ calls }) => calls() < at)) break;
    }
    expect(kills).toBeGreaterThan(5);
    expect(await archiveAll(tenant)).toBe(0);
    const archived = await worker.DB.prepare(
      "SELECT month, sum(events) AS events FROM usage_archives WHERE tenant = ? GROUP BY month",
    )
      .bind(tenant.tenantId)
      .all();
    // Each month's events and the void, by the segments that end in it.
    expect(archived.results.map(({ month }) => month)).toEqual(OLD);
    const sum = archived.results.reduce((all, row) => all + Number(row.events), 0);
    // With the calls that declared the metrics.
    expect(sum).toBe(33 * OLD.length + 3);
    archivedRows = await rowsOf(tenant);
    expect(archivedRows.every((n, i) => n < (rows[i] ?? 0))).toBe(true);
    const old = "SELECT count(*) AS n FROM series_blocks WHERE tenant = ? AND ts_min < ?";
    const read = worker.DB.prepare(old).bind(tenant.tenantId, EDGE_MS);
    expect(await read.first("n")).toBe(0);
  });

  it("is still summed by whole quarter-hours, and never answered wrongly", async () => {
    expect(await answers(tenant, BY_ROLLUP)).toEqual(before.byRollup);
    expect(await answers(tenant, LIVE)).toEqual(before.live);
    for (const { status, body } of await answers(tenant, BY_LINE)) {
      expect([status, body.code]).toEqual([409, "usage.archived"]);
      expect(body.archived_months[0]).toMatch(/^2024-0[1-4]$/);
    }
    const ragged = "start_date=2024-01-15T12:05:00Z&end_date=2024-07-01T00:00:00Z";
    const cut = await call(tenant.key, "GET", `/api/usage/summary?${ragged}`);
    expect(cut.body.code).toBe("usage.archived");
  });

  it("says so where single events are asked for", async () => {
    const { key } = tenant;
    const page = await call(key, "GET", "/api/usage/events?source=api&limit=200");
    expect(page.body.archived_months).toEqual(OLD);
    expect(page.body.data).toEqual(events.slice(0, 64));
    const recent = await call(key, "GET", "/api/usage/events?start_date=2024-05-01T00:00:00Z");
    expect(recent.body.archived_months).toEqual([]);
    for (const [method, path] of [
      ["GET", "/api/usage/events/seq_1"],
      ["POST", "/api/usage/events/seq_1/void"],
      ["GET", "/api/exports/usage-events"],
    ] as const) {
      const { status, body } = await call(key, method, path);
      expect([path, status, body.code]).toEqual([path, 409, "usage.archived"]);
    }
    const part = await call(
      key,
      "GET",
      "/api/exports/usage-events?start_date=2024-05-01T00:00:00Z",
    );
    expect(part.status).toBe(200);
  });

  it("comes back as it was, part by part, and goes again", async () => {
    const untilMs = Date.now() + 7 * DAY_MS;
    expect(await restore(tenant, "2024-02", untilMs)).toBe(33);
    const february = BY_LINE[2] ?? "";
    expect(await answers(tenant, [february])).toEqual([before.byLine[2]]);
    for (const month of OLD) {
      for (let at = 1; ; at++) {
        const { store, calls } = killedAt(at, at % 2 === 0);
        await restore(tenant, month, untilMs, store).catch(() => undefined);
        if (calls() < at) break;
      }
    }
    expect(await answers(tenant, BY_LINE)).toEqual(before.byLine);
    expect(await answers(tenant, BY_ROLLUP)).toEqual(before.byRollup);
    expect(await listed(tenant)).toEqual(events);
    // Nothing is compacted or archived while it is wanted.
    await compactSegments(worker, tenant.tenantId, Date.now() + 4 * DAY_MS);
    expect(await archiveAll(tenant)).toBe(0);
    expect(await answers(tenant, BY_LINE)).toEqual(before.byLine);

    // A void of an event that came back is part of the month from then on.
    await call(tenant.key, "POST", "/api/usage/events/seq_2/void");
    const changed = await answers(tenant, BY_ROLLUP);
    expect(changed).not.toEqual(before.byRollup);
    const later = untilMs + 1;
    for (let at = 1; ; at++) {
      const { store, calls } = killedAt(at, at % 2 === 1);
      await archiveAll(tenant, later, store).catch(() => undefined);
      if (calls() < at) break;
    }
    expect(await answers(tenant, BY_ROLLUP)).toEqual(changed);
    expect((await answers(tenant, BY_LINE)).map(({ status }) => status)).toEqual([409, 409, 409]);
    const now = await rowsOf(tenant);
    expect(now.every((n, i) => n <= (archivedRows[i] ?? 0) + 2)).toBe(true);
    const objects = await worker.FILES.list({ prefix: `segments/${tenant.tenantId}/` });
    expect(objects.objects.length).toBeGreaterThan(0);
    await deleteForgotten(worker, worker.DB, later + 36 * DAY_MS);
    const left = await worker.FILES.list({ prefix: `segments/${tenant.tenantId}/` });
    expect(left.objects).toEqual([]);

    for (const month of OLD) await restore(tenant, month, later + DAY_MS);
    const again = await answers(tenant, BY_LINE);
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(again[2]).toEqual(before.byLine[2]);

    // A month that came back again, under the same key, outlives that it was forgotten before.
    const ended = later + DAY_MS + 1;
    await archiveAll(tenant, ended);
    for (const month of OLD) await restore(tenant, month, ended + 60 * DAY_MS);
    await deleteForgotten(worker, worker.DB, ended + 36 * DAY_MS);
    const third = await answers(tenant, BY_LINE);
    expect(third).toEqual(again);
  });
});

it("leaves a ledger as it was copied where a move comes in the middle of a step", async () => {
  const tenant = await makeHistory();
  const { tenantId } = tenant;
  const fence = (epoch: number) =>
    worker.DB.prepare("UPDATE usage_watermarks SET fenced = ?2 WHERE tenant = ?1")
      .bind(tenantId, epoch)
      .run();
  // The store is fenced when an object was written, before the batch that follows.
  const put: R2Bucket["put"] = async (key: string, value: never) => {
    const written = await worker.FILES.put(key, value);
    await fence(1);
    return written as never;
  };
  const FILES = new Proxy(worker.FILES, {
    get(files, name) {
      if (name === "put") return put;
      const own = Reflect.get(files, name);
      return typeof own === "function" ? own.bind(files) : own;
    },
  });
  const left = async () => {
    const archives = "SELECT count(*) AS n FROM usage_archives WHERE tenant = ?1";
    const forgotten = "SELECT count(*) AS n FROM forgotten_objects WHERE tenant = ?1";
    const counts = [archives, forgotten].map((text) => worker.DB.prepare(text).bind(tenantId));
    const read = await worker.DB.batch<{ n: number }>(counts);
    return [...(await rowsOf(tenant)), ...read.map(({ results }) => results[0]?.n)];
  };
  const refused = { code: "resource.conflict" };
  const had = await left();
  const into = { DB: worker.DB, FILES };
  await expect(archiveNext(into, await queryOf(tenant))).rejects.toMatchObject(refused);
  // Of the object that nothing names there is a note, by which it goes.
  expect(await left()).toEqual([...had.slice(0, -1), 1]);
  const moving = { ...worker, FILES };
  const ended = { events: 0, months: [], done: true };
  await fence(0);
  expect(await archiveUsage(moving, tenantId, Date.now())).toEqual(ended);

  await fence(0);
  expect((await archiveNext(worker, await queryOf(tenant)))?.month).toBe(OLD[0]);
  const archived = await left();
  const until = Date.now() + DAY_MS;
  await expect(restore(tenant, OLD[0] ?? "", until, into)).rejects.toMatchObject(refused);
  expect(await left()).toEqual([...archived.slice(0, -1), 1]);

  // What was restored for a time that has ended is not taken out, either.
  await fence(0);
  await restore(tenant, OLD[0] ?? "", until);
  const restored = await left();
  await fence(1);
  const later = await queryOf(tenant, until + 1);
  await expect(archiveNext(worker, later)).rejects.toMatchObject(refused);
  expect(await left()).toEqual(restored);
  await fence(0);
});
