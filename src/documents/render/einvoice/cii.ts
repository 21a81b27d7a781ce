/**
 * Pure. Cross Industry Invoice D22B as EN 16931 binds it. The order of elements is the schema's.
 */
import { moneyText } from "../../../core/money.ts";
import { streetLines } from "../../model/address.ts";
import type { Address, DayRange, DocumentModel, Party, Tax } from "../../model/model.ts";
import { writeAlike } from "./alike.ts";
import { lineDocument, linePrices, product } from "./line-cii.ts";
import { legalInformation, partyIds, payeeParty, representativeParty } from "./party-cii.ts";
import {
  accountingAccount,
  adviceReferences,
  agreementReferences,
  objectReference,
  settlementReferences,
} from "./reference-cii.ts";
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

const NAMESPACES = [
  ["rsm", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"],
  ["ram", "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"],
  ["qdt", "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"],
  ["udt", "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"],
]
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join("");

/** Valid for a document without gaps; it says of itself what `head` says. */
export function ciiXml(model: DocumentModel, head: Head = EN_16931): string {
  const invoice = semanticInvoice(model, head);
  const context = branch(
    "rsm:ExchangedDocumentContext",
    branch("ram:BusinessProcessSpecifiedDocumentContextParameter", leaf("ram:ID", head.profileId)),
    branch("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", head.customizationId)),
  );
  const document = branch(
    "rsm:ExchangedDocument",
    leaf("ram:ID", invoice.number),
    leaf("ram:TypeCode", invoice.typeCode),
    branch("ram:IssueDateTime", day(model.dates.issued)),
    branch("ram:IncludedNote", leaf("ram:Content", invoice.note)),
  );
  const transaction = branch(
    "rsm:SupplyChainTradeTransaction",
    eachOf(invoice.lines, writeAlike(lineItem)),
    agreement(invoice),
    delivery(invoice),
    settlement(invoice),
  );
  const root = "rsm:CrossIndustryInvoice";
  const start = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${NAMESPACES}>`;
  // Not joined, which would copy a long invoice once more.
  return `${start}${context}${document}${transaction}</${root}>\n`;
}

/** A date in format 102, CCYYMMDD. */
function day(date: string | null): string {
  return leaf("udt:DateTimeString", date?.replaceAll("-", ""), { format: "102" });
}

function period(range: DayRange | null): string {
  if (!range) return "";
  return branch(
    "ram:BillingSpecifiedPeriod",
    branch("ram:StartDateTime", day(range.start)),
    branch("ram:EndDateTime", day(range.end)),
  );
}

/** Of a line, an allowance or a charge; what is not subject to VAT has none there (BR-O-05). */
function rate({ category, percent }: Tax): string {
  return category === "O" ? "" : leaf("ram:RateApplicablePercent", percent);
}

function lineItem(line: SemanticLine): string {
  return branch(
    "ram:IncludedSupplyChainTradeLineItem",
    lineDocument(line),
    product(line),
    linePrices(line),
    branch(
      "ram:SpecifiedLineTradeDelivery",
      leaf("ram:BilledQuantity", line.quantity, { unitCode: line.unitCode }),
    ),
    branch(
      "ram:SpecifiedLineTradeSettlement",
      branch(
        "ram:ApplicableTradeTax",
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:CategoryCode", line.tax.category),
        rate(line.tax),
      ),
      period(line.period),
      ...line.adjustments.map((adjustment) => allowanceCharge(adjustment, false)),
      branch(
        "ram:SpecifiedTradeSettlementLineMonetarySummation",
        leaf("ram:LineTotalAmount", line.net),
      ),
      objectReference(line.particulars.objectId),
      accountingAccount(line.particulars.accountingReference),
    ),
  );
}

function allowanceCharge(adjustment: SemanticAdjustment, header: boolean) {
  const { charge, amount, reason, reasonCode, share, tax } = adjustment;
  return branch(
    "ram:SpecifiedTradeAllowanceCharge",
    branch("ram:ChargeIndicator", leaf("udt:Indicator", charge ? "true" : "false")),
    leaf("ram:CalculationPercent", share?.percent),
    leaf("ram:BasisAmount", share?.base),
    leaf("ram:ActualAmount", amount),
    leaf("ram:ReasonCode", reasonCode),
    leaf("ram:Reason", reason),
    header
      ? branch(
          "ram:CategoryTradeTax",
          leaf("ram:TypeCode", "VAT"),
          leaf("ram:CategoryCode", tax.category),
          rate(tax),
        )
      : "",
  );
}

function agreement(invoice: SemanticInvoice): string {
  const { seller, buyer, references } = invoice.model;
  return branch(
    "ram:ApplicableHeaderTradeAgreement",
    leaf("ram:BuyerReference", references.buyerReference),
    party("ram:SellerTradeParty", seller, invoice.outsideVat, true),
    party("ram:BuyerTradeParty", buyer, invoice.outsideVat, false),
    representativeParty(invoice.model, invoice.outsideVat, address),
    agreementReferences(invoice),
  );
}

function party(name: string, party: Party, outsideVat: boolean, seller: boolean): string {
  const { legalId, electronicAddress: electronic } = party;
  return branch(
    name,
    partyIds(party, seller, outsideVat),
    leaf("ram:Name", party.name),
    legalInformation(party, seller),
    branch(
      "ram:SpecifiedLegalOrganization",
      leaf("ram:ID", legalId?.value, legalId?.scheme ? { schemeID: legalId.scheme } : {}),
    ),
    branch(
      "ram:DefinedTradeContact",
      leaf("ram:PersonName", party.contactName),
      branch("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", party.phone)),
      branch("ram:EmailURIUniversalCommunication", leaf("ram:URIID", party.email)),
    ),
    address(party.address),
    branch(
      "ram:URIUniversalCommunication",
      leaf("ram:URIID", electronic?.value, electronic ? { schemeID: electronic.scheme } : {}),
    ),
    registration(outsideVat ? null : party.vatId, "VA"),
    registration(seller ? party.taxNumber : null, "FC"),
  );
}

function registration(id: string | null, schemeID: string): string {
  return branch("ram:SpecifiedTaxRegistration", leaf("ram:ID", id, { schemeID }));
}

/** Three lines at most (BT-35, BT-36, BT-162): what is more joins the third. */
function address(address: Address): string {
  const { city, postalCode, region, country } = address;
  const lines = streetLines(address);
  return branch(
    "ram:PostalTradeAddress",
    leaf("ram:PostcodeCode", postalCode),
    leaf("ram:LineOne", lines[0]),
    leaf("ram:LineTwo", lines[1]),
    leaf("ram:LineThree", lines.slice(2).join(", ")),
    leaf("ram:CityName", city),
    leaf("ram:CountryID", country),
    leaf("ram:CountrySubDivisionName", region),
  );
}

function delivery({ model }: SemanticInvoice): string {
  const { shipTo, dates, references } = model;
  const content = [
    shipTo
      ? branch("ram:ShipToTradeParty", leaf("ram:Name", shipTo.name), address(shipTo.address))
      : "",
    branch(
      "ram:ActualDeliverySupplyChainEvent",
      branch("ram:OccurrenceDateTime", day(dates.delivered)),
    ),
    adviceReferences(references.further ?? {}),
  ].join("");
  return `<ram:ApplicableHeaderTradeDelivery>${content}</ram:ApplicableHeaderTradeDelivery>`;
}

function settlement(invoice: SemanticInvoice): string {
  const { model } = invoice;
  const { payment, totals, dates } = model;
  return branch(
    "ram:ApplicableHeaderTradeSettlement",
    leaf("ram:CreditorReferenceID", payment?.mandate?.creditorId),
    leaf("ram:PaymentReference", payment?.reference),
    leaf("ram:TaxCurrencyCode", totals.accounting?.currency),
    leaf("ram:InvoiceCurrencyCode", model.currency),
    payeeParty(model.payee),
    paymentMeans(model),
    ...invoice.taxes.map(headerTax),
    period(invoice.period),
    ...invoice.adjustments.map((adjustment) => allowanceCharge(adjustment, true)),
    branch(
      "ram:SpecifiedTradePaymentTerms",
      textLeaf("ram:Description", termsText(model)),
      branch("ram:DueDateDateTime", day(dates.due)),
      leaf("ram:DirectDebitMandateID", payment?.mandate?.reference),
    ),
    summation(invoice),
    settlementReferences(invoice),
  );
}

function paymentMeans({ payment }: DocumentModel): string {
  if (!payment) return "";
  const { iban, bic, mandate, meansCode, account } = payment;
  const debit = meansCode === "59" || meansCode === "49";
  return branch(
    "ram:SpecifiedTradeSettlementPaymentMeans",
    leaf("ram:TypeCode", meansCode),
    branch(
      "ram:PayerPartyDebtorFinancialAccount",
      leaf("ram:IBANID", debit ? mandate?.iban : null),
    ),
    debit
      ? ""
      : branch(
          "ram:PayeePartyCreditorFinancialAccount",
          leaf("ram:IBANID", iban),
          iban || account[0] ? leaf("ram:AccountName", payment.beneficiary) : "",
          iban ? "" : leaf("ram:ProprietaryID", account[0]?.value),
        ),
    debit || !iban
      ? ""
      : branch("ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", bic)),
  );
}

function headerTax(tax: SemanticTax): string {
  return branch(
    "ram:ApplicableTradeTax",
    leaf("ram:CalculatedAmount", tax.tax),
    leaf("ram:TypeCode", "VAT"),
    leaf("ram:ExemptionReason", tax.reason),
    leaf("ram:BasisAmount", tax.base),
    leaf("ram:CategoryCode", tax.category),
    leaf("ram:ExemptionReasonCode", tax.reasonCode),
    // Also 0 of what is not subject to VAT (BR-DE-14).
    leaf("ram:RateApplicablePercent", tax.percent),
  );
}

function summation({ model, sums, adjustments }: SemanticInvoice): string {
  const { accounting } = model.totals;
  const has = (charge: boolean) => adjustments.some((adjustment) => adjustment.charge === charge);
  return branch(
    "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
    leaf("ram:LineTotalAmount", sums.lines),
    has(true) ? leaf("ram:ChargeTotalAmount", sums.charges) : "",
    has(false) ? leaf("ram:AllowanceTotalAmount", sums.allowances) : "",
    leaf("ram:TaxBasisTotalAmount", sums.net),
    leaf("ram:TaxTotalAmount", sums.tax, { currencyID: model.currency }),
    accounting
      ? leaf("ram:TaxTotalAmount", moneyText(BigInt(accounting.taxMinor), accounting.currency), {
          currencyID: accounting.currency,
        })
      : "",
    leaf("ram:RoundingAmount", sums.rounding),
    leaf("ram:GrandTotalAmount", sums.total),
    leaf("ram:TotalPrepaidAmount", sums.prepaid),
    leaf("ram:DuePayableAmount", sums.due),
  );
}
