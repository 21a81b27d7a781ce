/** Pure. The form of a quote or an invoice, and the body that the API takes of it. */

import type { FieldError } from "../../core/errors.ts";
import { CURRENCIES } from "../../core/money.ts";
import type { DraftKind } from "../../documents/draft.ts";
import { LANGUAGES } from "../../documents/model.ts";
import { type Body, bodyOf, type Field, rowsOf, type Sent, textOf, valueAt } from "../form.ts";

/** What the list of customers offers. */
export type Choice = { value: string; label: string };

const languageNames = new Intl.DisplayNames("en", { type: "language" });

export const LINE_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "What", kind: "line" },
  { pointer: "/quantity", label: "Quantity", kind: "decimal" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "h" },
  { pointer: "/unit_price", label: "Price", kind: "decimal" },
  { pointer: "/tax_percent", label: "Tax %", kind: "decimal", placeholder: "default" },
];

/** Of a line, what the form has no field for; it travels along as it was. */
export const REST = "/rest";

export function mainFields(kind: DraftKind, customers: readonly Choice[]): Field[] {
  const lasts: Field =
    kind === "quote"
      ? { pointer: "/valid_until", label: "Valid until", kind: "day", clears: true }
      : { pointer: "/due_date", label: "Due date", kind: "day", clears: true };
  return [
    {
      pointer: "/customer_id",
      label: "Customer",
      kind: "choice",
      required: true,
      options: [{ value: "", label: "Choose a customer" }, ...customers],
    },
    lasts,
  ];
}

export const MORE_FIELDS: readonly Field[] = [
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: choicesOf(CURRENCIES, (code) => code),
  },
  {
    pointer: "/language",
    label: "Language",
    kind: "choice",
    options: choicesOf(LANGUAGES, (code) => languageNames.of(code) ?? code),
  },
  { pointer: "/delivery_date", label: "Delivery date", kind: "day", clears: true },
  { pointer: "/purchase_order", label: "Purchase order", kind: "line", clears: true },
  { pointer: "/buyer_reference", label: "Buyer reference", kind: "line", clears: true },
  { pointer: "/tax_inclusive", label: "Prices include tax", kind: "flag" },
];

export const TEXT_FIELDS: readonly Field[] = [
  { pointer: "/memo", label: "Opening text", kind: "text", clears: true },
  { pointer: "/notes", label: "Notes", kind: "text", clears: true },
  { pointer: "/terms", label: "Terms", kind: "text", clears: true },
];

function choicesOf(values: readonly string[], labelOf: (value: string) => string): Choice[] {
  const options = values.map((value) => ({ value, label: labelOf(value) }));
  return [{ value: "", label: "The customer's, or yours" }, ...options];
}

/** What was sent: the body for the API, and the same as the form shows it again. */
export type Draft = { body: Body; shown: Body };

export function draftOf(kind: DraftKind, sent: Sent): Draft {
  const fields = [...mainFields(kind, []), ...MORE_FIELDS, ...TEXT_FIELDS];
  const content = bodyOf(fields, sent);
  const rows = rowsOf(sent, "/lines", LINE_FIELDS).map(({ index, body }) => ({
    given: body,
    rest: restOf(textOf(sent, `/lines/${index}${REST}`)),
  }));
  return {
    body: { ...content, lines: rows.map(({ given, rest }) => lineOf(given, rest)) },
    shown: {
      ...content,
      lines: rows.map(({ given, rest }) => ({ ...given, rest: JSON.stringify(rest) })),
    },
  };
}

function restOf(text: string): Body {
  try {
    const rest: unknown = JSON.parse(text);
    return typeof rest === "object" && rest !== null && !Array.isArray(rest) ? (rest as Body) : {};
  } catch {
    return {};
  }
}

/** A percentage alone is the standard rate, and 0 the zero rate; one that stayed keeps its kind. */
function lineOf({ tax_percent: percent, ...given }: Body, { tax, ...rest }: Body): Body {
  const line = { ...rest, ...given };
  if (percent === undefined) return line;
  const stays = tax !== undefined && String(valueAt(tax, "/percent")) === percent;
  const category = /^0*\.?0*$/.test(String(percent)) ? "Z" : "S";
  return { ...line, tax: stays ? tax : { category, percent } };
}

/** A document as the API shows it, as its form shows it. Numbers are text already. */
export function shownDraft(document: Body): Body {
  const lines = (document.lines as Body[]).map((line) => {
    const { position: _, kind: __, detail: ___, amount: ____, net: _____, ...input } = line;
    const { name, quantity, unit, unit_price, tax, adjustments, ...others } = input;
    const kept = (adjustments as Body[]).map(({ percent, amount, ...one }) =>
      percent === null ? { ...one, amount } : { ...one, percent },
    );
    const rest = { ...others, tax, adjustments: kept };
    const percent = valueAt(tax, "/percent");
    return { name, quantity, unit, unit_price, tax_percent: percent, rest: JSON.stringify(rest) };
  });
  return { ...document, lines };
}

/** Problems of a line's tax stand at its percentage. */
export function fieldErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.map((one) => ({
    ...one,
    pointer: one.pointer.replace(/^(\/lines\/\d+)\/tax\b.*$/, "$1/tax_percent"),
  }));
}
