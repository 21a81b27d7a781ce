import { describe, expect, it } from "vitest";
import { call, operatorKey, type TestTenant } from "../../support/api.ts";
import {
  listed,
  moveTo,
  record,
  type Subscriber,
  subscriber,
  takeBack,
} from "../../support/billing.ts";

const periods = (tenant: TestTenant) => listed(tenant, "/api/billing/periods");
const totals = async (tenant: TestTenant, path: string) =>
  (await listed(tenant, path)).map(({ total }) => total);

/** A plan with the tiers of the guide's worked examples 2 and 3. */
async function tieredSubscriber(): Promise<Subscriber> {
  const operator = await operatorKey();
  const code = `TIERS-${Date.now()}-${Math.floor(performance.now())}`;
  const answer = await call(operator, "POST", "/api/plans", {
    code,
    name: "Tiers",
    currency: "USD",
    prices: [
      {
        metric_name: "api_calls",
        model: "graduated",
        tiers: [
          { up_to: 100, unit_price: 0.1, flat_fee: 5 },
          { up_to: 1000, unit_price: 0.08, flat_fee: 2.5 },
          { unit_price: 0.05, flat_fee: 1 },
        ],
      },
    ],
  });
  expect(answer.status).toBe(201);
  return subscriber("2026-01-01T00:00:00Z", { plan: code });
}

const LATE = { timestamp: "2026-01-31T12:00:00Z" };

describe("late usage of a closed period", () => {
  it("settles by differences that add up to the final amount (worked example 1)", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 1004);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 2, LATE);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    await record(tenant, 10, { ...LATE, timestamp: "2026-01-31T23:00:00Z" });
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const closed = await periods(tenant);
    expect(closed.map(({ net }) => net)).toEqual([0, 0.01, 0.01]);
    expect(closed[1].lines).toMatchObject([
      {
        kind: "adjustment",
        amount: 0.01,
        detail: "API calls 1,004 → 1,006",
        arithmetic: "0.01 − 0.00 = 0.01",
        start: "2026-01-01T00:00:00Z",
        end: "2026-02-01T00:00:00Z",
      },
    ]);
    expect(closed[2].lines[0].arithmetic).toBe("0.02 − 0.01 = 0.01");
  });

  it("late usage and its void add up to zero (worked example 1)", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 1004);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 12, { ...LATE, id: "twelve" });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([0.02]);
    await takeBack(tenant, "twelve");
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([0.02]);
    const [note] = await listed(tenant, "/api/credit-notes");
    expect(note.total).toBe(0.02);
  });

  it("crosses tiers at the old period's prices (worked example 3)", async () => {
    const tenant = await tieredSubscriber();
    await record(tenant, 90, { id: "a" });
    await record(tenant, 50, { id: "b" });
    await record(tenant, 850, { id: "c" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 30, LATE);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    await takeBack(tenant, "b");
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const closed = await periods(tenant);
    expect(closed[0].net).toBe(88.7);
    const adjustment = closed[1].lines.find(({ kind }: { kind: string }) => kind === "adjustment");
    expect(adjustment).toMatchObject({ amount: 2.8, arithmetic: "91.50 − 88.70 = 2.80" });
    const [note, ...more] = await listed(tenant, "/api/credit-notes");
    expect(more).toEqual([]);
    expect(note.total).toBe(4.4);
  });

  it("is credited against the invoice that billed it", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 10 });
    await record(tenant, 3000, { id: "all" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await takeBack(tenant, "all");
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [first] = await listed(tenant, "/api/invoices");
    expect(first).toMatchObject({ total: 12, credited: 2, status: "overdue" });
    const [note] = await listed(tenant, "/api/credit-notes");
    expect(note.total).toBe(2);
  });

  it("takes of the invoice's tax what is left there, and leaves the rest to credit", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: "0.12" });
    const { operator, tenantId } = tenant;
    const tax = { category: "S", percent: 20 };
    await call(operator, "PATCH", `/api/customers/cus_ten_operator_${tenantId}`, { tax });
    await record(tenant, 1060, { id: "half" });
    await record(tenant, 60, { id: "other" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await takeBack(tenant, "other");
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [first] = await listed(tenant, "/api/invoices");
    expect(first).toMatchObject({ total: 0.29, credited: 0.07 });
    const credit = (lines?: object[]) =>
      call(operator, "POST", `/api/invoices/${first.id}/credit`, { reason: "Rest", lines });
    expect((await credit([{ position: 1 }, { position: 2, amount: "0.12" }])).status).toBe(422);
    expect((await credit()).body).toMatchObject({ net: 0.18, tax: 0.04, total: 0.22 });
  });

  it("is billed by a document of its own where no closing follows", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 2000);
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, {});
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 500, LATE);
    const ran = await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(ran.filter(({ kind }) => kind !== "invoice.remind")).toMatchObject([
      { kind: "subscription.settle", at: "2026-03-09T01:00:00Z" },
    ]);
    expect(await totals(tenant, "/api/invoices")).toEqual([1, 0.5]);
  });

  it("settles nothing where nothing came in", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 1 });
    await record(tenant, 2000);
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    expect((await periods(tenant)).map(({ net }) => net)).toEqual([2, 1, 1]);
    expect(await listed(tenant, "/api/credit-notes")).toEqual([]);
  });
});

describe("voids of events older than the identity window", () => {
  it("settle by the event's sequence", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const { event_seq } = await record(tenant, 3000);
    await moveTo(tenant, "2026-05-15T00:00:00Z");
    await takeBack(tenant, `seq_${event_seq}`);
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    expect(await totals(tenant, "/api/credit-notes")).toEqual([2]);
  });
});
