/** Pure. What the rules of e-invoices are asked with, and how what is missing is said. */
import { withArticle } from "../../kind/kind.ts";
import { KINDS } from "../../kind/registry.ts";
import { streetLines } from "../../model/address.ts";
import type { Address, DocumentModel } from "../../model/model.ts";
import { type SemanticInvoice, semanticInvoice } from "../einvoice/semantic.ts";
import { xmlText } from "../einvoice/xml.ts";

/**
 * What a document lacks to be a valid e-invoice. `field` is a path into the document, such as
 * "lines.0.unit_code"; `rule` the authorities' name of what is not met; `detail` what it asks for;
 * `remedy` what to do about it, and where.
 */
export type Gap = { field: string; rule: string; detail: string; remedy: string };

/** Gaps that an answer names at most: each of 2,000 lines can have some. */
export const MAX_NAMED_GAPS = 200;

/** What a rule asks for, where, and what to do where it is not there. */
export type Asked = { field: string; detail: string; remedy: string };

/** Notes a gap for each of the rules unless what they ask for holds: is there, and is true. */
export type Ask = (holds: unknown, rules: string | readonly string[], asked: Asked) => void;

/** Some rules: they ask `ask` for whatever they want of the invoice. */
export type Rules = (invoice: SemanticInvoice, ask: Ask) => void;

/** What a document lacks by some rules, in their order; a kind that is no invoice lacks that. */
export function gapsBy(model: DocumentModel, rules: readonly Rules[]): Gap[] {
  const kind = KINDS[model.kind];
  if (kind.eInvoice === null) {
    const remedy = "Send it as a PDF: only invoices and credit notes are e-invoices.";
    return [{ field: "kind", rule: "BR-04", detail: `${withArticle(kind)} is no invoice`, remedy }];
  }
  const gaps: Gap[] = [];
  const ask: Ask = (holds, names, asked) => {
    if (holds !== null && holds !== undefined && holds !== "" && holds !== false) return;
    for (const rule of typeof names === "string" ? [names] : names) gaps.push({ rule, ...asked });
  };
  const invoice = semanticInvoice(model);
  for (const some of rules) some(invoice, ask);
  return gaps;
}

/** What is to be done, once: the rules that ask for the same thing in the same field. */
export type Cause = Asked & { rules: string[] };

/** Gaps by what is to be done about them, in their order. */
export function causesOf(gaps: readonly Gap[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const { rule, ...asked } of gaps) {
    const key = `${asked.field} ${asked.detail}`;
    const cause = causes.get(key) ?? { ...asked, rules: [] };
    cause.rules.push(rule);
    causes.set(key, cause);
  }
  return [...causes.values()];
}

/** True for text of which XML keeps anything. */
export function has(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && xmlText(text) !== "";
}

/** True for two texts of which XML keeps the same, where there is any. */
export function isSame(one: string | null | undefined, other: string | null | undefined): boolean {
  return has(one) && has(other) && xmlText(one) === xmlText(other);
}

/** True for an address of which anything is written. */
export function hasAddress(address: Address): boolean {
  const { city, postalCode, region, country } = address;
  return [...streetLines(address), city, postalCode, region, country].some(has);
}

/** True for an address that names a street. */
export function hasStreet(address: Address): boolean {
  return has(streetLines(address)[0]);
}

/** True where seller and buyer are both in a country. */
export function bothIn({ model }: SemanticInvoice, country: string): boolean {
  return model.seller.address.country === country && model.buyer.address.country === country;
}

/** What is to be entered, for each place where it can be: all answer a sentence. */
export const enter = {
  /** In the issuer's profile; `name` is the API's name of the field. */
  inProfile: (what: string, name: string) =>
    `Enter ${what} in your profile (Settings, Profile; ${name} of PUT /api/issuer).`,
  /** With the customer. */
  ofCustomer: (what: string, name: string) =>
    `Enter ${what} with the customer (${name} of the customer).`,
  /** In the document; what is written with the customer stands in all that come later. */
  nowAndLater: ({ kind }: DocumentModel, what: string, name: string) =>
    `Enter ${what} in the ${KINDS[kind].noun}, or for later ones with the customer (${name}).`,
  /** In the document itself. */
  inDocument: ({ kind }: DocumentModel, what: string, name: string) =>
    `Enter ${what} in the ${KINDS[kind].noun} (${name}).`,
};
