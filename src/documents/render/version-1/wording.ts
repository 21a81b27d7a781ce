/**
 * Pure. What a document's page says, in its language: the same words and figures for the PDF and
 * for HTML.
 */
import { KINDS } from "../../kind/registry.ts";
import { type Formatter, fill, formatterFor } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import { kindWords } from "../../language/labels.ts";
import type {
  DocumentLine,
  DocumentModel,
  DocumentTotals,
  Party,
  PaymentBlock,
  TaxGroup,
  UsageChart,
} from "../../model/model.ts";
import { addressLines, contactLines } from "./address.ts";
import { firstLabels } from "./labels.ts";

/** A model with its language's words and ways of writing. */
export type Words = { model: DocumentModel; labels: Labels; format: Formatter };

/** A model with the labels and the formatter of its language, region and currency. */
export function wordsOf(model: DocumentModel): Words {
  const { language, region, currency } = model;
  const format = formatterFor(language, region, currency);
  return { model, labels: firstLabels(language), format };
}

/** What the document is called: its kind and its number. */
export function titleText({ model, labels }: Words): string {
  return `${kindWords(labels, model.kind).title} ${model.number ?? labels.noNumber}`;
}

export type Entry = { label: string; value: string; strong?: boolean };

/** Number, dates and references, in the order in which they are shown. */
export function metaEntries(words: Words): Entry[] {
  const { model, labels, format } = words;
  const { dates, references } = model;
  const entries: Entry[] = [
    {
      label: kindWords(labels, model.kind).number,
      value: model.number ?? labels.noNumber,
      strong: true,
    },
    { label: labels.issued, value: format.date(dates.issued) },
  ];
  const add = (label: string, value: string | null | undefined) => {
    if (value) entries.push({ label, value });
  };
  const day = (date: string | null) => (date === null ? null : format.date(date));
  if (KINDS[model.kind].owed) add(labels.due, day(dates.due));
  add(labels.validUntil, day(dates.validUntil));
  add(labels.delivered, day(dates.delivered));
  add(labels.period, dates.period && format.range(dates.period));
  const preceding = references.precedingInvoice;
  add(labels.precedingInvoice, preceding && `${preceding.number}, ${format.date(preceding.date)}`);
  add(labels.quote, references.quote);
  add(labels.purchaseOrder, references.purchaseOrder);
  add(labels.buyerReference, references.buyerReference);
  for (const { label, value } of model.fields) add(label, value);
  return entries;
}

export type PartyBlock = { head: string; name: string | null; rest: string[] };

/** Seller, buyer, and where it is shipped to. */
export function partyBlocks(words: Words): PartyBlock[] {
  const { model, labels, format } = words;
  const { seller, buyer, shipTo } = model;
  const to = labels[KINDS[model.kind].addressee];
  const blocks: PartyBlock[] = [
    { head: seller.name, name: null, rest: partyRest(words, seller) },
    { head: to, name: buyer.name, rest: partyRest(words, buyer) },
  ];
  if (shipTo) {
    const rest = addressLines(shipTo.address, format);
    blocks.push({ head: labels.shipTo, name: shipTo.name, rest });
  }
  return blocks;
}

function partyRest({ labels, format }: Words, party: Party): string[] {
  const contact = party.contactName ? [party.contactName] : [];
  const address = addressLines(party.address, format);
  return [...contact, ...address, ...contactLines(party, labels)];
}

/** The one sentence that says what the document is for. */
export function heroSentence(words: Words): string {
  const { model, labels, format } = words;
  const { totals, dates } = model;
  const total = format.money(totals.totalMinor);
  const { headline: hero } = KINDS[model.kind];
  if (hero === "credit") return fill(labels.amountCredited, { amount: total });
  if (hero === "offer") {
    if (!dates.validUntil) return fill(labels.quoteTotal, { amount: total });
    const date = format.date(dates.validUntil);
    return fill(labels.quoteTotalUntil, { amount: total, date });
  }
  const due = BigInt(totals.dueMinor);
  if (due <= 0n && BigInt(totals.totalMinor) > 0n)
    return fill(labels.amountPaid, { amount: total });
  const amount = format.money(totals.dueMinor);
  if (!dates.due) return fill(labels.amountDue, { amount });
  return fill(labels.amountDueBy, { amount, date: format.date(dates.due) });
}

/** The grey lines under a line's name. */
export function secondaryTexts({ format }: Words, line: DocumentLine): string[] {
  const texts: string[] = [];
  if (line.description) texts.push(line.description);
  if (line.detail) texts.push(line.detail);
  if (line.period) texts.push(format.range(line.period));
  if (line.classification) {
    texts.push(`${line.classification.scheme} ${line.classification.code}`);
  }
  for (const { kind, reason, percent, amountMinor } of line.adjustments) {
    const signed = kind === "discount" ? `-${amountMinor}` : amountMinor;
    const rate = percent === null ? "" : ` ${format.percent(percent)}`;
    texts.push(`${reason}${rate}: ${format.money(signed)}`);
  }
  return texts;
}

/** Quantity, price, tax where any line of the document is `taxed`, and amount. */
export function figureTexts({ format }: Words, line: DocumentLine, taxed: boolean): string[] {
  const quantity = format.decimal(line.quantity);
  const texts = [
    line.unit ? `${quantity}\u00a0${line.unit}` : quantity,
    format.price(line.unitPrice),
  ];
  if (taxed) {
    texts.push(line.tax.category === "O" ? "\u2013" : format.percent(line.tax.percent));
  }
  texts.push(format.money(line.amountMinor));
  return texts;
}

/** True where the lines have a column for their tax: some are not outside of it. */
export function showsTax({ lines }: DocumentModel): boolean {
  return lines.some(({ tax }) => tax.category !== "O");
}

export type Strength = "plain" | "strong" | "due";
export type TotalRow = { label: string; amountMinor: string; strength: Strength };

/** From subtotal to amount due. */
export function totalRows(words: Words): TotalRow[] {
  const { model, labels } = words;
  const { totals } = model;
  const plain = (label: string, amountMinor: string): TotalRow => ({
    label,
    amountMinor,
    strength: "plain",
  });
  const rows = [plain(labels.subtotal, totals.subtotalMinor), ...adjustmentRows(words, totals)];
  if (totals.netMinor !== totals.subtotalMinor) rows.push(plain(labels.net, totals.netMinor));
  for (const group of totals.taxes) rows.push(...taxRows(words, group));
  const { owed } = KINDS[model.kind];
  rows.push({
    label: labels.total,
    amountMinor: totals.totalMinor,
    strength: owed ? "strong" : "due",
  });
  if (!owed) return rows;
  for (const [label, amount] of [
    [labels.prepaid, totals.prepaidMinor],
    [labels.credited, totals.creditedMinor],
    [labels.paid, totals.paidMinor],
  ] as const) {
    if (BigInt(amount) !== 0n) rows.push(plain(label, `${-BigInt(amount)}`));
  }
  rows.push({ label: labels.dueTotal, amountMinor: totals.dueMinor, strength: "due" });
  return rows;
}

/** One row a reason; only the e-invoice says how a discount is spread over tax groups. */
function adjustmentRows({ format }: Words, totals: DocumentTotals): TotalRow[] {
  const sums = new Map<string, bigint>();
  for (const { kind, reason, percent, amountMinor } of totals.adjustments) {
    const label = percent === null ? reason : `${reason} (${format.percent(percent)})`;
    const signed = kind === "discount" ? -BigInt(amountMinor) : BigInt(amountMinor);
    sums.set(label, (sums.get(label) ?? 0n) + signed);
  }
  return [...sums].map(([label, sum]) => ({ label, amountMinor: `${sum}`, strength: "plain" }));
}

function taxRows({ labels, format }: Words, group: TaxGroup): TotalRow[] {
  if (group.category === "O") return [];
  const base = format.money(group.baseMinor);
  const row = (tax: string, percent: string, amountMinor: string): TotalRow => ({
    label: fill(labels.taxOn, { tax, rate: format.percent(percent), base }),
    amountMinor,
    strength: "plain",
  });
  if (group.components.length > 0) {
    return group.components.map(({ name, percent, taxMinor }) => row(name, percent, taxMinor));
  }
  return [row(group.name ?? labels.taxName, group.percent, group.taxMinor)];
}

/** Why a tax is zero, and what the law asks for in another currency (BT-120, BT-111). */
export function taxRemarks({ labels, format, model }: Words): string[] {
  const { accounting, taxes } = model.totals;
  const remarks = taxes.flatMap(({ category, exemption }) => {
    if (exemption) return [exemption.reason];
    return category === "S" || category === "L" || category === "M"
      ? []
      : [labels.exemption[category]];
  });
  if (model.pricesIncludeTax) remarks.unshift(labels.taxIncluded);
  if (accounting) {
    const { currency, rate, date, taxMinor } = accounting;
    const values = { currency, rate: format.decimal(rate), date: format.date(date) };
    const amount = formatterFor(model.language, model.region, currency).money(taxMinor);
    remarks.push(`${fill(labels.accountingTax, values)}: ${amount}`);
  }
  return [...new Set(remarks)];
}

/** How the payment block is headed. */
export function paymentTitle({ labels }: Words, { meansCode }: PaymentBlock): string {
  if (meansCode === "68") return labels.payOnline;
  return meansCode === "59" ? labels.payByDebit : labels.payByTransfer;
}

/** What a payer must enter, line by line; the IBAN in groups of four. */
export function paymentEntries({ labels }: Words, payment: PaymentBlock): Entry[] {
  const rows: [string, string | null][] = [
    [labels.beneficiary, payment.beneficiary],
    [labels.iban, payment.iban && spaced(payment.iban)],
    [labels.bic, payment.bic],
    ...payment.account.map(({ label, value }): [string, string] => [label, value]),
    [labels.bank, payment.bankName],
    [labels.mandate, payment.mandate?.reference ?? null],
    [labels.reference, payment.reference],
  ];
  return rows.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

/** An IBAN in groups of four, as on paper (ISO 13616). */
function spaced(iban: string): string {
  return iban.replace(/\s/g, "").replace(/(.{4})(?=.)/g, "$1 ");
}

/** What a usage chart shows, in words. */
export function chartSentence({ labels, format }: Words, chart: UsageChart): string {
  const { quantity, unit, period } = chart;
  const number = format.decimal(quantity);
  return fill(labels.usagePeriod, {
    quantity: unit ? `${number}\u00a0${unit}` : number,
    period: format.range(period),
  });
}
