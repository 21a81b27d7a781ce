/**
 * What of a final document is hashed: all that never changes of its row and of its lines, as it is
 * stored. A list is fixed for good under its form; a column that is added later is in a new form.
 * Pure.
 */
import { canonicalJson } from "../../core/canonical-json.ts";
import type { Link } from "../../core/chain.ts";

/** The form that documents are sealed in today. */
export const FORM = 1;

/** Columns of `documents`, by form. */
export const DOCUMENT_COLUMNS = {
  1: [
    "id",
    "kind",
    "issuer",
    "scope",
    "customer_id",
    "recipient",
    "number",
    "series_year",
    "sequence",
    "issue_date",
    "time_zone",
    "due_date",
    "payment_terms_days",
    "valid_until",
    "delivery_date",
    "period_start",
    "period_end",
    "currency",
    "language",
    "tax_inclusive",
    "accounting",
    "purchase_order",
    "buyer_reference",
    "memo",
    "notes",
    "terms",
    "fields",
    "seller",
    "buyer",
    "branding",
    "adjustments",
    "totals",
    "usage",
    "net_minor",
    "tax_minor",
    "total_minor",
    "prepaid_minor",
    "origin_id",
    "reason",
    "subscription_id",
    "billing_period_id",
    "close_key",
    "created_ms",
    "finalized_ms",
    "rounding_step_minor",
    "deposited_minor",
    "settlement",
    "particulars",
  ],
} as const;

/** Columns of `document_lines`, by form. */
export const LINE_COLUMNS = {
  1: [
    "position",
    "kind",
    "name",
    "description",
    "detail",
    "group_name",
    "group_detail",
    "classification",
    "quantity",
    "unit_code",
    "unit",
    "unit_price",
    "adjustments",
    "period_start",
    "period_end",
    "tax",
    "explanation",
    "amount_minor",
    "net_minor",
    "particulars",
  ],
} as const;

export type Form = keyof typeof DOCUMENT_COLUMNS;

/** A row as it is stored: JSON as its text. */
export type Stored = Readonly<Record<string, string | number | null>>;

/** A final document with its seal, of which `hash` is null where there is none. */
export type SealedDocument = {
  id: string;
  number: string;
  seq: number;
  form: number | null;
  hash: string | null;
  row: Stored;
  lines: readonly Stored[];
};

/** The document as a link of its series. Errors: RangeError for a form that nobody knows. */
export function linkOf({ id, seq, form, hash, row, lines }: SealedDocument): Link {
  return { seq, id, hash, text: contentText(row, lines, form ?? FORM) };
}

/** What is hashed of a document: every value as text, so that no reader rounds one. */
export function contentText(row: Stored, lines: readonly Stored[], form: number): string {
  if (!isForm(form)) throw new RangeError(`documents are sealed in no form ${form}`);
  const document = texts(row, DOCUMENT_COLUMNS[form]);
  return canonicalJson({
    form,
    document,
    lines: lines.map((line) => texts(line, LINE_COLUMNS[form])),
  });
}

function isForm(form: number): form is Form {
  return Object.hasOwn(DOCUMENT_COLUMNS, form);
}

function texts(row: Stored, columns: readonly string[]): Record<string, string | null> {
  const textOf = (value: string | number | null | undefined) =>
    value === null || value === undefined ? null : String(value);
  return Object.fromEntries(columns.map((name) => [name, textOf(row[name])]));
}
