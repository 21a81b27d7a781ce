/** Who issues and who receives. Pure: the shapes of both, and what they are by default. */
import { type DocumentKind, KINDS } from "../kind/registry.ts";
import type { Language } from "../language/registry.ts";
import type { Address, Party, Tax, TEMPLATES, TemplateVersion } from "./model.ts";
import type { CustomerParticulars, IssuerParticulars } from "./particulars.ts";

/** A tax as a line carries it; `components` are named parts that add up to `percent`. */
export type LineTax = Tax & {
  name: string | null;
  components: { name: string; percent: string }[];
  exemption: { reason: string; code: string | null } | null;
};

export type Bank = {
  holder: string | null;
  iban: string | null;
  bic: string | null;
  name: string | null;
  account: { label: string; value: string }[];
  upi: string | null;
};

export type Issuer = {
  tenant: string;
  party: Party;
  bank: Bank | null;
  timeZone: string;
  currency: string;
  /** Where the seller accounts for tax in another currency (BT-6). */
  taxCurrency: string | null;
  language: Language;
  /** Null: by the buyer's country. */
  pageSize: "a4" | "letter" | null;
  paymentTermsDays: number;
  /** The tax of a line where neither it nor the customer has one. */
  tax: LineTax;
  invoiceFormat: string;
  quoteFormat: string;
  creditNoteFormat: string;
  /** When open invoices are reminded of, in days from the due date, ascending; none: never. */
  reminderDays: number[];
  /** Where invoices are paid online: an address with placeholders; `payUrl` fills it. */
  payUrl: string | null;
  particulars: IssuerParticulars | null;
  /** The format of e-invoices by the buyer's country, `*` for all others; names of packs. */
  eInvoiceFormats: Record<string, string> | null;
  /** Whether a draft that lacks what its e-invoice needs gets no number. */
  strict: boolean;
};

export type Branding = {
  template: (typeof TEMPLATES)[number];
  accent: string | null;
  logoKey: string | null;
  marginPt: number;
  terms: string | null;
  footer: string | null;
};

export type ShipTo = { name: string; address: Address };

/** A direct debit's mandate (BT-89) and the account that is debited (BT-91). */
export type Mandate = { reference: string; iban: string | null; creditorId: string | null };

export type Customer = {
  id: string;
  tenant: string;
  name: string;
  email: string | null;
  party: Party;
  shipTo: ShipTo | null;
  language: Language | null;
  currency: string | null;
  tax: LineTax | null;
  paymentTermsDays: number | null;
  mandate: Mandate | null;
  /** The caller's own id of the customer. */
  reference: string | null;
  /** The tenant that may read what is addressed to this customer. */
  linkedTenant: string | null;
  particulars: CustomerParticulars | null;
  /** The format of its e-invoices, before what the issuer says of its country; a pack's name. */
  eInvoiceFormat: string | null;
};

/** Frozen on a document when it is finalised: the issuer, its bank, and how its page looked. */
export type SellerSnapshot = {
  party: Party;
  bank: Bank | null;
  /** Left out of what was issued before there were pay pages. */
  payUrl?: string | null;
  /** Left out of what was issued before there were any. */
  particulars?: IssuerParticulars | null;
};
export type BuyerSnapshot = {
  party: Party;
  shipTo: ShipTo | null;
  email: string | null;
  mandate: Mandate | null;
  /** The chosen format of the e-invoice; left out of what was issued before there was a choice. */
  eInvoiceFormat?: string | null;
};
export type BrandingSnapshot = Branding & {
  pageSize: "a4" | "letter";
  templateVersion: TemplateVersion;
};

/** Everything that a document takes over from whom it concerns. */
export type Parties = {
  issuer: Issuer;
  branding: Branding;
  customer: Customer;
  /** Empty for real documents, else the test tenant whose series counts them. */
  scope: string;
};

export const OUTSIDE_SCOPE: LineTax = {
  category: "O",
  percent: "0",
  name: null,
  components: [],
  exemption: null,
};

export const DEFAULT_BRANDING: Branding = {
  template: "calm",
  accent: null,
  logoKey: null,
  marginPt: 54, // 0.75 inch
  terms: null,
  footer: null,
};

/** A party of which only the name is known. */
export function partyNamed(name: string): Party {
  return {
    name,
    contactName: null,
    address: { lines: [], city: null, postalCode: null, region: null, country: null },
    email: null,
    phone: null,
    website: null,
    vatId: null,
    taxNumber: null,
    legalId: null,
    electronicAddress: null,
  };
}

// Where Letter is the paper in use (CLDR supplemental data, "US-Letter").
const LETTER = new Set("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split(" "));

/** The number format of a kind that an issuer has: its own, or the kind's. */
export function formatTextOf(issuer: Issuer, kind: DocumentKind): string {
  const { issuerFormat, numberFormat } = KINDS[kind];
  return issuerFormat === null ? numberFormat : issuer[issuerFormat];
}

/** The format that was chosen for a customer: its own, else that of its country; null: none was. */
export function chosenFormat({ issuer, customer }: Pick<Parties, "issuer" | "customer">) {
  const formats = issuer.eInvoiceFormats ?? {};
  const country = customer.party.address.country ?? "*";
  return customer.eInvoiceFormat ?? formats[country] ?? formats["*"] ?? null;
}

/** The page size: the issuer's choice, else what the buyer's or seller's country prints on. */
export function pageSizeOf(issuer: Issuer, customer: Customer): "a4" | "letter" {
  if (issuer.pageSize) return issuer.pageSize;
  const country = customer.party.address.country ?? issuer.party.address.country;
  return country !== null && LETTER.has(country) ? "letter" : "a4";
}
