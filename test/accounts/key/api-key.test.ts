import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";

describe("an API key", () => {
  it("is shown once and stored as a hash", async () => {
    const { tenantId, key } = await makeTenant();
    const made = await call(key, "POST", "/api/keys", { name: "CI", role: "ingest" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: "CI", role: "ingest", user_id: null });
    expect(made.body.hint).toBe(`bcp_live_…${made.body.key.slice(-4)}`);
    expect((await call(made.body.key, "GET", "/api/tenant")).body.id).toBe(tenantId);

    const listed = await call(key, "GET", "/api/keys");
    expect(listed.body.data).toHaveLength(2);
    expect(new TextDecoder().decode(listed.bytes)).not.toContain(made.body.key);
    const rows = await env.DB.prepare("SELECT * FROM api_keys WHERE tenant = ?")
      .bind(tenantId)
      .all();
    expect(JSON.stringify(rows.results)).not.toContain(made.body.key.slice(9));
  });

  it("that is malformed, unknown or revoked is refused with the same answer", async () => {
    const { tenantId, key } = await makeTenant();
    const revoked = await keyFor(tenantId, "viewer");
    const { data } = (await call(key, "GET", "/api/keys")).body;
    const { id } = data.find((row: { name: string }) => row.name === "viewer key");
    expect((await call(key, "DELETE", `/api/keys/${id}`)).status).toBe(200);

    const unknown = `bcp_live_${"x".repeat(43)}`;
    for (const bad of [revoked, unknown, "nonsense", `${key}x`, key.toUpperCase()]) {
      const { status, body } = await call(bad, "GET", "/api/tenant");
      expect([status, body.code, body.detail], bad).toEqual([
        401,
        "auth.invalid",
        "the API key is unknown or revoked",
      ]);
    }
  });

  it("that was in use stops at once where it is revoked", async () => {
    const { tenantId, key } = await makeTenant();
    const other = await keyFor(tenantId, "admin");
    const { body } = await call(other, "GET", "/api/tenant");
    expect((await call(key, "DELETE", `/api/keys/${body.key.id}`)).body.revoked_at).not.toBeNull();
    expect((await call(other, "GET", "/api/tenant")).status).toBe(401);
    const again = await call(key, "DELETE", `/api/keys/${body.key.id}`);
    expect(again.status).toBe(200);
    const log = await call(key, "GET", "/api/audit?action=key.revoked");
    expect(log.body.data).toHaveLength(1);
  });

  it("of an owner cannot be revoked while it is the last one", async () => {
    const { tenantId, key } = await makeTenant();
    const { body } = await call(key, "GET", "/api/tenant");
    const refused = await call(key, "DELETE", `/api/keys/${body.key.id}`);
    expect([refused.status, refused.body.code]).toEqual([409, "members.last_owner"]);
    expect((await call(key, "GET", "/api/tenant")).status).toBe(200);
    expect((await call(key, "GET", "/api/audit?action=key.revoked")).body.data).toEqual([]);

    const second = await keyFor(tenantId, "owner");
    expect((await call(second, "DELETE", `/api/keys/${body.key.id}`)).status).toBe(200);
  });

  it("of an owner cannot be made or revoked by an admin", async () => {
    const { tenantId, key } = await makeTenant();
    await keyFor(tenantId, "owner");
    const admin = await keyFor(tenantId, "admin");
    const { body } = await call(key, "GET", "/api/tenant");
    expect((await call(admin, "DELETE", `/api/keys/${body.key.id}`)).status).toBe(403);
  });

  it("of another tenant is not found", async () => {
    const [one, two] = [await makeTenant(), await makeTenant()];
    const { body } = await call(one.key, "GET", "/api/tenant");
    const answer = await call(two.key, "DELETE", `/api/keys/${body.key.id}`);
    expect([answer.status, answer.body.code]).toEqual([404, "resource.not_found"]);
    expect((await call(one.key, "GET", "/api/tenant")).status).toBe(200);
  });

  it("of a user carries the user, and no more than the user's role", async () => {
    const [mine, other] = [await makeTenant(), await makeTenant()];
    const member = { email: "m@a.test", name: "M", role: "member" };
    const user = (await call(mine.key, "POST", "/api/users", member)).body;
    const stranger = (await call(other.key, "POST", "/api/users", member)).body;
    const make = (role: string, user_id: string) =>
      call(mine.key, "POST", "/api/keys", { name: "K", role, user_id });

    const made = await make("member", user.id);
    expect((await call(made.body.key, "GET", "/api/tenant")).body.key.user_id).toBe(user.id);
    const above = await make("admin", user.id);
    expect([above.status, above.body.errors[0].pointer]).toEqual([422, "/role"]);
    for (const id of [stranger.id, "usr_none"]) {
      const unknown = await make("viewer", id);
      expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, "/user_id"]);
    }
  });
});

describe("a key that a user made", () => {
  /** An owner's key, an admin with a key of its own, and a key of no user that the admin made. */
  async function made() {
    const { tenantId, key } = await makeTenant();
    const ada = { email: "ada@a.test", name: "Ada", role: "admin" };
    const admin = (await call(key, "POST", "/api/users", ada)).body;
    const adas = await keyFor(tenantId, "admin", { userId: admin.id });
    const program = (await call(adas, "POST", "/api/keys", { name: "CI", role: "admin" })).body;
    expect([program.user_id, program.made_by]).toEqual([null, admin.id]);
    return { tenantId, key, admin, adas, program };
  }
  const works = async (key: string) => (await call(key, "GET", "/api/tenant")).status === 200;

  it("ends with the user, and so does what that key made", async () => {
    const { key, admin, program } = await made();
    const next = await call(program.key, "POST", "/api/keys", { name: "Next", role: "viewer" });
    expect(next.body.made_by).toBe(admin.id);
    const taken = await call(program.key, "POST", `/api/keys/${next.body.id}/take-over`);
    expect(taken.body.made_by).toBe(admin.id);
    expect((await call(key, "DELETE", `/api/users/${admin.id}`)).status).toBe(204);
    expect([await works(program.key), await works(next.body.key)]).toEqual([false, false]);
    expect(await works(key)).toBe(true);
  });

  it("stays where somebody took it over, and is then theirs, or the tenant's", async () => {
    const { tenantId, key, admin, program } = await made();
    const bob = { email: "bob@a.test", name: "Bob", role: "admin" };
    const other = (await call(key, "POST", "/api/users", bob)).body;
    const bobs = await keyFor(tenantId, "admin", { userId: other.id });
    const taken = await call(bobs, "POST", `/api/keys/${program.id}/take-over`);
    expect([taken.status, taken.body.made_by]).toEqual([200, other.id]);
    await call(key, "DELETE", `/api/users/${admin.id}`);
    expect(await works(program.key)).toBe(true);
    const own = await call(key, "POST", `/api/keys/${program.id}/take-over`);
    expect(own.body).not.toHaveProperty("made_by");
    await call(key, "DELETE", `/api/users/${other.id}`);
    expect(await works(program.key)).toBe(true);
    await call(key, "DELETE", `/api/keys/${program.id}`);
    expect((await call(key, "POST", `/api/keys/${program.id}/take-over`)).status).toBe(409);
  });

  it("never allows more than the user's role now does", async () => {
    const { tenantId, key, admin, adas, program } = await made();
    const make = async (role: string) =>
      (await call(adas, "POST", "/api/keys", { name: role, role })).body;
    const [viewer, ingest, taken] = [
      await make("viewer"),
      await make("ingest"),
      await make("admin"),
    ];
    await call(key, "POST", `/api/keys/${taken.id}/take-over`);
    const other = await keyFor(tenantId, "admin");
    const roleOf = async (given: string) =>
      (await call(given, "GET", "/api/tenant")).body.key?.role ?? null;
    const roles = async () =>
      Promise.all([adas, program.key, viewer.key, ingest.key, taken.key, other].map(roleOf));
    expect(await roles()).toEqual(["admin", "admin", "viewer", "ingest", "admin", "admin"]);
    const demote = (role: string) => call(key, "PATCH", `/api/users/${admin.id}`, { role });
    expect((await demote("member")).status).toBe(200);
    expect(await roles()).toEqual(["member", "member", "viewer", null, "admin", "admin"]);
    expect((await demote("viewer")).status).toBe(200);
    expect(await roles()).toEqual(["viewer", "viewer", "viewer", null, "admin", "admin"]);
    // What was taken does not come back with the role.
    expect((await demote("owner")).status).toBe(200);
    expect((await roles()).slice(0, 4)).toEqual(["viewer", "viewer", "viewer", null]);
  });

  it("and was the last owner's keeps its maker an owner", async () => {
    const { key } = await makeTenant();
    const eve = { email: "eve@a.test", name: "Eve", role: "owner" };
    const user = (await call(key, "POST", "/api/users", eve)).body;
    await call(key, "POST", "/api/users", { ...eve, email: "eva@a.test" });
    const inName = { name: "Eve's", role: "owner", user_id: user.id };
    const eves = (await call(key, "POST", "/api/keys", inName)).body.key;
    const last = (await call(eves, "POST", "/api/keys", { name: "Last", role: "owner" })).body;
    const own = (await call(key, "GET", "/api/tenant")).body.key.id;
    expect((await call(last.key, "DELETE", `/api/keys/${own}`)).status).toBe(200);
    const demoted = await call(last.key, "PATCH", `/api/users/${user.id}`, { role: "admin" });
    expect([demoted.status, demoted.body.code]).toEqual([409, "members.last_owner"]);
    expect((await call(last.key, "GET", "/api/tenant")).body.key.role).toBe("owner");
  });

  it("makes nothing that outlives it where another isolate revoked or narrowed it", async () => {
    const { tenantId, key } = await makeTenant();
    const change = (id: string, set: string) =>
      env.DB.prepare(`UPDATE api_keys SET ${set} WHERE id = ?`).bind(id).run();
    for (const set of ["revoked_ms = 1", "role = 'viewer'"]) {
      const admin = await keyFor(tenantId, "admin");
      // This isolate has seen the key, and keeps that for half a minute.
      const { id } = (await call(admin, "GET", "/api/tenant")).body.key;
      const mine = (await call(admin, "POST", "/api/keys", { name: "K", role: "admin" })).body;
      const user = { email: `${set.length}@a.test`, name: "U", role: "admin" };
      const known = (await call(admin, "POST", "/api/users", user)).body;
      await change(id, set);
      for (const [method, path, body] of [
        ["POST", "/api/keys", { name: "Next", role: "admin" }],
        ["POST", `/api/keys/${mine.id}/take-over`, undefined],
        ["POST", "/api/users", { ...user, email: "new@a.test" }],
        ["PATCH", `/api/users/${known.id}`, { role: "viewer" }],
      ] as const) {
        const { status, body: told } = await call(admin, method, path, body);
        expect([path, status, told.code]).toEqual([path, 401, "auth.invalid"]);
      }
    }
    const names = (await call(key, "GET", "/api/keys")).body.data.map(
      (one: { name: string }) => one.name,
    );
    expect(names).not.toContain("Next");
    expect((await call(key, "GET", "/api/users")).body.data).toHaveLength(2);
  });

  it("and is the last owner's keeps its user", async () => {
    const { tenantId, key } = await makeTenant();
    const eve = { email: "eve@a.test", name: "Eve", role: "owner" };
    const user = (await call(key, "POST", "/api/users", eve)).body;
    const eves = await keyFor(tenantId, "owner", { userId: user.id });
    const last = (await call(eves, "POST", "/api/keys", { name: "Last", role: "owner" })).body;
    await call(eves, "PATCH", `/api/users/${user.id}`, { role: "owner" });
    const own = (await call(key, "GET", "/api/tenant")).body.key.id;
    await call(key, "POST", "/api/users", { ...eve, email: "eva@a.test" });
    expect((await call(last.key, "DELETE", `/api/keys/${own}`)).status).toBe(200);
    const removed = await call(last.key, "DELETE", `/api/users/${user.id}`);
    expect([removed.status, removed.body.code]).toEqual([409, "members.last_owner"]);
  });

  it("is in an owner's name only by an owner", async () => {
    const { key, adas } = await made();
    const owner = { email: "own@a.test", name: "Own", role: "owner" };
    const { id: user_id } = (await call(key, "POST", "/api/users", owner)).body;
    const inName = { name: "In its name", role: "viewer", user_id };
    expect((await call(adas, "POST", "/api/keys", inName)).status).toBe(403);
    expect((await call(key, "POST", "/api/keys", inName)).status).toBe(201);
  });
});
