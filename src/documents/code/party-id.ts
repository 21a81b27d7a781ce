/**
 * The forms that identifiers of parties have in their scheme, as Peppol's common rules ask for them
 * wherever an identifier names the scheme (PEPPOL-COMMON-R040 to -R050, BIS Billing 3.0.19). Pure.
 */
import {
  holdsGs1,
  holdsLuhn,
  isAustralianNumber,
  isBelgianNumber,
  isNorwegianNumber,
} from "./check-digit.ts";

type Form = {
  /** What the rule is called. */
  rule: string;
  /** The rule only warns of it. */
  warns?: true;
  holds: (value: string) => boolean;
  /** What a value is, after "is". */
  form: string;
};

/** The digit or the letter that stands for it where two people would have the same code. */
const ITALIAN_DIGIT = "[0-9LMNPQRSTUV]";
const ITALIAN_CODE = new RegExp(
  `^(?:\\d{11}|[A-Z]{6}${ITALIAN_DIGIT}{2}[A-Z]${ITALIAN_DIGIT}{2}[A-Z]${ITALIAN_DIGIT}{3}[A-Z])$`,
);

const FORMS: Readonly<Record<string, Form>> = {
  "0007": {
    rule: "PEPPOL-COMMON-R049",
    holds: (value) => value.length === 10 && holdsLuhn(value),
    form: "a Swedish organisation number whose check digit holds, such as 5560360793",
  },
  "0088": {
    rule: "PEPPOL-COMMON-R040",
    holds: (value) => value.length === 13 && holdsGs1(value),
    form: "a GLN of 13 digits whose check digit holds, such as 7300010000001",
  },
  "0151": {
    rule: "PEPPOL-COMMON-R050",
    holds: isAustralianNumber,
    form: "an Australian Business Number whose check digits hold, such as 51824753556",
  },
  "0184": {
    rule: "PEPPOL-COMMON-R042",
    holds: (value) => /^(?:DK)?\d{8}$/.test(value),
    form: "a Danish CVR number of 8 digits, such as 13585628",
  },
  "0192": {
    rule: "PEPPOL-COMMON-R041",
    holds: isNorwegianNumber,
    form: "a Norwegian organisation number whose check digit holds, such as 974760673",
  },
  "0201": {
    rule: "PEPPOL-COMMON-R044",
    warns: true,
    holds: (value) => /^[A-Z0-9]{6}$/.test(value),
    form: "an Italian office's code (IPA) of 6 letters and digits, such as UFABCD",
  },
  "0208": {
    rule: "PEPPOL-COMMON-R043",
    holds: isBelgianNumber,
    form: "a Belgian enterprise number whose check digits hold, such as 0202239951",
  },
  "0210": {
    rule: "PEPPOL-COMMON-R045",
    warns: true,
    holds: (value) => ITALIAN_CODE.test(value),
    form: "an Italian tax code of 16 letters and digits or 11 digits, such as RSSMRA85T10A562S",
  },
  "0211": {
    rule: "PEPPOL-COMMON-R047",
    warns: true,
    holds: (value) => /^(?:IT)?\d{11}$/.test(value) && holdsLuhn(value.replace("IT", "")),
    form: "an Italian VAT number whose check digit holds, such as IT12345670017",
  },
};

/**
 * An identifier as its scheme writes it: without the scheme before it, as in `0088:7300010000001`,
 * and, where a rule says what it is like, without the blanks, dots and dashes that people put in.
 */
export function plainPartyId(scheme: string, value: string): string {
  const own = value.startsWith(`${scheme}:`) ? value.slice(scheme.length + 1).trim() : value;
  if (!Object.hasOwn(FORMS, scheme)) return own || value;
  return own.replace(/[\s.-]/g, "").toUpperCase();
}

export type PartyIdFault = {
  /** The name of the rule that is broken. */
  rule: string;
  /** False where the rule only warns. */
  fatal: boolean;
  /** What the value is to be, after "is". */
  form: string;
};

/** What is wrong with an identifier in its scheme; null where it holds or no rule is known. */
export function partyIdFault(scheme: string, value: string): PartyIdFault | null {
  const form = Object.hasOwn(FORMS, scheme) ? FORMS[scheme] : undefined;
  if (form === undefined || form.holds(value)) return null;
  return { rule: form.rule, fatal: form.warns !== true, form: form.form };
}
