/** OpenMeter's customers as the product's: the key is the reference. Pure. */
import { invalidField } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import type { CustomerInput } from "../../documents/schema/schema.ts";
import { customerSchema } from "../../documents/schema/schema.ts";
import type { CustomerRow } from "../../documents/store/table.ts";
import type { Fields } from "../../metering/intake/foreign.ts";
import { validationProblem } from "../../platform/schema/openapi.ts";
import { fieldsOf, listIn, needText, textIn } from "../common/fields.ts";
import { metadataIn } from "./meter.ts";

/** What is kept of a customer that has no place of its own. */
export type CustomerNote = { description?: string; metadata?: Fields };

const MAX_NAME = 200;
const MAX_KEY = 100;
const MAX_TEXT = 400;
const MAX_DESCRIPTION = 1_024;
export const MAX_SUBJECT_KEYS = 100;

/** A customer as it is sent: what of it is native, whose subjects it has, and the rest. */
export type GivenCustomer = {
  customer: CustomerInput;
  key: string | null;
  subjectKeys: string[];
  note: CustomerNote;
};

/** Errors: 422. */
export function customerIn(body: unknown): GivenCustomer {
  const fields = fieldsOf(body);
  const key = textIn(fields, "key", MAX_KEY);
  const attribution = fieldsOf(fields.usageAttribution ?? {}, "/usageAttribution");
  const subjectKeys =
    listIn(attribution, "subjectKeys", MAX_SUBJECT_KEYS, "/usageAttribution") ?? [];
  for (const subject of subjectKeys) {
    if (subject !== "" && subject.length <= MAX_TEXT) continue;
    throw invalidField("/usageAttribution/subjectKeys", `are texts of 1 to ${MAX_TEXT} characters`);
  }
  if (key === null && subjectKeys.length === 0) {
    throw invalidField("/key", "is required, or usageAttribution.subjectKeys");
  }
  const description = textIn(fields, "description", MAX_DESCRIPTION);
  const metadata = metadataIn(fields);
  const given = {
    name: needText(fields, "name", MAX_NAME),
    email: textIn(fields, "primaryEmail", MAX_TEXT),
    currency: textIn(fields, "currency", MAX_TEXT),
    reference: key,
    ...addressIn(fields),
  };
  const parsed = customerSchema.safeParse(given);
  if (!parsed.success) throw validationProblem(parsed.error.issues);
  return {
    customer: parsed.data,
    key,
    subjectKeys: [...new Set(subjectKeys)],
    note: { ...(description === null ? {} : { description }), ...(metadata ? { metadata } : {}) },
  };
}

function addressIn(fields: Fields) {
  const { billingAddress } = fields;
  if (billingAddress === undefined || billingAddress === null) return {};
  const at = "/billingAddress";
  const address = fieldsOf(billingAddress, at);
  const text = (name: string) => textIn(address, name, MAX_TEXT, at);
  const lines = [text("line1"), text("line2")].filter((line) => line !== null);
  return {
    phone: text("phoneNumber"),
    address: {
      lines,
      city: text("city"),
      postal_code: text("postalCode"),
      region: text("state"),
      country: text("country"),
    },
  };
}

/** A customer as OpenMeter shows it, with the subjects that are its own beside its key. */
export function customerBody(row: CustomerRow, subjects: readonly string[], note: CustomerNote) {
  const { address, phone } = row.party;
  const key = row.reference;
  const [line1, line2] = address.lines;
  const given = {
    line1,
    line2,
    city: address.city,
    postalCode: address.postalCode,
    state: address.region,
    country: address.country,
    phoneNumber: phone,
  };
  const shown = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  const subjectKeys = subjects.length === 0 && key !== null ? [key] : subjects;
  return {
    id: row.id,
    ...(key === null ? {} : { key }),
    name: row.name,
    ...(note.description === undefined ? {} : { description: note.description }),
    ...(note.metadata === undefined ? {} : { metadata: note.metadata }),
    usageAttribution: { subjectKeys },
    ...(row.email === null ? {} : { primaryEmail: row.email }),
    ...(row.currency === null ? {} : { currency: row.currency }),
    ...(shown.length === 0 ? {} : { billingAddress: Object.fromEntries(shown) }),
    createdAt: timeText(row.createdMs),
    updatedAt: timeText(row.updatedMs),
  };
}

/** True where a customer has what a list is filtered by, anywhere in each text, in either case. */
export function hasTexts(
  row: CustomerRow,
  wanted: Partial<Record<"key" | "name" | "primaryEmail", string>>,
): boolean {
  const texts = { key: row.reference, name: row.name, primaryEmail: row.email };
  return Object.entries(wanted).every(([name, part]) => {
    const text = texts[name as keyof typeof texts] ?? "";
    return text.toLowerCase().includes(part.toLowerCase());
  });
}
