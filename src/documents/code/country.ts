/**
 * Countries of addresses (BT-40, BT-55, BT-69, BT-80, BT-159). Pure. ISO 3166-1 alpha-2, with 1A
 * for Kosovo and XI for Northern Ireland, as the code lists of EN 16931 of 2025 have them (BR-
 * CL-14, BR-CL-15). Typed in from those.
 */
import { codeList } from "./list.ts";

const COUNTRIES = codeList(`
  1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
  BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC
  EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK
  HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
  LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
  NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU
  RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN
  TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT ZA ZM ZW
`);
/** Codes that are written for a country now and then, and the country's own. */
const OTHER_CODES: Readonly<Record<string, string>> = { UK: "GB", EL: "GR", XK: "1A" };

/** True for a country that an e-invoice may name, such as DE. */
export function isCountryCode(code: string): boolean {
  return COUNTRIES.has(code);
}

/** True for a country that CII may name: its rules of 2025 do not know South Sudan yet. */
export function isCiiCountry(code: string): boolean {
  return isCountryCode(code) && code !== "SS";
}

/** Every country code, in the order of the alphabet. */
export function countryCodes(): readonly string[] {
  return COUNTRIES.all();
}

/**
 * What was written as a country's code, as ISO 3166-1 has it: `uk` as GB, `EL`, by which only VAT
 * ids call Greece, as GR, and `XK` as 1A. It may still be no country's.
 */
export function plainCountry(text: string): string {
  const code = text.trim().toUpperCase();
  return OTHER_CODES[code] ?? code;
}

/** True for what a VAT id may begin with (BR-CO-09): a country's code, or EL for Greece. */
export function isVatPrefix(code: string): boolean {
  return isCountryCode(code) || code === "EL";
}
