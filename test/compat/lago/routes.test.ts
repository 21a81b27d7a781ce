/** The dialect's events, metrics and customers, as its clients call them. */
import { describe, expect, it } from "vitest";
import { ulidOf, uuidOf } from "../../../src/compat/lago/uuid.ts";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { at, BASE, fresh, lago, refused, tenant } from "./api.ts";

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

  it("are a tenant's users' with a key of the operator's that names the tenant", async () => {
    const { operator, key, tenantId } = await tenant();
    const event = { transaction_id: "1", external_subscription_id: "ann", code: "tokens" };
    const acting = { "boxcost-tenant": tenantId };
    const sent = await call(operator, "POST", `${BASE}/events`, { event }, acting);
    expect(sent.body.event).toMatchObject({ ...event, lago_customer_id: null });
    const found = await call(operator, "GET", `${BASE}/events/1`, undefined, acting);
    expect(found.body.event).toEqual(sent.body.event);
    const { body } = await call(key, "GET", "/api/usage/events?metric_name=tokens");
    expect(body.data).toMatchObject([{ user_id: "ann" }]);
    const subscription = { external_customer_id: "a", external_id: "a", plan_code: "FREE" };
    const own = await call(operator, "POST", `${BASE}/subscriptions`, { subscription }, acting);
    refused(own, 403, { error: "Forbidden", code: "not_for_tenant" });
    const none = await call(operator, "GET", `${BASE}/events`, undefined, {
      "boxcost-tenant": "nobody",
    });
    refused(none, 404, { code: "tenant_not_found" });
  });

  it("of nobody that is known are kept for the key's own tenant, long names too", async () => {
    const { key } = await makeTenant();
    const external_subscription_id = "s".repeat(300);
    const event = { transaction_id: "t".repeat(300), external_subscription_id, code: "tokens" };
    const sent = await lago(key, "POST", "/events", { event });
    expect(sent.body.event).toMatchObject(event);
    const query = `?external_subscription_id=${external_subscription_id}`;
    const found = await lago(key, "GET", `/events/${event.transaction_id}${query}`);
    expect(found.body.event).toMatchObject({ external_subscription_id, code: "tokens" });
    expect((await lago(key, "GET", `/events${query}`)).body.meta.total_count).toBe(1);
  });

  it("are read compressed, and refused in Lago's form where they cannot be", async () => {
    const { key } = await makeTenant();
    const event = { transaction_id: "1", external_subscription_id: "a", code: "c" };
    const stream = new Response(JSON.stringify({ event })).body?.pipeThrough(
      new CompressionStream("gzip"),
    );
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const post = (body: Uint8Array, coding: string) =>
      call(key, "POST", `${BASE}/events`, body, { "content-encoding": coding });
    expect((await post(packed, "gzip")).body.event).toMatchObject(event);
    refused(await post(packed.slice(0, 20), "gzip"), 400, { error: "Bad Request" });
    refused(await post(packed, "br"), 415, { error: "Unsupported Media Type" });
    refused(await post(new Uint8Array(2_000_001), "identity"), 413, {});
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

describe("billable metrics", () => {
  const metric = (code: string, more: object = {}) => ({
    billable_metric: { name: "Tokens", code, aggregation_type: "sum_agg", ...more },
  });

  it("say how events count, each by its aggregation", async () => {
    const { key } = await makeTenant();
    const cases = {
      sum_agg: [["2", "0.5", 3], 5.5],
      count_agg: [["2", "0.5", 3], 3],
      max_agg: [["2", "0.5", 3], 3],
      latest_agg: [["2", 3, "0.5"], 0.5],
      unique_count_agg: [["a", "b", "a"], 2],
    } as const;
    for (const [aggregation_type, [values, total]] of Object.entries(cases)) {
      const code = `of ${aggregation_type}`;
      const field = aggregation_type === "count_agg" ? {} : { field_name: "n/~" };
      const body = metric(code, { aggregation_type, ...field });
      const made = await lago(key, "POST", "/billable_metrics", body);
      expect([made.status, made.body.message]).toEqual([200, undefined]);
      expect(made.body.billable_metric).toMatchObject(body.billable_metric);
      const events = values.map((value, i) => ({
        transaction_id: `${i}`,
        external_subscription_id: "ann",
        code,
        properties: { "n/~": value },
      }));
      const sent = await lago(key, "POST", "/events/batch", { events });
      expect([sent.status, sent.body.message]).toEqual([200, undefined]);
      const summary = await call(key, "GET", "/api/usage/summary");
      expect(summary.body.metrics).toContainEqual(
        expect.objectContaining({ metric_name: code, total_quantity: total, event_count: 3 }),
      );
    }
  });

  it("round to six decimals, half to even, and keep what was sent", async () => {
    const { key } = await makeTenant();
    await lago(key, "POST", "/billable_metrics", metric("cost", { field_name: "cost" }));
    const sent = '{"transaction_id":"1","external_subscription_id":"a","code":"cost","properties":';
    const body = `{"event":${sent}{"cost":1.0000005}}}`;
    expect((await lago(key, "POST", "/events", body)).status).toBe(200);
    const { body: stored } = await call(key, "GET", "/api/usage/events");
    expect(stored.data).toMatchObject([
      { id: "1:cost", quantity: 1, metadata: { sent_quantity: "1.0000005" } },
    ]);
    const negative = `{"event":${sent.replace('"1"', '"2"')}{"cost":-1}}}`;
    refused(await lago(key, "POST", "/events", negative), 422, {
      error_details: { cost: ["value_is_invalid"] },
    });
    const none = `{"event":${sent.replace('"1"', '"3"')}{}}}`;
    refused(await lago(key, "POST", "/events", none), 422, {
      error_details: { cost: ["value_is_invalid"] },
    });
  });

  it("are changed, listed and deleted, and refuse what would count otherwise", async () => {
    const { key } = await makeTenant();
    const field = { field_name: "n", filters: [{ key: "model", values: ["small"] }] };
    const made = await lago(key, "POST", "/billable_metrics", metric("tokens", field));
    // The operator's rules for every tenant, which other files make, are the tenant's as well.
    type Rule = { id: string; every_tenant: boolean; event_type: string; metric_name: string };
    const all: Rule[] = (await call(key, "GET", "/api/usage/rules?limit=200")).body.data;
    const own = all.filter((rule) => !rule.every_tenant).map(({ id }) => id);
    expect(own).toEqual([`rule_${ulidOf(made.body.billable_metric.lago_id)}`]);
    refused(await lago(key, "POST", "/billable_metrics", metric("tokens", field)), 422, {
      error_details: { code: ["value_already_exist"] },
    });
    for (const [wrong, name] of [
      [{ aggregation_type: "weighted_sum_agg" }, "aggregation_type"],
      [{ recurring: true }, "recurring"],
      [{ expression: "a + b" }, "expression"],
      [{ rounding_function: "ceil" }, "rounding_function"],
      [{ field_name: null }, "field_name"],
      [{ filters: "all" }, "filters"],
      [{ name: "" }, "name"],
    ] as const) {
      const answer = await lago(
        key,
        "POST",
        "/billable_metrics",
        metric("x", { ...field, ...wrong }),
      );
      refused(answer, 422, { error_details: { [name]: [expect.stringMatching(/^value_is_/)] } });
    }
    const path = "/billable_metrics/tokens";
    const change = { billable_metric: { name: "All tokens", description: "of models" } };
    const changed = await lago(key, "PUT", path, change);
    expect(changed.body.billable_metric).toEqual({
      ...made.body.billable_metric,
      ...change.billable_metric,
    });
    expect((await lago(key, "GET", path)).body).toEqual(changed.body);
    const renamed = await lago(key, "PUT", path, { billable_metric: { code: "other" } });
    refused(renamed, 422, { error_details: { code: ["value_is_invalid"] } });
    const listed = (await lago(key, "GET", "/billable_metrics?per_page=200")).body;
    const { lago_id } = changed.body.billable_metric;
    const found = listed.billable_metrics.filter(
      (one: { lago_id: string }) => one.lago_id === lago_id,
    );
    expect(found).toEqual([changed.body.billable_metric]);
    const billable = all.filter((rule) => rule.event_type === rule.metric_name);
    expect(listed.meta.total_count).toBe(billable.length);
    expect((await lago(key, "DELETE", path)).body).toEqual(changed.body);
    for (const method of ["GET", "DELETE"]) {
      refused(await lago(key, method, path), 404, { code: "billable_metric_not_found" });
    }
  });

  it("count beside other rules for the code, whose values an event may lack", async () => {
    const { key } = await makeTenant();
    await lago(key, "POST", "/billable_metrics", metric("tokens", { field_name: "n" }));
    const rule = { event_type: "tokens", metric_name: "cost", value_path: "/cost" };
    expect((await call(key, "POST", "/api/usage/rules", rule)).status).toBe(201);
    const event = { transaction_id: "1", external_subscription_id: "a", code: "tokens" };
    const sent = await lago(key, "POST", "/events", { event: { ...event, properties: { n: 2 } } });
    expect([sent.status, sent.body.message]).toEqual([200, undefined]);
    const both = { ...event, transaction_id: "2", properties: { n: 3, cost: "0.5" } };
    expect((await lago(key, "POST", "/events", { event: both })).status).toBe(200);
    const neither = { ...event, transaction_id: "3", properties: {} };
    refused(await lago(key, "POST", "/events", { event: neither }), 422, {
      error_details: { n: ["value_is_invalid"] },
    });
    const wrong = { ...both, transaction_id: "4", properties: { n: 3, cost: "much" } };
    refused(await lago(key, "POST", "/events", { event: wrong }), 422, {
      error_details: { cost: ["value_is_invalid"] },
    });
    const { body } = await call(key, "GET", "/api/usage/events");
    const listed = body.data.map((one: { id: string; quantity: number }) => [one.id, one.quantity]);
    expect(listed.sort()).toEqual([
      ["1:tokens", 2],
      ["2:cost", 0.5],
      ["2:tokens", 3],
    ]);
  });

  it("that a metric's usage contradicts are refused with the reason", async () => {
    const { key } = await makeTenant();
    const api_calls = metric("api_calls", { aggregation_type: "max_agg", field_name: "n" });
    const answer = await lago(key, "POST", "/billable_metrics", api_calls);
    refused(answer, 422, { error_details: { aggregation_type: ["value_is_invalid"] } });
    expect(answer.body.message).toContain("api_calls is counted as sum");
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

  it("that are made twice at once are one", async () => {
    const { key } = await makeTenant();
    const put = (name: string) =>
      lago(key, "POST", "/customers", { customer: { external_id: "shop", name } });
    const answers = await Promise.all(["Ada", "Ben", "Cyd"].map(put));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await lago(key, "GET", "/customers")).body.meta.total_count).toBe(1);
  });

  it("are listed in pages, and found by words", async () => {
    const { key } = await makeTenant();
    for (const name of ["Ada", "Ben", "Cyd"]) {
      await lago(key, "POST", "/customers", { customer: { external_id: name, name } });
    }
    const names = async (query: string) => {
      const { body } = await lago(key, "GET", `/customers?${query}`);
      return [body.customers.map((one: { name: string }) => one.name), body.meta.next_page];
    };
    expect(await names("per_page=2")).toEqual([["Cyd", "Ben"], 2]);
    expect(await names("per_page=2&page=2")).toEqual([["Ada"], null]);
    expect(await names("search_term=be")).toEqual([["Ben"], null]);
    refused(await lago(key, "GET", "/customers?page=0"), 422, {
      error_details: { page: ["value_is_invalid"] },
    });
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

describe("what is not here", () => {
  it("answers in Lago's form and names the native call", async () => {
    const { key } = await makeTenant();
    for (const [path, native] of [
      ["/wallet_transactions", "/api/credits"],
      ["/customers/acme/payments", "/api/invoices/{id}/payments"],
      ["/subscriptions/acme/alerts/x", "/api/usage/alerts"],
      ["/plans", "/api/plans"],
      ["/coupons/x", "/api/coupons"],
    ] as const) {
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        const answer = await lago(key, method, path, method === "GET" ? undefined : {});
        refused(answer, 404, { error: "Not Found", code: "endpoint_not_found" });
        expect(answer.body.message).toContain(native);
      }
    }
  });
});
