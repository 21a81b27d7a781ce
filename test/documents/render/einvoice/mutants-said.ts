/** What breaks the rules of EN 16931 on what an invoice says, in both syntaxes. Pure. */
import {
  CII_BUYER,
  CII_CHARGE,
  CII_LINE,
  CII_LINE_CHARGE,
  CII_LINE_PART,
  CII_PART,
  CII_SELLER,
  CII_SUM,
  CII_TAX,
  ciiFile,
  file,
  SETTLEMENT,
  UBL_BUYER,
  UBL_CHARGE,
  UBL_LINE_CHARGE,
  UBL_LINE_PART,
  UBL_PART,
  UBL_SELLER,
  UBL_SUM,
  UBL_TAX,
} from "./mutant-paths.ts";
import { attribute, before, behind, both, cut, put, type Row, tag } from "./mutants.ts";

const SELLER_NAME = tag("ram:Name", "Beispiel Technik GmbH");
const payeeCii = (...said: string[]) =>
  before("ram:SpecifiedTradeSettlementPaymentMeans", tag("ram:PayeeTradeParty", ...said));
const payeeUbl = (...said: string[]) => behind(UBL_BUYER, tag("cac:PayeeParty", ...said));
const payeeName = (name: string) => tag("cac:PartyName", tag("cbc:Name", name));
const PAYEE_ID = tag("cac:PartyIdentification", tag("cbc:ID", "1"));
/** What a payee without a name of its own breaks in UBL. */
const PAYEE_RULES = ["BR-17", "UBL-SR-19", "UBL-SR-20", "UBL-SR-21"];
const represented = (cii: string, ubl: string) => ({
  cii: behind(CII_BUYER, tag("ram:SellerTaxRepresentativeTradeParty", `${cii}`)),
  ubl: behind(UBL_BUYER, tag("cac:TaxRepresentativeParty", `${ubl}`)),
});
const NAME = [tag("ram:Name", "R"), "<cac:PartyName><cbc:Name>R</cbc:Name></cac:PartyName>"];
const PLACE = [
  tag("ram:PostalTradeAddress", tag("ram:CountryID", "AT")),
  tag("cac:PostalAddress", tag("cac:Country", tag("cbc:IdentificationCode", "AT"))),
];
const NOWHERE = [
  tag("ram:PostalTradeAddress", tag("ram:CityName", "Linz")),
  tag("cac:PostalAddress", tag("cbc:CityName", "Linz")),
];
const VAT_ID = [
  tag("ram:SpecifiedTaxRegistration", tag('ram:ID schemeID="VA"', "ATU12345678")),
  tag(
    "cac:PartyTaxScheme",
    tag("cbc:CompanyID", "ATU12345678"),
    tag("cac:TaxScheme", tag("cbc:ID", "VAT")),
  ),
];
const of = (...parts: string[][]) =>
  represented(parts.map(([cii]) => cii).join(""), parts.map(([, ubl]) => ubl).join(""));
const NO_NAME = of(PLACE, VAT_ID);
const NO_ADDRESS = of(NAME, VAT_ID);
const NO_COUNTRY = of(NAME, NOWHERE, VAT_ID);
const NO_VAT_ID = of(NAME, PLACE);

export const SAID_MUTANTS: Row[] = [
  [
    "BR-01",
    "no specification",
    cut("ram:GuidelineSpecifiedDocumentContextParameter"),
    cut("cbc:CustomizationID"),
  ],
  ["BR-02", "no number", cut("rsm:ExchangedDocument ram:ID"), cut("cbc:ID")],
  ["BR-03", "no date", cut("ram:IssueDateTime"), cut("cbc:IssueDate")],
  [
    "BR-03",
    "no day of the calendar",
    put("ram:IssueDateTime udt:DateTimeString", "20261131"),
    put("cbc:IssueDate", "2026-11-31"),
  ],
  ["BR-04", "no type", cut("rsm:ExchangedDocument ram:TypeCode"), cut("cbc:InvoiceTypeCode")],
  ["BR-05", "no currency", null, cut("cbc:DocumentCurrencyCode"), ["BR-CO-14", "BR-CO-15"]],
  [
    "BR-06",
    "no seller's name",
    cut(`${CII_SELLER} ram:Name`),
    cut(`${UBL_SELLER} cbc:RegistrationName`),
  ],
  [
    "BR-07",
    "no buyer's name",
    cut(`${CII_BUYER} ram:Name`),
    cut(`${UBL_BUYER} cbc:RegistrationName`),
  ],
  [
    "BR-08",
    "no address of the seller",
    cut(`${CII_SELLER} ram:PostalTradeAddress`),
    cut(`${UBL_SELLER} cac:PostalAddress`),
  ],
  [
    "BR-09",
    "no country of the seller",
    cut(`${CII_SELLER} ram:CountryID`),
    cut(`${UBL_SELLER} cac:Country`),
  ],
  [
    "BR-10",
    "no address of the buyer",
    cut(`${CII_BUYER} ram:PostalTradeAddress`),
    cut(`${UBL_BUYER} cac:PostalAddress`),
  ],
  [
    "BR-11",
    "no country of the buyer",
    cut(`${CII_BUYER} ram:CountryID`),
    cut(`${UBL_BUYER} cac:Country`),
  ],
  [
    "BR-12",
    "no sum of the lines",
    cut(`${CII_SUM} ram:LineTotalAmount`),
    cut(`${UBL_SUM} cbc:LineExtensionAmount`),
    ["BR-CO-10", "BR-CO-13"],
  ],
  [
    "BR-13",
    "no amount without tax",
    cut("ram:TaxBasisTotalAmount"),
    cut("cbc:TaxExclusiveAmount"),
    ["BR-CO-13", "BR-CO-15"],
  ],
  [
    "BR-14",
    "no amount with tax",
    cut("ram:GrandTotalAmount"),
    cut("cbc:TaxInclusiveAmount"),
    ["BR-CO-15", "BR-CO-16"],
  ],
  ["BR-15", "nothing due", cut("ram:DuePayableAmount"), cut("cbc:PayableAmount"), ["BR-CO-16"]],
  [
    "BR-16",
    "no line",
    both(cut(CII_LINE), cut(CII_LINE)),
    both(cut("cac:InvoiceLine"), cut("cac:InvoiceLine")),
    ["BR-CO-10", "BR-S-08"],
  ],
  ["BR-17", "a payee without a name", payeeCii(tag("ram:ID", "1")), null],
  ["BR-17", "a payee that is the seller", payeeCii(SELLER_NAME), null],
  ...PAYEE_RULES.flatMap((rule): Row[] => {
    const others = PAYEE_RULES.filter((other) => other !== rule);
    return [
      [rule, "a payee without a name", null, payeeUbl(PAYEE_ID), others],
      [
        rule,
        "a payee that is the seller",
        null,
        payeeUbl(payeeName("Beispiel Technik GmbH")),
        others,
      ],
    ];
  }),
  [
    "BR-17",
    "a payee of the seller's number",
    payeeCii(
      tag("ram:Name", "Factor AG"),
      tag("ram:SpecifiedLegalOrganization", tag("ram:ID", "HRB 1234")),
    ),
    both(
      before(`${UBL_SELLER} cac:PartyName`, PAYEE_ID),
      payeeUbl(PAYEE_ID, payeeName("Factor AG")),
    ),
  ],
  ["BR-18", "a representative without a name", NO_NAME.cii, NO_NAME.ubl],
  ["BR-19", "a representative without an address", NO_ADDRESS.cii, NO_ADDRESS.ubl],
  ["BR-20", "a representative of no country", NO_COUNTRY.cii, NO_COUNTRY.ubl],
  ["BR-21", "a line without an id", cut("ram:LineID"), cut("cac:InvoiceLine cbc:ID")],
  [
    "BR-22",
    "a line without a quantity",
    cut("ram:BilledQuantity"),
    cut("cbc:InvoicedQuantity"),
    ["BR-23", "line-amount"],
  ],
  [
    "BR-23",
    "a quantity without a unit",
    attribute("ram:BilledQuantity", "unitCode", null),
    attribute("cbc:InvoicedQuantity", "unitCode", null),
  ],
  [
    "BR-24",
    "a line without an amount",
    cut("ram:SpecifiedTradeSettlementLineMonetarySummation"),
    cut("cac:InvoiceLine cbc:LineExtensionAmount"),
    ["BR-CO-10", "BR-S-08", "line-amount"],
  ],
  [
    "BR-25",
    "a line for nothing",
    cut("ram:SpecifiedTradeProduct ram:Name"),
    cut("cac:Item cbc:Name"),
  ],
  [
    "BR-26",
    "a line without a price",
    cut("ram:NetPriceProductTradePrice"),
    cut("cac:Price"),
    ["line-amount"],
  ],
  [
    "BR-27",
    "a price below 0",
    both(
      put("ram:NetPriceProductTradePrice ram:ChargeAmount", "-120"),
      put("ram:BilledQuantity", "-2"),
    ),
    both(put("cbc:PriceAmount", "-120"), put("cbc:InvoicedQuantity", "-2")),
  ],
  [
    "BR-28",
    "a gross price below 0",
    before(
      "ram:NetPriceProductTradePrice",
      tag("ram:GrossPriceProductTradePrice", tag("ram:ChargeAmount", "-1")),
    ),
    behind(
      "cac:Price cbc:PriceAmount",
      tag(
        "cac:AllowanceCharge",
        tag("cbc:ChargeIndicator", "false"),
        tag('cbc:Amount currencyID="EUR"', "0"),
        tag('cbc:BaseAmount currencyID="EUR"', "-1"),
      ),
    ),
  ],
  [
    "BR-29",
    "a period that ends first",
    put(`${SETTLEMENT} ram:EndDateTime udt:DateTimeString`, "20261031"),
    put("cac:InvoicePeriod cbc:EndDate", "2026-10-31"),
  ],
  [
    "BR-30",
    "a line's period that ends first",
    put(`${CII_LINE} ram:EndDateTime udt:DateTimeString`, "20261031"),
    put("cac:InvoiceLine cbc:EndDate", "2026-10-31"),
  ],
  [
    "BR-31",
    "an allowance without an amount",
    cut(`${CII_PART} ram:ActualAmount`),
    cut(`${UBL_PART} cbc:Amount`),
    ["BR-CO-11", "BR-S-08"],
  ],
  [
    "BR-32",
    "an allowance without a category",
    cut(`${CII_PART} ram:CategoryTradeTax`),
    cut(`${UBL_PART} cac:TaxCategory`),
    ["BR-S-08"],
  ],
  [
    "BR-33",
    "an allowance without a reason",
    cut(`${CII_PART} ram:Reason`),
    cut(`${UBL_PART} cbc:AllowanceChargeReason`),
  ],
  [
    "BR-36",
    "a charge without an amount",
    cut(`${CII_CHARGE} ram:ActualAmount`),
    cut(`${UBL_CHARGE} cbc:Amount`),
    ["BR-CO-12", "BR-S-08"],
  ],
  [
    "BR-37",
    "a charge without a category",
    cut(`${CII_CHARGE} ram:CategoryTradeTax`),
    cut(`${UBL_CHARGE} cac:TaxCategory`),
    ["BR-S-08"],
  ],
  [
    "BR-38",
    "a charge without a reason",
    cut(`${CII_CHARGE} ram:Reason`),
    cut(`${UBL_CHARGE} cbc:AllowanceChargeReason`),
  ],
  [
    "BR-41",
    "a line's allowance without an amount",
    cut(`${CII_LINE_PART} ram:ActualAmount`),
    cut(`${UBL_LINE_PART} cbc:Amount`),
    ["line-amount"],
  ],
  [
    "BR-42",
    "a line's allowance without a reason",
    cut(`${CII_LINE_PART} ram:Reason`),
    cut(`${UBL_LINE_PART} cbc:AllowanceChargeReason`),
  ],
  [
    "BR-43",
    "a line's charge without an amount",
    cut(`${CII_LINE_CHARGE} ram:ActualAmount`),
    cut(`${UBL_LINE_CHARGE} cbc:Amount`),
    ["line-amount"],
  ],
  [
    "BR-44",
    "a line's charge without a reason",
    cut(`${CII_LINE_CHARGE} ram:Reason`),
    cut(`${UBL_LINE_CHARGE} cbc:AllowanceChargeReason`),
  ],
  [
    "BR-45",
    "a tax without a base",
    cut(`${CII_TAX} ram:BasisAmount`),
    cut(`${UBL_TAX} cbc:TaxableAmount`),
    ["BR-CO-17", "BR-S-08", "BR-S-09"],
  ],
  [
    "BR-46",
    "a tax without an amount",
    cut(`${CII_TAX} ram:CalculatedAmount`),
    cut(`${UBL_TAX} cbc:TaxAmount`),
    ["BR-CO-14", "BR-CO-17", "BR-S-09"],
  ],
  [
    "BR-47",
    "a tax without a category",
    cut(`${CII_TAX} ram:CategoryCode`),
    cut(`${UBL_TAX} cbc:ID`),
    ["BR-S-01"],
  ],
  [
    "BR-48",
    "a tax without a rate",
    cut(`${CII_TAX} ram:RateApplicablePercent`),
    cut(`${UBL_TAX} cbc:Percent`),
    ["BR-CO-17", "BR-S-01", "BR-S-08", "BR-S-09"],
  ],
  [
    "BR-49",
    "a payment that does not say how",
    cut("ram:SpecifiedTradeSettlementPaymentMeans ram:TypeCode"),
    cut("cbc:PaymentMeansCode"),
  ],
  [
    "BR-50",
    "an account without its number",
    cut("ram:PayeePartyCreditorFinancialAccount ram:IBANID"),
    cut("cac:PayeeFinancialAccount cbc:ID"),
    ["BR-61"],
  ],
  [
    "BR-52",
    "an attachment without a reference",
    behind("ram:BuyerOrderReferencedDocument", ciiFile("", "text/csv")),
    behind("cac:OrderReference", file("", "text/csv")),
  ],
  [
    "BR-53",
    "tax in another currency that is not said",
    before("ram:InvoiceCurrencyCode", tag("ram:TaxCurrencyCode", "USD")),
    behind("cbc:DocumentCurrencyCode", tag("cbc:TaxCurrencyCode", "USD")),
  ],
  [
    "BR-55",
    "a reference to no number",
    behind(
      CII_SUM,
      tag(
        "ram:InvoiceReferencedDocument",
        tag("ram:FormattedIssueDateTime", tag('qdt:DateTimeString format="102"', "20261101")),
      ),
    ),
    behind(
      "cac:OrderReference",
      tag(
        "cac:BillingReference",
        tag("cac:InvoiceDocumentReference", tag("cbc:IssueDate", "2026-11-01")),
      ),
    ),
  ],
  ["BR-56", "a representative without a VAT id", NO_VAT_ID.cii, NO_VAT_ID.ubl],
  [
    "BR-57",
    "goods that went to no country",
    cut("ram:ShipToTradeParty ram:CountryID"),
    cut("cac:DeliveryLocation cac:Country"),
  ],
  [
    "BR-61",
    "a transfer to no account",
    both(cut("ram:PayeePartyCreditorFinancialAccount")),
    both(cut("cac:PayeeFinancialAccount")),
  ],
  [
    "BR-62",
    "the seller's address of no scheme",
    attribute(`${CII_SELLER} ram:URIUniversalCommunication ram:URIID`, "schemeID", null),
    attribute(`${UBL_SELLER} cbc:EndpointID`, "schemeID", null),
  ],
  [
    "BR-63",
    "the buyer's address of no scheme",
    attribute(`${CII_BUYER} ram:URIUniversalCommunication ram:URIID`, "schemeID", null),
    attribute(`${UBL_BUYER} cbc:EndpointID`, "schemeID", null),
  ],
  [
    "BR-64",
    "an article's number of no scheme",
    before("ram:SpecifiedTradeProduct ram:Name", tag("ram:GlobalID", "1")),
    behind("cac:Item cbc:Name", tag("cac:StandardItemIdentification", tag("cbc:ID", "1"))),
  ],
  [
    "BR-65",
    "a class of no list",
    attribute("ram:ClassCode", "listID", null),
    attribute("cbc:ItemClassificationCode", "listID", null),
  ],
];
