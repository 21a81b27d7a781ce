/** Pure. The fields that a customer and the issuer's own profile share. */
import { LANGUAGES } from "../../documents/language/registry.ts";
import { countryOptions } from "./code-options.ts";
import type { Field } from "./form.ts";

const languageNames = new Intl.DisplayNames("en", { type: "language" });

export const LANGUAGE_OPTIONS = LANGUAGES.map((value) => ({
  value: value as string,
  label: languageNames.of(value) ?? value,
}));

/** A time zone by its IANA name, which the page suggests. */
export const ZONE_FIELD: Field = {
  pointer: "/time_zone",
  label: "Time zone",
  kind: "line",
  placeholder: "Europe/Berlin",
  suggest: "zones",
};

export const CONTACT_FIELDS: readonly Field[] = [
  { pointer: "/contact_name", label: "Contact", kind: "line", clears: true },
  { pointer: "/email", label: "E-mail", kind: "email", clears: true },
  { pointer: "/phone", label: "Phone", kind: "line", clears: true },
  { pointer: "/website", label: "Website", kind: "line", clears: true },
];

export const ADDRESS_FIELDS: readonly Field[] = [
  { pointer: "/address/street", label: "Street", kind: "line" },
  { pointer: "/address/house_number", label: "House number", kind: "line" },
  { pointer: "/address/lines", label: "Additional address lines", kind: "lines" },
  { pointer: "/address/postal_code", label: "Postal code", kind: "line", clears: true },
  { pointer: "/address/city", label: "City", kind: "line", clears: true },
  { pointer: "/address/region", label: "Region", kind: "line", clears: true },
  {
    pointer: "/address/country",
    label: "Country",
    kind: "choice",
    options: countryOptions,
    clears: true,
  },
];

export const TAX_ID_FIELDS: readonly Field[] = [
  { pointer: "/vat_id", label: "VAT ID", kind: "line", clears: true },
  { pointer: "/tax_number", label: "Tax number", kind: "line", clears: true },
];

/** The identifiers of a party in registers and networks, for e-invoices. */
export const PARTY_ID_FIELDS: readonly Field[] = [
  { pointer: "/legal_id/value", label: "Company number", kind: "line", clears: true },
  {
    pointer: "/legal_id/scheme",
    label: "Company register",
    kind: "line",
    clears: true,
    placeholder: "0002",
    suggest: "registers",
  },
  {
    pointer: "/electronic_address/value",
    label: "E-invoice address",
    kind: "line",
    clears: true,
  },
  {
    pointer: "/electronic_address/scheme",
    label: "Type of e-invoice address",
    kind: "line",
    clears: true,
    placeholder: "0088",
    suggest: "addresses",
    hint: "0088 is a GLN, 0204 a Leitweg-ID, EM an e-mail address, which Peppol does not reach",
  },
];
export const PARTY_WHOLES = ["/legal_id", "/electronic_address"];
