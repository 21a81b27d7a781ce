import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { signedInOwner } from "../browser.ts";

describe("members and keys", () => {
  it("are added, changed and removed by their forms", async () => {
    const { browser, key } = await signedInOwner();
    const path = "/dashboard/settings/members";
    const person = { "/name": "Ada", "/email": "ada@people.test", "/role": "member" };
    expect((await browser.submit(path, path, person)).status).toBe(303);
    const again = await browser.submit(path, path, person);
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('value="Ada"')]);
    const users = async () => (await call(key, "GET", "/api/users")).body.data;
    const [{ id }] = await users();
    const role = { "/role": "admin" };
    expect((await browser.submit(path, `${path}/${id}/role`, role)).status).toBe(303);
    expect(await users()).toMatchObject([{ id, role: "admin" }]);
    expect((await browser.submit(path, `${path}/${id}/remove`)).status).toBe(303);
    expect(await users()).toEqual([]);
  });

  it("are asked about where a narrower role ends or narrows their keys for good", async () => {
    const { browser, key } = await signedInOwner();
    const path = "/dashboard/settings/members";
    const person = { email: "b@people.test", name: "Bo", role: "admin" };
    const { id } = (await call(key, "POST", "/api/users", person)).body;
    await call(key, "POST", "/api/keys", { name: "Bo's", role: "admin", user_id: id });
    await call(key, "POST", "/api/keys", { name: "Feed", role: "ingest", user_id: id });
    const change = (role: string, confirmed: string) =>
      browser.submit(path, `${path}/${id}/role`, { "/role": role, confirmed });
    const { text } = await change("member", "");
    for (const told of [
      "Change Bo from admin to member?",
      "Revokes 1 API key that a member may not have.",
      "Narrows 1 API key to what a member may do.",
    ]) {
      expect(text).toContain(told);
    }
    const read = async () => (await call(key, "GET", `/api/users/${id}`)).body.role;
    expect([await read(), (await change("member", "yes")).status]).toEqual(["admin", 303]);
    // What can simply be changed back is not asked about.
    expect([(await change("admin", "")).status, await read()]).toEqual([303, "admin"]);
  });

  it("show a new key once, which works until it is revoked", async () => {
    const { browser } = await signedInOwner();
    const path = "/dashboard/settings/keys";
    const made = await browser.submit(path, path, { "/name": "Reads", "/role": "viewer" });
    const key = /data-copy="(bcp_live_[^"]+)"/.exec(made.text)?.[1] ?? "";
    const { status, body } = await call(key, "GET", "/api/tenant");
    expect([status, body.key.role]).toEqual([200, "viewer"]);
    expect((await browser.get(path)).text).not.toContain(key);
    expect((await browser.submit(path, `${path}/${body.key.id}/revoke`)).status).toBe(303);
    expect((await browser.get(path)).text).toContain(">revoked<");
  });
});
