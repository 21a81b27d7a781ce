/** What a tenant stores: counted by triggers, and refused past its budget. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { keptUse } from "../../src/accounts/store/budget-store.ts";
import { orm } from "../../src/platform/db/db.ts";
import { RED_BLUE } from "../documents/pictures.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../support/api.ts";

const LINES = [{ name: "Work", quantity: 1, unit_price: 1 }];

async function setBudgets({ tenantId }: TestTenant, change: Record<string, unknown>) {
  await call(await operatorKey(), "PUT", `/api/tenants/${tenantId}/budgets`, change);
}

async function stored({ tenantId }: TestTenant): Promise<number> {
  const used = keptUse("stored_bytes", sql`${tenantId}`);
  const [row] = await orm(env.DB).all<{ used: number }>(sql`SELECT ${used} AS used`);
  return row?.used ?? 0;
}

async function customer({ key }: TestTenant, name = "Buyer Ltd"): Promise<string> {
  return (await call(key, "POST", "/api/customers", { name })).body.id;
}

/** The statements of the migration that fill the counts of rows that were there before. */
function backfills(): string[] {
  const queries = env.TEST_MIGRATIONS.flatMap((migration) => migration.queries);
  return queries.filter((query) => /^INSERT INTO budget_use/m.test(query));
}

/** What is counted of columns that came later, in which no row had anything. */
const SINCE = `INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'stored_bytes',
    sum(length(CAST(coalesce("before", '') || coalesce("after", '') AS BLOB)))
  FROM audit WHERE true GROUP BY tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used`;

async function counts({ tenantId }: TestTenant, table: string): Promise<unknown[]> {
  const query = `SELECT * FROM ${table} WHERE tenant = ? AND used <> 0 ORDER BY budget`;
  return (await env.DB.prepare(query).bind(tenantId).all()).results;
}

/** The same counts as a scan of all rows finds them. */
async function scanned(tenant: TestTenant): Promise<unknown[]> {
  const fills = [...backfills(), SINCE].map((query) => query.replace("budget_use", "scanned_use"));
  const made = `CREATE TABLE scanned_use
    (tenant TEXT, budget TEXT, used INTEGER, PRIMARY KEY (tenant, budget))`;
  await env.DB.batch([made, ...fills].map((query) => env.DB.prepare(query)));
  const found = await counts(tenant, "scanned_use");
  await env.DB.prepare("DROP TABLE scanned_use").run();
  return found;
}

describe("the counts", () => {
  it("that triggers keep are those that a scan finds, whatever was done", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const id = await customer(tenant);
    await call(key, "PATCH", `/api/customers/${id}`, { name: "Käufer GmbH", email: "a@b.test" });
    const draft = { customer_id: id, lines: [...LINES, ...LINES], notes: "é".repeat(900) };
    const invoice = (await call(key, "POST", "/api/invoices", draft)).body;
    const path = `/api/invoices/${invoice.id}`;
    await call(key, "PATCH", path, { lines: LINES, notes: "short" });
    await call(key, "PUT", "/api/issuer", { legal_name: "X Ltd", address: { country: "US" } });
    expect((await call(key, "POST", `${path}/finalize`)).status).toBe(200);
    await call(key, "POST", `${path}/link`, {});
    await call(key, "POST", `${path}/payments`, { amount: 1 });
    await call(key, "POST", `${path}/send`, { to: ["a@b.test"] });
    const user = { email: "a@a.test", name: "A", role: "member" };
    const made = (await call(key, "POST", "/api/users", user)).body;
    await call(key, "DELETE", `/api/users/${made.id}`);
    const imported = (await call(key, "POST", "/api/usage/imports", { name: "older" })).body;
    const event = { id: "1", metric_name: "x", quantity: 1, timestamp: "2020-01-01T00:00:00Z" };
    const events = { events: [event, { ...event, id: "2" }, event] };
    await call(key, "POST", `/api/usage/imports/${imported.id}/events`, events);
    await call(key, "POST", `/api/usage/imports/${imported.id}/commit`);
    const open = (await call(key, "POST", "/api/usage/imports", { name: "open" })).body;
    await call(key, "PUT", `/api/usage/imports/${open.id}/file?name=käse.csv`, "x,y\n1,2\n");
    const hook = { url: "https://hooks.example.invalid/" };
    const endpoint = (await call(key, "POST", "/api/webhooks/endpoints", hook)).body;
    await call(key, "POST", `/api/webhooks/endpoints/${endpoint.id}/test`);
    const attempt = `INSERT INTO webhook_attempts (delivery, n, at_ms, latency_ms, answer)
      SELECT id, 90, 0, 1, 'an answer' FROM webhook_deliveries WHERE endpoint = ?`;
    await env.DB.prepare(attempt).bind(endpoint.id).run();
    const kept = await counts(tenant, "budget_use");
    expect(kept.length).toBeGreaterThan(3);
    expect(await scanned(tenant)).toEqual(kept);
    await call(key, "DELETE", `/api/webhooks/endpoints/${endpoint.id}`);
    const after = await counts(tenant, "budget_use");
    expect(after).not.toEqual(kept);
    expect(await scanned(tenant)).toEqual(after);
    const erased = await call(key, "POST", "/api/erasures", { kind: "customer", ref: id });
    expect(erased.body.status).toBe("done");
    const less = await counts(tenant, "budget_use");
    expect(less).not.toEqual(after);
    expect(await scanned(tenant)).toEqual(less);
  });
});

describe("a tenant that stores as much as it may", () => {
  it("is refused more, says what to do, and still issues what is drawn up", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    await call(key, "PUT", "/api/issuer", { legal_name: "X Ltd", address: { country: "US" } });
    const draft = { customer_id: await customer(tenant), lines: LINES };
    const { id } = (await call(key, "POST", "/api/invoices", draft)).body;
    const limit = (await stored(tenant)) + 500;
    await setBudgets(tenant, { stored_bytes: limit });
    const refused = await call(key, "POST", "/api/invoices", { ...draft, notes: "x".repeat(500) });
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { code: "budget.reached", budget: "stored_bytes", limit },
    ]);
    expect(refused.body.detail).toBe(
      `Bytes of documents and logs: all ${limit} bytes are in use; ` +
        "wait until old logs are dropped, or ask the operator for more",
    );
    expect(await stored(tenant)).toBeLessThanOrEqual(limit);
    expect((await call(key, "POST", `/api/invoices/${id}/finalize`)).status).toBe(200);
    expect(await stored(tenant)).toBeGreaterThan(limit);
  });

  it("is refused by 20 drafts at once as by one after the other", async () => {
    const tenant = await makeTenant();
    const draft = { customer_id: await customer(tenant), lines: LINES, notes: "x".repeat(1_000) };
    const make = () => call(tenant.key, "POST", "/api/invoices", draft);
    const before = await stored(tenant);
    await make();
    const limit = (await stored(tenant)) + 3.5 * ((await stored(tenant)) - before);
    await setBudgets(tenant, { stored_bytes: Math.round(limit) });
    const answers = await Promise.all(Array.from({ length: 20 }, make));
    expect(answers.filter(({ status }) => status === 201).length).toBe(3);
    expect(answers.filter(({ status }) => status === 429).length).toBe(17);
    expect(await stored(tenant)).toBeLessThanOrEqual(limit);
  });

  it("past it may end and take away, and nothing that leaves an audit entry is free", async () => {
    const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const { key } = tenant;
    const make = () => call(key, "POST", "/api/keys", { name: "More", role: "viewer" });
    const other = (await make()).body.id;
    await setBudgets(tenant, { stored_bytes: 0 });
    for (const [method, path, body] of [
      ["POST", "/api/keys", { name: "X", role: "viewer" }],
      ["PUT", "/api/branding", {}],
      ["PUT", "/api/issuer", { legal_name: "X Ltd" }],
    ] as const) {
      const { status, body: problem } = await call(key, method, path, body);
      expect([path, status, problem.code]).toEqual([path, 429, "budget.reached"]);
    }
    expect((await call(key, "GET", "/api/tenant/budgets")).status).toBe(200);
    expect((await call(key, "DELETE", `/api/keys/${other}`)).status).toBe(200);
    const event = { metric_name: "x", quantity: 1 };
    expect((await call(key, "POST", "/api/usage/record", event)).status).toBe(201);
  });

  it("gets no room for an import's file, which is counted until the import is over", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const { id } = (await call(key, "POST", "/api/usage/imports", { name: "old" })).body;
    const path = `/api/usage/imports/${id}`;
    const put = (lines: number) =>
      call(key, "PUT", `${path}/file`, `metric_name,timestamp\n${"m,2020-01-01\n".repeat(lines)}`);
    const before = await stored(tenant);
    expect((await put(10_000)).status).toBe(200);
    const large = (await stored(tenant)) - before;
    expect(large).toBeGreaterThan(130_000);
    expect((await put(1_000)).status).toBe(200);
    const small = (await stored(tenant)) - before;
    expect([small > 13_000, small < 20_000]).toEqual([true, true]);
    await setBudgets(tenant, { stored_bytes: before + 100_000 });
    expect((await put(10_000)).body).toMatchObject({ code: "budget.reached" });
    expect((await call(key, "GET", `${path}/file`)).body.file.bytes).toBeLessThan(20_000);
    for (let times = 0; times < 2; times++) await call(key, "POST", `${path}/revert`);
    expect((await stored(tenant)) - before).toBeLessThan(3_000);
  });

  it("gets no room for a logo, which is counted with what is made of it", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const before = await stored(tenant);
    const answer = await call(key, "PUT", "/api/branding/logo", RED_BLUE, {
      "content-type": "image/png",
    });
    expect(answer.status).toBe(200);
    expect((await stored(tenant)) - before).toBeGreaterThan(RED_BLUE.length);
    await setBudgets(tenant, { stored_bytes: (await stored(tenant)) + 10 });
    const refused = await call(key, "PUT", "/api/branding/logo", RED_BLUE);
    expect(refused.body.code).toBe("budget.reached");
  });
});

describe("customers and open imports", () => {
  it("are never passed at once, and an import that is over makes room", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    await setBudgets(tenant, { customers: 4, open_imports: 3 });
    const customers = await Promise.all(
      Array.from({ length: 20 }, () => call(key, "POST", "/api/customers", { name: "B" })),
    );
    expect(customers.filter(({ status }) => status === 201).length).toBe(4);
    const imports = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call(key, "POST", "/api/usage/imports", { name: `import ${i}` }),
      ),
    );
    const made = imports.filter(({ status }) => status === 201);
    expect(made.length).toBe(3);
    await call(key, "POST", `/api/usage/imports/${made[0]?.body.id}/revert`);
    expect((await call(key, "POST", "/api/usage/imports", { name: "next" })).status).toBe(201);
  });
});
