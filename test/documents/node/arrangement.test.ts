/** What belongs together on a page stands together, in every language, and on nothing else. */
import { describe, expect, it } from "vitest";
import { LANGUAGES, type Language } from "../../../src/documents/language/registry.ts";
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "../render/pdf/sample.ts";
import { overlaps, print, readBoxes, readText } from "./read-pdf.ts";

const sample = sampleInvoice();
const pageOf = async (more: Partial<DocumentModel>) =>
  (await readBoxes(await print(sampleInvoice(more))))[0] ?? [];

const CURRENCIES = { ar: ["SA", "SAR"], he: ["IL", "ILS"], fr: ["CH", "CHF"] } as const;

describe("totals", () => {
  it.each(["ar", "he", "fr"] as const)("have labels beside their figures: %s", async (language) => {
    const [region, currency] = CURRENCIES[language];
    const [tax] = sample.totals.taxes;
    if (!tax) throw new RangeError("the sample is taxed");
    const taxes = [{ ...tax, category: "G" as const, percent: "0", taxMinor: "0" }];
    const totals = { ...sample.totals, taxes, dueMinor: "1389300", totalMinor: "1389300" };
    expect(overlaps(await pageOf({ language, region, currency, totals }))).toEqual([]);
  });
});

describe("what a code is scanned for", () => {
  it.each(LANGUAGES)("ends with no word alone: %s", async (language: Language) => {
    for (const kind of ["epc", "upi", "link"] as const) {
      const payment = sample.payment && { ...sample.payment, qr: { kind, payload: "x" } };
      const caption = (await pageOf({ language, payment })).filter(
        ({ size }) => Math.abs(size - 7) < 0.01,
      );
      const rows = new Map<number, number>();
      for (const { y, width } of caption) rows.set(y, (rows.get(y) ?? 0) + width);
      const widths = [...rows].toSorted(([a], [b]) => b - a).map(([, width]) => width);
      expect(widths.length).toBeGreaterThan(0);
      const least = Math.max(...widths) / 3;
      expect(widths.filter((width) => width < least)).toEqual([]);
    }
  });
});

describe("the sentence at the head", () => {
  it("keeps each of its parts together where one line is too short", async () => {
    const totals = { ...sample.totals, creditedMinor: "29750", dueMinor: "1237128" };
    const texts = await readText(
      await print(sampleInvoice({ language: "de", region: "DE", totals, status: "open" })),
    );
    expect(texts).toMatch(/\n297,50\s€ gutgeschrieben\n/);
  });
});

describe("a tax representative", () => {
  const taxRepresentative = {
    name: "Fiscal Rep BV",
    vatId: "NL123456782B90",
    address: { ...sample.seller.address, lines: ["Keizersgracht 10"], country: "NL" },
  };
  const address = { ...sample.seller.address, country: "SG" };
  const seller = { ...sample.seller, address };

  it("is a party of its own, whose country's tax is charged", async () => {
    const text = await readText(await print(sampleInvoice({ seller, taxRepresentative })));
    expect(text).toMatch(/\nTax representative\n/);
    expect(text).toMatch(/\nFiscal Rep BV\n/);
    expect(text).toContain("VAT 19%");
    expect(text).not.toContain("GST 19%");
  });

  it("has room beside seller, buyer and place of delivery", async () => {
    const shipTo = { name: "Warehouse 3", address: { ...address, lines: ["Dock Road 4"] } };
    const further = { contract: "C-1", project: "P-2", salesOrder: "S-3", tender: "T-4" };
    const references = { ...sample.references, purchaseOrder: "4500012345".repeat(3), further };
    const boxes = await pageOf({ seller, taxRepresentative, shipTo, references });
    expect(overlaps(boxes)).toEqual([]);
    expect(boxes.map(({ text }) => text)).toContain("Tax representative");
  });
});

describe("an attribute of an item", () => {
  it("has the colon that its language writes", async () => {
    const particulars = { attributes: [{ name: "Matière", value: "Inox A2" }] };
    const lines = [sampleLine({ particulars })];
    const french = sampleInvoice({ language: "fr", region: "FR", lines });
    expect(await readText(await print(french))).toMatch(/Matière\s: Inox A2/);
    expect(await readText(await print({ ...french, language: "en" }))).toContain(
      "Matière: Inox A2",
    );
  });
});
