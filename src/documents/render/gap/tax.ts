/** Pure. What EN 16931 asks for each category of tax that a document has. */
import { isVatexCode } from "../../code/vatex.ts";
import type { Tax, TaxCategory } from "../../model/model.ts";
import type { SemanticInvoice } from "../einvoice/semantic.ts";
import { type Ask, enter, has, type Rules } from "./ask.ts";

/** The name that a category has in the norm's rule numbers. */
const NAMES: Record<TaxCategory, string> = {
  S: "BR-S",
  Z: "BR-Z",
  E: "BR-E",
  AE: "BR-AE",
  K: "BR-IC",
  G: "BR-G",
  O: "BR-O",
  L: "BR-AF",
  M: "BR-AG",
};

/** Categories under which a reason is given why nothing is taxed. */
const EXEMPT: readonly TaxCategory[] = ["E", "AE", "K", "G", "O"];

/** How the rules of a category begin: "BR-IC" for K. */
export function categoryRules(category: TaxCategory): string {
  return NAMES[category];
}

/**
 * The rules of a category that ask the same of lines, allowances and charges, as far as the
 * document has them: `firstOf` is the number of the one for lines.
 */
function rulesOf({ lines, adjustments }: SemanticInvoice, category: TaxCategory, firstOf: number) {
  const own = ({ tax }: { tax: Tax }) => tax.category === category;
  const number = (n: number) => `${NAMES[category]}-${String(n).padStart(2, "0")}`;
  return [
    ...(lines.some(own) ? [number(firstOf)] : []),
    ...(adjustments.some((one) => own(one) && !one.charge) ? [number(firstOf + 1)] : []),
    ...(adjustments.some((one) => own(one) && one.charge) ? [number(firstOf + 2)] : []),
  ];
}

/** BR-S, -Z, -E, -AE, -IC, -G, -O, -AF (IGIC) and -AG (IPSI), and the codes of exemptions. */
export const taxRules: Rules = (invoice, ask) => {
  const { totals } = invoice.model;
  const categories = new Set(totals.taxes.map(({ category }) => category));
  if (categories.has("O")) {
    ask(categories.size === 1, ["BR-O-11", "BR-O-12"], {
      field: "lines.tax",
      detail: "what is not subject to VAT stands on a document of its own",
      remedy: "Put the lines of category O on another document than those of other categories.",
    });
  }
  for (const category of categories) {
    if (category !== "O") askSeller(invoice, category, ask);
    if (category === "AE" || category === "K") askBuyer(invoice, category, ask);
    if (category === "K") askSupply(invoice, ask);
    askRate(invoice, category, ask);
  }
  for (const [i, { category, reason, reasonCode }] of invoice.taxes.entries()) {
    if (EXEMPT.includes(category)) {
      ask(has(reason) || has(reasonCode), `${NAMES[category]}-10`, {
        field: `taxes.${i}.exemption.reason`,
        detail: `tax of category ${category} says why none is charged`,
        remedy: "Enter the reason with the tax of the lines (tax.exemption.reason).",
      });
    }
    if (!has(reasonCode)) continue;
    ask(isVatexCode(reasonCode), "BR-CL-22", {
      field: `taxes.${i}.exemption.code`,
      detail: `${reasonCode} is no code of the VATEX list`,
      remedy: "Enter a code of the list, such as VATEX-EU-132, or none (tax.exemption.code).",
    });
  }
};

function askSeller(invoice: SemanticInvoice, category: TaxCategory, ask: Ask): void {
  const { seller, taxRepresentative } = invoice.model;
  const only = category === "K" || category === "G";
  const own = only ? has(seller.vatId) : has(seller.vatId) || has(seller.taxNumber);
  ask(own || taxRepresentative, rulesOf(invoice, category, 2), {
    field: "seller.vat_id",
    detail: `tax of category ${category} needs the seller's VAT id${only ? "" : " or tax number"}`,
    remedy: only
      ? enter.inProfile("your VAT id", "vat_id")
      : enter.inProfile("your VAT id or tax number", "vat_id or tax_number"),
  });
}

function askBuyer(invoice: SemanticInvoice, category: "AE" | "K", ask: Ask): void {
  const { buyer } = invoice.model;
  const reverse = category === "AE";
  ask(has(buyer.vatId) || (reverse && has(buyer.legalId?.value)), rulesOf(invoice, category, 2), {
    field: "buyer.vat_id",
    detail: reverse
      ? "reverse charge needs the buyer's VAT id or legal registration"
      : "an intra-community supply needs the buyer's VAT id",
    remedy: reverse
      ? enter.ofCustomer("the customer's VAT id or registration number", "vat_id or legal_id")
      : enter.ofCustomer("the customer's VAT id", "vat_id"),
  });
}

function askSupply({ model, period }: SemanticInvoice, ask: Ask): void {
  ask(model.dates.delivered || period, "BR-IC-11", {
    field: "delivery_date",
    detail: "an intra-community supply says when it was delivered, or for which period it is",
    remedy: enter.inDocument(model, "the day of delivery or a period", "delivery_date or period"),
  });
  ask(has(model.shipTo?.address.country), "BR-IC-12", {
    field: "ship_to.address.country",
    detail: "an intra-community supply says which country it goes to",
    remedy: enter.ofCustomer("the country that you deliver to", "shipping.address.country"),
  });
}

/** A rate of 0 is a category of its own where tax is charged (S, and L as CII has its rules). */
function askRate(invoice: SemanticInvoice, category: TaxCategory, ask: Ask): void {
  if (category !== "S" && category !== "L") return;
  const zero = (tax: Tax) => tax.category === category && Number(tax.percent) === 0;
  const some = {
    ...invoice,
    lines: invoice.lines.filter(({ tax }) => zero(tax)),
    adjustments: invoice.adjustments.filter(({ tax }) => zero(tax)),
  };
  ask(!invoice.taxes.some(zero), rulesOf(some, category, 5), {
    field: "lines.tax.percent",
    detail: `tax of category ${category} has a rate above 0`,
    remedy: "Give the lines their rate, or category Z (zero rated) or E (exempt) instead.",
  });
}
