/** Pure. The tax of a line, of a customer or of the issuer, in a form and as the API takes it. */
import { taxFrom } from "../../documents/schema/input.ts";
import type { TaxInput } from "../../documents/schema/schema.ts";
import type { Body, Field, Part } from "./form.ts";

export const PERCENT_FIELD: Field = { pointer: "/tax/percent", label: "Tax %", kind: "factor" };

export const TAX_FIELDS: readonly Field[] = [
  {
    pointer: "/tax/category",
    label: "Tax category",
    kind: "choice",
    options: [
      { value: "", label: "Automatic, by the rate" },
      { value: "E", label: "Exempt" },
      { value: "AE", label: "Reverse charge" },
      { value: "K", label: "Intra-Community supply" },
      { value: "G", label: "Export" },
      { value: "O", label: "Not subject to tax" },
      { value: "L", label: "Canary Islands (IGIC)" },
      { value: "M", label: "Ceuta and Melilla (IPSI)" },
    ],
  },
  { pointer: "/tax/name", label: "Tax name", kind: "line", placeholder: "VAT" },
  { pointer: "/tax/exemption/reason", label: "Exemption reason", kind: "line" },
  {
    pointer: "/tax/exemption/code",
    label: "Exemption code",
    kind: "line",
    placeholder: "VATEX-EU-AE",
    suggest: "exemptions",
  },
];

export const TAX_PART: Part = {
  pointer: "/tax/components",
  legend: "Tax component",
  fields: [
    { pointer: "/name", label: "Tax component", kind: "line", placeholder: "CGST" },
    { pointer: "/percent", label: "Percent", kind: "factor" },
  ],
  most: 4,
};

/** A form's values, with their tax as the API takes it. */
export function withTax<T extends Body>(values: T): T {
  return values.tax ? { ...values, tax: taxOf(values.tax as Body) } : values;
}

/** A tax with its category: S for a percentage above 0, else the chosen one, or Z for 0. */
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

/** The values of a tax's fields from an API's answer, without what follows from the rest. */
export function taxValues({ category, percent, exemption, ...others }: Body): Body {
  const usual = taxFrom({ category, percent } as TaxInput).exemption;
  const chosen = JSON.stringify(exemption) === JSON.stringify(usual) ? null : exemption;
  const derived = category === "S" || category === "Z";
  return { ...others, percent, exemption: chosen, ...(derived ? {} : { category }) };
}
