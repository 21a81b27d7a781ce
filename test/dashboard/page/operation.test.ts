import { describe, expect, it, vi } from "vitest";
import { call } from "../../support/api.ts";
import { signedInOwner } from "../browser.ts";

/** The actions of a tenant's audit log, newest first, without those of its sessions. */
async function auditOf(key: string): Promise<{ action: string; request_id: string | null }[]> {
  const { body } = await call(key, "GET", "/api/audit");
  const entries: { action: string; request_id: string | null }[] = body.data;
  return entries.filter(({ action }) => !action.startsWith("session."));
}

describe("a form that runs an operation of the API", () => {
  it("writes the audit entry that the same call of the API writes", async () => {
    const [page, api] = [await signedInOwner(), await signedInOwner()];
    const path = "/dashboard/customers";
    const made = await page.browser.submit(`${path}/new`, path, { "/name": "Acme" });
    expect(made.status).toBe(303);
    await call(api.key, "POST", "/api/customers", { name: "Acme" });
    const [byPage, byApi] = [await auditOf(page.key), await auditOf(api.key)];
    expect(byPage.map(({ action }) => action)).toEqual(byApi.map(({ action }) => action));
    expect(byPage[0]?.request_id).toBe(made.headers.get("x-request-id"));
  });

  it("counts what it makes, but no call of the API", async () => {
    const { browser, key } = await signedInOwner();
    await browser.submit("/dashboard/customers/new", "/dashboard/customers", { "/name": "Acme" });
    const { body } = await call(key, "GET", "/api/usage/summary");
    const customers = await browser.get("/dashboard/customers");
    const customerId = /customers\/(cus_\w+)/.exec(customers.text)?.[1] ?? "";
    const draft = await browser.submit("/dashboard/quotes/new", "/dashboard/quotes", {
      "/customer_id": customerId,
      "/lines/0/name": "Consulting",
      "/lines/0/quantity": "1",
      "/lines/0/unit_price": "10",
    });
    expect([draft.status, body.metrics]).toEqual([303, []]);
    await vi.waitFor(async () => {
      const summary = await call(key, "GET", "/api/usage/summary");
      const counted = summary.body.metrics.map((row: { metric_name: string }) => row.metric_name);
      expect(counted).toEqual(["quotes_generated"]);
    });
  });

  it("answers 404 where no operation has such a path", async () => {
    const { browser } = await signedInOwner();
    const path = "/dashboard/usage/metrics";
    const { status } = await browser.submit(path, path, { "/name": "..", "/aggregation": "sum" });
    expect(status).toBe(404);
  });
});
