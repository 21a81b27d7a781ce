/** Pure. How invoices are paid, in forms: purpose, steps, cash discounts, deposits. */
import { MAX_CASH_DISCOUNTS } from "../../documents/model/settlement.ts";
import type { Body, Field, Part } from "./form.ts";

/** Fields of what is owed. */
export const SETTLEMENT_FIELDS: readonly Field[] = [
  {
    pointer: "/purpose",
    label: "Purpose",
    kind: "choice",
    clears: true,
    options: [
      { value: "", label: "Regular invoice" },
      { value: "deposit", label: "Deposit, deducted from a later invoice" },
    ],
  },
  {
    pointer: "/rounding",
    label: "Round the amount due to",
    kind: "factor",
    placeholder: "0.05",
    hint: "0.05 rounds to five cents; empty: as set in your profile",
  },
  {
    pointer: "/deposits",
    label: "Deposits to deduct",
    kind: "lines",
    hint: "IDs of paid deposit invoices, one per line; the ID is the end of the invoice page's URL",
  },
];

/** Cash discounts, each on payment within days of the issue date. */
export const DISCOUNT_PART: Part = {
  pointer: "/cash_discounts",
  legend: "Cash discount",
  fields: [
    { pointer: "/percent", label: "Cash discount in percent", kind: "factor", placeholder: "2" },
    { pointer: "/days", label: "if paid within days", kind: "integer", placeholder: "10" },
    { pointer: "/base_amount", label: "of another amount than due", kind: "decimal" },
  ],
  most: MAX_CASH_DISCOUNTS,
};

/** The values of these fields from a document as the API shows it. */
export function settlementValues({ deposits, ...document }: Body): Body {
  if (!Array.isArray(deposits)) return document;
  return { ...document, deposits: deposits.map(({ invoice_id: id }: Body) => id) };
}

/** An issuer's steps, a currency a line. */
export const STEPS_FIELD: Field = {
  pointer: "/steps",
  label: "Round amounts due to",
  kind: "lines",
  placeholder: "CHF 0.05",
  hint: "one currency and step per line: CHF 0.05 rounds to five centimes",
};

/** A profile's body with the steps that were typed; a line that is none is refused by the API. */
export function withSteps({ steps, ...body }: Body): Body {
  const lines = Array.isArray(steps) ? steps.map(String) : [];
  if (lines.length === 0) return { ...body, rounding: null };
  const pairs = lines.map((line) => {
    const [currency = "", step = ""] = line.split(/[\s:=]+/);
    return [currency.toUpperCase(), step.replace(",", ".")];
  });
  return { ...body, rounding: Object.fromEntries(pairs) };
}

/** The lines of a stored profile's steps. */
export function stepLines(rounding: unknown): string[] {
  if (typeof rounding !== "object" || rounding === null) return [];
  return Object.entries(rounding).map(([currency, step]) => `${currency} ${step}`);
}
