/** Fields whose values come from a list of codes: as callers write them, and as they are kept. */
import { z } from "@hono/zod-openapi";
import { emailInput } from "../../platform/schema/email.ts";
import { lineInput } from "../../platform/schema/openapi.ts";
import { isCountryCode, plainCountry } from "../code/country.ts";
import { countryAdvice } from "../code/country-name.ts";
import { isAddressScheme } from "../code/eas.ts";
import { isIcdScheme } from "../code/icd.ts";
import { partyIdFault, plainPartyId } from "../code/party-id.ts";
import { schemeAdvice } from "../code/scheme-name.ts";
import { isUnitCode } from "../code/unit.ts";
import { plainUnit, unitAdvice } from "../code/unit-word.ts";
import { categoryOfVatex, isVatexCode, vatexCodes } from "../code/vatex.ts";
import { compactVatId, isVatId, vatIdAdvice } from "./identifier.ts";

/** Codes are read in any letters; a text longer than any code or name is none. */
const MAX_CODE = 60;
const MAX_VALUE = 100;

/** A code of a list as `plain` keeps it; `advice` says what to write instead of another text. */
function coded(
  plain: (text: string) => string,
  holds: (code: string) => boolean,
  advice: (text: string) => string,
) {
  return z
    .string()
    .max(MAX_CODE)
    .transform(plain)
    .superRefine((code, ctx) => {
      if (!holds(code)) ctx.addIssue({ code: "custom", message: advice(code) });
    });
}

/** A VAT id, in any letters, with or without blanks. */
export const vatIdInput = coded(compactVatId, isVatId, (text) => `is ${vatIdAdvice(text)}`).openapi(
  {
    example: "DE123456789",
  },
);

const upper = (text: string) => text.trim().toUpperCase();

/** A country: UK becomes GB, EL becomes GR, XK becomes 1A. */
export const countryInput = coded(plainCountry, isCountryCode, (text) => {
  return `is an ISO 3166-1 country code, such as DE${countryAdvice(text)}`;
}).openapi({ example: "DE", description: "ISO 3166-1 alpha-2; UK is taken as GB, EL as GR" });

/** A unit of measure, in any letters. */
export const unitCodeInput = coded(plainUnit, isUnitCode, (text) => {
  return `is a UN/ECE unit code; ${unitAdvice(text)}`;
}).openapi({
  example: "HUR",
  description:
    "UN/ECE Recommendation 20, or 21 for packages with an X before: C62 is one, H87 a piece, " +
    "HUR an hour, DAY a day, MON a month, XBX a box",
});

/** The code of a reason why nothing is taxed; `exemptionFault` says whether its category fits. */
export const exemptionCodeInput = coded(upper, isVatexCode, () => {
  return "is a code of the VATEX list, such as VATEX-EU-AE; without one, leave it out";
}).openapi({ example: "VATEX-EU-AE" });

/** What is wrong with the code of a reason in a category of tax, or null. */
export function exemptionFault(category: string, code: string | null | undefined): string | null {
  const right = code ? categoryOfVatex(code) : null;
  if (right === null || right === category) return null;
  const codes = vatexCodes(category);
  const instead =
    codes.length === 0
      ? "leave it out"
      : codes.length > 2
        ? `use one such as ${codes[1]}, or leave it out`
        : `use ${codes[0]}`;
  return `goes with category ${right}; in category ${category} ${instead}`;
}

/** An identifier's value in its scheme: kept without blanks, refused where its digits are wrong. */
function checkValue(
  party: { scheme?: string | null | undefined; value: string },
  ctx: z.RefinementCtx,
): void {
  const fault = party.scheme ? partyIdFault(party.scheme, party.value) : null;
  if (!fault) return;
  const message = `of scheme ${party.scheme} is ${fault.form}`;
  ctx.addIssue({ code: "custom", path: ["value"], message });
}

function plainValue<T extends { scheme?: string | null | undefined; value: string }>(party: T): T {
  return party.scheme ? { ...party, value: plainPartyId(party.scheme, party.value) } : party;
}

function adviceOr(text: string, examples: string): string {
  const advice = schemeAdvice(text);
  return advice === null ? examples : `; ${advice}`;
}

const icdInput = coded(upper, isIcdScheme, (text) => {
  const advice = isAddressScheme(text)
    ? `; ${text} is for electronic addresses only`
    : adviceOr(text, ", such as 0088 (GLN)");
  return `is an ISO 6523 scheme${advice}; without one, leave it out`;
}).openapi({ example: "0088" });

/** A registration: its number, and the register's scheme in ISO 6523 where it has one. */
export const legalIdSchema = z
  .strictObject({ scheme: icdInput.nullable().optional(), value: lineInput(50) })
  .transform(plainValue)
  .superRefine(checkValue);

const easInput = coded(upper, isAddressScheme, (text) => {
  const examples = ", such as 0088 (GLN), 9930 (German VAT id) or EM (e-mail)";
  return `is a scheme of electronic addresses${adviceOr(text, examples)}`;
}).openapi({
  example: "0088",
  description:
    "EAS: 0088 is a GLN, 0204 a Leitweg-ID, 0208 a Belgian enterprise number, 9930 a German VAT " +
    "id. EM is an e-mail address, to which the Peppol network does not deliver",
});

/** Where e-invoices are delivered to. */
export const electronicAddressSchema = z
  .strictObject({ scheme: easInput, value: lineInput(MAX_VALUE) })
  .transform(plainValue)
  .superRefine((address, ctx) => {
    checkValue(address, ctx);
    if (address.scheme === "EM" && !emailInput.safeParse(address.value).success) {
      const message = "of scheme EM is an e-mail address, such as invoices@example.com";
      ctx.addIssue({ code: "custom", path: ["value"], message });
    }
  });
