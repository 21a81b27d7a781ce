/** Pure. Every kind of document: a kind is added by its own file and a line here. */
import type { EventType } from "../../core/event-type.ts";
import { CREDIT_NOTE } from "./credit-note.ts";
import { INVOICE } from "./invoice.ts";
import type { Kind } from "./kind.ts";
import { PROFORMA } from "./proforma.ts";
import { QUOTE } from "./quote.ts";

// Their order is the order in which the API's reference names them.
const REGISTRY = {
  invoice: INVOICE,
  quote: QUOTE,
  credit_note: CREDIT_NOTE,
  proforma: PROFORMA,
} satisfies Record<string, Kind>;

export type DocumentKind = keyof typeof REGISTRY;
/** The kinds whose records have `T`. */
type KindWith<T> = {
  [K in DocumentKind]: (typeof REGISTRY)[K] extends T ? K : never;
}[DocumentKind];

/** Kinds that begin as a draft that somebody writes. */
export type DraftKind = KindWith<{ draft: object }>;
/** Kinds that billing writes. */
export type BilledKind = KindWith<{ billed: true }>;
/** Kinds that each language has words for. */
export type TranslatedKind = KindWith<{ words: null }>;
/** Kinds whose number format an issuer chooses. */
export type FormattedKind = KindWith<{ issuerFormat: string }>;

export const KINDS: Readonly<Record<DocumentKind, Kind>> = REGISTRY;
export const DOCUMENT_KINDS = Object.keys(REGISTRY) as [DocumentKind, ...DocumentKind[]];

export const DRAFT_KINDS = DOCUMENT_KINDS.filter(
  (kind): kind is DraftKind => KINDS[kind].draft !== null,
);
export const BILLED_KINDS = DOCUMENT_KINDS.filter((kind): kind is BilledKind => KINDS[kind].billed);
export const FORMATTED_KINDS = DOCUMENT_KINDS.filter(
  (kind): kind is FormattedKind => KINDS[kind].issuerFormat !== null,
);
/** Kinds that an invoice is made of. */
export const CONVERTED_KINDS = DRAFT_KINDS.filter((kind) => KINDS[kind].acts.convert !== undefined);
export const OWED_KINDS = DOCUMENT_KINDS.filter((kind) => KINDS[kind].owed);
export const E_INVOICE_KINDS = DOCUMENT_KINDS.filter((kind) => KINDS[kind].eInvoice !== null);

/** The given kinds, each behind the kind that it is made from: quote, invoice, credit note. */
export function afterTheirOrigins<K extends DocumentKind>(kinds: readonly K[]): K[] {
  const depth = ({ origin }: Kind): number => (origin === null ? 0 : 1 + depth(origin));
  return kinds.toSorted((a, b) => depth(KINDS[a]) - depth(KINDS[b]));
}

/** The kind of the document that an id names, by how it begins; null where none begins so. */
export function kindOfId(id: string): DocumentKind | null {
  const prefix = id.slice(0, id.indexOf("_"));
  return DOCUMENT_KINDS.find((kind) => KINDS[kind].idPrefix === prefix) ?? null;
}

/** A record with what `make` gives for each kind, in the order of `kinds`. */
export function byKind<K extends DocumentKind, T>(
  kinds: readonly K[],
  make: (kind: K) => T,
): Record<K, T> {
  return Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<K, T>;
}

/**
 * The document that an event says is final, or null for an event of another type; `body` is the
 * event's own, parsed.
 */
export function finalDocument(
  type: EventType,
  body: Readonly<Record<string, unknown>>,
): { kind: DocumentKind; id: string } | null {
  const kind = DOCUMENT_KINDS.find((name) => KINDS[name].finalEvent?.type === type);
  const field = kind && KINDS[kind].finalEvent?.idField;
  return kind && field ? { kind, id: String(body[field]) } : null;
}
