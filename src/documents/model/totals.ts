/**
 * The arithmetic of a document. Pure, in integers: a line rounds once, half away from zero; tax
 * rounds once per category and rate on the sum of its rounded lines, or once per component where a
 * rate has components; nothing else rounds.
 * Errors: 422 `request.invalid` naming the field that makes the document impossible.
 */
import Big from "big.js";
import { scaledInteger } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import {
  divideRounded,
  exponentOf,
  roundToMinor,
  splitByLargestRemainder,
  unitsOf,
} from "../../core/money.ts";
import type { AdjustmentInput, DocumentContent, LineContent } from "./content.ts";
import type { Adjustment, Tax, TaxGroup } from "./model.ts";
import { baseOf } from "./particulars.ts";
import type { LineTax } from "./party.ts";
import { floorDiv, splitTo, sum } from "./split.ts";

/** Amounts stay below 10^15 minor units: exact in D1, in JavaScript and in JSON. */
export const MAX_AMOUNT_MINOR = 999_999_999_999_999n;

/** Taxes of a document, each of which takes a part of each of its discounts and charges. */
export const MAX_TAX_GROUPS = 100;

/** A percentage is an integer of 10^-6 percent. */
const PERCENT_DECIMALS = 6;
const WHOLE = 100_000_000n;

/** More places than a quantity, a price and a percentage have together. */
const EXACT_DECIMALS = 30;

export type LineTotals = { amountMinor: bigint; netMinor: bigint; adjustments: Adjustment[] };

/** An adjustment's part in one tax group: as printed, and without tax (BT-92, BT-99). */
export type AdjustmentPart = Adjustment & { tax: Tax; netMinor: string };

export type Totals = {
  lines: LineTotals[];
  subtotalMinor: bigint;
  adjustments: AdjustmentPart[];
  netMinor: bigint;
  taxes: TaxGroup[];
  taxMinor: bigint;
  totalMinor: bigint;
  /** The tax in the seller's own accounting currency, where that differs. */
  accountingTaxMinor: bigint | null;
};

type Priced = Pick<DocumentContent, "currency" | "taxInclusive" | "adjustments" | "accounting"> & {
  lines: (PricedLine & Pick<LineContent, "tax">)[];
};

/** What a line's amount follows from. */
type PricedLine = Pick<LineContent, "quantity" | "unitPrice" | "adjustments"> &
  Partial<Pick<LineContent, "particulars">>;

/** All amounts of a document. Errors: 422 naming the field that makes it impossible. */
export function totalsOf(content: Priced): Totals {
  const printed = content.lines.map((line, i) => lineAmount(line, content.currency, i));
  const subtotalMinor = bounded(sum(printed.map((line) => line.amountMinor)), "/lines");
  const groups = groupByTax(content.lines);
  const parts = splitAdjustments(content, groups, printed, subtotalMinor);
  const settled = groups.map((group) => settleGroup(group, printed, parts, content.taxInclusive));
  const netMinor = bounded(sum(settled.map(({ base }) => base)), "/lines");
  const taxMinor = bounded(sum(settled.map(({ tax }) => tax)), "/lines");
  const nets = new Map(settled.flatMap(({ nets }) => [...nets]));
  return {
    lines: printed.map((line) => ({ ...line, netMinor: nets.get(line) ?? line.amountMinor })),
    subtotalMinor,
    adjustments: parts.map(({ group, ...part }) => ({
      ...part.shown,
      amountMinor: part.amount.toString(),
      tax: { category: group.tax.category, percent: group.tax.percent },
      netMinor: asPrinted(part.shown, nets.get(part.key) ?? part.signed).toString(),
    })),
    netMinor,
    taxes: settled.map(({ shown }) => shown),
    taxMinor,
    totalMinor: bounded(netMinor + taxMinor, "/lines"),
    accountingTaxMinor: accountingTax(content, taxMinor),
  };
}

type Printed = { amountMinor: bigint; adjustments: Adjustment[] };

/** What a line comes to: round(quantity × price ÷ base), less its discounts, plus its charges. */
export function lineAmount(line: PricedLine, currency: string, index = 0): Printed {
  const at = `/lines/${index}`;
  const exact = new Big(line.quantity).times(line.unitPrice);
  const base = baseOf(line);
  const gross = bounded(roundQuotient(exact, base, currency), `${at}/unit_price`);
  let amountMinor = gross;
  const adjustments = line.adjustments.map((given, i): Adjustment => {
    const pointer = `${at}/adjustments/${i}`;
    if (gross < 0n) throw invalidField(pointer, "a line that takes back has no adjustments");
    const share = (percent: string) =>
      roundQuotient(exact.times(percent).times("0.01"), base, currency);
    const adjustment = adjustmentOf(given, share, pointer);
    amountMinor += adjustment.signed;
    return adjustment.shown;
  });
  if (gross >= 0n && amountMinor < 0n) {
    throw invalidField(`${at}/adjustments`, "the discounts are larger than the line");
  }
  return { amountMinor: bounded(amountMinor, at), adjustments };
}

/** An exact amount divided by a quantity above 0, rounded once: no quotient is cut before. */
function roundQuotient(units: Big, divisor: string, currency: string): bigint {
  if (divisor === "1") return roundToMinor(units, currency);
  const places = new Big(10).pow(EXACT_DECIMALS);
  const whole = (value: Big) => BigInt(value.times(places).toFixed(0));
  const minor = units.times(new Big(10).pow(exponentOf(currency)));
  return divideRounded(whole(minor), whole(new Big(divisor)));
}

function adjustmentOf(
  given: AdjustmentInput,
  share: (percent: string) => bigint,
  pointer: string,
): { signed: bigint; shown: Adjustment } {
  const amount = given.percent === null ? (given.amountMinor ?? 0n) : share(given.percent);
  bounded(amount, pointer);
  const { kind, reason, percent, reasonCode } = given;
  const code = reasonCode === undefined ? {} : { reasonCode };
  const shown = { kind, reason, percent, amountMinor: amount.toString(), ...code };
  return { signed: kind === "discount" ? -amount : amount, shown };
}

/** What an adjustment adds as it is printed: a discount's is the amount that it takes away. */
export function asPrinted({ kind }: Pick<AdjustmentInput, "kind">, signed: bigint): bigint {
  return kind === "discount" ? -signed : signed;
}

type Group = { tax: LineTax; lines: number[] };

/** One group per category and rate, in the order in which the lines name them. */
function groupByTax(lines: Priced["lines"]): Group[] {
  const groups = new Map<string, Group>();
  for (const [i, { tax }] of lines.entries()) {
    const key = taxKey(tax);
    const group = groups.get(key) ?? { tax, lines: [] };
    if (JSON.stringify(group.tax.components) !== JSON.stringify(tax.components)) {
      const why = "lines of one category and rate have the same components";
      throw invalidField(`/lines/${i}/tax/components`, why);
    }
    group.lines.push(i);
    groups.set(key, group);
    if (groups.size > MAX_TAX_GROUPS) {
      const why = `a document has at most ${MAX_TAX_GROUPS} different taxes; use several documents`;
      throw invalidField(`/lines/${i}/tax`, why);
    }
  }
  // EN 16931 BR-O-11: what is outside the tax stands alone.
  if (groups.size > 1 && [...groups.values()].some(({ tax }) => tax.category === "O")) {
    const at = lines.findIndex(({ tax }) => tax.category === "O");
    throw invalidField(`/lines/${at}/tax`, "category O mixes with no other category");
  }
  return [...groups.values()];
}

/** Whether lines of both taxes can stand on one document, by the rules of `groupByTax`. */
export function fitTogether(a: LineTax, b: LineTax): boolean {
  if (JSON.stringify(a) === JSON.stringify(b)) return true;
  return a.category !== "O" && b.category !== "O" && taxKey(a) !== taxKey(b);
}

/** What lines of one tax group have in common. */
export function taxKey(tax: Tax): string {
  return `${tax.category} ${new Big(tax.percent).toFixed()}`;
}

type Part = {
  key: object;
  group: Group;
  amount: bigint;
  signed: bigint;
  shown: Omit<Adjustment, "amountMinor">;
};

/** Splits each document adjustment over the tax groups, by what is left of each. */
function splitAdjustments(
  content: Priced,
  groups: Group[],
  printed: Printed[],
  subtotal: bigint,
): Part[] {
  const left = groups.map(({ lines }) => sum(lines.map((i) => printed[i]?.amountMinor ?? 0n)));
  return content.adjustments.flatMap((given, i) => {
    const pointer = `/adjustments/${i}`;
    const share = (percent: string) => divideRounded(subtotal * percentOf(percent), WHOLE);
    const { signed, shown } = adjustmentOf(given, share, pointer);
    const weights = left.map((amount) => (amount > 0n ? amount : 0n));
    if (signed !== 0n && sum(weights) === 0n) {
      throw invalidField(pointer, "there is nothing to adjust");
    }
    if (-signed > sum(left)) throw invalidField(pointer, "the discount exceeds the subtotal");
    return splitByLargestRemainder(signed, weights).flatMap((part, at): Part[] => {
      const group = groups[at];
      if (part === 0n || !group) return [];
      left[at] = (left[at] ?? 0n) + part;
      return [{ key: {}, group, amount: asPrinted(given, part), signed: part, shown }];
    });
  });
}

type Settled = { base: bigint; tax: bigint; nets: Map<object, bigint>; shown: TaxGroup };

function settleGroup(
  group: Group,
  printed: Printed[],
  parts: Part[],
  taxInclusive: boolean,
): Settled {
  const percent = percentOf(group.tax.percent);
  const amounts = new Map<object, bigint>();
  for (const i of group.lines) {
    const line = printed[i];
    if (line) amounts.set(line, line.amountMinor);
  }
  for (const part of parts) if (part.group === group) amounts.set(part.key, part.signed);
  const gross = sum([...amounts.values()]);
  const taxes = taxesOn(gross, group.tax, taxInclusive);
  const tax = sum(taxes);
  const base = taxInclusive ? gross - tax : gross;
  return {
    base,
    tax,
    nets: taxInclusive ? spreadNet(amounts, { base, gross, percent }, group.tax) : amounts,
    shown: shownGroup(group.tax, base, taxes),
  };
}

/**
 * The tax on an amount: of each component, or the one of a rate without any. Each is rounded once
 * from its own percentage, so that equal percentages are equal; out of an amount with tax in it
 * each takes its own share, and the base is what they leave.
 */
function taxesOn(amount: bigint, { percent, components }: LineTax, taxInclusive: boolean) {
  const all = percentOf(percent);
  const whole = taxInclusive ? WHOLE + all : WHOLE;
  if (components.length === 0) {
    // The base is rounded here, and the tax is the rest.
    if (taxInclusive) return [amount - divideRounded(amount * WHOLE, whole)];
    return [divideRounded(amount * all, whole)];
  }
  return components.map((one) => divideRounded(amount * percentOf(one.percent), whole));
}

/** Each amount without its tax, by largest remainder, so that the parts add up to `base`. */
function spreadNet(
  amounts: Map<object, bigint>,
  { base, gross, percent }: { base: bigint; gross: bigint; percent: bigint },
  { components }: LineTax,
) {
  if (components.length > 0 && gross !== 0n) {
    // What the components leave is not always the rate's own part of each amount.
    const nets = splitTo(base, [...amounts.values()], { part: base, all: gross });
    return new Map([...amounts.keys()].map((key, i) => [key, nets[i] ?? 0n]));
  }
  const whole = WHOLE + percent;
  const shares = [...amounts].map(([key, amount], index) => {
    const floor = floorDiv(amount * WHOLE, whole);
    return { key, index, net: floor, remainder: amount * WHOLE - floor * whole };
  });
  let left = base - sum(shares.map(({ net }) => net));
  const order = [...shares].sort((a, b) => Number(b.remainder - a.remainder) || a.index - b.index);
  for (const share of order) {
    if (left === 0n) break;
    share.net += 1n;
    left -= 1n;
  }
  return new Map(shares.map(({ key, net }) => [key, net]));
}

function shownGroup(tax: LineTax, base: bigint, taxes: readonly bigint[]): TaxGroup {
  return {
    category: tax.category,
    percent: new Big(tax.percent).toFixed(),
    name: tax.name,
    baseMinor: base.toString(),
    taxMinor: sum(taxes).toString(),
    components: tax.components.map((component, i) => ({
      ...component,
      taxMinor: (taxes[i] ?? 0n).toString(),
    })),
    exemption: tax.exemption,
  };
}

function accountingTax(content: Priced, taxMinor: bigint): bigint | null {
  if (!content.accounting) return null;
  const { currency, rate } = content.accounting;
  const converted = unitsOf(taxMinor, content.currency).times(rate);
  return bounded(roundToMinor(converted, currency), "/accounting/rate");
}

function percentOf(text: string): bigint {
  const scaled = scaledInteger(text, PERCENT_DECIMALS);
  if (!scaled.ok) throw new RangeError(`${text} is no percentage`);
  return scaled.value;
}

function bounded(amount: bigint, pointer: string): bigint {
  if (magnitude(amount) <= MAX_AMOUNT_MINOR) return amount;
  throw invalidField(pointer, "the amount has more than 15 digits");
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
