/** The tables of documents; triggers of the migrations say which rows may change. */
import { type SQL, sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { DOCUMENT_KINDS } from "../kind/registry.ts";
import { STATUSES } from "../kind/status.ts";
import type { Language } from "../language/registry.ts";
import type { Accounting, LINE_KINDS } from "../model/content.ts";
import type { Adjustment, Party, TaxGroup, UsageChart } from "../model/model.ts";
import type {
  CustomerParticulars,
  DocumentParticulars,
  IssuerParticulars,
  LineParticulars,
} from "../model/particulars.ts";
import type {
  Bank,
  Branding,
  BrandingSnapshot,
  BuyerSnapshot,
  LineTax,
  Mandate,
  SellerSnapshot,
  ShipTo,
} from "../model/party.ts";
import type { StoredSettlement } from "../model/settlement.ts";
import type { AdjustmentPart } from "../model/totals.ts";

export const issuers = sqliteTable("issuers", {
  tenant: text("tenant").primaryKey(),
  party: text("party", { mode: "json" }).$type<Party>().notNull(),
  bank: text("bank", { mode: "json" }).$type<Bank>(),
  timeZone: text("time_zone").notNull(),
  currency: text("currency").notNull(),
  taxCurrency: text("tax_currency"),
  language: text("language").$type<Language>().notNull(),
  pageSize: text("page_size", { enum: ["a4", "letter"] }),
  paymentTermsDays: integer("payment_terms_days").notNull(),
  tax: text("tax", { mode: "json" }).$type<LineTax>().notNull(),
  invoiceFormat: text("invoice_format").notNull(),
  quoteFormat: text("quote_format").notNull(),
  creditNoteFormat: text("credit_note_format").notNull(),
  reminderDays: text("reminder_days", { mode: "json" }).$type<number[]>().notNull().default([]),
  payUrl: text("pay_url"),
  eInvoiceFormats: text("e_invoice_formats", { mode: "json" }).$type<Record<string, string>>(),
  strict: integer("strict", { mode: "boolean" }).notNull().default(false),
  updatedMs: integer("updated_ms").notNull(),
  rounding: text("rounding", { mode: "json" }).$type<Record<string, string>>(),
  particulars: text("particulars", { mode: "json" }).$type<IssuerParticulars>(),
});

export const brandings = sqliteTable(
  "brandings",
  {
    tenant: text("tenant").primaryKey(),
    template: text("template").$type<Branding["template"]>().notNull(),
    accent: text("accent"),
    logoKey: text("logo_key"),
    marginPt: integer("margin_pt").notNull(),
    terms: text("terms"),
    footer: text("footer"),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [index("brandings_by_logo").on(t.logoKey).where(sql`${t.logoKey} IS NOT NULL`)],
);

export const customers = sqliteTable(
  "customers",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    name: text("name").notNull(),
    email: text("email"),
    party: text("party", { mode: "json" }).$type<Party>().notNull(),
    shipTo: text("ship_to", { mode: "json" }).$type<ShipTo>(),
    language: text("language").$type<Language>(),
    currency: text("currency"),
    tax: text("tax", { mode: "json" }).$type<LineTax>(),
    paymentTermsDays: integer("payment_terms_days"),
    mandate: text("mandate", { mode: "json" }).$type<Mandate>(),
    reference: text("reference"),
    linkedTenant: text("linked_tenant"),
    eInvoiceFormat: text("e_invoice_format"),
    /** Written by `searchText`; until `searchFolded`, by an earlier version. */
    search: text("search").notNull(),
    searchFolded: integer("search_folded", { mode: "boolean" }).notNull().default(false),
    revision: integer("revision").notNull(),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
    particulars: text("particulars", { mode: "json" }).$type<CustomerParticulars>(),
  },
  (t) => [
    index("customers_by_tenant").on(t.tenant, t.id),
    index("customers_by_name").on(t.tenant, sql`lower(${t.name})`, t.id),
    index("customers_unfolded").on(t.searchFolded).where(sql`${t.searchFolded} = 0`),
    uniqueIndex("customers_linked")
      .on(t.tenant, t.linkedTenant)
      .where(sql`${t.linkedTenant} IS NOT NULL`),
    uniqueIndex("customers_reference")
      .on(t.tenant, t.reference)
      .where(sql`${t.reference} IS NOT NULL`),
  ],
);

/** The last number of each series, written only by `stampFinal`; how far it is sealed. */
export const numberSeries = sqliteTable(
  "number_series",
  {
    issuer: text("issuer").notNull(),
    scope: text("scope").notNull(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    year: text("year").notNull(),
    last: integer("last").notNull(),
    lastDate: text("last_date").notNull(),
    sealedSeq: integer("sealed_seq").notNull().default(0),
    sealedHash: text("sealed_hash").notNull().default(""),
    sealedMs: integer("sealed_ms").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.issuer, t.scope, t.kind, t.year] }),
    index("number_series_unsealed").on(t.sealedMs).where(sql`${t.sealedSeq} < ${t.last}`),
  ],
);

/** The computed part of a document that no list sorts or filters by. */
export type StoredTotals = {
  subtotalMinor: string;
  adjustments: AdjustmentPart[];
  taxes: TaxGroup[];
  accountingTaxMinor: string | null;
};

export type StoredAdjustment = {
  kind: "discount" | "charge";
  reason: string;
  percent: string | null;
  amountMinor: string | null;
  reasonCode?: string;
};

/** The day of issue as it is sorted by: a draft's comes before every day. */
export const issueKey = (t: { issueDate: AnySQLiteColumn }): SQL =>
  sql`coalesce(${t.issueDate}, '')`;

/** The last day, to pay or of validity, as it is sorted by: none comes before every day. */
export const lastDayKey = (t: { dueDate: AnySQLiteColumn; validUntil: AnySQLiteColumn }): SQL =>
  sql`coalesce(${t.dueDate}, ${t.validUntil}, '')`;

export const documents = sqliteTable(
  "documents",
  {
    id: text("id").primaryKey(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    issuer: text("issuer").notNull(),
    scope: text("scope").notNull(),
    customerId: text("customer_id")
      .notNull()
      .references(() => customers.id),
    recipient: text("recipient"),
    status: text("status", { enum: STATUSES }).notNull(),
    revision: integer("revision").notNull(),
    number: text("number"),
    seriesYear: text("series_year"),
    sequence: integer("sequence"),
    issueDate: text("issue_date"),
    timeZone: text("time_zone").notNull(),
    dueDate: text("due_date"),
    paymentTermsDays: integer("payment_terms_days"),
    validUntil: text("valid_until"),
    deliveryDate: text("delivery_date"),
    periodStart: text("period_start"),
    periodEnd: text("period_end"),
    currency: text("currency").notNull(),
    language: text("language").$type<Language>().notNull(),
    taxInclusive: integer("tax_inclusive", { mode: "boolean" }).notNull(),
    accounting: text("accounting", { mode: "json" }).$type<Accounting>(),
    purchaseOrder: text("purchase_order"),
    buyerReference: text("buyer_reference"),
    memo: text("memo"),
    notes: text("notes"),
    terms: text("terms"),
    fields: text("fields", { mode: "json" }).$type<{ label: string; value: string }[]>().notNull(),
    seller: text("seller", { mode: "json" }).$type<SellerSnapshot>(),
    buyer: text("buyer", { mode: "json" }).$type<BuyerSnapshot>(),
    branding: text("branding", { mode: "json" }).$type<BrandingSnapshot>(),
    adjustments: text("adjustments", { mode: "json" }).$type<StoredAdjustment[]>().notNull(),
    totals: text("totals", { mode: "json" }).$type<StoredTotals>().notNull(),
    usage: text("usage", { mode: "json" }).$type<UsageChart[]>().notNull(),
    netMinor: integer("net_minor").notNull(),
    taxMinor: integer("tax_minor").notNull(),
    totalMinor: integer("total_minor").notNull(),
    prepaidMinor: integer("prepaid_minor").notNull().default(0),
    paidMinor: integer("paid_minor").notNull().default(0),
    creditedMinor: integer("credited_minor").notNull().default(0),
    originId: text("origin_id").references((): AnySQLiteColumn => documents.id),
    reason: text("reason"),
    subscriptionId: text("subscription_id"),
    billingPeriodId: text("billing_period_id"),
    closeKey: text("close_key").unique(),
    /** Written by `searchText`; until `searchFolded`, by an earlier version. */
    search: text("search").notNull(),
    searchFolded: integer("search_folded", { mode: "boolean" }).notNull().default(false),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
    finalizedMs: integer("finalized_ms"),
    issuedKey: text("issued_key"),
    roundingStepMinor: integer("rounding_step_minor").notNull().default(0),
    /** Deposits that it takes off, with tax. */
    depositedMinor: integer("deposited_minor").notNull().default(0),
    settlement: text("settlement", { mode: "json" }).$type<StoredSettlement>(),
    particulars: text("particulars", { mode: "json" }).$type<DocumentParticulars>(),
    /** The user who drafted it, or the document that it was made of; null where no user did. */
    createdBy: text("created_by"),
  },
  (t) => [
    index("documents_by_creator").on(t.createdBy, t.id).where(sql`${t.createdBy} IS NOT NULL`),
    index("documents_by_issuer").on(t.issuer, t.kind, t.id),
    index("documents_by_recipient")
      .on(t.recipient, t.kind, t.id)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    index("documents_by_customer").on(t.customerId, t.id),
    index("documents_open_by_customer").on(t.customerId, t.id).where(sql`${t.status} = 'open'`),
    index("documents_unfolded").on(t.searchFolded).where(sql`${t.searchFolded} = 0`),
    uniqueIndex("documents_number")
      .on(t.issuer, t.kind, t.number, t.scope)
      .where(sql`${t.number} IS NOT NULL`),
    index("documents_received_number")
      .on(t.recipient, t.kind, t.number)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    uniqueIndex("documents_sequence")
      .on(t.issuer, t.scope, t.kind, t.seriesYear, t.sequence)
      .where(sql`${t.number} IS NOT NULL`),
    uniqueIndex("documents_converted")
      .on(t.originId)
      .where(sql`${t.kind} = 'invoice' AND ${t.status} <> 'void'`),
    index("documents_by_origin").on(t.originId).where(sql`${t.originId} IS NOT NULL`),
    index("documents_credits").on(t.originId).where(sql`${t.kind} = 'credit_note'`),
    index("documents_by_subscription")
      .on(t.subscriptionId, t.id)
      .where(sql`${t.subscriptionId} IS NOT NULL`),
    // What lists are sorted by, of what a tenant issued and of what it received.
    index("documents_by_status").on(t.issuer, t.kind, t.status, t.id),
    index("documents_by_issue").on(t.issuer, t.kind, t.status, issueKey(t), t.id),
    index("documents_by_last_day").on(t.issuer, t.kind, t.status, lastDayKey(t), t.id),
    index("documents_by_total").on(t.issuer, t.kind, t.status, t.currency, t.totalMinor, t.id),
    index("documents_received_by_status")
      .on(t.recipient, t.kind, t.status, t.id)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    index("documents_received_by_issue")
      .on(t.recipient, t.kind, t.status, issueKey(t), t.id)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    index("documents_received_by_last_day")
      .on(t.recipient, t.kind, t.status, lastDayKey(t), t.id)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    index("documents_received_by_total")
      .on(t.recipient, t.kind, t.status, t.currency, t.totalMinor, t.id)
      .where(sql`${t.recipient} IS NOT NULL AND ${t.number} IS NOT NULL`),
    index("documents_waiting")
      .on(t.issuer, t.scope, t.kind, t.dueDate)
      .where(sql`${t.status} = 'open'`),
  ],
);

/** The hash of a final document, over the one before it in its series and what never changes. */
export const documentSeals = sqliteTable(
  "document_seals",
  {
    documentId: text("document_id")
      .primaryKey()
      .references(() => documents.id),
    /** What is hashed, and how: see chain/content.ts. */
    form: integer("form").notNull(),
    hash: text("hash").notNull(),
  },
  (t) => [index("document_seals_by_hash").on(t.hash)],
);

export const documentLines = sqliteTable(
  "document_lines",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id),
    position: integer("position").notNull(),
    kind: text("kind").$type<(typeof LINE_KINDS)[number]>().notNull(),
    name: text("name").notNull(),
    description: text("description"),
    detail: text("detail"),
    groupName: text("group_name"),
    groupDetail: text("group_detail"),
    classification: text("classification", { mode: "json" }).$type<{
      scheme: string;
      code: string;
    }>(),
    quantity: text("quantity").notNull(),
    unitCode: text("unit_code").notNull(),
    unit: text("unit"),
    unitPrice: text("unit_price").notNull(),
    adjustments: text("adjustments", { mode: "json" }).$type<Adjustment[]>().notNull(),
    periodStart: text("period_start"),
    periodEnd: text("period_end"),
    tax: text("tax", { mode: "json" }).$type<LineTax>().notNull(),
    explanation: text("explanation", { mode: "json" }).$type<unknown>(),
    amountMinor: integer("amount_minor").notNull(),
    netMinor: integer("net_minor").notNull(),
    particulars: text("particulars", { mode: "json" }).$type<LineParticulars>(),
  },
  (t) => [primaryKey({ columns: [t.documentId, t.position] })],
);

/**
 * How many documents a tenant issued, or received, by status, and what they come to; kept by the
 * triggers of the table. Sums are billions and the rest; `lastDay` is empty but for what is open.
 */
export const documentTallies = sqliteTable(
  "document_tallies",
  {
    viewer: text("viewer").notNull(),
    kind: text("kind", { enum: DOCUMENT_KINDS }).notNull(),
    role: text("role", { enum: ["issuer", "recipient"] }).notNull(),
    test: integer("test", { mode: "boolean" }).notNull(),
    status: text("status", { enum: STATUSES }).notNull(),
    currency: text("currency").notNull(),
    lastDay: text("last_day").notNull(),
    documents: integer("documents").notNull(),
    totalHigh: integer("total_high").notNull(),
    totalLow: integer("total_low").notNull(),
    openHigh: integer("open_high").notNull(),
    openLow: integer("open_low").notNull(),
  },
  (t) => [
    primaryKey({
      columns: [t.viewer, t.kind, t.role, t.test, t.status, t.currency, t.lastDay],
    }),
  ],
);

/** Which final invoice takes a deposit off: one at a time, until it is credited as a whole. */
export const depositDeductions = sqliteTable(
  "deposit_deductions",
  {
    depositId: text("deposit_id")
      .primaryKey()
      .references(() => documents.id),
    invoiceId: text("invoice_id")
      .notNull()
      .references(() => documents.id),
  },
  (t) => [index("deposit_deductions_by_invoice").on(t.invoiceId)],
);

/** What is left to credit of an invoice of which a part was credited; `store/left-store.ts`. */
export const uncreditedParts = sqliteTable("uncredited_parts", {
  invoiceId: text("invoice_id")
    .primaryKey()
    .references(() => documents.id),
  parts: text("parts").notNull(),
});

export const payments = sqliteTable(
  "payments",
  {
    id: text("id").primaryKey(),
    issuer: text("issuer").notNull(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
    paidOn: text("paid_on").notNull(),
    method: text("method").notNull(),
    reference: text("reference"),
    note: text("note"),
    externalId: text("external_id"),
    createdMs: integer("created_ms").notNull(),
    /** Whose id the external id is: '' for the issuer's own, else a provider of payments. */
    source: text("source").notNull().default(""),
  },
  (t) => [
    index("payments_by_document").on(t.documentId, t.id),
    index("payments_by_day").on(t.issuer, t.paidOn),
    uniqueIndex("payments_external")
      .on(t.issuer, t.source, t.externalId)
      .where(sql`${t.externalId} IS NOT NULL`),
  ],
);

export const documentLinks = sqliteTable(
  "document_links",
  {
    id: text("id").primaryKey(),
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id),
    issuer: text("issuer").notNull(),
    expiresMs: integer("expires_ms").notNull(),
    revokedMs: integer("revoked_ms"),
    views: integer("views").notNull().default(0),
    viewedMs: integer("viewed_ms"),
    createdMs: integer("created_ms").notNull(),
    /** Null also where it was opened before this was kept. */
    firstViewedMs: integer("first_viewed_ms"),
  },
  (t) => [index("document_links_by_document").on(t.documentId, t.id)],
);

/** One row: the key that signs links. */
export const linkKeys = sqliteTable("link_keys", {
  id: integer("id").primaryKey(),
  secret: text("secret").notNull(),
  /** Whether `secret` is sealed; it is not where an earlier version made it. */
  sealed: integer("sealed", { mode: "boolean" }).notNull().default(false),
});

export type CustomerRow = typeof customers.$inferSelect;
export type DocumentRow = typeof documents.$inferSelect;
export type LineRow = typeof documentLines.$inferSelect;
export type LinkRow = typeof documentLinks.$inferSelect;
export type PaymentRow = typeof payments.$inferSelect;
