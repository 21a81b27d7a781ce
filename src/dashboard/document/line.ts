/** Pure. A line in its form, and as the API takes it. */
import { type Body, type Field, valueAt } from "../form/form.ts";
import { PERCENT_FIELD, shownTax, TAX_FIELDS } from "../form/tax-fields.ts";

export const LINE_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "What", kind: "line" },
  { pointer: "/quantity", label: "Quantity", kind: "decimal" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "h" },
  { pointer: "/unit_price", label: "Price", kind: "decimal" },
  { ...PERCENT_FIELD, placeholder: "default" },
];

export const LINE_MORE: readonly Field[] = [
  { pointer: "/description", label: "Description", kind: "text" },
  { pointer: "/group", label: "Group", kind: "line", hint: "lines of one stand together" },
  { pointer: "/unit_code", label: "Unit code", kind: "line", placeholder: "C62" },
  { pointer: "/period/start", label: "Period from", kind: "day" },
  { pointer: "/period/end", label: "Period to", kind: "day" },
  { pointer: "/classification/scheme", label: "Classified by", kind: "line", placeholder: "HSN" },
  { pointer: "/classification/code", label: "Its code", kind: "line", placeholder: "998314" },
  ...TAX_FIELDS,
];

/** A line as the API shows it, as its form shows it: without what is worked out of the rest. */
export function shownLine(line: Body): Body {
  const { position: _, kind: __, detail: ___, amount: ____, net: _____, ...input } = line;
  return {
    ...input,
    tax: shownTax(line.tax as Body),
    adjustments: shownAdjustments(line.adjustments as Body[]),
  };
}

/** Of an adjustment by percent, the amount is worked out. */
export function shownAdjustments(adjustments: readonly Body[]): Body[] {
  return adjustments.map(({ percent, amount, ...one }) =>
    percent === null ? { ...one, amount } : { ...one, percent },
  );
}

/** What is worth a word while it is folded away: what nobody typed is not. */
const SAID = new Set([
  ...["/description", "/group", "/period/start", "/classification/code"],
  "/tax/exemption/reason",
]);

/** The names of what a line has besides its row. */
export function setIn(line: unknown): string[] {
  const set = LINE_MORE.filter(({ pointer }) => SAID.has(pointer) && !!valueAt(line, pointer));
  const adjustments = valueAt(line, "/adjustments");
  const adjusted = Array.isArray(adjustments) && adjustments.length > 0;
  return [...set.map(({ label }) => label), ...(adjusted ? ["Discount or charge"] : [])];
}
