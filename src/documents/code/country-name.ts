/** Names of countries in English, as forms and messages show them. Pure. */
import { intlWriting, once } from "../language/intl.ts";
import { countryCodes } from "./country.ts";

const english = once(() => intlWriting("en"));

/** A country's English name, such as Germany. */
export function countryName(code: string): string {
  return code === "XI" ? "Northern Ireland" : english().country(code);
}

const byName = once(
  () => new Map(countryCodes().map((code) => [countryName(code).toLowerCase(), code])),
);

/** Every country with its English name, in the order of the names. */
export const countryNames = once(() =>
  countryCodes()
    .map((code) => ({ code, name: countryName(code) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en")),
);

/** What to write instead of a country's name, such as `; use DE (Germany)`; "" for others. */
export function countryAdvice(text: string): string {
  const code = byName().get(text.trim().toLowerCase());
  return code === undefined ? "" : `; use ${code} (${countryName(code)})`;
}
