/** Pure. The tax of a line, of a customer or of the issuer, in a form and as the API takes it. */
import { taxFrom } from "../../documents/schema/input.ts";
import type { TaxInput } from "../../documents/schema/schema.ts";
import type { Body, Field, Part } from "./form.ts";

export const PERCENT_FIELD: Field = { pointer: "/tax/percent", label: "Tax %", kind: "decimal" };

export const TAX_FIELDS: readonly Field[] = [
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

export const TAX_PART: Part = {
  pointer: "/tax/components",
  legend: "Part of the tax",
  fields: [
    { pointer: "/name", label: "Part of the tax", kind: "line", placeholder: "CGST" },
    { pointer: "/percent", label: "Percent", kind: "decimal" },
  ],
  most: 4,
};

/** What a form shows, with its tax as the API takes it. */
export function withTax<T extends Body>(shown: T): T {
  return shown.tax ? { ...shown, tax: taxOf(shown.tax as Body) } : shown;
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

/** A tax as the API shows it, as a form shows it: without what follows from the rest. */
export function shownTax({ category, percent, exemption, ...others }: Body): Body {
  const usual = taxFrom({ category, percent } as TaxInput).exemption;
  const own = JSON.stringify(exemption) === JSON.stringify(usual) ? null : exemption;
  const derived = category === "S" || category === "Z";
  return { ...others, percent, exemption: own, ...(derived ? {} : { category }) };
}
