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
