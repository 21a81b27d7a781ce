/** A duplicate says what its source says, and has nothing else of it. */
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

describe("a duplicate", () => {
  it("of a final invoice is a draft with its lines and texts, and without its days", async () => {
    const { key } = await makeTenant({ clock: "2026-03-10T09:00:00Z" });
    const { id: customer_id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
    const source = {
      customer_id,
      due_date: "2026-04-01",
      delivery_date: "2026-03-01",
      notes: "thanks",
      purchase_order: "PO-7",
      lines: [
        {
          name: "Work",
          quantity: 3,
          unit_price: "10.50",
          period: { start: "2026-02-01", end: "2026-02-28" },
          adjustments: [{ kind: "discount", reason: "loyal", percent: 10 }],
        },
      ],
    };
    const { id } = (await call(key, "POST", "/api/invoices", source)).body;
    await call(key, "POST", `/api/invoices/${id}/finalize`);
    const { status, body } = await call(key, "POST", `/api/invoices/${id}/duplicate`);
    expect([status, body.status, body.number]).toEqual([201, "draft", null]);
    const final = (await call(key, "GET", `/api/invoices/${id}`)).body;
    expect(body).toMatchObject({
      customer_id,
      due_date: null,
      delivery_date: null,
      notes: "thanks",
      purchase_order: "PO-7",
      total: final.total,
      lines: [{ ...final.lines[0], period: null }],
    });
    const again = await call(key, "POST", `/api/invoices/${body.id}/finalize`);
    expect([again.status, again.body.total, again.body.number]).toEqual([
      200,
      28.35,
      "TEST-INV-2026-002",
    ]);
  });

  it("is made of quotes and proforma invoices, and of nobody else's", async () => {
    const [{ key }, other] = await Promise.all([makeTenant(), makeTenant()]);
    const { id: customer_id } = (await call(key, "POST", "/api/customers", { name: "B" })).body;
    const lines = [{ name: "Work", quantity: 1, unit_price: 5 }];
    for (const path of ["quotes", "proforma-invoices"]) {
      const { id } = (await call(key, "POST", `/api/${path}`, { customer_id, lines })).body;
      const { status, body } = await call(key, "POST", `/api/${path}/${id}/duplicate`);
      expect([status, body.status, body.total]).toEqual([201, "draft", 5]);
      expect((await call(other.key, "POST", `/api/${path}/${id}/duplicate`)).status).toBe(404);
    }
  });
});
