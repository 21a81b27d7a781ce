/** Pure. Sweden's rules of Peppol, for sellers whose address is Swedish. */
import { holdsLuhn } from "../../code/check-digit.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";

const RATES = [6, 12, 25];
const F_TAX = "GODKÄND FÖR F-SKATT";

/** SE-R-001 to -006 and -013. */
export const swedishRules: Rules = (invoice, ask) => {
  const { seller } = invoice.model;
  if (seller.address.country !== "SE") return;
  const { legalId, taxNumber } = seller;
  if (legalId && has(legalId.value)) {
    const number = legalId.value.trim();
    const said = {
      field: "seller.legal_id.value",
      detail: "a Swedish organisation number has ten digits, the last of which checks the others",
      remedy: enter.inProfile("your number so, such as 5560360793", "legal_id.value"),
    };
    const rules = [
      ...(/^\d+$/.test(number) ? [] : ["SE-R-003"]),
      ...(number.length === 10 ? [] : ["SE-R-004"]),
      ...(/^\d{10}$/.test(number) && holdsLuhn(number) ? [] : ["SE-R-013"]),
    ];
    ask(rules.length === 0, rules, said);
    if (has(taxNumber)) {
      ask(taxNumber.trim().toUpperCase() === F_TAX, "SE-R-005", {
        field: "seller.tax_number",
        detail: "a Swedish seller states there that it is approved for F-tax, and no number",
        remedy: enter.inProfile("“Godkänd för F-skatt”, or no tax number", "tax_number"),
      });
    }
  }
  askVat(invoice, ask);
};

function askVat({ model, outsideVat, taxes }: SemanticInvoice, ask: Ask): void {
  const { vatId } = model.seller;
  if (outsideVat || !has(vatId) || !vatId.startsWith("SE")) return;
  const rules = [
    ...(vatId.length === 14 ? [] : ["SE-R-001"]),
    ...(/^\d+$/.test(vatId.slice(2, 14)) ? [] : ["SE-R-002"]),
  ];
  ask(rules.length === 0, rules, {
    field: "seller.vat_id",
    detail: "a Swedish VAT id is SE and twelve digits",
    remedy: enter.inProfile("your VAT id so, such as SE556036079301", "vat_id"),
  });
  const standard = taxes.filter(({ category }) => category === "S");
  ask(
    standard.every(({ percent }) => RATES.includes(Number(percent))),
    "SE-R-006",
    {
      field: "lines.tax.percent",
      detail: "a Swedish seller charges 6, 12 or 25 percent",
      remedy: "Give the lines one of these rates, or the category that they belong to.",
    },
  );
}
