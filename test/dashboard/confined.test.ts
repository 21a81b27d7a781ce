/** The dashboard of a member that sees only some rows: its pages show theirs, others are closed. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { insertSession } from "../../src/accounts/session/session-store.ts";
import { makeId, randomToken, sha256Hex } from "../../src/platform/runtime/crypto.ts";
import { call, makeTenant } from "../support/api.ts";
import { Browser } from "./browser.ts";

const LINES = [{ name: "Work", quantity: 1, unit_price: 5 }];

/** A browser in which a user is signed in. */
async function signedInAs(tenant: string, userId: string): Promise<Browser> {
  const token = randomToken(32);
  const realMs = Date.now();
  await insertSession(env.DB, {
    id: makeId("ses", realMs),
    tenant,
    keyId: null,
    userId,
    hash: await sha256Hex(token),
    previousHash: null,
    formToken: randomToken(32),
    createdMs: realMs,
    rotatedMs: realMs,
    expiresMs: realMs + 3_600_000,
    actingFor: null,
  }).run();
  const browser = new Browser();
  browser.cookie = `bcp_session=${token}`;
  return browser;
}

describe("the dashboard of a person", () => {
  it("shows everybody's usage, but to a member who reads only its own", async () => {
    const { tenantId, key } = await makeTenant();
    const event = { metric_name: "m", quantity: 1, id: "event-of-bob", user_id: "bob" };
    await call(key, "POST", "/api/usage/record", event);
    const { id } = (await call(key, "POST", "/api/usage/imports", { name: "Older" })).body;
    const path = `/api/usage/imports/${id}`;
    const rows = "id,metric_name,quantity,timestamp,user_id\n1,m,-,2025-01-01T00:00:00Z,bob\n";
    await call(key, "PUT", `${path}/file?name=older.csv`, rows);
    await call(key, "POST", `${path}/file/read`, {});
    const shownTo = async (role: string) => {
      const input = { email: `${role}@a.test`, name: role, role };
      const user = (await call(key, "POST", "/api/users", input)).body;
      const browser = await signedInAs(tenantId, user.id);
      const events = await browser.get("/dashboard/usage/events");
      const imported = await browser.get(`/dashboard/usage/imports/${id}`);
      expect(imported.text).toContain("1 could not be taken");
      return [events.text.includes("event-of-bob"), imported.text.includes("bob")];
    };
    expect(await shownTo("owner")).toEqual([true, true]);
    expect(await shownTo("admin")).toEqual([true, true]);
    expect(await shownTo("member")).toEqual([false, false]);
  });
});

describe("the dashboard of a member who sees only some rows", () => {
  it("shows theirs, leaves the rest out of its menu, and closes it", async () => {
    const { tenantId, key } = await makeTenant();
    const make = async (path: string, body: unknown) => (await call(key, "POST", path, body)).body;
    const mine = await make("/api/customers", { name: "Mine Ltd" });
    const theirs = await make("/api/customers", { name: "Theirs Ltd" });
    const draft = (customer_id: string) => ({ customer_id, lines: LINES });
    const [seen, hidden] = [
      await make("/api/invoices", draft(mine.id)),
      await make("/api/invoices", draft(theirs.id)),
    ];
    await make("/api/usage/record", { metric_name: "m", id: "others-event", quantity: 1 });
    const rows = { own_usage: true, customers: [mine.id] };
    const input = { email: `${makeId("x", 0)}@a.test`, name: "M", role: "admin", ...rows };
    const browser = await signedInAs(tenantId, (await make("/api/users", input)).id);

    expect((await browser.get("/dashboard")).location).toContain("/dashboard/invoices");
    const open = [
      "/invoices",
      "/quotes/new",
      "/customers",
      `/customers/${mine.id}`,
      `/customers/${mine.id}/balance`,
      "/emails",
      "/usage",
      "/usage/events",
      "/search?q=ltd",
      `/invoices/${seen.id}`,
    ];
    for (const path of open) {
      const { status, text } = await browser.get(`/dashboard${path}`);
      expect([path, status]).toEqual([path, 200]);
      for (const other of ["Theirs Ltd", theirs.id, hidden.id, "others-event"]) {
        expect(text, path).not.toContain(other);
      }
      for (const closed of ["/settings", "/billing", "/webhooks", "/alerts", "/items"]) {
        expect(text, path).not.toContain(`href="/dashboard${closed}"`);
      }
    }
    for (const path of [`/invoices/${hidden.id}`, `/customers/${theirs.id}`]) {
      expect((await browser.get(`/dashboard${path}`)).status).toBe(404);
    }
    const closed = ["/settings/keys", "/settings/profile", "/alerts", "/billing", "/usage/imports"];
    for (const path of [...closed, "/webhooks", "/recurring-invoices", "/items", "/tenants"]) {
      const { status } = await browser.get(`/dashboard${path}`);
      expect([path, status]).toEqual([path, 403]);
    }
  });
});
