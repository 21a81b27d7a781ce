import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/core/errors.ts";
import { moneyText } from "../../../src/core/money.ts";
import type {
  AdjustmentInput,
  DocumentContent,
  LineContent,
} from "../../../src/documents/model/content.ts";
import {
  type Credit,
  creditBeside,
  creditOf,
  creditOfAmount,
  type Take,
} from "../../../src/documents/model/credit-note.ts";
import {
  afterEarlier,
  type Charged,
  chargedBy,
  type Left,
  leftFrom,
  leftTotal,
  textOf,
  uncredited,
} from "../../../src/documents/model/left.ts";
import type { LineTax } from "../../../src/documents/model/party.ts";
import { taxKey, totalsOf } from "../../../src/documents/model/totals.ts";

function tax(percent: string, components: LineTax["components"] = []): LineTax {
  const category = percent === "0" ? "Z" : "S";
  return { category, percent, name: null, components, exemption: null };
}

type LineInput = Pick<LineContent, "quantity" | "unitPrice" | "tax"> & {
  adjustments?: AdjustmentInput[];
};
type Given = {
  lines: LineInput[];
  adjustments?: AdjustmentInput[];
  currency?: string;
  taxInclusive?: boolean;
  accounting?: DocumentContent["accounting"];
};

function invoiceOf({ lines, ...more }: Given): Charged {
  const plain = { currency: "EUR", taxInclusive: false, adjustments: [], accounting: null };
  const content = {
    ...plain,
    ...more,
    lines: lines.map((line) => ({
      name: "x",
      unitCode: "HUR",
      unit: "h",
      adjustments: [],
      ...line,
    })),
  } as unknown as DocumentContent;
  return chargedBy(content, totalsOf(content));
}

function line(unitPrice: string, percent = "19", quantity = "1"): LineInput {
  return { quantity, unitPrice, tax: tax(percent) };
}

function off(percent: string): AdjustmentInput {
  return { kind: "discount", reason: "Loyalty", percent, amountMinor: null };
}

/** The totals of credit notes issued one after the other; "refused" where one is. */
function inTurn(charged: Charged, wanted: (Take | null)[]): { totals: string[]; left: Left } {
  let left = uncredited(charged);
  const totals = wanted.map((take) => {
    try {
      const credit = creditOf(charged, left, take && [take]);
      left = credit.left;
      return moneyText(credit.totals.totalMinor, charged.content.currency);
    } catch (error) {
      if (error instanceof Problem) return `refused ${error.extra.errors?.[0]?.pointer}`;
      throw error;
    }
  });
  return { totals, left };
}

const whole = (position: number): Take => ({ position });
const one = (position: number): Take => ({ position, quantityMicro: 1_000_000n });

describe("credit notes of an invoice's lines", () => {
  it("take the tax that was charged: the last one the remaining cent", () => {
    const prices = ["68.33", "68.33", "57.50", "85.00"];
    const charged = invoiceOf({ lines: prices.map((price) => line(price, "20")) });
    const { totals, left } = inTurn(charged, [1, 3, 4, 2].map(whole));
    expect(totals).toEqual(["82.00", "69.00", "102.00", "81.99"]);
    expect(leftTotal(charged, left)).toBe(0n);
    const small = invoiceOf({ lines: [line("0.12", "20"), line("0.12", "20")] });
    expect(inTurn(small, [whole(1), whole(2)]).totals).toEqual(["0.15", "0.14"]);
  });

  it("of its quantities add up to the line", () => {
    const charged = invoiceOf({ lines: [line("33.335", "0", "3")] });
    const { totals } = inTurn(charged, [one(1), one(1), one(1), one(1)]);
    expect(totals).toEqual(["33.34", "33.34", "33.33", "refused /lines/0/position"]);
  });

  it("take their share of the document's discount", () => {
    const charged = invoiceOf({ lines: [line("100"), line("50", "7")], adjustments: [off("10")] });
    const { totals, left } = inTurn(charged, [whole(1), whole(2)]);
    expect(totals).toEqual(["107.10", "48.15"]);
    expect(leftTotal(charged, left)).toBe(0n);
  });

  it("take no line twice, and no more than is left of it", () => {
    const charged = invoiceOf({ lines: [line("100", "19", "2"), line("200", "7")] });
    const wanted = [one(1), { position: 1, quantityMicro: 1_500_000n }, whole(1), whole(1)];
    expect(inTurn(charged, wanted).totals).toEqual([
      "119.00",
      "refused /lines/0/quantity",
      "119.00",
      "refused /lines/0/position",
    ]);
    const amounts = [15_000n, 5_001n, 5_000n].map((amountMinor) => ({ position: 2, amountMinor }));
    expect(inTurn(charged, amounts).totals).toEqual(["160.50", "refused /lines/0/amount", "53.50"]);
  });

  it("gives back a percentage of lines that come to less than nothing with its sign", () => {
    const lines = [line("58.1396", "0", "-0.043"), line("10.8696", "7", "0.046")];
    const charge = { kind: "charge", reason: "r", percent: null, amountMinor: 2n } as const;
    const adjustments = [charge, off("33.333333")];
    const charged = invoiceOf({ lines, adjustments, currency: "JPY" });
    expect(charged.totals).toMatchObject({ subtotalMinor: -2n, totalMinor: 1n });
    expect(charged.totals.adjustments.map(({ amountMinor }) => amountMinor)).toEqual(["2", "-1"]);
    const { totals, left } = inTurn(charged, [null]);
    expect([totals, leftTotal(charged, left)]).toEqual([["1"], 0n]);
  });

  it("show quantity, price and shares of the line's own discount and charge", () => {
    const charge = { kind: "charge", reason: "Set-up", percent: null, amountMinor: 301n } as const;
    const adjustments = [off("10"), charge];
    const charged = invoiceOf({ lines: [{ ...line("33.335", "19", "3"), adjustments }] });
    const credit = creditOf(charged, uncredited(charged), [one(1)]);
    expect(credit.lines).toMatchObject([{ quantity: "1", unitPrice: "33.335", unitCode: "HUR" }]);
    expect(credit.totals.lines).toMatchObject([
      {
        amountMinor: 3101n,
        adjustments: [
          { kind: "discount", percent: "10", amountMinor: "333" },
          { kind: "charge", amountMinor: "100" },
        ],
      },
    ]);
  });

  it("leave nothing that could not be credited alone", () => {
    const charged = invoiceOf({
      lines: [line("100"), line("20", "7", "-1"), line("50", "19", "-1")],
    });
    const { totals } = inTurn(charged, [whole(1), whole(2), { position: 1, amountMinor: 4_000n }]);
    expect(totals).toEqual(["refused /lines", "refused /lines", "refused /lines"]);
    expect(inTurn(charged, [{ position: 1, amountMinor: 3_000n }, null]).totals).toEqual([
      "35.70",
      "2.40",
    ]);
  });

  it("take of components that were charged alike the same", () => {
    const cgst = { ...line("10.06"), tax: tax("18", COMPONENTS) };
    const charged = invoiceOf({ lines: [cgst, { ...cgst, unitPrice: "0.33" }], currency: "INR" });
    let left = uncredited(charged);
    const taken = [{ position: 1, amountMinor: 333n }, whole(2), whole(1)].map((take) => {
      const credit = creditOf(charged, left, [take]);
      left = credit.left;
      return credit.totals.taxes[0]?.components.map(({ taxMinor }) => taxMinor);
    });
    expect(taken).toEqual([
      ["30", "30"],
      ["3", "3"],
      ["61", "61"],
    ]);
  });

  it("for all of it are the invoice itself", () => {
    const charged = invoiceOf({ lines: [line("33.335", "19", "3")], adjustments: [off("7")] });
    const credit = creditOf(charged, uncredited(charged), null);
    expect(credit).toMatchObject({ lines: charged.content.lines, totals: charged.totals });
  });

  it("that name no line take of their tax group, and no more than is left there", () => {
    const charged = invoiceOf({ lines: [line("0.12", "20"), line("0.12", "20"), line("9", "0")] });
    const beside = (left: Left, price: string) => {
      const { content, totals } = invoiceOf({ lines: [line(price, "20")] });
      return creditBeside(charged, left, { content, totals });
    };
    expect(beside(uncredited(charged), "0.25")).toBeNull();
    const first = beside(uncredited(charged), "0.12");
    expect(first?.totals).toMatchObject({ taxMinor: 3n, totalMinor: 15n });
    const second = first && beside(first.left, "0.12");
    expect(second?.totals).toMatchObject({ taxMinor: 2n, totalMinor: 14n });
    const rest = second && creditOf(charged, second.left, null);
    expect(rest?.totals.totalMinor).toBe(900n);
  });

  it("of the version before come off their tax group, then off the others", () => {
    const charged = invoiceOf({ lines: [line("100"), line("200", "7")] });
    const earlier = { category: "S", percent: "19", baseMinor: "10000", taxMinor: "1900" } as const;
    expect(leftTotal(charged, afterEarlier(charged, [earlier]))).toBe(21_400n);
    const left = afterEarlier(charged, [earlier, earlier]);
    expect(leftTotal(charged, left)).toBe(9_500n);
    const rest = creditOf(charged, left, null);
    expect([rest.totals.totalMinor, leftTotal(charged, rest.left)]).toEqual([9_500n, 0n]);
  });
});

const COMPONENTS = [
  { name: "CGST", percent: "9" },
  { name: "SGST", percent: "9" },
];
const anyAdjustment = fc.record({
  kind: fc.constantFrom("discount" as const, "charge" as const),
  reason: fc.constant("r"),
  percent: fc.constantFrom("1", "7.5", "33.333333", "50", null),
  amountMinor: fc.bigInt({ min: 0n, max: 500n }),
});
const adjustments = fc
  .array(anyAdjustment, { maxLength: 3 })
  .map((all) =>
    all.map((one) => ({ ...one, amountMinor: one.percent === null ? one.amountMinor : null })),
  );
const anyLine = fc.record({
  quantity: fc.integer({ min: -3_000, max: 30_000 }).map((n) => String(n / 1000)),
  unitPrice: fc.integer({ min: 0, max: 10 ** 6 }).map((n) => String(n / 10_000)),
  adjustments: fc.oneof(fc.constant<AdjustmentInput[]>([]), adjustments),
  tax: fc.constantFrom(tax("0"), tax("7"), tax("19"), tax("5.5"), tax("18", COMPONENTS)),
});
const anyInvoice = fc
  .record({
    lines: fc.array(anyLine, { minLength: 1, maxLength: 6 }),
    adjustments,
    currency: fc.constantFrom("EUR", "JPY", "BHD"),
    taxInclusive: fc.boolean(),
    accounting: fc.constantFrom(null, { currency: "EUR", rate: "0.9137", date: "2026-01-01" }),
  })
  .map((given) => {
    try {
      return invoiceOf(given);
    } catch {
      return null; // no possible document
    }
  })
  .filter((charged): charged is Charged => charged !== null && charged.totals.totalMinor >= 0n);
const anyTake = fc.record({
  position: fc.integer({ min: 1, max: 7 }),
  how: fc.constantFrom("all", "quantity", "amount"),
  part: fc.integer({ min: 1, max: 1000 }),
});
type AnyTake = typeof anyTake extends fc.Arbitrary<infer T> ? T : never;

function takeOf(left: Left, { position, how, part }: AnyTake): Take {
  const at = left.lines[position - 1];
  if (!at || how === "all") return { position };
  const share = (all: bigint) => (all * BigInt(part)) / 1000n;
  if (how === "quantity") return { position, quantityMicro: share(at.quantityMicro) };
  const amounts = [...at.own, ...at.shared];
  return { position, amountMinor: share(amounts.reduce((sum, amount) => sum + amount, 0n)) };
}

/** What must hold of each credit note by itself. */
function checkDocument(charged: Charged, { lines, totals }: Credit): void {
  const sum = (values: readonly (string | bigint)[]) =>
    values.reduce<bigint>((total, value) => total + BigInt(value), 0n);
  const parts = totals.adjustments.map(({ kind, netMinor }) =>
    kind === "discount" ? -BigInt(netMinor) : BigInt(netMinor),
  );
  expect(lines).toHaveLength(totals.lines.length);
  expect(sum(totals.lines.map(({ netMinor }) => netMinor)) + sum(parts)).toBe(totals.netMinor);
  expect(sum(totals.taxes.map(({ baseMinor }) => baseMinor))).toBe(totals.netMinor);
  expect(sum(totals.taxes.map(({ taxMinor }) => taxMinor))).toBe(totals.taxMinor);
  for (const { components, taxMinor } of totals.taxes) {
    if (components.length > 0) {
      expect(sum(components.map((component) => component.taxMinor))).toBe(BigInt(taxMinor));
      expect(new Set(components.map((component) => component.taxMinor)).size).toBe(1);
    }
  }
  expect(totals.netMinor + totals.taxMinor).toBe(totals.totalMinor);
  expect(totals.accountingTaxMinor === null).toBe(charged.content.accounting === null);
}

describe("a credit note of an amount with its tax", () => {
  it("comes to it where no amount without tax would, and takes each rate's part", () => {
    const charged = invoiceOf({ lines: [line("100"), line("100", "7")] });
    for (let amount = 1n; amount <= 400n; amount++) {
      expect(creditOfAmount(charged, uncredited(charged), amount).totals.totalMinor).toBe(amount);
    }
    const { taxes } = creditOfAmount(charged, uncredited(charged), 452n).totals;
    expect(taxes.map(({ baseMinor, taxMinor }) => [baseMinor, taxMinor])).toEqual([
      ["200", "38"],
      ["200", "14"],
    ]);
  });

  it("is exact of any invoice, and the rest ends at zero", () => {
    fc.assert(
      fc.property(anyInvoice, fc.integer({ min: 1, max: 999 }), (charged, part) => {
        const { totalMinor } = charged.totals;
        const amount = (totalMinor * BigInt(part)) / 1000n;
        fc.pre(amount > 0n);
        const credit = creditOfAmount(charged, uncredited(charged), amount);
        checkDocument(charged, credit);
        expect(credit.totals.totalMinor).toBe(amount);
        expect(leftTotal(charged, credit.left)).toBe(totalMinor - amount);
        const rest = creditOf(charged, credit.left, null);
        expect(rest.totals.totalMinor).toBe(totalMinor - amount);
        expect(leftTotal(charged, rest.left)).toBe(0n);
      }),
      { numRuns: 500 },
    );
  });
});

describe("any sequence of credit notes of any invoice", () => {
  const runs = { numRuns: 500 };
  it("credits of each tax group at most what was charged, and ends with the rest at zero", () => {
    fc.assert(
      fc.property(
        anyInvoice,
        fc.array(fc.array(anyTake, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
        (charged, wanted) => {
          let left = uncredited(charged);
          const issued: Credit[] = [];
          const credited = (group: { category: string; percent: string }) => {
            const of = issued.flatMap(({ totals }) =>
              totals.taxes.filter((one) => taxKey(one) === taxKey(group as typeof one)),
            );
            const add = (field: "baseMinor" | "taxMinor") =>
              of.reduce((sum, one) => sum + BigInt(one[field]), 0n);
            return { base: add("baseMinor"), tax: add("taxMinor") };
          };
          const issue = (takes: Take[] | null) => {
            const credit = creditOf(charged, left, takes);
            checkDocument(charged, credit);
            issued.push(credit);
            left = leftFrom(textOf(credit.left));
            for (const group of charged.totals.taxes) {
              const { base, tax } = credited(group);
              for (const [part, all] of [
                [base, BigInt(group.baseMinor)],
                [tax, BigInt(group.taxMinor)],
              ] as const) {
                expect(all < 0n ? part <= 0n && part >= all : part >= 0n && part <= all).toBe(true);
              }
            }
          };
          for (const takes of wanted) {
            try {
              issue(takes.map((take) => takeOf(left, take)));
            } catch (error) {
              if (!(error instanceof Problem)) throw error;
            }
          }
          const rest = leftTotal(charged, left);
          const sum = issued.reduce((total, { totals }) => total + totals.totalMinor, 0n);
          expect(sum + rest).toBe(charged.totals.totalMinor);
          if (rest === 0n && sum > 0n) {
            expect(charged.totals.taxes.map(credited)).toEqual(
              charged.totals.taxes.map(({ baseMinor, taxMinor }) => ({
                base: BigInt(baseMinor),
                tax: BigInt(taxMinor),
              })),
            );
            return;
          }
          issue(null);
          const amounts = left.lines.flatMap(({ own, shared }) => [...own, ...shared]);
          expect([...amounts, ...left.taxes.flat()].filter((amount) => amount !== 0n)).toEqual([]);
          expect(
            issued.reduce((total, { totals }) => total + (totals.accountingTaxMinor ?? 0n), 0n),
          ).toBe(charged.totals.accountingTaxMinor ?? 0n);
        },
      ),
      runs,
    );
  });
});
