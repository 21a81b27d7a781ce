/**
 * From what callers send to what documents hold. Pure. A field that is left out keeps what `base`
 * has; null clears it. Errors: 422 naming the field.
 */
import { decimalText, scaledInteger } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { exponentOf, minorOf } from "../../core/money.ts";
import type { DocumentKind } from "../kind/registry.ts";
import {
  type AdjustmentInput,
  contentFor,
  type DocumentContent,
  type LineContent,
  lineFor,
} from "../model/content.ts";
import type { Address, Party } from "../model/model.ts";
import {
  type CustomerParticulars,
  type IssuerParticulars,
  withoutEmpty,
} from "../model/particulars.ts";
import type { Bank, Customer, Issuer, LineTax, Parties } from "../model/party.ts";
import {
  lineParticularsFrom,
  particularsFrom,
  partyParticularsFrom,
  payeeFrom,
} from "./particular-input.ts";
import type {
  AdjustmentGiven,
  ContentInput,
  CustomerChange,
  IssuerInput,
  LineInput,
  PartyInput,
  TaxInput,
} from "./schema.ts";
import { changedSettlement, roundingFrom } from "./settlement.ts";

const ANY_DECIMALS = 18;

/** A checked decimal as its shortest text. */
export function plain(value: number | string): string {
  const scaled = scaledInteger(value, ANY_DECIMALS);
  return scaled.ok ? decimalText(scaled.value, ANY_DECIMALS) : String(value);
}

/** `given`, else what was there; null is given, and clears. */
function kept<T>(given: T | undefined, base: T): T {
  return given === undefined ? base : given;
}

function partyFrom(given: PartyInput, base: Party): Party {
  const legal = given.legal_id;
  return {
    name: given.name ?? base.name,
    contactName: kept(given.contact_name, base.contactName),
    address: given.address ? addressFrom(given.address) : base.address,
    email: kept(given.email, base.email),
    phone: kept(given.phone, base.phone),
    website: kept(given.website, base.website),
    vatId: kept(given.vat_id, base.vatId),
    taxNumber: kept(given.tax_number, base.taxNumber),
    legalId: legal
      ? { scheme: legal.scheme ?? null, value: legal.value }
      : kept(legal, base.legalId),
    electronicAddress: kept(given.electronic_address, base.electronicAddress),
    ...partyParticularsFrom(given, base),
  };
}

function addressFrom(given: NonNullable<IssuerInput["address"]>): Address {
  return {
    ...(given.street ? { street: given.street } : {}),
    ...(given.house_number ? { houseNumber: given.house_number } : {}),
    lines: given.lines ?? [],
    city: given.city ?? null,
    postalCode: given.postal_code ?? null,
    region: given.region ?? null,
    country: given.country ?? null,
  };
}

/** A tax as lines hold it; a reason that is not given is worded where the document is printed. */
export function taxFrom(given: TaxInput): LineTax {
  return {
    category: given.category,
    percent: plain(given.percent ?? 0),
    name: given.name ?? null,
    components: (given.components ?? []).map(({ name, percent }) => ({
      name,
      percent: plain(percent),
    })),
    exemption: given.exemption
      ? { reason: given.exemption.reason, code: given.exemption.code ?? null }
      : null,
  };
}

/** The issuer profile of a PUT: what is left out falls back to `defaults`. */
export function issuerFrom(given: IssuerInput, defaults: Issuer): Issuer {
  const { legal_name: name, bank, tax, number_formats: formats = {}, ...party } = given;
  const { payee, tax_representative: representative } = given;
  return {
    tenant: defaults.tenant,
    party: partyFrom({ ...party, name }, defaults.party),
    bank: bank ? bankFrom(bank) : null,
    timeZone: given.time_zone ?? defaults.timeZone,
    currency: given.currency ?? defaults.currency,
    taxCurrency: given.tax_currency ?? null,
    language: given.language ?? defaults.language,
    pageSize: given.page_size ?? null,
    paymentTermsDays: given.payment_terms_days ?? defaults.paymentTermsDays,
    tax: tax ? taxFrom(tax) : defaults.tax,
    invoiceFormat: formats.invoice ?? defaults.invoiceFormat,
    quoteFormat: formats.quote ?? defaults.quoteFormat,
    creditNoteFormat: formats.credit_note ?? defaults.creditNoteFormat,
    reminderDays: [...new Set(given.reminder_days ?? [])].sort((a, b) => a - b),
    payUrl: given.pay_url ?? null,
    rounding: given.rounding ? roundingFrom(given.rounding) : null,
    particulars: withoutEmpty<IssuerParticulars>({
      payee: payee && payeeFrom(payee),
      taxRepresentative: representative && {
        name: representative.name,
        vatId: representative.vat_id,
        address: addressFrom(representative.address),
      },
    }),
    eInvoiceFormats: given.e_invoice_formats ?? null,
    strict: given.strict ?? false,
  };
}

function bankFrom(given: NonNullable<IssuerInput["bank"]>): Bank {
  return {
    holder: given.holder ?? null,
    iban: given.iban ?? null,
    bic: given.bic ?? null,
    name: given.name ?? null,
    account: given.account ?? [],
    upi: given.upi ?? null,
  };
}

/** Where goods are sent to; an address without a country is in the customer's own (BR-57). */
function shipToFrom(
  given: NonNullable<CustomerChange["shipping"]>,
  { address }: Party,
): NonNullable<Customer["shipTo"]> {
  const to = addressFrom(given.address);
  return { name: given.name, address: { ...to, country: to.country ?? address.country } };
}

/** A customer with the given fields changed. */
export function customerFrom(given: CustomerChange, base: Customer): Customer {
  const { shipping, tax, mandate } = given;
  const number = kept(given.customer_number, base.party.customerNumber);
  const party = { ...partyFrom(given, base.party), ...(number ? { customerNumber: number } : {}) };
  return {
    ...base,
    name: party.name,
    email: party.email,
    party,
    shipTo: shipping ? shipToFrom(shipping, party) : kept(shipping, base.shipTo),
    language: kept(given.language, base.language),
    currency: kept(given.currency, base.currency),
    tax: tax ? taxFrom(tax) : kept(tax, base.tax),
    paymentTermsDays: kept(given.payment_terms_days, base.paymentTermsDays),
    mandate: mandate
      ? {
          reference: mandate.reference,
          iban: mandate.iban ?? null,
          creditorId: mandate.creditor_id ?? null,
        }
      : kept(mandate, base.mandate),
    reference: kept(given.reference, base.reference),
    particulars: withoutEmpty<CustomerParticulars>({
      ...base.particulars,
      buyerReference: kept(given.buyer_reference, base.particulars?.buyerReference),
    }),
    eInvoiceFormat: kept(given.e_invoice_format, base.eInvoiceFormat),
  };
}

/** The content of a new document. */
export function contentFrom(
  kind: DocumentKind,
  given: ContentInput,
  parties: Parties,
): DocumentContent {
  return changedContent(given, contentFor(parties, { kind, lines: [] }), parties);
}

/** A document's content with the given fields changed; lines are replaced as a whole. */
export function changedContent(
  given: ContentInput,
  base: DocumentContent,
  parties: Parties,
): DocumentContent {
  const currency = given.currency ?? base.currency;
  if (currency !== base.currency && base.lines.length > 0 && !given.lines) {
    throw invalidField("/currency", "changes only together with the lines");
  }
  const { accounting } = given;
  const foreign = accounting === undefined ? base.accounting : accounting;
  if (foreign?.currency === currency) {
    const why = `is another currency than the document's own: leave accounting out in ${currency}`;
    throw invalidField("/accounting/currency", why);
  }
  return {
    ...base,
    currency,
    language: given.language ?? base.language,
    taxInclusive: given.tax_inclusive ?? base.taxInclusive,
    dueDate: kept(given.due_date, base.dueDate),
    paymentTermsDays: given.payment_terms_days ?? base.paymentTermsDays,
    validUntil: kept(given.valid_until, base.validUntil),
    deliveryDate: kept(given.delivery_date, base.deliveryDate),
    period: kept(given.period, base.period),
    purchaseOrder: kept(given.purchase_order, base.purchaseOrder),
    buyerReference: kept(given.buyer_reference, base.buyerReference),
    memo: kept(given.memo, base.memo),
    notes: kept(given.notes, base.notes),
    terms: kept(given.terms, base.terms),
    fields: given.fields ?? base.fields,
    lines: given.lines?.map((line, i) => lineFrom(line, i, currency, parties)) ?? base.lines,
    adjustments: given.adjustments
      ? adjustmentsFrom(given.adjustments, "/adjustments", currency)
      : base.adjustments,
    accounting: accounting
      ? { ...accounting, rate: plain(accounting.rate) }
      : kept(accounting, base.accounting),
    settlement: changedSettlement(given, base.settlement, {
      issuer: parties.issuer,
      currency,
      wasCurrency: base.currency,
    }),
    particulars: particularsFrom(given, base.particulars),
  };
}

function lineFrom(given: LineInput, i: number, currency: string, parties: Parties): LineContent {
  return lineFor(parties, {
    name: given.name,
    description: given.description ?? null,
    group: given.group ? { name: given.group, detail: null } : null,
    classification: given.classification ?? null,
    quantity: plain(given.quantity),
    unitPrice: plain(given.unit_price),
    unit: given.unit ?? null,
    period: given.period ?? null,
    adjustments: adjustmentsFrom(given.adjustments ?? [], `/lines/${i}/adjustments`, currency),
    ...(given.unit_code ? { unitCode: given.unit_code } : {}),
    ...(given.tax ? { tax: taxFrom(given.tax) } : {}),
    particulars: lineParticularsFrom(given, plain),
  });
}

function adjustmentsFrom(
  given: AdjustmentGiven[],
  pointer: string,
  currency: string,
): AdjustmentInput[] {
  return given.map(({ kind, reason, percent, amount, reason_code: code }, i) => ({
    kind,
    reason,
    ...(code ? { reasonCode: code } : {}),
    percent: percent === undefined ? null : plain(percent),
    amountMinor:
      amount === undefined ? null : moneyFrom(amount, `${pointer}/${i}/amount`, currency),
  }));
}

/** Minor units of an amount as sent. Errors: 422 where it has more places than the currency. */
export function moneyFrom(amount: number | string, pointer: string, currency: string): bigint {
  const minor = minorOf(amount, currency);
  if (minor !== null) return minor;
  throw invalidField(pointer, `${currency} has at most ${exponentOf(currency)} decimals`);
}
