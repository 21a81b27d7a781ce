/** An account adds up: its entries, its aging and what is held are one sum, on every day. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ageOf } from "../../../src/documents/account/account.ts";
import { call, makeTenant } from "../../support/api.ts";

/** A tenant whose clock stands at the beginning of March, with a customer. */
async function issuer() {
  const { key, tenantId } = await makeTenant({ clock: "2026-03-01T09:00:00Z" });
  await call(key, "PUT", "/api/issuer", { legal_name: "A Ltd", currency: "EUR" });
  const { id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
  const invoice = async (amount: number, more: object = {}) => {
    const lines = [{ name: "Work", quantity: 1, unit_price: amount }];
    const draft = { customer_id: id, lines, ...more };
    const made = (await call(key, "POST", "/api/invoices", draft)).body;
    return (await call(key, "POST", `/api/invoices/${made.id}/finalize`)).body.id as string;
  };
  const pay = (invoiceId: string, amount: number, paid_on?: string) =>
    call(key, "POST", `/api/invoices/${invoiceId}/payments`, { amount, paid_on });
  const at = (now: string) => call(key, "POST", "/api/test-clock", { now: `${now}T09:00:00Z` });
  const statement = async (query = "") =>
    (await call(key, "GET", `/api/customers/${id}/statement${query}`)).body;
  return { key, tenantId, id, invoice, pay, at, statement };
}

describe("a statement of account", () => {
  it("runs from its opening balance over each entry to what is owed", async () => {
    const { key, invoice, pay, at, statement } = await issuer();
    const first = await invoice(100, { payment_terms_days: 10 });
    await at("2026-03-20");
    const second = await invoice(50);
    await pay(first, 60);
    const credit = { reason: "late", lines: [{ position: 1, amount: 10 }] };
    await call(key, "POST", `/api/invoices/${second}/credit`, credit);
    await at("2026-03-25");
    const { entries, aging, ...rest } = await statement("?from=2026-03-10");
    expect(rest).toMatchObject({ opening_balance: 100, closing_balance: 80, credit_balance: 0 });
    expect(
      entries.map((one: Record<string, unknown>) => [one.date, one.kind, one.amount, one.balance]),
    ).toEqual([
      ["2026-03-20", "invoice", 50, 150],
      ["2026-03-20", "payment", -60, 90],
      ["2026-03-20", "credit_note", -10, 80],
    ]);
    expect(aging).toMatchObject({ current: 40, days_1_30: 40, days_31_60: 0 });
  });

  it("knows money that lies on the credit balance, and what was paid out of it", async () => {
    const { key, id, invoice, pay, statement } = await issuer();
    const first = await invoice(100);
    await pay(first, 130);
    const second = await invoice(20);
    await call(key, "POST", `/api/invoices/${second}/apply-balance`, {});
    const out = { amount: 4, currency: "EUR" };
    await call(key, "POST", `/api/customers/${id}/refund-balance`, out);
    const { entries, closing_balance, credit_balance } = await statement();
    expect([closing_balance, credit_balance]).toEqual([-6, 6]);
    expect(entries.map((one: Record<string, unknown>) => [one.kind, one.amount])).toEqual([
      ["invoice", 100],
      ["payment", -130],
      ["invoice", 20],
      ["refund", 4],
    ]);
    const { data } = (await call(key, "GET", `/api/customers/${id}/account`)).body;
    expect(data).toMatchObject([{ currency: "EUR", owed: 0, overdue: 0, credit_balance: 6 }]);
  });

  it("closes with what open invoices ask less the credit balance, whatever happened", async () => {
    const acts = fc.array(
      fc.record({
        what: fc.constantFrom("pay", "credit", "apply"),
        part: fc.integer({ min: 1, max: 150 }),
      }),
      { minLength: 3, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const { key, id, invoice, pay, statement } = await issuer();
        const invoices = [await invoice(100, { rounding: "0.05" }), await invoice(33.33)];
        for (const [i, { what, part }] of steps.entries()) {
          const one = invoices[i % 2] ?? "";
          if (what === "pay") await pay(one, part);
          if (what === "apply") await call(key, "POST", `/api/invoices/${one}/apply-balance`, {});
          const lines = [{ position: 1, amount: part / 4 }];
          if (what === "credit") {
            await call(key, "POST", `/api/invoices/${one}/credit`, { reason: "late", lines });
          }
        }
        const [{ closing_balance, aging }, account] = await Promise.all([
          statement(),
          call(key, "GET", `/api/customers/${id}/account`),
        ]);
        const [owed] = account.body.data;
        const due = owed ? owed.owed - owed.credit_balance : 0;
        expect(closing_balance).toBeCloseTo(due, 6);
        if (owed) expect(aging).toEqual(owed.aging);
      }),
      { numRuns: 4 },
    );
  });

  it("says how old what is owed is by the days since it was due", () => {
    const ages = ["2026-03-31", "2026-03-30", "2026-03-01", "2026-02-28", "2026-01-29"];
    expect([...ages, "2025-12-30"].map((due) => ageOf(due, "2026-03-31"))).toEqual([
      "current",
      "days_1_30",
      "days_1_30",
      "days_31_60",
      "days_61_90",
      "days_over_90",
    ]);
  });

  it("is another tenant's as little as its customer", async () => {
    const [{ id }, { key }] = await Promise.all([issuer(), makeTenant()]);
    for (const path of ["account", "statement", "statement.pdf"]) {
      expect((await call(key, "GET", `/api/customers/${id}/${path}`)).status).toBe(404);
    }
  });
});
