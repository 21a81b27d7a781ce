/**
 * What an e-invoice must be, rule by rule, read from its XML alone: EN 16931, and where it says so
 * XRechnung 3.0 or Peppol BIS Billing 3.0 with the national rules of that. Each rule stands in our
 * own words beside the number that the norm or the specification gives it. Pure.
 */
import { type Facts, factsOf } from "./facts.ts";
import { ORDER } from "./order.ts";
import type { Rule } from "./rule.ts";
import { CODES } from "./rules-code.ts";
import { CORE } from "./rules-core.ts";
import { GERMANY, XRECHNUNG } from "./rules-germany.ts";
import { NATIONAL } from "./rules-national.ts";
import { PEPPOL } from "./rules-peppol.ts";
import { TAX } from "./rules-tax.ts";

const NORM = [...CORE, ...TAX, ...CODES, ...ORDER];
const IN_PEPPOL = [...PEPPOL, ...GERMANY, ...NATIONAL];

/** Every rule, those of all formats. */
export const RULES: Rule[] = [...NORM, ...XRECHNUNG, ...IN_PEPPOL];

/** The rules that an e-invoice says it follows (BT-24). */
function rulesFor({ guideline }: Facts): Rule[] {
  if (guideline?.includes("xrechnung")) return [...NORM, ...XRECHNUNG];
  return guideline?.includes("peppol") ? [...NORM, ...IN_PEPPOL] : NORM;
}

/** The rules that an e-invoice breaks. Errors: one where the text is no XML. */
export function brokenRules(xml: string): string[] {
  const facts = factsOf(xml);
  return rulesFor(facts)
    .filter(({ holds }) => !holds(facts))
    .map(({ id }) => id);
}
