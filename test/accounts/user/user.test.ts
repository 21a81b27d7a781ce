import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const owner = (email: string) => ({ email, name: "O", role: "owner" });

describe("users", () => {
  it("are added, read, changed, listed and removed", async () => {
    const { key } = await makeTenant();
    const made = await call(key, "POST", "/api/users", {
      email: "Ada@Example.com",
      name: "Ada",
      role: "viewer",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ email: "ada@example.com", role: "viewer" });
    const path = `/api/users/${made.body.id}`;
    const changed = await call(key, "PATCH", path, { role: "member" });
    expect(changed.body).toMatchObject({ name: "Ada", role: "member" });
    expect((await call(key, "GET", path)).body).toEqual(changed.body);
    expect((await call(key, "GET", "/api/users")).body.data).toEqual([changed.body]);

    expect((await call(key, "DELETE", path)).status).toBe(204);
    expect((await call(key, "GET", path)).status).toBe(404);
    expect((await call(key, "GET", "/api/users")).body.data).toEqual([]);
  });

  it("cannot share an e-mail address with another user who was not removed", async () => {
    const { key } = await makeTenant();
    const ada = { email: "ada@example.com", name: "Ada", role: "viewer" };
    const first = await call(key, "POST", "/api/users", ada);
    const second = await call(key, "POST", "/api/users", { ...ada, email: "ADA@example.com" });
    expect([second.status, second.body.code]).toEqual([409, "members.email_taken"]);
    await call(key, "DELETE", `/api/users/${first.body.id}`);
    expect((await call(key, "POST", "/api/users", ada)).status).toBe(201);
  });

  it("lose their keys when they are removed", async () => {
    const { tenantId, key } = await makeTenant();
    const made = await call(key, "POST", "/api/users", { ...owner("a@a.test"), role: "admin" });
    const theirs = await keyFor(tenantId, "admin", { userId: made.body.id });
    expect((await call(theirs, "GET", "/api/users")).status).toBe(200);
    await call(key, "PATCH", `/api/users/${made.body.id}`, { role: "viewer" });
    expect((await call(theirs, "GET", "/api/users")).status).toBe(403);
    await call(key, "DELETE", `/api/users/${made.body.id}`);
    expect((await call(theirs, "GET", "/api/tenant")).status).toBe(401);
  });

  it("keep no owner's key once they are owners no more", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "POST", "/api/users", owner("1@a.test"));
    const two = (await call(key, "POST", "/api/users", owner("2@a.test"))).body;
    const theirs = await keyFor(tenantId, "owner", { userId: two.id });
    const role = async () => (await call(theirs, "GET", "/api/tenant")).body.key.role;
    expect(await role()).toBe("owner");
    await call(key, "PATCH", `/api/users/${two.id}`, { role: "admin" });
    expect(await role()).toBe("admin");
  });

  it("keep at least one owner among them, once there is one", async () => {
    const { key } = await makeTenant();
    const one = (await call(key, "POST", "/api/users", owner("1@a.test"))).body;
    for (const answer of [
      await call(key, "DELETE", `/api/users/${one.id}`),
      await call(key, "PATCH", `/api/users/${one.id}`, { role: "admin" }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([409, "members.last_owner"]);
    }
    const two = (await call(key, "POST", "/api/users", owner("2@a.test"))).body;
    const both = await Promise.all(
      [one, two].map(({ id }) => call(key, "DELETE", `/api/users/${id}`)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it("who are owners are made and removed by owners alone", async () => {
    const { tenantId, key } = await makeTenant();
    const admin = await keyFor(tenantId, "admin");
    await call(key, "POST", "/api/users", owner("1@a.test"));
    const two = (await call(key, "POST", "/api/users", owner("2@a.test"))).body;
    const clerk = await call(key, "POST", "/api/users", { ...owner("3@a.test"), role: "member" });
    for (const [method, path, body] of [
      ["POST", "/api/users", owner("4@a.test")],
      ["PATCH", `/api/users/${two.id}`, { role: "member" }],
      ["PATCH", `/api/users/${clerk.body.id}`, { role: "owner" }],
      ["DELETE", `/api/users/${two.id}`, undefined],
    ] as const) {
      expect((await call(admin, method, path, body)).status, `${method} ${path}`).toBe(403);
    }
  });

  it("of another tenant are not found", async () => {
    const [one, two] = [await makeTenant(), await makeTenant()];
    const { id } = (await call(one.key, "POST", "/api/users", owner("1@a.test"))).body;
    for (const [method, body] of [["GET"], ["PATCH", { name: "Y" }], ["DELETE"]] as const) {
      const { status } = await call(two.key, method, `/api/users/${id}`, body);
      expect(status, method).toBe(404);
    }
    expect((await call(one.key, "GET", `/api/users/${id}`)).body.name).toBe("O");
  });
});
