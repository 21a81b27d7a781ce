/**
 * Pure. Germany's rules. XRechnung asks them of every document, Peppol of those from a seller to a
 * buyer in Germany; each names them in its own way (BR-DE-15, DE-R-015).
 */
import type { Party } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { termsText } from "../einvoice/terms.ts";
import { type Ask, bothIn, enter, has, hasAddress, type Rules } from "./ask.ts";
import { areNamedApart, NAME_APART } from "./attachment.ts";
import { BUYER, SELLER, type Side } from "./party.ts";
import { accountOf, isDebit, isTransfer } from "./payment.ts";

/** The name of a rule by its number in XRechnung, such as "15" or "23-a". */
type Naming = (number: string) => string;

const asXRechnung: Naming = (number) => `BR-DE-${number}`;

/** DE-R-015 for 15; what XRechnung has in two parts, a and b, ends in 1 and 2. */
const asPeppol: Naming = (number) => {
  const [n = "", part] = number.split("-");
  const suffix = part === undefined ? "" : `-${part === "a" ? 1 : 2}`;
  return `DE-R-${n.padStart(3, "0")}${suffix}`;
};

/** BR-DE-1 to -31 of XRechnung 3.0. */
export const xrechnungGermanRules: Rules = (invoice, ask) => askGerman(invoice, ask, asXRechnung);

/** DE-R-001 to -031 of Peppol BIS Billing 3, between a seller and a buyer in Germany. */
export const peppolGermanRules: Rules = (invoice, ask) => {
  if (bothIn(invoice, "DE")) askGerman(invoice, ask, asPeppol);
};

function askGerman(invoice: SemanticInvoice, ask: Ask, name: Naming): void {
  const { model } = invoice;
  ask(has(model.references.buyerReference), name("15"), {
    field: "buyer_reference",
    detail: "a buyer reference, which for authorities is their Leitweg-ID; an order is not enough",
    remedy: enter.nowAndLater(
      model,
      "the reference that the buyer gave you (Leitweg-ID)",
      "buyer_reference",
    ),
  });
  askContact(model.seller, ask, name);
  askPlace(SELLER, model.seller, ["3", "4"], ask, name);
  askPlace(BUYER, model.buyer, ["8", "9"], ask, name);
  askDelivery(invoice, ask, name);
  askTaxId(invoice, ask, name);
  askPayment(invoice, ask, name);
  ask(areNamedApart(invoice), name("22"), {
    field: "attachments",
    detail: "the files of a document differ in their names by more than upper and lower case",
    remedy: NAME_APART,
  });
  ask(isSkontoWritten(termsText(model)), name("18"), {
    field: "terms",
    detail: "a line of the terms that begins with # is a cash discount in its fixed form",
    remedy:
      "Write each as #SKONTO#TAGE=14#PROZENT=2.00# on a line of its own, or begin the line " +
      "otherwise (terms).",
  });
}

function askContact(seller: Party, ask: Ask, name: Naming): void {
  const parts = [
    [seller.contactName, "5", "contact_name", "a person or department to ask"],
    [seller.phone, "6", "phone", "a telephone number"],
    [seller.email, "7", "email", "an e-mail address"],
  ] as const;
  const none = !parts.some(([given]) => has(given));
  for (const [given, rule, field, what] of parts) {
    ask(has(given), none && rule === "5" ? [name("2"), name("5")] : name(rule), {
      field: `seller.${field}`,
      detail: `the seller's contact has ${what}`,
      remedy: enter.inProfile(what, field),
    });
  }
}

function askPlace(
  side: Side,
  { address }: Party,
  [city, postalCode]: readonly [string, string],
  ask: Ask,
  name: Naming,
): void {
  ask(has(address.city), name(city), {
    field: `${side.path}.address.city`,
    detail: `${side.who}'s address has a city`,
    remedy: side.enter(`the city of ${side.whose} address`, "address.city"),
  });
  ask(has(address.postalCode), name(postalCode), {
    field: `${side.path}.address.postal_code`,
    detail: `${side.who}'s address has a post code`,
    remedy: side.enter(`the post code of ${side.whose} address`, "address.postal_code"),
  });
}

function askDelivery({ model }: SemanticInvoice, ask: Ask, name: Naming): void {
  const address = model.shipTo?.address;
  if (!address || !hasAddress(address)) return;
  ask(has(address.city), name("10"), {
    field: "ship_to.address.city",
    detail: "an address that is delivered to has a city",
    remedy: enter.ofCustomer("the city that you deliver to", "shipping.address.city"),
  });
  ask(has(address.postalCode), name("11"), {
    field: "ship_to.address.postal_code",
    detail: "an address that is delivered to has a post code",
    remedy: enter.ofCustomer("the post code that you deliver to", "shipping.address.postal_code"),
  });
}

function askTaxId({ model, outsideVat }: SemanticInvoice, ask: Ask, name: Naming): void {
  if (outsideVat) return;
  const { seller, taxRepresentative } = model;
  ask(has(seller.vatId) || has(seller.taxNumber) || taxRepresentative, name("16"), {
    field: "seller.vat_id",
    detail: "the seller has a VAT id or a tax number",
    remedy: enter.inProfile("your VAT id or tax number", "vat_id or tax_number"),
  });
}

function askPayment({ model }: SemanticInvoice, ask: Ask, name: Naming): void {
  const { payment } = model;
  ask(payment, name("1"), {
    field: "payment",
    detail: "how it is paid: an account, a direct debit or a page to pay at",
    remedy: enter.inProfile(
      "your bank account, or the address of your pay page",
      "bank or pay_url",
    ),
  });
  if (isTransfer(payment)) {
    ask(has(accountOf(payment)), name("23-a"), {
      field: "payment.iban",
      detail: "a transfer names the account that it goes to",
      remedy: enter.inProfile("your IBAN", "bank.iban"),
    });
  }
  if (!isDebit(payment)) return;
  const mandate = payment?.mandate;
  ask(has(mandate?.creditorId), name("30"), {
    field: "payment.mandate.creditor_id",
    detail: "a direct debit names your creditor id",
    remedy: enter.ofCustomer("your creditor identifier", "mandate.creditor_id"),
  });
  ask(has(mandate?.iban), name("31"), {
    field: "payment.mandate.iban",
    detail: "a direct debit names the account that is debited",
    remedy: enter.ofCustomer("the customer's IBAN", "mandate.iban"),
  });
}

const SKONTO = /^#SKONTO#TAGE=\d+#PROZENT=\d+\.\d{2}(?:#BASISBETRAG=-?\d+\.\d{2})?#$/;

/** Whether every line of terms that begins with # is a cash discount, and nothing follows it. */
function isSkontoWritten(terms: string | null): boolean {
  const lines = (terms ?? "").split(/\r?\n/).map((line) => line.trim());
  const marked = lines.filter((line) => line.startsWith("#"));
  if (marked.length === 0) return true;
  const behind = `${terms}\n`.split(/#.+#/).at(-1) ?? "";
  return marked.every((line) => SKONTO.test(line)) && /^\s*\n/.test(behind);
}
