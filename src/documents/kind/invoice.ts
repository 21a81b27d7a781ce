/** Pure. The invoice: what is owed, paid, reminded of and credited. */
import type { Kind } from "./kind.ts";
import { QUOTE } from "./quote.ts";

const FINAL = ["open", "overdue", "paid"] as const;

export const INVOICE = {
  noun: "invoice",
  nouns: "invoices",
  path: "invoices",
  schemaName: "Invoice",
  fileName: "Invoice",
  idPrefix: "inv",
  numberFormat: "INV-{YYYY}-{###}",
  issuerFormat: "invoiceFormat",
  words: null,

  origin: QUOTE,
  asOrigin: "precedingInvoice",

  owed: true,
  credits: false,
  billed: true,
  dueDate: "terms",
  expires: false,

  statuses: ["draft", "open", "overdue", "paid", "void"],
  finalStatus: (dueMinor) => (dueMinor > 0n ? "open" : "paid"),
  acts: {
    edit: ["draft"],
    finalize: ["draft"],
    send: FINAL,
    link: [...FINAL, "void"],
    pay: FINAL,
    credit: FINAL,
    void: ["draft", ...FINAL],
  },
  voidPermission: "documents.finalize",

  draft: {
    lastDay: "due",
    countedAs: "invoices_generated",
    finalizing: "Give a draft its number; from then on it never changes",
  },

  eInvoice: { typeCode: "380", namesInvoice: false },

  addressee: "billTo",
  headline: "due",
  letter: null,

  finalEvent: { type: "invoice.finalized", idField: "invoice_id", originField: null },
  sentEvent: ({ id, number, emailId, to }) => ({
    type: "invoice.sent",
    body: { invoice_id: id, number, email_id: emailId, to },
  }),
} as const satisfies Kind;
