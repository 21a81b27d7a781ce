/** A tenant that is erased is nowhere, but for what the law has kept, and nothing restores it. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { verifyLog } from "../../src/accounts/audit/seal.ts";
import { OPERATOR_TENANT } from "../../src/accounts/store/tenant-store.ts";
import { DAY_MS, MINUTE_MS } from "../../src/core/time.ts";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import { ledgerDb, ledgersOf } from "../../src/platform/db/ledger.ts";
import { readDue } from "../../src/platform/queue/due.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { NOT_EXPORTED, SECTIONS } from "../../src/retention/export/sections.ts";
import { forgottenAt, STEPS } from "../../src/retention/tenant/steps.ts";
import { CUSTOMERS, DRAFTS, GONE, GONE_AT_LAST, KEPT } from "../../src/retention/tenant/tables.ts";
import {
  catchUpTenants,
  forgetTenant,
  runTenantErasure,
  TENANT_ERASE,
} from "../../src/retention/tenant/tenant-erasure.ts";
import { readTenantErasure } from "../../src/retention/tenant/tenant-store.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

const worker = env as unknown as Env;
const NAME = "Vanishing Ltd";
const LINES = [{ name: "Work", quantity: 1, unit_price: 5 }];

/** Says that somebody did so, or what was answered instead. */
async function did(key: string, method: string, path: string, body?: unknown) {
  const answer = await call(key, method, path, body);
  expect([answer.status, answer.body?.detail]).toEqual([
    expect.toSatisfy((status: number) => status < 300),
    undefined,
  ]);
  return answer.body;
}

/** A tenant with usage, people, webhooks, e-mails, a draft and a final invoice. */
async function makeHouse(options: { ledger?: number; mode?: "test"; mark?: string } = {}) {
  const { mark = "hopping", ...of } = options;
  const tenant = await makeTenant({ name: NAME, ...of });
  const { key } = tenant;
  await did(key, "PUT", "/api/issuer", { legal_name: `Seller ${mark}`, currency: "USD" });
  const email = `grace@${mark}.test`;
  const person = { name: `Grace ${mark}`, email };
  await did(key, "POST", "/api/users", { ...person, role: "viewer" });
  const customer = await did(key, "POST", "/api/customers", { ...person, reference: "g-1" });
  const other = await did(key, "POST", "/api/customers", { name: "Nobody Ltd" });
  const draft = { customer_id: customer.id, lines: LINES };
  const invoice = await did(key, "POST", "/api/invoices", draft);
  await did(key, "POST", `/api/invoices/${invoice.id}/finalize`);
  await did(key, "POST", `/api/invoices/${invoice.id}/send`, {});
  await did(key, "POST", "/api/invoices", { customer_id: other.id, lines: LINES });
  await call(key, "GET", `/api/invoices/${invoice.id}.pdf`);
  await did(key, "POST", "/api/suppressions", { address: email });
  const events = Array.from({ length: 60 }, (_, i) => ({
    id: `e${i}`,
    metric_name: "api_calls",
    quantity: 1,
    user_id: email,
  }));
  await did(key, "POST", "/api/usage/events", events);
  await did(key, "GET", "/api/usage/events");
  return { ...tenant, invoice: invoice.id as string };
}

const path = ({ tenantId }: Pick<TestTenant, "tenantId">) => `/api/tenants/${tenantId}/erasure`;

async function begin(tenant: TestTenant) {
  const asked = { name: NAME, delay_days: 0 };
  return did(await operatorKey(), "POST", path(tenant), asked);
}

/** Runs an erasure to its end, as the schedule does; `each` sees it between two calls. */
async function finish({ tenantId }: TestTenant, fromMs = Date.now()): Promise<void> {
  for (let call = 0, nowMs = fromMs; call < 20; call++, nowMs += MINUTE_MS) {
    await runTenantErasure(worker, tenantId, nowMs);
    const erasure = await readTenantErasure(worker.DB, tenantId);
    if (erasure?.doneMs) return;
  }
  throw new Error("the erasure did not end");
}

const DATABASES = [worker.DB, ...ledgersOf(worker).map((ledger) => ledgerDb(worker, ledger))];

/** The texts and blobs of every row of every database in which something of a tenant stands. */
async function rowsWith(db: D1Database, texts: readonly string[]): Promise<Map<string, unknown[]>> {
  const tables = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    .all<{ name: string }>();
  const found = new Map<string, unknown[]>();
  for (const { name } of tables.results) {
    if (/^(?:sqlite_|_cf|d1_)|_search/.test(name)) continue;
    const { results } = await db.prepare(`SELECT * FROM ${name}`).all();
    const own = results.filter((row) => texts.some((text) => JSON.stringify(row).includes(text)));
    if (own.length > 0) found.set(name, own);
  }
  return found;
}

async function filesWith(tenant: string): Promise<string[]> {
  const all: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const list = await worker.FILES.list(cursor === undefined ? {} : { cursor });
    all.push(...list.objects.map(({ key }) => key).filter((key) => key.includes(tenant)));
    if (!list.truncated) return all;
    cursor = list.cursor;
  }
}

describe("what becomes of each table", () => {
  it("is said of every one of either database, and once", async () => {
    const names = new Set<string>();
    for (const db of DATABASES) {
      const { results } = await db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all<{ name: string }>();
      for (const { name } of results)
        if (!/^(?:sqlite_|_cf|d1_)|_search/.test(name)) names.add(name);
    }
    const OF_LEDGER =
      /^(?:usage_(?:segments|alerts|voids|frozen.*|archives)|rollup_|segment_|series_|forgotten)/;
    const gone = [...GONE, ...GONE_AT_LAST].map(({ table }) => table);
    const said = new Set([...gone, DRAFTS.table, CUSTOMERS.table, ...Object.keys(KEPT)]);
    const missing = [...names].filter((name) => !said.has(name) && !OF_LEDGER.test(name));
    expect(missing).toEqual([]);
    expect([...said].filter((name) => !names.has(name))).toEqual([]);
    const twice = GONE.map(({ table }) => table).filter((name) => name in KEPT);
    // Of a draft the lines go, of a final document they stay.
    expect(twice).toEqual(["document_lines"]);
  });

  it("is said of all that an export holds", () => {
    const said = new Set([...GONE, ...GONE_AT_LAST].map(({ table }) => table));
    const exported = SECTIONS.map(({ table }) => table).filter((table) => !(table in NOT_EXPORTED));
    const left = exported.filter((table) => !said.has(table) && !(table in KEPT));
    expect(left.filter((table) => !/^usage_(?:alerts|frozen)/.test(table))).toEqual([]);
  });
});

describe("a tenant whose erasure was asked for", () => {
  it("goes on for the days in which it can be taken back, by its owner too", async () => {
    const tenant = await makeTenant({ name: NAME });
    const { key, tenantId } = tenant;
    const wrong = await call(key, "POST", "/api/tenant/erasure", { name: "Other Ltd" });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, "/name"]);
    const asked = await did(key, "POST", "/api/tenant/erasure", { name: NAME });
    expect(asked).toMatchObject({ status: "waiting", asked_by: "owner", begun_at: null });
    expect(Date.parse(asked.begins_at) - Date.parse(asked.asked_at)).toBe(30 * DAY_MS);
    const again = await call(key, "POST", "/api/tenant/erasure", { name: NAME });
    expect([again.status, again.body.code]).toEqual([409, "resource.conflict"]);
    await did(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 1 });
    const early = Date.parse(asked.begins_at) - 1;
    await runTenantErasure(worker, tenantId, early);
    expect((await did(key, "GET", "/api/tenant/erasure")).status).toBe("waiting");
    await did(key, "DELETE", "/api/tenant/erasure");
    expect((await call(key, "GET", "/api/tenant/erasure")).status).toBe(404);
    expect(await readDue(worker.DB, `${TENANT_ERASE}:${tenantId}`)).toBe(null);
    await runTenantErasure(worker, tenantId, early + DAY_MS);
    await did(key, "GET", "/api/tenant");
  });

  it("stays where a restore brings up again what was taken back", async () => {
    const { key, tenantId } = await makeTenant({ name: NAME });
    await did(key, "POST", "/api/tenant/erasure", { name: NAME });
    const row = await readTenantErasure(worker.DB, tenantId);
    await did(key, "DELETE", "/api/tenant/erasure");
    const { results } = await worker.DB.prepare(
      "SELECT count(*) AS n FROM tenant_erasures WHERE tenant = ?",
    )
      .bind(tenantId)
      .all<{ n: number }>();
    expect(results[0]?.n).toBe(0);
    await worker.DB.prepare(
      `INSERT INTO tenant_erasures (tenant, id, asked_ms, by_operator, begins_ms)
       VALUES (?, ?, 1, 0, 1)`,
    )
      .bind(tenantId, row?.id)
      .run();
    await runTenantErasure(worker, tenantId, Date.now());
    await did(key, "GET", "/api/tenant");
    expect(await readTenantErasure(worker.DB, tenantId)).toBe(null);
  });
});

describe.each([0, 1])("a tenant of ledger %i that is erased", (ledger) => {
  it("is nowhere but in final documents, the audit log and what says that it was", async () => {
    const mark = `mark${ledger}x`;
    const house = await makeHouse({ ledger, mark });
    const { key, tenantId, invoice } = house;
    const store = await readStore(worker, tenantId);
    const before = await rowsWith(store.DB, [tenantId]);
    expect(before.has("usage_segments")).toBe(true);
    const body = await begin(house);
    expect(body).toMatchObject({ status: "running", asked_by: "operator", kept_documents: 1 });
    // From the beginning on nobody gets in, and nothing is recorded.
    expect((await call(key, "GET", "/api/tenant")).status).toBe(401);
    const operator = await operatorKey();
    const named = { "BoxCost-Tenant": tenantId };
    const event = { metric_name: "api_calls", quantity: 1 };
    const late = await call(operator, "POST", "/api/usage/record", event, named);
    expect(late.status).toBe(404);
    const batch = await call(operator, "POST", "/api/usage/events", [
      { ...event, tenant_id: tenantId },
    ]);
    expect(JSON.stringify(batch.body)).not.toContain('"accepted":1');
    await finish(house);

    const texts = [tenantId, mark];
    const left = await rowsWith(worker.DB, texts);
    const kept = [...left.keys()].filter((table) => !(table in KEPT));
    // The operator's own: its work to come, its event, and what it asked here, of which a busy
    // minute's log has a part.
    expect(kept.filter((table) => table !== "request_logs").sort()).toEqual(["due", "outbox"]);
    for (const table of kept) {
      const rows = left.get(table) as { tenant: string }[];
      expect(new Set(rows.map((row) => row.tenant))).toEqual(new Set([OPERATOR_TENANT]));
    }
    for (const [table, rows] of left) {
      const text = JSON.stringify(rows);
      if (["documents", "document_lines"].includes(table)) continue;
      expect([table, text.includes(mark)]).toEqual([table, false]);
    }
    for (const db of DATABASES.slice(1)) {
      if (db === worker.DB) continue;
      const own = [...(await rowsWith(db, texts)).keys()].sort();
      expect(own).toEqual(["usage_erasures", "usage_watermarks"]);
    }
    expect(await filesWith(tenantId)).toEqual([]);
    const { objects } = await worker.FILES.list({ prefix: `pdf/${invoice}/` });
    expect(objects).toEqual([]);

    const state = await did(operator, "GET", path(house));
    const year = new Date().getUTCFullYear();
    expect(state).toMatchObject({
      status: "done",
      step: null,
      kept_documents: 1,
      kept_until: `${year + 11}-01-01T00:00:00Z`,
    });
    // What is kept can be read by the operator, and by nobody changed.
    const read = await call(operator, "GET", `/api/invoices/${invoice}`, undefined, named);
    expect([read.status, read.body.buyer.name]).toEqual([200, `Grace ${mark}`]);
    const usage = await call(operator, "GET", "/api/usage/events", undefined, named);
    expect([usage.status, usage.body.data]).toEqual([200, []]);
    const write = await call(operator, "POST", "/api/customers", { name: "New" }, named);
    expect(write.status).toBe(404);
    expect((await call(operator, "GET", `/api/tenants/${tenantId}`)).status).toBe(404);

    for (const log of [tenantId, OPERATOR_TENANT]) {
      let after = 0;
      for (let done = false; !done; ) {
        const walk = await verifyLog(worker.DB, log, { after, nowMs: Date.now() });
        expect(walk.faults).toEqual([]);
        ({ done } = walk);
        after = walk.to.seq;
      }
      if (log === tenantId) expect(after).toBeGreaterThan(5);
    }
    const news = await worker.DB.prepare(
      "SELECT body FROM outbox WHERE tenant = ? AND type = 'tenant.erased' AND body LIKE ?",
    )
      .bind(OPERATOR_TENANT, `%${tenantId}%`)
      .first<string>("body");
    expect(JSON.parse(news ?? "{}")).toEqual({
      erasure_id: state.id,
      kept_documents: 1,
      tenant_id: tenantId,
    });
  });
});

/** Tables that a database which is set back has again; of the rest the erasure asks nothing. */
const SET_BACK = {
  control: ["users", "api_keys", "webhook_endpoints", "metrics", "suppressions", "usage_announced"],
  ledger: ["usage_segments", "segment_quarters", "rollup_tenant", "usage_watermarks"],
};

/** Keeps rows of a tenant; what sets the databases back to them. */
async function keepRows(tenantId: string, store: Pick<Env, "DB">) {
  const keep = (db: D1Database, tables: readonly string[]) =>
    Promise.all(
      tables.map(async (table) => {
        const read = db.prepare(`SELECT * FROM ${table} WHERE tenant = ?`).bind(tenantId);
        return { db, table, rows: (await read.all<Record<string, unknown>>()).results };
      }),
    );
  const control = await keep(worker.DB, SET_BACK.control);
  const ledger = await keep(store.DB, SET_BACK.ledger);
  const put = async (kept: typeof control) => {
    for (const { db, table, rows } of kept) {
      await db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).bind(tenantId).run();
      for (const row of rows) {
        const names = Object.keys(row);
        const values = Object.values(row).map((value) =>
          Array.isArray(value) ? new Uint8Array(value) : value,
        );
        const marks = names.map(() => "?");
        const insert = `INSERT INTO ${table} (${names}) VALUES (${marks})`;
        await db
          .prepare(insert)
          .bind(...values)
          .run();
      }
    }
  };
  return {
    async control() {
      const of = (sql: string) => worker.DB.prepare(sql).bind(tenantId).run();
      await of("DELETE FROM tenant_erasures WHERE tenant = ?");
      await of("UPDATE tenants SET name = 'Vanishing Ltd', erased_ms = NULL WHERE id = ?");
      await put(control);
    },
    async ledger() {
      const undone = "DELETE FROM usage_erasures WHERE tenant = ?";
      await store.DB.prepare(undone).bind(tenantId).run();
      await put(ledger);
    },
  };
}

async function expectGone({ tenantId, key }: TestTenant, store: Pick<Env, "DB">): Promise<void> {
  expect((await call(key, "GET", "/api/tenant")).status).toBe(401);
  for (const [db, tables] of [
    [worker.DB, SET_BACK.control],
    [store.DB, SET_BACK.ledger.filter((table) => table !== "usage_watermarks")],
  ] as const) {
    for (const table of tables) {
      const count = `SELECT count(*) AS n FROM ${table} WHERE tenant = ?`;
      const n = await db.prepare(count).bind(tenantId).first<number>("n");
      expect([table, n]).toEqual([table, 0]);
    }
  }
}

describe.each([0, 1])("what was erased of a tenant of ledger %i", (ledger) => {
  it("stays erased where either database is set back to before it", async () => {
    const house = await makeHouse({ ledger });
    const { key, tenantId } = house;
    const store = await readStore(worker, tenantId);
    const back = await keepRows(tenantId, store);
    const { id } = await begin(house);
    await finish(house);
    await expectGone(house, store);
    const isOpen = async () => (await readDue(worker.DB, `${TENANT_ERASE}:${tenantId}`)) !== null;
    await catchUpTenants(worker, Date.now());
    expect(await isOpen()).toBe(false);

    // All is set back: the key opens again, and the meter, which is not, takes nothing.
    await back.control();
    await back.ledger();
    expect((await call(key, "GET", "/api/tenant")).status).toBe(200);
    const event = { metric_name: "api_calls", quantity: 1 };
    const late = await call(key, "POST", "/api/usage/record", event);
    expect([late.status, late.body.code]).toEqual([503, "usage.unavailable"]);
    await catchUpTenants(worker, Date.now());
    expect(await isOpen()).toBe(true);
    expect((await readTenantErasure(worker.DB, tenantId))?.id).toBe(id);
    await finish(house);
    await expectGone(house, store);

    // Only the usage is set back.
    await back.ledger();
    await catchUpTenants(worker, Date.now());
    expect(await isOpen()).toBe(true);
    await runTenantErasure(worker, tenantId, Date.now());
    await runTenantErasure(worker, tenantId, Date.now() + MINUTE_MS);
    await expectGone(house, store);
    await catchUpTenants(worker, Date.now());
    expect(await isOpen()).toBe(false);
  });
});

/** The Worker's bindings, of which the database dies instead of noting every other step. */
function dying(): { env: Env; deaths: () => number } {
  let [writes, deaths] = [0, 0];
  const DB = new Proxy(worker.DB, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          if (/^update "tenant_erasures"/i.test(sql) && writes++ % 2 === 1) {
            deaths++;
            throw new Error("killed");
          }
          return target.prepare(sql);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { env: { ...worker, DB }, deaths: () => deaths };
}

it("is erased whole where each step is killed before it is noted", async () => {
  const house = await makeHouse({ ledger: 1 });
  const { tenantId, key } = house;
  const store = await readStore(worker, tenantId);
  await did(key, "POST", "/api/tenant/erasure", { name: NAME });
  const { env: mortal, deaths } = dying();
  const steps = new Set<number>();
  const beginMs = Date.now() + 30 * DAY_MS;
  for (let nowMs = beginMs; ; nowMs += MINUTE_MS) {
    await runTenantErasure(mortal, tenantId, nowMs).catch((error: unknown) => {
      expect(String(error)).toContain("killed");
    });
    const row = await readTenantErasure(worker.DB, tenantId);
    if (row?.doneMs) break;
    steps.add(row?.step ?? -1);
    expect(nowMs).toBeLessThan(beginMs + 500 * MINUTE_MS);
  }
  expect(steps.size).toBeGreaterThanOrEqual(STEPS.length);
  expect(deaths()).toBeGreaterThan(STEPS.length);
  await expectGone(house, store);
  expect(await filesWith(tenantId)).toEqual([]);
});

describe("the documents of an erased tenant", () => {
  it("go when the years of the law are over, and no day before", async () => {
    const house = await makeHouse();
    const { key, tenantId, invoice } = house;
    const reason = { reason: "mistaken" };
    const credit = await did(key, "POST", `/api/invoices/${invoice}/credit`, reason);
    expect(credit.id).toMatch(/^cn_|^crn_/);
    await begin(house);
    await finish(house);
    const ids = async () => {
      const read = worker.DB.prepare("SELECT id FROM documents WHERE issuer = ?").bind(tenantId);
      return (await read.all<{ id: string }>()).results.map((row) => row.id).sort();
    };
    expect(await ids()).toEqual([invoice, credit.id].sort());
    const day = new Date().toISOString().slice(0, 10);
    const lastMs = forgottenAt(day);
    await forgetTenant(worker, tenantId, lastMs - 1);
    expect(await ids()).toHaveLength(2);
    // Nor does the database let any go by another way.
    const deletion = worker.DB.prepare("DELETE FROM documents WHERE id = ?").bind(credit.id);
    await expect(deletion.run()).rejects.toThrow("document is finalised");
    const due = await readDue(worker.DB, `tenant.forget:${tenantId}`);
    expect(due?.atMs).toBe(lastMs);
    await forgetTenant(worker, tenantId, lastMs);
    expect(await ids()).toEqual([]);
    expect((await readTenantErasure(worker.DB, tenantId))?.forgottenMs).toBe(lastMs);
    const left = [...(await rowsWith(worker.DB, [tenantId])).keys()].sort();
    // The row of what was erased, and the operator's own.
    const own = ["audit", "due", "outbox", "request_logs", "tenant_erasures", "tenants"];
    expect(left.filter((table) => !/^usage_(?:watermarks|erasures)$/.test(table))).toEqual(
      own.filter((table) => left.includes(table)),
    );
    const audited = "SELECT count(*) AS n FROM audit WHERE tenant = ?";
    expect(await worker.DB.prepare(audited).bind(tenantId).first<number>("n")).toBe(0);
  });

  it("go at once where it was a test tenant", async () => {
    const house = await makeHouse({ mode: "test" });
    await begin(house);
    await finish(house);
    const state = await did(await operatorKey(), "GET", path(house));
    expect(state).toMatchObject({ status: "done", kept_documents: 0, kept_until: null });
    const read = "SELECT count(*) AS n FROM documents WHERE issuer = ?";
    expect(await worker.DB.prepare(read).bind(house.tenantId).first<number>("n")).toBe(0);
  });
});
