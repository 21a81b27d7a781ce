/**
 * Pure. Greece's rules of Peppol, for sellers whose VAT id or address is Greek. Their numbers have
 * six parts and a mark that myDATA gives, which this product does not ask for: such a document is
 * told so.
 */
import { isGreekNumber } from "../../code/check-digit.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";
import { isBuyerFrom, isSellerFrom } from "./origin.ts";
import type { Side } from "./party.ts";
import { BUYER, SELLER } from "./party.ts";

const MYDATA =
  "Issue it through a provider of myDATA: it gives the number of six parts and the mark (M.AR.K).";

/** GR-R-001 to -006, -009 and -010, and the mark. */
export const greekRules: Rules = (invoice, ask) => {
  if (!isSellerFrom(invoice, "EL", "GR")) return;
  const { model, outsideVat, number } = invoice;
  askNumber(number, ask);
  if (!outsideVat && has(model.seller.vatId)) {
    ask(isGreekVat(model.seller.vatId), "GR-R-003", {
      field: "seller.vat_id",
      detail: "a Greek VAT id is EL and nine digits whose check digit holds",
      remedy: enter.inProfile("your VAT id so, such as EL094259216", "vat_id"),
    });
  }
  if (model.seller.address.country === "GR") {
    ask(false, "GR-R-004-1", {
      field: "number",
      detail: "a Greek e-invoice names the mark that myDATA gave it",
      remedy: MYDATA,
    });
  }
  askAddress(SELLER, invoice, "GR-R-009", ask);
  if (!isBuyerFrom(invoice, "EL", "GR")) return;
  ask(!outsideVat && isGreekVat(model.buyer.vatId ?? ""), "GR-R-006", {
    field: "buyer.vat_id",
    detail: "a Greek buyer has a Greek VAT id",
    remedy: enter.ofCustomer("the customer's VAT id, such as EL094259216", "vat_id"),
  });
  askAddress(BUYER, invoice, "GR-R-010", ask);
};

function askNumber(number: string, ask: Ask): void {
  const parts = number.split("|");
  const rules = ["1", "2", "3", "4", "5", "6", "7"].map((n) => `GR-R-001-${n}`);
  ask(parts.length === 6, rules, {
    field: "number",
    detail: "a Greek e-invoice has a number of six parts",
    remedy: MYDATA,
  });
}

function isGreekVat(vatId: string): boolean {
  return vatId.startsWith("EL") && isGreekNumber(vatId.slice(2));
}

function askAddress(side: Side, { model }: SemanticInvoice, rule: string, ask: Ask): void {
  const electronic = model[side.path].electronicAddress;
  if (!has(electronic?.value)) return;
  ask(electronic?.scheme === "9933" && isGreekNumber(electronic.value), rule, {
    field: `${side.path}.electronic_address`,
    detail: `${side.who}'s address in Peppol is a Greek tax number (scheme 9933)`,
    remedy: side.enter("the tax number with scheme 9933", "electronic_address"),
  });
}
