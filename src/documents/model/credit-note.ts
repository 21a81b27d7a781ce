/** Pure. A credit note of an invoice: which parts it takes, and how it shows them. */
import Big from "big.js";
import { decimalText } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { moneyText, unitsOf } from "../../core/money.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import type { DocumentContent, LineContent } from "./content.ts";
import {
  type Charged,
  isStranded,
  isUntouched,
  isWithin,
  isZero,
  type Left,
  type LineLeft,
  leftOf,
  leftOfGroup,
  leftTotal,
  signed,
  type Taken,
  type TakenTax,
  type TakenTaxes,
  takeOfGroup,
  takeRest,
  takeShare,
  takeTaxes,
  takeWithTax,
} from "./left.ts";
import type { Adjustment, TaxGroup } from "./model.ts";
import { baseOf, type LineParticulars, withoutEmpty } from "./particulars.ts";
import { splitTo, sum } from "./split.ts";
import { asPrinted, type LineTotals, type Totals, taxKey } from "./totals.ts";

/** A line of the invoice by its position: all that is left, a quantity, or an amount as printed. */
export type Take = { position: number; quantityMicro?: bigint; amountMinor?: bigint };

export type Credit = {
  lines: LineContent[];
  adjustments: DocumentContent["adjustments"];
  totals: Totals;
  /** What is left after it. */
  left: Left;
};

/**
 * The credit note of some lines, or of all that is left where `takes` is null. Errors: 422 naming
 * the line of which less is left, and `/lines` where the parts cannot be credited without others.
 */
export function creditOf(charged: Charged, before: Left, takes: readonly Take[] | null): Credit {
  const left = structuredClone(before);
  const taken =
    takes === null
      ? left.lines.flatMap((line, index) => (isZero(line) ? [] : [takeRest(left, index)]))
      : takes.map((take, i) => takeLine(charged, left, take, `/lines/${i}`));
  const taxes = takeTaxes(charged, before, left);
  const totals = totalsFor(charged, taken, taxes);
  insistWhole(charged, left, totals.totalMinor, takes !== null);
  if (takes === null && isUntouched(charged, before)) {
    const { lines, adjustments } = charged.content;
    return { lines, adjustments, totals: charged.totals, left };
  }
  return {
    lines: taken.map((one) => creditLine(charged.content, one)),
    adjustments: totals.adjustments.map(({ kind, reason, amountMinor, reasonCode }) => ({
      kind,
      reason,
      percent: null,
      amountMinor: BigInt(amountMinor),
      ...(reasonCode === undefined ? {} : { reasonCode }),
    })),
    totals,
    left,
  };
}

/**
 * The credit note of an amount with its tax, of everything in proportion, such as a cash discount
 * that was taken: its total is the amount exactly. Errors: 422 where no less than that is left.
 */
export function creditOfAmount(charged: Charged, before: Left, amountMinor: bigint): Credit {
  const left = structuredClone(before);
  const { taken, taxes } = takeWithTax(charged, before, left, amountMinor);
  const totals = totalsFor(charged, taken, taxes);
  insistWhole(charged, left, totals.totalMinor, true);
  return {
    lines: taken.map((one) => creditLine(charged.content, one)),
    adjustments: [],
    totals,
    left,
  };
}

function takeLine({ content }: Charged, left: Left, take: Take, at: string): Taken {
  const index = take.position - 1;
  const line = left.lines[index];
  if (!line) throw invalidField(`${at}/position`, "is no line of the invoice");
  if (isZero(line)) throw invalidField(`${at}/position`, "has nothing left to credit");
  const { quantityMicro, amountMinor } = take;
  if (quantityMicro !== undefined) {
    if (!isWithin(quantityMicro, line.quantityMicro) || quantityMicro === 0n) {
      const most = decimalText(line.quantityMicro, QUANTITY_DECIMALS);
      throw invalidField(`${at}/quantity`, `is not 0 and at most what is left of it (${most})`);
    }
    return takeShare(left, index, { part: quantityMicro, all: line.quantityMicro }, "quantity");
  }
  if (amountMinor !== undefined) {
    const most = leftOf(line);
    if (!isWithin(amountMinor, most) || amountMinor === 0n) {
      const text = moneyText(most, content.currency);
      throw invalidField(`${at}/amount`, `is not 0 and at most what is left of the line (${text})`);
    }
    return takeShare(left, index, { part: amountMinor, all: most }, "amount");
  }
  return takeRest(left, index);
}

/** The amounts of a credit note of these parts. */
function totalsFor(
  { content, totals, groups, groupOf }: Charged,
  taken: readonly Taken[],
  taxes: TakenTaxes,
): Totals {
  const lines: LineTotals[] = taken.map(({ index, part, shownAs }) => {
    const asAmount = shownAs === "amount";
    const amountMinor = asAmount ? leftOf(part) : sum(part.own);
    const shown = asAmount
      ? []
      : adjusted(totals.lines[index]?.adjustments ?? [], part.own.slice(1));
    return { amountMinor, netMinor: amountMinor, adjustments: shown };
  });
  const rowsOf = groups.map((): number[] => []);
  for (const [i, { index }] of taken.entries()) rowsOf[groupOf[index] ?? -1]?.push(i);
  const credited = groups.flatMap((group, g) => {
    const rows = rowsOf[g] ?? [];
    if (rows.length === 0) return [];
    const of = rows.flatMap((i) => taken[i] ?? []).filter(({ shownAs }) => shownAs === "quantity");
    const shares = group.parts.map((_, k) => sum(of.map(({ part }) => part.shared[k] ?? 0n)));
    const adjustments = adjusted(group.parts, shares);
    const amounts = [...rows.map((i) => lines[i]?.amountMinor ?? 0n), ...adjustments.map(signed)];
    const { taxMinor = 0n, components = [] } = taxes.groups[g] ?? {};
    const base = content.taxInclusive ? sum(amounts) - taxMinor : sum(amounts);
    const nets = content.taxInclusive ? netsOf(base, amounts, group.tax) : amounts;
    for (const [at, i] of rows.entries()) {
      const line = lines[i];
      if (line) line.netMinor = nets[at] ?? line.amountMinor;
    }
    const shown = shownTax(group.tax, { base, taxMinor, components });
    const parts = adjustments.map((part, k) => {
      const net = nets[rows.length + k] ?? 0n;
      return { ...part, netMinor: asPrinted(part, net).toString() };
    });
    return [{ base, taxMinor, shown, parts }];
  });
  const netMinor = sum(credited.map(({ base }) => base));
  const taxMinor = sum(credited.map((group) => group.taxMinor));
  return {
    lines,
    subtotalMinor: sum(lines.map(({ amountMinor }) => amountMinor)),
    adjustments: credited.flatMap(({ parts }) => parts),
    netMinor,
    taxes: credited.map(({ shown }) => shown),
    taxMinor,
    totalMinor: netMinor + taxMinor,
    accountingTaxMinor: content.accounting ? taxes.accountingTaxMinor : null,
  };
}

/** Discounts and charges with these amounts; those of which nothing is taken are left out. */
function adjusted<Part extends Pick<Adjustment, "kind" | "amountMinor">>(
  parts: readonly Part[],
  amounts: readonly bigint[],
): Part[] {
  return parts.flatMap((part, i) => {
    const amount = amounts[i] ?? 0n;
    if (amount === 0n) return [];
    return [{ ...part, amountMinor: asPrinted(part, amount).toString() }];
  });
}

function shownTax(
  group: TaxGroup,
  { base, taxMinor, components }: TakenTax & { base: bigint },
): TaxGroup {
  return {
    ...group,
    baseMinor: base.toString(),
    taxMinor: taxMinor.toString(),
    components: group.components.map((component, i) => ({
      ...component,
      taxMinor: (components[i] ?? 0n).toString(),
    })),
  };
}

/** Amounts with tax in them without it, by largest remainder, so that they add up to `base`. */
function netsOf(base: bigint, amounts: readonly bigint[], { percent }: TaxGroup): bigint[] {
  const gross = sum(amounts);
  if (gross !== 0n) return splitTo(base, amounts, { part: base, all: gross });
  const all = 10n ** 8n + BigInt(new Big(percent).times(10 ** 6).toFixed(0));
  return splitTo(base, amounts, { part: 10n ** 8n, all });
}

/** What stays must be creditable by itself: above 0, or nothing at all in any tax group. */
function insistWhole(charged: Charged, left: Left, totalMinor: bigint, partly: boolean): void {
  const { content } = charged;
  const all = totalMinor + leftTotal(charged, left);
  const most = moneyText(all, content.currency);
  if (totalMinor < 0n || totalMinor > all) {
    throw invalidField("/lines", `credits more than is left of the invoice (${most})`);
  }
  if (!partly) return;
  if (totalMinor === 0n) throw invalidField("/lines", "comes to nothing: no credit note is issued");
  if (isStranded(charged, left)) {
    const why = "leaves lines that come to nothing together: credit all that is left instead";
    throw invalidField("/lines", why);
  }
}

/** A line of the credit note: a quantity of the invoice's line, or one piece at an amount. */
function creditLine({ lines, currency }: DocumentContent, taken: Taken): LineContent {
  const { index, part, shownAs } = taken;
  const line = lines[index];
  if (!line) throw new RangeError("a part of no line");
  if (shownAs === "amount") {
    const amount = leftOf(part);
    const unitPrice = moneyText(amount < 0n ? -amount : amount, currency);
    const quantity = amount < 0n ? "-1" : "1";
    const particulars = withoutEmpty<LineParticulars>({
      ...line.particulars,
      baseQuantity: null,
      grossPrice: null,
    });
    const piece = { quantity, unitCode: "C62", unit: null, unitPrice };
    return { ...line, ...piece, adjustments: [], particulars };
  }
  const quantity = decimalText(part.quantityMicro, QUANTITY_DECIMALS);
  const adjustments = line.adjustments.flatMap(({ kind, reason, reasonCode }, i) => {
    const amount = part.own[i + 1] ?? 0n;
    const amountMinor = asPrinted({ kind }, amount);
    const code = reasonCode === undefined ? {} : { reasonCode };
    return amount === 0n ? [] : [{ kind, reason, percent: null, amountMinor, ...code }];
  });
  const unitPrice = priceOf(line, part, currency);
  const particulars =
    unitPrice === line.unitPrice
      ? line.particulars
      : withoutEmpty<LineParticulars>({ ...line.particulars, grossPrice: null });
  return { ...line, quantity, unitPrice, adjustments, particulars };
}

const PRICE_DECIMALS = 12;

/** The line's own price where it gives the amount but for rounding, else what a piece comes to. */
function priceOf(line: LineContent, part: LineLeft, currency: string): string {
  const { unitPrice } = line;
  const base = baseOf(line);
  const amount = unitsOf(part.own[0] ?? 0n, currency);
  if (part.quantityMicro === 0n) return unitPrice;
  const quantity = new Big(decimalText(part.quantityMicro, QUANTITY_DECIMALS));
  const smallest = unitsOf(1n, currency);
  const off = quantity.times(unitPrice).minus(amount.times(base)).abs();
  if (off.lte(smallest.times(base))) return unitPrice;
  const whole = amount.times(base).times(new Big(10).pow(PRICE_DECIMALS));
  const divided = whole.div(quantity).round(0);
  return decimalText(BigInt(divided.toFixed(0)), PRICE_DECIMALS);
}

/**
 * A credit note that names no line, such as one that settles usage: what it takes of its tax group
 * comes off the group's lines in proportion. Null where less is left of the group.
 */
export function creditBeside(
  charged: Charged,
  before: Left,
  { content, totals }: { content: DocumentContent; totals: Totals },
): { totals: Totals; left: Left } | null {
  const { taxInclusive } = charged.content;
  const [taxed, ...others] = totals.taxes;
  const place = charged.groups.findIndex(({ tax }) => taxed && taxKey(tax) === taxKey(taxed));
  const group = charged.groups[place];
  const amount = totals.subtotalMinor;
  if (!group || others.length > 0 || content.lines.length !== 1) return null;
  if (totals.adjustments.length > 0 || content.taxInclusive !== taxInclusive) return null;
  if (amount <= 0n || amount > leftOfGroup(group, before)) return null;
  const left = structuredClone(before);
  takeOfGroup(group, left, amount);
  const taken = takeTaxes(charged, before, left);
  const { taxMinor = 0n, components = [] } = taken.groups[place] ?? {};
  const base = taxInclusive ? amount - taxMinor : amount;
  if (leftTotal(charged, left) < 0n || isStranded(charged, left)) return null;
  return {
    totals: {
      ...totals,
      lines: totals.lines.map((line) => ({ ...line, netMinor: base })),
      netMinor: base,
      taxes: [shownTax(group.tax, { base, taxMinor, components })],
      taxMinor,
      totalMinor: base + taxMinor,
      accountingTaxMinor: content.accounting ? taken.accountingTaxMinor : null,
    },
    left,
  };
}
