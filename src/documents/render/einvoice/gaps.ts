/**
 * Pure. What a document lacks to be an e-invoice, field by field, with the rule that asks for it:
 * EN 16931's business rules, and for UBL Peppol's on top.
 */
import { currencyExponent } from "../../../core/money.ts";
import { withArticle } from "../../kind/kind.ts";
import { KINDS } from "../../kind/registry.ts";
import type { DocumentModel, TaxCategory } from "../../model/model.ts";
import { depositedBy } from "../../model/settlement.ts";
import { termsText } from "./terms.ts";

/** `field` is a path into the document; `rule` the norm's name of what is not met. */
export type Gap = { field: string; rule: string; detail: string };
export type EInvoiceFormat = "cii" | "ubl";

/** What keeps a document from being an e-invoice of that syntax; empty where nothing does. */
export function missingFields(model: DocumentModel, format: EInvoiceFormat): Gap[] {
  const gaps: Gap[] = [];
  const ask = (given: unknown, field: string, rule: string, detail: string) => {
    if (given === null || given === undefined || given === "" || given === false) {
      gaps.push({ field, rule, detail });
    }
  };
  const kind = KINDS[model.kind];
  if (kind.eInvoice === null) {
    return [{ field: "kind", rule: "BR-04", detail: `${withArticle(kind)} is no invoice` }];
  }
  const { seller, buyer, dates, totals } = model;
  const exponent = currencyExponent(model.currency) ?? 0;
  ask(model.number, "number", "BR-02", "a draft is no invoice yet");
  ask(exponent <= 2, "currency", "currency_exponent", "EN 16931 has at most two decimals");
  ask(seller.name, "seller.name", "BR-06", "the seller has a name");
  ask(buyer.name, "buyer.name", "BR-07", "the buyer has a name");
  ask(seller.address.country, "seller.address.country", "BR-09", "the seller has a country");
  ask(buyer.address.country, "buyer.address.country", "BR-11", "the buyer has a country");
  ask(model.lines.length > 0, "lines", "BR-16", "an invoice has a line");
  ask(
    seller.vatId || seller.legalId,
    "seller.vat_id",
    "BR-CO-26",
    "the seller has a VAT id or a legal registration",
  );
  const before = BigInt(totals.prepaidMinor) + depositedBy(totals.deposits ?? []);
  if (BigInt(totals.totalMinor) > before) {
    ask(
      dates.due || termsText(model),
      "due_date",
      "BR-CO-25",
      "an amount due has a due date or terms",
    );
  }
  askTaxes(model, ask);
  askPayment(model, ask);
  if (kind.eInvoice.namesInvoice) {
    const detail = `${withArticle(kind)} names its invoice`;
    ask(model.references.precedingInvoice, "invoice", "BR-55", detail);
  }
  if (format === "ubl") askPeppol(model, ask);
  return gaps;
}

type Ask = (given: unknown, field: string, rule: string, detail: string) => void;

/** The name that a category has in the norm's rule numbers. */
const RULES: Record<TaxCategory, string> = {
  S: "BR-S",
  Z: "BR-Z",
  E: "BR-E",
  AE: "BR-AE",
  K: "BR-IC",
  G: "BR-G",
  O: "BR-O",
  L: "BR-IG",
  M: "BR-IP",
};

function askTaxes(model: DocumentModel, ask: Ask): void {
  const { seller, buyer, dates, shipTo } = model;
  const categories = new Set(model.totals.taxes.map(({ category }) => category));
  for (const category of categories) {
    const rule = RULES[category];
    if (category === "O") {
      const detail = "what is not subject to VAT mixes with nothing else";
      ask(categories.size === 1, "lines.tax", "BR-O-11", detail);
      continue;
    }
    const only = category === "K" || category === "G";
    const given = only ? seller.vatId : seller.vatId || seller.taxNumber;
    ask(given, "seller.vat_id", `${rule}-02`, `tax of category ${category} needs the seller's`);
    if (category === "AE") {
      const id = buyer.vatId || buyer.legalId;
      ask(id, "buyer.vat_id", "BR-AE-02", "reverse charge needs the buyer's VAT or legal id");
    }
    if (category !== "K") continue;
    ask(buyer.vatId, "buyer.vat_id", "BR-IC-02", "an intra-community supply needs the buyer's");
    const when = dates.delivered || dates.period || model.lines.some(({ period }) => period);
    ask(when, "delivery_date", "BR-IC-11", "an intra-community supply says when it was");
    const where = shipTo?.address.country;
    ask(where, "ship_to.address.country", "BR-IC-12", "an intra-community supply says where to");
  }
}

function askPayment({ payment }: DocumentModel, ask: Ask): void {
  if (!payment) return;
  const { meansCode, iban, account, mandate } = payment;
  if (meansCode === "30" || meansCode === "58") {
    const id = iban || account[0]?.value;
    ask(id, "payment.iban", "BR-61", "a credit transfer names the account");
  }
  if (meansCode === "49" || meansCode === "59") {
    ask(mandate?.reference, "payment.mandate", "PEPPOL-R061", "a direct debit names its mandate");
  }
}

function askPeppol({ seller, buyer, references }: DocumentModel, ask: Ask): void {
  ask(
    references.buyerReference || references.purchaseOrder,
    "buyer_reference",
    "PEPPOL-R003",
    "a buyer reference or a purchase order",
  );
  const from = "seller.electronic_address";
  ask(seller.electronicAddress, from, "PEPPOL-R020", "the seller's electronic address");
  const to = "buyer.electronic_address";
  ask(buyer.electronicAddress, to, "PEPPOL-R010", "the buyer's electronic address");
}
