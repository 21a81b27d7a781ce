import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

type Entry = { id: string; action: string; at: string };

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
    const times = body.data.map((entry: Entry) => entry.at);
    expect(times).toEqual([...times].sort().reverse());
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
