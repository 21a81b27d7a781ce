/** Where the parts of an invoice stand in either syntax, and what mutants write there. Pure. */
import { tag } from "./mutants.ts";

export const CII_SELLER = "ram:SellerTradeParty";
export const CII_BUYER = "ram:BuyerTradeParty";
export const UBL_SELLER = "cac:AccountingSupplierParty";
export const UBL_BUYER = "cac:AccountingCustomerParty";
export const CII_LINE = "ram:IncludedSupplyChainTradeLineItem";
export const SETTLEMENT = "ram:ApplicableHeaderTradeSettlement";
export const CII_TAX = `${SETTLEMENT} ram:ApplicableTradeTax`;
export const CII_PART = `${SETTLEMENT} ram:SpecifiedTradeAllowanceCharge`;
export const CII_SUM = "ram:SpecifiedTradeSettlementHeaderMonetarySummation";
export const UBL_SUM = "cac:LegalMonetaryTotal";
export const UBL_TAX = "cac:TaxTotal cac:TaxSubtotal";
export const UBL_PART = "cac:PaymentTerms cac:AllowanceCharge";
/** The second of two allowances is followed by two charges. */
export const CII_CHARGE = [
  CII_PART,
  "ram:SpecifiedTradeAllowanceCharge",
  "ram:SpecifiedTradeAllowanceCharge",
].join(" ");
export const UBL_CHARGE = `${UBL_PART} cac:AllowanceCharge cac:AllowanceCharge`;
export const CII_LINE_PART = `${CII_LINE} ram:SpecifiedTradeAllowanceCharge`;
export const CII_LINE_CHARGE = `${CII_LINE_PART} ram:SpecifiedTradeAllowanceCharge`;
export const UBL_LINE_PART = "cac:InvoiceLine cac:AllowanceCharge";
export const UBL_LINE_CHARGE = `${UBL_LINE_PART} cac:AllowanceCharge`;

export const more = (was: string) => `${was}0`;
export const another = "999.99";

export const file = (id: string, type: string) =>
  tag(
    "cac:AdditionalDocumentReference",
    `${id}`,
    tag(
      "cac:Attachment",
      tag(`cbc:EmbeddedDocumentBinaryObject mimeCode="${type}" filename="a"`, "QQ=="),
    ),
  );
export const ciiFile = (id: string, type: string) =>
  tag(
    "ram:AdditionalReferencedDocument",
    `${id}`,
    tag("ram:TypeCode", "916"),
    tag(`ram:AttachmentBinaryObject mimeCode="${type}" filename="a"`, "QQ=="),
  );
