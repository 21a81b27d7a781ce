/** What breaks the rules of XRechnung, which Peppol has between two German parties. Pure. */
import { before, behind, both, type Change, cut, put, tag } from "./mutants.ts";

const S = "cac:AccountingSupplierParty";
const B = "cac:AccountingCustomerParty";
const CS = "ram:SellerTradeParty";
const CB = "ram:BuyerTradeParty";

/** The number in both, what was done, to CII and UBL; what else is broken with it, by number. */
type GermanRow = [number: string, how: string, cii: Change, ubl: Change, also?: string[]];

const terms = (text: string): [Change, Change] => [
  put("ram:SpecifiedTradePaymentTerms ram:Description", text),
  put("cac:PaymentTerms cbc:Note", text),
];
const phone = (text: string): [Change, Change] => [
  put("ram:CompleteNumber", text),
  put("cbc:Telephone", text),
];
const files = (ubl: boolean) =>
  ["a.csv", "A.csv"]
    .map((name) =>
      ubl
        ? tag(
            "cac:AdditionalDocumentReference",
            tag("cbc:ID", "1"),
            tag(
              "cac:Attachment",
              tag(
                `cbc:EmbeddedDocumentBinaryObject mimeCode="text/csv" filename="${name}"`,
                "QQ==",
              ),
            ),
          )
        : tag(
            "ram:AdditionalReferencedDocument",
            tag("ram:IssuerAssignedID", "1"),
            tag("ram:TypeCode", "916"),
            tag(`ram:AttachmentBinaryObject mimeCode="text/csv" filename="${name}"`, "QQ=="),
          ),
    )
    .join("");

export const GERMAN_ROWS: GermanRow[] = [
  ["1", "no way to pay", cut("ram:SpecifiedTradeSettlementPaymentMeans"), cut("cac:PaymentMeans")],
  ["2", "no contact", cut(`${CS} ram:DefinedTradeContact`), cut(`${S} cac:Contact`)],
  ["3", "no city", cut(`${CS} ram:CityName`), cut(`${S} cbc:CityName`)],
  ["4", "no post code", cut(`${CS} ram:PostcodeCode`), cut(`${S} cbc:PostalZone`)],
  ["5", "nobody to ask for", cut(`${CS} ram:PersonName`), cut(`${S} cac:Contact cbc:Name`)],
  ["6", "nowhere to call", cut("ram:TelephoneUniversalCommunication"), cut("cbc:Telephone")],
  ["7", "nowhere to write", cut("ram:EmailURIUniversalCommunication"), cut("cbc:ElectronicMail")],
  ["8", "a buyer of no city", cut(`${CB} ram:CityName`), cut(`${B} cbc:CityName`)],
  ["9", "a buyer of no post code", cut(`${CB} ram:PostcodeCode`), cut(`${B} cbc:PostalZone`)],
  [
    "10",
    "sent to no city",
    cut("ram:ShipToTradeParty ram:CityName"),
    cut("cac:DeliveryLocation cbc:CityName"),
  ],
  [
    "11",
    "sent to no post code",
    cut("ram:ShipToTradeParty ram:PostcodeCode"),
    cut("cac:DeliveryLocation cbc:PostalZone"),
  ],
  ["15", "no reference of the buyer's", cut("ram:BuyerReference"), cut("cbc:BuyerReference")],
  [
    "17",
    "a prepayment",
    put("rsm:ExchangedDocument ram:TypeCode", "386"),
    put("cbc:InvoiceTypeCode", "386"),
  ],
  ["18", "a discount without an end of its line", ...terms("#SKONTO#TAGE=7#PROZENT=2.00#")],
  ["18", "a discount of a whole percentage", ...terms("#SKONTO#TAGE=7#PROZENT=2#\n")],
  ["18", "a text behind it", ...terms("#SKONTO#TAGE=7#PROZENT=2.00# netto\n")],
  [
    "19",
    "a SEPA transfer to no IBAN",
    put("ram:PayeePartyCreditorFinancialAccount ram:IBANID", "DE89370400440532013001"),
    put("cac:PayeeFinancialAccount cbc:ID", "DE89370400440532013001"),
  ],
  [
    "22",
    "two files of one name",
    behind("ram:BuyerOrderReferencedDocument", files(false)),
    behind("cac:OrderReference", files(true)),
  ],
  [
    "23-a",
    "a transfer to nobody",
    cut("ram:PayeePartyCreditorFinancialAccount"),
    cut("cac:PayeeFinancialAccount"),
    ["19", "BR-61"],
  ],
  [
    "23-b",
    "a transfer by card",
    behind(
      "ram:SpecifiedTradeSettlementPaymentMeans ram:TypeCode",
      tag("ram:ApplicableTradeSettlementFinancialCard", tag("ram:ID", "1")),
    ),
    before(
      "cac:PayeeFinancialAccount",
      tag("cac:CardAccount", tag("cbc:PrimaryAccountNumberID", "1")),
    ),
  ],
  [
    "14",
    "a tax without a rate",
    cut("ram:ApplicableHeaderTradeSettlement ram:ApplicableTradeTax ram:RateApplicablePercent"),
    cut("cac:TaxSubtotal cbc:Percent"),
    ["BR-48", "BR-CO-17", "BR-S-01", "BR-S-08", "BR-S-09"],
  ],
  [
    "16",
    "a seller without ids",
    cut(`${CS} ram:SpecifiedTaxRegistration`),
    cut(`${S} cac:PartyTaxScheme`),
    ["BR-S-02", "BR-S-03", "BR-S-04"],
  ],
];

/** The same, of a direct debit. */
export const DEBIT_ROWS: GermanRow[] = [
  [
    "20",
    "from no IBAN",
    put("ram:PayerPartyDebtorFinancialAccount ram:IBANID", "DE1"),
    put("cac:PayerFinancialAccount cbc:ID", "DE1"),
  ],
  [
    "25-a",
    "without its mandate",
    both(cut("ram:DirectDebitMandateID"), cut("ram:PayerPartyDebtorFinancialAccount")),
    cut("cac:PaymentMandate"),
    ["20", "PEPPOL-EN16931-R061"],
  ],
  [
    "25-b",
    "to an account",
    behind(
      "ram:PayerPartyDebtorFinancialAccount",
      tag("ram:PayeePartyCreditorFinancialAccount", tag("ram:IBANID", "DE1")),
    ),
    before("cac:PaymentMandate", tag("cac:PayeeFinancialAccount", tag("cbc:ID", "DE1"))),
  ],
  ["30", "by nobody", cut("ram:CreditorReferenceID"), cut(`${S} cac:PartyIdentification`)],
  [
    "31",
    "from nobody",
    cut("ram:PayerPartyDebtorFinancialAccount"),
    cut("cac:PayerFinancialAccount"),
    ["20"],
  ],
];

export const XRECHNUNG_ROWS: [string, string, Change, Change, string[]?][] = [
  ["BR-DE-27", "a number of two digits", ...phone("12")],
  [
    "BR-DE-28",
    "an address of no domain",
    put("ram:EmailURIUniversalCommunication ram:URIID", "a@b"),
    put("cbc:ElectronicMail", "a@b"),
  ],
  [
    "BR-TMP-2",
    "a file somewhere",
    behind(
      "ram:BuyerOrderReferencedDocument",
      tag(
        "ram:AdditionalReferencedDocument",
        tag("ram:IssuerAssignedID", "1"),
        tag("ram:URIID", "seller.example/1"),
        tag("ram:TypeCode", "916"),
      ),
    ),
    behind(
      "cac:OrderReference",
      tag(
        "cac:AdditionalDocumentReference",
        tag("cbc:ID", "1"),
        tag("cac:Attachment", tag("cac:ExternalReference", tag("cbc:URI", "seller.example/1"))),
      ),
    ),
  ],
];
