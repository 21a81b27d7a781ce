/** Pure. The choice of formats of e-invoices in a form, and as the API takes it. */
import { E_INVOICE_FORMATS, PACKS } from "../../documents/render/pack/registry.ts";
import type { Body, Field, Part } from "./form.ts";

const FORMAT_OPTIONS = E_INVOICE_FORMATS.map((value) => ({
  value: value as string,
  label: PACKS[value].name,
}));

/** A customer's own format. */
export const FORMAT_FIELD: Field = {
  pointer: "/e_invoice_format",
  label: "E-invoice format",
  kind: "choice",
  hint: "formats by country are in your profile",
  clears: true,
  options: [{ value: "", label: "As set in your profile" }, ...FORMAT_OPTIONS],
};

/** A row for each country that an issuer has a format for. */
export const FORMATS_PART: Part = {
  pointer: "/e_invoice_formats",
  legend: "E-invoices by country",
  fields: [
    {
      pointer: "/country",
      label: "Customers in",
      kind: "line",
      placeholder: "DE",
      suggest: "countries",
      hint: "country code, or * for all others",
    },
    { pointer: "/format", label: "Format", kind: "choice", options: FORMAT_OPTIONS },
  ],
};

export const STRICT_FIELD: Field = {
  pointer: "/strict",
  label: "Finalize only complete e-invoices",
  kind: "flag",
  hint: "an incomplete invoice stays a draft until the missing data is added",
};

/** A form's values, with their formats as the API takes them. */
export function withFormats<T extends Body>(values: T): T {
  const rows = values.e_invoice_formats;
  if (!Array.isArray(rows)) return { ...values, e_invoice_formats: null };
  const pairs = rows.map(({ country = "", format }) => [String(country).toUpperCase(), format]);
  return { ...values, e_invoice_formats: Object.fromEntries(pairs) };
}

/** The rows of an API's answer; none where no format was chosen. */
export function formatRows(formats: unknown): Body[] {
  return Object.entries(formats ?? {}).map(([country, format]) => ({ country, format }));
}
