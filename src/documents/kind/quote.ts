/** Pure. The quote: an offer until a day, which its recipient accepts or rejects. */
import type { Kind } from "./kind.ts";

const FINAL = ["pending", "accepted", "rejected", "expired"] as const;

export const QUOTE = {
  noun: "quote",
  nouns: "quotes",
  path: "quotes",
  schemaName: "Quote",
  fileName: "Quote",
  idPrefix: "quo",
  numberFormat: "QUO-{YYYY}-{###}",
  issuerFormat: "quoteFormat",
  words: null,

  origin: null,
  asOrigin: "precedingQuote",

  owed: false,
  credits: false,
  billed: false,
  dueDate: null,
  expires: true,

  statuses: ["draft", "pending", "accepted", "rejected", "expired", "void"],
  finalStatus: () => "pending",
  acts: {
    edit: ["draft"],
    finalize: ["draft"],
    send: FINAL,
    link: FINAL,
    accept: ["pending"],
    reject: ["pending"],
    convert: ["pending", "accepted"],
    void: ["draft"],
  },
  voidPermission: "documents.write",

  draft: {
    lastDay: "validity",
    countedAs: "quotes_generated",
    finalizing: "Give a draft its number; it is pending until it is accepted, rejected or expires",
  },

  eInvoice: null,

  addressee: "quoteFor",
  headline: "offer",
  letter: null,

  finalEvent: { type: "quote.finalized", idField: "quote_id", originField: null },
  sentEvent: ({ id, number, emailId, to }) => ({
    type: "quote.sent",
    body: { quote_id: id, number, email_id: emailId, to },
  }),
} as const satisfies Kind;
