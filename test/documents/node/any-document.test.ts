/** Whatever is written into a document, its texts neither overlap nor leave the margins. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../src/documents/language/registry.ts";
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { sampleInvoice, sampleLine } from "../render/pdf/sample.ts";
import { outside, overlaps, print, readShown } from "./read-pdf.ts";

const word = fc.oneof(
  { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ minLength: 50, maxLength: 400 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) },
);
const text = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(" "));
const short = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "));
const digits = (most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most })
    .map((all) => all.join("").replace(/^0+(?=\d)/, ""));
const amount = fc
  .tuple(digits(15), fc.boolean())
  .map(([value, negative]) => (negative && value !== "0" ? `-${value}` : value));

const line = fc
  .record({
    name: text,
    description: fc.option(text),
    detail: fc.option(short),
    group: fc.option(fc.record({ name: short, detail: fc.option(short) })),
    quantity: digits(12),
    unit: fc.option(fc.string({ minLength: 1, maxLength: 10 })),
    unitPrice: fc.tuple(digits(9), digits(12)).map(([whole, part]) => `${whole}.${part}`),
    amountMinor: amount,
  })
  .map(sampleLine);

const chart = fc
  .record({
    name: short,
    unit: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
    quantity: digits(12),
    days: fc.array(digits(12), { minLength: 1, maxLength: 92 }),
  })
  .map(({ days, ...more }) => ({
    ...more,
    period: { start: "2026-01-01", end: "2026-04-02" },
    bars: days.map((quantity, i) => ({
      day: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      quantity,
    })),
  }));

const document = fc
  .record({
    kind: fc.constantFrom("invoice" as const, "quote" as const, "credit_note" as const),
    language: fc.constantFrom(...LANGUAGES),
    currency: fc.constantFrom("EUR", "USD", "JPY", "KWD", "INR", "CHF", "BRL"),
    template: fc.constantFrom(
      { name: "calm" as const, version: 3 as const },
      { name: "classic" as const, version: 3 as const },
    ),
    size: fc.constantFrom("a4" as const, "letter" as const),
    marginPt: fc.integer({ min: 20, max: 90 }),
    lines: fc.array(line, { minLength: 1, maxLength: 25 }),
    memo: fc.option(text),
    notes: fc.option(text),
    terms: fc.option(text.map((one) => one.repeat(20))),
    footer: fc.option(short),
    name: text,
    buyerName: text,
    delivered: fc.boolean(),
    usage: fc.array(chart, { maxLength: 3 }),
    fields: fc.array(fc.record({ label: short, value: text }), { maxLength: 4 }),
    total: amount,
  })
  .map(({ size, marginPt, name, buyerName, delivered, total, ...more }): DocumentModel => {
    const sample = sampleInvoice();
    return {
      ...sample,
      ...more,
      page: { size, marginPt },
      seller: { ...sample.seller, name },
      buyer: { ...sample.buyer, name: buyerName },
      shipTo: delivered ? sample.shipTo : null,
      totals: { ...sample.totals, totalMinor: total, dueMinor: total },
    };
  });

const PAGES = { a4: { w: 595.28, h: 841.89 }, letter: { w: 612, h: 792 } };

describe("any document", () => {
  it("keeps the words of a total off its figure, also from right to left", async () => {
    const sample = sampleInvoice();
    const totals = { ...sample.totals, totalMinor: "96769337", dueMinor: "96769337" };
    const model = { ...sample, language: "ar" as const, currency: "CHF", totals };
    const pages = await readShown(await print(model));
    expect(pages.flatMap(overlaps)).toEqual([]);
  });

  it("keeps its texts apart and inside", { timeout: 110_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(document, async (model) => {
        const pages = await readShown(await print(model));
        const { size, marginPt } = model.page;
        expect(pages.flatMap(overlaps)).toEqual([]);
        expect(pages.flatMap((boxes) => outside(boxes, marginPt, PAGES[size]))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
