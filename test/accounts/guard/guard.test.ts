import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";

afterEach(() => vi.useRealTimers());

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

async function revokeElsewhere(tenantId: string): Promise<void> {
  const revoke = env.DB.prepare("UPDATE api_keys SET revoked_ms = 1 WHERE tenant = ?");
  await revoke.bind(tenantId).run();
}

describe("the guard", () => {
  it("lets nobody in without a bearer key, and says how to send one", async () => {
    for (const authorization of ["", "Basic YTpi", "Bearer", "bcp_live_x"]) {
      const { status, body, headers } = await call(null, "GET", "/api/none", undefined, {
        authorization,
      });
      expect([status, body.code], authorization).toEqual([401, "auth.missing"]);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(headers.get("www-authenticate")).toBe('Bearer realm="api"');
    }
  });

  it("answers a known caller at an unknown path with 404 and the limit on reads", async () => {
    const { key } = await makeTenant();
    const { status, body, headers } = await call(key, "GET", "/api/none");
    expect([status, body.code]).toEqual([404, "route.not_found"]);
    expect(headers.get("ratelimit-policy")).toBe('"reads";q=6000;w=60');
    expect(headers.get("ratelimit")).toBe('"reads";r=5999;t=1');
    expect(headers.get("x-request-id")).toBe(body.request_id);
  });

  it("refuses ten a second by a budget, and what comes after them by itself", async () => {
    const { tenantId, key } = await makeTenant();
    const budgets = `/api/tenants/${tenantId}/budgets`;
    await call(await operatorKey(), "PUT", budgets, { open_imports: 0 });
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    const ask = (n: number) => call(key, "POST", "/api/usage/imports", { name: `import ${n}` });
    const codes: string[] = [];
    for (let n = 0; n < 12; n++) codes.push((await ask(n)).body.code);
    expect(codes).toEqual([
      ...Array.from({ length: 10 }, () => "budget.reached"),
      ...Array.from({ length: 2 }, () => "request.rate_limited"),
    ]);
    const last = await ask(12);
    expect([last.status, last.headers.get("retry-after")]).toEqual([429, "1"]);
    // It reads, takes away and records as ever, and nobody else waits.
    expect((await call(key, "GET", "/api/tenant")).status).toBe(200);
    expect((await call(key, "DELETE", "/api/webhooks/endpoints/none")).status).toBe(404);
    const event = { metric_name: "calls", quantity: 1 };
    expect((await call(key, "POST", "/api/usage/record", event)).status).toBe(201);
    const other = await makeTenant();
    const customer = { name: "Customer" };
    expect((await call(other.key, "POST", "/api/customers", customer)).status).toBe(201);
    expect((await call(key, "POST", "/api/customers", customer)).status).toBe(201);
    vi.setSystemTime(Date.now() + 1_000);
    expect((await ask(13)).body.code).toBe("budget.reached");
  });

  it("slows down a key that sends too much, but never its recording", async () => {
    const { key } = await makeTenant();
    const closed: Env = { ...env, SHIELD: { limit: refuse } };
    const answer = await createApp().request(
      "/api/tenant",
      bearer(key),
      closed,
      createExecutionContext(),
    );
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(answer.headers.get("ratelimit-policy")).toBe('"reads";q=6000;w=60');
    expect(answer.headers.get("ratelimit")).toBe('"reads";r=0;t=60');
    expect(await answer.json()).toMatchObject({ code: "request.rate_limited" });

    for (const path of ["/api/usage/record", "/api/usage/events"]) {
      const recorded = await createApp().request(
        path,
        { method: "POST", ...bearer(key) },
        closed,
        createExecutionContext(),
      );
      expect([path, await codeOf(recorded)]).not.toEqual([path, "request.rate_limited"]);
      expect(recorded.headers.get("ratelimit-policy")).toBeNull();
    }
  });

  it("knows a live key for 30 seconds, then asks again", async () => {
    const app = createApp();
    const { tenantId, key } = await makeTenant();
    const status = async () =>
      (await app.request("/api/tenant", bearer(key), env, createExecutionContext())).status;
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    expect(await status()).toBe(200);
    await revokeElsewhere(tenantId);
    vi.setSystemTime(Date.now() + 29_000);
    expect(await status()).toBe(200);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await status()).toBe(401);
  });

  it("asks each time for a test tenant's key, whose clock may have moved", async () => {
    const { tenantId, key } = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const now = async () => (await call(key, "GET", "/api/test-clock")).body.now;
    expect(await now()).toBe("2026-01-01T00:00:00Z");
    await env.DB.prepare("UPDATE tenants SET test_clock_ms = 0 WHERE id = ?").bind(tenantId).run();
    expect(await now()).toBe("1970-01-01T00:00:00Z");
    await revokeElsewhere(tenantId);
    expect((await call(key, "GET", "/api/test-clock")).status).toBe(401);
  });

  it("keeps operator paths to the operator's tenant, where its members only read", async () => {
    const { tenantId } = await makeTenant();
    const owner = await keyFor(tenantId, "owner");
    const { status, body } = await call(owner, "GET", "/api/tenants/ten_operator");
    expect([status, body.code]).toEqual([403, "auth.forbidden"]);
    const clerk = await keyFor("ten_operator", "member");
    expect((await call(clerk, "GET", "/api/tenants")).status).toBe(200);
    expect((await call(clerk, "POST", "/api/tenants", { name: "X" })).status).toBe(403);
  });
});

async function refuse(): Promise<{ success: boolean }> {
  return { success: false };
}

async function codeOf(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { code?: string }).code;
}
