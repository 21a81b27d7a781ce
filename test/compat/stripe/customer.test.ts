import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  customerGiven,
  customerParam,
  NO_NOTES,
  notesAfter,
  showAddress,
} from "../../../src/compat/stripe/customer.ts";
import { parseForm } from "../../../src/compat/stripe/form.ts";
import { paramsOf } from "../../../src/compat/stripe/param.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { subscriber } from "../../support/billing.ts";
import { clientOf, formOf } from "./client.ts";

const given = (params: Record<string, unknown>) =>
  customerGiven(paramsOf(parseForm(formOf(params))));

const PATH = "/v1/customers";

describe("what a call gives of a customer", () => {
  it("is in our own fields, and what is left out stays", () => {
    expect(given({ name: "Ada", preferred_locales: ["xx-XX", "fr-CA"] }).fields).toEqual({
      name: "Ada",
      language: "fr",
    });
    const address = {
      line1: "1 Way",
      line2: "Floor 2",
      state: "CA",
      postal_code: "9",
      country: "US",
    };
    expect(given({ address, shipping: { name: "Home", address } }).fields).toMatchObject({
      address: { lines: ["1 Way", "Floor 2"], region: "CA", postal_code: "9", country: "US" },
      shipping: { name: "Home", address: { lines: ["1 Way", "Floor 2"] } },
    });
    expect(given({ email: "", phone: "", shipping: "" }).fields).toEqual({
      email: null,
      phone: null,
      shipping: null,
    });
  });

  it("sets and takes away keys of metadata one by one, or all", () => {
    const text = fc.stringMatching(/^[a-z]{1,4}$/);
    const changes = fc.dictionary(text, fc.oneof(text, fc.constant("")), { maxKeys: 5 });
    fc.assert(
      fc.property(changes, fc.array(changes, { maxLength: 6 }), (first, later) => {
        const model = new Map<string, string>();
        let notes = NO_NOTES;
        for (const metadata of [first, ...later]) {
          if (Object.keys(metadata).length === 0) continue;
          notes = notesAfter(notes, given({ metadata }));
          for (const [key, value] of Object.entries(metadata)) {
            if (value === "") model.delete(key);
            else model.set(key, value);
          }
        }
        expect(notes.metadata).toEqual(Object.fromEntries(model));
        expect(notesAfter(notes, given({ metadata: "" })).metadata).toEqual({});
      }),
    );
  });

  it("is refused by the name that the caller gave it", () => {
    expect(customerParam(["address", "region"])).toBe("address[state]");
    expect(customerParam(["address", "lines", 1])).toBe("address[line2]");
    expect(customerParam(["shipping", "address", "country"])).toBe("shipping[address][country]");
    for (const params of [
      { payment_method: "pm_1" },
      { address: { street: "x" } },
      { balance: 5 },
      { tax_exempt: "reverse" },
      { metadata: { ["k".repeat(41)]: "v" } },
      { metadata: { k: "v".repeat(501) } },
      { name: { first: "Ada" } },
    ]) {
      expect(() => given(params)).toThrow();
    }
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, "v"]));
    expect(() => notesAfter(NO_NOTES, given({ metadata: many }))).toThrow("up to 50 keys");
  });

  it("has an address of two lines, and none where nothing is known of it", () => {
    const none = { lines: [], city: null, region: null, postalCode: null, country: null };
    expect(showAddress(none)).toBeNull();
    expect(showAddress({ ...none, lines: ["1", "2", "3"], country: "DE" })).toEqual({
      line1: "1",
      line2: "2, 3",
      city: null,
      state: null,
      postal_code: null,
      country: "DE",
    });
  });
});

describe("a customer", () => {
  it("is found by its reference, its id, and by the tenant that it is", async () => {
    const { tenantId } = await subscriber("2026-01-01T00:00:00Z");
    const operator = await operatorKey();
    const stripe = clientOf(operator);
    const external = `crm-${tenantId}`;
    await call(operator, "PATCH", `/api/tenants/${tenantId}`, { external_id: external });
    const id = `cus_ten_operator_${tenantId}`;
    for (const name of [id, tenantId, external]) {
      expect((await stripe.get(`${PATH}/${name}`)).id).toBe(id);
    }
    const changed = await stripe.post(`${PATH}/${external}`, { metadata: { seen: "yes" } });
    expect(changed.metadata).toEqual({ seen: "yes" });
    await call(operator, "PATCH", `/api/customers/${id}`, { reference: `cus_own_${tenantId}` });
    for (const name of [id, external, `cus_own_${tenantId}`]) {
      expect(await stripe.get(`${PATH}/${name}`)).toMatchObject({
        id: `cus_own_${tenantId}`,
        metadata: { seen: "yes" },
      });
    }
    const { key } = await makeTenant();
    expect((await clientOf(key).refusedGet(`${PATH}/${external}`)).status).toBe(404);
  });

  it("is listed by address and time, in pages both ways", async () => {
    const { key } = await makeTenant();
    const stripe = clientOf(key);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const email = i % 2 === 0 ? "even@example.com" : "odd@example.com";
      ids.unshift((await stripe.post(PATH, { email })).id);
    }
    const page = async (params: Record<string, unknown>) => {
      const { data, has_more, url } = await stripe.get(PATH, params);
      expect(url).toBe(PATH);
      return [data.map(({ id }: { id: string }) => id), has_more];
    };
    expect(await page({ limit: 2 })).toEqual([ids.slice(0, 2), true]);
    expect(await page({ limit: 2, starting_after: ids[1] })).toEqual([ids.slice(2, 4), true]);
    expect(await page({ limit: 2, starting_after: ids[3] })).toEqual([ids.slice(4), false]);
    expect(await page({ limit: 2, ending_before: ids[4] })).toEqual([ids.slice(2, 4), true]);
    expect(await page({ limit: 2, ending_before: ids[2] })).toEqual([ids.slice(0, 2), false]);
    const odd = ids.filter((_, i) => i % 2 === 1);
    expect(await page({ email: "odd@example.com" })).toEqual([odd, false]);
    const second = Math.floor(Date.now() / 1_000);
    expect(await page({ created: { gte: second - 600 } })).toEqual([ids, false]);
    expect(await page({ created: { lt: second - 600 } })).toEqual([[], false]);
    expect(await page({ created: { gte: 253_402_300_799 } })).toEqual([[], false]);
    for (const params of [
      { limit: 101 },
      { limit: 0 },
      { limit: "many" },
      { starting_after: "cus_nobody" },
      { starting_after: ids[0], ending_before: ids[1] },
      { created: { since: 1 } },
      { created: { gte: "1e99" } },
      { colour: "red" },
    ]) {
      expect((await stripe.refusedGet(PATH, params)).status).toBe(400);
    }
  });

  it("says by whose name a field is wrong", async () => {
    const { key } = await makeTenant();
    const stripe = clientOf(key);
    const wrong = { address: { country: "Germany" } };
    expect(await stripe.refusedPost(PATH, wrong)).toMatchObject({
      status: 400,
      param: "address[country]",
    });
    expect(await stripe.refusedPost(PATH, { email: "nobody" })).toMatchObject({ param: "email" });
    const { id, name } = await stripe.post(PATH, { email: "ada@example.com" });
    expect(name).toBe("ada@example.com");
    expect(await stripe.refusedPost(`${PATH}/${id}`, wrong)).toMatchObject({ status: 400 });
  });

  it("has what was paid beyond its invoices as a balance below zero", async () => {
    const { key } = await makeTenant();
    const stripe = clientOf(key);
    const { id } = await stripe.post(PATH, { name: "Ada" });
    const draft = await call(key, "POST", "/api/invoices", {
      customer_id: id,
      currency: "JPY",
      lines: [{ name: "Work", quantity: 1, unit_price: 500 }],
    });
    await call(key, "POST", `/api/invoices/${draft.body.id}/finalize`);
    await call(key, "POST", `/api/invoices/${draft.body.id}/payments`, { amount: 800 });
    const held = { balance: -300, currency: "jpy", invoice_credit_balance: { jpy: -300 } };
    expect(await stripe.get(`${PATH}/${id}`)).toMatchObject(held);
    expect((await stripe.get(PATH)).data).toMatchObject([held]);
    const { data } = await stripe.get("/v1/invoices", { customer: id });
    expect(data).toMatchObject([{ status: "paid", amount_due: 500, amount_paid: 500, total: 500 }]);
  });

  it("is refused past what its tenant may store, with what is kept beside it", async () => {
    const { key, tenantId } = await makeTenant();
    const stripe = clientOf(key);
    const { id } = await stripe.post(PATH, { name: "Ada" });
    const used = () =>
      env.DB.prepare("SELECT used FROM budget_use WHERE tenant = ? AND budget = 'stored_bytes'")
        .bind(tenantId)
        .first<number>("used");
    const before = (await used()) ?? 0;
    const row = [id, tenantId, "é".repeat(50), '{"a":"b"}'];
    await env.DB.prepare("INSERT INTO stripe_customers VALUES (?, ?, ?, ?)")
      .bind(...row)
      .run();
    expect(await used()).toBe(before + 300 + 100 + 9);
    await env.DB.prepare("UPDATE stripe_customers SET description = NULL WHERE customer_id = ?")
      .bind(id)
      .run();
    expect(await used()).toBe(before + 300 + 9);
    const path = `/api/tenants/${tenantId}/budgets`;
    const limit = ((await used()) ?? 0) + 400;
    await call(await operatorKey(), "PUT", path, { stored_bytes: limit });
    const metadata = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [i, "v".repeat(200)]));
    expect(await stripe.refusedPost(`${PATH}/${id}`, { metadata })).toMatchObject({ status: 429 });
    expect((await stripe.get(`${PATH}/${id}`)).metadata).toEqual({ a: "b" });
  });
});
