/** Pure. The fields of a line, and its values from the API's answer. */
import { type Body, type Field, valueAt } from "../form/form.ts";
import { LINE_PARTICULARS } from "../form/particular-fields.ts";
import { PERCENT_FIELD, TAX_FIELDS, taxValues } from "../form/tax-fields.ts";

export const LINE_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Item", kind: "line" },
  { pointer: "/quantity", label: "Quantity", kind: "decimal" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "h" },
  { pointer: "/unit_price", label: "Price", kind: "decimal" },
  { ...PERCENT_FIELD, placeholder: "default" },
];

export const LINE_MORE: readonly Field[] = [
  { pointer: "/description", label: "Description", kind: "text" },
  {
    pointer: "/group",
    label: "Group",
    kind: "line",
    hint: "lines of the same group are shown together",
  },
  {
    pointer: "/unit_code",
    label: "Unit code",
    kind: "line",
    placeholder: "C62",
    suggest: "units",
  },
  { pointer: "/period/start", label: "Period from", kind: "day" },
  { pointer: "/period/end", label: "Period to", kind: "day" },
  {
    pointer: "/classification/scheme",
    label: "Classification",
    kind: "line",
    placeholder: "HSN",
    suggest: "classifications",
  },
  {
    pointer: "/classification/code",
    label: "Classification code",
    kind: "line",
    placeholder: "998314",
  },
  ...TAX_FIELDS,
  ...LINE_PARTICULARS,
];

/** The values of a line's fields from a line as the API shows it: without what is computed. */
export function lineValues(line: Body): Body {
  const { position: _, kind: __, detail: ___, amount: ____, net: _____, ...input } = line;
  return {
    ...input,
    tax: taxValues(line.tax as Body),
    adjustments: adjustmentValues(line.adjustments as Body[]),
  };
}

/** The values of adjustments' fields; an adjustment by percent has no amount of its own. */
export function adjustmentValues(adjustments: readonly Body[]): Body[] {
  return adjustments.map(({ percent, amount, ...rest }) =>
    percent === null ? { ...rest, amount } : { ...rest, percent },
  );
}

/** Fields whose labels a folded line shows where they are filled in. */
const LABELLED = new Set([
  "/description",
  "/group",
  "/period/start",
  "/classification/code",
  "/tax/exemption/reason",
  "/base_quantity",
  "/gross_price",
  "/note",
  "/seller_item_id",
]);

/** The labels of what a line has in its folded part. */
export function foldedLabels(line: unknown): string[] {
  const set = LINE_MORE.filter(({ pointer }) => LABELLED.has(pointer) && !!valueAt(line, pointer));
  const adjustments = valueAt(line, "/adjustments");
  const adjusted = Array.isArray(adjustments) && adjustments.length > 0;
  return [...set.map(({ label }) => label), ...(adjusted ? ["Discount or charge"] : [])];
}
