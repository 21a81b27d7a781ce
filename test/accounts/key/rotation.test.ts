import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";

afterEach(() => vi.useRealTimers());

const HOUR = 3_600_000;
const works = async (key: string) => (await call(key, "GET", "/api/tenant")).status === 200;
const rotate = (key: string, id: string, overlap_hours: unknown, headers = {}) =>
  call(key, "POST", `/api/keys/${id}/rotate`, { overlap_hours }, headers);

async function keysOf(key: string) {
  const rows: { id: string; expires_at: string | null; replaced_by: string | null }[] = (
    await call(key, "GET", "/api/keys")
  ).body.data;
  return new Map(rows.map((row) => [row.id, row]));
}

describe("rotating a key", () => {
  it("makes one like it, and lets the old one work until the overlap ends", async () => {
    const { key } = await makeTenant();
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    const start = Date.now();
    const person = { email: "u@a.test", name: "U", role: "member" };
    const user_id = (await call(key, "POST", "/api/users", person)).body.id;
    const permissions = ["usage.write", "usage.read"];
    const input = { name: "CI", role: "member", user_id, permissions };
    const old = (await call(key, "POST", "/api/keys", input)).body;
    expect(await works(old.key)).toBe(true);

    const { status, body: next } = await rotate(key, old.id, 24);
    expect(status).toBe(201);
    expect(next).toMatchObject({ ...input, expires_at: null, replaced_by: null });
    expect(next.key).not.toBe(old.key);
    const shown = (await keysOf(key)).get(old.id);
    expect(shown?.replaced_by).toBe(next.id);
    expect(Date.parse(shown?.expires_at ?? "")).toBe(start + 24 * HOUR);
    const { body: log } = await call(key, "GET", "/api/audit?action=key.rotated");
    expect(log.data).toMatchObject([{ target: next.id, detail: { replaces: old.id } }]);

    expect([await works(old.key), await works(next.key)]).toEqual([true, true]);
    vi.setSystemTime(start + 24 * HOUR - 1);
    expect(await works(old.key)).toBe(true);
    vi.setSystemTime(start + 24 * HOUR);
    expect([await works(old.key), await works(next.key)]).toEqual([false, true]);
  });

  it("without an overlap ends it at once, also the caller's own", async () => {
    const { key } = await makeTenant();
    const { id } = (await call(key, "GET", "/api/tenant")).body.key;
    const next = await rotate(key, id, 0);
    expect(next.status).toBe(201);
    expect([await works(key), await works(next.body.key)]).toEqual([false, true]);
    expect((await call(key, "GET", "/api/tenant")).body.detail).toContain("has ended");
  });

  it("is done once, and once more under the same Idempotency-Key", async () => {
    const { key } = await makeTenant();
    const old = (await call(key, "POST", "/api/keys", { name: "K", role: "viewer" })).body;
    const once = { "idempotency-key": "rotation-1" };
    const [first, again] = [await rotate(key, old.id, 1, once), await rotate(key, old.id, 1, once)];
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    const refused = await rotate(key, old.id, 1);
    expect([refused.status, refused.body.code]).toEqual([409, "resource.conflict"]);
    expect(refused.body.detail).toContain(first.body.id);
    expect((await keysOf(key)).size).toBe(3);
  });

  it("is done once by many at the same time", async () => {
    const { key } = await makeTenant();
    const old = (await call(key, "POST", "/api/keys", { name: "K", role: "viewer" })).body;
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(key, old.id, 1)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    expect((await keysOf(key)).size).toBe(3);
  });

  it("keeps an end that is there, and never lets the old one live longer", async () => {
    const { tenantId, key } = await makeTenant();
    const endsMs = Math.ceil(Date.now() / 1_000) * 1_000 + HOUR;
    const ending = await keyFor(tenantId, "viewer", { confinement: { endsMs } });
    const { id } = (await call(ending, "GET", "/api/tenant")).body.key;
    const next = await rotate(key, id, 720);
    expect(Date.parse(next.body.expires_at)).toBe(endsMs);
    expect(Date.parse((await keysOf(key)).get(id)?.expires_at ?? "")).toBe(endsMs);
  });

  it("fits within the budget of keys where the old one ends at once", async () => {
    const { tenantId, key } = await makeTenant();
    const { body: old } = await call(key, "POST", "/api/keys", { name: "K", role: "viewer" });
    await env.DB.prepare("INSERT INTO tenant_budgets VALUES (?, 'api_keys', 2)")
      .bind(tenantId)
      .run();
    const refused = await rotate(key, old.id, 1);
    expect([refused.status, refused.body.code]).toEqual([429, "budget.reached"]);
    expect(await works(old.key)).toBe(true);
    expect((await rotate(key, old.id, 0)).status).toBe(201);
  });

  it("is for keys that hold, by who may make them", async () => {
    const { tenantId, key } = await makeTenant();
    const admin = await keyFor(tenantId, "admin");
    const { id: owners } = (await call(key, "GET", "/api/tenant")).body.key;
    expect((await rotate(admin, owners, 1)).status).toBe(403);
    const stranger = await makeTenant();
    expect((await rotate(stranger.key, owners, 1)).status).toBe(404);
    const { body: gone } = await call(key, "POST", "/api/keys", { name: "K", role: "viewer" });
    await call(key, "DELETE", `/api/keys/${gone.id}`);
    expect((await rotate(key, gone.id, 1)).status).toBe(409);
    for (const bad of [-1, 721, 1.5, "1", null]) {
      const { status, body } = await rotate(key, owners, bad);
      expect([status, body.errors[0].pointer]).toEqual([422, "/overlap_hours"]);
    }
    expect(await works(key)).toBe(true);
  });

  it("leaves the old one's work to it, but no user that would outlive it", async () => {
    const { tenantId, key } = await makeTenant();
    const admin = await keyFor(tenantId, "admin");
    const { id } = (await call(admin, "GET", "/api/tenant")).body.key;
    await rotate(key, id, 24);
    const made = await call(admin, "POST", "/api/keys", { name: "K", role: "viewer" });
    expect(made.body.expires_at).toBe((await keysOf(key)).get(id)?.expires_at);
    const user = { email: "u@a.test", name: "U", role: "viewer" };
    expect((await call(admin, "POST", "/api/users", user)).status).toBe(403);
  });
});
