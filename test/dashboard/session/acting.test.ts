import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { IDLE_MS } from "../../../src/accounts/session/session.ts";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { type Browser, signedIn, tokenOn } from "../browser.ts";

let tenant: { tenantId: string; key: string };
let operator: Browser;
beforeEach(async () => {
  tenant = await makeTenant();
  operator = await signedIn(await operatorKey());
});

const BAR = "You are acting as";
const openedBy = (browser: Browser, id = tenant.tenantId, fields: Record<string, string> = {}) =>
  browser.submit("/dashboard", `/dashboard/tenants/${id}/open`, fields);
const stop = (browser: Browser) => browser.submit("/dashboard", "/dashboard/acting/stop");
const addCustomer = (browser: Browser, name: string) =>
  browser.submit("/dashboard/customers/new", "/dashboard/customers", { "/name": name });
const names = async (key: string) =>
  (await call(key, "GET", "/api/customers?limit=200")).body.data.map(
    ({ name }: { name: string }) => name,
  );
const log = async (key: string, action: string) =>
  (await call(key, "GET", `/api/audit?action=${action}&limit=200`)).body.data;

describe("the operator opens a tenant's dashboard", () => {
  it("asks once, and then shows the tenant's pages with a bar on each", async () => {
    const asked = await openedBy(operator, tenant.tenantId, { confirmed: "" });
    expect(asked.text).toContain("Its audit log and yours say that you did it");
    expect((await operator.get("/dashboard")).text).not.toContain(BAR);
    expect(await openedBy(operator)).toMatchObject({ status: 303, location: "/dashboard" });
    for (const path of ["", "/invoices", "/settings/keys", "/search?q=x", "/nowhere"]) {
      expect((await operator.get(`/dashboard${path}`)).text).toContain(BAR);
    }
  });

  it("has the tenant's rights alone, and writes into both audit logs who did it", async () => {
    await openedBy(operator);
    for (const path of ["/tenants", "/revenue", "/health", `/tenants/${tenant.tenantId}`]) {
      expect((await operator.get(`/dashboard${path}`)).status).toBe(403);
    }
    expect((await openedBy(operator, (await makeTenant()).tenantId)).status).toBe(404);
    expect((await addCustomer(operator, "Made by the operator")).status).toBe(303);
    expect(await names(tenant.key)).toEqual(["Made by the operator"]);
    const [row] = await log(tenant.key, "customer.create");
    expect(row.detail.acted_by).toBe(OPERATOR_TENANT);
    const theirs = (await log(await operatorKey(), "customer.create")).find(
      ({ target }: { target: string }) => target === row.target,
    );
    expect(theirs).toMatchObject({ key_id: row.key_id, detail: { acted_for: tenant.tenantId } });
    expect((await log(tenant.key, "acting.begun"))[0]).toMatchObject({ key_id: row.key_id });
  });

  it("keeps the operator's own role: who only reads there only reads here", async () => {
    const viewer = await signedIn(await keyFor(OPERATOR_TENANT, "viewer"));
    expect((await openedBy(viewer)).status).toBe(303);
    expect((await viewer.get("/dashboard/customers")).status).toBe(200);
    expect((await viewer.submit("/dashboard", "/dashboard/customers")).status).toBe(403);
  });

  it("stops by the bar, and by signing out; no form of before is taken afterwards", async () => {
    const own = tokenOn((await operator.get("/dashboard")).text);
    await openedBy(operator);
    const acting = tokenOn((await operator.get("/dashboard")).text);
    const send = (form_token: string) =>
      operator.post("/dashboard/customers", { form_token, "/name": "From another tab" });
    expect((await send(own)).status).toBe(403);
    const { location } = await stop(operator);
    expect(location).toBe(`/dashboard/tenants/${tenant.tenantId}`);
    expect((await operator.get("/dashboard/tenants")).text).not.toContain(BAR);
    expect((await send(acting)).status).toBe(403);
    expect((await send(own)).status).toBe(403);
    expect(await names(tenant.key)).toEqual([]);
    expect((await log(tenant.key, "acting.ended")).length).toBe(1);
    await openedBy(operator);
    await operator.submit("/dashboard", "/dashboard/sign-out");
    const next = await signedIn(await operatorKey());
    expect((await next.get("/dashboard")).text).not.toContain(BAR);
  });

  it("ends with the session, and with the key it was signed in with", async () => {
    const key = await keyFor(OPERATOR_TENANT, "admin");
    const browser = await signedIn(key);
    await openedBy(browser);
    await env.DB.prepare("UPDATE api_keys SET revoked_ms = 1 WHERE tenant = ?1 AND role = 'admin'")
      .bind(OPERATOR_TENANT)
      .run();
    expect((await browser.get("/dashboard")).location).toBe("/dashboard/sign-in");
    await openedBy(operator);
    await env.DB.prepare("UPDATE sessions SET expires_ms = expires_ms - ?1 WHERE acting_for = ?2")
      .bind(IDLE_MS, tenant.tenantId)
      .run();
    expect((await operator.get("/dashboard")).location).toBe("/dashboard/sign-in");
  });

  it("is of one session: another of the same key stays the operator's", async () => {
    const other = await signedIn(await operatorKey());
    await openedBy(operator);
    expect((await other.get("/dashboard")).text).not.toContain(BAR);
    expect((await other.get("/dashboard/tenants")).status).toBe(200);
  });
});

describe("nobody else does", () => {
  it("answers a tenant 404 for its own id, another's and none, and keeps nothing", async () => {
    const browser = await signedIn(tenant.key);
    const other = await makeTenant();
    for (const id of [tenant.tenantId, other.tenantId, "ten_none"]) {
      expect((await openedBy(browser, id)).status).toBe(404);
      expect((await openedBy(browser, id, { confirmed: "" })).status).toBe(404);
    }
    const { results } = await env.DB.prepare(
      "SELECT acting_for FROM sessions WHERE tenant = ?1 AND acting_for IS NOT NULL",
    )
      .bind(tenant.tenantId)
      .all();
    expect(results).toEqual([]);
    expect(await log(other.key, "acting.begun")).toEqual([]);
  });

  it("is refused to the operator for itself, and for a tenant that there is not", async () => {
    expect((await openedBy(operator, OPERATOR_TENANT)).status).toBe(403);
    expect((await openedBy(operator, "ten_none")).status).toBe(404);
    expect((await operator.get("/dashboard")).text).not.toContain(BAR);
  });
});
