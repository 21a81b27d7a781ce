import { env as bindings } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterCoupons,
  type Coupon,
  discountsOf,
  spend,
} from "../../../src/billing/credit/discount.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

let made = 0;
async function coupon(body: Record<string, unknown>): Promise<string> {
  const code = `C${Date.now()}-${++made}`;
  const answer = await call(await operatorKey(), "POST", "/api/coupons", {
    code,
    name: "Welcome",
    ...body,
  });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return code;
}
const redeem = (tenant: Subscriber, code: string) =>
  call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/coupons`, { code });
async function credit(tenant: Subscriber, body: Record<string, unknown>) {
  const answer = await call(tenant.operator, "POST", "/api/credits", {
    tenant_id: tenant.tenantId,
    currency: "USD",
    ...body,
  });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
}
const invoices = (tenant: TestTenant) => listed(tenant, "/api/invoices");
/** What is left of each of a tenant's credits, which differ in their amounts. */
async function remaining(tenant: TestTenant): Promise<Record<string, number>> {
  const credits = await listed(tenant, "/api/credits");
  return Object.fromEntries(credits.map((one) => [one.amount, one.remaining]));
}
const START = "2026-01-01T00:00:00Z";

describe("coupons", () => {
  it("lower what is billed by a percentage, for a limited number of documents", async () => {
    const tenant = await subscriber(START, { base_price: "9.99" });
    expect((await redeem(tenant, await coupon({ percent: "12.5", periods: 2 }))).status).toBe(200);
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const found = await invoices(tenant);
    expect(found.map(({ total }) => total)).toEqual([8.74, 8.74, 9.99]);
    const { body } = await call(tenant.key, "GET", `/api/invoices/${found[0].id}`);
    expect(body.lines).toHaveLength(1);
  });

  it("never exceed the subtotal; a document discounted to zero is an invoice", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await redeem(tenant, await coupon({ amount: 15, currency: "USD", periods: 1 }));
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const found = await invoices(tenant);
    expect(found.map(({ total, status }) => [total, status])).toEqual([
      [0, "paid"],
      [10, "open"],
    ]);
  });

  it("apply to late usage of the period that they lowered", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await record(tenant, 11_000);
    await redeem(tenant, await coupon({ percent: 50, periods: 1 }));
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 10_000, { timestamp: "2026-01-31T00:00:00Z" });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    // Half of 10 + 10; then half of the late 10 more, beside February's whole base.
    expect((await invoices(tenant)).map(({ total }) => total)).toEqual([10, 15]);
  });

  it("are redeemed once a subscription, and no more often than their limit", async () => {
    const code = await coupon({ percent: 10, max_redemptions: 1 });
    const [a, b] = [await subscriber(START), await subscriber(START)];
    expect((await redeem(a, code)).status).toBe(200);
    const again = await redeem(a, code);
    const other = await redeem(b, code);
    for (const answer of [again, other]) {
      expect([answer.status, answer.body.code]).toEqual([409, "coupon.spent"]);
    }
  });

  it("are refused outside their validity, in another currency, and with wrong fields", async () => {
    const tenant = await subscriber(START);
    const unfit = [
      await coupon({ percent: 10, starts_at: "2026-02-01T00:00:00Z" }),
      await coupon({ percent: 10, ends_at: START }),
      await coupon({ amount: 10, currency: "EUR" }),
      "NONE",
    ];
    for (const code of unfit) {
      expect((await redeem(tenant, code)).body.errors).toMatchObject([{ pointer: "/code" }]);
    }
    const wrong: [Record<string, unknown>, string][] = [
      [{}, "/percent"],
      [{ percent: 10, amount: 1, currency: "USD" }, "/percent"],
      [{ percent: 101 }, "/percent"],
      [{ percent: 0 }, "/percent"],
      [{ amount: 1 }, "/currency"],
      [{ amount: "1.001", currency: "USD" }, "/amount"],
      [{ percent: 1, ends_at: START, starts_at: "2026-01-02T00:00:00Z" }, "/ends_at"],
    ];
    for (const [body, pointer] of wrong) {
      const answer = await call(await operatorKey(), "POST", "/api/coupons", {
        code: `W${++made}`,
        name: "W",
        ...body,
      });
      expect([pointer, answer.status]).toEqual([pointer, 422]);
      expect(answer.body.errors[0].pointer).toBe(pointer);
    }
  });
});

describe("credit", () => {
  it("that was granted lowers what is taxed, until it is spent", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await credit(tenant, { kind: "granted", amount: 15 });
    const preview = await call(tenant.key, "GET", "/api/billing/preview");
    expect(preview.body).toMatchObject({ net: 10, discount: 10, total: 0 });
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    expect((await invoices(tenant)).map(({ total }) => total)).toEqual([0, 5, 10]);
    expect(await listed(tenant, "/api/credits")).toMatchObject([{ amount: 15, remaining: 0 }]);
  });

  it("that was purchased pays what is due and changes no total (worked example 9)", async () => {
    const tenant = await subscriber(START, { base_price: 100 });
    await credit(tenant, { kind: "purchased", amount: 150 });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const found = await invoices(tenant);
    expect(found.map((one) => [one.total, one.amount_due, one.status])).toEqual([
      [100, 0, "paid"],
      [100, 50, "open"],
    ]);
    expect(await listed(tenant, "/api/credits")).toMatchObject([{ remaining: 0 }]);
  });

  it("is spent in the order of its expiry, and not after it has expired", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await credit(tenant, { kind: "granted", amount: 8, note: "b" });
    await credit(tenant, {
      kind: "granted",
      amount: 5,
      note: "a",
      expires_at: "2026-02-15T00:00:00Z",
    });
    await credit(tenant, {
      kind: "granted",
      amount: 99,
      note: "gone",
      expires_at: "2026-01-02T00:00:00Z",
    });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    expect((await invoices(tenant)).map(({ total }) => total)).toEqual([0]);
    const left = (await listed(tenant, "/api/credits")).map(({ note, remaining }) => [
      note,
      remaining,
    ]);
    expect(Object.fromEntries(left)).toEqual({ a: 0, b: 3, gone: 99 });
  });

  it("granted at one instant is spent in the order in which it was granted", async () => {
    const tenant = await subscriber(START, { base_price: 21 });
    for (const amount of [6, 5, 4, 3, 2, 1, 9, 8]) {
      await credit(tenant, { kind: "granted", amount });
    }
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    expect(await remaining(tenant)).toEqual({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 8: 8, 9: 9 });
  });

  it("is seen by its own tenant and the operator", async () => {
    const tenant = await subscriber(START);
    await credit(tenant, { kind: "granted", amount: 1 });
    const stranger = await makeTenant();
    const path = `/api/credits?tenant_id=${tenant.tenantId}`;
    expect((await call(stranger.key, "GET", path)).status).toBe(404);
    expect((await call(tenant.operator, "GET", path)).body.data).toHaveLength(1);
  });
});

const coupons: fc.Arbitrary<Coupon> = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map((percent) => ({
    id: "a",
    code: "A",
    name: "A",
    percent: String(percent),
    amountMinor: null,
  })),
  fc.bigInt({ min: 1n, max: 10_000n }).map((amountMinor) => ({
    id: "b",
    code: "B",
    name: "B",
    percent: null,
    amountMinor,
  })),
);

describe("discounts", () => {
  it("are never below zero nor above the subtotal", () => {
    fc.assert(
      fc.property(
        fc.array(coupons, { maxLength: 5 }),
        fc.bigInt({ min: -1000n, max: 100_000n }),
        (list, subtotal) => {
          const left = afterCoupons(list, subtotal);
          if (subtotal <= 0n) expect(left).toBe(subtotal);
          else expect(left >= 0n && left <= subtotal).toBe(true);
          for (const { amountMinor } of discountsOf(list, subtotal)) {
            expect(amountMinor > 0n).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("spend balances in their order, and no more than asked for", () => {
    const balances = [
      { id: "a", leftMinor: 5n },
      { id: "b", leftMinor: 7n },
    ];
    expect(spend(balances, 6n)).toEqual([
      { creditId: "a", amountMinor: 5n, beforeMinor: 0n },
      { creditId: "b", amountMinor: 1n, beforeMinor: 5n },
    ]);
    expect(spend(balances, 0n)).toEqual([]);
    expect(spend(balances, 99n)).toHaveLength(2);
  });
});

describe("purchased credit", () => {
  const left = async ({ operator, tenantId }: Subscriber) =>
    (await call(operator, "GET", `/api/credits?tenant_id=${tenantId}`)).body.data.map(
      ({ remaining }: { remaining: number }) => remaining,
    );
  const act = ({ operator }: Subscriber, id: string, verb: string, body: object) =>
    call(operator, "POST", `/api/invoices/${id}/${verb}`, body);
  async function billed(amount: number) {
    const tenant = await subscriber(START, { base_price: 100 });
    await credit(tenant, { kind: "purchased", amount });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await invoices(tenant);
    return { tenant, id };
  }

  it("is back in its balance once its invoice is void, and pays for the next", async () => {
    const { tenant, id } = await billed(150);
    expect(await left(tenant)).toEqual([50]);
    expect((await act(tenant, id, "void", { reason: "Wrong" })).body.status).toBe("void");
    expect(await left(tenant)).toEqual([150]);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [, next] = await invoices(tenant);
    expect([next.prepaid, next.amount_due, await left(tenant)]).toEqual([100, 0, [50]]);
  });

  it("comes back as far as credit notes leave it no room, after what was paid", async () => {
    const { tenant, id } = await billed(40);
    const read = async () => (await call(tenant.operator, "GET", `/api/invoices/${id}`)).body;
    const lines = (amount: string) => [{ position: 1, amount }];
    await act(tenant, id, "payments", { amount: 60 });
    await act(tenant, id, "credit", { reason: "Some", lines: lines("50") });
    expect([await left(tenant), await read()]).toMatchObject([[0], { paid: 10, amount_due: 0 }]);
    await act(tenant, id, "credit", { reason: "Most", lines: lines("49.99") });
    expect(await left(tenant)).toEqual([39.99]);
    expect(await read()).toMatchObject({ status: "paid", amount_due: 0, paid: 0 });
    await act(tenant, id, "credit", { reason: "Rest" });
    expect(await left(tenant)).toEqual([40]);
    expect(await read()).toMatchObject({ status: "void", amount_due: 0, paid: 0 });
    expect((await act(tenant, id, "payments", { amount: "-60.01" })).status).toBe(422);
    expect((await act(tenant, id, "payments", { amount: -60 })).status).toBe(201);
  });

  it("purchased at one instant comes back to what was purchased last", async () => {
    const tenant = await subscriber(START, { base_price: 21 });
    for (const amount of [6, 5, 4, 3, 2, 1]) await credit(tenant, { kind: "purchased", amount });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await invoices(tenant);
    await act(tenant, id, "credit", { reason: "Half", lines: [{ position: 1, amount: "9.5" }] });
    // 11.5 is still to pay: the first takes 6, the second 5, the third a half.
    const expected = { 1: 1, 2: 2, 3: 3, 4: 3.5, 5: 0, 6: 0 };
    expect(await remaining(tenant)).toEqual(expected);
    // As an earlier version left it, and as its migration orders it.
    await bindings.DB.prepare("UPDATE credit_uses SET before_minor = 0").run();
    expect(await remaining(tenant)).not.toEqual(expected);
    const ordering = bindings.TEST_MIGRATIONS.find(({ name }) => name.includes("credit_order"));
    for (const query of ordering?.queries.slice(1) ?? []) await bindings.DB.prepare(query).run();
    expect(await remaining(tenant)).toEqual(expected);
  });

  it("of 1,500 top-ups pays one invoice, within the queries of an invocation", async () => {
    const tenant = await subscriber(START, { base_price: 14 });
    await credit(tenant, { kind: "purchased", amount: "0.01" });
    await bindings.DB.prepare(
      `INSERT INTO credits SELECT credits.id || '-' || series.value, tenant, kind, currency,
         amount_minor, expires_ms, note, created_ms
       FROM credits, json_each(?1) AS series WHERE tenant = ?2`,
    )
      .bind(JSON.stringify(Array.from({ length: 1_499 }, (_, i) => i)), tenant.tenantId)
      .run();
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [invoice] = await invoices(tenant);
    expect([invoice.prepaid, invoice.amount_due]).toEqual([14, 0]);
    const lines = [{ position: 1, amount: "13.5" }];
    await act(tenant, invoice.id, "credit", { reason: "Most", lines });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [, next] = await invoices(tenant);
    // 1.00 was left, and 13.50 came back.
    expect([next.prepaid, next.amount_due]).toEqual([14, 0]);
  });

  it("of several comes back to what was spent last, and is spent once again", async () => {
    const tenant = await subscriber(START, { base_price: 100 });
    await credit(tenant, { kind: "purchased", amount: 30, expires_at: "2026-12-01T00:00:00Z" });
    await credit(tenant, { kind: "purchased", amount: 30 });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await invoices(tenant);
    const lines = [{ position: 1, amount: "65" }];
    await act(tenant, id, "credit", { reason: "Most", lines });
    const { body } = await call(tenant.key, "GET", "/api/credits");
    const lasting = body.data.find((row: { expires_at: string | null }) => row.expires_at === null);
    expect([lasting.remaining, (await left(tenant)).sort()]).toEqual([25, [0, 25]]);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [, next] = await invoices(tenant);
    expect([next.prepaid, await left(tenant)]).toEqual([25, [0, 0]]);
  });
});
