/** How many requests a minute may be sent, what answers say of it, and what a refusal costs. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, keyFor, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { countedDb } from "../../support/counted-db.ts";

afterEach(() => vi.useRealTimers());

function stopClock(): void {
  vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
}

async function limit({ tenantId }: TestTenant, change: Record<string, unknown>): Promise<void> {
  const path = `/api/tenants/${tenantId}/budgets`;
  expect((await call(await operatorKey(), "PUT", path, change)).status).toBe(200);
}

const read = (key: string) => call(key, "GET", "/api/tenant");
const write = (key: string) => call(key, "PUT", "/api/branding", {});
const EVENT = { metric_name: "calls", quantity: 1 };

describe("a tenant's requests a minute", () => {
  it("are counted over its keys, reads and writes apart, and say what is left", async () => {
    stopClock();
    const tenant = await makeTenant();
    await limit(tenant, { reads_per_minute: 3, writes_per_minute: 2 });
    const other = await keyFor(tenant.tenantId, "viewer");
    const first = await read(tenant.key);
    expect(first.headers.get("ratelimit-policy")).toBe('"reads";q=3;w=60');
    expect(first.headers.get("ratelimit")).toBe('"reads";r=2;t=20');
    await read(other);
    expect((await read(tenant.key)).headers.get("ratelimit")).toBe('"reads";r=0;t=60');
    const refused = await read(other);
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { code: "request.rate_limited", budget: "reads_per_minute", limit: 3, status: 429 },
    ]);
    expect(refused.body.detail).toBe(
      "this tenant's keys together may send 3 reads a minute; send it again in 1 s, " +
        "or ask the operator for more",
    );
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("ratelimit")).toBe('"reads";r=0;t=1');
    expect([(await write(tenant.key)).status, (await write(tenant.key)).status]).toEqual([
      200, 200,
    ]);
    expect((await write(tenant.key)).headers.get("ratelimit")).toBe('"writes";r=0;t=1');
    // Neither is what records, nor anybody else.
    expect((await call(tenant.key, "POST", "/api/usage/record", EVENT)).status).toBe(201);
    expect((await read((await makeTenant()).key)).status).toBe(200);
    vi.setSystemTime(Date.now() + 20_001);
    expect((await read(other)).status).toBe(200);
  });

  it("are what the plan's version grants, unless the operator set others", async () => {
    const tenant = await makeTenant({ clock: "2026-01-10T00:00:00Z" });
    const operator = await operatorKey();
    const code = `RATED-${Date.now()}`;
    const version = { currency: "USD", prices: [], budgets: { reads_per_minute: 500 } };
    const plan = await call(operator, "POST", "/api/plans", { code, name: "Rated", ...version });
    expect(plan.status).toBe(201);
    const policy = async () => (await read(tenant.key)).headers.get("ratelimit-policy");
    expect(await policy()).toBe('"reads";q=6000;w=60');
    const subscription = { tenant_id: tenant.tenantId, plan: code, base_price: 0 };
    expect((await call(operator, "POST", "/api/subscriptions", subscription)).status).toBe(201);
    expect(await policy()).toBe('"reads";q=500;w=60');
    await limit(tenant, { reads_per_minute: 700 });
    expect(await policy()).toBe('"reads";q=700;w=60');
  });

  it("are an operator's key's own, whomever it acts for", async () => {
    stopClock();
    const tenant = await makeTenant();
    await limit(tenant, { reads_per_minute: 1 });
    const key = await keyFor("ten_operator", "admin", { limits: { reads: 2 } });
    const acting = () =>
      call(key, "GET", "/api/tenant", undefined, { "boxcost-tenant": tenant.tenantId });
    expect((await acting()).headers.get("ratelimit")).toMatch(/^"key-reads";r=1;t=30, "reads";r=/);
    expect([(await acting()).status, (await acting()).status]).toEqual([200, 429]);
    expect((await read(tenant.key)).status).toBe(200);
  });
});

describe("a key's own limits", () => {
  it("hold beside its tenant's, are changed, taken back, and kept when it is rotated", async () => {
    stopClock();
    const { key: owner } = await makeTenant();
    const body = { name: "Narrow", role: "viewer", reads_per_minute: 2 };
    const made = (await call(owner, "POST", "/api/keys", body)).body;
    expect(made).toMatchObject({ reads_per_minute: 2, writes_per_minute: null });
    const first = await read(made.key);
    expect(first.headers.get("ratelimit-policy")).toBe('"key-reads";q=2;w=60, "reads";q=6000;w=60');
    expect(first.headers.get("ratelimit")).toBe('"key-reads";r=1;t=30, "reads";r=5999;t=1');
    await read(made.key);
    const refused = await read(made.key);
    expect([refused.status, refused.body.limit, refused.body.budget]).toEqual([429, 2, undefined]);
    expect(refused.headers.get("retry-after")).toBe("1");
    const path = `/api/keys/${made.id}`;
    const changed = await call(owner, "PATCH", path, { name: "Wider", reads_per_minute: 3 });
    expect(changed.body).toMatchObject({ name: "Wider", reads_per_minute: 3 });
    expect((await read(made.key)).headers.get("ratelimit")).toMatch(/^"key-reads";r=2;/);
    const next = (await call(owner, "POST", `${path}/rotate`, { overlap_hours: 1 })).body;
    expect(next).toMatchObject({ name: "Wider", reads_per_minute: 3 });
    await call(owner, "PATCH", path, { reads_per_minute: null });
    expect((await read(made.key)).headers.get("ratelimit-policy")).toBe('"reads";q=6000;w=60');
    const wrong = await call(owner, "PATCH", path, { reads_per_minute: 0 });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, "/reads_per_minute"]);
  });

  it("hold for every key that such a key makes or changes", async () => {
    const { tenantId } = await makeTenant();
    const narrow = await keyFor(tenantId, "owner", { limits: { writes: 50 } });
    const body = { name: "More", role: "viewer" };
    const more = await call(narrow, "POST", "/api/keys", { ...body, writes_per_minute: 51 });
    expect([more.status, more.body.errors[0].pointer]).toEqual([422, "/writes_per_minute"]);
    const made = (await call(narrow, "POST", "/api/keys", body)).body;
    expect(made).toMatchObject({ reads_per_minute: null, writes_per_minute: 50 });
    const path = `/api/keys/${made.id}`;
    const raised = await call(narrow, "PATCH", path, { writes_per_minute: null });
    expect(raised.body.writes_per_minute).toBe(50);
    expect((await call(narrow, "PATCH", path, { writes_per_minute: 60 })).status).toBe(422);
  });
});

describe("a request over its limit", () => {
  it("costs no query and no write, and nothing of its body is read", async () => {
    stopClock();
    const tenant = await makeTenant();
    await limit(tenant, { writes_per_minute: 1 });
    const app = createApp();
    const { db, reads } = countedDb(env.DB);
    const watched: Env = { ...env, DB: db };
    const send = async () => {
      const context = createExecutionContext();
      const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 });
      const headers = { authorization: `Bearer ${tenant.key}`, "content-type": "application/json" };
      const init = { method: "PUT", headers, body, duplex: "half" } as RequestInit;
      const answer = await app.request("/api/branding", init, watched, context);
      await waitOnExecutionContext(context);
      return answer.status;
    };
    let pulled = 0;
    await write(tenant.key);
    expect([await send(), reads.statements, pulled]).toEqual([429, 0, 0]);
    // The API log has no line of it either.
    const { body } = await call(tenant.key, "GET", "/api/request-logs");
    expect(body.data.filter(({ status }: { status: number }) => status === 429)).toEqual([]);
  });

  it("by the platform's counter is told to wait for a minute", async () => {
    const { key } = await makeTenant();
    const names: string[] = [];
    const limitBy = async ({ key: name }: { key: string }) => ({ success: names.push(name) < 2 });
    const watched: Env = { ...env, SHIELD: { limit: limitBy } };
    const get = () =>
      createApp().request(
        "/api/tenant",
        { headers: { authorization: `Bearer ${key}` } },
        watched,
        createExecutionContext(),
      );
    expect((await get()).status).toBe(200);
    const refused = await get();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(refused.headers.get("ratelimit")).toBe('"reads";r=0;t=60');
    expect(names[0]).toMatch(/^reads:ten_/);
  });
});

describe("the platform's counter", () => {
  it("is asked under as many names by turns as a limit takes", async () => {
    const tenant = await makeTenant();
    await limit(tenant, { reads_per_minute: 12_001 });
    const names = new Set<string>();
    const note = async ({ key }: { key: string }) => ({ success: !!names.add(key) });
    const watched: Env = { ...env, SHIELD: { limit: note } };
    const headers = { authorization: `Bearer ${tenant.key}` };
    const app = createApp();
    for (let n = 0; n < 6; n++) {
      await app.request("/api/tenant", { headers }, watched, createExecutionContext());
    }
    const name = `reads:${tenant.tenantId}`;
    expect([...names].sort()).toEqual([`${name}:0`, `${name}:1`, `${name}:2`]);
  });
});

describe("recording under a budget of events", () => {
  it("says what the meter has left, accepted or refused, in every form", async () => {
    const tenant = await makeTenant();
    const { key } = tenant;
    const plain = await call(key, "POST", "/api/usage/record", EVENT);
    expect(plain.headers.get("ratelimit-policy")).toBeNull();
    await limit(tenant, { events_per_minute: 100 });
    const single = await call(key, "POST", "/api/usage/record", EVENT);
    expect(single.status).toBe(201);
    expect(single.headers.get("ratelimit-policy")).toBe('"events";q=100;w=60;qu="events"');
    expect(single.headers.get("ratelimit")).toBe('"events";r=99;t=1');
    const batch = await call(key, "POST", "/api/usage/events", Array(120).fill(EVENT));
    expect([batch.status, batch.headers.get("ratelimit")?.split(";t")[0]]).toEqual([
      200,
      '"events";r=0',
    ]);
    const cloud = { specversion: "1.0", id: "1", source: "/a", type: "calls" };
    const json = { "content-type": "application/cloudevents+json" };
    for (const refused of [
      await call(key, "POST", "/api/usage/record", EVENT),
      await call(key, "POST", "/api/usage/events", [EVENT], { prefer: "respond-async" }),
      await call(key, "POST", "/api/usage/cloudevents", JSON.stringify(cloud), json),
    ]) {
      const wait = refused.headers.get("retry-after");
      expect([refused.status, refused.headers.get("ratelimit")]).toEqual([
        429,
        `"events";r=0;t=${wait}`,
      ]);
    }
  });
});
