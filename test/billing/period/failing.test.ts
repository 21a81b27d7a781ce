import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, operatorKey } from "../../support/api.ts";
import {
  act,
  listed,
  moveTo,
  quote,
  quotePlan,
  type Subscriber,
  subscriber,
  takeBack,
} from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";
const LATE = { timestamp: "2026-01-31T12:00:00Z" };

/** A subscriber whose first period can be read, and not be settled. */
async function unsettleable(since = "2026-02-01T00:00:00Z"): Promise<Subscriber> {
  const tenant = await subscriber(START, { plan: await quotePlan() });
  await quote(tenant, 10);
  await quote(tenant, 1, { id: "one" });
  await moveTo(tenant, "2026-02-01T00:00:00Z");
  await quote(tenant, 20, { id: "twenty" });
  await moveTo(tenant, since);
  await setCoupons(tenant, [
    { id: "cpn_x", code: "X", name: "X", percent: "none", amountMinor: null },
  ]);
  return tenant;
}

async function setCoupons({ id }: Subscriber, coupons: unknown[]) {
  await env.DB.prepare("UPDATE periods SET coupons = ? WHERE subscription_id = ? AND number = 1")
    .bind(JSON.stringify(coupons), id)
    .run();
}

type Ran = { kind: string; at: string };

/** As `moveTo`, for a clock on whose way something fails. */
async function moveFailing(of: Subscriber, now: string): Promise<{ ran: Ran[]; failed: Ran[] }> {
  const all: { ran: Ran[]; failed: Ran[] } = { ran: [], failed: [] };
  for (;;) {
    const { status, body } = await call(of.key, "POST", "/api/test-clock", { now });
    expect([status, body.detail]).toEqual([200, undefined]);
    all.ran.push(...body.ran);
    all.failed.push(...body.failed);
    if (body.done) return all;
  }
}

/** On every page: other files' tests leave work that fails, too. */
async function failing(tenant: Subscriber) {
  const found = [];
  for (let cursor = ""; ; ) {
    const path = `/api/failing-work?limit=200${cursor}`;
    const { status, body } = await call(await operatorKey(), "GET", path);
    expect(status).toBe(200);
    found.push(
      ...body.data.filter((row: { tenant_id: string }) => row.tenant_id === tenant.tenantId),
    );
    if (body.next_cursor === null) return found;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

const totals = async (tenant: Subscriber, path: string) =>
  (await listed(tenant, path)).map(({ total }) => total);

describe("a settlement that fails", () => {
  it("holds up no closing, is named to the operator, and is made once it can be", async () => {
    const tenant = await unsettleable();
    await quote(tenant, 5, LATE);
    const { failed } = await moveFailing(tenant, "2026-02-28T00:00:00Z");
    expect(failed).toEqual([]);
    const march = await moveFailing(tenant, "2026-03-02T00:00:00Z");
    expect(march.failed.map(({ kind }) => kind)).toEqual([
      ...["period.close", "period.close"],
      ...Array.from({ length: march.failed.length - 2 }, () => "subscription.settle"),
    ]);
    expect(await totals(tenant, "/api/invoices")).toEqual([11, 20]);
    expect(await failing(tenant)).toMatchObject([
      {
        kind: "subscription.settle",
        ref: `${tenant.id}:late`,
        clock: "test",
        error: expect.stringMatching(/per_\w+_1: RangeError: not a percentage: none/),
      },
    ]);
    const own = await call(tenant.key, "GET", "/api/failing-work");
    expect(own.status).toBe(403);
    await setCoupons(tenant, []);
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([11, 20, 5]);
    expect(await failing(tenant)).toEqual([]);
  });

  it("is left out of the preview, as the closing will leave it out", async () => {
    const tenant = await unsettleable();
    await quote(tenant, 5, LATE);
    const { status, body } = await call(tenant.key, "GET", "/api/billing/preview");
    expect([status, body.net]).toEqual([200, 20]);
    await setCoupons(tenant, []);
    const settled = await call(tenant.key, "GET", "/api/billing/preview");
    expect(settled.body.net).toBe(25);
  });

  it("is left out of an import's preview, which shows what the other periods settle", async () => {
    const tenant = await unsettleable("2026-06-01T00:00:00Z");
    const { body: opened } = await call(tenant.key, "POST", "/api/usage/imports", { name: "Old" });
    const path = `/api/usage/imports/${opened.id}`;
    const events = ["2026-01-20T00:00:00Z", "2026-02-20T00:00:00Z"].map((timestamp, i) => ({
      id: `old_${i}`,
      metric_name: "quotes_generated",
      quantity: 7,
      timestamp,
    }));
    const operated = `?tenant_id=${tenant.tenantId}`;
    const staged = await call(tenant.operator, "POST", `${path}/events${operated}`, { events });
    expect([staged.status, staged.body.staged]).toEqual([200, 2]);
    const { status, body } = await call(tenant.key, "GET", `${path}/preview`);
    expect([status, body.detail, body.left_out, body.outside]).toEqual([200, undefined, 1, 0]);
    const february = { start: "2026-02-01T00:00:00Z", amount: 7 };
    expect(body.settlements).toMatchObject([february]);
    await setCoupons(tenant, []);
    const settled = (await call(tenant.key, "GET", `${path}/preview`)).body;
    expect(settled).toMatchObject({
      left_out: 0,
      settlements: [{ start: START, amount: 7 }, february],
    });
  });

  it("lets the periods beside it settle, however old they are", async () => {
    const tenant = await unsettleable("2026-06-01T00:00:00Z");
    await takeBack(tenant, "one");
    await takeBack(tenant, "twenty");
    await moveFailing(tenant, "2026-07-02T00:00:00Z");
    expect(await totals(tenant, "/api/credit-notes")).toEqual([20]);
    await setCoupons(tenant, []);
    await moveTo(tenant, "2026-09-01T00:00:00Z");
    expect(await totals(tenant, "/api/credit-notes")).toEqual([20, 1]);
    expect(await failing(tenant)).toEqual([]);
  });

  const YEARS = { timeout: 60_000 };
  it("lets an ended subscription end, and its years pass in few attempts", YEARS, async () => {
    const tenant = await unsettleable();
    await quote(tenant, 5, LATE);
    await act(tenant, "cancel", { when: "period_end" });
    const { ran, failed } = await moveFailing(tenant, "2029-01-01T00:00:00Z");
    expect(ran.filter(({ kind }) => kind === "period.close")).toHaveLength(1);
    expect(failed.length).toBeLessThan(150);
    const rows = await failing(tenant);
    expect(rows.map(({ ref }: { ref: string }) => ref).sort()).toEqual([
      tenant.id,
      `${tenant.id}:late`,
    ]);
  });
});

describe("usage that cannot be billed", () => {
  it("holds up neither its base nor later periods, and is billed once it can be", async () => {
    const code = `HUGE${Date.now()}`;
    const prices = [{ metric_name: "quotes_generated", model: "per_unit", unit_price: "1000" }];
    const plan = { code, name: "Huge", currency: "USD", prices };
    expect((await call(await operatorKey(), "POST", "/api/plans", plan)).status).toBe(201);
    const tenant = await subscriber(START, { plan: code, base_price: "7.00" });
    await quote(tenant, 2);
    // A mistake of units: its amount has more than 15 digits.
    await quote(tenant, 9_000_000_000_000, { id: "mistake" });
    const { failed } = await moveFailing(tenant, "2026-04-02T00:00:00Z");
    expect(new Set(failed.map(({ kind }) => kind))).toEqual(
      new Set(["period.close", "subscription.settle"]),
    );
    expect(await totals(tenant, "/api/invoices")).toEqual([7, 7, 7]);
    expect(await failing(tenant)).toMatchObject([
      {
        kind: "subscription.settle",
        ref: `${tenant.id}:late`,
        error: expect.stringMatching(/per_\w+_1: .*more than 15 digits/),
      },
    ]);
    await takeBack(tenant, "mistake");
    await moveTo(tenant, "2026-06-02T00:00:00Z");
    expect(await failing(tenant)).toEqual([]);
    const billed = await totals(tenant, "/api/invoices");
    expect(billed.reduce((sum, total) => sum + total, 0)).toBe(5 * 7 + 2_000);
    await moveTo(tenant, "2026-07-02T00:00:00Z");
    expect((await totals(tenant, "/api/invoices")).slice(billed.length)).toEqual([7]);
  });
});
