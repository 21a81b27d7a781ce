/**
 * Pure. A document as EN 16931 sees it, before a syntax is chosen: amounts as decimal text, lines
 * whose quantity times price gives their net, no negative price. BT and BG numbers are the norm's.
 */
import Big from "big.js";
import { exponentOf, moneyText, unitsOf } from "../../../core/money.ts";
import { itemListOf } from "../../code/item-list.ts";
import { KINDS } from "../../kind/registry.ts";
import { formatterOf } from "../../language/format.ts";
import { labelsFor } from "../../language/registry.ts";
import type {
  Adjustment,
  DayRange,
  DocumentLine,
  DocumentModel,
  Party,
  Tax,
  TaxGroup,
} from "../../model/model.ts";
import { baseOf, type Identifier, type LineParticulars } from "../../model/particulars.ts";
import { depositedBy } from "../../model/settlement.ts";
import { exemptionReason } from "../wording/exemption.ts";

/**
 * BT-24 and BT-23: which specification a document follows, and in which business process; and the
 * code of a deposit (BT-3), where that is the same whoever the parties are.
 */
export type Head = { customizationId: string; profileId: string | null; depositCode?: "326" };

/** The norm's own. */
export const EN_16931: Head = { customizationId: "urn:cen.eu:en16931:2017", profileId: null };

export type SemanticAdjustment = {
  charge: boolean;
  amount: string;
  reason: string;
  /** UNTDID 5189 or 7161. */
  reasonCode: string | null;
  /** The percentage, and what it is of (BT-93, BT-94 and their like), where it gives the amount. */
  share: { percent: string; base: string } | null;
  tax: Tax;
};

export type SemanticLine = {
  id: string;
  name: string;
  description: string | null;
  quantity: string;
  unitCode: string;
  price: string;
  adjustments: SemanticAdjustment[];
  period: DayRange | null;
  tax: Tax;
  net: string;
  /** UNTDID 7143 list and code. */
  classification: { list: string; code: string } | null;
  /** BT-149, where it is not 1. */
  baseQuantity: string | null;
  /** BT-148 and BT-147. */
  gross: { price: string; discount: string } | null;
  particulars: LineParticulars;
};

export type SemanticTax = Tax & {
  base: string;
  tax: string;
  reason: string | null;
  reasonCode: string | null;
};

export type SemanticInvoice = {
  model: DocumentModel;
  number: string;
  /** UNTDID 1001: 380 invoice, 381 credit note, 386 invoice for a deposit, 326 in Germany. */
  typeCode: "380" | "381" | "386" | "326";
  /** BT-22, one at most (Peppol R002). */
  note: string | null;
  /** BG-14, the hull of all lines' periods (Peppol R110, R111). */
  period: DayRange | null;
  lines: SemanticLine[];
  adjustments: SemanticAdjustment[];
  taxes: SemanticTax[];
  /** BG-3. */
  precedingInvoices: { number: string; date: string | null }[];
  /** BT-31 and BT-48 are left out where nothing is subject to VAT (BR-O-02). */
  outsideVat: boolean;
  sums: {
    lines: string;
    allowances: string;
    charges: string;
    net: string;
    tax: string;
    total: string;
    /** Null where nothing was prepaid, and where nothing is rounded. */
    prepaid: string | null;
    rounding: string | null;
    due: string;
  };
};

/** A document as EN 16931 has it; only for one without gaps. */
export function semanticInvoice(given: DocumentModel, head: Head = EN_16931): SemanticInvoice {
  const model = withoutOwnCurrency(given);
  const { totals, currency } = model;
  const text = (minor: bigint | string) => moneyText(BigInt(minor), currency);
  const bases = totals.adjustments.length === 0 ? new Map<string, bigint>() : basesOf(model);
  const adjustments = totals.adjustments.map((part) => ({
    ...adjustmentOf(
      model,
      { ...part, amountMinor: part.netMinor },
      part.tax,
      bases.get(keyOf(part.tax)) ?? 0n,
    ),
    minor: BigInt(part.netMinor),
  }));
  const total = (some: readonly { minor: bigint }[]) =>
    text(some.reduce((sum, { minor }) => sum + minor, 0n));
  const prepaidMinor = BigInt(totals.prepaidMinor) + depositedBy(totals.deposits ?? []);
  const roundingMinor = BigInt(totals.roundingMinor ?? 0);
  return {
    model,
    number: model.number ?? "",
    typeCode: typeCodeOf(model, head),
    note: [model.reason, model.memo, model.notes].filter((part) => part).join("\n") || null,
    period: hullOf(model),
    lines: model.lines.map((line, i) => lineOf(model, line, i)),
    adjustments: adjustments.map(({ minor: _, ...adjustment }) => adjustment),
    taxes: totals.taxes.map((group) => taxOf(model, group)),
    precedingInvoices: precedingOf(model),
    outsideVat: totals.taxes.every(({ category }) => category === "O"),
    sums: {
      lines: total(model.lines.map(({ netMinor }) => ({ minor: BigInt(netMinor) }))),
      allowances: total(adjustments.filter(({ charge }) => !charge)),
      charges: total(adjustments.filter(({ charge }) => charge)),
      net: text(totals.netMinor),
      tax: text(totals.taxMinor),
      total: text(totals.totalMinor),
      prepaid: prepaidMinor === 0n ? null : text(prepaidMinor),
      rounding: roundingMinor === 0n ? null : text(roundingMinor),
      due: text(BigInt(totals.totalMinor) - prepaidMinor + roundingMinor),
    },
  };
}

/**
 * A deposit's code; the German rules have none of their own for it (DE-R-017, BR-DE-17), and in
 * Peppol theirs is for two in Germany alone (P0112).
 */
function typeCodeOf(
  { kind, purpose, seller, buyer }: DocumentModel,
  { depositCode }: Head,
): SemanticInvoice["typeCode"] {
  if (purpose === "deposit") {
    if (depositCode !== undefined) return depositCode;
    const german = seller.address.country === "DE" && buyer.address.country === "DE";
    return german ? "326" : "386";
  }
  return KINDS[kind].eInvoice?.typeCode ?? "380";
}

/**
 * BT-29, where nothing else names the seller: outside of VAT its VAT id may not stand as such
 * (BR-O-02), and the buyer has to know whose invoice it is (BR-CO-26).
 */
function onlyId({ legalId, taxNumber, vatId }: Party): Identifier[] {
  const value = legalId ? null : (vatId ?? taxNumber);
  return value === null ? [] : [{ scheme: null, value }];
}

/** BT-6 is another currency than the document's (BR-53); earlier drafts could name the same. */
function withoutOwnCurrency(model: DocumentModel): DocumentModel {
  const { totals, currency } = model;
  if (totals.accounting?.currency !== currency) return model;
  return { ...model, totals: { ...totals, accounting: null } };
}

const keyOf = ({ category, percent }: Tax) => `${category} ${percent}`;

/** What the lines of each tax come to. */
function basesOf({ lines }: DocumentModel): Map<string, bigint> {
  const bases = new Map<string, bigint>();
  for (const { tax, netMinor } of lines) {
    bases.set(keyOf(tax), (bases.get(keyOf(tax)) ?? 0n) + BigInt(netMinor));
  }
  return bases;
}

/** An adjustment of an amount; its percentage is in its reason where the two do not agree. */
function adjustmentOf(
  model: DocumentModel,
  adjustment: Adjustment,
  tax: Tax,
  baseMinor: bigint,
): SemanticAdjustment {
  const { kind, percent, amountMinor } = adjustment;
  const format = formatterOf(model);
  const agrees = percent !== null && isShare(model, { percent, baseMinor, amountMinor });
  const share = agrees ? { percent, base: moneyText(baseMinor, model.currency) } : null;
  const reason =
    percent === null || agrees
      ? adjustment.reason
      : `${adjustment.reason} ${format.percent(percent)}`;
  return {
    charge: kind === "charge",
    amount: moneyText(BigInt(amountMinor), model.currency),
    reason,
    reasonCode: adjustment.reasonCode ?? null,
    share,
    tax,
  };
}

/** |base × percent − amount| ≤ 0.02 (Peppol R040); half of it, for those who round otherwise. */
function isShare(
  { currency }: DocumentModel,
  part: { percent: string; baseMinor: bigint; amountMinor: string },
): boolean {
  const exact = unitsOf(part.baseMinor, currency).times(part.percent).times("0.01");
  const off = exact.minus(unitsOf(BigInt(part.amountMinor), currency)).abs();
  return part.baseMinor > 0n && off.lte("0.01");
}

/** BT-29, or BT-46: a buyer has one at most, its seller's number of it where it has no other. */
export function identifiersOf(party: Party, seller: boolean, outsideVat: boolean): Identifier[] {
  const { identifiers = [], customerNumber } = party;
  if (seller) return identifiers.length === 0 && outsideVat ? onlyId(party) : identifiers;
  const [first] = identifiers;
  if (first) return [first];
  return customerNumber === undefined ? [] : [{ scheme: null, value: customerNumber }];
}

/** The invoice that it corrects, then those that have no document here. */
function precedingOf({ references, totals }: DocumentModel): SemanticInvoice["precedingInvoices"] {
  const { precedingInvoice, further } = references;
  const deposits = (totals.deposits ?? []).map(({ number, date }) => ({ number, date }));
  const others = [...deposits, ...(further?.precedingInvoices ?? [])];
  return precedingInvoice ? [precedingInvoice, ...others] : others;
}

function hullOf({ dates, lines }: DocumentModel): DayRange | null {
  const ranges = [dates.period, ...lines.map(({ period }) => period)].filter(
    (range) => range !== null,
  );
  const start = ranges.map((range) => range.start).sort()[0];
  const end = ranges
    .map((range) => range.end)
    .sort()
    .at(-1);
  return start && end ? { start, end } : null;
}

function lineOf(model: DocumentModel, line: DocumentLine, index: number): SemanticLine {
  const { group, classification } = line;
  const list = classification && listOf(model, classification.scheme);
  const both = line.description && line.detail;
  const description = both
    ? `${line.description}\n${line.detail}`
    : line.description || line.detail || "";
  const lump = model.pricesIncludeTax || !multipliesOut(model, line);
  const priced = lump ? lumpSum(model, line, description) : pricedAsGiven(model, line, description);
  // Each named: what is spread into an object of so many makes a table of names for every line.
  return {
    id: `${index + 1}`,
    name: group ? `${group.name}: ${line.name}` : line.name,
    description: priced.description,
    quantity: priced.quantity,
    unitCode: priced.unitCode,
    price: priced.price,
    adjustments: priced.adjustments,
    period: line.period,
    tax: line.tax,
    net: moneyText(BigInt(line.netMinor), model.currency),
    classification: classification && list ? { list, code: classification.code } : null,
    baseQuantity: priced.baseQuantity,
    gross: priced.gross,
    particulars: line.particulars ?? NO_PARTICULARS,
  };
}

const NO_PARTICULARS: LineParticulars = {};

type Priced = Pick<
  SemanticLine,
  "description" | "quantity" | "unitCode" | "price" | "adjustments" | "baseQuantity" | "gross"
>;

/** A line whose quantity times price gives its net. */
function pricedAsGiven(model: DocumentModel, line: DocumentLine, description: string): Priced {
  const negative = line.unitPrice.startsWith("-");
  return {
    description: description || null,
    quantity: negative ? negate(line.quantity) : line.quantity,
    unitCode: line.unitCode,
    price: negative ? line.unitPrice.slice(1) : line.unitPrice,
    adjustments: line.adjustments.map((one) =>
      adjustmentOf(model, one, line.tax, grossMinor(line)),
    ),
    baseQuantity: line.particulars?.baseQuantity ?? null,
    gross: negative ? null : grossOf(line),
  };
}

/** What a line comes to before its own discounts and charges. */
function grossMinor({ netMinor, adjustments }: DocumentLine): bigint {
  return adjustments.reduce((sum, { kind, amountMinor }) => {
    const amount = BigInt(amountMinor);
    return kind === "discount" ? sum + amount : sum - amount;
  }, BigInt(netMinor));
}

/** The price before its discount (BT-148), and the discount (BT-147). */
function grossOf({ unitPrice, particulars }: DocumentLine): SemanticLine["gross"] {
  const price = particulars?.grossPrice;
  if (price === undefined) return null;
  return { price, discount: new Big(price).minus(unitPrice).toFixed() };
}

/** The UNTDID 7143 list of a classification; the first version knew the Harmonised System alone. */
function listOf({ template }: DocumentModel, scheme: string): string | null {
  const list = itemListOf(scheme);
  return template.version === 1 && list !== "HS" ? null : list;
}

/** |BT-131 − (Q × P ÷ base + charges − allowances)| ≤ 0.02 (Peppol R120). */
function multipliesOut(model: DocumentModel, line: DocumentLine): boolean {
  let net = BigInt(line.netMinor);
  for (const { kind, amountMinor } of line.adjustments) {
    net -= kind === "charge" ? BigInt(amountMinor) : -BigInt(amountMinor);
  }
  const quantity = digitsOf(line.quantity);
  const price = digitsOf(line.unitPrice);
  const base = digitsOf(baseOf(line));
  const unit = powerOf(quantity.places + price.places) * base.value;
  const minor = powerOf(exponentOf(model.currency));
  const off = quantity.value * price.value * minor * powerOf(base.places) - net * unit;
  return 50n * (off < 0n ? -off : off) <= unit * minor;
}

/** Powers of ten, made once. */
const powers = Array.from({ length: 32 }, (_, places) => 10n ** BigInt(places));

function powerOf(places: number): bigint {
  return powers[places] ?? 10n ** BigInt(places);
}

/** A decimal's digits as an integer, and how many of them are behind the point. */
function digitsOf(decimal: string): { value: bigint; places: number } {
  const point = decimal.indexOf(".");
  if (point < 0) return { value: BigInt(decimal), places: 0 };
  const value = BigInt(decimal.slice(0, point) + decimal.slice(point + 1));
  return { value, places: decimal.length - point - 1 };
}

/** Prices with tax in them, and amounts that come otherwise, are one piece at the line's net. */
function lumpSum(model: DocumentModel, line: DocumentLine, description: string): Priced {
  const format = formatterOf(model);
  const base = baseOf(line);
  const per = base === "1" ? "" : ` / ${format.decimal(base)}`;
  const original = `${format.decimal(line.quantity)} × ${format.price(line.unitPrice)}${per}`;
  const net = BigInt(line.netMinor);
  return {
    description: description ? `${description}\n${original}` : original,
    quantity: net < 0n ? "-1" : "1",
    unitCode: "C62",
    price: moneyText(net < 0n ? -net : net, model.currency),
    adjustments: [],
    baseQuantity: null,
    gross: null,
  };
}

function negate(decimal: string): string {
  if (decimal.startsWith("-")) return decimal.slice(1);
  return /^[0.]*$/.test(decimal) ? decimal : `-${decimal}`;
}

const REASON_CODES = { AE: "VATEX-EU-AE", K: "VATEX-EU-IC", G: "VATEX-EU-G", O: "VATEX-EU-O" };

function taxOf(model: DocumentModel, group: TaxGroup): SemanticTax {
  const { category, percent, exemption } = group;
  const text = (minor: string) => moneyText(BigInt(minor), model.currency);
  const shared = { category, percent, base: text(group.baseMinor), tax: text(group.taxMinor) };
  if (category === "S" || category === "Z" || category === "L" || category === "M") {
    return { ...shared, reason: null, reasonCode: null };
  }
  const { country } = model.seller.address;
  const code = category === "E" ? null : REASON_CODES[category];
  return {
    ...shared,
    reason: exemptionReason(group, labelsFor(model.language), country),
    reasonCode: exemption?.code ?? code,
  };
}
