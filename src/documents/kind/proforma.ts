/** Pure. The proforma invoice: what an invoice will say, before anything is owed. */
import type { Kind } from "./kind.ts";

export const PROFORMA = {
  noun: "proforma invoice",
  nouns: "proforma invoices",
  path: "proforma-invoices",
  schemaName: "ProformaInvoice",
  fileName: "Proforma-Invoice",
  idPrefix: "pro",
  numberFormat: "PRO-{YYYY}-{###}",
  issuerFormat: null,
  words: null,

  origin: null,
  asOrigin: "precedingProforma",

  owed: false,
  credits: false,
  billed: false,
  dueDate: null,
  expires: true,

  statuses: ["draft", "issued", "void"],
  finalStatus: () => "issued",
  acts: {
    edit: ["draft"],
    finalize: ["draft"],
    send: ["issued"],
    link: ["issued"],
    convert: ["issued"],
    void: ["draft"],
  },
  voidPermission: "documents.write",

  draft: {
    lastDay: "validity",
    countedAs: null,
    finalizing: "Give a draft its number; nothing is owed by it, and an invoice can be made of it",
  },

  // The law knows no proforma invoice: an e-invoice of it would be one that asks for money.
  eInvoice: null,

  addressee: "billTo",
  headline: "offer",
  letter: null,

  finalEvent: null,
  sentEvent: null,
} as const satisfies Kind;
