/**
 * Pure. UBL 2.1 Invoice and CreditNote as EN 16931 binds them. The order of elements is that of the
 * schema.
 */
import { moneyText } from "../../../core/money.ts";
import { streetLines } from "../../model/address.ts";
import type { Address, DayRange, DocumentModel, Party, Tax } from "../../model/model.ts";
import { writeAlike } from "./alike.ts";
import { itemNames, itemProperties, linePrice } from "./line-ubl.ts";
import { legalInformation, partyIds, payeeParty, representativeParty } from "./party-ubl.ts";
import { documentReferences, objectReference } from "./reference-ubl.ts";
import {
  EN_16931,
  type Head,
  type SemanticAdjustment,
  type SemanticInvoice,
  type SemanticLine,
  type SemanticTax,
  semanticInvoice,
} from "./semantic.ts";
import { termsText } from "./terms.ts";
import { branch, eachOf, leaf, textLeaf } from "./xml.ts";

const UBL = "urn:oasis:names:specification:ubl:schema:xsd";

/** Valid for a document without gaps; it says of itself what `head` says. */
export function ublXml(model: DocumentModel, head: Head = EN_16931): string {
  const invoice = semanticInvoice(model, head);
  const credit = invoice.typeCode === "381";
  const root = credit ? "CreditNote" : "Invoice";
  const namespaces = [
    ` xmlns="${UBL}:${root}-2"`,
    ` xmlns:cac="${UBL}:CommonAggregateComponents-2"`,
    ` xmlns:cbc="${UBL}:CommonBasicComponents-2"`,
  ].join("");
  const content = [
    ...header(invoice, head, credit),
    branch("cac:AccountingSupplierParty", party(model.seller, invoice, true)),
    branch("cac:AccountingCustomerParty", party(model.buyer, invoice, false)),
    payeeParty(model.payee),
    representativeParty(model, invoice.outsideVat, address),
    delivery(model),
    paymentMeans(model, credit),
    branch("cac:PaymentTerms", textLeaf("cbc:Note", termsText(model))),
    ...invoice.adjustments.map((adjustment) => allowanceCharge(adjustment, model.currency, true)),
    ...taxTotals(invoice),
    monetaryTotal(invoice),
    eachOf(
      invoice.lines,
      writeAlike((line) => lineItem(line, model.currency, credit)),
    ),
  ].join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespaces}>${content}</${root}>\n`;
}

function header(invoice: SemanticInvoice, head: Head, credit: boolean): string[] {
  const { model } = invoice;
  const { dates, references, totals } = model;
  return [
    leaf("cbc:CustomizationID", head.customizationId),
    leaf("cbc:ProfileID", head.profileId),
    leaf("cbc:ID", invoice.number),
    leaf("cbc:IssueDate", dates.issued),
    credit ? "" : leaf("cbc:DueDate", dates.due),
    leaf(credit ? "cbc:CreditNoteTypeCode" : "cbc:InvoiceTypeCode", invoice.typeCode),
    leaf("cbc:Note", invoice.note),
    leaf("cbc:DocumentCurrencyCode", model.currency),
    leaf("cbc:TaxCurrencyCode", totals.accounting?.currency),
    leaf("cbc:AccountingCost", references.further?.accountingReference),
    leaf("cbc:BuyerReference", references.buyerReference),
    period(invoice.period),
    documentReferences(invoice, credit),
  ];
}

function period(range: DayRange | null): string {
  if (!range) return "";
  return branch(
    "cac:InvoicePeriod",
    leaf("cbc:StartDate", range.start),
    leaf("cbc:EndDate", range.end),
  );
}

function party(party: Party, invoice: SemanticInvoice, seller: boolean): string {
  const { legalId, electronicAddress: electronic } = party;
  const creditorId = seller ? invoice.model.payment?.mandate?.creditorId : null;
  return branch(
    "cac:Party",
    leaf("cbc:EndpointID", electronic?.value, electronic ? { schemeID: electronic.scheme } : {}),
    partyIds(party, seller, invoice.outsideVat),
    branch("cac:PartyIdentification", leaf("cbc:ID", creditorId, { schemeID: "SEPA" })),
    branch("cac:PartyName", leaf("cbc:Name", party.name)),
    address("cac:PostalAddress", party.address),
    taxScheme(invoice.outsideVat ? null : party.vatId, "VAT"),
    taxScheme(seller ? party.taxNumber : null, "TAX"),
    branch(
      "cac:PartyLegalEntity",
      leaf("cbc:RegistrationName", party.name),
      leaf("cbc:CompanyID", legalId?.value, legalId?.scheme ? { schemeID: legalId.scheme } : {}),
      legalInformation(party, seller),
    ),
    branch(
      "cac:Contact",
      leaf("cbc:Name", party.contactName),
      leaf("cbc:Telephone", party.phone),
      leaf("cbc:ElectronicMail", party.email),
    ),
  );
}

function taxScheme(id: string | null, scheme: string): string {
  if (!id) return "";
  return branch(
    "cac:PartyTaxScheme",
    leaf("cbc:CompanyID", id),
    branch("cac:TaxScheme", leaf("cbc:ID", scheme)),
  );
}

function address(name: string, address: Address): string {
  const { city, postalCode, region, country } = address;
  const lines = streetLines(address);
  return branch(
    name,
    leaf("cbc:StreetName", lines[0]),
    leaf("cbc:AdditionalStreetName", lines[1]),
    leaf("cbc:CityName", city),
    leaf("cbc:PostalZone", postalCode),
    leaf("cbc:CountrySubentity", region),
    branch("cac:AddressLine", leaf("cbc:Line", lines.slice(2).join(", "))),
    branch("cac:Country", leaf("cbc:IdentificationCode", country)),
  );
}

function delivery({ shipTo, dates }: DocumentModel): string {
  return branch(
    "cac:Delivery",
    leaf("cbc:ActualDeliveryDate", dates.delivered),
    shipTo ? branch("cac:DeliveryLocation", address("cac:Address", shipTo.address)) : "",
    branch("cac:DeliveryParty", branch("cac:PartyName", leaf("cbc:Name", shipTo?.name))),
  );
}

function paymentMeans({ payment, dates }: DocumentModel, credit: boolean): string {
  if (!payment) return "";
  const { iban, bic, mandate, meansCode, account } = payment;
  const debit = meansCode === "59" || meansCode === "49";
  const id = iban ?? account[0]?.value;
  return branch(
    "cac:PaymentMeans",
    leaf("cbc:PaymentMeansCode", meansCode),
    credit ? leaf("cbc:PaymentDueDate", dates.due) : "",
    leaf("cbc:PaymentID", payment.reference),
    debit || !id
      ? ""
      : branch(
          "cac:PayeeFinancialAccount",
          leaf("cbc:ID", id),
          leaf("cbc:Name", payment.beneficiary),
          branch("cac:FinancialInstitutionBranch", leaf("cbc:ID", bic)),
        ),
    debit
      ? branch(
          "cac:PaymentMandate",
          leaf("cbc:ID", mandate?.reference),
          branch("cac:PayerFinancialAccount", leaf("cbc:ID", mandate?.iban)),
        )
      : "",
  );
}

/** Of a line, an allowance or a charge; what is not subject to VAT has no rate there (BR-O-05). */
function category(name: string, tax: Tax): string {
  return branch(
    name,
    leaf("cbc:ID", tax.category),
    tax.category === "O" ? "" : leaf("cbc:Percent", tax.percent),
    branch("cac:TaxScheme", leaf("cbc:ID", "VAT")),
  );
}

function allowanceCharge(
  adjustment: SemanticAdjustment,
  currencyID: string,
  header: boolean,
): string {
  return branch(
    "cac:AllowanceCharge",
    leaf("cbc:ChargeIndicator", adjustment.charge ? "true" : "false"),
    leaf("cbc:AllowanceChargeReasonCode", adjustment.reasonCode),
    leaf("cbc:AllowanceChargeReason", adjustment.reason),
    leaf("cbc:MultiplierFactorNumeric", adjustment.share?.percent),
    leaf("cbc:Amount", adjustment.amount, { currencyID }),
    leaf("cbc:BaseAmount", adjustment.share?.base, { currencyID }),
    header ? category("cac:TaxCategory", adjustment.tax) : "",
  );
}

/** The second total, in the seller's accounting currency, has no subtotals (Peppol R054). */
function taxTotals({ model, taxes, sums }: SemanticInvoice): string[] {
  const { accounting } = model.totals;
  const currencyID = model.currency;
  return [
    branch(
      "cac:TaxTotal",
      leaf("cbc:TaxAmount", sums.tax, { currencyID }),
      ...taxes.map((tax) => taxSubtotal(tax, currencyID)),
    ),
    accounting
      ? branch(
          "cac:TaxTotal",
          leaf("cbc:TaxAmount", moneyText(BigInt(accounting.taxMinor), accounting.currency), {
            currencyID: accounting.currency,
          }),
        )
      : "",
  ];
}

function taxSubtotal(tax: SemanticTax, currencyID: string): string {
  return branch(
    "cac:TaxSubtotal",
    leaf("cbc:TaxableAmount", tax.base, { currencyID }),
    leaf("cbc:TaxAmount", tax.tax, { currencyID }),
    branch(
      "cac:TaxCategory",
      leaf("cbc:ID", tax.category),
      // Also 0 of what is not subject to VAT (DE-R-014).
      leaf("cbc:Percent", tax.percent),
      leaf("cbc:TaxExemptionReasonCode", tax.reasonCode),
      leaf("cbc:TaxExemptionReason", tax.reason),
      branch("cac:TaxScheme", leaf("cbc:ID", "VAT")),
    ),
  );
}

function monetaryTotal({ model, sums, adjustments }: SemanticInvoice): string {
  const currencyID = model.currency;
  const amount = (name: string, text: string) => leaf(`cbc:${name}`, text, { currencyID });
  const has = (charge: boolean) => adjustments.some((adjustment) => adjustment.charge === charge);
  return branch(
    "cac:LegalMonetaryTotal",
    amount("LineExtensionAmount", sums.lines),
    amount("TaxExclusiveAmount", sums.net),
    amount("TaxInclusiveAmount", sums.total),
    has(false) ? amount("AllowanceTotalAmount", sums.allowances) : "",
    has(true) ? amount("ChargeTotalAmount", sums.charges) : "",
    sums.prepaid === null ? "" : amount("PrepaidAmount", sums.prepaid),
    sums.rounding === null ? "" : amount("PayableRoundingAmount", sums.rounding),
    amount("PayableAmount", sums.due),
  );
}

function lineItem(line: SemanticLine, currencyID: string, credit: boolean): string {
  const { unitCode, particulars } = line;
  return branch(
    credit ? "cac:CreditNoteLine" : "cac:InvoiceLine",
    leaf("cbc:ID", line.id),
    leaf("cbc:Note", particulars.note),
    leaf(credit ? "cbc:CreditedQuantity" : "cbc:InvoicedQuantity", line.quantity, { unitCode }),
    leaf("cbc:LineExtensionAmount", line.net, { currencyID }),
    leaf("cbc:AccountingCost", particulars.accountingReference),
    period(line.period),
    branch("cac:OrderLineReference", leaf("cbc:LineID", particulars.orderLine)),
    objectReference("cac:DocumentReference", particulars.objectId),
    ...line.adjustments.map((adjustment) => allowanceCharge(adjustment, currencyID, false)),
    branch(
      "cac:Item",
      itemNames(line),
      line.classification
        ? branch(
            "cac:CommodityClassification",
            leaf("cbc:ItemClassificationCode", line.classification.code, {
              listID: line.classification.list,
            }),
          )
        : "",
      category("cac:ClassifiedTaxCategory", line.tax),
      itemProperties(line),
    ),
    linePrice(line, currencyID),
  );
}
