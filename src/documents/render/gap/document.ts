/** Pure. What EN 16931 asks of a document as a whole: number, currencies, what it corrects. */
import { currencyExponent } from "../../../core/money.ts";
import { isInvoiceCurrency } from "../../code/currency.ts";
import { withArticle } from "../../kind/kind.ts";
import { KINDS } from "../../kind/registry.ts";
import type { SemanticAdjustment, SemanticInvoice } from "../einvoice/semantic.ts";
import { enter, has, type Rules } from "./ask.ts";
import { categoryRules } from "./tax.ts";

/** BR-02, BR-55, BR-CL-03 to -05 and the decimals of amounts (BR-DEC). */
export const documentRules: Rules = (invoice, ask) => {
  const { model } = invoice;
  const kind = KINDS[model.kind];
  const { noun } = kind;
  ask(has(model.number), "BR-02", {
    field: "number",
    detail: `a draft is no ${noun} yet`,
    remedy: `Finalize the ${noun}: it gets its number then.`,
  });
  if (kind.eInvoice?.namesInvoice) {
    ask(has(model.references.precedingInvoice?.number), "BR-55", {
      field: "invoice",
      detail: `${withArticle(kind)} names its invoice`,
      remedy: "Credit an invoice (POST /api/invoices/{id}/credit): what stands alone names none.",
    });
  }
  askCurrencies(invoice, ask);
};

/** True for a currency whose amounts have at most two decimals, as EN 16931 has them. */
export function hasTwoDecimals(code: string): boolean {
  return (currencyExponent(code) ?? 0) <= 2;
}

const askCurrencies: Rules = (invoice, ask) => {
  const { currency, totals } = invoice.model;
  ask(hasTwoDecimals(currency), decimalRules(invoice), {
    field: "currency",
    detail: `EN 16931 has at most two decimals; ${currency} has more`,
    remedy: "Issue this document in a currency of two decimals, or send it as a PDF alone.",
  });
  ask(isInvoiceCurrency(currency), ["BR-CL-03", "BR-CL-04"], {
    field: "currency",
    detail: `${currency} is no currency of the list that e-invoices have`,
    remedy: enter.inDocument(invoice.model, "another currency", "currency"),
  });
  const { accounting } = totals;
  if (!accounting) return;
  ask(hasTwoDecimals(accounting.currency), "BR-DEC-15", {
    field: "accounting.currency",
    detail: `EN 16931 has at most two decimals; ${accounting.currency} has more`,
    remedy: "Account for tax in a currency of two decimals (tax_currency of PUT /api/issuer).",
  });
  ask(isInvoiceCurrency(accounting.currency), "BR-CL-05", {
    field: "accounting.currency",
    detail: `${accounting.currency} is no currency of the list that e-invoices have`,
    remedy: enter.inDocument(invoice.model, "another currency", "accounting.currency"),
  });
};

/**
 * The rules that amounts of more than two decimals break: one for each amount that a document has,
 * and the sums, which are rounded to two before they are compared.
 */
function decimalRules({ lines, adjustments, taxes, sums }: SemanticInvoice): string[] {
  const any = (some: readonly { charge: boolean }[], charge: boolean) =>
    some.some((one) => one.charge === charge);
  const ofBase = (some: readonly SemanticAdjustment[], charge: boolean) =>
    some.some((one) => one.share !== null && one.charge === charge);
  const own = lines.flatMap((line) => line.adjustments);
  const when = (holds: boolean, ...rules: string[]) => (holds ? rules : []);
  return [
    "BR-DEC-09",
    "BR-DEC-12",
    "BR-DEC-13",
    "BR-DEC-14",
    "BR-DEC-18",
    "BR-DEC-19",
    "BR-DEC-20",
    "BR-DEC-23",
    "BR-CO-10",
    "BR-CO-13",
    "BR-CO-14",
    "BR-CO-15",
    ...new Set(taxes.map(({ category }) => `${categoryRules(category)}-08`)),
    ...when(any(adjustments, false), "BR-DEC-01", "BR-DEC-10", "BR-CO-11"),
    ...when(any(adjustments, true), "BR-DEC-05", "BR-DEC-11", "BR-CO-12"),
    ...when(ofBase(adjustments, false), "BR-DEC-02"),
    ...when(ofBase(adjustments, true), "BR-DEC-06"),
    ...when(any(own, false), "BR-DEC-24"),
    ...when(ofBase(own, false), "BR-DEC-25"),
    ...when(any(own, true), "BR-DEC-27"),
    ...when(ofBase(own, true), "BR-DEC-28"),
    ...when(sums.prepaid !== null, "BR-DEC-16"),
    ...when(sums.rounding !== null, "BR-DEC-17"),
    ...when(sums.prepaid !== null || sums.rounding !== null, "BR-CO-16"),
  ];
}
