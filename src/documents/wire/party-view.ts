/** Pure. What callers read of issuers, brandings and customers: rows to JSON, and the schemas. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { timeText } from "../../core/time.ts";
import { byKind, FORMATTED_KINDS } from "../kind/registry.ts";
import { LANGUAGES } from "../language/registry.ts";
import { type Address, type Party, TEMPLATES } from "../model/model.ts";
import {
  type Branding,
  type Customer,
  formatTextOf,
  type Issuer,
  type LineTax,
} from "../model/party.ts";
import type { CustomerRow } from "../store/table.ts";
import { identifierView, partyParticularsView, showPartyParticulars } from "./particular-view.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

const addressView = z.object({
  street: orNull(text),
  house_number: orNull(text),
  lines: z.array(text),
  city: orNull(text),
  postal_code: orNull(text),
  region: orNull(text),
  country: orNull(text),
});

export const partyView = z
  .object({
    name: text,
    contact_name: orNull(text),
    address: addressView,
    email: orNull(text),
    phone: orNull(text),
    website: orNull(text),
    vat_id: orNull(text),
    tax_number: orNull(text),
    legal_id: orNull(z.object({ scheme: orNull(text), value: text })),
    electronic_address: orNull(z.object({ scheme: text, value: text })),
    ...partyParticularsView,
  })
  .openapi("Party");

function showAddress(address: Address): z.infer<typeof addressView> {
  const { postalCode, street = null, houseNumber = null, ...rest } = address;
  return { street, house_number: houseNumber, ...rest, postal_code: postalCode };
}

/** A seller or a buyer as callers read it. */
export function showParty(party: Party): z.infer<typeof partyView> {
  return {
    name: party.name,
    contact_name: party.contactName,
    address: showAddress(party.address),
    email: party.email,
    phone: party.phone,
    website: party.website,
    vat_id: party.vatId,
    tax_number: party.taxNumber,
    legal_id: party.legalId,
    electronic_address: party.electronicAddress,
    ...showPartyParticulars(party),
  };
}

const number = z.number();
export const exemptionView = orNull(z.object({ reason: text, code: orNull(text) }));
export const taxView = z.object({
  category: text,
  percent: number,
  name: orNull(text),
  components: z.array(z.object({ name: text, percent: number })),
  exemption: exemptionView,
});

/** A tax as callers read it; percentages are numbers. */
export function showTax(tax: LineTax): z.infer<typeof taxView> {
  return {
    category: tax.category,
    percent: exactNumber(tax.percent),
    name: tax.name,
    components: tax.components.map(({ name, percent }) => ({
      name,
      percent: exactNumber(percent),
    })),
    exemption: tax.exemption,
  };
}

export const languageView = z.enum(LANGUAGES);
const pageSize = orNull(z.enum(["a4", "letter"]));

export const issuerView = partyView
  .omit({ name: true })
  .extend({
    legal_name: text,
    bank: orNull(
      z.object({
        holder: orNull(text),
        iban: orNull(text),
        bic: orNull(text),
        name: orNull(text),
        account: z.array(z.object({ label: text, value: text })),
        upi: orNull(text),
      }),
    ),
    time_zone: text,
    currency: text,
    tax_currency: orNull(text),
    language: languageView,
    page_size: pageSize,
    payment_terms_days: number,
    tax: taxView,
    number_formats: z.object(byKind(FORMATTED_KINDS, () => text)),
    reminder_days: z.array(number),
    pay_url: orNull(text),
    payee: orNull(
      z.object({ name: text, id: orNull(identifierView), legal_id: orNull(identifierView) }),
    ),
    tax_representative: orNull(z.object({ name: text, vat_id: text, address: addressView })),
    e_invoice_formats: orNull(z.record(text, text)),
    strict: z.boolean(),
  })
  .openapi("Issuer");

/** An issuer's profile as callers read it. */
export function showIssuer(issuer: Issuer): z.infer<typeof issuerView> {
  const { name, ...party } = showParty(issuer.party);
  const { payee, taxRepresentative: representative } = issuer.particulars ?? {};
  return {
    legal_name: name,
    ...party,
    bank: issuer.bank,
    time_zone: issuer.timeZone,
    currency: issuer.currency,
    tax_currency: issuer.taxCurrency,
    language: issuer.language,
    page_size: issuer.pageSize,
    payment_terms_days: issuer.paymentTermsDays,
    tax: showTax(issuer.tax),
    number_formats: byKind(FORMATTED_KINDS, (kind) => formatTextOf(issuer, kind)),
    reminder_days: issuer.reminderDays,
    pay_url: issuer.payUrl,
    payee: payee ? { name: payee.name, id: payee.id, legal_id: payee.legalId } : null,
    tax_representative: representative
      ? {
          name: representative.name,
          vat_id: representative.vatId,
          address: showAddress(representative.address),
        }
      : null,
    e_invoice_formats: issuer.eInvoiceFormats,
    strict: issuer.strict,
  };
}

export const brandingView = z
  .object({
    template: z.enum(TEMPLATES),
    accent: orNull(text),
    margin_pt: number,
    terms: orNull(text),
    footer: orNull(text),
    logo: orNull(text).openapi({ description: "its hash" }),
  })
  .openapi("Branding");

/** How a tenant's documents look, as callers read it. */
export function showBranding(branding: Branding): z.infer<typeof brandingView> {
  return {
    template: branding.template,
    accent: branding.accent,
    margin_pt: branding.marginPt,
    terms: branding.terms,
    footer: branding.footer,
    logo: branding.logoKey,
  };
}

export const customerView = partyView
  .extend({
    id: text,
    shipping: orNull(z.object({ name: text, address: addressView })),
    language: orNull(languageView),
    currency: orNull(text),
    tax: orNull(taxView),
    payment_terms_days: orNull(number),
    mandate: orNull(z.object({ reference: text, iban: orNull(text), creditor_id: orNull(text) })),
    reference: orNull(text),
    customer_number: orNull(text),
    buyer_reference: orNull(text),
    e_invoice_format: orNull(text),
    tenant_id: orNull(text).openapi({ description: "the tenant that this customer is" }),
    created_at: text,
    updated_at: text,
  })
  .openapi("Customer");

/** A customer as callers read it. */
export function showCustomer(row: CustomerRow): z.infer<typeof customerView> {
  return {
    id: row.id,
    ...showParty(row.party),
    shipping: showShipTo(row.shipTo),
    language: row.language,
    currency: row.currency,
    tax: row.tax ? showTax(row.tax) : null,
    payment_terms_days: row.paymentTermsDays,
    mandate: row.mandate && {
      reference: row.mandate.reference,
      iban: row.mandate.iban,
      creditor_id: row.mandate.creditorId,
    },
    reference: row.reference,
    customer_number: row.party.customerNumber ?? null,
    buyer_reference: row.particulars?.buyerReference ?? null,
    e_invoice_format: row.eInvoiceFormat,
    tenant_id: row.linkedTenant,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
  };
}

function showShipTo(shipTo: Customer["shipTo"]) {
  return shipTo && { name: shipTo.name, address: showAddress(shipTo.address) };
}
