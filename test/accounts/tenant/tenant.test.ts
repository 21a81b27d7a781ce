import { describe, expect, it } from "vitest";
import { encodeCursor } from "../../../src/platform/http/http.ts";
import { signedIn } from "../../dashboard/browser.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

describe("tenants", () => {
  it("are made by the operator and born with one owner key", async () => {
    const operator = await operatorKey();
    const made = await call(operator, "POST", "/api/tenants", { name: "Acme Ltd" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: "Acme Ltd", mode: "live", test_clock: null });
    expect(made.body.key).toMatch(/^bcp_live_[\w-]{43}$/);

    const own = await call(made.body.key, "GET", "/api/tenant");
    expect(own.body).toMatchObject({ id: made.body.id, key: { role: "owner", user_id: null } });
    expect((await call(operator, "GET", `/api/tenants/${made.body.id}`)).status).toBe(200);
  });

  it("of the test kind start their clock where they are told", async () => {
    const made = await call(await operatorKey(), "POST", "/api/tenants", {
      name: "Trial",
      mode: "test",
      clock: "2015-05-17T00:00:00Z",
    });
    expect(made.body).toMatchObject({ mode: "test", test_clock: "2015-05-17T00:00:00Z" });
    expect(made.body.key).toMatch(/^bcp_test_/);
  });

  it("of the live kind have no clock to set", async () => {
    const { status, body } = await call(await operatorKey(), "POST", "/api/tenants", {
      name: "Live",
      clock: "2015-05-17T00:00:00Z",
    });
    expect(status).toBe(422);
    expect(body.errors).toEqual([{ pointer: "/clock", detail: expect.any(String) }]);
  });

  it("say where they are kept, in their answers, their export and on their page", async () => {
    const operator = await operatorKey();
    const browser = await signedIn(operator);
    const kept = await makeTenant({ jurisdiction: "eu", ledger: 1 });
    const words = [];
    for (const { tenantId, key } of [kept, await makeTenant()]) {
      const answers = [
        await call(operator, "GET", `/api/tenants/${tenantId}`),
        await call(key, "GET", "/api/tenant"),
        await call(operator, "GET", `/api/exports/tenants?format=ndjson&ids=${tenantId}`),
      ];
      const page = (await browser.get(`/dashboard/tenants/${tenantId}`)).text;
      const said = answers.map(({ body }) => body.jurisdiction);
      words.push([...said, page.includes("kept in the European Union")]);
    }
    expect(words).toEqual([
      ["eu", "eu", "eu", true],
      [null, null, null, false],
    ]);
  });

  it("cannot be made, listed or read by a tenant", async () => {
    const { tenantId, key } = await makeTenant();
    expect((await call(key, "POST", "/api/tenants", { name: "X" })).status).toBe(403);
    expect((await call(key, "GET", "/api/tenants")).status).toBe(403);
    expect((await call(key, "GET", `/api/tenants/${tenantId}`)).status).toBe(403);
  });

  it("are listed page by page, each once", async () => {
    const operator = await operatorKey();
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push((await makeTenant()).tenantId);
    const [first = "", ...made] = ids.sort();
    const seen: string[] = [];
    // Behind those that other tests have made.
    let cursor: string | null = encodeCursor([first]);
    do {
      const page = `/api/tenants?limit=2&cursor=${cursor}`;
      const { body } = await call(operator, "GET", page);
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map((tenant: { id: string }) => tenant.id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made));
  });
});
