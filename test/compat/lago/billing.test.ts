/** The dialect's subscriptions, usage, wallets and invoices, as its clients call them. */
import { describe, expect, it } from "vitest";
import { ulidOf, uuidOf } from "../../../src/compat/lago/uuid.ts";
import { call, makeTenant } from "../../support/api.ts";
import { moveTo, quote, quotePlan, record, subscriber } from "../../support/billing.ts";
import { at, fresh, lago, refused, tenant } from "./api.ts";

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
    expect((await create({ plan_code: plan_code.toLowerCase() })).body).toEqual(first.body);
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

  it("go on under a cheaper plan from the next cycle on", async () => {
    const { operator, externalId } = await tenant();
    const dear = await quotePlan({ base_price_monthly: 20 });
    const cheap = await quotePlan({ base_price_monthly: 10 });
    const create = (plan_code: string) =>
      lago(operator, "POST", "/subscriptions", {
        subscription: { external_customer_id: externalId, external_id: externalId, plan_code },
      });
    expect((await create(dear)).status).toBe(200);
    expect((await create(cheap)).body.subscription).toMatchObject({
      plan_code: dear,
      next_plan_code: cheap,
      downgrade_plan_date: expect.stringMatching(/^\d{4}-\d\d-01$/),
    });
  });

  it("of two tenants at once have a name once", async () => {
    const tenants = [await tenant(), await tenant()];
    const plan_code = await quotePlan({ base_price_monthly: 10 });
    const external_id = fresh("sub");
    const answers = await Promise.all(
      tenants.map(({ operator, externalId }) =>
        lago(operator, "POST", "/subscriptions", {
          subscription: { external_customer_id: externalId, external_id, plan_code },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    const lost = answers.find(({ status }) => status === 422);
    expect(lost?.body.error_details).toEqual({ external_id: ["value_already_exist"] });
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
    refused(await create(one.externalId, { subscription_at: "soon" }), 422, {
      error_details: { subscription_at: ["value_is_invalid"] },
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

describe("past usage", () => {
  it("is what each closed period came to, newest first", async () => {
    const plan = await quotePlan();
    const of = await subscriber("2026-01-10T00:00:00Z", { plan });
    await quote(of, 2.5);
    await quote(of, 1);
    await moveTo(of, "2026-02-15T00:00:00Z");
    await quote(of, 7);
    await moveTo(of, "2026-03-15T00:00:00Z");
    const path = `/customers/${of.tenantId}/past_usage`;
    const { body } = await lago(of.key, "GET", path);
    expect(body.usage_periods).toMatchObject([
      {
        from_datetime: "2026-02-10T00:00:00Z",
        to_datetime: "2026-03-09T23:59:59Z",
        amount_cents: 700,
        charges_usage: [{ units: "7.0", events_count: 1, amount_cents: 700 }],
      },
      {
        from_datetime: "2026-01-10T00:00:00Z",
        amount_cents: 350,
        charges_usage: [
          {
            units: "3.5",
            events_count: 2,
            amount_cents: 350,
            charge: { charge_model: "standard" },
            billable_metric: { code: "quotes_generated" },
          },
        ],
      },
    ]);
    const { data } = (await call(of.key, "GET", "/api/billing/periods")).body;
    expect(body.usage_periods[0].lago_invoice_id).toBe(uuidOf(data[0].document_id));
    const one = await lago(of.operator, "GET", `${path}?periods_count=1`);
    expect(one.body.usage_periods).toEqual([body.usage_periods[0]]);
    const second = await lago(of.operator, "GET", `${path}?page=2&per_page=1`);
    expect(second.body).toMatchObject({
      usage_periods: [body.usage_periods[1]],
      meta: { current_page: 2, prev_page: 1, next_page: null, total_count: 2 },
    });
    const none = await lago(of.key, "GET", `${path}?billable_metric_code=other`);
    expect(none.body.usage_periods).toMatchObject([{ charges_usage: [] }, { amount_cents: 0 }]);
  });
});

describe("wallets", () => {
  it("are a tenant's credits with what is left of them", async () => {
    const { operator, externalId, key, tenantId } = await tenant();
    const given = { tenant_id: tenantId, kind: "granted", amount: "12.50", currency: "EUR" };
    const { body: credit } = await call(operator, "POST", "/api/credits", given);
    const wallet = {
      lago_id: uuidOf(credit.id),
      lago_customer_id: uuidOf(tenantId),
      external_customer_id: externalId,
      status: "active",
      currency: "EUR",
      credits_balance: "12.50",
      balance_cents: 1_250,
      consumed_credits: "0.00",
    };
    for (const [as, path] of [
      [operator, `/wallets?external_customer_id=${at(externalId)}`],
      [operator, `/customers/${at(externalId)}/wallets`],
      [key, "/wallets"],
    ] as const) {
      const { body } = await lago(as, "GET", path);
      expect(body).toMatchObject({ wallets: [wallet], meta: { total_count: 1 } });
    }
    const path = `/wallets/${wallet.lago_id}`;
    expect((await lago(operator, "GET", path)).body.wallet).toMatchObject(wallet);
    expect((await lago(key, "GET", path)).status).toBe(200);
    const other = await makeTenant();
    refused(await lago(other.key, "GET", path), 404, { code: "wallet_not_found" });
    refused(await lago(operator, "GET", "/wallets"), 404, { code: "customer_not_found" });
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
    // Those that the operator sent it are not the tenant's own to list here.
    const plan = await quotePlan({ base_price_monthly: 10 });
    const billed = await subscriber("2026-01-10T00:00:00Z", { plan, base_price: 10 });
    await moveTo(billed, "2026-02-15T00:00:00Z");
    const [received] = (await call(billed.key, "GET", "/api/invoices")).body.data;
    expect((await lago(billed.key, "GET", "/invoices")).body.invoices).toEqual([]);
    refused(await lago(billed.key, "GET", `/invoices/${uuidOf(received.id)}`), 404, {
      code: "invoice_not_found",
    });
    refused(await lago(other.key, "POST", `${path}/download`), 404, { code: "invoice_not_found" });
    expect((await lago(other.key, "GET", "/invoices")).body.invoices).toEqual([]);
  });
});
