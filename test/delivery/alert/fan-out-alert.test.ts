import { describe, expect, it } from "vitest";
import { announce } from "../../../src/platform/queue/outbox.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";
import { handleEvent } from "../../../src/subscribers.ts";
import { call } from "../../support/api.ts";
import { hooked, quietEnv } from "../receiver.ts";

const { env } = quietEnv();

/** The types of what an endpoint that wants paid invoices alone has on its way. */
async function typesAfterOverdue(route: Record<string, unknown> | null): Promise<string[]> {
  const { key, tenantId: tenant, endpoint } = await hooked({ events: ["invoice.paid"] });
  const data = route ? [{ name: "All", endpoint_ids: [endpoint], ...route }] : [];
  expect((await call(key, "PUT", "/api/alert-routes", { data })).status).toBe(200);
  const body = {
    invoice_id: "inv_1",
    number: "INV-1",
    total: 5,
    currency: "USD",
    amount_due: 5,
    due_date: "2026-01-31",
  };
  const id = makeId("evt", 1);
  await announce(env.DB, { id, tenant, atMs: 1, type: "invoice.overdue", body }).run();
  for (let time = 0; time < 2; time++) await handleEvent(env, { tenant, id }, Date.now());
  const listed = await call(key, "GET", "/api/webhooks/deliveries");
  return listed.body.data.map(({ type }: { type: string }) => type);
}

describe("an alert", () => {
  it("goes once to the endpoints that a route names, whatever their own filter says", async () => {
    expect(await typesAfterOverdue({})).toEqual(["invoice.overdue"]);
  });

  it("goes to no endpoint that no route names for it", async () => {
    expect(await typesAfterOverdue(null)).toEqual([]);
    expect(await typesAfterOverdue({ events: ["email.failed"] })).toEqual([]);
  });
});
