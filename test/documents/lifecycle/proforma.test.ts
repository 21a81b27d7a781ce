/** A proforma invoice: drafted as a quote is, owed by nobody, and made an invoice once. */
import { describe, expect, it } from "vitest";
import { LANGUAGES, labelsFor } from "../../../src/documents/language/registry.ts";
import { call, makeTenant } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";
import { saidIn } from "../sheets/text.ts";

const PATH = "/api/proforma-invoices";
const post = (pair: Pair, path: string, body: object = {}) =>
  call(pair.issuer.key, "POST", path, body);
const get = (pair: Pair, path: string) => call(pair.issuer.key, "GET", path);
const page = async (pair: Pair, path: string) =>
  saidIn(new TextDecoder().decode((await get(pair, `${path}/preview`)).bytes));

describe("a proforma invoice", () => {
  it("has numbers of its own, owes nothing and takes no payment", async () => {
    const pair = await makePair();
    const invoice = await final(pair);
    const proforma = await final(pair, "proforma-invoices");
    expect(proforma).toMatchObject({
      kind: "proforma",
      id: expect.stringMatching(/^pro_/),
      number: "TEST-PRO-2026-001",
      status: "issued",
      valid_until: "2026-12-24",
      due_date: null,
      total: 301,
      amount_due: 0,
      e_invoice: null,
    });
    expect((await final(pair)).number).toBe(invoice.number.replace(/1$/, "2"));
    const paid = await post(pair, `/api/invoices/${proforma.id}/payments`, { amount: 301 });
    expect(paid.status).toBe(404);
    const html = await page(pair, `${PATH}/${proforma.id}`);
    expect(html).toContain("Proforma invoice");
    expect(html).toContain("Proforma number");
    expect(html).not.toContain("Amount due");
    const pdf = await get(pair, `/api/pdf/proforma-invoice/${proforma.number}`);
    expect(pdf.headers.get("content-disposition")).toContain("Proforma-Invoice-TEST-PRO-2026-001");
    expect(new TextDecoder("latin1").decode(pdf.bytes)).not.toContain("factur-x.xml");
  });

  it("becomes one invoice, which names it on its page", async () => {
    const pair = await makePair();
    const proforma = await final(pair, "proforma-invoices", { purchase_order: "PO-7" });
    const path = `${PATH}/${proforma.id}/convert`;
    const stranger = await makeTenant();
    expect((await call(stranger.key, "POST", path)).status).toBe(404);
    expect((await call(pair.recipient.key, "POST", path)).status).toBe(404);
    const made = await Promise.all([post(pair, path), post(pair, path)]);
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409]);
    const refused = made.find(({ status }) => status === 409)?.body;
    expect(refused.detail).toBe("the proforma invoice has an invoice already");
    const invoice = made.find(({ status }) => status === 201)?.body;
    expect(invoice).toMatchObject({
      kind: "invoice",
      status: "draft",
      origin_id: proforma.id,
      purchase_order: "PO-7",
      total: proforma.total,
      lines: proforma.lines,
      payment_terms_days: 14,
      valid_until: null,
    });
    const final_ = await post(pair, `/api/invoices/${invoice.id}/finalize`);
    expect(final_.body).toMatchObject({ status: "open", amount_due: 301 });
    const html = await page(pair, `/api/invoices/${invoice.id}`);
    expect(html).toContain("Proforma number");
    expect(html).toContain(proforma.number);
    expect((await get(pair, `${PATH}/${proforma.id}`)).body.status).toBe("issued");
  });

  it("may become another once the first was discarded, and none while it is a draft", async () => {
    const pair = await makePair();
    const { id } = await draft(pair, "proforma-invoices");
    const early = await post(pair, `${PATH}/${id}/convert`);
    expect([early.status, early.body.detail]).toEqual([
      409,
      "the proforma invoice is draft: finalize it first",
    ]);
    await post(pair, `${PATH}/${id}/finalize`);
    const first = await post(pair, `${PATH}/${id}/convert`);
    await post(pair, `/api/invoices/${first.body.id}/void`, { reason: "Mistake" });
    expect((await post(pair, `${PATH}/${id}/convert`)).status).toBe(201);
  });

  it("has a title and a number of its own in every language", async () => {
    for (const code of LANGUAGES) {
      const labels = labelsFor(code);
      for (const words of [labels.title, labels.number]) {
        expect([code, new Set(Object.values(words)).size]).toEqual([code, 4]);
      }
    }
  });
});
