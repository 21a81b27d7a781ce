/** Customers as Stripe's clients write and read them. Pure. */
import { LANGUAGES } from "../../documents/language/registry.ts";
import type { Address } from "../../documents/model/model.ts";
import type { CustomerChange } from "../../documents/schema/schema.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import { invalid } from "./error.ts";
import { secondsOf } from "./event.ts";
import { fieldsOf, insistKnown, integerOf, isCleared, type Params, textOf } from "./param.ts";

const MAX_TEXT = 5_000;
/** What Stripe holds of metadata. */
const MAX_METADATA_KEYS = 50;
const MAX_METADATA_KEY = 40;
const MAX_METADATA_VALUE = 500;

/** What Stripe keeps of a customer and a customer of ours has no place for. */
export type Notes = { description: string | null; metadata: Record<string, string> };

export const NO_NOTES: Notes = { description: null, metadata: {} };

/** What a call gives of a customer; what is undefined stays as it is. */
export type CustomerGiven = {
  fields: { [F in keyof CustomerChange]?: unknown };
  description: string | null | undefined;
  /** Keys to set, and those to take away as null; `clear` takes all away first. */
  metadata: { clear: boolean; changes: Record<string, string | null> } | undefined;
};

const CUSTOMER_PARAMS = [
  "name",
  "email",
  "phone",
  "description",
  "address",
  "shipping",
  "metadata",
  "preferred_locales",
  "balance",
  "tax_exempt",
];

/**
 * What a call says of a customer, in our own fields as their schema takes them. Errors: 400 for
 * parameters that nothing here takes, such as a payment method.
 */
export function customerGiven(params: Params): CustomerGiven {
  insistKnown(params, CUSTOMER_PARAMS);
  if ((integerOf(params, "balance", Number.MIN_SAFE_INTEGER) ?? 0) !== 0) {
    const message = "balance cannot be set here: it follows from payments and credit notes.";
    throw invalid(message, { param: "balance" });
  }
  if (!["", "none"].includes(textOf(params, "tax_exempt", 20) ?? "")) {
    const message = "tax_exempt is none here: give the customer a tax with PATCH /api/customers.";
    throw invalid(message, { param: "tax_exempt" });
  }
  const fields: CustomerGiven["fields"] = {};
  const name = textOf(params, "name", MAX_TEXT);
  if (name !== undefined) fields.name = name || "Customer";
  const email = textOf(params, "email", MAX_TEXT);
  if (email !== undefined) fields.email = email || null;
  const phone = textOf(params, "phone", MAX_TEXT);
  if (phone !== undefined) fields.phone = phone || null;
  const address = addressGiven(params, "address");
  if (address !== undefined) fields.address = address ?? {};
  const shipping = shippingGiven(params);
  if (shipping !== undefined) fields.shipping = shipping;
  const locales = fieldsOf(params, "preferred_locales");
  if (locales !== undefined) fields.language = languageOf(Object.values(locales.values));
  const description = textOf(params, "description", MAX_TEXT);
  return {
    fields,
    description: description === undefined ? undefined : description || null,
    metadata: metadataGiven(params),
  };
}

/** The fields of a new customer: one without a name is called by its address. */
export function newCustomerFields({ fields }: CustomerGiven): CustomerGiven["fields"] {
  return { ...fields, name: fields.name ?? fields.email ?? "Customer" };
}

function addressGiven(params: Params, name: string): Record<string, unknown> | null | undefined {
  if (isCleared(params, name)) return null;
  const fields = fieldsOf(params, name);
  if (fields === undefined) return undefined;
  insistKnown(fields, ["line1", "line2", "city", "state", "postal_code", "country"]);
  const text = (part: string) => textOf(fields, part, MAX_TEXT) || null;
  return {
    lines: [text("line1"), text("line2")].filter((line) => line !== null),
    city: text("city"),
    region: text("state"),
    postal_code: text("postal_code"),
    country: text("country"),
  };
}

function shippingGiven(params: Params): Record<string, unknown> | null | undefined {
  if (isCleared(params, "shipping")) return null;
  const fields = fieldsOf(params, "shipping");
  if (fields === undefined) return undefined;
  insistKnown(fields, ["name", "address"]);
  return {
    name: textOf(fields, "name", MAX_TEXT),
    address: addressGiven(fields, "address") ?? {},
  };
}

/** The first language that documents are written in, or null. */
function languageOf(locales: readonly unknown[]): string | null {
  const languages = locales.map((locale) => String(locale).split(/[-_]/)[0]?.toLowerCase());
  return languages.find((language) => LANGUAGES.some((one) => one === language)) ?? null;
}

function metadataGiven(params: Params): CustomerGiven["metadata"] {
  if (isCleared(params, "metadata")) return { clear: true, changes: {} };
  const fields = fieldsOf(params, "metadata");
  if (fields === undefined) return undefined;
  const changes: Record<string, string | null> = {};
  for (const key of Object.keys(fields.values)) {
    if (key.length > MAX_METADATA_KEY) {
      const message = `Metadata keys have at most ${MAX_METADATA_KEY} characters.`;
      throw invalid(message, { param: "metadata" });
    }
    changes[key] = textOf(fields, key, MAX_METADATA_VALUE) || null;
  }
  return { clear: false, changes };
}

/** What is kept beside a customer after a call. Errors: 400 for more than 50 keys of metadata. */
export function notesAfter(notes: Notes, { description, metadata }: CustomerGiven): Notes {
  const kept = new Map(metadata?.clear ? [] : Object.entries(notes.metadata));
  for (const [key, value] of Object.entries(metadata?.changes ?? {})) {
    if (value === null) kept.delete(key);
    else kept.set(key, value);
  }
  if (kept.size > MAX_METADATA_KEYS) {
    const message = `Metadata can have up to ${MAX_METADATA_KEYS} keys.`;
    throw invalid(message, { param: "metadata" });
  }
  return {
    description: description === undefined ? notes.description : description,
    metadata: Object.fromEntries(kept),
  };
}

/** Where a field of ours that is wrong stands in a call, such as `address[state]`. */
export function customerParam([first = "", ...rest]: readonly PropertyKey[]): string {
  const renamed: Record<string, string> = {
    lines: rest[1] === 1 ? "line2" : "line1",
    region: "state",
    language: "preferred_locales",
  };
  const parts = [first, ...rest].filter((part) => typeof part !== "number").map(String);
  const [top = "", ...inner] = parts.map((part) => renamed[part] ?? part);
  return top + inner.map((part) => `[${part}]`).join("");
}

/** The id that a customer is shown by: the caller's own, where it has one. */
export function shownId({ reference, id }: Pick<CustomerRow, "reference" | "id">): string {
  return reference ?? id;
}

/** What is held of a customer's money, in minor units of each currency. */
export type Balances = readonly { currency: string; balanceMinor: number }[];

/** A customer as it is answered; money that is held is a balance below zero, as with Stripe. */
export function showCustomer(
  row: CustomerRow,
  { notes, balances, live }: { notes: Notes; balances: Balances; live: boolean },
) {
  const currency = row.currency ?? balances[0]?.currency ?? null;
  const held = balances.find((balance) => balance.currency === currency)?.balanceMinor ?? 0;
  return {
    id: shownId(row),
    object: "customer",
    address: showAddress(row.party.address),
    balance: held === 0 ? 0 : -held,
    created: secondsOf(row.createdMs),
    currency: currency?.toLowerCase() ?? null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: notes.description,
    discount: null,
    email: row.email,
    invoice_credit_balance: Object.fromEntries(
      balances.map((balance) => [balance.currency.toLowerCase(), -balance.balanceMinor]),
    ),
    invoice_prefix: null,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: live,
    metadata: notes.metadata,
    name: row.name,
    phone: row.party.phone,
    preferred_locales: row.language === null ? [] : [row.language],
    shipping: row.shipTo && {
      address: showAddress(row.shipTo.address) ?? undefined,
      carrier: null,
      name: row.shipTo.name,
      phone: null,
      tracking_number: null,
    },
    tax_exempt: "none",
    test_clock: null,
  };
}

/** An address as it is answered, null where nothing is known; further lines join the second. */
export function showAddress(address: Address) {
  const { lines, city, region, postalCode, country } = address;
  const [line1 = null, ...more] = lines;
  const shown = { city, country, line1, line2: null, postal_code: postalCode, state: region };
  if (Object.values(shown).every((part) => part === null)) return null;
  return { ...shown, line2: more.length === 0 ? null : more.join(", ") };
}
