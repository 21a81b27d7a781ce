/**
 * Pure. What is left to credit of an invoice, in the invoice's own rounded parts: never an amount
 * that is computed anew. A line's part takes its share of each discount and charge, its own and the
 * document's, by largest remainder over what is left of the line; a tax group's part takes its
 * share of the tax that is left, of each component by itself. Whoever takes the last part takes the
 * remainder, so that all credit notes of an invoice add up to it exactly.
 */
import Big from "big.js";
import { scaledInteger } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { divideRounded, moneyText, splitByLargestRemainder } from "../../core/money.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import type { DocumentContent } from "./content.ts";
import type { TaxGroup } from "./model.ts";
import { type Fraction, splitTo, sum } from "./split.ts";
import { type AdjustmentPart, type LineTotals, type Totals, taxKey } from "./totals.ts";

/** An invoice as it was issued, by its tax groups, in the order of its totals. */
export type Charged = {
  content: DocumentContent;
  totals: Totals;
  groups: ChargedGroup[];
  /** Of each line the place of its group. */
  groupOf: number[];
};

/** A tax group, its lines by their index, and its part of the document's discounts and charges. */
export type ChargedGroup = { tax: TaxGroup; lines: number[]; parts: AdjustmentPart[] };

/** An invoice's content and the totals that it was issued with, by its tax groups. */
export function chargedBy(content: DocumentContent, totals: Totals): Charged {
  const groups = totals.taxes.map((tax): ChargedGroup => ({ tax, lines: [], parts: [] }));
  const places = new Map(totals.taxes.map((tax, g) => [taxKey(tax), g]));
  const groupOf = content.lines.map(({ tax }) => places.get(taxKey(tax)) ?? -1);
  for (const [i, g] of groupOf.entries()) groups[g]?.lines.push(i);
  for (const part of totals.adjustments) {
    groups[places.get(taxKey(part.tax)) ?? -1]?.parts.push(part);
  }
  return { content, totals, groups, groupOf };
}

/** Of a line, as printed: with tax where prices include it. */
export type LineLeft = {
  quantityMicro: bigint;
  /** Quantity × price, then each discount (below 0) and charge of the line. */
  own: bigint[];
  /** The line's share of each discount and charge of the document that its tax group has. */
  shared: bigint[];
};

/** What no credit note took yet. */
export type Left = {
  lines: LineLeft[];
  /** Of each tax group: its components, or its tax where it has none. */
  taxes: bigint[][];
  accountingTaxMinor: bigint;
};

/** What is left of an invoice of which nothing was credited. */
export function uncredited({ content, totals, groups }: Charged): Left {
  const shared = content.lines.map((): bigint[] => []);
  for (const { lines, parts } of groups) {
    const amounts = lines.map((i) => totals.lines[i]?.amountMinor ?? 0n);
    for (const part of parts) {
      const weights = amounts.map((amount) => (amount > 0n ? amount : 0n));
      for (const [at, share] of splitByLargestRemainder(signed(part), weights).entries()) {
        amounts[at] = (amounts[at] ?? 0n) + share;
        shared[lines[at] ?? 0]?.push(share);
      }
    }
  }
  return {
    lines: content.lines.map((line, i) => ({
      quantityMicro: microOf(line.quantity),
      own: ownParts(totals.lines[i]),
      shared: shared[i] ?? [],
    })),
    taxes: totals.taxes.map(({ components, taxMinor }) =>
      components.length === 0
        ? [BigInt(taxMinor)]
        : components.map((component) => BigInt(component.taxMinor)),
    ),
    accountingTaxMinor: totals.accountingTaxMinor ?? 0n,
  };
}

function ownParts(line: LineTotals | undefined): bigint[] {
  if (!line) return [0n];
  const adjustments = line.adjustments.map(signed);
  return [line.amountMinor - sum(adjustments), ...adjustments];
}

const NOTHING: LineLeft = { quantityMicro: 0n, own: [0n], shared: [] };

/** What is left of a line, discounts and charges of the document included, as printed. */
export function leftOf({ own, shared }: LineLeft): bigint {
  return sum(own) + sum(shared);
}

/** What is left of a group's lines. */
export function leftOfGroup({ lines }: ChargedGroup, left: Left): bigint {
  return sum(lines.map((i) => leftOf(left.lines[i] ?? NOTHING)));
}

/** What is left of an invoice: its total less everything credited. */
export function leftTotal({ content }: Charged, left: Left): bigint {
  const lines = sum(left.lines.map(leftOf));
  return content.taxInclusive ? lines : lines + sum(left.taxes.flat());
}

/** Whether nothing is left of a line, neither its amount nor its shares. */
export function isZero({ own, shared }: LineLeft): boolean {
  return [...own, ...shared].every((amount) => amount === 0n);
}

/** Whether what is left comes to nothing, but not in each tax group: nobody could credit it. */
export function isStranded(charged: Charged, left: Left): boolean {
  if (leftTotal(charged, left) !== 0n) return false;
  return charged.groups.some((group, place) =>
    [leftOfGroup(group, left), ...(left.taxes[place] ?? [])].some((amount) => amount !== 0n),
  );
}

/** Whether nothing was credited of an invoice. */
export function isUntouched(charged: Charged, left: Left): boolean {
  return textOf(left) === textOf(uncredited(charged));
}

/** A part that was taken of a line, and whether the credit note shows a quantity or an amount. */
export type Taken = { index: number; part: LineLeft; shownAs: "quantity" | "amount" };

/** Takes all that is left of a line. */
export function takeRest(left: Left, index: number): Taken {
  const part = left.lines[index] ?? NOTHING;
  left.lines[index] = {
    quantityMicro: 0n,
    own: part.own.map(() => 0n),
    shared: part.shared.map(() => 0n),
  };
  return { index, part, shownAs: "quantity" };
}

/** Takes a fraction of what is left of a line. */
export function takeShare(
  left: Left,
  index: number,
  fraction: Fraction,
  shownAs: Taken["shownAs"],
): Taken {
  const line = left.lines[index] ?? NOTHING;
  const target = quotient(leftOf(line) * fraction.part, fraction.all);
  const [amount = 0n, ...shared] = splitTo(target, [sum(line.own), ...line.shared], fraction);
  const own = splitTo(amount, line.own, fraction);
  const quantityMicro = shownAs === "quantity" ? fraction.part : 0n;
  left.lines[index] = {
    quantityMicro: line.quantityMicro - quantityMicro,
    own: line.own.map((value, i) => value - (own[i] ?? 0n)),
    shared: line.shared.map((value, i) => value - (shared[i] ?? 0n)),
  };
  return { index, part: { quantityMicro, own, shared }, shownAs };
}

/** Takes an amount of a group's lines, in proportion to what is left of each. */
export function takeOfGroup({ lines }: ChargedGroup, left: Left, amountMinor: bigint): Taken[] {
  const weights = lines.map((i) => {
    const rest = leftOf(left.lines[i] ?? NOTHING);
    return rest > 0n ? rest : 0n;
  });
  return splitByLargestRemainder(amountMinor, weights).flatMap((share, at) => {
    const all = weights[at] ?? 0n;
    return share > 0n ? takeShare(left, lines[at] ?? 0, { part: share, all }, "amount") : [];
  });
}

/** `target` of the sum of amounts, from each in proportion. */
function portion(target: bigint, amounts: readonly bigint[]): bigint[] {
  const all = sum(amounts);
  return all === 0n ? amounts.map(() => 0n) : splitTo(target, amounts, { part: target, all });
}

/** Whether a part lies between nothing and all, on either side of 0. */
export function isWithin(part: bigint, all: bigint): boolean {
  return all < 0n ? part <= 0n && part >= all : part >= 0n && part <= all;
}

/** What was taken of a group's tax, and of each of its components. */
export type TakenTax = { components: bigint[]; taxMinor: bigint };

export type TakenTaxes = { groups: TakenTax[]; accountingTaxMinor: bigint };

/** Takes of each group's tax what goes with what was taken of its lines. */
export function takeTaxes({ content, groups }: Charged, before: Left, left: Left): TakenTaxes {
  const taken = groups.map((group, g) => {
    const all = leftOfGroup(group, before);
    const rest = leftOfGroup(group, left);
    const part = all - rest;
    if (!isWithin(part, all)) {
      const name = `${group.tax.percent} % tax (${group.tax.category})`;
      const text = moneyText(all, content.currency);
      const less = `credits more than is left at ${name}, which is ${text}`;
      throw invalidField("/lines", `${less}: credit the lines that lower it, too`);
    }
    const parts = before.taxes[g] ?? [];
    const ends = rest === 0n && group.lines.every((i) => isZero(left.lines[i] ?? NOTHING));
    // Each part by itself, so that components that were charged alike are credited alike.
    const share = (value: bigint) => (all === 0n ? 0n : quotient(value * part, all));
    const components = ends ? parts : parts.map(share);
    left.taxes[g] = parts.map((value, i) => value - (components[i] ?? 0n));
    return { components, taxMinor: sum(components) };
  });
  return { groups: taken, accountingTaxMinor: takeAccounting(before, left, taken) };
}

/** Takes of the tax in the accounting currency what goes with what was taken of the tax. */
function takeAccounting(before: Left, left: Left, taken: readonly TakenTax[]): bigint {
  const all = sum(before.taxes.flat());
  const part = sum(taken.map(({ taxMinor }) => taxMinor));
  const accounting = before.accountingTaxMinor;
  const isLast = sum(left.taxes.flat()) === 0n;
  const accountingTaxMinor = isLast
    ? accounting
    : all === 0n
      ? 0n
      : quotient(accounting * part, all);
  left.accountingTaxMinor = accounting - accountingTaxMinor;
  return accountingTaxMinor;
}

/**
 * Takes an amount with its tax, exactly: of each tax group in proportion to what is left of it, and
 * of each line of a group likewise, by largest remainder. The amount is at most what is left.
 */
export function takeWithTax(
  charged: Charged,
  before: Left,
  left: Left,
  amountMinor: bigint,
): { taken: Taken[]; taxes: TakenTaxes } {
  const { groups, content } = charged;
  const taxOf = (g: number) => sum(before.taxes[g] ?? []);
  const wholes = groups.map((group, g) => {
    const whole = leftOfGroup(group, before) + (content.taxInclusive ? 0n : taxOf(g));
    return whole > 0n ? whole : 0n;
  });
  const shares = splitByLargestRemainder(amountMinor, wholes);
  const taken: Taken[] = [];
  const taxes = groups.map((group, g): TakenTax => {
    const [share = 0n, whole = 0n] = [shares[g], wholes[g]];
    const parts = before.taxes[g] ?? [];
    const own = parts.map((part) => (share === 0n ? 0n : quotient(part * share, whole)));
    const net = share - (content.taxInclusive ? 0n : sum(own));
    // An amount that is all tax would stand on no line.
    const components = net > 0n ? own : own.map(() => 0n);
    taken.push(...takeOfGroup(group, left, net > 0n ? net : share));
    left.taxes[g] = parts.map((value, i) => value - (components[i] ?? 0n));
    return { components, taxMinor: sum(components) };
  });
  const accountingTaxMinor = takeAccounting(before, left, taxes);
  return { taken, taxes: { groups: taxes, accountingTaxMinor } };
}

/** A tax group of a credit note of which it is not kept what it took. */
export type EarlierCredit = Pick<TaxGroup, "category" | "percent" | "baseMinor" | "taxMinor">;

/**
 * What is left after credit notes that were issued before this was kept: they come off their tax
 * group's lines and tax, and what exceeds those off the others, so that what is left still adds up.
 */
export function afterEarlier(charged: Charged, credits: readonly EarlierCredit[]): Left {
  const left = uncredited(charged);
  const { taxInclusive } = charged.content;
  for (const credit of credits) {
    const tax = BigInt(credit.taxMinor);
    const amount = BigInt(credit.baseMinor) + (taxInclusive ? tax : 0n);
    const own = charged.groups.findIndex((group) => taxKey(group.tax) === taxKey(credit));
    const others = [...charged.groups.keys()].filter((place) => place !== own);
    const order = own < 0 ? others : [own, ...others];
    const excess = takeAmount(charged, left, order, amount);
    const untaxed = takeTax(left, order, taxInclusive ? tax : tax + excess);
    if (!taxInclusive) takeAmount(charged, left, order, untaxed);
  }
  const rest = sum(left.taxes.flat());
  const whole = charged.totals.taxMinor;
  if (whole !== 0n) left.accountingTaxMinor = quotient(left.accountingTaxMinor * rest, whole);
  return left;
}

/** Takes an amount of groups in this order, and answers what they did not have. */
function takeAmount(
  charged: Charged,
  left: Left,
  order: readonly number[],
  amountMinor: bigint,
): bigint {
  let missing = amountMinor;
  for (const place of order) {
    const group = charged.groups[place];
    const part = group ? smaller(missing, leftOfGroup(group, left)) : 0n;
    if (!group || part <= 0n) continue;
    takeOfGroup(group, left, part);
    missing -= part;
  }
  return missing;
}

function takeTax(left: Left, order: readonly number[], amount: bigint): bigint {
  let missing = amount;
  for (const group of order) {
    const parts = left.taxes[group] ?? [];
    const part = smaller(missing, sum(parts));
    if (part <= 0n) continue;
    const taken = portion(part, parts);
    left.taxes[group] = parts.map((value, i) => value - (taken[i] ?? 0n));
    missing -= part;
  }
  return missing;
}

/** What is left as it is stored: its integers as text. */
export function textOf(left: Left): string {
  return JSON.stringify(left, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

/** What `textOf` made. */
export function leftFrom(text: string): Left {
  return JSON.parse(text, (_, value) => (typeof value === "string" ? BigInt(value) : value));
}

/** A discount below 0, a charge above. */
export function signed({
  kind,
  amountMinor,
}: {
  kind: "discount" | "charge";
  amountMinor: string;
}): bigint {
  return kind === "discount" ? -BigInt(amountMinor) : BigInt(amountMinor);
}

function microOf(quantity: string): bigint {
  const scaled = scaledInteger(new Big(quantity).toFixed(QUANTITY_DECIMALS), QUANTITY_DECIMALS);
  return scaled.ok ? scaled.value : 0n;
}

function quotient(dividend: bigint, divisor: bigint): bigint {
  return divisor < 0n ? divideRounded(-dividend, -divisor) : divideRounded(dividend, divisor);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
