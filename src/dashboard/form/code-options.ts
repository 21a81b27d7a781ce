/** Pure. Codes that forms offer, with names: each list is made when the first form shows it. */
import { CURRENCIES } from "../../core/money.ts";
import { countryNames } from "../../documents/code/country-name.ts";
import { addressSchemes, isPeppolScheme } from "../../documents/code/eas.ts";
import { isIcdScheme } from "../../documents/code/icd.ts";
import { namedSchemes, schemeName } from "../../documents/code/scheme-name.ts";
import { commonUnits } from "../../documents/code/unit-word.ts";
import { vatexCodes } from "../../documents/code/vatex.ts";
import { once } from "../../documents/language/intl.ts";

export type Option = { value: string; label: string };

/** Countries by name; the first is none. */
export const countryOptions = once((): readonly Option[] => [
  { value: "", label: "–" },
  ...countryNames().map(({ code, name }) => ({ value: code, label: name })),
]);

/** Currencies as "EUR, Euro", behind what stands for none of them. */
export function currencyOptions(...first: readonly Option[]): () => readonly Option[] {
  return once(() => [...first, ...namedCurrencies()]);
}

const namedCurrencies = once((): readonly Option[] => {
  const names = new Intl.DisplayNames("en", { type: "currency" });
  return CURRENCIES.map((value) => ({ value, label: `${value}, ${names.of(value) ?? value}` }));
});

/** Lists of codes that a field suggests, while others may be typed. */
export const SUGGESTIONS = {
  zones: once(() =>
    ["UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({
      value,
      label: value.split("/").at(-1)?.replaceAll("_", " ") ?? value,
    })),
  ),
  countries: once(() => countryNames().map(({ code, name }) => ({ value: code, label: name }))),
  units: once(() => commonUnits().map(({ code, name }) => ({ value: code, label: name }))),
  addresses: once(() => [...addressSchemes()].sort(peppolFirst).map(named)),
  registers: once(() => namedSchemes().filter(isIcdScheme).map(named)),
  exemptions: once(() =>
    ["AE", "K", "G", "O", "E"].flatMap(vatexCodes).map((value) => ({ value, label: value })),
  ),
  classifications: once((): readonly Option[] => [
    { value: "HSN", label: "Harmonised System" },
    { value: "STI", label: "CPV, public procurement" },
    { value: "TST", label: "UNSPSC" },
    { value: "SRV", label: "GTIN" },
  ]),
} satisfies Record<string, () => readonly Option[]>;

export type Suggestion = keyof typeof SUGGESTIONS;

function named(value: string): Option {
  return { value, label: schemeName(value) };
}

function peppolFirst(a: string, b: string): number {
  return Number(isPeppolScheme(b)) - Number(isPeppolScheme(a));
}
