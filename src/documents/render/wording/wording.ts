/**
 * Pure. What a document's page says, in its language: the same words and figures for the PDF and
 * for HTML.
 */
import { KINDS } from "../../kind/registry.ts";
import { type Formatter, fill, formatterOf } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import { kindWords } from "../../language/labels.ts";
import { labelsFor } from "../../language/registry.ts";
import type {
  DocumentLine,
  DocumentModel,
  DocumentTotals,
  Party,
  PaymentBlock,
  Sheet,
  TaxGroup,
  UsageChart,
} from "../../model/model.ts";
import type { Mandate } from "../../model/party.ts";
import type { Deposit } from "../../model/settlement.ts";
import { addressLines, contactLines } from "./address.ts";
import { exemptionReason } from "./exemption.ts";
import {
  identifierTexts,
  particularTexts,
  referenceEntries,
  representativeText,
  sellerTexts,
} from "./particulars.ts";
import { standingOf, standingSentence } from "./standing.ts";
import { labelsIn } from "./tax-word.ts";

/** A model with its language's words and ways of writing. */
export type Words<M extends Sheet = DocumentModel> = {
  model: M;
  labels: Labels;
  format: Formatter;
};

/** A model with the labels and the formatter of its language, region and currency. */
export function wordsOf<M extends Sheet>(model: M): Words<M> {
  const format = formatterOf(model);
  // Who has a representative charges the tax of its country.
  const { country } = (model.taxRepresentative ?? model.seller).address;
  const labels = labelsIn(labelsFor(model.language), country);
  return { model, labels, format };
}

/** What the document is called: its kind and its number. */
export function titleText(words: Words): string {
  return `${headingText(words)} ${words.model.number ?? words.labels.noNumber}`;
}

/** What the document is called without its number: a deposit and what takes it off by their own. */
export function headingText({ model, labels }: Words): string {
  const { kind, purpose, totals } = model;
  if (purpose === "deposit") return labels.sums.depositTitle;
  if (KINDS[kind].owed && totals.deposits) return labels.sums.finalTitle;
  return kindWords(labels, kind).title;
}

export type Entry = { label: string; value: string; strong?: boolean };

/** Number, dates and references, in the order in which they are shown. */
export function metaEntries(words: Words): Entry[] {
  const { model, labels, format } = words;
  const { dates, references } = model;
  const entries: Entry[] = [{ label: labels.issued, value: format.date(dates.issued) }];
  // A draft has none, and says so once: in the status beside its title.
  if (model.number !== null) {
    const label = kindWords(labels, model.kind).number;
    entries.unshift({ label, value: model.number, strong: true });
  }
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
  add(labels.sums.reason, model.reason);
  add(labels.quote, references.quote);
  add(labels.number.proforma, references.proforma);
  add(labels.purchaseOrder, references.purchaseOrder);
  add(labels.buyerReference, references.buyerReference);
  for (const [label, value] of referenceEntries(words)) add(label, value);
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
    {
      head: seller.name,
      name: null,
      rest: [...partyRest(words, seller), ...sellerTexts(words)],
    },
    { head: to, name: buyer.name, rest: partyRest(words, buyer) },
  ];
  if (shipTo && !isCountryOf(buyer, shipTo)) {
    const rest = addressLines(shipTo.address, format);
    blocks.push({ head: labels.shipTo, name: shipTo.name, rest });
  }
  const representative = representativeText(words);
  if (representative) blocks.push(representative);
  return blocks;
}

/** Whether goods go no further than to the buyer's country, so that there is nothing to show. */
function isCountryOf(buyer: Party, { name, address }: NonNullable<DocumentModel["shipTo"]>) {
  const { country, ...rest } = address;
  const isElsewhere = Object.values(rest).some((part) => part !== null && part.length > 0);
  return name === buyer.name && country === buyer.address.country && !isElsewhere;
}

/** What stands under a party's name. */
export function partyRest({ model, labels, format }: Words<Sheet>, party: Party): string[] {
  const contact = party.contactName ? [party.contactName] : [];
  const address = addressLines(party.address, format);
  const contacts = contactLines(party, model.language, labels);
  return [...contact, ...address, ...contacts, ...identifierTexts(party)];
}

/** The one sentence that says what the document is for, and how it stands. */
export function heroSentence({ model, labels, format }: Words): string {
  return standingSentence(standingOf(model), labels, format);
}

/** The grey lines under a line's name. */
export function secondaryTexts(words: Words, line: DocumentLine): string[] {
  const { format } = words;
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
  if (line.particulars) texts.push(...particularTexts(words, line));
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
  const { deposits = [], roundingMinor } = totals;
  const isLast = !owed && deposits.length === 0 && roundingMinor === undefined;
  rows.push({
    label: labels.total,
    amountMinor: totals.totalMinor,
    strength: isLast ? "due" : "strong",
  });
  if (isLast) return rows;
  rows.push(...deposits.flatMap((deposit) => depositRows(words, deposit)));
  if (roundingMinor !== undefined) rows.push(plain(labels.sums.rounding, roundingMinor));
  if (!owed) {
    rows.push({ label: labels.credited, amountMinor: totals.dueMinor, strength: "due" });
    return rows;
  }
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

/** A deposit that is taken off, and the taxes in it, which it charged already. */
function depositRows({ labels, format }: Words, deposit: Deposit): TotalRow[] {
  const { number, date, totalMinor, taxes } = deposit;
  const label = fill(labels.sums.depositOf, { number, date: format.date(date) });
  const taxed = taxes.filter(({ category }) => category !== "O");
  const parts = taxed.map(({ percent, name, baseMinor, taxMinor }) =>
    fill(labels.sums.depositTax, {
      tax: name ?? labels.taxName,
      rate: format.percent(percent),
      base: format.money(baseMinor),
      amount: format.money(taxMinor),
    }),
  );
  const text = parts.length === 0 ? label : `${label}, ${parts.join(", ")}`;
  return [{ label: text, amountMinor: `${-BigInt(totalMinor)}`, strength: "plain" }];
}

/** What each cash discount offers, in words. */
export function cashDiscountTexts({ model, labels, format }: Words): string[] {
  return (model.cashDiscounts ?? []).map(({ percent, baseMinor, until, payMinor, savedMinor }) => {
    const rate = format.percent(percent);
    return fill(labels.sums.discountBy, {
      percent: baseMinor === null ? rate : `${rate} (${format.money(baseMinor)})`,
      date: format.date(until),
      amount: format.money(payMinor),
      saved: format.money(savedMinor),
    });
  });
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
export function taxRemarks(words: Words): string[] {
  const { labels, format, model } = words;
  const { accounting, taxes } = model.totals;
  const { country } = model.seller.address;
  const remarks = taxes.flatMap((group) => exemptionReason(group, labels, country) ?? []);
  if (model.pricesIncludeTax) remarks.unshift(labels.taxIncluded);
  if (!model.payment) {
    const { cashDiscount } = labels.sums;
    remarks.push(...cashDiscountTexts(words).map((text) => `${cashDiscount}: ${text}`));
  }
  if (accounting) {
    const { currency, rate, date, taxMinor } = accounting;
    const values = { currency, rate: format.decimal(rate), date: format.date(date) };
    const amount = formatterOf({ ...model, currency }).money(taxMinor);
    remarks.push(`${fill(labels.accountingTax, values)}: ${amount}`);
  }
  return [...new Set(remarks)];
}

/** True where the page asks for money; a credit note has a payment block only for its e-invoice. */
export function asksForMoney({ kind, totals }: DocumentModel): boolean {
  return KINDS[kind].owed && BigInt(totals.dueMinor) > 0n;
}

/** How the payment block is headed. */
export function paymentTitle({ labels }: Words, { meansCode, mandate }: PaymentBlock): string {
  if (mandate) return labels.debit.title;
  return meansCode === "68" ? labels.payOnline : labels.payByTransfer;
}

/** What a payer must enter, or what will be debited, line by line. */
export function paymentEntries(words: Words, payment: PaymentBlock): Entry[] {
  const { labels } = words;
  const { mandate } = payment;
  const rows: [string, string | null][] = mandate
    ? debitRows(words, mandate)
    : [
        [labels.beneficiary, payment.beneficiary],
        [labels.iban, payment.iban && spaced(payment.iban)],
        [labels.bic, payment.bic],
        ...payment.account.map(({ label, value }): [string, string] => [label, value]),
        [labels.bank, payment.bankName],
      ];
  rows.push([labels.reference, payment.reference]);
  for (const text of cashDiscountTexts(words)) rows.push([labels.sums.cashDiscount, text]);
  return rows.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

/** From which account, when, and by whose right. */
function debitRows({ model, labels, format }: Words, mandate: Mandate): [string, string | null][] {
  const { debit } = labels;
  const { due } = model.dates;
  return [
    [debit.account, mandate.iban && spaced(mandate.iban)],
    [debit.day, due && format.date(due)],
    [debit.mandate, mandate.reference],
    [debit.creditor, mandate.creditorId],
  ];
}

/** What the code of a payment block is scanned with, in words under it. */
export function scanCaption({ labels }: Words, { qr }: PaymentBlock): string | null {
  return qr === null ? null : labels.scan[qr.kind];
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
