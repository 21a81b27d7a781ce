/** Pure. A postal address as its own country writes it, and the lines under a party's name. */
import type { Formatter } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import { streetLines } from "../../model/address.ts";
import type { Address, Party } from "../../model/model.ts";

// Countries that write the postal code behind the city; the others write it before.
const CODE_LAST = new Set("AU BD BR CA CO GB HK ID IE IN JM KE NG NZ PK SG TH US ZA".split(" "));
const COMMA_BEFORE_REGION = new Set("US CA BR IN".split(" "));

/** An address as lines of text; the country is named in the page's language. */
export function addressLines(address: Address, format: Formatter): string[] {
  const { country } = address;
  return [
    ...streetLines(address),
    cityLine(address),
    country ? format.country(country) : "",
  ].filter((line) => line !== "");
}

function cityLine({ city, postalCode, region, country }: Address): string {
  const parts = (...some: (string | null)[]) => some.filter((part) => part).join(" ");
  if (!country || !CODE_LAST.has(country)) return parts(postalCode, city, region);
  const comma = city && region && COMMA_BEFORE_REGION.has(country) ? "," : "";
  return parts(city && city + comma, region, postalCode);
}

/** E-mail, telephone, site and the numbers that a business is known by. */
export function contactLines(party: Party, labels: Labels): string[] {
  const lines = [party.email, party.phone, party.website];
  if (party.vatId) lines.push(`${labels.vatId} ${party.vatId}`);
  if (party.taxNumber) lines.push(`${labels.taxNumber} ${party.taxNumber}`);
  if (party.legalId) lines.push(`${labels.companyNumber} ${party.legalId.value}`);
  return lines.filter((line) => line !== null && line !== "") as string[];
}
