/** Lago's customers: what of one a customer here takes, and how one is shown. Pure. */
import { timeText } from "../../core/time.ts";
import type { Address } from "../../documents/model/model.ts";
import { isVatId } from "../../documents/schema/identifier.ts";
import type { CustomerChange } from "../../documents/schema/schema.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import { type Fields, isFields } from "../../metering/intake/foreign.ts";
import { uuidOf } from "./uuid.ts";

/** Lago's names of an address's fields. */
type AddressFields = {
  address_line1: string | null;
  address_line2: string | null;
  city: string | null;
  zipcode: string | null;
  state: string | null;
  country: string | null;
};

const ADDRESS_FIELDS = [
  "address_line1",
  "address_line2",
  "city",
  "zipcode",
  "state",
  "country",
] as const satisfies readonly (keyof AddressFields)[];

/** Lago's name of each field that a refusal may name by ours. */
export const LAGO_FIELDS: Readonly<Record<string, string>> = {
  lines: "address_line1",
  postal_code: "zipcode",
  region: "state",
  website: "url",
  vat_id: "tax_identification_number",
  tax_number: "tax_identification_number",
  legal_id: "legal_number",
  value: "legal_number",
  payment_terms_days: "net_payment_term",
  reference: "external_id",
};

/**
 * What a customer of Lago's changes of one here, whose address is `held`. What is not given stays,
 * null clears; what there is no place for here (metadata, integrations, tax codes) is left out.
 */
export function customerChange(value: Fields, held: Address | null): CustomerChange {
  const change: Record<string, unknown> = {};
  const name = nameIn(value);
  if (name !== null) change.name = name;
  if (ADDRESS_FIELDS.some((field) => value[field] !== undefined)) {
    change.address = addressIn(value, held);
  }
  const plain = {
    email: value.email,
    phone: value.phone,
    website: value.url,
    currency: value.currency,
    payment_terms_days: value.net_payment_term,
  };
  for (const [field, given] of Object.entries(plain)) {
    if (given !== undefined) change[field] = given === "" ? null : given;
  }
  const { tax_identification_number: taxId, legal_number: legal, shipping_address: ship } = value;
  if (typeof taxId === "string" && taxId !== "" && isVatId(taxId)) change.vat_id = taxId;
  else if (taxId !== undefined) Object.assign(change, { vat_id: null, tax_number: taxId || null });
  if (legal !== undefined) change.legal_id = legal ? { value: legal } : null;
  if (isFields(ship)) change.shipping = shippingIn(ship, name);
  return change as CustomerChange;
}

/** What a customer is called: its name, else its legal one, else its person's. */
function nameIn(value: Fields): string | null {
  const person = [value.firstname, value.lastname].filter(isText).join(" ");
  return [value.name, value.legal_name, person].find(isText) ?? null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function addressIn(value: Fields, held: Address | null): NonNullable<CustomerChange["address"]> {
  const whole: Fields = { ...showAddress(held), ...definedOf(value) };
  const lines = [whole.address_line1, whole.address_line2].filter(isText);
  const { city, zipcode, state, country } = whole;
  const address = { lines, city, postal_code: zipcode, region: state, country };
  return address as NonNullable<CustomerChange["address"]>;
}

/** The fields of an address that are given; "" is none. */
function definedOf(value: Fields): Fields {
  const given = ADDRESS_FIELDS.filter((field) => value[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, value[field] || null]));
}

/** Where goods are sent to: nowhere, where no field is given. */
function shippingIn(value: Fields, name: string | null): unknown {
  const address = addressIn(value, null);
  const isEmpty = ADDRESS_FIELDS.every((field) => !value[field]);
  return isEmpty ? null : { name: name ?? "Shipping address", address };
}

function showAddress(address: Address | null): AddressFields {
  const [line1 = null, line2 = null] = address?.lines ?? [];
  return {
    address_line1: line1,
    address_line2: line2,
    city: address?.city ?? null,
    zipcode: address?.postalCode ?? null,
    state: address?.region ?? null,
    country: address?.country ?? null,
  };
}

/** A customer's UUID; that of a tenant where it stands for one. */
export function customerUuid({ id, linkedTenant }: Pick<CustomerRow, "id" | "linkedTenant">) {
  return uuidOf(linkedTenant ?? id);
}

/** What a customer is known by to its issuer: `named` where it stands for a tenant so named. */
export function externalIdOf(row: CustomerRow, named: string | null): string {
  return named ?? row.reference ?? row.linkedTenant ?? row.id;
}

/** A customer as Lago shows it; `timeZone` is its issuer's. */
export function showCustomer(row: CustomerRow, externalId: string, timeZone: string) {
  const { party, shipTo } = row;
  return {
    lago_id: customerUuid(row),
    sequential_id: null,
    slug: row.id,
    external_id: externalId,
    name: row.name,
    legal_name: party.name,
    firstname: null,
    lastname: null,
    email: row.email,
    phone: party.phone,
    url: party.website,
    ...showAddress(party.address),
    shipping_address: shipTo && showAddress(shipTo.address),
    legal_number: party.legalId?.value ?? null,
    tax_identification_number: party.vatId ?? party.taxNumber,
    currency: row.currency,
    net_payment_term: row.paymentTermsDays,
    timezone: null,
    applicable_timezone: timeZone,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
    metadata: [],
  };
}
