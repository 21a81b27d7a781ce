import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { draft, final, LINE, makePair } from "../api.ts";

const pointers = (answer: Awaited<ReturnType<typeof call>>) =>
  answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);

describe("a draft invoice", () => {
  it("has totals that are computed here", async () => {
    const pair = await makePair();
    const invoice = await draft(pair, "invoices", {
      currency: "EUR",
      lines: [
        { ...LINE, tax: { category: "S", percent: "19" } },
        { name: "Books", quantity: "3", unit_price: 9.99, tax: { category: "S", percent: 7 } },
      ],
      adjustments: [{ kind: "discount", reason: "Loyalty", percent: 10 }],
      purchase_order: "PO-1",
      fields: [{ label: "Project", value: "Apollo" }],
    });
    expect(invoice).toMatchObject({
      status: "draft",
      number: null,
      subtotal: 330.97,
      net: 297.87,
      taxes: [
        { percent: 19, base: 270.9, amount: 51.47 },
        { percent: 7, base: 26.97, amount: 1.89 },
      ],
      tax: 53.36,
      total: 351.23,
      amount_due: 351.23,
      lines: [
        { position: 1, amount: 301 },
        { position: 2, amount: 29.97 },
      ],
    });
  });

  it("answers the exact digits of prices and quantities", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "invoices", {
      lines: [{ name: "Bytes", quantity: "9007199254740993", unit_price: "0.000000000001" }],
    });
    const { bytes } = await call(pair.issuer.key, "GET", `/api/invoices/${id}`);
    const text = new TextDecoder().decode(bytes);
    expect(text).toContain('"quantity":9007199254740993,');
    expect(text).toContain('"unit_price":0.000000000001,');
    expect(text).toContain('"total":9007.20,');
  });

  it("is changed field by field, its lines as a whole", async () => {
    const pair = await makePair();
    const before = await draft(pair, "invoices", { memo: "Hello", lines: [LINE, LINE] });
    const path = `/api/invoices/${before.id}`;
    const memo = await call(pair.issuer.key, "PATCH", path, { memo: null, notes: "Thanks" });
    expect(memo.body).toMatchObject({ memo: null, notes: "Thanks", total: 602 });
    const lines = [{ name: "One", quantity: 1, unit_price: 5 }];
    const changed = await call(pair.issuer.key, "PATCH", path, { lines });
    expect(changed.body).toMatchObject({ notes: "Thanks", total: 5, lines: [{ name: "One" }] });
  });

  it("is seen by its issuer only, and voided without a number", async () => {
    const pair = await makePair();
    const { id } = await draft(pair);
    expect((await call(pair.recipient.key, "GET", `/api/invoices/${id}`)).status).toBe(404);
    const body = { reason: "Mistake" };
    const voided = await call(pair.issuer.key, "POST", `/api/invoices/${id}/void`, body);
    expect(voided.body).toMatchObject({ status: "void", number: null });
    const late = await call(pair.issuer.key, "POST", `/api/invoices/${id}/finalize`);
    expect(late.status).toBe(409);
    expect((await final(pair)).number).toBe("TEST-INV-2026-001");
  });

  const line = (more: object) => ({ lines: [{ ...LINE, ...more }] });
  it.each([
    ["/lines", { lines: [] }],
    ["/lines", { lines: Array.from({ length: 2_001 }, () => LINE) }],
    ["/lines/0/name", line({ name: "" })],
    ["/lines/0/name", line({ name: "x".repeat(5_000) })],
    ["/lines/0/quantity", line({ quantity: "NaN" })],
    ["/lines/0/quantity", line({ quantity: "1.0000001" })],
    ["/lines/0/unit_price", line({ unit_price: "0.0000000000001" })],
    ["/lines/0/unit_price", line({ unit_price: -1 })],
    ["/lines/0/unit_price", line({ quantity: 10 ** 12, unit_price: 10 ** 9 })],
    ["/lines/0/unit_code", line({ unit_code: "hours" })],
    ["/lines/0/tax/percent", line({ tax: { category: "S", percent: -1 } })],
    ["/lines/0/colour", line({ colour: "red" })],
    [
      "/lines/0/adjustments",
      line({ adjustments: [{ kind: "discount", reason: "Off", amount: 301.01 }] }),
    ],
    [
      "/lines/0/adjustments/0",
      line({ adjustments: [{ kind: "discount", reason: "Off", amount: 1, percent: 1 }] }),
    ],
    [
      "/lines/0/adjustments/0/amount",
      line({ adjustments: [{ kind: "discount", reason: "Off", amount: 0.001 }] }),
    ],
    ["/adjustments/0", { adjustments: [{ kind: "discount", reason: "Off", amount: 302 }] }],
    ["/lines/1/tax", { lines: [{ ...LINE, tax: { category: "S", percent: 19 } }, LINE] }],
    ["/customer_id", { customer_id: "cus_unknown" }],
    ["/currency", { currency: "XXX" }],
    ["/language", { language: "tlh" }],
    ["/due_date", { due_date: "2026-11-23" }],
    ["/due_date", { due_date: "2026-02-30" }],
    ["/period/end", { period: { start: "2026-11-02", end: "2026-11-01" } }],
    ["/fields", { fields: Array.from({ length: 5 }, () => ({ label: "a", value: "b" })) }],
    ["/memo", { memo: "bell \u0007" }],
    ["/total", { total: 5 }],
  ])("with a wrong %s is refused, and nothing is stored", async (pointer, wrong) => {
    const pair = await makePair();
    const body = { customer_id: pair.customerId, lines: [LINE], ...wrong };
    const answer = await call(pair.issuer.key, "POST", "/api/invoices", body);
    expect([answer.status, pointers(answer)]).toEqual([422, [pointer]]);
    expect((await call(pair.issuer.key, "GET", "/api/invoices")).body.data).toEqual([]);
  });

  it("with a negative price or discount is told how a discount is written", async () => {
    const pair = await makePair();
    const told = async (wrong: object) => {
      const body = { customer_id: pair.customerId, lines: [{ ...LINE, ...wrong }] };
      const { body: answer } = await call(pair.issuer.key, "POST", "/api/invoices", body);
      return answer.errors[0].detail;
    };
    expect(await told({ unit_price: -1 })).toMatch(/0 or more; a discount is an adjustment, such/);
    const adjustments = [{ kind: "discount", reason: "Off", amount: "-5" }];
    expect(await told({ adjustments })).toMatch(/its kind, discount or charge, says/);
    const written = { adjustments: [{ kind: "discount", reason: "…", amount: 5 }] };
    expect(await draft(pair, "invoices", { lines: [{ ...LINE, ...written }] })).toMatchObject({
      total: 296,
    });
  });

  it("is not written for another tenant's customer", async () => {
    const [pair, other] = [await makePair(), await makePair()];
    const body = { customer_id: other.customerId, lines: [LINE] };
    const answer = await call(pair.issuer.key, "POST", "/api/invoices", body);
    expect([answer.status, pointers(answer)]).toEqual([422, ["/customer_id"]]);
  });

  it("is written by members and finalised by admins", async () => {
    const pair = await makePair();
    const viewer = await keyFor(pair.issuer.tenantId, "viewer");
    const member = await keyFor(pair.issuer.tenantId, "member");
    const body = { customer_id: pair.customerId, lines: [LINE] };
    expect((await call(viewer, "POST", "/api/invoices", body)).status).toBe(403);
    const made = await call(member, "POST", "/api/invoices", body);
    expect(made.status).toBe(201);
    const path = `/api/invoices/${made.body.id}/finalize`;
    expect((await call(member, "POST", path)).status).toBe(403);
  });
});

describe("finalising", () => {
  it("gives two simultaneous invoices consecutive numbers", async () => {
    const pair = await makePair();
    const both = await Promise.all([final(pair), final(pair)]);
    expect(both.map(({ number }) => number).sort()).toEqual([
      "TEST-INV-2026-001",
      "TEST-INV-2026-002",
    ]);
  });

  it("twice at the same moment gives one number", async () => {
    const pair = await makePair();
    const { id } = await draft(pair);
    const path = `/api/invoices/${id}/finalize`;
    const twice = await Promise.all([
      call(pair.issuer.key, "POST", path),
      call(pair.issuer.key, "POST", path),
    ]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await final(pair)).number).toBe("TEST-INV-2026-002");
  });

  it("freezes the parties as they are", async () => {
    const pair = await makePair();
    const invoice = await final(pair);
    expect(invoice).toMatchObject({
      status: "open",
      issue_date: "2026-11-24",
      due_date: "2026-12-08",
      buyer: { name: "Buyer Ltd" },
    });
    await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, { name: "New" });
    await call(pair.issuer.key, "PUT", "/api/issuer", { legal_name: "Renamed" });
    const after = await call(pair.issuer.key, "GET", `/api/invoices/${invoice.id}`);
    expect(after.body).toEqual(invoice);
    const change = await call(pair.issuer.key, "PATCH", `/api/invoices/${invoice.id}`, {
      memo: "x",
    });
    expect(change.status).toBe(409);
  });

  it("asks for the rate where tax is accounted for in another currency", async () => {
    const pair = await makePair();
    const profile = { legal_name: "A", currency: "USD", tax_currency: "EUR" };
    await call(pair.issuer.key, "PUT", "/api/issuer", profile);
    const { id } = await draft(pair);
    const path = `/api/invoices/${id}`;
    const refused = await call(pair.issuer.key, "POST", `${path}/finalize`);
    expect([refused.status, pointers(refused)]).toEqual([422, ["/accounting"]]);
    const accounting = { currency: "EUR", rate: "0.92", date: "2026-11-24" };
    await call(pair.issuer.key, "PATCH", path, { accounting });
    expect((await call(pair.issuer.key, "POST", `${path}/finalize`)).status).toBe(200);
  });

  it("refuses what became impossible while it was a draft", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "invoices", { due_date: "2026-11-25" });
    await env.DB.prepare(
      "UPDATE tenants SET test_clock_ms = test_clock_ms + 864e5 * 2 WHERE id = ?",
    )
      .bind(pair.issuer.tenantId)
      .run();
    const answer = await call(pair.issuer.key, "POST", `/api/invoices/${id}/finalize`);
    expect([answer.status, pointers(answer)]).toEqual([422, ["/due_date"]]);
  });
});

describe("reading invoices", () => {
  it("is for the issuer, the recipient, and nobody else, by id and by number", async () => {
    const pair = await makePair();
    const invoice = await final(pair);
    const stranger = await makeTenant();
    for (const name of [invoice.id, invoice.number]) {
      const path = `/api/invoices/${name}`;
      expect((await call(pair.issuer.key, "GET", path)).body.id).toBe(invoice.id);
      expect((await call(pair.recipient.key, "GET", path)).body.id).toBe(invoice.id);
      expect((await call(stranger.key, "GET", path)).status).toBe(404);
    }
    const finalize = `/api/invoices/${invoice.id}/finalize`;
    expect((await call(pair.recipient.key, "POST", finalize)).status).toBe(404);
  });

  it("by a number prefers the tenant's own", async () => {
    const pair = await makePair(await makeTenant());
    const received = await final(pair);
    const own = await final(await makePair(pair.recipient));
    expect(own.number).toBe(received.number);
    const found = await call(pair.recipient.key, "GET", `/api/invoices/${own.number}`);
    expect(found.body.id).toBe(own.id);
  });

  it("lists by status, customer, day, text and role, page by page", async () => {
    const pair = await makePair();
    const first = await final(pair, "invoices", { due_date: "2026-11-24" });
    const second = await final(pair, "invoices", {
      lines: [{ ...LINE, name: "Überprüfung" }],
      due_date: "2027-01-31",
    });
    const open = await draft(pair);
    await env.DB.prepare("UPDATE tenants SET test_clock_ms = test_clock_ms + 864e5 WHERE id = ?")
      .bind(pair.issuer.tenantId)
      .run();
    const ids = async (query: string, key = pair.issuer.key) => {
      const { body } = await call(key, "GET", `/api/invoices?${query}`);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await ids("")).toEqual([open.id, second.id, first.id]);
    expect(await ids("status=overdue")).toEqual([first.id]);
    expect(await ids("status=open")).toEqual([second.id]);
    expect(await ids("status=draft")).toEqual([open.id]);
    expect(await ids("q=%C3%9CBERPR")).toEqual([second.id]);
    expect(await ids("q=inv-2026-001")).toEqual([first.id]);
    expect(await ids("issued_from=2026-11-25")).toEqual([]);
    expect(await ids("issued_to=2026-11-24&status=overdue")).toEqual([first.id]);
    expect(await ids("customer_id=cus_other")).toEqual([]);
    expect(await ids("role=recipient")).toEqual([]);
    expect(await ids("role=recipient", pair.recipient.key)).toEqual([second.id, first.id]);

    await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, { name: "New" });
    const page = await call(pair.issuer.key, "GET", "/api/invoices?limit=2");
    // A draft is to whom the customer is now, a final document to whom it was.
    expect(page.body.data).toMatchObject([
      { customer_name: "New" },
      { customer_name: "Buyer Ltd" },
    ]);
    const rest = await ids(`limit=2&cursor=${page.body.next_cursor}`);
    expect(rest).toEqual([first.id]);
    const { body } = await call(pair.recipient.key, "GET", `/api/invoices/${first.id}`);
    expect(body.status).toBe("overdue"); // on the issuer's test clock, whoever reads
  });
});
