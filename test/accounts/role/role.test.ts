import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { forgetKeys } from "../../../src/accounts/guard/guard.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { type Answer, call, keyFor, makeTenant } from "../../support/api.ts";

const CLERK = { name: "Clerk", permissions: ["documents.read", "documents.write"] };
const person = (role: string, email = `${makeId("x", 0)}@a.test`) => ({ email, name: "P", role });
const refusal = ({ status, body }: Answer) => [status, body.code];

/** A tenant with a role of its own, and a key that has it. */
async function withRole(permissions: readonly string[] = CLERK.permissions) {
  const tenant = await makeTenant();
  const role = (await call(tenant.key, "POST", "/api/roles", { ...CLERK, permissions })).body;
  const made = await call(tenant.key, "POST", "/api/keys", { name: "K", role: role.id });
  return { ...tenant, role, made: made.body, theirs: String(made.body.key) };
}

describe("a role of a tenant's own", () => {
  it("is made, read, listed, changed and removed", async () => {
    const { key } = await makeTenant();
    const made = await call(key, "POST", "/api/roles", { ...CLERK, description: "Writes drafts" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...CLERK, description: "Writes drafts", users: 0, keys: 0 });
    const path = `/api/roles/${made.body.id}`;
    const changed = await call(key, "PATCH", path, { name: "Writer" });
    expect(changed.body).toMatchObject({ ...CLERK, name: "Writer", description: "Writes drafts" });
    expect((await call(key, "GET", path)).body).toEqual(changed.body);
    expect((await call(key, "GET", "/api/roles")).body.data).toEqual([changed.body]);
    expect((await call(key, "DELETE", path)).status).toBe(204);
    expect((await call(key, "GET", path)).status).toBe(404);
    const { data } = (await call(key, "GET", "/api/audit")).body;
    const actions = data.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(["role.removed", "role.changed", "role.created"]);
  });

  it("allows its permissions and no others", async () => {
    const { theirs, role } = await withRole();
    expect((await call(theirs, "GET", "/api/invoices")).status).toBe(200);
    expect((await call(theirs, "GET", "/api/usage/events")).status).toBe(403);
    const { body } = await call(theirs, "GET", "/api/tenant");
    expect(body.key).toMatchObject({ role: role.id, permissions: CLERK.permissions });
  });

  it("is changed for keys at once here, and never beyond their user's", async () => {
    const { key, role } = await withRole();
    const own = (await call(key, "POST", "/api/users", person(role.id))).body;
    const wide = { name: "Wide", permissions: [...CLERK.permissions] };
    const second = (await call(key, "POST", "/api/roles", wide)).body;
    const input = { name: "T", role: second.id, user_id: own.id };
    const theirs = (await call(key, "POST", "/api/keys", input)).body.key;
    const more = [...CLERK.permissions, "usage.read"];
    await call(key, "PATCH", `/api/roles/${second.id}`, { permissions: more });
    expect((await call(theirs, "GET", "/api/usage/events")).status).toBe(403);
    await call(key, "PATCH", `/api/roles/${role.id}`, { permissions: more });
    expect((await call(theirs, "GET", "/api/usage/events")).status).toBe(200);
    await call(key, "PATCH", `/api/users/${own.id}`, { role: "viewer" });
    expect((await call(theirs, "POST", "/api/customers", { name: "C" })).status).toBe(403);
  });

  it("is refused where it would allow more than its giver may", async () => {
    const permissions = ["members.read", "members.write", "keys.write", "usage.read"];
    const { key, theirs, role } = await withRole(permissions);
    const wide = { name: "Wide", permissions: ["audit.read"] };
    expect(refusal(await call(theirs, "POST", "/api/roles", wide))).toEqual([
      403,
      "auth.forbidden",
    ]);
    const own = await call(theirs, "POST", "/api/roles", {
      name: "N",
      permissions: ["usage.read"],
    });
    expect(own.status).toBe(201);
    for (const path of [`/api/roles/${own.body.id}`, `/api/roles/${role.id}`]) {
      const grown = await call(theirs, "PATCH", path, { permissions: ["settings.write"] });
      expect(refusal(grown)).toEqual([403, "auth.forbidden"]);
    }
    for (const more of ["owner", "admin", "member"]) {
      expect((await call(theirs, "POST", "/api/users", person(more))).status).toBe(403);
      expect((await call(theirs, "POST", "/api/keys", { name: "K", role: more })).status).toBe(403);
    }
    expect((await call(theirs, "POST", "/api/users", person(own.body.id))).status).toBe(201);
    const admin = (await call(key, "POST", "/api/users", person("admin"))).body;
    expect((await call(theirs, "DELETE", `/api/users/${admin.id}`)).status).toBe(403);
    const tenants = { name: "O", permissions: ["operator.tenants"] };
    expect((await call(key, "POST", "/api/roles", tenants)).status).toBe(422);
    const operator = await keyFor(OPERATOR_TENANT, "owner");
    const name = makeId("role", 0);
    expect((await call(operator, "POST", "/api/roles", { ...tenants, name })).status).toBe(201);
  });

  it("is not removed while somebody has it, unless they get another", async () => {
    const { key, theirs, role, made } = await withRole();
    const user = (await call(key, "POST", "/api/users", person(role.id))).body;
    const path = `/api/roles/${role.id}`;
    expect(refusal(await call(key, "DELETE", path))).toEqual([409, "members.role_in_use"]);
    for (const bad of ["ingest", "owner", role.id, "rol_none"]) {
      expect((await call(key, "DELETE", `${path}?replacement=${bad}`)).status).toBe(422);
    }
    expect((await call(key, "DELETE", `${path}?replacement=viewer`)).status).toBe(204);
    expect((await call(key, "GET", `/api/users/${user.id}`)).body.role).toBe("viewer");
    const { data } = (await call(key, "GET", "/api/keys")).body;
    expect(data.find(({ id }: { id: string }) => id === made.id).role).toBe("viewer");
    expect((await call(theirs, "POST", "/api/customers", { name: "C" })).status).toBe(403);
  });

  it("does not take the last owner away, nor an owner's key", async () => {
    const { tenantId, key, role } = await withRole();
    const one = (await call(key, "POST", "/api/users", person("owner"))).body;
    const change = await call(key, "PATCH", `/api/users/${one.id}`, { role: role.id });
    expect(refusal(change)).toEqual([409, "members.last_owner"]);
    await call(key, "POST", "/api/users", person("owner"));
    const theirs = await keyFor(tenantId, "owner", { userId: one.id });
    expect((await call(theirs, "GET", "/api/users")).status).toBe(200);
    expect((await call(key, "PATCH", `/api/users/${one.id}`, { role: role.id })).status).toBe(200);
    expect((await call(theirs, "GET", "/api/users")).status).toBe(403);
  });

  it("has a name of its own, and there are as many as the budget says", async () => {
    const { tenantId, key } = await withRole();
    expect((await call(key, "POST", "/api/roles", { ...CLERK, name: "CLERK" })).status).toBe(409);
    expect((await call(key, "POST", "/api/roles", { ...CLERK, name: "Owner" })).status).toBe(422);
    const operator = await keyFor(OPERATOR_TENANT, "owner");
    await call(operator, "PUT", `/api/tenants/${tenantId}/budgets`, { roles: 2 });
    forgetKeys(tenantId);
    expect((await call(key, "POST", "/api/roles", { ...CLERK, name: "2" })).status).toBe(201);
    const third = await call(key, "POST", "/api/roles", { ...CLERK, name: "3" });
    expect(refusal(third)).toEqual([429, "budget.reached"]);
    expect((await call(key, "GET", "/api/roles")).body.data).toHaveLength(2);
  });

  it("is no other tenant's to give", async () => {
    const [one, two] = await Promise.all([withRole(), makeTenant()]);
    for (const [method, path, body] of [
      ["GET", `/api/roles/${one.role.id}`],
      ["PATCH", `/api/roles/${one.role.id}`, { name: "X" }],
      ["DELETE", `/api/roles/${one.role.id}`],
    ] as const) {
      expect((await call(two.key, method, path, body)).status).toBe(404);
    }
    expect((await call(two.key, "POST", "/api/users", person(one.role.id))).status).toBe(422);
    const input = { name: "K", role: one.role.id };
    expect((await call(two.key, "POST", "/api/keys", input)).status).toBe(422);
  });

  it("that was changed meanwhile writes nothing that lasts by its old self", async () => {
    const { theirs, role } = await withRole(["members.write", "members.read", "usage.read"]);
    expect((await call(theirs, "GET", "/api/users")).status).toBe(200);
    // As another isolate changes it: this one still remembers the key.
    await env.DB.prepare("UPDATE roles SET changed_ms = changed_ms + 1 WHERE id = ?")
      .bind(role.id)
      .run();
    const input = { name: "N", permissions: ["usage.read"] };
    expect((await call(theirs, "POST", "/api/roles", input)).status).toBe(401);
  });
});
