/**
 * Files of events that are gone, cut off, changed or another tenant's: whoever needs one is told
 * which, nobody reads a wrong number or what is another's, and the rest is answered as before.
 */

import { env } from "cloudflare:workers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { deleteForgotten } from "../../src/metering/ledger/forgotten.ts";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { archiveUsage } from "../../src/retention/archive/retain.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

const worker = env as unknown as Env;
const MONTH = "start_date=2024-01-01T00:00:00Z&end_date=2024-02-01T00:00:00Z";
const TOTALS = `/api/usage/summary?${MONTH}`;

/** A tenant with events of January 2024 that are archived; `times` of each is what it counts. */
async function makeArchived(times: number, user = "u1"): Promise<TestTenant> {
  const tenant = await makeTenant({ clock: "2024-01-10T00:00:00Z" });
  const events = Array.from({ length: 12 }, (_, i) => ({
    id: `e${i}`,
    metric_name: "m",
    quantity: times,
    user_id: user,
    timestamp: `2024-01-0${1 + (i % 9)}T10:0${i % 7}:00Z`,
  }));
  const { body } = await call(tenant.key, "POST", "/api/usage/events", events);
  expect(body.accepted).toBe(12);
  await call(tenant.key, "POST", "/api/test-clock", { now: "2026-01-01T00:00:00Z" });
  await call(tenant.key, "GET", "/api/usage/events"); // drains
  const run = await archive(tenant, "run");
  expect(run.body).toMatchObject({ events: 12, months: ["2024-01"] });
  return tenant;
}

async function archive({ tenantId }: TestTenant, verb: string, body?: object) {
  return call(await operatorKey(), "POST", `/api/tenants/${tenantId}/archive/${verb}`, body);
}

const restore = (tenant: TestTenant) => archive(tenant, "restore", { month: "2024-01" });

/** The key of the only object of a table that is a tenant's. */
async function keyIn(table: "usage_archives" | "usage_segments", { tenantId }: TestTenant) {
  const { DB } = await readStore(worker, tenantId);
  const text = `SELECT object_key FROM ${table} WHERE tenant = ?1 AND object_key IS NOT NULL`;
  return String(await DB.prepare(text).bind(tenantId).first("object_key"));
}

async function bytesAt(key: string): Promise<Buffer> {
  const object = await worker.FILES.get(key);
  return Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer());
}

const DAMAGE: Record<string, (key: string, others: string) => Promise<unknown>> = {
  missing: (key) => worker.FILES.delete(key),
  "cut off": async (key) => worker.FILES.put(key, (await bytesAt(key)).subarray(0, 40)),
  empty: (key) => worker.FILES.put(key, ""),
  "changed in one byte": async (key) => {
    const bytes = await bytesAt(key);
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
    return worker.FILES.put(key, bytes);
  },
  "another tenant's": async (key, others) => worker.FILES.put(key, await bytesAt(others)),
  "far larger than it was": (key) => worker.FILES.put(key, gzipSync(Buffer.alloc(50_000_000))),
};

/** The manifest of a tenant's export, and all of it as text. */
async function exported(tenant: TestTenant) {
  const { status, bytes } = await call(tenant.key, "GET", "/api/export");
  expect(status).toBe(200);
  const text = Buffer.from(bytes).toString("latin1");
  const at = text.indexOf('{\n "format": "boxcostpro-export"');
  const manifest = JSON.parse(text.slice(at, text.indexOf("\n}\n", at) + 3));
  return { manifest, text };
}

const told = (key: string) => ({ code: "usage.damaged", file: key });

describe.each(Object.keys(DAMAGE))("an archive that is %s", (kind) => {
  it("is told by its name, and totals are answered without it", async () => {
    const [tenant, other] = [await makeArchived(1), await makeArchived(7, "theirs")];
    const key = await keyIn("usage_archives", tenant);
    const whole = await bytesAt(key);
    const totals = (await call(tenant.key, "GET", TOTALS)).body;
    await DAMAGE[kind]?.(key, await keyIn("usage_archives", other));

    const refused = await restore(tenant);
    expect([refused.status, refused.body]).toMatchObject([409, told(key)]);
    expect(refused.body.detail).toContain(key);
    expect((await call(tenant.key, "GET", TOTALS)).body).toEqual(totals);
    expect((await call(tenant.key, "GET", `${TOTALS}&user_id=u1`)).body.code).toBe(
      "usage.archived",
    );
    const { manifest } = await exported(tenant);
    expect(manifest.lacks).toEqual([{ file: key, events: [1, 12] }]);
    expect(manifest.files.filter((file: { kind: string }) => file.kind === "events")).toEqual([]);

    await worker.FILES.put(key, whole);
    expect((await restore(tenant)).body).toMatchObject({ events: 12, done: true });
    expect((await call(tenant.key, "GET", `${TOTALS}&user_id=u1`)).status).toBe(200);
    expect((await exported(tenant)).manifest.lacks).toEqual([]);
  });
});

const BY_EVENT = [
  ["GET", `/api/usage/summary?${MONTH}&group_by=user_id`],
  ["GET", "/api/usage/summary?start_date=2024-01-01T10:00:30Z&end_date=2024-01-02T10:01:00Z"],
  ["GET", "/api/usage/events"],
  ["GET", "/api/usage/events/seq_3"],
  ["GET", "/api/exports/usage-events"],
  ["POST", "/api/usage/events/seq_3/void"],
] as const;

describe.each(Object.keys(DAMAGE))("a file of segments that is %s", (kind) => {
  it("is told by its name, whoever asks for an event in it", async () => {
    const [tenant, other] = [await makeArchived(1), await makeArchived(7, "theirs")];
    for (const one of [tenant, other]) await restore(one);
    const key = await keyIn("usage_segments", tenant);
    const whole = await bytesAt(key);
    const totals = (await call(tenant.key, "GET", TOTALS)).body;
    await DAMAGE[kind]?.(key, await keyIn("usage_segments", other));

    for (const [method, path] of BY_EVENT) {
      const { status, body, bytes } = await call(tenant.key, method, path);
      expect([path, status, body]).toMatchObject([path, 409, told(key)]);
      expect(Buffer.from(bytes).toString()).not.toContain("theirs");
    }
    expect((await call(tenant.key, "GET", TOTALS)).body).toEqual(totals);
    const { manifest, text } = await exported(tenant);
    expect(manifest.lacks).toEqual([{ file: key, events: [1, 12] }]);
    expect(text).not.toContain("theirs");

    // It is known to be as it was, and is damaged after that.
    await worker.FILES.put(key, whole);
    expect((await call(tenant.key, "GET", "/api/usage/events/seq_3")).body.quantity).toBe(1);
    await DAMAGE[kind]?.(key, await keyIn("usage_segments", other));
    const again = await call(tenant.key, "GET", "/api/usage/events/seq_4");
    expect(again.body).toMatchObject(told(key));
  });
});

/** Changes what the only archive's row, or segment's, says of its object, and moves the object. */
async function renameObject(
  table: "usage_archives" | "usage_segments",
  tenant: TestTenant,
  name: string,
): Promise<void> {
  const key = await keyIn(table, tenant);
  await worker.FILES.put(name, await bytesAt(key));
  await worker.FILES.delete(key);
  const { DB } = await readStore(worker, tenant.tenantId);
  const text = `UPDATE ${table} SET object_key = ?2 WHERE tenant = ?1`;
  await DB.prepare(text).bind(tenant.tenantId, name).run();
}

const BY_USER = `${TOTALS}&user_id=u1`;

/** The archive as the day's look finds it, some days on. */
function archiveLater({ tenantId }: TestTenant, days: number) {
  return archiveUsage(worker, tenantId, Date.now() + days * 86_400_000);
}

it("reads what earlier versions named, and tells when that is cut off", async () => {
  const tenant = await makeArchived(1);
  const { tenantId } = tenant;
  await renameObject("usage_archives", tenant, `archive/${tenantId}/2024-01/1-12.ndjson.gz`);
  expect((await restore(tenant)).body.events).toBe(12);
  const old = `segments/${tenantId}/restored-2024-01-1-0123456789abcdef/1-12`;
  await renameObject("usage_segments", tenant, old);
  const path = "/api/usage/events/seq_3";
  expect((await call(tenant.key, "GET", path)).body.quantity).toBe(1);
  const whole = await bytesAt(old);
  await worker.FILES.put(old, whole.subarray(0, 40));
  expect((await call(tenant.key, "GET", path)).body).toMatchObject(told(old));
  await worker.FILES.put(old, whole);

  // It goes again, and so does its file, by the name that it had.
  expect((await archiveLater(tenant, 15)).events).toBe(12);
  const { DB } = await readStore(worker, tenantId);
  await deleteForgotten(worker, DB, Date.now() + 60 * 86_400_000);
  expect(await worker.FILES.head(old)).toBe(null);
  expect((await call(tenant.key, "GET", BY_USER)).body.code).toBe("usage.archived");
});

it("is written anew from the ledger where it was damaged while it was restored", async () => {
  const tenant = await makeArchived(1);
  await restore(tenant);
  const before = (await call(tenant.key, "GET", BY_USER)).body;
  const key = await keyIn("usage_archives", tenant);
  await worker.FILES.delete(key);
  expect(await archiveLater(tenant, 15)).toMatchObject({ events: 12, months: ["2024-01"] });
  expect((await call(tenant.key, "GET", BY_USER)).body.code).toBe("usage.archived");
  expect((await restore(tenant)).body).toMatchObject({ events: 12, done: true });
  expect((await call(tenant.key, "GET", BY_USER)).body).toEqual(before);
});

it("keeps a file that was forgotten, and is named again", async () => {
  const tenant = await makeArchived(1);
  await restore(tenant);
  const key = await keyIn("usage_segments", tenant);
  expect((await archiveLater(tenant, 15)).events).toBe(12);
  // The same month comes back, with the same file; also where the note of it was left behind.
  await archive(tenant, "restore", { month: "2024-01", days: 90 });
  expect(await keyIn("usage_segments", tenant)).toBe(key);
  const { DB } = await readStore(worker, tenant.tenantId);
  for (const note of [key, await keyIn("usage_archives", tenant)]) {
    await worker.DB.prepare(
      "INSERT INTO forgotten_objects (object_key, tenant, forget_ms) VALUES (?1, ?2, 1)",
    )
      .bind(note, tenant.tenantId)
      .run();
  }
  for (const db of [DB, worker.DB]) {
    await deleteForgotten(worker, db, Date.now() + 60 * 86_400_000);
  }
  expect((await call(tenant.key, "GET", "/api/usage/events/seq_3")).body.quantity).toBe(1);
  expect((await exported(tenant)).manifest.lacks).toEqual([]);
  expect((await archiveLater(tenant, 91)).events).toBe(12);
  expect((await restore(tenant)).body.events).toBe(12);
});

it("holds up no later usage where a void's quarter-hour is damaged", async () => {
  const tenant = await makeArchived(1);
  const record = async (id: string) => {
    const event = { id, metric_name: "m", quantity: 5, timestamp: "2026-01-01T00:01:00Z" };
    await call(tenant.key, "POST", "/api/usage/record", event);
    await call(tenant.key, "GET", "/api/usage/events"); // drains: a segment each
  };
  await record("beside");
  await record("wrong");
  // Of the two segments of the quarter-hour, that of the other event lies in a file that is lost.
  const { DB } = await readStore(worker, tenant.tenantId);
  const text = "UPDATE usage_segments SET object_key = ?2 WHERE tenant = ?1 AND high = 13";
  const lost = `segments/${tenant.tenantId}/0123456789abcdef/13-13`;
  await DB.prepare(text).bind(tenant.tenantId, lost).run();
  expect((await call(tenant.key, "POST", "/api/usage/events/wrong/void")).status).toBe(200);
  await call(tenant.key, "POST", "/api/usage/record", { metric_name: "later", quantity: 1 });
  const day = "start_date=2026-01-01T00:00:00Z&end_date=2026-01-02T00:00:00Z";
  const { body } = await call(tenant.key, "GET", `/api/usage/summary?${day}`);
  expect(body.metrics).toMatchObject([
    { metric_name: "later", total_quantity: 1 },
    { metric_name: "m", total_quantity: 5, event_count: 1 },
  ]);
});
