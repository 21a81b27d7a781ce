/** Pure. A postal address, and the line of its street. */

export type Address = {
  /** The street and the number in it, apart; left out where `lines` say both. */
  street?: string;
  houseNumber?: string;
  /** What else stands above the city. */
  lines: string[];
  city: string | null;
  postalCode: string | null;
  /** State or province as printed. */
  region: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
};

// Countries that write the number before the street; the others write it behind.
const NUMBER_FIRST = new Set(
  `AE AU BB BD BH BS BW CA CI CM DZ EG FR GB GF GG GH GI GP GY HK IE IM IN JE JM JO KE KW LB LK LU
  MA MC MG MM MQ MT MU MY NA NC NG NP NZ OM PF PG PH PK PR QA RE SA SG SN TH TN TT TZ UG US VI VN
  ZA ZM ZW`.split(/\s+/),
);
// Those that have a comma between the two.
const COMMA = new Set("BR ES LU MT PT".split(" "));

/** Street and number as one line; empty where an address has neither apart. */
export function streetLine({ street, houseNumber, country }: Address): string {
  if (!street || !houseNumber) return street ?? houseNumber ?? "";
  const comma = country !== null && COMMA.has(country) ? "," : "";
  if (country !== null && NUMBER_FIRST.has(country)) return `${houseNumber}${comma} ${street}`;
  return `${street}${comma} ${houseNumber}`;
}

/** What stands above the city, line by line (BT-35, BT-36, BT-162). */
export function streetLines(address: Address): string[] {
  const street = streetLine(address);
  return street === "" ? address.lines : [street, ...address.lines];
}
