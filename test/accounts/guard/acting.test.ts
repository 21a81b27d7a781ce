/** An operator's key that acts for a tenant by the header BoxCost-Tenant. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readAccounts } from "../../../src/accounts/store/account-store.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { createApp } from "../../../src/app.ts";
import { openTicket } from "../../../src/metering/live/live-ticket.ts";
import { randomToken } from "../../../src/platform/runtime/crypto.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const EVENT = { metric_name: "tokens", quantity: 2 };

/** Calls as the operator for a tenant. */
function caller(key: string) {
  return (
    { tenantId }: { tenantId: string },
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => call(key, method, path, body, { "boxcost-tenant": tenantId, ...headers });
}

async function usageOf({ key }: TestTenant): Promise<Record<string, number>> {
  const { body } = await call(key, "GET", "/api/usage/summary?start_date=2020-01-01T00:00:00Z");
  const metrics: { metric_name: string; total_quantity: number }[] = body.metrics;
  return Object.fromEntries(metrics.map((one) => [one.metric_name, one.total_quantity]));
}

describe("acting for a tenant", () => {
  it("records, reads and issues for each of its customers with one key", async () => {
    const acting = caller(await operatorKey());
    const [one, two] = [await makeTenant(), await makeTenant()];
    expect((await acting(one, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    const batch = [EVENT, { ...EVENT, user_id: "ada" }];
    expect((await acting(two, "POST", "/api/usage/events", batch)).body.accepted).toBe(2);
    expect([await usageOf(one), await usageOf(two)]).toEqual([{ tokens: 2 }, { tokens: 4 }]);
    for (const tenant of [one, two]) {
      const span = "start_date=2020-01-01T00:00:00Z&end_date=2030-01-01T00:00:00Z";
      const path = `/api/usage/summary?${span}&group_by=user_id`;
      const own = await call(tenant.key, "GET", path);
      expect((await acting(tenant, "GET", path)).body).toEqual(own.body);
      await acting(tenant, "PUT", "/api/issuer", { legal_name: "Own Ltd", currency: "USD" });
      const buyer = await acting(tenant, "POST", "/api/customers", { name: "Buyer" });
      const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
      const draft = { customer_id: buyer.body.id, lines };
      const { id } = (await acting(tenant, "POST", "/api/invoices", draft)).body;
      const final = await acting(tenant, "POST", `/api/invoices/${id}/finalize`);
      expect(final.body.number).toMatch(/-001$/);
      expect((await call(tenant.key, "GET", `/api/invoices/${id}`)).body).toEqual(final.body);
    }
  });

  it("counts no api_calls, neither the tenant's nor the operator's", async () => {
    const key = await operatorKey();
    const tenant = await makeTenant();
    const waited: Promise<unknown>[] = [];
    const context = { ...createExecutionContext(), props: {} };
    context.waitUntil = (promise: Promise<unknown>) => void waited.push(promise);
    const ask = async (as: string, headers: Record<string, string>) => {
      const asked = { headers: { authorization: `Bearer ${as}`, ...headers } };
      const answer = await createApp().request("/api/customers", asked, env, context);
      await answer.text();
      await Promise.all(waited);
      return answer.status;
    };
    expect(await ask(key, { "boxcost-tenant": tenant.tenantId })).toBe(200);
    expect(await usageOf(tenant)).toEqual({});
    expect(await ask(tenant.key, {})).toBe(200);
    expect(await usageOf(tenant)).toEqual({ api_calls: 1 });
  });

  it("is logged with both, by the operator's key and user", async () => {
    const made = { email: "clerk@op.test", name: "Clerk", role: "admin" };
    const user = await call(await operatorKey(), "POST", "/api/users", made);
    const key = await keyFor(OPERATOR_TENANT, "admin", { userId: user.body.id });
    const { id: keyId } = (await call(key, "GET", "/api/tenant")).body.key;
    const tenant = await makeTenant();
    const declared = await caller(key)(tenant, "PUT", "/api/metrics/tokens", { unit: "t" });
    expect(declared.status).toBeLessThan(300);
    const named = { key_id: keyId, user_id: user.body.id };
    const [own] = (await call(tenant.key, "GET", "/api/audit")).body.data;
    expect(own).toMatchObject({ ...named, detail: { acted_by: OPERATOR_TENANT } });
    const log = await call(key, "GET", `/api/audit?action=${own.action}&target=${own.target}`);
    const [entry] = log.body.data;
    expect(entry).toMatchObject({ ...named, detail: { acted_for: tenant.tenantId } });
    expect(entry.request_id).toBe(own.request_id);
  });

  it("logs nothing of another tenant with a tenant that acts by itself", async () => {
    const tenant = await makeTenant();
    await call(tenant.key, "PUT", "/api/metrics/tokens", { unit: "t" });
    const [own] = (await call(tenant.key, "GET", "/api/audit")).body.data;
    expect(own.detail).not.toHaveProperty("acted_by");
  });

  it("keeps Idempotency-Keys of one key apart by tenant", async () => {
    const acting = caller(await operatorKey());
    const tenants = [await makeTenant(), await makeTenant()];
    const headers = { "idempotency-key": "sign-up" };
    const ids: string[] = [];
    for (const tenant of [...tenants, ...tenants]) {
      const { status, body } = await acting(
        tenant,
        "POST",
        "/api/customers",
        { name: "Buyer" },
        headers,
      );
      expect(status).toBe(201);
      ids.push(body.id);
    }
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(2);
    for (const tenant of tenants) {
      expect((await call(tenant.key, "GET", "/api/customers")).body.data).toHaveLength(1);
    }
  });

  it("stands at the tenant's clock, and moves it", async () => {
    const acting = caller(await operatorKey());
    const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const recorded = await acting(tenant, "POST", "/api/usage/record", EVENT);
    expect(recorded.body.timestamp).toBe("2026-01-01T00:00:00Z");
    await acting(tenant, "POST", "/api/test-clock", { now: "2026-01-05T00:00:00Z" });
    const later = await acting(tenant, "POST", "/api/usage/record", EVENT);
    expect(later.body.timestamp).toBe("2026-01-05T00:00:00Z");
  });

  it("is held to the tenant's budgets", async () => {
    const operator = await operatorKey();
    const acting = caller(operator);
    const tenant = await makeTenant();
    const set = { events_per_minute: 1 };
    await call(operator, "PATCH", `/api/tenants/${tenant.tenantId}`, set);
    await acting(tenant, "POST", "/api/usage/events", [EVENT, EVENT]);
    const full = await acting(tenant, "POST", "/api/usage/record", EVENT);
    expect([full.status, full.body.code]).toEqual([429, "request.rate_limited"]);
    await call(operator, "PUT", `/api/tenants/${tenant.tenantId}/budgets`, { open_imports: 0 });
    const refused = await acting(tenant, "POST", "/api/usage/imports", { name: "older" });
    expect(refused.body.code).toBe("budget.reached");
  });

  it("may what its role may in a tenant", async () => {
    const tenant = await makeTenant();
    const viewer = caller(await keyFor(OPERATOR_TENANT, "viewer"));
    expect((await viewer(tenant, "GET", "/api/customers")).status).toBe(200);
    expect((await viewer(tenant, "POST", "/api/usage/record", EVENT)).status).toBe(403);
    expect((await viewer(tenant, "POST", "/api/customers", { name: "B" })).status).toBe(403);
    const ingest = caller(await keyFor(OPERATOR_TENANT, "ingest"));
    expect((await ingest(tenant, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    expect((await ingest(tenant, "GET", "/api/customers")).status).toBe(403);
    const admin = caller(await keyFor(OPERATOR_TENANT, "admin"));
    const key = (role: string) => admin(tenant, "POST", "/api/keys", { name: "K", role });
    expect((await key("owner")).status).toBe(403);
    const made = await key("admin");
    expect(made.body.key).toMatch(/^bcp_live_/);
    const own = (await call(made.body.key, "GET", "/api/tenant")).body;
    expect([own.id, own.operator]).toEqual([tenant.tenantId, false]);
  });

  it("corrects what a plan prices as the tenant may, not as the operator may", async () => {
    const operator = await operatorKey();
    const tenant = await makeTenant();
    const plan = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    await call(operator, "POST", "/api/subscriptions", plan);
    const event = { metric_name: "api_calls", quantity: 1, id: "mistake" };
    await caller(operator)(tenant, "POST", "/api/usage/record", event);
    const path = "/api/usage/events/mistake/void";
    const refused = await caller(operator)(tenant, "POST", path);
    expect([refused.status, refused.body.code]).toEqual([403, "usage.billed"]);
    const taken = await call(operator, "POST", `${path}?tenant_id=${tenant.tenantId}`);
    expect(taken.status).toBeLessThan(300);
  });

  it("opens the tenant's live socket", async () => {
    const tenant = await makeTenant();
    const acting = caller(await operatorKey());
    const { body } = await acting(tenant, "POST", "/api/usage/live/ticket");
    expect(await openTicket(env, body.ticket, Date.now())).toBe(tenant.tenantId);
  });

  it("is counted to the operator's limit", async () => {
    const key = await operatorKey();
    const tenant = await makeTenant();
    const asked: string[] = [];
    const limit = async (options: { key: string }) => {
      asked.push(options.key);
      return { success: true };
    };
    const watched: Env = { ...env, SHIELD: { limit } };
    const headers = { authorization: `Bearer ${key}`, "boxcost-tenant": tenant.tenantId };
    const context = createExecutionContext();
    await createApp().request("/api/customers", { headers }, watched, context);
    expect(asked).toEqual([expect.stringMatching(/^reads:ten_operator:/)]);
  });

  it("knows a live tenant for 30 seconds, then asks again", async () => {
    const app = createApp();
    const key = await operatorKey();
    const { tenantId } = await makeTenant({ name: "Before" });
    const headers = {
      authorization: `Bearer ${key}`,
      "boxcost-tenant": tenantId,
      "content-type": "application/json",
    };
    const record = async () => {
      const asked = { method: "POST", headers, body: JSON.stringify([EVENT, EVENT]) };
      const path = "/api/usage/events";
      return (await app.request(path, asked, env, createExecutionContext())).status;
    };
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    expect(await record()).toBe(200);
    // As another isolate would set it: nothing here is told.
    const set = "UPDATE tenants SET events_per_minute = 1 WHERE id = ?";
    await env.DB.prepare(set).bind(tenantId).run();
    vi.setSystemTime(Date.now() + 29_000);
    expect([await record(), await record()]).toEqual([200, 200]);
    vi.setSystemTime(Date.now() + 1_000);
    expect([await record(), await record()]).toEqual([200, 429]);
  });

  it("takes the operator's own id, percent-encoded as in a path", async () => {
    const operator = await operatorKey();
    const acting = caller(operator);
    const named = `Müller & Söhne 100% ${randomToken(6)}`;
    const path = `/api/tenants/${encodeURIComponent(named)}`;
    const { id } = (await call(operator, "PUT", path, { name: "Müller" })).body;
    const header = { tenantId: encodeURIComponent(named) };
    expect((await acting(header, "GET", "/api/tenant")).body.id).toBe(id);
    expect((await acting({ tenantId: "M%FC" }, "GET", "/api/tenant")).status).toBe(404);
    // A name that was given up is forgotten here at once, and is never another tenant's.
    const renamed = await call(operator, "PATCH", path, { external_id: `${named}!` });
    expect(renamed.status).toBe(200);
    expect((await acting(header, "GET", "/api/tenant")).status).toBe(404);
    const next = { tenantId: encodeURIComponent(`${named}!`) };
    expect((await acting(next, "GET", "/api/tenant")).body.id).toBe(id);
    expect((await call(operator, "PUT", path, { name: "Other" })).status).toBe(409);
  });

  it("acts with a confined key for those tenants alone", async () => {
    const operator = await operatorKey();
    const [one, two] = [await makeTenant(), await makeTenant()];
    const asked = { name: "One", role: "admin", tenants: [one.tenantId] };
    const made = await call(operator, "POST", "/api/keys", asked);
    expect(made.status).toBe(201);
    const { key } = made.body;
    const acting = caller(key);
    expect((await acting(one, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    const none = await acting({ tenantId: "ten_none" }, "GET", "/api/tenant");
    const other = await acting(two, "GET", "/api/tenant");
    const { request_id, ...problem } = other.body;
    expect([other.status, none.body]).toEqual([
      404,
      { ...problem, request_id: none.body.request_id },
    ]);
    const items = [one.tenantId, two.tenantId, undefined].map((tenant) => ({ ...EVENT, tenant }));
    const batch = await call(key, "POST", "/api/usage/events", items);
    const statuses = batch.body.results.map(({ status }: { status: number }) => status);
    expect(statuses).toEqual([201, 404, 403]);
    expect((await call(key, "POST", "/api/usage/events", [EVENT])).status).toBe(403);
    // A key that it makes for the tenant is the tenant's, and confined to no tenants.
    const theirs = await acting(one, "POST", "/api/keys", { name: "K", role: "viewer" });
    expect([theirs.status, theirs.body.tenants]).toEqual([201, null]);
  });

  it("finds a tenant by an index, whichever name it is", async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `index-${i}`);
    const made = env.DB.prepare(
      `INSERT INTO tenants (id, name, mode, operator, created_ms, external_id)
       SELECT 'ten_' || value, 'Many Ltd', 'live', 0, 0, value FROM json_each(?)`,
    );
    await made.bind(JSON.stringify(rows)).run();
    const { db, reads } = countedDb(env.DB);
    const found = await readAccounts(db, ["index-7", "ten_index-9", "index-none"]);
    expect([...found].map(([name, account]) => [name, account.tenantId])).toEqual([
      ["index-7", "ten_index-7"],
      ["ten_index-9", "ten_index-9"],
    ]);
    expect(reads.statements).toBe(1);
    expect(reads.rows).toBeLessThan(50);
  });

  it("costs no query where both key and tenant are known", async () => {
    const { tenantId } = await makeTenant();
    const asked: string[] = [];
    const prepare = (text: string) => {
      asked.push(text);
      return env.DB.prepare(text);
    };
    const counted = { ...env, DB: { prepare } as unknown as D1Database };
    const headers = {
      authorization: `Bearer ${await operatorKey()}`,
      "boxcost-tenant": tenantId,
      "content-type": "application/json",
    };
    const record = async () => {
      asked.length = 0;
      const request = { method: "POST", headers, body: JSON.stringify(EVENT) };
      const path = "/api/usage/record";
      const context = createExecutionContext();
      const answer = await createApp().request(path, request, counted, context);
      await waitOnExecutionContext(context); // the key's use is noted behind the answer
      return [answer.status, asked.length];
    };
    expect((await record())[0]).toBe(201);
    expect(await record()).toEqual([201, 0]);
  });
});
