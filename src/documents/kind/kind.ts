/**
 * Pure. What there is to know of a kind of document. Each kind is a file of its own here and a line
 * in `registry.ts`; other code reads its traits and does not compare its name.
 */
import type { DomainEvent, EventBodies } from "../../core/event.ts";
import type { EventType } from "../../core/event-type.ts";
import type { StatusToday, StoredStatus } from "./status.ts";

/** What somebody does with a document, where its status permits it. */
export const ACTS = [
  "edit",
  "finalize",
  "send",
  "accept",
  "convert",
  "reject",
  "pay",
  "link",
  "credit",
  "void",
] as const;
export type Act = (typeof ACTS)[number];

/** The event of becoming final, whose body the database writes: it alone knows the number. */
export type FinalEvent = {
  [T in EventType]: {
    type: T;
    /** The body's member that names the document, and the one that names its origin. */
    idField: keyof EventBodies[T] & string;
    originField: (keyof EventBodies[T] & string) | null;
  };
}[EventType];

/** A final document that an e-mail brought to somebody. */
export type SentDocument = { id: string; number: string; emailId: string; to: string[] };
/** A type and its body, without whom and when. */
export type Announcement = {
  [T in DomainEvent["type"]]: { type: T; body: EventBodies[T] };
}[DomainEvent["type"]];

export type Kind = {
  /** As sentences name it: "credit note", "credit notes". */
  noun: string;
  nouns: string;
  /** The last part of its collection's address: "credit-notes". */
  path: string;
  /** In names of operations and schemas: "CreditNote". */
  schemaName: string;
  /** How the names of its files begin: "Credit-Note". */
  fileName: string;
  /** Its ids begin so, before an underscore. */
  idPrefix: string;
  /** The number format of an issuer that has none, and where an issuer keeps its own. */
  numberFormat: string;
  issuerFormat: "invoiceFormat" | "quoteFormat" | "creditNoteFormat" | null;
  /** Title and number as pages call them; null where each language has words for them. */
  words: { title: string; number: string } | null;

  /** What a document of this kind is made from or about. */
  origin: Kind | null;
  /** How a document refers to one of this kind that is its origin. */
  asOrigin: "precedingInvoice" | "precedingQuote" | "precedingProforma" | null;

  /** Money is owed by it: it is paid, reminded of and credited. */
  owed: boolean;
  /** Its amounts are taken off what is owed. */
  credits: boolean;
  /** Billing writes documents of this kind; their lines are explained down to the events. */
  billed: boolean;
  /** Until when it is paid: its terms or a day of its own decide, or it is the day of issue. */
  dueDate: "terms" | "issueDay" | null;
  /** It expires on a day. */
  expires: boolean;

  /** Which statuses it can have, as lists offer them; none where all have the same. */
  statuses: readonly StatusToday[];
  /** The status it gets with its number; `dueMinor` is what is then to be paid. */
  finalStatus: (dueMinor: bigint) => StoredStatus;
  /** In which statuses each act is possible; on a draft that was voided, none is. */
  acts: Partial<Record<Act, readonly StatusToday[]>>;
  /** What voiding one takes, where voiding is an act. */
  voidPermission: "documents.write" | "documents.finalize" | null;

  /** How it begins as a draft that somebody writes; null where the product issues it. */
  draft: {
    /** The last day that the draft names: when it is due, or until when it is valid. */
    lastDay: "due" | "validity";
    /** The metric of the operator's own that counts a new one. */
    countedAs: "invoices_generated" | "quotes_generated" | null;
    /** What finalising means, as the API's reference says it. */
    finalizing: string;
  } | null;

  /** As UNTDID 1001 numbers it, and whether it must name its invoice; null: no e-invoice. */
  eInvoice: { typeCode: "380" | "381"; namesInvoice: boolean } | null;

  /** The label over its recipient's address. */
  addressee: "billTo" | "quoteFor";
  /** What its one large sentence says: what is due, what is offered, or what is credited. */
  headline: "due" | "offer" | "credit";
  /** What a letter says of it beside its own words. */
  letter: "creditNote" | null;

  finalEvent: FinalEvent | null;
  sentEvent: ((sent: SentDocument) => Announcement) | null;
};

/** "an invoice", "a quote". */
export function withArticle({ noun }: Kind): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** What documents of a kind stand under, in the API's reference and on pages: "Credit notes". */
export function kindHeading({ nouns }: Kind): string {
  return nouns.charAt(0).toUpperCase() + nouns.slice(1);
}
