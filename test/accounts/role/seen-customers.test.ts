/** Who sees only some customers sees some that there are. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { call, keyFor, makeTenant } from "../../support/api.ts";

const email = () => `${makeId("x", 0)}@a.test`;
const NONE = "is no customer of this tenant";

async function makeCustomers(key: string, n: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < n) {
    const { body } = await call(key, "POST", "/api/customers", { name: `Buyer ${ids.length}` });
    ids.push(body.id);
  }
  return ids;
}

it("a user or a key is confined to customers of its tenant, at making and at change", async () => {
  const { tenantId, key } = await makeTenant();
  const [mine = "", gone = ""] = await makeCustomers(key, 2);
  const [theirs = ""] = await makeCustomers((await makeTenant()).key, 1);
  const user = { name: "U", role: "viewer" };
  const made = await call(key, "POST", "/api/users", {
    ...user,
    email: email(),
    customers: [mine],
  });
  expect(made.status).toBe(201);
  const path = `/api/users/${made.body.id}`;

  const asks = [
    (customers: string[]) =>
      call(key, "POST", "/api/users", { ...user, email: email(), customers }),
    (customers: string[]) => call(key, "PATCH", path, { customers }),
    (customers: string[]) =>
      call(key, "POST", "/api/keys", { name: "K", role: "viewer", customers }),
  ];
  for (const ask of asks) {
    for (const other of [theirs, "cus_none"]) {
      const { status, body } = await ask([mine, other]);
      expect([status, body.errors]).toEqual([422, [{ pointer: "/customers/1", detail: NONE }]]);
    }
    expect((await ask([mine, gone])).status).toBeLessThan(300);
  }
  const count = "SELECT count(*) AS n FROM api_keys WHERE tenant = ? AND name = 'K'";
  expect(await env.DB.prepare(count).bind(tenantId).first("n")).toBe(1);

  // A customer that is gone since stays named by whom it confines, and nobody else can name it.
  await env.DB.prepare("DELETE FROM customers WHERE id = ?").bind(gone).run();
  expect((await call(key, "PATCH", path, { name: "V" })).body.customers).toEqual([mine, gone]);
  expect((await call(key, "PATCH", path, { customers: [gone] })).body.customers).toEqual([gone]);
  const theirKey = await keyFor(tenantId, "viewer", { userId: made.body.id });
  expect((await call(theirKey, "GET", "/api/customers")).body.data).toEqual([]);
  expect((await asks[2]?.([gone]))?.status).toBe(422);
});
