import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { clientOf, METERS, stripeCall } from "./client.ts";

const under = (key: string) => ({ "idempotency-key": key });

const METER = {
  display_name: "Calls",
  event_name: "idempotent_calls",
  default_aggregation: { formula: "sum" },
};

describe("a request under an Idempotency-Key", () => {
  it("is done once, and answered as it was", async () => {
    const { key } = await makeTenant();
    const stripe = clientOf(key);
    const meter = await stripe.post(METERS, METER, under("meter"));
    expect(await stripe.post(METERS, METER, under("meter"))).toEqual(meter);
    expect((await stripe.get(METERS)).data.map(({ id }: { id: string }) => id)).toContain(meter.id);
    const off = await stripe.post(`${METERS}/${meter.id}/deactivate`, {}, under("off"));
    await stripe.post(`${METERS}/${meter.id}/reactivate`, {}, under("on"));
    expect(await stripe.post(`${METERS}/${meter.id}/deactivate`, {}, under("off"))).toEqual(off);
    expect((await stripe.get(`${METERS}/${meter.id}`)).status).toBe("active");
    const given = { name: "Ada", metadata: { user: "42" }, description: "first" };
    const customer = await stripe.post("/v1/customers", given, under("customer"));
    expect(await stripe.post("/v1/customers", given, under("customer"))).toEqual(customer);
    expect((await stripe.get("/v1/customers")).data).toEqual([customer]);
  });

  it("is another's where its parameters are others: an idempotency_error", async () => {
    const { key } = await makeTenant();
    await clientOf(key).post("/v1/customers", { name: "Ada" }, under("one"));
    const other = { name: "Grace" };
    const { status, body } = await stripeCall(key, "POST", "/v1/customers", other, under("one"));
    expect([status, body.error.type]).toEqual([400, "idempotency_error"]);
    expect(body.error.message).toContain("can only be used with the same parameters");
  });

  it("is answered once more from what it made where its answer was lost", async () => {
    const { key, tenantId } = await makeTenant();
    const stripe = clientOf(key);
    const given = { name: "Ada", metadata: { user: "42" } };
    const customer = await stripe.post("/v1/customers", given, under("lost"));
    const meter = await stripe.post(METERS, METER, under("lost-meter"));
    const lost = env.DB.prepare(
      `UPDATE idempotency SET status = NULL, body = NULL, created_ms = created_ms - 60001
       WHERE caller IN (SELECT id FROM api_keys WHERE tenant = ?)`,
    ).bind(tenantId);
    expect((await lost.run()).meta.changes).toBe(2);
    expect(await stripe.post("/v1/customers", given, under("lost"))).toEqual(customer);
    expect(await stripe.post(METERS, METER, under("lost-meter"))).toEqual(meter);
    expect((await call(key, "GET", "/api/customers")).body.data.length).toBe(1);
  });
});
