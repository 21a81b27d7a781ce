/** Pure. A postal address as its own country writes it, and the lines under a party's name. */
import type { Formatter } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import type { Language } from "../../language/registry.ts";
import { streetLines } from "../../model/address.ts";
import type { Address, Party } from "../../model/model.ts";
import { isLargeFirst, orderedLines } from "./address-order.ts";
import { type IdField, idLabel } from "./id-label.ts";

/** An address as lines of text; the country is named in the page's language. */
export function addressLines(address: Address, format: Formatter): string[] {
  const { country } = address;
  const name = country ? format.country(country) : "";
  const parts = { ...address, lines: streetLines(address) };
  const lines = orderedLines(parts, country);
  const all = isLargeFirst(parts) ? [name, ...lines] : [...lines, name];
  return all.filter((line) => line !== "");
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
