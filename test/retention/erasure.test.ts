/** What was erased is nowhere, and stays so after a restore; what is counted stays exact. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { compactSegments } from "../../src/metering/ledger/compact.ts";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { catchUpErasures, runErasure } from "../../src/retention/erasure/erase.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

const worker = env as unknown as Env;
const DAY_MS = 86_400_000;
const WHOLE = "start_date=2024-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z&metric_name=calls";

/** Usage of three users in an archived month and a later one, some of it in series. */
async function makeUsage(ledger: number): Promise<TestTenant> {
  const tenant = await makeTenant({ clock: "2024-01-20T00:00:00Z", ledger });
  const record = async (month: string) => {
    const events = Array.from({ length: 45 }, (_, i) => ({
      id: `${month}-${i}`,
      metric_name: "calls",
      quantity: i + 0.5,
      user_id: ["ada@people.test", "bob", "eve"][i % 3],
      timestamp: `${month}-${String(1 + (i % 15)).padStart(2, "0")}T00:0${i % 9}:00Z`,
    }));
    const { body } = await call(tenant.key, "POST", "/api/usage/events", events);
    expect(body.accepted).toBe(45);
  };
  await record("2024-01");
  await call(tenant.key, "POST", "/api/test-clock", { now: "2026-01-20T00:00:00Z" });
  await record("2026-01");
  await call(tenant.key, "GET", "/api/usage/events");
  const mark = "SELECT series_up_to AS seq FROM usage_watermarks WHERE tenant = ?";
  const { DB } = await readStore(worker, tenant.tenantId);
  const read = DB.prepare(mark).bind(tenant.tenantId);
  await vi.waitUntil(async () => Number(await read.first("seq")) >= 90, 15_000);
  const path = `/api/tenants/${tenant.tenantId}/archive/run`;
  expect((await call(await operatorKey(), "POST", path)).body.events).toBe(45);
  return tenant;
}

async function restoreMonth({ tenantId }: TestTenant): Promise<void> {
  const path = `/api/tenants/${tenantId}/archive/restore`;
  await call(await operatorKey(), "POST", path, { month: "2024-01", days: 3 });
}

async function byUser({ key }: TestTenant): Promise<Record<string, number>> {
  const { body } = await call(key, "GET", `/api/usage/summary?${WHOLE}&group_by=user_id`);
  return Object.fromEntries(
    body.breakdown.map((row: { group: { user_id: string }; total_quantity: number }) => [
      row.group.user_id,
      row.total_quantity,
    ]),
  );
}

const TABLES = ["usage_segments", "series_blocks", "usage_archives", "erasures", "usage_erasures"];

/** Keeps a tenant's rows as they are; what sets the databases back to them. */
async function keepRows(tenant: string): Promise<() => Promise<void>> {
  const { DB: ledger } = await readStore(worker, tenant);
  const kept = await Promise.all(
    TABLES.map(async (table) => {
      const db = table === "erasures" ? worker.DB : ledger;
      const read = db.prepare(`SELECT * FROM ${table} WHERE tenant = ?`).bind(tenant);
      return { db, table, rows: (await read.all<Record<string, unknown>>()).results };
    }),
  );
  return async () => {
    for (const { db, table, rows } of kept) {
      await db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).bind(tenant).run();
      for (const row of rows) {
        const names = Object.keys(row);
        const values = Object.values(row).map((value) =>
          Array.isArray(value) ? new Uint8Array(value) : value,
        );
        await db
          .prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => "?")})`)
          .bind(...values)
          .run();
      }
    }
  };
}

describe("a user of usage who is erased", () => {
  it.each([0, 1])("in ledger %i has another name everywhere, and sums are the same", async (of) => {
    const tenant = await makeUsage(of);
    const { key, tenantId } = tenant;
    await compactSegments(worker, tenantId, Date.now() + 4 * DAY_MS);
    const total = await call(key, "GET", `/api/usage/summary?${WHOLE}`);
    const setBack = await keepRows(tenantId);
    const request = { kind: "usage_user", ref: "ada@people.test" };
    const { status, body } = await call(key, "POST", "/api/erasures", request);
    expect([status, body.status, body.ref]).toEqual([201, "done", null]);
    const alias = `erased_${body.id.slice(-8)}`;
    const log = (await call(key, "GET", "/api/audit?action=person.erased")).body.data;
    expect(JSON.stringify(log)).not.toContain("ada@");
    await expectChained(key);
    expect((await call(key, "GET", `/api/usage/summary?${WHOLE}`)).body).toEqual(total.body);

    await restoreMonth(tenant);
    const users = await byUser(tenant);
    expect(Object.keys(users).sort()).toEqual(["bob", alias, "eve"].sort());
    expect(users[alias]).toBe(2 * [...Array(15).keys()].reduce((sum, i) => sum + 3 * i + 0.5, 0));
    const sum = Object.values(users).reduce((all, one) => all + one, 0);
    expect(total.body.metrics[0].total_quantity).toBe(sum);

    // The database is set back to before: the list in R2 is remembered, and runs again.
    await setBack();
    const other = await call(key, "GET", "/api/usage/events?user_id=ada@people.test");
    expect(other.body.data.length).toBeGreaterThan(0);
    expect(await catchUpErasures(worker, Date.now())).toBeGreaterThan(0);
    await runErasure(worker, body.id, Date.now());
    await restoreMonth(tenant);
    expect(await byUser(tenant)).toEqual(users);
    const none = await call(key, "GET", "/api/usage/events?user_id=ada@people.test");
    expect(none.body.data).toEqual([]);
    expect((await call(key, "GET", `/api/usage/summary?${WHOLE}`)).body).toEqual(total.body);
    // Only the usage tables are set back.
    const undone = "DELETE FROM usage_erasures WHERE id = ?";
    await (await readStore(worker, tenantId)).DB.prepare(undone).bind(body.id).run();
    expect(await catchUpErasures(worker, Date.now())).toBeGreaterThan(0);
    await runErasure(worker, body.id, Date.now());
    expect(await catchUpErasures(worker, Date.now())).toBe(0);
  });
});

/** All that an export has of a tenant, letters opened. */
async function everything(key: string): Promise<string> {
  const { bytes } = await call(key, "GET", "/api/export");
  return Buffer.from(bytes).toString("utf8").toLowerCase();
}

/** What was rewritten in the audit log is sealed as what it is now. */
async function expectChained(key: string): Promise<void> {
  const { status, body } = await call(key, "POST", "/api/audit/verify", {});
  expect([status, body]).toMatchObject([200, { done: true, faults: [] }]);
  expect(body.verified).toEqual(body.head);
  expect(body.head.seq).toBeGreaterThan(0);
}

const LINES = [{ name: "Work", quantity: 1, unit_price: 5 }];

async function issueAndSend(key: string, customer: string, to?: string[]): Promise<void> {
  const draft = { customer_id: customer, lines: LINES };
  const { id } = (await call(key, "POST", "/api/invoices", draft)).body;
  await call(key, "POST", `/api/invoices/${id}/finalize`);
  const sent = await call(key, "POST", `/api/invoices/${id}/send`, to ? { to } : {});
  expect(sent.status).toBe(202);
}

describe("a person who is erased", () => {
  it("is nowhere but on final documents, as a customer", async () => {
    const { key } = await makeTenant();
    await call(key, "PUT", "/api/issuer", { legal_name: "Seller Ltd", currency: "USD" });
    const given = {
      name: "Grace Hopping",
      email: "Grace@Buyer.test",
      phone: "+1 555 0199",
      address: { lines: ["7 Secret Lane"], city: "Hidden", country: "US" },
      reference: "grace-1",
    };
    const customer = (await call(key, "POST", "/api/customers", given)).body;
    const draft = { customer_id: customer.id, lines: LINES };
    const { id } = (await call(key, "POST", "/api/invoices", draft)).body;
    await call(key, "POST", `/api/invoices/${id}/finalize`);
    await call(key, "POST", `/api/invoices/${id}/send`, {});
    await call(key, "POST", "/api/suppressions", { address: "grace@buyer.test" });
    expect(await everything(key)).toContain("grace@buyer.test");
    await expectChained(key); // sealed, with what is erased
    const asked = { kind: "customer", ref: customer.id };
    const { status, body } = await call(key, "POST", "/api/erasures", asked);
    expect([status, body.status, body.ref]).toEqual([201, "done", customer.id]);
    const now = (await call(key, "GET", `/api/customers/${customer.id}`)).body;
    expect(now).toMatchObject({ name: "Erased customer", email: null, reference: null });
    const invoice = (await call(key, "GET", `/api/invoices/${id}`)).body;
    expect(JSON.stringify(invoice)).toContain("Grace Hopping");
    const lines = (await everything(key)).split("\n");
    const left = lines.filter((line) => /grace|secret lane|0199/.test(line));
    const named = left.map((line) => JSON.parse(line));
    expect(named.map(({ table }) => table)).toEqual(["documents", "audit"]);
    // The suppression that an entry is about; what it says of it is gone.
    expect(named[1].row).toMatchObject({ target: "grace@buyer.test", before: null, after: null });
    await expectChained(key);
    const list = (await call(key, "GET", "/api/erasures")).body.data;
    expect(list.map((one: { id: string }) => one.id)).toEqual([body.id]);
  });

  it("is gone from letters and lists under former addresses, and nobody else is", async () => {
    const { key } = await makeTenant();
    await call(key, "PUT", "/api/issuer", { legal_name: "Seller Ltd", currency: "USD" });
    const given = { name: "Grace Hopping", email: "hopping@home.test" };
    const { id: ref } = (await call(key, "POST", "/api/customers", given)).body;
    await issueAndSend(key, ref);
    await call(key, "POST", "/api/suppressions", { address: "hopping@home.test" });
    await call(key, "PATCH", `/api/customers/${ref}`, { email: "grace@buyer.test" });
    await issueAndSend(key, ref, ["accounts@third.test"]);
    const kept = { name: "Anna", email: "anna-grace@buyer.test" };
    const other = (await call(key, "POST", "/api/customers", kept)).body;
    await issueAndSend(key, other.id);
    const draft = (await call(key, "POST", "/api/invoices", { customer_id: ref, lines: LINES }))
      .body;
    expect((await call(key, "GET", `/api/pdf/invoice/${draft.id}`)).status).toBe(200);
    const pdfs = async () => (await worker.FILES.list({ prefix: `pdf/${draft.id}/` })).objects;
    await vi.waitUntil(async () => (await pdfs()).length === 1);
    await call(key, "POST", "/api/erasures", { kind: "customer", ref });

    expect(await pdfs()).toEqual([]);
    const letters = (await call(key, "GET", "/api/emails")).body.data;
    const said = letters.map(({ to, subject }: { to: string[]; subject: string }) => [
      to[0],
      subject,
    ]);
    const [anna, ...erased] = said;
    expect(anna).toEqual(["anna-grace@buyer.test", expect.stringContaining("Seller Ltd")]);
    expect(erased).toEqual(Array(2).fill([expect.stringMatching(/^ers-\w+@erased/), "Erased"]));
    const list = (await call(key, "GET", "/api/suppressions")).body.data;
    expect(list).toEqual([]);
    const lines = (await everything(key)).split("\n");
    const left = lines.filter((line) => /hopping|[^-]grace|accounts@/.test(line));
    const named = left.map((line) => JSON.parse(line));
    // What was issued, and the suppression that an entry is about.
    expect(named.map(({ table, row }) => row.number ?? `${table} ${row.target}`).sort()).toEqual([
      "audit hopping@home.test",
      "inv-2026-001",
      "inv-2026-002",
    ]);
    await expectChained(key);
  });

  it("is gone from the log of its documents where it has no address", async () => {
    const { key } = await makeTenant();
    await call(key, "PUT", "/api/issuer", { legal_name: "Seller Ltd", currency: "USD" });
    const { id: ref } = (await call(key, "POST", "/api/customers", { name: "Kurt Nomail" })).body;
    await issueAndSend(key, ref, ["kurt@there.test"]);
    await call(key, "POST", "/api/erasures", { kind: "customer", ref });
    const lines = (await everything(key)).split("\n").filter((line) => /kurt/.test(line));
    expect(lines.map((line) => JSON.parse(line).table)).toEqual(["documents"]);
    await expectChained(key);
  });

  it("is removed, signed out and named nowhere, as a user", async () => {
    const { key, tenantId } = await makeTenant();
    const given = { email: "Linus@Team.test", name: "Linus Penguin", role: "admin" };
    const user = (await call(key, "POST", "/api/users", given)).body;
    const own = await keyFor(tenantId, "admin", { userId: user.id });
    await call(own, "POST", "/api/customers", { name: "Made by Linus's key" });
    expect(await everything(key)).toContain("linus@team.test");
    await expectChained(key);
    const { body } = await call(key, "POST", "/api/erasures", { kind: "user", ref: user.id });
    expect(body.status).toBe("done");
    expect((await call(own, "GET", "/api/tenant")).status).toBe(401);
    const lines = (await everything(key)).split("\n");
    expect(lines.filter((line) => /linus@|penguin/.test(line))).toEqual([]);
    await expectChained(key);
    // Again: nothing is left to do.
    const again = await call(key, "POST", "/api/erasures", { kind: "user", ref: user.id });
    expect(again.status).toBe(201);
    await expectChained(key);
  });

  it("is one of the owner's own tenant, and not its last owner", async () => {
    const [tenant, other] = [await makeTenant(), await makeTenant()];
    const person = { email: "o@a.test", name: "O", role: "viewer" };
    const user = (await call(other.key, "POST", "/api/users", person)).body;
    const customer = (await call(other.key, "POST", "/api/customers", { name: "C" })).body;
    for (const asked of [
      { kind: "user", ref: user.id },
      { kind: "customer", ref: customer.id },
    ]) {
      expect((await call(tenant.key, "POST", "/api/erasures", asked)).status).toBe(404);
    }
    const admin = await keyFor(other.tenantId, "admin");
    const asked = { kind: "user", ref: user.id };
    expect((await call(admin, "POST", "/api/erasures", asked)).status).toBe(403);
    const owner = { ...person, email: "p@a.test", role: "owner" };
    const last = (await call(other.key, "POST", "/api/users", owner)).body;
    const refused = await call(other.key, "POST", "/api/erasures", { kind: "user", ref: last.id });
    expect([refused.status, refused.body.code]).toEqual([409, "members.last_owner"]);
  });
});

describe("the budgets of exports and erasures", () => {
  it("refuse what is beyond an hour's, and nobody is removed for it", async () => {
    const { key, tenantId } = await makeTenant();
    const budgets = { erasures_per_hour: 1, exports_per_hour: 1 };
    const path = `/api/tenants/${tenantId}/budgets`;
    expect((await call(await operatorKey(), "PUT", path, budgets)).status).toBe(200);
    const given = { email: "p@a.test", name: "P", role: "viewer" };
    const user = (await call(key, "POST", "/api/users", given)).body;
    const somebody = { kind: "usage_user", ref: "somebody" };
    expect((await call(key, "POST", "/api/erasures", somebody)).status).toBe(201);
    const refused = await call(key, "POST", "/api/erasures", { kind: "user", ref: user.id });
    expect([refused.status, refused.body.code, refused.body.budget]).toEqual([
      429,
      "budget.reached",
      "erasures_per_hour",
    ]);
    expect((await call(key, "GET", `/api/users/${user.id}`)).body.email).toBe("p@a.test");
    expect((await call(key, "GET", "/api/export")).status).toBe(200);
    const second = await call(key, "GET", "/api/export");
    expect([second.status, second.body.budget]).toEqual([429, "exports_per_hour"]);
    const { body } = await call(key, "GET", "/api/tenant/budgets");
    const used = body.data.filter(({ name }: { name: string }) => name in budgets);
    expect(used.map(({ used: n }: { used: number }) => n)).toEqual([1, 1]);
  });

  it("announces what was erased of a person, without naming it", async () => {
    const { key } = await makeTenant();
    const asked = { kind: "usage_user", ref: "ada@people.test" };
    const { body } = await call(key, "POST", "/api/erasures", asked);
    const { body: news } = await call(key, "GET", "/api/webhooks/events");
    const [event] = news.data.filter(({ type }: { type: string }) => type === "person.erased");
    expect(event.data).toEqual({ erasure_id: body.id, kind: "usage_user", ref: null });
    expect(JSON.stringify(news)).not.toContain("ada@");
  });
});
