/** Pure. Denmark's rules of Peppol, for sellers whose address is Danish. */
import { KINDS } from "../../kind/registry.ts";
import type { DocumentModel } from "../../model/model.ts";
import { identifiersOf, type SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, bothIn, enter, has, type Rules } from "./ask.ts";
import { BUYER, SELLER, type Side } from "./party.ts";
import { accountOf } from "./payment.ts";

/** UNCL4461: a transfer between banks, which Danish payers are asked for instead of 30 or 58. */
const TRANSFER = "31";
const ALLOWED = "1 10 31 42 48 49 50 58 59 93 97".split(" ");

/** DK-R-002, -004 to -007, -013, -014 and -016. */
export const danishRules: Rules = (invoice, ask) => {
  const { model, sums } = invoice;
  const { seller, payment } = model;
  if (seller.address.country !== "DK") return;
  ask(has(seller.legalId?.value), "DK-R-002", {
    field: "seller.legal_id",
    detail: "a Danish seller names its CVR number",
    remedy: enter.inProfile("your CVR number, with scheme 0184", "legal_id"),
  });
  if (has(seller.legalId?.value)) {
    ask(seller.legalId?.scheme === "0184", "DK-R-014", {
      field: "seller.legal_id.scheme",
      detail: "a Danish seller's registration is of scheme 0184 (CVR)",
      remedy: enter.inProfile("0184 as the scheme of your CVR number", "legal_id.scheme"),
    });
  }
  if (!bothIn(invoice, "DK")) return;
  askIdentifiers(SELLER, invoice, ask);
  askIdentifiers(BUYER, invoice, ask);
  askReasons(invoice, ask);
  if (KINDS[model.kind].credits) {
    ask(Number(sums.due) >= 0, "DK-R-016", {
      field: "lines",
      detail: "a Danish credit note is not below 0",
      remedy: "Issue an invoice instead.",
    });
    return;
  }
  if (payment === null) return;
  ask(ALLOWED.includes(payment.meansCode), "DK-R-005", {
    field: "payment",
    detail: "within Denmark it is paid by transfer, direct debit, giro or card",
    remedy: enter.inProfile("your bank account", "bank"),
  });
  if (payment.meansCode === TRANSFER) {
    ask(has(accountOf(payment)) && has(payment.bic), "DK-R-006", {
      field: "payment.bic",
      detail: "a Danish transfer names account and bank",
      remedy: enter.inProfile("your IBAN and the BIC of your bank", "bank.iban and bank.bic"),
    });
  }
  if (payment.meansCode === "49") {
    ask(has(payment.mandate?.reference) && has(payment.mandate?.iban), "DK-R-007", {
      field: "payment.mandate.iban",
      detail: "a Danish direct debit names its mandate and the account that is debited",
      remedy: enter.ofCustomer("the customer's IBAN", "mandate.iban"),
    });
  }
};

function askIdentifiers(side: Side, { model, outsideVat }: SemanticInvoice, ask: Ask): void {
  const identifiers = identifiersOf(model[side.path], side.path === "seller", outsideVat);
  ask(
    identifiers.every(({ scheme }) => scheme),
    "DK-R-013",
    {
      field: `${side.path}.identifiers`,
      detail: "within Denmark an identifier names its scheme",
      remedy: side.enter(`the scheme of ${side.whose} identifier, such as 0088`, "identifiers"),
    },
  );
}

/** A code ZZZ is a tax that is no VAT, which its reason names by four digits or with a #. */
function askReasons({ lines, adjustments }: SemanticInvoice, ask: Ask): void {
  const all = [...adjustments, ...lines.flatMap((line) => line.adjustments)];
  const named = (reason: string) => /^\d{4}$/.test(reason) || /^[^#].*#.*[^#]$/.test(reason);
  const others = all.filter(({ reasonCode }) => reasonCode === "ZZZ");
  ask(
    others.every(({ reason }) => named(reason.trim())),
    "DK-R-004",
    {
      field: "adjustments.reason",
      detail: "a Danish charge of code ZZZ names its tax by four digits, or has a # inside",
      remedy: "Give the charge another code, or the tax's number as its reason.",
    },
  );
}

/** Within Denmark, a transfer that is none of SEPA has a code of its own (DK-R-005). */
export function danishPayment(model: DocumentModel): DocumentModel["payment"] {
  const { payment, seller, buyer } = model;
  const danish = seller.address.country === "DK" && buyer.address.country === "DK";
  if (payment?.meansCode !== "30" || !danish) return payment;
  return { ...payment, meansCode: TRANSFER };
}
