/** Pure. The credit note: it takes back an invoice or lines of it, and is final from the start. */
import { INVOICE } from "./invoice.ts";
import type { Kind } from "./kind.ts";

export const CREDIT_NOTE = {
  noun: "credit note",
  nouns: "credit notes",
  path: "credit-notes",
  schemaName: "CreditNote",
  fileName: "Credit-Note",
  idPrefix: "crn",
  numberFormat: "CN-{YYYY}-{###}",
  issuerFormat: "creditNoteFormat",
  words: null,

  origin: INVOICE,
  asOrigin: null,

  owed: false,
  credits: true,
  billed: true,
  dueDate: "issueDay",
  expires: false,

  statuses: [],
  finalStatus: () => "issued",
  acts: {
    send: ["issued"],
    link: ["issued"],
  },
  voidPermission: null,

  draft: null,

  eInvoice: { typeCode: "381", namesInvoice: true },

  addressee: "billTo",
  headline: "credit",
  letter: "creditNote",

  finalEvent: {
    type: "credit_note.issued",
    idField: "credit_note_id",
    originField: "invoice_id",
  },
  sentEvent: null,
} as const satisfies Kind;
