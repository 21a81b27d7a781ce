/** An act on many documents: step by step, each once, and what is not possible passed over. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";

let tenant: TestTenant;
const customers: string[] = [];

const LINES = [{ name: "Work", quantity: 1, unit_price: 10 }];

async function post(path: string, body?: unknown, headers: Record<string, string> = {}) {
  return call(tenant.key, "POST", path, body, headers);
}

beforeAll(async () => {
  tenant = await makeTenant({ clock: "2026-11-24T10:00:00Z" });
  for (const given of [{ name: "A", email: "a@bulk.test" }, { name: "No address" }]) {
    customers.push((await post("/api/customers", given)).body.id);
  }
});

async function drafted(customer = 0): Promise<string> {
  const body = { customer_id: customers[customer], lines: LINES };
  return (await post("/api/invoices", body)).body.id;
}

/** More drafts like one, with ids that come before it. */
async function copiesOf(id: string, count: number): Promise<void> {
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info('documents')").all();
  const names = results.map(({ name }) => String(name)).filter((name) => name !== "id");
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO documents (id, ${names}) SELECT 'inv_0copy_' || printf('%05d', i) || ?, ${names}
     FROM documents, n WHERE id = ?`,
  )
    .bind(count, tenant.tenantId, id)
    .run();
}

async function statuses(ids: readonly string[]): Promise<string[]> {
  const read = async (id: string) => (await call(tenant.key, "GET", `/api/invoices/${id}`)).body;
  return Promise.all(ids.map(async (id) => (await read(id)).status));
}

const emails = async () => (await call(tenant.key, "GET", "/api/emails?limit=200")).body.data;

describe("an act on chosen documents", () => {
  it("does it for each, passes over others, and lists what is refused", async () => {
    const ids = [await drafted(), await drafted(1), await drafted(), await drafted()];
    const filter = { ids: ids.slice(0, 3).join(",") };
    const all = { filter: { ids: ids.join(",") } };
    const nothing = { done: 0, skipped: 0, refused: [], next_cursor: null };
    const sent = (act: string, more: object) => post("/api/bulk/invoices", { act, ...more });
    expect((await sent("finalize", { filter })).body).toEqual({ ...nothing, done: 3 });
    expect(await statuses(ids)).toEqual(["open", "open", "open", "draft"]);
    const mailed = (await sent("send", all)).body;
    expect(mailed).toMatchObject({ done: 2, skipped: 1, next_cursor: null });
    expect(mailed.refused).toEqual([
      {
        id: ids[1],
        number: expect.any(String),
        code: "request.invalid",
        detail: expect.stringContaining("no address"),
      },
    ]);
    expect((await sent("remind", all)).body).toEqual({ ...nothing, skipped: 4 });
    await post("/api/test-clock", { now: "2027-01-10T00:00:00Z" });
    expect((await sent("remind", all)).body).toMatchObject({ done: 2, skipped: 1 });
    const letters = (await emails()).map(({ letter }: { letter: string }) => letter);
    expect(letters.filter((letter: string) => letter === "document").length).toBe(2);
    expect(letters.filter((letter: string) => letter === "reminder").length).toBeGreaterThan(1);
    await post(`/api/invoices/${ids[0]}/payments`, { amount: 1 });
    expect((await sent("void", all)).body.errors[0].pointer).toBe("/reason");
    const voided = { ...all, reason: "mistaken" };
    expect((await sent("void", voided)).body).toEqual({ ...nothing, done: 3, skipped: 1 });
    expect(await statuses(ids)).toEqual(["overdue", "void", "void", "void"]);
    expect((await post("/api/bulk/quotes", { act: "remind", filter: {} })).status).toBe(422);
  });

  it("is nobody else's", async () => {
    const id = await drafted();
    const { key } = await makeTenant();
    const body = { act: "finalize", filter: { ids: id } };
    const { body: step } = await call(key, "POST", "/api/bulk/invoices", body);
    expect([step.done, step.skipped, await statuses([id])]).toEqual([0, 0, ["draft"]]);
  });
});

describe("an act on all that a filter leaves", () => {
  it("goes on from step to step until there is none, each document once", async () => {
    const id = await drafted();
    await copiesOf(id, 70);
    const body = { act: "void", filter: { status: "draft" }, reason: "cleared" };
    const done: number[] = [];
    for (let cursor: string | null = null; ; ) {
      const { body: step } = await post("/api/bulk/invoices", { ...body, cursor });
      expect([step.refused, step.skipped]).toEqual([[], 0]);
      done.push(step.done);
      cursor = step.next_cursor;
      if (cursor === null) break;
    }
    const total = done.reduce((sum, n) => sum + n);
    expect([done.length > 1, Math.max(...done) <= 50, total >= 71]).toEqual([true, true, true]);
    const { body: left } = await call(tenant.key, "GET", "/api/invoices?status=draft");
    expect(left.data).toEqual([]);
  });

  it("sends nothing twice when a step that broke off is asked for again", async () => {
    const ids = [await drafted(), await drafted()];
    const filter = { ids: ids.join(",") };
    await post("/api/bulk/invoices", { act: "finalize", filter });
    const before = (await emails()).length;
    const body = { act: "send", filter };
    const key = { "idempotency-key": "bulk-broken" };
    await post("/api/bulk/invoices", body, key);
    // As it is where it broke off before its last batch: the key was not written.
    await env.DB.prepare("DELETE FROM idempotency WHERE key = 'bulk-broken'").run();
    const again = await post("/api/bulk/invoices", body, key);
    expect([again.body.done, (await emails()).length]).toEqual([2, before + 2]);
    // The same under the name of a run, whose page was left while its step was done.
    const run = { ...body, run: "left" };
    await post("/api/bulk/invoices", run);
    await post("/api/bulk/invoices", run);
    expect((await emails()).length).toBe(before + 4);
  });
});
