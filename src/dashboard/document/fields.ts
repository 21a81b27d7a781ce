/** Pure. The fields of a draft's form, and the body for the API that it makes. */
import type { FieldError } from "../../core/errors.ts";
import { CURRENCIES } from "../../core/money.ts";
import { type DraftKind, KINDS } from "../../documents/kind/registry.ts";
import { LANGUAGES } from "../../documents/language/registry.ts";
import { MAX_FIELDS } from "../../documents/schema/schema.ts";
import type { Choice } from "../form/choice.ts";
import {
  type Body,
  bodiesOf,
  bodyOf,
  clearEmpty,
  type Field,
  type Part,
  rowsOf,
  type Sent,
  setAt,
  setParts,
} from "../form/form.ts";
import { type Group, grouped, type Heading } from "../form/group.ts";
import {
  ATTRIBUTE_PART,
  PRECEDING_PART,
  REFERENCE_FIELDS,
  REFERENCE_WHOLES,
} from "../form/particular-fields.ts";
import { CURRENCY_OPTIONS } from "../form/party-fields.ts";
import { DISCOUNT_PART, SETTLEMENT_FIELDS, settlementValues } from "../form/settlement-fields.ts";
import { TAX_PART, withTax } from "../form/tax-fields.ts";
import { adjustmentValues, LINE_FIELDS, LINE_MORE, lineValues } from "./line.ts";

const languageNames = new Intl.DisplayNames("en", { type: "language" });

const ADJUSTMENTS: Part = {
  pointer: "/adjustments",
  legend: "Discount or charge",
  fields: [
    {
      pointer: "/kind",
      label: "Kind",
      kind: "choice",
      options: [
        { value: "discount", label: "Discount" },
        { value: "charge", label: "Charge" },
      ],
    },
    { pointer: "/reason", label: "Reason", kind: "line" },
    { pointer: "/percent", label: "Percent", kind: "factor" },
    { pointer: "/amount", label: "or amount", kind: "decimal" },
    { pointer: "/reason_code", label: "Reason code", kind: "line", placeholder: "95" },
  ],
};

/** The parts of a line that repeat. */
export const LINE_PARTS: readonly Part[] = [ADJUSTMENTS, TAX_PART, ATTRIBUTE_PART];

/** The parts of the document that repeat. */
const PARTS: readonly Part[] = [
  ADJUSTMENTS,
  {
    pointer: "/fields",
    legend: "Custom field",
    fields: [
      { pointer: "/label", label: "Custom field", kind: "line", placeholder: "Project" },
      { pointer: "/value", label: "Value", kind: "line" },
    ],
    most: MAX_FIELDS,
  },
  PRECEDING_PART,
];

/** The parts of a kind that repeat. */
export function partsOf(kind: DraftKind): readonly Part[] {
  return isOwed(kind) ? [...PARTS, DISCOUNT_PART] : PARTS;
}

function isOwed(kind: DraftKind): boolean {
  return KINDS[kind].draft?.lastDay === "due";
}

/** The fields at the head of a draft's form: its customer, and until when it holds. */
export function mainFields(kind: DraftKind, customers: readonly Choice[]): Field[] {
  const lastDay: Field =
    KINDS[kind].draft?.lastDay === "validity"
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
    lastDay,
  ];
}

const COMMON_FIELDS: readonly Field[] = [
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
  { pointer: "/purchase_order", label: "Purchase order", kind: "line", clears: true },
  { pointer: "/buyer_reference", label: "Buyer reference", kind: "line", clears: true },
  { pointer: "/period/start", label: "Service period from", kind: "day", clears: true },
  { pointer: "/period/end", label: "Service period to", kind: "day", clears: true },
  { pointer: "/delivery_date", label: "Delivery date", kind: "day", clears: true },
];
const TERMS_FIELD: Field = {
  pointer: "/payment_terms_days",
  label: "Payment terms in days",
  kind: "integer",
  hint: "used if there is no due date",
};
const LAST_FIELDS: readonly Field[] = [
  {
    pointer: "/accounting/currency",
    label: "Accounting currency for tax",
    kind: "choice",
    options: [{ value: "", label: "Same as the document" }, ...CURRENCY_OPTIONS],
    clears: true,
  },
  { pointer: "/accounting/rate", label: "Exchange rate", kind: "factor", clears: true },
  { pointer: "/accounting/date", label: "Date of the rate", kind: "day", clears: true },
  { pointer: "/tax_inclusive", label: "Prices include tax", kind: "flag" },
];
const WHOLES = ["/period", "/accounting", ...REFERENCE_WHOLES];

/** The fields that few drafts need, which are folded away. */
export function moreFields(kind: DraftKind): Field[] {
  return [
    ...COMMON_FIELDS,
    ...(isOwed(kind) ? [TERMS_FIELD, ...SETTLEMENT_FIELDS] : []),
    ...LAST_FIELDS,
    ...REFERENCE_FIELDS,
  ];
}

export const TEXT_FIELDS: readonly Field[] = [
  { pointer: "/memo", label: "Opening text", kind: "text", clears: true },
  { pointer: "/notes", label: "Notes", kind: "text", clears: true },
  { pointer: "/terms", label: "Terms", kind: "text", clears: true },
];

const HEADINGS: readonly Heading[] = [
  ["Currency and language", ["/currency", "/language", "/tax_inclusive"]],
  ["Delivery", ["/period", "/delivery_date"]],
  ["Payment", ["/payment_terms_days", "/purpose", "/rounding", "/deposits", "/cash_discounts"]],
  ["References", ["/purchase_order", "/buyer_reference", "/references"]],
  ["Discounts and charges", ["/adjustments"]],
  ["Tax in another currency", ["/accounting"]],
  ["Texts", ["/memo", "/notes", "/terms", "/fields"]],
];

/** What few drafts of a kind need, under its headings. */
export function moreGroups(kind: DraftKind): Group[] {
  return grouped(HEADINGS, [...moreFields(kind), ...TEXT_FIELDS], partsOf(kind));
}

function choicesOf(values: readonly string[], labelOf: (value: string) => string): Choice[] {
  const options = values.map((value) => ({ value, label: labelOf(value) }));
  return [{ value: "", label: "Customer's or your default" }, ...options];
}

/** What was sent: the body for the API, and the values that the form shows again. */
export type Draft = { body: Body & { lines: Body[] }; values: Body };

/** The draft that a sent form is; rows that were left empty are not in it. */
export function draftOf(kind: DraftKind, sent: Sent): Draft {
  const content = bodyOf([...mainFields(kind, []), ...moreFields(kind), ...TEXT_FIELDS], sent);
  clearEmpty(content, WHOLES);
  for (const part of partsOf(kind)) setAt(content, part.pointer, bodiesOf(sent, "", part));
  const lines = rowsOf(sent, "/lines", [...LINE_FIELDS, ...LINE_MORE]).map(({ index, body }) => {
    setParts(body, LINE_PARTS, sent, `/lines/${index}`);
    return body;
  });
  return { body: { ...content, lines: lines.map(withTax) }, values: { ...content, lines } };
}

/** The values of a form's fields from a document as the API shows it, its numbers being text. */
export function draftValues(document: Body): Body {
  const adjustments = adjustmentValues(document.adjustments as Body[]);
  return {
    ...settlementValues(document),
    adjustments,
    lines: (document.lines as Body[]).map(lineValues),
  };
}

/** A body without its wrong members, and without lines that cannot be drawn for them. */
export function withoutWrong(body: Draft["body"], errors: readonly FieldError[]): Draft["body"] {
  const rest: Body = { ...body };
  const lines = new Map(body.lines.map((line, i) => [i, { ...line }]));
  for (const { pointer } of errors) {
    const [, first = "", index, member = ""] = pointer.split("/");
    if (first !== "lines") delete rest[first];
    else if (["", "name", "quantity", "unit_price"].includes(member)) lines.delete(Number(index));
    else delete lines.get(Number(index))?.[member];
  }
  return { ...rest, lines: [...lines.values()] };
}

/** A problem's pointer in words, such as `line 1, unit price`. */
export function pointerWords(pointer: string): string {
  const [, first = "", index, ...rest] = pointer.split("/");
  const text = TEXT_FIELDS.find((field) => field.pointer === pointer);
  if (text) return text.label.toLowerCase();
  const words = (parts: readonly string[]) =>
    parts
      .filter((part) => !/^\d+$/.test(part))
      .join(" ")
      .replaceAll("_", " ");
  if (first !== "lines" || index === undefined) return words([first, index ?? "", ...rest]).trim();
  return [`line ${Number(index) + 1}`, words(rest)].filter(Boolean).join(", ");
}
