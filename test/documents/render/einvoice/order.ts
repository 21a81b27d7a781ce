/**
 * The order of elements in UBL 2.1, as its schema has it, for what e-invoices hold. Pure. CII has
 * its schema among the development packages: `node/xsd.test.ts` runs it.
 */
import { type Rule, rules } from "./rule.ts";

const words = (text: string) => text.trim().split(/\s+/);

const HEAD = `cbc:DocumentCurrencyCode cbc:TaxCurrencyCode cbc:AccountingCost cbc:BuyerReference
  cac:InvoicePeriod`;
const DOCUMENTS = `cac:OrderReference cac:BillingReference cac:DespatchDocumentReference
  cac:ReceiptDocumentReference`;
const PARTIES = `cac:AccountingSupplierParty cac:AccountingCustomerParty cac:PayeeParty
  cac:TaxRepresentativeParty cac:Delivery cac:PaymentMeans cac:PaymentTerms`;
const PARTY = `cbc:EndpointID cac:PartyIdentification cac:PartyName cac:PostalAddress
  cac:PartyTaxScheme cac:PartyLegalEntity cac:Contact`;
const ADDRESS = `cbc:StreetName cbc:AdditionalStreetName cbc:BuildingNumber cbc:CityName
  cbc:PostalZone cbc:CountrySubentity cac:AddressLine cac:Country`;
const ACCOUNT = "cbc:ID cbc:Name cac:FinancialInstitutionBranch";
const CATEGORY = `cbc:ID cbc:Percent cbc:TaxExemptionReasonCode cbc:TaxExemptionReason
  cac:TaxScheme`;
const LINE_PARTS = `cbc:LineExtensionAmount cbc:AccountingCost cac:InvoicePeriod
  cac:OrderLineReference cac:DocumentReference cac:AllowanceCharge cac:Item cac:Price`;

const SEQUENCES: Readonly<Record<string, string[]>> = Object.fromEntries(
  Object.entries({
    Invoice: `cbc:CustomizationID cbc:ProfileID cbc:ID cbc:IssueDate cbc:DueDate
      cbc:InvoiceTypeCode cbc:Note cbc:TaxPointDate ${HEAD} ${DOCUMENTS}
      cac:OriginatorDocumentReference cac:ContractDocumentReference
      cac:AdditionalDocumentReference cac:ProjectReference ${PARTIES} cac:AllowanceCharge
      cac:TaxTotal cac:LegalMonetaryTotal cac:InvoiceLine`,
    CreditNote: `cbc:CustomizationID cbc:ProfileID cbc:ID cbc:IssueDate cbc:TaxPointDate
      cbc:CreditNoteTypeCode cbc:Note ${HEAD} cac:DiscrepancyResponse ${DOCUMENTS}
      cac:ContractDocumentReference cac:AdditionalDocumentReference
      cac:OriginatorDocumentReference ${PARTIES} cac:AllowanceCharge cac:TaxTotal
      cac:LegalMonetaryTotal cac:CreditNoteLine`,
    "cac:InvoicePeriod": "cbc:StartDate cbc:EndDate cbc:DescriptionCode",
    "cac:OrderReference": "cbc:ID cbc:SalesOrderID",
    "cac:InvoiceDocumentReference": "cbc:ID cbc:IssueDate",
    "cac:AdditionalDocumentReference":
      "cbc:ID cbc:DocumentTypeCode cbc:DocumentDescription cac:Attachment",
    "cac:DocumentReference": "cbc:ID cbc:DocumentTypeCode",
    "cac:Attachment": "cbc:EmbeddedDocumentBinaryObject cac:ExternalReference",
    "cac:Party": PARTY,
    "cac:PayeeParty": PARTY,
    "cac:TaxRepresentativeParty": PARTY,
    "cac:PostalAddress": ADDRESS,
    "cac:Address": ADDRESS,
    "cac:PartyTaxScheme": "cbc:CompanyID cac:TaxScheme",
    "cac:PartyLegalEntity": "cbc:RegistrationName cbc:CompanyID cbc:CompanyLegalForm",
    "cac:Contact": "cbc:Name cbc:Telephone cbc:ElectronicMail",
    "cac:Delivery": "cbc:ActualDeliveryDate cac:DeliveryLocation cac:DeliveryParty",
    "cac:DeliveryLocation": "cbc:ID cac:Address",
    "cac:PaymentMeans": `cbc:PaymentMeansCode cbc:PaymentDueDate cbc:InstructionID
      cbc:InstructionNote cbc:PaymentID cac:CardAccount cac:PayeeFinancialAccount
      cac:PaymentMandate`,
    "cac:PayeeFinancialAccount": ACCOUNT,
    "cac:PaymentMandate": "cbc:ID cac:PayerFinancialAccount",
    "cac:AllowanceCharge": `cbc:ChargeIndicator cbc:AllowanceChargeReasonCode
      cbc:AllowanceChargeReason cbc:MultiplierFactorNumeric cbc:Amount cbc:BaseAmount
      cac:TaxCategory`,
    "cac:TaxTotal": "cbc:TaxAmount cac:TaxSubtotal",
    "cac:TaxSubtotal": "cbc:TaxableAmount cbc:TaxAmount cac:TaxCategory",
    "cac:TaxCategory": CATEGORY,
    "cac:ClassifiedTaxCategory": CATEGORY,
    "cac:LegalMonetaryTotal": `cbc:LineExtensionAmount cbc:TaxExclusiveAmount
      cbc:TaxInclusiveAmount cbc:AllowanceTotalAmount cbc:ChargeTotalAmount cbc:PrepaidAmount
      cbc:PayableRoundingAmount cbc:PayableAmount`,
    "cac:InvoiceLine": `cbc:ID cbc:Note cbc:InvoicedQuantity ${LINE_PARTS}`,
    "cac:CreditNoteLine": `cbc:ID cbc:Note cbc:CreditedQuantity ${LINE_PARTS}`,
    "cac:Item": `cbc:Description cbc:Name cac:BuyersItemIdentification
      cac:SellersItemIdentification cac:StandardItemIdentification cac:OriginCountry
      cac:CommodityClassification cac:ClassifiedTaxCategory cac:AdditionalItemProperty`,
    "cac:Price": "cbc:PriceAmount cbc:BaseQuantity cac:AllowanceCharge",
  }).map(([name, children]) => [name, words(children)]),
);

/** What may stand several times in a row. */
const REPEATED = new Set(
  words(`cbc:Note cac:BillingReference cac:AdditionalDocumentReference cac:PartyIdentification
    cac:PartyTaxScheme cac:PaymentMeans cac:AllowanceCharge cac:TaxTotal cac:TaxSubtotal
    cac:InvoiceLine cac:CreditNoteLine cac:CommodityClassification cac:AdditionalItemProperty
    cac:AddressLine`),
);

export const ORDER: Rule[] = rules([
  [
    "ubl-order",
    "elements stand in the schema's order, and each where it may",
    ({ syntax, elements }) =>
      syntax === "cii" ||
      elements.every(({ name, children }) => {
        const sequence = SEQUENCES[name];
        if (!sequence) return true;
        const places = children.map((child) => sequence.indexOf(child.name));
        return places.every((place, i) => {
          const before = places[i - 1] ?? -1;
          if (place < 0 || place < before) return false;
          return place > before || REPEATED.has(children[i]?.name ?? "");
        });
      }),
  ],
]);
