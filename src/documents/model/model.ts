/**
 * Pure. What one document shows: everything that its page, its HTML and its e-invoice are made of,
 * frozen and serialisable as JSON, so that its canonical text is its identity. Amounts are integers
 * of the currency's minor units as decimal text ("1248065"); quantities, prices and percentages are
 * plain decimal text ("0.0004"); dates are calendar days ("2026-11-01"). Formatting is the page's.
 */
import type { DocumentKind } from "../kind/registry.ts";
import type { ShownStatus } from "../kind/status.ts";
import type { Watermark } from "../language/labels.ts";
import type { Language } from "../language/registry.ts";
import type { Address } from "./address.ts";
import type {
  FurtherReferences,
  Identifier,
  LineParticulars,
  Payee,
  TaxRepresentative,
} from "./particulars.ts";
import type { CashDiscount, Deposit, Purpose } from "./settlement.ts";

export type { Address } from "./address.ts";

export const TEMPLATES = ["calm", "classic"] as const;
/** Pinned on each finalised document, so that it renders to the same bytes for ever. */
export type Template = { name: (typeof TEMPLATES)[number]; version: TemplateVersion };

/** Which version of the product's pages prints it: `render/version` has one entry for each. */
export type TemplateVersion = 1 | 2 | 3;
/** The version of documents that are finalised now. */
export const CURRENT_VERSION: TemplateVersion = 3;

export type DocumentModel = {
  template: Template;
  kind: DocumentKind;
  /** Null while a draft. */
  number: string | null;
  /** Decides labels; `region` (an ISO 3166 code) refines dates and numbers, as en-GB or de-CH. */
  language: Language;
  region: string | null;
  currency: string;
  page: { size: "a4" | "letter"; marginPt: number };
  /** Today's, a pill beside the title; the rendition made at finalisation has none. */
  status: ShownStatus | null;
  watermark: Watermark | null;
  dates: DocumentDates;
  seller: Party;
  buyer: Party;
  shipTo: { name: string; address: Address } | null;
  references: References;
  /** The tenant's own fields, at most four, shown after the dates. */
  fields: { label: string; value: string }[];
  /** Shown above the lines, as written by the tenant. */
  memo: string | null;
  /** Why a credit note was issued (BT-22); the first version of the pages did not say it. */
  reason?: string;
  /** What an invoice is for, where that is not all of what it names. */
  purpose?: Purpose;
  /** What is taken off for who pays early, the soonest first. */
  cashDiscounts?: ShownDiscount[];
  lines: DocumentLine[];
  /** Whether `unitPrice` and `amountMinor` of the lines hold the tax already. */
  pricesIncludeTax: boolean;
  totals: DocumentTotals;
  /** How it is paid, or how a credit note's money goes back: its page does not ask for any. */
  payment: PaymentBlock | null;
  notes: string | null;
  terms: string | null;
  footer: string | null;
  /** One chart a metric, where the document bills usage. */
  usage: UsageChart[];
  branding: { accent: string | null; logo: Logo | null };
  /** BG-10, who is paid where that is not the seller; left out where nobody else is. */
  payee?: Payee;
  /** BG-11; left out where there is none. */
  taxRepresentative?: TaxRepresentative;
  /** BG-24; left out where there are none. */
  attachments?: ShownAttachment[];
  /** The CII text embedded as factur-x.xml, or null where the document is no e-invoice. */
  facturX: string | null;
};

/** What all sheets have that the product prints: whose they are, and how they look. */
export type Sheet = Pick<
  DocumentModel,
  | "template"
  | "language"
  | "region"
  | "currency"
  | "page"
  | "watermark"
  | "seller"
  | "buyer"
  | "shipTo"
  | "footer"
  | "branding"
  | "taxRepresentative"
>;

/** A file or a link; `content` is the file's base64, read only where it is written. */
export type ShownAttachment = {
  name: string;
  description: string | null;
  url: string | null;
  type: string | null;
  sha256: string | null;
  content?: string;
};

export type DocumentDates = {
  issued: string;
  due: string | null;
  validUntil: string | null;
  delivered: string | null;
  /** Both days inclusive. */
  period: DayRange | null;
};

export type DayRange = { start: string; end: string };

export type References = {
  purchaseOrder: string | null;
  /** BT-10, such as a Leitweg-ID. */
  buyerReference: string | null;
  /** The invoice that a credit note corrects. */
  precedingInvoice: { number: string; date: string } | null;
  /** The quote that an invoice was made from. */
  quote: string | null;
  /** The proforma invoice that an invoice was made from; left out where there is none. */
  proforma?: string;
  /** Left out where there are none. */
  further?: FurtherReferences;
};

export type Party = {
  name: string;
  contactName: string | null;
  address: Address;
  email: string | null;
  phone: string | null;
  website: string | null;
  vatId: string | null;
  /** A tax number that is no VAT id, such as a German Steuernummer or a GSTIN. */
  taxNumber: string | null;
  /** Registration in a company register; `scheme` is an ISO 6523 code. */
  legalId: { scheme: string | null; value: string } | null;
  /** BT-34 and BT-49: where e-invoices are sent from and to; `scheme` is an EAS code. */
  electronicAddress: { scheme: string; value: string } | null;
  /** BT-29 and BT-46; `scheme` is an ISO 6523 code. Left out where there are none. */
  identifiers?: Identifier[];
  /** BT-33, of a seller; left out where there is none. */
  legalInformation?: string;
  /** What the seller calls a buyer by; BT-46 where it has no identifier. */
  customerNumber?: string;
};

/** A cash discount as it was offered: until which day, what is then paid and what it saves. */
export type ShownDiscount = CashDiscount & {
  until: string;
  payMinor: string;
  savedMinor: string;
};

/** UNCL5305 as EN 16931 restricts it. */
export type TaxCategory = "S" | "Z" | "E" | "AE" | "K" | "G" | "O" | "L" | "M";
export type Tax = { category: TaxCategory; percent: string };

/** A discount or a surcharge; `amountMinor` is positive. */
export type Adjustment = {
  kind: "discount" | "charge";
  reason: string;
  /** Shown with the reason where the amount was computed from it. */
  percent: string | null;
  amountMinor: string;
  /** UNTDID 5189 of a discount, 7161 of a charge; left out where none is given. */
  reasonCode?: string;
};

export type DocumentLine = {
  name: string;
  description: string | null;
  /** A short grey line of the system's own: a period, a tier, a proration. */
  detail: string | null;
  /** Neighbouring lines with the same name here stand under one head. */
  group: { name: string; detail: string | null } | null;
  classification: { scheme: string; code: string } | null;
  quantity: string;
  /** UN/ECE Recommendation 20, such as C62 or HUR. */
  unitCode: string;
  /** The unit as printed after the quantity, or null. */
  unit: string | null;
  unitPrice: string;
  adjustments: Adjustment[];
  period: DayRange | null;
  tax: Tax;
  /** As printed: with the tax where prices include it. */
  amountMinor: string;
  /** BT-131, always without tax. */
  netMinor: string;
  /** Left out where there are none. */
  particulars?: LineParticulars;
};

export type TaxGroup = Tax & {
  /** What the tax is called where the language's "VAT" is wrong, such as "Sales tax". */
  name: string | null;
  baseMinor: string;
  taxMinor: string;
  /** Named parts that add up to `taxMinor`, such as CGST and SGST. */
  components: { name: string; percent: string; taxMinor: string }[];
  /** BT-120 and BT-121, for every category but S, Z, L and M. */
  exemption: { reason: string; code: string | null } | null;
};

export type DocumentTotals = {
  /** Sum of the lines as printed. */
  subtotalMinor: string;
  /**
   * One per reason and tax group (BG-20, BG-21), `netMinor` without tax; the page adds up those of
   * one reason.
   */
  adjustments: (Adjustment & { tax: Tax; netMinor: string })[];
  /** BT-109. */
  netMinor: string;
  taxes: TaxGroup[];
  taxMinor: string;
  /** BT-112. */
  totalMinor: string;
  /** BT-113: prepaid credit taken when the document was finalised. */
  prepaidMinor: string;
  /** Payments and credit notes since; not in the e-invoice. */
  paidMinor: string;
  creditedMinor: string;
  /** Deposits that are taken off, with tax (BT-113, BG-3); not there without any. */
  deposits?: Deposit[];
  /** BT-114, what rounding adds to what is due; not there where it adds nothing. */
  roundingMinor?: string;
  /** What is open: total − prepaid − deposits − paid − credited + rounding. */
  dueMinor: string;
  /** BT-6 and BT-111, where the seller accounts for tax in another currency. */
  accounting: { currency: string; taxMinor: string; rate: string; date: string } | null;
};

export type PaymentBlock = {
  /** UNCL4461: 58 SEPA transfer, 30 transfer, 59 SEPA direct debit, 68 online. */
  meansCode: string;
  beneficiary: string;
  iban: string | null;
  bic: string | null;
  bankName: string | null;
  /** An account that has no IBAN, as printed. */
  account: { label: string; value: string }[];
  /** A direct debit's mandate (BT-89), debited account (BT-91) and creditor id (BT-90). */
  mandate: { reference: string; iban: string | null; creditorId: string | null } | null;
  reference: string;
  /** Where to pay online. */
  url: string | null;
  /** What the QR code says: an EPC069-12 text, a upi: or an https: address. */
  qr: { kind: "epc" | "upi" | "link"; payload: string } | null;
};

/** Bars of equal days; their sum is the quantity that the lines bill. */
export type UsageChart = {
  name: string;
  unit: string | null;
  quantity: string;
  period: DayRange;
  bars: { day: string; quantity: string }[];
};

/** A logo as a PDF takes it, decoded once at upload: data is base64. */
export type Logo =
  | {
      format: "jpeg";
      /** As it is shown, upright. */
      widthPx: number;
      heightPx: number;
      components: 1 | 3;
      /** How it lies in its data: 2 to 8 (Exif, tag 274); upright without it. */
      orientation?: number;
      data: string;
    }
  | {
      /** Zlib streams of 8-bit samples, rows from the top. */
      format: "flate";
      widthPx: number;
      heightPx: number;
      components: 1 | 3;
      data: string;
      alpha: string | null;
    };
