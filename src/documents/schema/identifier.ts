/** Formats of the identifiers that e-invoices are rejected for. Pure. */
import { isVatPrefix } from "../code/country.ts";

// VIES: what follows the country's two letters (Greece is EL), for the Union and its neighbours.
const VAT_FORMATS: Record<string, RegExp> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CH: /^E\d{9}(?:MWST|TVA|IVA)?$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^\d{9}$/,
  DK: /^\d{8}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^\d{8}$/,
  FR: /^[A-HJ-NP-Z0-9]{2}\d{9}$/,
  GB: /^(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
  GR: /(?!)/, // Greece's ids begin with EL
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^(?:\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])$/,
  IT: /^\d{11}$/,
  LT: /^(?:\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^\d{9}B\d{2}$/,
  NO: /^\d{9}(?:MVA)?$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^\d{2,10}$/,
  SE: /^\d{12}$/,
  SI: /^\d{8}$/,
  SK: /^\d{10}$/,
  XI: /^(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
};
const OTHER_VAT = /^[A-Z0-9]{2,16}$/;

/** `DE 123.456.789` as `DE123456789`: what identifiers are compared and printed as. */
export function compact(text: string): string {
  return text.replace(/[\s.-]/g, "").toUpperCase();
}

/**
 * A VAT id as `compact` has it; Greece's begins with EL, although the country is GR; not UK, but
 * GB.
 */
export function compactVatId(text: string): string {
  return compact(text)
    .replace(/^GR(?=\d{9}$)/, "EL")
    .replace(/^UK(?=\d{9}|GD|HA)/, "GB");
}

/** True for a VAT id that begins with its country (BR-CO-09) and has that country's form. */
export function isVatId(text: string): boolean {
  const country = text.slice(0, 2);
  if (!/^[A-Z]{2}$/.test(country) || !isVatPrefix(country)) return false;
  return (VAT_FORMATS[country] ?? OTHER_VAT).test(text.slice(2));
}

// One for each country whose form is known here.
const VAT_EXAMPLES =
  "ATU12345678 BE0123456789 BG123456789 CHE123456789MWST CY12345678X CZ12345678 DE123456789 " +
  "DK12345678 EE123456789 EL123456789 ESX1234567X FI12345678 FR40303265045 GB123456789 " +
  "HR12345678901 HU12345678 IE1234567WA IT12345678901 LT123456789 LU12345678 LV12345678901 " +
  "MT12345678 NL123456789B01 NO123456789MVA PL1234567890 PT123456789 RO1234567890 " +
  "SE123456789001 SI12345678 SK1234567890 XI123456789";

/** What a text is to be that is no VAT id, after "is". */
export function vatIdAdvice(text: string): string {
  const country = plainVatCountry(text);
  const example = VAT_EXAMPLES.split(" ").find((id) => id.startsWith(country));
  if (country && example) return `a VAT id of ${country}, such as ${example}`;
  const none = /^[A-Z]{2}/.test(text) && !country ? `; ${text.slice(0, 2)} is no country's` : "";
  return `a VAT id that begins with its country's code, such as DE123456789${none}`;
}

/** The country's letters that a VAT id begins with; empty where they are none. */
function plainVatCountry(text: string): string {
  const letters = text.slice(0, 2);
  if (letters === "GR") return "EL";
  return /^[A-Z]{2}$/.test(letters) && isVatPrefix(letters) ? letters : "";
}

/** True for an IBAN whose check digits hold (ISO 13616-1, mod 97). */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  let rest = 0;
  for (const char of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** True for the form of a BIC (ISO 9362). */
export function isBic(text: string): boolean {
  return /^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(text);
}
