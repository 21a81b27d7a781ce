/** The throw-away variants, one of each family that has a registry. */
import type { Variant } from "./copy.ts";

export const AGGREGATION: Variant = {
  family: "aggregation",
  name: "double",
  room: "src/metering/aggregation",
  file: "double.ts",
  symbol: "double",
  trait: /^ {2}addsUp:/,
};

export const USAGE_FORMAT: Variant = {
  family: "usage format",
  name: "tally",
  room: "src/metering/intake",
  file: "tally.ts",
  symbol: "tally",
  trait: /^ {2}maxBytes:/,
};

export const PRICE_MODEL: Variant = {
  family: "price model",
  name: "doubled",
  room: "src/billing/price",
  file: "doubled.ts",
  symbol: "doubled",
  trait: /^ {2}firstRate:/,
};

export const PAYMENT_PROVIDER: Variant = {
  family: "payment provider",
  name: "testpay",
  room: "src/billing/provider",
  file: "testpay.ts",
  symbol: "testpay",
  trait: /^ {2}header:/,
};

export const DOCUMENT_KIND: Variant = {
  family: "document kind",
  name: "delivery_note",
  room: "src/documents/kind",
  file: "delivery-note.ts",
  symbol: "DELIVERY_NOTE",
  trait: /^ {2}owed:/,
};

export const LANGUAGE: Variant = {
  family: "language",
  name: "da",
  room: "src/documents/language",
  file: "da.ts",
  symbol: "da",
  trait: /^ {2}localeOf:/,
};

export const E_INVOICE_FORMAT: Variant = {
  family: "e-invoice format",
  name: "plain-ubl",
  room: "src/documents/render/pack",
  file: "plain-ubl.ts",
  symbol: "PLAIN_UBL",
  trait: /^ {2}rules:/,
};

export const EMAIL_PROVIDER: Variant = {
  family: "e-mail provider",
  name: "testmail",
  room: "src/delivery/email/provider",
  file: "testmail.ts",
  symbol: "testmail",
  trait: /^ {2}baseUrl:/,
};

export const VARIANTS: readonly Variant[] = [
  AGGREGATION,
  USAGE_FORMAT,
  PRICE_MODEL,
  PAYMENT_PROVIDER,
  DOCUMENT_KIND,
  LANGUAGE,
  E_INVOICE_FORMAT,
  EMAIL_PROVIDER,
];
