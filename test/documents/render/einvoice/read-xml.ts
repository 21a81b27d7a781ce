/** The numbers of an e-invoice, read from either syntax into one shape. */
import Big from "big.js";

export type ReadAdjustment = { charge: boolean; amount: Big; group: string };
export type ReadLine = {
  net: Big;
  quantity: Big;
  price: Big;
  /** The quantity that the price is for. */
  base: Big;
  adjustments: ReadAdjustment[];
  group: string;
};
export type ReadInvoice = {
  lines: ReadLine[];
  adjustments: ReadAdjustment[];
  taxes: { group: string; rate: Big; base: Big; tax: Big }[];
  sums: Record<
    "lines" | "allowances" | "charges" | "net" | "tax" | "total" | "prepaid" | "due",
    Big
  >;
};

/** The contents of every element of that name, outermost first. */
export function all(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, "gs"))].map(
    ([, content = ""]) => content,
  );
}

const first = (xml: string, name: string) => all(xml, name)[0];
const number = (xml: string, name: string) => new Big(first(xml, name) ?? "0");
const baseOf = (line: string, name: string) => new Big(first(line, name) ?? "1");
const without = (xml: string, name: string) =>
  xml.replace(new RegExp(`<${name}(?: [^>]*)?>.*?</${name}>`, "gs"), "");

export function readCii(xml: string): ReadInvoice {
  const lineName = "ram:IncludedSupplyChainTradeLineItem";
  const header = without(xml, lineName);
  const group = (part: string) =>
    `${first(part, "ram:CategoryCode")} ${number(part, "ram:RateApplicablePercent")}`;
  const adjustments = (part: string) =>
    all(part, "ram:SpecifiedTradeAllowanceCharge").map((one) => ({
      charge: first(one, "udt:Indicator") === "true",
      amount: number(one, "ram:ActualAmount"),
      group: group(one),
    }));
  const taxes = all(without(header, "ram:SpecifiedTradeAllowanceCharge"), "ram:ApplicableTradeTax");
  return {
    lines: all(xml, lineName).map((line) => ({
      net: number(line, "ram:LineTotalAmount"),
      quantity: number(line, "ram:BilledQuantity"),
      price: number(first(line, "ram:NetPriceProductTradePrice") ?? "", "ram:ChargeAmount"),
      base: baseOf(line, "ram:BasisQuantity"),
      adjustments: adjustments(line),
      group: group(line),
    })),
    adjustments: adjustments(header),
    taxes: taxes.map((tax) => ({
      group: group(tax),
      rate: number(tax, "ram:RateApplicablePercent"),
      base: number(tax, "ram:BasisAmount"),
      tax: number(tax, "ram:CalculatedAmount"),
    })),
    sums: {
      lines: number(header, "ram:LineTotalAmount"),
      allowances: number(header, "ram:AllowanceTotalAmount"),
      charges: number(header, "ram:ChargeTotalAmount"),
      net: number(header, "ram:TaxBasisTotalAmount"),
      tax: number(header, "ram:TaxTotalAmount"),
      total: number(header, "ram:GrandTotalAmount"),
      prepaid: number(header, "ram:TotalPrepaidAmount"),
      due: number(header, "ram:DuePayableAmount"),
    },
  };
}

export function readUbl(xml: string): ReadInvoice {
  const lineName = xml.includes("<CreditNote") ? "cac:CreditNoteLine" : "cac:InvoiceLine";
  const quantity = xml.includes("<CreditNote") ? "cbc:CreditedQuantity" : "cbc:InvoicedQuantity";
  const header = without(xml, lineName);
  const group = (part: string) => `${first(part, "cbc:ID")} ${number(part, "cbc:Percent")}`;
  const adjustments = (part: string) =>
    all(part, "cac:AllowanceCharge").map((one) => ({
      charge: first(one, "cbc:ChargeIndicator") === "true",
      amount: number(one, "cbc:Amount"),
      group: group(first(one, "cac:TaxCategory") ?? ""),
    }));
  const total = first(header, "cac:LegalMonetaryTotal") ?? "";
  return {
    lines: all(xml, lineName).map((line) => ({
      net: number(line, "cbc:LineExtensionAmount"),
      quantity: number(line, quantity),
      price: number(line, "cbc:PriceAmount"),
      base: baseOf(line, "cbc:BaseQuantity"),
      adjustments: adjustments(without(line, "cac:Price")),
      group: group(first(line, "cac:ClassifiedTaxCategory") ?? ""),
    })),
    adjustments: adjustments(header),
    taxes: all(header, "cac:TaxSubtotal").map((tax) => ({
      group: group(first(tax, "cac:TaxCategory") ?? ""),
      rate: number(tax, "cbc:Percent"),
      base: number(tax, "cbc:TaxableAmount"),
      tax: number(tax, "cbc:TaxAmount"),
    })),
    sums: {
      lines: number(total, "cbc:LineExtensionAmount"),
      allowances: number(total, "cbc:AllowanceTotalAmount"),
      charges: number(total, "cbc:ChargeTotalAmount"),
      net: number(total, "cbc:TaxExclusiveAmount"),
      tax: number(first(header, "cac:TaxTotal") ?? "", "cbc:TaxAmount"),
      total: number(total, "cbc:TaxInclusiveAmount"),
      prepaid: number(total, "cbc:PrepaidAmount"),
      due: number(total, "cbc:PayableAmount"),
    },
  };
}
