/**
 * Pure. In which order a country writes the parts of an address, as the Universal Postal Union has
 * it. In Chinese, Japanese and Korean script it goes from the large to the small.
 */
import { once } from "../../language/intl.ts";

/** An address without its country; what it lacks is empty or null. */
export type Parts = {
  lines: readonly string[];
  city: string | null;
  postalCode: string | null;
  region: string | null;
};

// Lines are parted by `|`. S is the street's own lines, C the city, Z the code, R the region, P the
// region in brackets. A part takes what stands before it, unless it is the first one.
const USUAL = "S|Z C R";
const ORDERS: readonly [order: string, countries: string][] = [
  ["S|C R Z", "AU VN"],
  ["S|C, R Z", "CA JP KR TW US"],
  ["S|C Z", "CR IL JM KE NG NZ SA SG ZA"],
  ["S|C - Z|R", "BD"],
  ["S|C Z|R", "ID IN MT PK"],
  ["S|C, Z", "LV"],
  ["S|C|R|Z", "EG GB GG IE IM JE LK RU UA"],
  ["S|C|R Z", "TH"],
  ["S|C|R", "AE HK MO QA"],
  ["S|C - R|Z", "BR"],
  ["S|C, R|Z", "CO"],
  ["S|Z C P", "IT SM"],
  ["S|Z C, R", "CN MX"],
  ["S|Z C|R", "AR BY CL ES MY PH PT UY"],
  ["S|Z C / R", "TR"],
  ["C|S|Z", "HU"],
];

const orders = once(
  () => new Map(ORDERS.flatMap(([order, all]) => all.split(" ").map((code) => [code, order]))),
);

/** Whether it is written from the large to the small: in scripts that do so. */
export function isLargeFirst({ lines, city, region }: Parts): boolean {
  const text = [...lines, city ?? "", region ?? ""].join("");
  // Which saves most isolates to learn what these scripts are.
  if (!/[\u1100-\uffff]/.test(text)) return false;
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(text);
}

/** The lines of an address but for its country, of which the order is; ISO 3166 code. */
export function orderedLines(parts: Parts, country: string | null): string[] {
  if (isLargeFirst(parts)) return largeFirst(parts, country);
  const order = orders().get(country ?? "") ?? USUAL;
  return order.split("|").flatMap((line) => (line === "S" ? parts.lines : [filled(line, parts)]));
}

function filled(line: string, { city, postalCode, region }: Parts): string {
  const values: Record<string, string | null> = {
    C: city,
    Z: postalCode,
    R: region,
    P: region && `(${region})`,
  };
  let text = "";
  let between = "";
  for (const sign of line) {
    if (!(sign in values)) between += sign;
    else {
      if (values[sign]) text += (text && between) + values[sign];
      between = "";
    }
  }
  return text;
}

/** Code, then region, city and street in one line, without blanks but in Korean. */
function largeFirst({ lines, city, postalCode, region }: Parts, country: string | null): string[] {
  const [street = "", ...rest] = lines;
  const isKorean = country === "KR" || country === "KP";
  const areas = [region, city, street].filter((part) => part).join(isKorean ? " " : "");
  if (isKorean) return [areas, ...rest, postalCode ?? ""];
  const code = country === "JP" && postalCode ? `\u3012${postalCode}` : (postalCode ?? "");
  return [code, areas, ...rest];
}
