import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import { claimKey, keepAnswer, releaseKey } from "../../../src/platform/http/idempotency.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const VIEWER = { name: "K", role: "viewer" };

function send(key: string, idempotencyKey: string, body: unknown = VIEWER, path = "/api/keys") {
  return call(key, "POST", path, body, { "idempotency-key": idempotencyKey });
}

async function keyCount(key: string): Promise<number> {
  return (await call(key, "GET", "/api/keys")).body.data.length;
}

afterEach(() => vi.restoreAllMocks());

describe("an Idempotency-Key", () => {
  it("gives the same request the same answer, and does it once", async () => {
    const { key } = await makeTenant();
    const first = await send(key, "a");
    const second = await send(key, "a");
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("content-type")).toBe("application/json");
    expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    expect(await keyCount(key)).toBe(2);
  });

  it("keeps no secret that the database could give away", async () => {
    const { key } = await makeTenant();
    const { body } = await send(key, "secret");
    const rows = await env.DB.prepare("SELECT body FROM idempotency WHERE key = 'secret'").all();
    expect(rows.results).toHaveLength(1);
    expect(JSON.stringify(rows.results)).not.toContain(body.key);
    expect(JSON.stringify(rows.results)).not.toContain(btoa(body.key).slice(0, 30));
  });

  it("that named another request is refused", async () => {
    const { key } = await makeTenant();
    await send(key, "b");
    const user = { email: "a@a.test", name: "K", role: "viewer" };
    for (const other of [
      await send(key, "b", { ...VIEWER, name: "L" }),
      await send(key, "b", user, "/api/users"),
    ]) {
      expect([other.status, other.body.code]).toEqual([422, "idempotency.key_reused"]);
    }
    expect(await keyCount(key)).toBe(2);
  });

  it("is each API key's own", async () => {
    const { tenantId, key } = await makeTenant();
    const other = await keyFor(tenantId, "owner");
    const [one, two] = [await send(key, "c"), await send(other, "c")];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body.id).not.toBe(one.body.id);
  });

  it("sent twice at once is done once", async () => {
    const { key } = await makeTenant();
    const answers = await Promise.all([send(key, "d"), send(key, "d"), send(key, "d")]);
    const made = answers.filter(({ status }) => status === 201);
    const running = answers.filter(({ status }) => status === 409);
    expect(made.length + running.length).toBe(3);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(await keyCount(key)).toBe(2);
  });

  it("answers 409 while the first request runs, and can be taken over after a minute", async () => {
    const { key } = await makeTenant();
    const { body } = await call(key, "GET", "/api/tenant");
    await send(key, "e");
    const running = "UPDATE idempotency SET status = NULL, body = NULL, created_ms = ?";
    const at = " WHERE caller = ? AND key = 'e'";
    await env.DB.prepare(running + at)
      .bind(Date.now(), body.key.id)
      .run();
    const early = await send(key, "e");
    expect([early.status, early.body.code]).toEqual([409, "idempotency.in_progress"]);
    expect(early.headers.get("retry-after")).toBe("1");
    await env.DB.prepare(running + at)
      .bind(Date.now() - 61_000, body.key.id)
      .run();
    expect((await send(key, "e")).status).toBe(201);
  });

  it("keeps no refusal: the same key may name what is right", async () => {
    const { tenantId, key } = await makeTenant();
    const viewer = await keyFor(tenantId, "viewer");
    const ingest = await keyFor(tenantId, "ingest");
    const before = await keyCount(key);
    const kept = async () =>
      (await env.DB.prepare("SELECT count(*) AS n FROM idempotency WHERE key = 'f'").first())?.n;
    const refused = [
      await send(key, "f", { name: "K", role: "emperor" }),
      await send(viewer, "f"),
      await send(ingest, "f"),
      await send(viewer, "f", { junk: "x".repeat(100_000) }, "/api/billing/simulate"),
      await send(viewer, "f", {}, "/api/nothing"),
      await send(key, "f", { name: "T" }, "/api/tenants"),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 403, 403, 422, 404, 403]);
    expect(await kept()).toBe(0);
    expect((await send(key, "f")).status).toBe(201);
    expect([await kept(), await keyCount(key)]).toEqual([1, before + 1]);
  });

  it("keeps no answer to what only reads", async () => {
    const { tenantId } = await makeTenant();
    const viewer = await keyFor(tenantId, "viewer");
    const question = { currency: "USD", prices: [], usage: [] };
    const ask = () => send(viewer, "reads", question, "/api/billing/simulate");
    const answers = [await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    const rows = await env.DB.prepare("SELECT 1 FROM idempotency WHERE key = 'reads'").all();
    expect(rows.results).toEqual([]);
  });

  it("keeps no long answer, but that it was done", async () => {
    const { key } = await makeTenant();
    const { id } = (await call(key, "POST", "/api/customers", { name: "Buyer" })).body;
    const line = { name: "Work", description: "x".repeat(900), quantity: 1, unit_price: 1 };
    const lines = Array.from({ length: 300 }, () => line);
    const make = () => send(key, "long", { customer_id: id, lines }, "/api/invoices");
    const [first, second, third] = [await make(), await make(), await make()];
    expect([first.status, second.status, third.status]).toEqual([201, 409, 409]);
    expect(second.body).toMatchObject({ code: "resource.conflict" });
    expect(second.body.detail).toContain(`answered 201`);
    expect(second.body.detail).toContain(`read ${first.body.id}`);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect((await call(key, "GET", "/api/invoices")).body.data).toHaveLength(1);
    const row = await env.DB.prepare(
      "SELECT length(body) AS length FROM idempotency WHERE key = 'long'",
    ).first<{ length: number }>();
    expect(row?.length).toBeLessThan(1_000);
  });

  it("that was taken over is answered by who took it", async () => {
    const claim = { caller: "key_1", key: "over", fingerprint: "same" };
    const slow = { ...claim, nowMs: Date.now() - 61_000 };
    const later = { ...claim, nowMs: Date.now() };
    expect(await claimKey(env.DB, slow)).toBeNull();
    expect(await claimKey(env.DB, later)).toBeNull();
    await releaseKey(env.DB, slow);
    await keepAnswer(env.DB, slow, { status: 201, body: "slow" });
    await expect(claimKey(env.DB, later)).rejects.toThrow("still runs");
    await keepAnswer(env.DB, later, { status: 201, body: "later" });
    await keepAnswer(env.DB, slow, { status: 201, body: "slow" });
    await releaseKey(env.DB, slow);
    expect(await claimKey(env.DB, later)).toEqual({ status: 201, body: "later" });
  });

  it("can be used again after an error of ours", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { key } = await makeTenant();
    const app = createApp();
    let runs = 0;
    app.post("/api/flaky", (c) => {
      runs += 1;
      if (runs === 1) throw new Error("lost the database");
      return c.json({ runs });
    });
    const headers = { authorization: `Bearer ${key}`, "idempotency-key": "j" };
    const ask = () =>
      app.request("/api/flaky", { method: "POST", headers }, env, createExecutionContext());
    expect((await ask()).status).toBe(500);
    expect(await (await ask()).json()).toEqual({ runs: 2 });
    headers.authorization = `bearer  ${key}`;
    expect(await (await ask()).json()).toEqual({ runs: 2 });
  });

  it("works for an answer without a body", async () => {
    const { key } = await makeTenant();
    const user = { email: "a@a.test", name: "A", role: "viewer" };
    const { id } = (await call(key, "POST", "/api/users", user)).body;
    const remove = () =>
      call(key, "DELETE", `/api/users/${id}`, undefined, { "idempotency-key": "g" });
    expect((await remove()).status).toBe(204);
    const again = await remove();
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([204, "true"]);
  });

  it("has 1 to 255 visible ASCII characters", async () => {
    const { key } = await makeTenant();
    for (const bad of ["", "a b", "ü", "x".repeat(256)]) {
      const { status, body } = await send(key, bad);
      expect([status, body.errors?.[0]?.pointer], bad).toEqual([422, "/header/Idempotency-Key"]);
    }
    expect((await send(key, "x".repeat(255))).status).toBe(201);
    expect(await keyCount(key)).toBe(2);
  });

  it("means nothing on a read", async () => {
    const { key } = await makeTenant();
    const read = () => call(key, "GET", "/api/keys", undefined, { "idempotency-key": "h" });
    await read();
    await send(key, "i");
    expect((await read()).body.data).toHaveLength(2);
  });
});
