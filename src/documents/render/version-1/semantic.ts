/**
 * Pure. A document as EN 16931 sees it, before a syntax is chosen: amounts as decimal text, lines
 * whose quantity times price gives their net, no negative price. BT and BG numbers are the norm's.
 */
import { exponentOf, moneyText } from "../../../core/money.ts";
import { KINDS } from "../../kind/registry.ts";
import { formatterFor } from "../../language/format.ts";
import type {
  Adjustment,
  DayRange,
  DocumentLine,
  DocumentModel,
  Tax,
  TaxGroup,
} from "../../model/model.ts";
import { firstLabels } from "./labels.ts";

export type SemanticAdjustment = { charge: boolean; amount: string; reason: string; tax: Tax };

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
  /** UNTDID 1001: 380 invoice, 381 credit note. */
  typeCode: "380" | "381";
  /** BT-22, one at most (Peppol R002). */
  note: string | null;
  /** BG-14, the hull of all lines' periods (Peppol R110, R111). */
  period: DayRange | null;
  lines: SemanticLine[];
  adjustments: SemanticAdjustment[];
  taxes: SemanticTax[];
  /** BT-31 and BT-48 are left out where nothing is subject to VAT (BR-O-02). */
  outsideVat: boolean;
  sums: {
    lines: string;
    allowances: string;
    charges: string;
    net: string;
    tax: string;
    total: string;
    prepaid: string;
    due: string;
  };
};

/** A document as EN 16931 has it; only for one without `missingFields`. */
export function semanticInvoice(model: DocumentModel): SemanticInvoice {
  const { totals, currency } = model;
  const text = (minor: bigint | string) => moneyText(BigInt(minor), currency);
  const adjustments = totals.adjustments.map((part) => ({
    ...adjustmentOf(model, { ...part, amountMinor: part.netMinor }, part.tax),
    minor: BigInt(part.netMinor),
  }));
  const total = (some: readonly { minor: bigint }[]) =>
    text(some.reduce((sum, { minor }) => sum + minor, 0n));
  return {
    model,
    number: model.number ?? "",
    typeCode: KINDS[model.kind].eInvoice?.typeCode ?? "380",
    note: [model.memo, model.notes].filter((part) => part).join("\n") || null,
    period: hullOf(model),
    lines: model.lines.map((line, i) => lineOf(model, line, i)),
    adjustments: adjustments.map(({ minor: _, ...adjustment }) => adjustment),
    taxes: totals.taxes.map((group) => taxOf(model, group)),
    outsideVat: totals.taxes.every(({ category }) => category === "O"),
    sums: {
      lines: total(model.lines.map(({ netMinor }) => ({ minor: BigInt(netMinor) }))),
      allowances: total(adjustments.filter(({ charge }) => !charge)),
      charges: total(adjustments.filter(({ charge }) => charge)),
      net: text(totals.netMinor),
      tax: text(totals.taxMinor),
      total: text(totals.totalMinor),
      prepaid: text(totals.prepaidMinor),
      due: text(BigInt(totals.totalMinor) - BigInt(totals.prepaidMinor)),
    },
  };
}

function adjustmentOf(model: DocumentModel, adjustment: Adjustment, tax: Tax): SemanticAdjustment {
  const { kind, percent, amountMinor } = adjustment;
  const format = formatterFor(model.language, model.region, model.currency);
  const reason =
    percent === null ? adjustment.reason : `${adjustment.reason} ${format.percent(percent)}`;
  return {
    charge: kind === "charge",
    amount: moneyText(BigInt(amountMinor), model.currency),
    reason,
    tax,
  };
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
  const shared = {
    id: `${index + 1}`,
    name: group ? `${group.name}: ${line.name}` : line.name,
    period: line.period,
    tax: line.tax,
    net: moneyText(BigInt(line.netMinor), model.currency),
    classification:
      classification && /^(HSN|HS)$/i.test(classification.scheme)
        ? { list: "HS", code: classification.code }
        : null,
  };
  const description = [line.description, line.detail].filter((part) => part).join("\n");
  if (model.pricesIncludeTax || !multipliesOut(model, line)) {
    return { ...shared, ...lumpSum(model, line, description) };
  }
  const negative = line.unitPrice.startsWith("-");
  return {
    ...shared,
    description: description || null,
    quantity: negative ? negate(line.quantity) : line.quantity,
    unitCode: line.unitCode,
    price: negative ? line.unitPrice.slice(1) : line.unitPrice,
    adjustments: line.adjustments.map((adjustment) => adjustmentOf(model, adjustment, line.tax)),
  };
}

/** |BT-131 − (Q × P + charges − allowances)| ≤ 0.02 (Peppol R120). */
function multipliesOut(model: DocumentModel, line: DocumentLine): boolean {
  let net = BigInt(line.netMinor);
  for (const { kind, amountMinor } of line.adjustments) {
    net -= kind === "charge" ? BigInt(amountMinor) : -BigInt(amountMinor);
  }
  const [quantity, price] = [digitsOf(line.quantity), digitsOf(line.unitPrice)];
  const unit = 10n ** BigInt(quantity.places + price.places);
  const minor = 10n ** BigInt(exponentOf(model.currency));
  const off = quantity.value * price.value * minor - net * unit;
  return 50n * (off < 0n ? -off : off) <= unit * minor;
}

/** A decimal's digits as an integer, and how many of them are behind the point. */
function digitsOf(decimal: string): { value: bigint; places: number } {
  const point = decimal.indexOf(".");
  if (point < 0) return { value: BigInt(decimal), places: 0 };
  const value = BigInt(decimal.slice(0, point) + decimal.slice(point + 1));
  return { value, places: decimal.length - point - 1 };
}

/** Prices with tax in them, and amounts that come otherwise, are one piece at the line's net. */
function lumpSum(model: DocumentModel, line: DocumentLine, description: string) {
  const format = formatterFor(model.language, model.region, model.currency);
  const original = `${format.decimal(line.quantity)} × ${format.price(line.unitPrice)}`;
  const net = BigInt(line.netMinor);
  return {
    description: description ? `${description}\n${original}` : original,
    quantity: net < 0n ? "-1" : "1",
    unitCode: "C62",
    price: moneyText(net < 0n ? -net : net, model.currency),
    adjustments: [],
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
  const labels = firstLabels(model.language);
  const code = category === "E" ? null : REASON_CODES[category];
  return {
    ...shared,
    reason: exemption?.reason ?? labels.exemption[category],
    reasonCode: exemption?.code ?? code,
  };
}
