/** Pure. A line in its form, and as the API takes it. */
import { taxFrom } from "../../documents/input.ts";
import type { TaxInput } from "../../documents/schema.ts";
import { type Body, type Field, valueAt } from "../form.ts";

export const LINE_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "What", kind: "line" },
  { pointer: "/quantity", label: "Quantity", kind: "decimal" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "h" },
  { pointer: "/unit_price", label: "Price", kind: "decimal" },
  { pointer: "/tax/percent", label: "Tax %", kind: "decimal", placeholder: "default" },
];

export const LINE_MORE: readonly Field[] = [
  { pointer: "/description", label: "Description", kind: "text" },
  { pointer: "/group", label: "Group", kind: "line", hint: "lines of one stand together" },
  { pointer: "/unit_code", label: "Unit code", kind: "line", placeholder: "C62" },
  { pointer: "/period/start", label: "Period from", kind: "day" },
  { pointer: "/period/end", label: "Period to", kind: "day" },
  { pointer: "/classification/scheme", label: "Classified by", kind: "line", placeholder: "HSN" },
  { pointer: "/classification/code", label: "Its code", kind: "line", placeholder: "998314" },
  {
    pointer: "/tax/category",
    label: "Tax category",
    kind: "choice",
    options: [
      { value: "", label: "By the percentage" },
      { value: "E", label: "Exempt" },
      { value: "AE", label: "Reverse charge" },
      { value: "K", label: "Intra-Community supply" },
      { value: "G", label: "Export" },
      { value: "O", label: "Not subject to tax" },
      { value: "L", label: "Canary Islands (IGIC)" },
      { value: "M", label: "Ceuta and Melilla (IPSI)" },
    ],
  },
  { pointer: "/tax/name", label: "Name of the tax", kind: "line", placeholder: "VAT" },
  { pointer: "/tax/exemption/reason", label: "Why there is none", kind: "line" },
  {
    pointer: "/tax/exemption/code",
    label: "Code of the reason",
    kind: "line",
    placeholder: "VATEX-EU-AE",
  },
];

/** What the form shows of a line as the API's body. */
export function lineOf(shown: Body): Body {
  const { tax, ...line } = shown;
  return tax ? { ...line, tax: taxOf(tax as Body) } : line;
}

/** A percentage alone is the standard rate, and 0 the zero rate; it goes before what has none. */
function taxOf({ category, percent = "", ...others }: Body): Body {
  const isZero = /^0*\.?0*$/.test(String(percent));
  if (category === "L" || category === "M") return { ...others, category, percent };
  if (!isZero) {
    const { exemption: _, ...named } = others;
    return { ...named, category: "S", percent };
  }
  const kind = category ?? (percent === "" ? undefined : "Z");
  return { ...others, ...(kind === undefined ? {} : { category: kind }) };
}

/** A line as the API shows it, as its form shows it: without what is worked out of the rest. */
export function shownLine(line: Body): Body {
  const { position: _, kind: __, detail: ___, amount: ____, net: _____, ...input } = line;
  return {
    ...input,
    tax: shownTax(line.tax as Body),
    adjustments: shownAdjustments(line.adjustments as Body[]),
  };
}

function shownTax({ category, percent, exemption, ...others }: Body): Body {
  const usual = taxFrom({ category, percent } as TaxInput).exemption;
  const own = JSON.stringify(exemption) === JSON.stringify(usual) ? null : exemption;
  const derived = category === "S" || category === "Z";
  return { ...others, percent, exemption: own, ...(derived ? {} : { category }) };
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
