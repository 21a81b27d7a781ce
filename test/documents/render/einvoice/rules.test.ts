/** EN 16931's arithmetic and Peppol's R120 hold in both syntaxes, whatever was billed. */
import Big from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { totalsOf } from "../../../../src/documents/model/totals.ts";
import { ciiXml } from "../../../../src/documents/render/einvoice/cii.ts";
import { ublXml } from "../../../../src/documents/render/einvoice/ubl.ts";
import { missingFields } from "../../../../src/documents/render/pack/write.ts";
import { sampleInvoice, sampleLine } from "../pdf/sample.ts";
import { type ReadAdjustment, type ReadInvoice, readCii, readUbl } from "./read-xml.ts";

const decimal = (max: number, places: number) =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max: places }))
    .map(([value, shift]) => new Big(value).div(new Big(10).pow(shift)).toFixed());

const tax = fc.constantFrom(
  { category: "S", percent: "19" },
  { category: "S", percent: "7" },
  { category: "S", percent: "5.5" },
  { category: "Z", percent: "0" },
) as fc.Arbitrary<{ category: "S" | "Z"; percent: string }>;

/** Two discounts never exceed what they lower: two halves of an odd amount would, rounded up. */
const adjustment = fc.record({
  kind: fc.constantFrom("discount" as const, "charge" as const),
  reason: fc.constantFrom("Rebate", "Freight", "Loyalty"),
  percent: fc.option(fc.integer({ min: 1, max: 49 }).map(String)),
});

const line = fc.record({
  quantity: decimal(999_999, 6),
  unitPrice: decimal(99_999, 9),
  tax,
  adjustments: fc.array(adjustment, { maxLength: 1 }),
  particulars: fc.record({
    baseQuantity: fc.constantFrom("1", "3", "100", "0.7", "1000"),
    grossPrice: fc.constant("100000"),
  }),
});

const invoice = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 12 }),
  adjustments: fc.array(adjustment, { maxLength: 2 }),
  taxInclusive: fc.boolean(),
  prepaid: fc.integer({ min: 0, max: 5000 }),
  kind: fc.constantFrom("invoice" as const, "credit_note" as const),
});

type Given = typeof invoice extends fc.Arbitrary<infer T> ? T : never;

/** A percentage, or where there is none a small amount that never exceeds what it lowers. */
const withAmounts = (some: Given["adjustments"]) =>
  some.map((one) => ({ ...one, amountMinor: one.percent === null ? 0n : null }));

function modelFor(given: Given): DocumentModel {
  const lines = given.lines.map((one) => ({
    ...one,
    adjustments: withAmounts(one.adjustments),
    tax: { ...one.tax, name: null, components: [], exemption: null },
  }));
  const content = { ...given, currency: "EUR", accounting: null, lines };
  const totals = totalsOf({ ...content, adjustments: withAmounts(given.adjustments) });
  const { totalMinor } = totals;
  const prepaid = BigInt(given.prepaid) < totalMinor ? BigInt(given.prepaid) : 0n;
  const sample = sampleInvoice();
  return {
    ...sample,
    kind: given.kind,
    references: {
      ...sample.references,
      buyerReference: "B-1",
      precedingInvoice: { number: "INV-2026-001", date: "2026-10-01" },
    },
    pricesIncludeTax: given.taxInclusive,
    lines: given.lines.map((one, i) => ({
      ...sampleLine({ quantity: one.quantity, unitPrice: one.unitPrice, tax: one.tax }),
      particulars: one.particulars,
      amountMinor: `${totals.lines[i]?.amountMinor}`,
      netMinor: `${totals.lines[i]?.netMinor}`,
      adjustments: totals.lines[i]?.adjustments ?? [],
    })),
    totals: {
      ...sample.totals,
      subtotalMinor: `${totals.subtotalMinor}`,
      adjustments: totals.adjustments,
      netMinor: `${totals.netMinor}`,
      taxes: totals.taxes,
      taxMinor: `${totals.taxMinor}`,
      totalMinor: `${totalMinor}`,
      prepaidMinor: `${prepaid}`,
      dueMinor: `${totalMinor - prepaid}`,
    },
  };
}

const sum = (amounts: Big[]) => amounts.reduce((total, amount) => total.plus(amount), new Big(0));
const signed = ({ charge, amount }: ReadAdjustment) => (charge ? amount : amount.times(-1));

/** The names of the rules that an invoice breaks. */
function broken({ lines, adjustments, taxes, sums }: ReadInvoice): string[] {
  const rules: [string, boolean][] = [
    ["BR-CO-10", sum(lines.map(({ net }) => net)).eq(sums.lines)],
    [
      "BR-CO-11",
      sum(adjustments.filter((a) => !a.charge).map((a) => a.amount)).eq(sums.allowances),
    ],
    ["BR-CO-12", sum(adjustments.filter((a) => a.charge).map((a) => a.amount)).eq(sums.charges)],
    ["BR-CO-13", sums.lines.minus(sums.allowances).plus(sums.charges).eq(sums.net)],
    ["BR-CO-14", sum(taxes.map((one) => one.tax)).eq(sums.tax)],
    ["BR-CO-15", sums.net.plus(sums.tax).eq(sums.total)],
    ["BR-CO-16", sums.total.minus(sums.prepaid).eq(sums.due)],
    ["BR-27", lines.every(({ price }) => price.gte(0))],
  ];
  for (const { group, rate, base, tax: amount } of taxes) {
    const own = (one: { group: string }) => one.group === group;
    const expected = sum(lines.filter(own).map(({ net }) => net)).plus(
      sum(adjustments.filter(own).map(signed)),
    );
    rules.push([`BR-S-08 ${group}`, expected.eq(base)]);
    rules.push([`BR-S-09 ${group}`, base.times(rate).div(100).minus(amount).abs().lte("0.01")]);
  }
  for (const { quantity, price, base, net, adjustments: own } of lines) {
    const expected = quantity
      .times(price)
      .div(base)
      .plus(sum(own.map(signed)));
    rules.push(["PEPPOL-R121", base.gt(0)]);
    rules.push(["PEPPOL-R120", expected.minus(net).abs().lte("0.02")]);
  }
  return rules.filter(([, holds]) => !holds).map(([name]) => name);
}

describe("1,000 generated invoices", () => {
  it("keep the norm's arithmetic in CII and in UBL, and the page's totals", {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(invoice, (given) => {
        const model = modelFor(given);
        expect(missingFields(model, "ubl")).toEqual([]);
        const cii = readCii(ciiXml(model));
        const ubl = readUbl(ublXml(model));
        expect(broken(cii)).toEqual([]);
        expect(broken(ubl)).toEqual([]);
        expect(ubl.sums.total.times(100).toFixed()).toBe(model.totals.totalMinor);
        expect(cii.sums.due.times(100).toFixed()).toBe(model.totals.dueMinor);
        expect(cii.sums.tax.times(100).toFixed()).toBe(model.totals.taxMinor);
      }),
      { numRuns: 1000 },
    );
  });

  it("print lines and adjustments that add up to the printed total", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(invoice, (given) => {
        const { lines, totals, pricesIncludeTax } = modelFor(given);
        const printed = sum([
          ...lines.map(({ amountMinor }) => new Big(amountMinor)),
          ...totals.adjustments.map(({ kind, amountMinor }) =>
            signed({ charge: kind === "charge", amount: new Big(amountMinor), group: "" }),
          ),
          ...(pricesIncludeTax ? [] : totals.taxes.map(({ taxMinor }) => new Big(taxMinor))),
        ]);
        expect(printed.toFixed()).toBe(totals.totalMinor);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a line that takes back", () => {
  it("has a negative quantity, never a negative price", () => {
    const back = sampleLine({
      quantity: "2",
      unitPrice: "-10",
      amountMinor: "-2000",
      netMinor: "-2000",
    });
    const { lines } = readCii(ciiXml(sampleInvoice({ lines: [back] })));
    expect(lines[0]?.quantity.toFixed()).toBe("-2");
    expect(lines[0]?.price.toFixed()).toBe("10");
  });
});

describe("a price of many decimals", () => {
  it("is not rounded: 81,000,000 at 0.000000123456 are 10.00", () => {
    const line = sampleLine({
      quantity: "81000000",
      unitPrice: "0.000000123456",
      amountMinor: "1000",
      netMinor: "1000",
    });
    expect(ciiXml(sampleInvoice({ lines: [line] }))).toContain(">0.000000123456<");
  });
});
