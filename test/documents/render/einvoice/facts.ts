/**
 * What an e-invoice says, by the norm's terms (BT, BG), read from either syntax. Pure. All of it is
 * text as it stands; what is not there is null.
 */
import { all, type Element, everyElement, first, readXml, text } from "./tree.ts";

export type Text = string | null;
export type Id = { value: string; scheme: Text } | null;
export type TaxFacts = { category: Text; rate: Text };
export type AddressFacts = { line: Text; city: Text; postCode: Text; country: Text };
export type PartyFacts = {
  name: Text;
  address: AddressFacts | null;
  contact: { name: Text; phone: Text; email: Text } | null;
  vatId: Text;
  taxNumber: Text;
  ids: NonNullable<Id>[];
  legalId: Id;
  endpoint: Id;
};
export type AdjustmentFacts = {
  charge: Text;
  amount: Text;
  base: Text;
  percent: Text;
  reason: Text;
  reasonCode: Text;
  tax: TaxFacts;
};
export type TaxGroupFacts = TaxFacts & {
  base: Text;
  tax: Text;
  reason: Text;
  reasonCode: Text;
};
export type PeriodFacts = { start: Text; end: Text } | null;
export type PaymentFacts = {
  code: Text;
  account: Text;
  hasAccount: boolean;
  hasMandate: boolean;
  hasCard: boolean;
  bank: Text;
  reference: Text;
  debited: Text;
  mandate: Text;
};
export type LineFacts = {
  id: Text;
  quantity: Text;
  unit: Text;
  net: Text;
  price: Text;
  baseQuantity: Text;
  baseUnit: Text;
  gross: Text;
  priceDiscount: Text;
  name: Text;
  period: PeriodFacts;
  adjustments: AdjustmentFacts[];
  tax: TaxFacts;
  standardId: Id;
  classes: { list: Text }[];
  objects: Text[];
  orderLine: Text;
};
export type AttachmentFacts = {
  id: Text;
  uri: Text;
  file: { name: Text; type: Text; data: string } | null;
};
export type Sums = Record<
  "lines" | "allowances" | "charges" | "net" | "tax" | "total" | "prepaid" | "rounding" | "due",
  Text
> & { accountingTax: Text };
export type Facts = {
  root: Element;
  elements: Element[];
  syntax: "cii" | "ubl";
  guideline: Text;
  process: Text;
  number: Text;
  type: Text;
  issued: Text;
  due: Text;
  notes: string[];
  currency: Text;
  taxCurrency: Text;
  buyerReference: Text;
  order: Text;
  salesOrder: Text;
  preceding: { number: Text; date: Text }[];
  seller: PartyFacts;
  buyer: PartyFacts;
  payee: { name: Text; ids: NonNullable<Id>[]; legalId: Id } | null;
  taxRepresentative: PartyFacts | null;
  delivery: { date: Text; address: AddressFacts | null };
  period: PeriodFacts;
  payments: PaymentFacts[];
  creditorId: Text;
  terms: Text;
  adjustments: AdjustmentFacts[];
  taxes: TaxGroupFacts[];
  sums: Sums;
  lines: LineFacts[];
  attachments: AttachmentFacts[];
  projects: number;
};

/** An e-invoice of either syntax. Errors: one where the text is no XML. */
export function factsOf(xml: string): Facts {
  const root = readXml(xml);
  return root.name === "rsm:CrossIndustryInvoice" ? ciiFacts(root) : ublFacts(root);
}

const idOf = (element: Element | null): Id =>
  element && { value: element.text, scheme: element.attributes.schemeID ?? null };
const present = <T>(some: (T | null)[]): T[] => some.filter((one): one is T => one !== null);
const textsOf = (elements: Element[]) => elements.map((element) => element.text);
const dayOf = (date: Text) => date?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3") ?? null;

// --- Cross Industry Invoice

function ciiFacts(root: Element): Facts {
  const context = first(root, "rsm:ExchangedDocumentContext");
  const document = first(root, "rsm:ExchangedDocument");
  const trade = first(root, "rsm:SupplyChainTradeTransaction");
  const agreement = first(trade, "ram:ApplicableHeaderTradeAgreement");
  const delivery = first(trade, "ram:ApplicableHeaderTradeDelivery");
  const settlement = first(trade, "ram:ApplicableHeaderTradeSettlement");
  const shipTo = first(delivery, "ram:ShipToTradeParty");
  const represented = first(agreement, "ram:SellerTaxRepresentativeTradeParty");
  const terms = first(settlement, "ram:SpecifiedTradePaymentTerms");
  const payee = first(settlement, "ram:PayeeTradeParty");
  return {
    root,
    elements: everyElement(root),
    syntax: "cii",
    guideline: text(context, "ram:GuidelineSpecifiedDocumentContextParameter ram:ID"),
    process: text(context, "ram:BusinessProcessSpecifiedDocumentContextParameter ram:ID"),
    number: text(document, "ram:ID"),
    type: text(document, "ram:TypeCode"),
    issued: dayOf(text(document, "ram:IssueDateTime udt:DateTimeString")),
    due: dayOf(text(terms, "ram:DueDateDateTime udt:DateTimeString")),
    notes: textsOf(all(document, "ram:IncludedNote ram:Content")),
    currency: text(settlement, "ram:InvoiceCurrencyCode"),
    taxCurrency: text(settlement, "ram:TaxCurrencyCode"),
    buyerReference: text(agreement, "ram:BuyerReference"),
    order: text(agreement, "ram:BuyerOrderReferencedDocument ram:IssuerAssignedID"),
    salesOrder: text(agreement, "ram:SellerOrderReferencedDocument ram:IssuerAssignedID"),
    preceding: all(settlement, "ram:InvoiceReferencedDocument").map((one) => ({
      number: text(one, "ram:IssuerAssignedID"),
      date: dayOf(text(one, "ram:FormattedIssueDateTime qdt:DateTimeString")),
    })),
    seller: ciiParty(first(agreement, "ram:SellerTradeParty")),
    buyer: ciiParty(first(agreement, "ram:BuyerTradeParty")),
    payee: payee && ciiParty(payee),
    taxRepresentative: represented && ciiParty(represented),
    delivery: {
      date: dayOf(
        text(
          delivery,
          "ram:ActualDeliverySupplyChainEvent ram:OccurrenceDateTime udt:DateTimeString",
        ),
      ),
      address: ciiAddress(first(shipTo, "ram:PostalTradeAddress")),
    },
    period: ciiPeriod(first(settlement, "ram:BillingSpecifiedPeriod")),
    payments: ciiPayments(settlement, terms),
    creditorId: text(settlement, "ram:CreditorReferenceID"),
    terms: text(terms, "ram:Description"),
    adjustments: all(settlement, "ram:SpecifiedTradeAllowanceCharge").map(ciiAdjustment),
    taxes: all(settlement, "ram:ApplicableTradeTax").map((one) => ({
      ...ciiTax(one),
      base: text(one, "ram:BasisAmount"),
      tax: text(one, "ram:CalculatedAmount"),
      reason: text(one, "ram:ExemptionReason"),
      reasonCode: text(one, "ram:ExemptionReasonCode"),
    })),
    sums: ciiSums(settlement),
    lines: all(trade, "ram:IncludedSupplyChainTradeLineItem").map(ciiLine),
    attachments: all(agreement, "ram:AdditionalReferencedDocument")
      .filter((one) => text(one, "ram:TypeCode") === "916")
      .map((one) => ({
        id: text(one, "ram:IssuerAssignedID"),
        uri: text(one, "ram:URIID"),
        file: fileOf(first(one, "ram:AttachmentBinaryObject")),
      })),
    projects: all(agreement, "ram:SpecifiedProcuringProject").length,
  };
}

function fileOf(element: Element | null): AttachmentFacts["file"] {
  if (!element) return null;
  const { filename = null, mimeCode = null } = element.attributes;
  return { name: filename, type: mimeCode, data: element.text };
}

function ciiParty(party: Element | null): PartyFacts {
  const contact = first(party, "ram:DefinedTradeContact");
  const registered = (scheme: string) =>
    all(party, "ram:SpecifiedTaxRegistration ram:ID").find(
      ({ attributes }) => attributes.schemeID === scheme,
    )?.text ?? null;
  return {
    name: text(party, "ram:Name"),
    address: ciiAddress(first(party, "ram:PostalTradeAddress")),
    contact: contact && {
      name: text(contact, "ram:PersonName") ?? text(contact, "ram:DepartmentName"),
      phone: text(contact, "ram:TelephoneUniversalCommunication ram:CompleteNumber"),
      email: text(contact, "ram:EmailURIUniversalCommunication ram:URIID"),
    },
    vatId: registered("VA"),
    taxNumber: registered("FC"),
    ids: present([...all(party, "ram:ID"), ...all(party, "ram:GlobalID")].map(idOf)),
    legalId: idOf(first(party, "ram:SpecifiedLegalOrganization ram:ID")),
    endpoint: idOf(first(party, "ram:URIUniversalCommunication ram:URIID")),
  };
}

function ciiAddress(address: Element | null): AddressFacts | null {
  return (
    address && {
      line: text(address, "ram:LineOne"),
      city: text(address, "ram:CityName"),
      postCode: text(address, "ram:PostcodeCode"),
      country: text(address, "ram:CountryID"),
    }
  );
}

function ciiPeriod(period: Element | null): PeriodFacts {
  return (
    period && {
      start: dayOf(text(period, "ram:StartDateTime udt:DateTimeString")),
      end: dayOf(text(period, "ram:EndDateTime udt:DateTimeString")),
    }
  );
}

function ciiPayments(settlement: Element | null, terms: Element | null): PaymentFacts[] {
  const mandate = text(terms, "ram:DirectDebitMandateID");
  return all(settlement, "ram:SpecifiedTradeSettlementPaymentMeans").map((means) => {
    const account = first(means, "ram:PayeePartyCreditorFinancialAccount");
    const debited = text(means, "ram:PayerPartyDebtorFinancialAccount ram:IBANID");
    return {
      code: text(means, "ram:TypeCode"),
      account: text(account, "ram:IBANID") ?? text(account, "ram:ProprietaryID"),
      hasAccount: account !== null,
      hasMandate: mandate !== null || debited !== null,
      hasCard: first(means, "ram:ApplicableTradeSettlementFinancialCard") !== null,
      bank: text(means, "ram:PayeeSpecifiedCreditorFinancialInstitution ram:BICID"),
      reference: text(settlement, "ram:PaymentReference"),
      debited,
      mandate,
    };
  });
}

const ciiTax = (tax: Element | null): TaxFacts => ({
  category: text(tax, "ram:CategoryCode"),
  rate: text(tax, "ram:RateApplicablePercent"),
});

function ciiAdjustment(part: Element): AdjustmentFacts {
  return {
    charge: text(part, "ram:ChargeIndicator udt:Indicator"),
    amount: text(part, "ram:ActualAmount"),
    base: text(part, "ram:BasisAmount"),
    percent: text(part, "ram:CalculationPercent"),
    reason: text(part, "ram:Reason"),
    reasonCode: text(part, "ram:ReasonCode"),
    tax: ciiTax(first(part, "ram:CategoryTradeTax")),
  };
}

function ciiSums(settlement: Element | null): Sums {
  const sums = first(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation");
  const [currency, other] = [
    text(settlement, "ram:InvoiceCurrencyCode"),
    text(settlement, "ram:TaxCurrencyCode"),
  ];
  const taxIn = (code: Text) =>
    all(sums, "ram:TaxTotalAmount").find(({ attributes }) => attributes.currencyID === code)
      ?.text ?? null;
  return {
    lines: text(sums, "ram:LineTotalAmount"),
    allowances: text(sums, "ram:AllowanceTotalAmount"),
    charges: text(sums, "ram:ChargeTotalAmount"),
    net: text(sums, "ram:TaxBasisTotalAmount"),
    tax: taxIn(currency),
    total: text(sums, "ram:GrandTotalAmount"),
    prepaid: text(sums, "ram:TotalPrepaidAmount"),
    rounding: text(sums, "ram:RoundingAmount"),
    due: text(sums, "ram:DuePayableAmount"),
    accountingTax: other === null ? null : taxIn(other),
  };
}

function ciiLine(line: Element): LineFacts {
  const product = first(line, "ram:SpecifiedTradeProduct");
  const agreement = first(line, "ram:SpecifiedLineTradeAgreement");
  const settlement = first(line, "ram:SpecifiedLineTradeSettlement");
  const quantity = first(line, "ram:SpecifiedLineTradeDelivery ram:BilledQuantity");
  const net = first(agreement, "ram:NetPriceProductTradePrice");
  const gross = first(agreement, "ram:GrossPriceProductTradePrice");
  const base = first(net, "ram:BasisQuantity") ?? first(gross, "ram:BasisQuantity");
  return {
    id: text(line, "ram:AssociatedDocumentLineDocument ram:LineID"),
    quantity: quantity?.text ?? null,
    unit: quantity?.attributes.unitCode ?? null,
    net: text(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation ram:LineTotalAmount"),
    price: text(net, "ram:ChargeAmount"),
    baseQuantity: base?.text ?? null,
    baseUnit: base?.attributes.unitCode ?? null,
    gross: text(gross, "ram:ChargeAmount"),
    priceDiscount: text(gross, "ram:AppliedTradeAllowanceCharge ram:ActualAmount"),
    name: text(product, "ram:Name"),
    period: ciiPeriod(first(settlement, "ram:BillingSpecifiedPeriod")),
    adjustments: all(settlement, "ram:SpecifiedTradeAllowanceCharge").map(ciiAdjustment),
    tax: ciiTax(first(settlement, "ram:ApplicableTradeTax")),
    standardId: idOf(first(product, "ram:GlobalID")),
    classes: all(product, "ram:DesignatedProductClassification ram:ClassCode").map(
      ({ attributes }) => ({ list: attributes.listID ?? null }),
    ),
    objects: [],
    orderLine: text(agreement, "ram:BuyerOrderReferencedDocument ram:LineID"),
  };
}

// --- Universal Business Language

function ublFacts(root: Element): Facts {
  const delivery = first(root, "cac:Delivery");
  const payee = first(root, "cac:PayeeParty");
  const represented = first(root, "cac:TaxRepresentativeParty");
  const seller = first(root, "cac:AccountingSupplierParty cac:Party");
  const due = text(root, "cbc:DueDate") ?? text(root, "cac:PaymentMeans cbc:PaymentDueDate");
  const credit = root.name === "CreditNote";
  const documents = all(root, "cac:AdditionalDocumentReference");
  return {
    root,
    elements: everyElement(root),
    syntax: "ubl",
    guideline: text(root, "cbc:CustomizationID"),
    process: text(root, "cbc:ProfileID"),
    number: text(root, "cbc:ID"),
    type: text(root, credit ? "cbc:CreditNoteTypeCode" : "cbc:InvoiceTypeCode"),
    issued: text(root, "cbc:IssueDate"),
    due,
    notes: textsOf(all(root, "cbc:Note")),
    currency: text(root, "cbc:DocumentCurrencyCode"),
    taxCurrency: text(root, "cbc:TaxCurrencyCode"),
    buyerReference: text(root, "cbc:BuyerReference"),
    order: text(root, "cac:OrderReference cbc:ID"),
    salesOrder: text(root, "cac:OrderReference cbc:SalesOrderID"),
    preceding: all(root, "cac:BillingReference cac:InvoiceDocumentReference").map((one) => ({
      number: text(one, "cbc:ID"),
      date: text(one, "cbc:IssueDate"),
    })),
    seller: ublParty(seller),
    buyer: ublParty(first(root, "cac:AccountingCustomerParty cac:Party")),
    payee: payee && {
      ...ublParty(payee),
      name: text(payee, "cac:PartyName cbc:Name"),
    },
    taxRepresentative: represented && {
      ...ublParty(represented),
      name: text(represented, "cac:PartyName cbc:Name"),
    },
    delivery: {
      date: text(delivery, "cbc:ActualDeliveryDate"),
      address: ublAddress(first(delivery, "cac:DeliveryLocation cac:Address")),
    },
    period: ublPeriod(first(root, "cac:InvoicePeriod")),
    payments: all(root, "cac:PaymentMeans").map(ublPayment),
    creditorId: creditorIdOf([seller, payee]),
    terms: text(root, "cac:PaymentTerms cbc:Note"),
    adjustments: all(root, "cac:AllowanceCharge").map(ublAdjustment),
    taxes: all(root, "cac:TaxTotal cac:TaxSubtotal").map((one) => ({
      ...ublTax(first(one, "cac:TaxCategory")),
      base: text(one, "cbc:TaxableAmount"),
      tax: text(one, "cbc:TaxAmount"),
      reason: text(one, "cac:TaxCategory cbc:TaxExemptionReason"),
      reasonCode: text(one, "cac:TaxCategory cbc:TaxExemptionReasonCode"),
    })),
    sums: ublSums(root),
    lines: all(root, credit ? "cac:CreditNoteLine" : "cac:InvoiceLine").map(ublLine),
    attachments: documents
      .filter((one) => !first(one, "cbc:DocumentTypeCode"))
      .map((one) => ({
        id: text(one, "cbc:ID"),
        uri: text(one, "cac:Attachment cac:ExternalReference cbc:URI"),
        file: fileOf(first(one, "cac:Attachment cbc:EmbeddedDocumentBinaryObject")),
      })),
    projects:
      all(root, "cac:ProjectReference").length +
      documents.filter((one) => text(one, "cbc:DocumentTypeCode") === "50").length,
  };
}

function creditorIdOf(parties: (Element | null)[]): Text {
  const ids = parties.flatMap((party) => all(party, "cac:PartyIdentification cbc:ID"));
  return ids.find(({ attributes }) => attributes.schemeID === "SEPA")?.text ?? null;
}

function ublParty(party: Element | null): PartyFacts {
  const contact = first(party, "cac:Contact");
  const registered = (vat: boolean) =>
    text(
      all(party, "cac:PartyTaxScheme").find(
        (one) => (text(one, "cac:TaxScheme cbc:ID") === "VAT") === vat,
      ) ?? null,
      "cbc:CompanyID",
    );
  return {
    name: text(party, "cac:PartyLegalEntity cbc:RegistrationName"),
    address: ublAddress(first(party, "cac:PostalAddress")),
    contact: contact && {
      name: text(contact, "cbc:Name"),
      phone: text(contact, "cbc:Telephone"),
      email: text(contact, "cbc:ElectronicMail"),
    },
    vatId: registered(true),
    taxNumber: registered(false),
    ids: present(
      all(party, "cac:PartyIdentification cbc:ID")
        .map(idOf)
        .filter((id) => id?.scheme !== "SEPA"),
    ),
    legalId: idOf(first(party, "cac:PartyLegalEntity cbc:CompanyID")),
    endpoint: idOf(first(party, "cbc:EndpointID")),
  };
}

function ublAddress(address: Element | null): AddressFacts | null {
  return (
    address && {
      line: text(address, "cbc:StreetName"),
      city: text(address, "cbc:CityName"),
      postCode: text(address, "cbc:PostalZone"),
      country: text(address, "cac:Country cbc:IdentificationCode"),
    }
  );
}

const ublPeriod = (period: Element | null): PeriodFacts =>
  period && { start: text(period, "cbc:StartDate"), end: text(period, "cbc:EndDate") };

function ublPayment(means: Element): PaymentFacts {
  const account = first(means, "cac:PayeeFinancialAccount");
  const mandate = first(means, "cac:PaymentMandate");
  return {
    code: text(means, "cbc:PaymentMeansCode"),
    account: text(account, "cbc:ID"),
    hasAccount: account !== null,
    hasMandate: mandate !== null,
    hasCard: first(means, "cac:CardAccount") !== null,
    bank: text(account, "cac:FinancialInstitutionBranch cbc:ID"),
    reference: text(means, "cbc:PaymentID"),
    debited: text(mandate, "cac:PayerFinancialAccount cbc:ID"),
    mandate: text(mandate, "cbc:ID"),
  };
}

const ublTax = (tax: Element | null): TaxFacts => ({
  category: text(tax, "cbc:ID"),
  rate: text(tax, "cbc:Percent"),
});

function ublAdjustment(part: Element): AdjustmentFacts {
  return {
    charge: text(part, "cbc:ChargeIndicator"),
    amount: text(part, "cbc:Amount"),
    base: text(part, "cbc:BaseAmount"),
    percent: text(part, "cbc:MultiplierFactorNumeric"),
    reason: text(part, "cbc:AllowanceChargeReason"),
    reasonCode: text(part, "cbc:AllowanceChargeReasonCode"),
    tax: ublTax(first(part, "cac:TaxCategory")),
  };
}

function ublSums(root: Element): Sums {
  const sums = first(root, "cac:LegalMonetaryTotal");
  const [currency, other] = [
    text(root, "cbc:DocumentCurrencyCode"),
    text(root, "cbc:TaxCurrencyCode"),
  ];
  const taxIn = (code: Text) =>
    all(root, "cac:TaxTotal cbc:TaxAmount").find(({ attributes }) => attributes.currencyID === code)
      ?.text ?? null;
  return {
    lines: text(sums, "cbc:LineExtensionAmount"),
    allowances: text(sums, "cbc:AllowanceTotalAmount"),
    charges: text(sums, "cbc:ChargeTotalAmount"),
    net: text(sums, "cbc:TaxExclusiveAmount"),
    tax: taxIn(currency),
    total: text(sums, "cbc:TaxInclusiveAmount"),
    prepaid: text(sums, "cbc:PrepaidAmount"),
    rounding: text(sums, "cbc:PayableRoundingAmount"),
    due: text(sums, "cbc:PayableAmount"),
    accountingTax: other === null ? null : taxIn(other),
  };
}

function ublLine(line: Element): LineFacts {
  const quantity = first(line, "cbc:InvoicedQuantity") ?? first(line, "cbc:CreditedQuantity");
  const item = first(line, "cac:Item");
  const price = first(line, "cac:Price");
  const base = first(price, "cbc:BaseQuantity");
  return {
    id: text(line, "cbc:ID"),
    quantity: quantity?.text ?? null,
    unit: quantity?.attributes.unitCode ?? null,
    net: text(line, "cbc:LineExtensionAmount"),
    price: text(price, "cbc:PriceAmount"),
    baseQuantity: base?.text ?? null,
    baseUnit: base?.attributes.unitCode ?? null,
    gross: text(price, "cac:AllowanceCharge cbc:BaseAmount"),
    priceDiscount: text(price, "cac:AllowanceCharge cbc:Amount"),
    name: text(item, "cbc:Name"),
    period: ublPeriod(first(line, "cac:InvoicePeriod")),
    adjustments: all(line, "cac:AllowanceCharge").map(ublAdjustment),
    tax: ublTax(first(item, "cac:ClassifiedTaxCategory")),
    standardId: idOf(first(item, "cac:StandardItemIdentification cbc:ID")),
    classes: all(item, "cac:CommodityClassification cbc:ItemClassificationCode").map(
      ({ attributes }) => ({ list: attributes.listID ?? null }),
    ),
    objects: all(line, "cac:DocumentReference").map((one) => text(one, "cbc:DocumentTypeCode")),
    orderLine: text(line, "cac:OrderLineReference cbc:LineID"),
  };
}
