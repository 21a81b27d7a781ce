/** A stored document to the model that its page, its HTML and its e-invoice are made of. Pure. */
import { Temporal } from "temporal-polyfill";
import { dateText } from "../../../core/period.ts";
import { type DocumentKind, KINDS } from "../../kind/registry.ts";
import type { ShownStatus } from "../../kind/status.ts";
import type { Watermark } from "../../language/labels.ts";
import type {
  DocumentLine,
  DocumentModel,
  References,
  ShownAttachment,
  ShownDiscount,
} from "../../model/model.ts";
import type { Attachment } from "../../model/particulars.ts";
import type { BrandingSnapshot, BuyerSnapshot, SellerSnapshot } from "../../model/party.ts";
import { discounted } from "../../model/settlement.ts";
import { payUrl } from "../../schema/pay-url.ts";
import {
  type Document,
  depositedOf,
  openMinor,
  prepaidOf,
  rangeOf,
  roundingOf,
  settlementOf,
} from "../../store/row.ts";
import { statusAt } from "../../store/status.ts";
import type { LineRow } from "../../store/table.ts";
import { deliveredOn, shippedTo } from "./delivery.ts";
import { paymentBlock } from "./payment-block.ts";
import { printable } from "./printable.ts";

/** What a page shows beside the document's own rows. */
export type Surroundings = {
  seller: SellerSnapshot;
  buyer: BuyerSnapshot;
  branding: BrandingSnapshot;
  /** The invoice that a credit note corrects, or what an invoice was made from. */
  origin: { kind: DocumentKind; number: string; date: string } | null;
  nowMs: number;
};

/**
 * `issued` is the page as it was finalised; `today` also says what has become of it; a `copy` says
 * so as well.
 */
export type Rendition = "issued" | "today" | "copy";

/** The model of a rendition, without its logo and its e-invoice, in characters that print. */
export function modelOf(
  document: Document,
  around: Surroundings,
  rendition: Rendition,
): DocumentModel {
  return printable(writtenModel(document, around, rendition));
}

/** The model of a rendition, as its texts are stored. */
function writtenModel(
  document: Document,
  around: Surroundings,
  rendition: Rendition,
): DocumentModel {
  const { seller, buyer, branding } = around;
  const today = statusAt(document, around.nowMs);
  // Only a final document was issued: a draft says so in each rendition.
  const asIssued = rendition === "issued" && document.number !== null;
  const status = asIssued || today === "issued" ? null : today;
  const issued = document.issueDate ?? dateText(around.nowMs, document.timeZone);
  const period = rangeOf(document.periodStart, document.periodEnd);
  const attachments = document.particulars?.attachments;
  const asGiven = !isSecond(branding);
  return {
    template: { name: branding.template, version: branding.templateVersion },
    kind: document.kind,
    number: document.number,
    language: document.language,
    region: buyer.party.address.country,
    currency: document.currency,
    page: { size: branding.pageSize, marginPt: branding.marginPt },
    status,
    watermark: watermarkOf(status, rendition),
    dates: {
      issued,
      due: document.dueDate,
      validUntil: document.validUntil,
      delivered: asGiven ? document.deliveryDate : deliveredOn({ ...document, issued, period }),
      period,
    },
    seller: seller.party,
    buyer: buyer.party,
    shipTo: asGiven ? buyer.shipTo : shippedTo(buyer, document),
    references: referencesOf(document, around),
    fields: document.fields,
    memo: document.memo,
    ...reasonOf(document, branding),
    ...shownSettlement(document, around),
    lines: document.lines.map(lineOf),
    pricesIncludeTax: document.taxInclusive,
    totals: totalsFor(document, rendition),
    payment: askFor(document, around, rendition),
    notes: document.notes,
    terms: document.terms,
    footer: branding.footer,
    usage: document.usage,
    branding: { accent: branding.accent, logo: null },
    facturX: null,
    ...seller.particulars,
    ...(attachments ? { attachments: attachments.map(shownAttachment) } : {}),
  };
}

function shownAttachment({ name, description, url, file }: Attachment): ShownAttachment {
  return { name, description, url, type: file?.type ?? null, sha256: file?.sha256 ?? null };
}

/** What the second version of the pages says beyond the first. */
function isSecond({ templateVersion }: BrandingSnapshot): boolean {
  return templateVersion >= 2;
}

function reasonOf({ kind, reason }: Document, branding: BrandingSnapshot) {
  return KINDS[kind].credits && reason !== null && isSecond(branding) ? { reason } : {};
}

/** A draft says what it is once, beside its title. */
function watermarkOf(status: ShownStatus | null, rendition: Rendition): Watermark | null {
  if (status === "void") return status;
  return rendition === "copy" ? "copy" : null;
}

function referencesOf(document: Document, { origin }: Surroundings): References {
  const asOrigin = origin && KINDS[origin.kind].asOrigin;
  const further = document.particulars?.references;
  return {
    purchaseOrder: document.purchaseOrder,
    buyerReference: document.buyerReference,
    precedingInvoice:
      origin && asOrigin === "precedingInvoice"
        ? { number: origin.number, date: origin.date }
        : null,
    quote: origin && asOrigin === "precedingQuote" ? origin.number : null,
    ...(origin && asOrigin === "precedingProforma" ? { proforma: origin.number } : {}),
    ...(further ? { further } : {}),
  };
}

function lineOf(row: LineRow): DocumentLine {
  return {
    name: row.name,
    description: row.description,
    detail: row.detail,
    group: row.groupName === null ? null : { name: row.groupName, detail: row.groupDetail },
    classification: row.classification,
    quantity: row.quantity,
    unitCode: row.unitCode,
    unit: row.unit,
    unitPrice: row.unitPrice,
    adjustments: row.adjustments,
    period: rangeOf(row.periodStart, row.periodEnd),
    tax: { category: row.tax.category, percent: row.tax.percent },
    amountMinor: String(row.amountMinor),
    netMinor: String(row.netMinor),
    ...(row.particulars ? { particulars: row.particulars } : {}),
  };
}

function totalsFor(document: Document, rendition: Rendition): DocumentModel["totals"] {
  const { totals, accounting, prepaidMinor, totalMinor } = document;
  const since = rendition !== "issued" && KINDS[document.kind].owed;
  const paid = since ? document.paidMinor : 0;
  const credited = since ? document.creditedMinor : 0;
  const prepaid = since ? prepaidOf(document) : prepaidMinor;
  const { deposits, roundingMinor: own } = settlementOf(document);
  const asIs = since ? document : asIssued(document);
  const deposited = depositedOf(asIs);
  const rounding = KINDS[document.kind].owed ? roundingOf(asIs) : Number(own);
  return {
    subtotalMinor: totals.subtotalMinor,
    adjustments: totals.adjustments,
    netMinor: String(document.netMinor),
    taxes: totals.taxes,
    taxMinor: String(document.taxMinor),
    totalMinor: String(totalMinor),
    prepaidMinor: String(prepaid),
    paidMinor: String(paid),
    creditedMinor: String(credited),
    ...(deposited === 0 ? {} : { deposits }),
    ...(rounding === 0 ? {} : { roundingMinor: String(rounding) }),
    dueMinor: String(totalMinor - prepaid - deposited - paid - credited + rounding),
    accounting:
      accounting && totals.accountingTaxMinor !== null
        ? { ...accounting, taxMinor: totals.accountingTaxMinor }
        : null,
  };
}

function askFor(
  document: Document,
  { seller, buyer, branding }: Surroundings,
  rendition: Rendition,
): DocumentModel["payment"] {
  const { id, kind, number, currency } = document;
  const { bank, payUrl: template = null } = seller;
  const { owed, credits } = KINDS[kind];
  const isBack = credits && isSecond(branding);
  // Version 1 asked for no debit where the issuer has no account of its own.
  const mandate = buyer.mandate;
  const debits = isSecond(branding) && !isBack ? mandate : null;
  if (!(owed || isBack) || number === null || (bank ?? template ?? debits) === null) return null;
  const dueMinor = openMinor(rendition === "issued" ? asIssued(document) : document);
  return paymentBlock({
    bank,
    url: template === null || isBack ? null : payUrl(template, { id, number, currency, dueMinor }),
    beneficiary: seller.particulars?.payee?.name ?? seller.party.name,
    mandate,
    currency,
    dueMinor,
    number,
  });
}

/** A document without what was paid or credited of it since. */
function asIssued(document: Document): Document {
  return { ...document, status: "open", paidMinor: 0, creditedMinor: 0 };
}

/** What an invoice is for, and what it offers to who pays early. */
function shownSettlement(document: Document, { nowMs }: Surroundings) {
  const { purpose, cashDiscounts } = settlementOf(document);
  const issued = Temporal.PlainDate.from(document.issueDate ?? dateText(nowMs, document.timeZone));
  const due = openMinor(asIssued(document));
  const shown = cashDiscounts.map((discount): ShownDiscount => {
    const { payMinor, savedMinor } = discounted(discount, due, document.roundingStepMinor);
    const until = issued.add({ days: discount.days }).toString();
    return { ...discount, until, payMinor: `${payMinor}`, savedMinor: `${savedMinor}` };
  });
  return {
    ...(purpose === null ? {} : { purpose }),
    ...(shown.length === 0 ? {} : { cashDiscounts: shown }),
  };
}
