/** The dialect's routes, as its clients call them. */
import { describe, expect, it } from "vitest";
import { ulidOf, uuidOf } from "../../../src/compat/lago/uuid.ts";
import { type Answer, call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { quotePlan, record } from "../../support/billing.ts";

const BASE = "/lago/api/v1";
let made = 0;

/** A text that no test used before. */
const fresh = (prefix: string) => `${prefix} ${Date.now()}-${++made}`;

const lago = (key: string | null, method: string, path: string, body?: unknown) =>
  call(key, method, BASE + path, body);

/** A tenant with an external id of its own. */
async function tenant(name = "Acme") {
  const operator = await operatorKey();
  const externalId = fresh("acme");
  const path = `/api/tenants/${encodeURIComponent(externalId)}`;
  const { body, status } = await call(operator, "PUT", path, { name });
  expect([status, body.detail]).toEqual([201, undefined]);
  return { operator, externalId, tenantId: body.id as string, key: body.key as string };
}

const at = (externalId: string) => encodeURIComponent(externalId);

function refused(answer: Answer, status: number, more: object) {
  expect([answer.status, answer.body]).toMatchObject([status, { status, ...more }]);
}

describe("events", () => {
  it("are recorded for the tenant of their subscription, once for each transaction", async () => {
    const { operator, externalId, key, tenantId } = await tenant();
    const event = {
      transaction_id: "t1",
      external_subscription_id: externalId,
      code: "tokens",
      timestamp: (Date.now() / 1_000).toFixed(6),
      properties: { model: "small" },
    };
    const first = await lago(operator, "POST", "/events", { event });
    expect(first.status).toBe(200);
    expect(first.body.event).toMatchObject({
      transaction_id: "t1",
      external_subscription_id: externalId,
      code: "tokens",
      properties: { model: "small" },
      lago_customer_id: uuidOf(tenantId),
    });
    expect((await lago(operator, "POST", "/events", { event })).body).toEqual(first.body);
    const other = { ...event, properties: { model: "large" } };
    refused(await lago(operator, "POST", "/events", { event: other }), 422, {
      error: "Unprocessable Entity",
      code: "validation_errors",
      error_details: { transaction_id: ["value_already_exist"] },
    });
    const { body } = await call(key, "GET", "/api/usage/events");
    expect(body.data).toMatchObject([
      { id: "t1", source: `lago:${externalId}`, metric_name: "tokens", quantity: 1, user_id: null },
    ]);
  });

  it("of one transaction in two subscriptions are two", async () => {
    const { key } = await makeTenant();
    const events = ["ann", "ben"].map((external_subscription_id) => ({
      transaction_id: "t1",
      external_subscription_id,
      code: "tokens",
    }));
    expect((await lago(key, "POST", "/events/batch", { events })).status).toBe(200);
    const { body } = await call(key, "GET", "/api/usage/events");
    expect(body.data.map((one: { user_id: string }) => one.user_id).sort()).toEqual(["ann", "ben"]);
    const listed = await lago(key, "GET", "/events?external_subscription_id=ben");
    expect(listed.body).toMatchObject({
      events: [{ transaction_id: "t1", external_subscription_id: "ben", code: "tokens" }],
      meta: { current_page: 1, total_count: 1, total_pages: 1, next_page: null },
    });
    expect((await lago(key, "GET", "/events?per_page=1")).body.meta.next_page).toBe(2);
    expect((await lago(key, "GET", "/events?page=2&per_page=1")).body.events).toHaveLength(1);
    const found = await lago(key, "GET", "/events/t1?external_subscription_id=ann");
    expect(found.body.event).toMatchObject({ external_subscription_id: "ann" });
    expect((await lago(key, "GET", "/events/t1")).status).toBe(200);
    refused(await lago(key, "GET", "/events/t2"), 404, { code: "event_not_found" });
  });

  it("are refused together where one is malformed, named by its index", async () => {
    const { operator, externalId, key } = await tenant();
    const event = { external_subscription_id: externalId, code: "tokens" };
    const old = Math.floor(Date.now() / 1_000) - 40 * 86_400;
    const events = [
      { ...event, transaction_id: "a" },
      { ...event, transaction_id: "b", timestamp: old },
    ];
    refused(await lago(operator, "POST", "/events/batch", { events }), 422, {
      error_details: { 1: { timestamp: ["event_too_old"] } },
    });
    const lacking = [events[0], { transaction_id: "c" }];
    refused(await lago(operator, "POST", "/events/batch", { events: lacking }), 422, {
      error_details: { 1: { code: ["value_is_mandatory"] } },
    });
    expect((await call(key, "GET", "/api/usage/events")).body.data).toEqual([]);
    for (const [sent, code] of [
      [{}, "no_events"],
      [{ events: [] }, "no_events"],
      [{ events: new Array(5_001).fill(event) }, "too_many_events"],
    ] as const) {
      refused(await lago(operator, "POST", "/events/batch", sent), 422, {
        error_details: { events: [code] },
      });
    }
  });

  it("with a used transaction in a batch refuse that one alone", async () => {
    const { operator, externalId, key } = await tenant();
    const event = { external_subscription_id: externalId, code: "tokens" };
    const first = { ...event, transaction_id: "a", properties: { n: 1 } };
    expect((await lago(operator, "POST", "/events", { event: first })).status).toBe(200);
    const events = [{ ...first, properties: { n: 2 } }, first, { ...event, transaction_id: "b" }];
    refused(await lago(operator, "POST", "/events/batch", { events }), 422, {
      error_details: { 0: { transaction_id: ["value_already_exist"] } },
    });
    const { body } = await call(key, "GET", "/api/usage/events");
    expect(body.data.map((one: { id: string }) => one.id).sort()).toEqual(["a", "b"]);
  });

  it("are estimated without fees, since none is paid in advance", async () => {
    const { key } = await makeTenant();
    const event = { code: "tokens", external_subscription_id: "ann" };
    const { body } = await lago(key, "POST", "/events/estimate_fees", { event });
    expect(body).toEqual({ fees: [] });
  });

  it("need a body that is an object, and a permission", async () => {
    const { key, tenantId } = await makeTenant();
    refused(await lago(key, "POST", "/events", "{"), 400, { error: "Bad Request" });
    refused(await lago(key, "POST", "/events", []), 400, {});
    const viewer = await keyFor(tenantId, "viewer");
    const event = { transaction_id: "1", external_subscription_id: "a", code: "c" };
    refused(await lago(viewer, "POST", "/events", { event }), 403, { code: "forbidden" });
    refused(await lago(null, "POST", "/events", { event }), 401, { error: "Unauthorized" });
  });
});

describe("customers", () => {
  it("are made and changed by their external id", async () => {
    const operator = await operatorKey();
    const external_id = fresh("shop");
    const customer = {
      external_id,
      name: "Shop Ltd",
      email: "shop@example.com",
      address_line1: "1 High Street",
      city: "London",
      country: "GB",
      currency: "GBP",
      net_payment_term: 30,
      tax_identification_number: "GB123456789",
    };
    const first = await lago(operator, "POST", "/customers", { customer });
    expect([first.status, first.body.message]).toEqual([200, undefined]);
    expect(first.body.customer).toMatchObject(customer);
    const change = { external_id, city: "Leeds", email: null };
    const second = await lago(operator, "POST", "/customers", { customer: change });
    expect(second.body.customer).toMatchObject({ ...customer, city: "Leeds", email: null });
    expect(second.body.customer.lago_id).toBe(first.body.customer.lago_id);
    const found = await lago(operator, "GET", `/customers/${at(external_id)}`);
    expect(found.body.customer).toEqual(second.body.customer);
    const listed = await lago(operator, "GET", `/customers?external_id=${at(external_id)}`);
    expect(listed.body).toMatchObject({ customers: [{ external_id }], meta: { total_count: 1 } });
    refused(await lago(operator, "GET", "/customers/none"), 404, { code: "customer_not_found" });
    const wrong = { external_id, email: "no", country: "Germany" };
    refused(await lago(operator, "POST", "/customers", { customer: wrong }), 422, {
      error_details: { email: ["value_is_invalid"], country: ["value_is_invalid"] },
    });
  });

  it("that are tenants are these, and no new tenant is made", async () => {
    const { operator, externalId, tenantId } = await tenant("Acme Ltd");
    const customer = { external_id: externalId, email: "acme@example.com" };
    const { body } = await lago(operator, "POST", "/customers", { customer });
    expect(body.customer).toMatchObject({
      lago_id: uuidOf(tenantId),
      external_id: externalId,
      name: "Acme Ltd",
      email: "acme@example.com",
    });
    const native = await call(operator, "GET", `/api/customers?tenant_id=${tenantId}`);
    expect(native.body.data).toHaveLength(1);
  });

  it("of another tenant are not found", async () => {
    const [one, other] = [await makeTenant(), await makeTenant()];
    const customer = { external_id: "shop" };
    const { body } = await lago(one.key, "POST", "/customers", { customer });
    expect(body.customer).toMatchObject({ external_id: "shop", name: "shop" });
    refused(await lago(other.key, "GET", "/customers/shop"), 404, { code: "customer_not_found" });
    expect((await lago(other.key, "GET", "/customers")).body).toEqual({
      customers: [],
      meta: {
        current_page: 0,
        next_page: null,
        prev_page: null,
        total_pages: 0,
        total_count: 0,
      },
    });
  });
});

describe("subscriptions", () => {
  it("are made, found, listed, changed and ended", async () => {
    const { operator, externalId, tenantId, key } = await tenant();
    const plan_code = await quotePlan({ base_price_monthly: 10 });
    const dearer = await quotePlan({ base_price_monthly: 20 });
    const external_id = fresh("sub");
    const asked = { external_customer_id: externalId, plan_code, external_id };
    const create = (more: object = {}) =>
      lago(operator, "POST", "/subscriptions", { subscription: { ...asked, ...more } });
    const first = await create();
    expect([first.status, first.body.message]).toEqual([200, undefined]);
    expect(first.body.subscription).toMatchObject({
      ...asked,
      lago_customer_id: uuidOf(tenantId),
      status: "active",
      plan_amount_cents: 1_000,
      plan_amount_currency: "USD",
      billing_time: "calendar",
    });
    const native = await call(key, "GET", "/api/subscriptions");
    const [{ id }] = native.body.data;
    expect(`sub_${ulidOf(first.body.subscription.lago_id)}`).toBe(id);
    expect((await create()).body).toEqual(first.body);
    const raised = await create({ plan_code: dearer });
    expect(raised.body.subscription).toMatchObject({ plan_code: dearer, lago_id: uuidOf(id) });

    // Its name is whose its events are.
    const event = { transaction_id: "1", external_subscription_id: external_id, code: "tokens" };
    expect((await lago(operator, "POST", "/events", { event })).status).toBe(200);
    const counted = await call(key, "GET", "/api/usage/events?metric_name=tokens");
    expect(counted.body.data).toHaveLength(1);

    const path = `/subscriptions/${at(external_id)}`;
    for (const found of [path, `/subscriptions/${at(externalId)}`]) {
      const { body } = await lago(operator, "GET", found);
      expect(body.subscription).toMatchObject({ external_id, external_customer_id: externalId });
    }
    for (const list of [
      `/subscriptions?external_customer_id=${at(externalId)}`,
      `/subscriptions?external_customer_id=${at(externalId)}&plan_code=${dearer}`,
      `/customers/${at(externalId)}/subscriptions?status[]=active`,
    ]) {
      const { body } = await lago(operator, "GET", list);
      expect(body).toMatchObject({ subscriptions: [{ external_id }], meta: { total_count: 1 } });
    }
    const ended = await lago(operator, "DELETE", path);
    expect(ended.body.subscription).toMatchObject({ external_id, status: "terminated" });
    refused(await lago(operator, "GET", path), 404, { code: "subscription_not_found" });
    refused(await lago(operator, "DELETE", path), 404, { code: "subscription_not_found" });
    const past = await lago(operator, "GET", `${path}?status=terminated`);
    expect(past.body.subscription).toMatchObject({ external_id, status: "terminated" });
    const none = `/subscriptions?external_customer_id=${at(externalId)}`;
    expect((await lago(operator, "GET", none)).body.meta.total_count).toBe(0);
    const gone = `${none}&status[]=terminated`;
    expect((await lago(operator, "GET", gone)).body.meta.total_count).toBe(1);
  });

  it("need a tenant, a plan, and a name that is nobody else's", async () => {
    const [one, other] = [await tenant(), await tenant()];
    const plan_code = await quotePlan({ base_price_monthly: 10 });
    const external_id = fresh("sub");
    const create = (external_customer_id: string, more: object = {}) =>
      lago(one.operator, "POST", "/subscriptions", {
        subscription: { external_customer_id, plan_code, external_id, ...more },
      });
    refused(await create("nobody"), 404, { code: "customer_not_found" });
    refused(await create(one.externalId, { plan_code: "none" }), 404, { code: "plan_not_found" });
    refused(await create(one.externalId, { ending_at: "2099-01-01T00:00:00Z" }), 422, {
      error_details: { ending_at: ["value_is_invalid"] },
    });
    refused(await create(one.externalId, { external_id: undefined }), 422, {
      error_details: { external_id: ["value_is_mandatory"] },
    });
    expect((await create(one.externalId)).status).toBe(200);
    for (const taken of [external_id, one.externalId]) {
      refused(await create(other.externalId, { external_id: taken }), 422, {
        error_details: { external_id: ["value_already_exist"] },
      });
    }
    refused(await lago(other.key, "GET", `/subscriptions/${at(external_id)}`), 404, {
      code: "subscription_not_found",
    });
    const own = await lago(one.key, "GET", `/subscriptions/${at(external_id)}`);
    expect(own.body.subscription).toMatchObject({ external_id, plan_code });
    expect((await lago(other.key, "GET", "/subscriptions")).body.subscriptions).toEqual([]);
    const subscription = { external_customer_id: other.externalId, plan_code, external_id: "x" };
    refused(await lago(other.key, "POST", "/subscriptions", { subscription }), 403, {
      code: "forbidden",
    });
  });
});

describe("current usage", () => {
  it("is the running period's, in minor units and decimal text", async () => {
    const { operator, externalId, key, tenantId } = await tenant();
    const plan = await quotePlan({ base_price_monthly: 10 });
    const usage = (id: string) => lago(operator, "GET", `/customers/${at(id)}/current_usage`);
    refused(await usage(externalId), 405, {
      error: "Method Not Allowed",
      code: "no_active_subscription",
    });
    refused(await usage("nobody"), 404, { code: "customer_not_found" });
    const body = { tenant_id: tenantId, plan };
    expect((await call(operator, "POST", "/api/subscriptions", body)).status).toBe(201);
    await record({ key, tenantId }, "2.5", { metric_name: "quotes_generated" });
    await record({ key, tenantId }, 1, { metric_name: "quotes_generated" });
    const { body: answer } = await usage(externalId);
    expect(answer.customer_usage).toMatchObject({
      currency: "USD",
      amount_cents: 350,
      total_amount_cents: 350,
      charges_usage: [
        {
          units: "3.5",
          events_count: 2,
          amount_cents: 350,
          charge: { charge_model: "standard" },
          billable_metric: { code: "quotes_generated", aggregation_type: "sum_agg" },
        },
      ],
    });
    const own = await lago(key, "GET", `/customers/${tenantId}/current_usage`);
    expect(own.body).toEqual(answer);
    const other = `/customers/${at(externalId)}/current_usage?external_subscription_id=nobody`;
    refused(await lago(operator, "GET", other), 404, { code: "subscription_not_found" });
  });
});

describe("invoices", () => {
  it("are listed and read in minor units, and open by an address", async () => {
    const { key } = await makeTenant();
    const customer = { external_id: "shop", name: "Shop" };
    expect((await lago(key, "POST", "/customers", { customer })).status).toBe(200);
    const [{ id: customer_id }] = (await call(key, "GET", "/api/customers")).body.data;
    const lines = [{ name: "Work", quantity: "1.5", unit_price: "99.99" }];
    const draft = await call(key, "POST", "/api/invoices", { customer_id, lines });
    const { id } = draft.body;
    const path = `/invoices/${uuidOf(id)}`;
    refused(await lago(key, "POST", `${path}/download`), 405, { code: "is_draft" });
    expect((await call(key, "POST", `/api/invoices/${id}/finalize`)).status).toBe(200);
    const found = await lago(key, "GET", path);
    expect(found.body.invoice).toMatchObject({
      lago_id: uuidOf(id),
      status: "finalized",
      payment_status: "pending",
      total_amount_cents: 14_999,
      total_due_amount_cents: 14_999,
      currency: "USD",
      customer: { external_id: "shop" },
      fees: [{ amount_cents: 14_999, units: "1.5", item: { name: "Work" } }],
    });
    const { body } = await lago(key, "POST", `${path}/download`);
    const { pathname } = new URL(body.invoice.file_url);
    const file = await call(null, "GET", pathname);
    expect([file.status, new TextDecoder().decode(file.bytes.slice(0, 5))]).toEqual([200, "%PDF-"]);
    const forged = pathname.replace(/\.(\d+)\./, (_, end) => `.${Number(end) + 1}.`);
    expect((await call(null, "GET", forged)).status).toBe(404);

    const list = async (query: string) =>
      (await lago(key, "GET", `/invoices?${query}`)).body.meta?.total_count;
    expect(await list("statuses[]=finalized&payment_statuses[]=pending")).toBe(1);
    expect(await list("statuses[]=draft")).toBe(0);
    expect(await list("payment_statuses[]=succeeded")).toBe(0);
    expect(await list("external_customer_id=shop")).toBe(1);
    expect(await list("issuing_date_from=2999-01-01")).toBe(0);
    expect((await lago(key, "GET", "/customers/shop/invoices")).body.invoices).toHaveLength(1);
    const other = await makeTenant();
    refused(await lago(other.key, "GET", path), 404, { code: "invoice_not_found" });
    refused(await lago(other.key, "POST", `${path}/download`), 404, { code: "invoice_not_found" });
    expect((await lago(other.key, "GET", "/invoices")).body.invoices).toEqual([]);
  });
});

describe("what is not here", () => {
  it("answers in Lago's form and names the native call", async () => {
    const { key } = await makeTenant();
    for (const [path, native] of [
      ["/wallets", "/api/credits"],
      ["/plans", "/api/plans"],
      ["/coupons/x", "/api/coupons"],
    ] as const) {
      const answer = await lago(key, "POST", path, {});
      refused(answer, 404, { error: "Not Found", code: "endpoint_not_found" });
      expect(answer.body.message).toContain(native);
    }
  });
});
