/** Pure. The rules of the Netherlands in Peppol, for sellers whose address is Dutch. */
import { KINDS } from "../../kind/registry.ts";
import type { Party } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, bothIn, enter, has, hasStreet, type Rules } from "./ask.ts";
import { BUYER, SELLER, type Side } from "./party.ts";

/** UNCL4461: transfer, card, direct debit, standing agreement and their forms in SEPA. */
const MEANS = "30 48 49 57 58 59".split(" ");

/** NL-R-001 to -009. */
export const dutchRules: Rules = (invoice, ask) => {
  const { model, sums } = invoice;
  const { seller, buyer, payment } = model;
  if (seller.address.country !== "NL") return;
  const domestic = bothIn(invoice, "NL");
  const { credits } = KINDS[model.kind];
  if (credits) {
    ask(has(model.references.precedingInvoice?.number), "NL-R-001", {
      field: "invoice",
      detail: "a Dutch credit note names its invoice",
      remedy: "Credit an invoice (POST /api/invoices/{id}/credit): what stands alone names none.",
    });
  }
  askAddress(SELLER, seller, "NL-R-002", ask);
  askLegalId(SELLER, seller, "NL-R-003", ask);
  if (domestic) {
    askAddress(BUYER, buyer, "NL-R-004", ask);
    askLegalId(BUYER, buyer, "NL-R-005", ask);
  }
  askRepresentative(invoice, ask);
  const { purchaseOrder, further } = model.references;
  if (invoice.lines.some(({ particulars }) => has(particulars.orderLine))) {
    ask(has(purchaseOrder) || has(further?.salesOrder), "NL-R-009", {
      field: "purchase_order",
      detail: "lines that name an order's line stand under that order",
      remedy: enter.inDocument(model, "the buyer's order number", "purchase_order"),
    });
  }
  if (!credits && Number(sums.due) > 0) {
    ask(payment, "NL-R-007", {
      field: "payment",
      detail: "a Dutch invoice says how it is paid",
      remedy: enter.inProfile("your bank account", "bank"),
    });
  }
  if (domestic && payment) {
    ask(MEANS.includes(payment.meansCode), "NL-R-008", {
      field: "payment",
      detail: "within the Netherlands it is paid by transfer, direct debit or card",
      remedy: enter.inProfile("your bank account", "bank"),
    });
  }
};

function askAddress(side: Side, { address }: Party, rule: string, ask: Ask): void {
  ask(hasStreet(address) && has(address.city) && has(address.postalCode), rule, {
    field: `${side.path}.address`,
    detail: `${side.who}'s Dutch address has street, city and post code`,
    remedy: side.enter(`street, city and post code of ${side.whose} address`, "address"),
  });
}

function askRepresentative({ model, outsideVat }: SemanticInvoice, ask: Ask): void {
  const address = model.taxRepresentative?.address;
  if (!address || outsideVat || address.country !== "NL") return;
  ask(hasStreet(address) && has(address.city) && has(address.postalCode), "NL-R-006", {
    field: "tax_representative.address",
    detail: "a Dutch tax representative's address has street, city and post code",
    remedy: enter.inProfile("the whole address", "tax_representative.address"),
  });
}

function askLegalId(side: Side, { legalId }: Party, rule: string, ask: Ask): void {
  if (!has(legalId?.value)) return;
  ask(["0106", "0190"].includes(legalId?.scheme ?? ""), rule, {
    field: `${side.path}.legal_id.scheme`,
    detail: `${side.who}'s registration is a KVK number (0106) or an OIN (0190)`,
    remedy: side.enter("0106 or 0190 as the scheme of the number", "legal_id.scheme"),
  });
}
