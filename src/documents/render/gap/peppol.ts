/** Pure. What the Peppol network asks of every document, and XRechnung with it. */
import { isPeppolCurrency } from "../../code/currency.ts";
import { isPeppolScheme } from "../../code/eas.ts";
import { partyIdFault } from "../../code/party-id.ts";
import { categoryOfVatex, isVatexCode } from "../../code/vatex.ts";
import type { Party } from "../../model/model.ts";
import { identifiersOf } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";
import { BUYER, SELLER, type Side } from "./party.ts";
import { isDebit } from "./payment.ts";

/** PEPPOL-EN16931-R010, -R020 and -R061: those that XRechnung takes over as well. */
export const sharedPeppolRules: Rules = ({ model }, ask) => {
  const { seller, buyer, payment } = model;
  ask(has(seller.electronicAddress?.value), "PEPPOL-EN16931-R020", {
    field: "seller.electronic_address",
    detail: "the seller has an electronic address",
    remedy: enter.inProfile("your electronic address", "electronic_address"),
  });
  ask(has(buyer.electronicAddress?.value), "PEPPOL-EN16931-R010", {
    field: "buyer.electronic_address",
    detail: "the buyer has an electronic address",
    remedy: enter.ofCustomer("the customer's electronic address", "electronic_address"),
  });
  if (!isDebit(payment)) return;
  ask(has(payment?.mandate?.reference), "PEPPOL-EN16931-R061", {
    field: "payment.mandate",
    detail: "a direct debit names its mandate",
    remedy: enter.ofCustomer("the mandate's reference", "mandate.reference"),
  });
};

/** PEPPOL-EN16931-R003, -CL007, -CL008, -P0104 to -P0111 and PEPPOL-COMMON-R040 to -R050. */
export const peppolRules: Rules = (invoice, ask) => {
  const { model } = invoice;
  const { references, seller, buyer, currency } = model;
  const named = [
    references.buyerReference,
    references.purchaseOrder,
    // UBL says "NA" as the buyer's number of an order of which only the seller's is known.
    references.further?.salesOrder,
  ].some(has);
  ask(named, "PEPPOL-EN16931-R003", {
    field: "buyer_reference",
    detail: "a buyer reference or a purchase order",
    remedy: enter.inDocument(
      model,
      "the buyer's reference or order number",
      "buyer_reference or purchase_order",
    ),
  });
  ask(isPeppolCurrency(currency), "PEPPOL-EN16931-CL007", {
    field: "currency",
    detail: `${currency} is not in Peppol's list of currencies`,
    remedy: enter.inDocument(model, "another currency", "currency"),
  });
  askParty(SELLER, seller, invoice.outsideVat, ask);
  askParty(BUYER, buyer, invoice.outsideVat, ask);
  for (const [i, { category, reasonCode }] of invoice.taxes.entries()) {
    const rule = VATEX_RULES[reasonCode ?? ""];
    if (!has(reasonCode) || rule === undefined || !isVatexCode(reasonCode)) continue;
    ask(categoryOfVatex(reasonCode) === category, `PEPPOL-EN16931-${rule}`, {
      field: `taxes.${i}.exemption.code`,
      detail: `${reasonCode} belongs to category ${categoryOfVatex(reasonCode)}`,
      remedy: "Give the lines that category, or another code (tax.exemption.code).",
    });
  }
};

/** The rule that names the category of each code that has one. */
const VATEX_RULES: Readonly<Record<string, string>> = {
  "VATEX-EU-G": "P0104",
  "VATEX-EU-O": "P0105",
  "VATEX-EU-IC": "P0106",
  "VATEX-EU-AE": "P0107",
  "VATEX-EU-D": "P0108",
  "VATEX-EU-F": "P0109",
  "VATEX-EU-I": "P0110",
  "VATEX-EU-J": "P0111",
};

function askParty(side: Side, party: Party, outsideVat: boolean, ask: Ask): void {
  const { electronicAddress, legalId } = party;
  if (electronicAddress && has(electronicAddress.value)) {
    const { scheme, value } = electronicAddress;
    ask(isPeppolScheme(scheme), "PEPPOL-EN16931-CL008", {
      field: `${side.path}.electronic_address.scheme`,
      detail: `the Peppol network delivers to no address of scheme ${scheme}`,
      remedy: side.enter(
        `${side.whose} address in Peppol, such as a GLN (0088) or a VAT id (9930 in Germany)`,
        "electronic_address",
      ),
    });
    askForm(side, "electronic_address.value", scheme, value, ask);
  }
  if (legalId?.scheme && has(legalId.value)) {
    askForm(side, "legal_id.value", legalId.scheme, legalId.value, ask);
  }
  const identifiers = identifiersOf(party, side.path === "seller", outsideVat);
  for (const [i, { scheme, value }] of identifiers.entries()) {
    if (scheme) askForm(side, `identifiers.${i}.value`, scheme, value, ask);
  }
}

function askForm(side: Side, field: string, scheme: string, value: string, ask: Ask): void {
  const fault = partyIdFault(scheme, value);
  if (fault === null) return;
  ask(false, fault.rule, {
    field: `${side.path}.${field}`,
    detail: `an identifier of scheme ${scheme} is ${fault.form}`,
    remedy: side.enter("the identifier in that form", field),
  });
}
