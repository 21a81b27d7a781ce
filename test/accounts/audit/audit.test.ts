import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

type Entry = { id: string; action: string; at: string; seq: number };

async function busyTenant() {
  const { key } = await makeTenant();
  const user = { email: "a@a.test", name: "A", role: "viewer" };
  const made = await call(key, "POST", "/api/users", user, { "x-request-id": "made-1" });
  await call(key, "PATCH", `/api/users/${made.body.id}`, { role: "admin" });
  await call(key, "DELETE", `/api/users/${made.body.id}`);
  return { key, userId: made.body.id };
}

describe("the audit log", () => {
  it("says who changed what, by which request, newest first", async () => {
    const { key, userId } = await busyTenant();
    const { body } = await call(key, "GET", "/api/audit");
    const own = (await call(key, "GET", "/api/tenant")).body.key.id;
    expect(body.data.map((entry: Entry) => entry.action).sort()).toEqual([
      "user.changed",
      "user.created",
      "user.removed",
    ]);
    const created = body.data.find((entry: Entry) => entry.action === "user.created");
    expect(created).toMatchObject({
      key_id: own,
      user_id: null,
      target: userId,
      detail: { email: "a@a.test", role: "viewer" },
      request_id: expect.stringMatching(/^req_[\w-]{16}$/),
      caller_request_id: "made-1",
    });
    const changed = body.data.find((entry: Entry) => entry.action === "user.changed");
    expect(changed).not.toHaveProperty("caller_request_id");
    const times: number[] = body.data.map((entry: Entry) => Date.parse(entry.at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it("says what was changed, and from where", async () => {
    const { tenantId, key } = await makeTenant();
    const from = { "cf-connecting-ip": "203.0.113.7", "user-agent": "a".repeat(300) };
    const item = { name: "Work", unit_price: "5.10", unit_code: "HUR" };
    const made = await call(key, "POST", "/api/items", item, from);
    await call(key, "PATCH", `/api/items/${made.body.id}`, { unit_price: "6" }, from);
    await call(key, "DELETE", `/api/items/${made.body.id}`, undefined, from);
    const { data } = (await call(key, "GET", "/api/audit")).body;
    const [deleted, changed, created] = data;
    expect(data.map((entry: Entry) => entry.seq)).toEqual([3, 2, 1]);
    expect(created).toMatchObject({
      before: null,
      after: { id: made.body.id, tenant: tenantId, name: "Work", unit_price: "5.1" },
      address: "203.0.113.7",
      key_name: "owner key",
      session_id: null,
      user_agent: "a".repeat(200),
    });
    expect(changed).toMatchObject({ before: { unit_price: "5.1" }, after: { unit_price: "6" } });
    expect(Object.keys(changed.after)).toEqual(["unit_price"]);
    expect(deleted).toMatchObject({ before: { name: "Work", unit_price: "6" }, after: null });
  });

  it("never shows a secret, and cuts what is long", async () => {
    const { tenantId, key } = await makeTenant();
    const { body } = await call(key, "POST", "/api/keys", { name: "Mine", role: "viewer" });
    const hook = { url: "https://audit.invalid/hook" };
    const endpoint = (await call(key, "POST", "/api/webhooks/endpoints", hook)).body;
    await call(key, "POST", `/api/webhooks/endpoints/${endpoint.id}/rotate-secret`, {});
    await call(key, "PUT", "/api/payment-providers/stripe", { secret: "whsec_very_secret" });
    const item = { name: "Long", unit_price: 1 };
    await call(key, "POST", "/api/items", { ...item, description: "x".repeat(300) });
    await call(key, "PUT", "/api/branding", { terms: "y".repeat(2_500) });
    const { results } = await env.DB.prepare(
      `SELECT detail, "before", "after" FROM audit WHERE tenant = ?`,
    )
      .bind(tenantId)
      .all();
    const text = JSON.stringify(results);
    const { hash } = (await env.DB.prepare("SELECT hash FROM api_keys WHERE id = ?")
      .bind(body.id)
      .first<{ hash: string }>()) ?? { hash: "" };
    expect(hash).toHaveLength(64);
    for (const secret of [body.key, hash, endpoint.secret, "whsec_very_secret", "sealed"]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain("x".repeat(300));
    expect(text).toContain("y… (cut: 2500 characters)");
    const left = await env.DB.prepare("SELECT count(*) AS n FROM audit_images").first("n");
    expect(left).toBe(0);
  });

  it("is filtered by action, target and time", async () => {
    const { key, userId } = await busyTenant();
    const count = async (query: string) =>
      (await call(key, "GET", `/api/audit?${query}`)).body.data.length;
    expect(await count("action=user.changed")).toBe(1);
    expect(await count(`target=${userId}`)).toBe(3);
    expect(await count("target=usr_none")).toBe(0);
    expect(await count("start=2020-01-01T00:00:00Z")).toBe(3);
    expect(await count("end=2020-01-01T00:00:00Z")).toBe(0);
  });

  it("is paged without losing or repeating a row", async () => {
    const { key } = await busyTenant();
    const whole = (await call(key, "GET", "/api/audit")).body.data;
    const paged: Entry[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await call(key, "GET", `/api/audit?limit=1${cursor}`);
      paged.push(...body.data);
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(paged).toEqual(whole);
  });

  it("refuses a cursor of another list, a limit out of bounds, and unknown filters", async () => {
    const { key } = await makeTenant();
    for (const query of [
      "cursor=x",
      "cursor=WyJhIl0",
      "limit=0",
      "limit=201",
      "limit=x",
      "who=me",
    ]) {
      expect((await call(key, "GET", `/api/audit?${query}`)).status, query).toBe(422);
    }
  });

  it("holds nothing of a write that was refused", async () => {
    const { key } = await makeTenant();
    const { body } = await call(key, "GET", "/api/tenant");
    expect((await call(key, "DELETE", `/api/keys/${body.key.id}`)).status).toBe(409);
    expect((await call(key, "GET", "/api/audit")).body.data).toEqual([]);
  });

  it("is a tenant's own", async () => {
    await busyTenant();
    const { key } = await makeTenant();
    expect((await call(key, "GET", "/api/audit")).body.data).toEqual([]);
  });
});
