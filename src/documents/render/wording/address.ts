/** Pure. A postal address as its own country writes it, and the lines under a party's name. */
import type { Formatter } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import type { Language } from "../../language/registry.ts";
import type { Address, Party } from "../../model/model.ts";
import { type IdField, idLabel } from "./id-label.ts";

// Countries that write the postal code behind the city; the others write it before.
const CODE_LAST = new Set("AU BD BR CA CO GB HK ID IE IN JM KE NG NZ PK SG TH US ZA".split(" "));
const COMMA_BEFORE_REGION = new Set("US CA BR IN".split(" "));

/** An address as lines of text; the country is named in the page's language. */
export function addressLines(address: Address, format: Formatter): string[] {
  const { lines, country } = address;
  return [...lines, cityLine(address), country ? format.country(country) : ""].filter(
    (line) => line !== "",
  );
}

function cityLine({ city, postalCode, region, country }: Address): string {
  const parts = (...some: (string | null)[]) => some.filter((part) => part).join(" ");
  if (!country || !CODE_LAST.has(country)) return parts(postalCode, city, region);
  const comma = city && region && COMMA_BEFORE_REGION.has(country) ? "," : "";
  return parts(city && city + comma, region, postalCode);
}

/** E-mail, telephone, site and the numbers that a business is known by. */
export function contactLines(party: Party, language: Language, labels: Labels): string[] {
  const lines = [party.email, party.phone, party.website];
  const { country } = party.address;
  const add = (field: IdField, value: string | null) => {
    if (value) lines.push(`${idLabel({ field, value, country }, language, labels)} ${value}`);
  };
  add("vat", party.vatId);
  add("tax", party.taxNumber);
  add("company", party.legalId?.value ?? null);
  return lines.filter((line) => line !== null && line !== "") as string[];
}
