import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { signedInOwner } from "../browser.ts";

const PATH = "/dashboard/settings/roles";

describe("roles", () => {
  it("are made, given, changed and removed by their forms", async () => {
    const { browser, key } = await signedInOwner();
    const input = { "/name": "Clerk", "/permissions": "documents.read" };
    expect((await browser.submit(`${PATH}/new`, PATH, input)).status).toBe(303);
    const roles = async () => (await call(key, "GET", "/api/roles")).body.data;
    const [{ id }] = await roles();
    const members = "/dashboard/settings/members";
    const person = { "/name": "Ada", "/email": "ada@roles.test", "/role": id };
    expect((await browser.submit(members, members, person)).status).toBe(303);
    const list = (await browser.get(PATH)).text;
    for (const told of ["Clerk", "see documents, customers and e-mails", "1 member"]) {
      expect(list).toContain(told);
    }
    const page = `${PATH}/${id}`;
    const change = { "/name": "Writer", "/permissions": "documents.write" };
    expect((await browser.submit(page, page, change)).status).toBe(303);
    expect(await roles()).toMatchObject([{ name: "Writer", permissions: ["documents.write"] }]);
    const none = await browser.submit(page, page, { "/name": "Writer" });
    expect([none.status, none.text]).toEqual([422, expect.stringContaining("Permissions:")]);
    const gone = { "/replacement": "viewer", confirmed: "" };
    const asked = await browser.submit(page, `${page}/remove`, gone);
    expect(asked.text).toContain("1 member get the role viewer at once.");
    const removed = await browser.submit(page, `${page}/remove`, { "/replacement": "viewer" });
    expect(removed.status).toBe(303);
    const { data } = (await call(key, "GET", "/api/users")).body;
    expect([await roles(), data[0].role]).toEqual([[], "viewer"]);
  });

  it("and rows that a member sees are set on the member's page", async () => {
    const { browser, key } = await signedInOwner();
    const person = { email: "bo@roles.test", name: "Bo", role: "admin" };
    const { id } = (await call(key, "POST", "/api/users", person)).body;
    const page = `/dashboard/settings/members/${id}`;
    const rows = { "/name": "Bo", "/own_usage": "on", "/own_documents": "on" };
    const asked = await browser.submit(page, page, { ...rows, confirmed: "" });
    expect(asked.text).toContain("Bo sees only: Own usage, own documents.");
    expect((await browser.submit(page, page, rows)).status).toBe(303);
    const { body } = await call(key, "GET", `/api/users/${id}`);
    expect(body).toMatchObject({ own_usage: true, own_documents: true, customers: null });
    expect((await browser.get("/dashboard/settings/members")).text).toContain("Own usage");
  });
});
