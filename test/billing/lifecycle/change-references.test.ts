import { describe, expect, it } from "vitest";
import { OPERATOR_TENANT } from "../../../src/accounts/store/tenant-store.ts";
import { tenantCustomerId } from "../../../src/documents/party/party-store.ts";
import { call } from "../../support/api.ts";
import { listed, moveTo, subscriber } from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";

describe("what a subscription's invoices refer to", () => {
  it("is its own, else the customer's; a change holds from the next invoice on", async () => {
    const tenant = await subscriber(START, { base_price: 10, purchase_order: "PO-1" });
    const path = `/api/customers/${tenantCustomerId(OPERATOR_TENANT, tenant.tenantId)}`;
    const named = { buyer_reference: "04011000-12345-34" };
    expect((await call(tenant.operator, "PATCH", path, named)).status).toBe(200);
    await moveTo(tenant, "2026-02-08T00:00:00Z");
    const change = { buyer_reference: "B-2", purchase_order: null };
    const changed = await call(tenant.operator, "PATCH", `/api/subscriptions/${tenant.id}`, change);
    expect([changed.status, changed.body]).toMatchObject([200, change]);
    await moveTo(tenant, "2026-03-08T00:00:00Z");
    const [first, second] = await listed(tenant, "/api/invoices");
    const read = async ({ id }: { id: string }) =>
      (await call(tenant.key, "GET", `/api/invoices/${id}`)).body;
    expect(await read(first)).toMatchObject({
      buyer_reference: "04011000-12345-34",
      purchase_order: "PO-1",
    });
    expect(await read(second)).toMatchObject(change);
  });

  it("is another tenant's secret", async () => {
    const [one, other] = await Promise.all([subscriber(START, {}), subscriber(START, {})]);
    const body = { purchase_order: "PO-1" };
    const answer = await call(one.key, "PATCH", `/api/subscriptions/${other.id}`, body);
    expect(answer.status).toBe(403);
    const gone = await call(one.operator, "PATCH", "/api/subscriptions/sub_none", body);
    expect(gone.status).toBe(404);
  });
});
