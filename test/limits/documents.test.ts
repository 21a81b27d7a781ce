/** The largest documents that the API takes, on storage that has the platform's limits. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { draft, final, makePair, type Pair } from "../documents/api.ts";
import { call } from "../support/api.ts";
import { widest } from "./width.ts";

vi.setConfig({ testTimeout: 60_000 });

const MAX_BODY = 1_000_000;
/** Three bytes a character, the widest texts that the fields take. */
const wide = (chars: number) => "東京都庁".repeat(Math.ceil(chars / 4)).slice(0, chars);
const WIDE_TEXTS = { notes: wide(4_000), terms: wide(4_000), memo: wide(2_000) };
/** As many discounts as a document has, each with the longest reason. */
const DISCOUNTS = Array.from({ length: 20 }, (_, i) => ({
  kind: "discount",
  reason: wide(98) + i,
  percent: "1.1111",
}));

let pair: Pair;

beforeAll(async () => {
  pair = await makePair();
  const { status, body } = await call(pair.issuer.key, "PUT", "/api/issuer", {
    legal_name: "Large Ltd",
    address: { lines: ["1 High Street"], city: "London", postal_code: "N1 1AA", country: "GB" },
    email: "large@example.com",
    currency: "EUR",
    tax: { category: "S", percent: 19 },
  });
  expect([status, body.detail]).toEqual([200, undefined]);
});

/** Bytes of the widest rows of a document; where it is credited, of what is left of it. */
async function rowsOf(id: string): Promise<{ document: number; line: number; left: number }> {
  return {
    document: await widest("documents", "id = ?", id),
    line: await widest("document_lines", "document_id = ?", id),
    left: await widest("uncredited_parts", "invoice_id = ?", id),
  };
}

/** Lines of a price each, `adjustments` discounts on each, as a body holds them. */
function discounted(lines: number, adjustments: number, reason: string) {
  return Array.from({ length: lines }, (_, i) => ({
    name: `Line ${i}`,
    quantity: "0.999999",
    unit_price: 999_999_999 - i,
    adjustments: Array.from({ length: adjustments }, () => ({
      kind: "discount",
      reason,
      amount: 11_111.11,
    })),
  }));
}

describe("a document", () => {
  it("of 2,000 lines and all discounts of a body is issued, credited and shown", async () => {
    const lines = discounted(2_000, 7, "a");
    const body = { lines, adjustments: DISCOUNTS, ...WIDE_TEXTS };
    expect(JSON.stringify(body).length).toBeGreaterThan(0.85 * MAX_BODY);
    const { id, number } = await final(pair, "invoices", body);
    const credit = { reason: "half", lines: [{ position: 1, quantity: "0.5" }] };
    const path = `/api/invoices/${id}`;
    expect((await call(pair.issuer.key, "POST", `${path}/credit`, credit)).status).toBe(201);
    for (const shown of [path, `/api/pdf/invoice/${id}`]) {
      const { status, bytes, body } = await call(pair.issuer.key, "GET", shown);
      expect([shown, status, body?.detail]).toEqual([shown, 200, undefined]);
      expect(bytes.length).toBeGreaterThan(100_000);
    }
    const { body: found } = await call(pair.issuer.key, "GET", `/api/search?q=${number}`);
    expect(found.data).not.toEqual([]);
    const rows = await rowsOf(id);
    expect(rows.document).toBeLessThan(200_000);
    expect(rows.left).toBeGreaterThan(500_000);
    expect(rows.left).toBeLessThan(1_700_000);
  });

  it("has at most 100 taxes, of which each takes a part of each discount", async () => {
    const taxed = (taxes: number) =>
      Array.from({ length: 2_000 }, (_, i) => ({
        name: `Line ${i}`,
        quantity: 1,
        unit_price: 999_999_999,
        tax: {
          category: "S",
          percent: `${((i % taxes) + 1) / 10_000}`,
          name: wide(40),
          components: [{ name: wide(40), percent: `${((i % taxes) + 1) / 10_000}` }],
        },
      }));
    const lines = taxed(101).map(({ tax: { components: _, ...tax }, ...line }) => ({
      ...line,
      tax: { ...tax, name: "VAT" },
    }));
    const body = { customer_id: pair.customerId, lines, adjustments: DISCOUNTS };
    const refused = await call(pair.issuer.key, "POST", "/api/invoices", body);
    expect(refused.body.errors).toEqual([
      {
        pointer: "/lines/100/tax",
        detail: "a document has at most 100 different taxes; use several documents",
      },
    ]);
    const most = taxed(100).slice(0, 1_500);
    const taken = { lines: most, adjustments: DISCOUNTS, ...WIDE_TEXTS };
    const { id } = await final(pair, "invoices", taken);
    const rows = await rowsOf(id);
    expect(rows.document).toBeGreaterThan(900_000);
    expect(rows.document).toBeLessThan(1_300_000);
  });

  it("may hold texts that are twice as long in its rows as in its body", async () => {
    const lines = discounted(180, 20, '"'.repeat(100));
    expect(JSON.stringify(lines).length).toBeGreaterThan(0.9 * MAX_BODY);
    const { id } = await draft(pair, "invoices", { lines });
    expect((await rowsOf(id)).line).toBeLessThan(10_000);
  });

  it("keeps a bounded text for its search, whatever its script", async () => {
    const lines = Array.from({ length: 80 }, (_, i) => ({
      name: `${i}`,
      quantity: 1,
      unit_price: 1,
      description: wide(4_000),
    }));
    const { id } = await draft(pair, "quotes", { lines });
    expect((await rowsOf(id)).document).toBeLessThan(200_000);
  });
});
