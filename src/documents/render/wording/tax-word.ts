/**
 * Pure. What the tax of a document is called: by the country of its issuer, in its language. A tax
 * with a name of its own, such as India's GST, keeps it in every language.
 */
import { once } from "../../language/intl.ts";
import type { Labels } from "../../language/labels.ts";

// Each kind of tax that is no value added tax, and the countries that have it.
const KINDS_OF_TAX = once(() => {
  const kinds: [kind: string, countries: string][] = [
    ["gst", "AU BT IN JE MV NZ PG SG"],
    ["hst", "CA"],
    ["salesTax", "AS GU MH PR US VI"],
    ["consumption", "JP"],
  ];
  return new Map(kinds.flatMap(([kind, all]) => all.split(" ").map((code) => [code, kind])));
});

const OWN_NAMES: Partial<Record<string, string>> = { gst: "GST", hst: "GST/HST" };

/** The name of the tax that an issuer of a country charges; `country` is an ISO 3166 code. */
export function taxWord(labels: Labels, country: string | null): string {
  const kind = KINDS_OF_TAX().get(country ?? "") ?? "vat";
  const { taxes, taxName } = labels;
  const own = country === null ? undefined : taxes[country];
  return own ?? taxes[kind] ?? OWN_NAMES[kind] ?? taxName;
}

/** The words of a language, with the tax of an issuer's country where they name it. */
export function labelsIn(labels: Labels, country: string | null): Labels {
  if (country === null) return labels;
  const taxName = taxWord(labels, country);
  if (taxName === labels.taxName) return labels;
  // A column that is headed by the tax's name is headed by the right one.
  const tax = labels.tax === labels.taxName ? taxName : labels.tax;
  return { ...labels, taxName, tax };
}
