/** Pure. Documents of every kind of looks, to compare their previews with their PDFs. */

import type { DocumentModel, Logo, UsageChart } from "../../../src/documents/model/model.ts";
import { generatedDocument } from "../economy/generated.ts";
import { invoiceOfLines, sampleInvoice } from "../render/pdf/sample.ts";
import { SCRIPT_SAMPLES } from "../render/pdf/script-sample.ts";

const chart = (name: string, unit: string | null, days: number): UsageChart => ({
  name,
  unit,
  quantity: "48211",
  period: { start: "2026-10-01", end: "2026-10-31" },
  bars: Array.from({ length: days }, (_, i) => ({
    day: `2026-10-${`${i + 1}`.padStart(2, "0")}`,
    quantity: `${(i * 7919) % 3000}`,
  })),
});

const script = (name: string): DocumentModel => {
  const found = SCRIPT_SAMPLES[name];
  if (!found) throw new RangeError(`no sample ${name}`);
  return found;
};

/** By what is to be seen of them; `logo` is the picture of those that have one. */
export function comparedDocuments(logo: Logo): Record<string, DocumentModel> {
  return {
    "calm with logo, code and status": sampleInvoice({
      status: "open",
      branding: { accent: "#0f766e", logo },
    }),
    "classic with charts": sampleInvoice({
      template: { name: "classic", version: 3 },
      status: "overdue",
      branding: { accent: "#b91c1c", logo },
      usage: [chart("API requests", "calls", 31), chart("Storage", null, 12)],
    }),
    "sixty lines over pages": invoiceOfLines(60, { footer: "Acme Metering GmbH · HRB 12345" }),
    "classic, seventy lines": invoiceOfLines(70, {
      template: { name: "classic", version: 3 },
      page: { size: "letter", marginPt: 40 },
    }),
    "credit note": sampleInvoice({
      kind: "credit_note",
      number: "CN-2026-007",
      reason: "Two seats were billed twice",
      payment: null,
      references: {
        purchaseOrder: "PO 4711",
        buyerReference: null,
        precedingInvoice: { number: "INV-2026-042", date: "2026-11-01" },
        quote: null,
      },
    }),
    "quote in draft": sampleInvoice({
      kind: "quote",
      number: null,
      status: "draft",
      watermark: "draft",
      payment: null,
      memo: "As we spoke of on the phone.",
      terms: "Valid for thirty days.",
    }),
    "void in German": sampleInvoice({
      language: "de",
      region: "DE",
      status: "void",
      watermark: "void",
    }),
    "Arabic page": { ...script("Arabic"), language: "ar", region: "SA" },
    "Hebrew page": { ...script("Hebrew"), language: "he", region: "IL" },
    "Japanese page": { ...script("Japanese"), language: "ja", region: "JP" },
    "Chinese page": { ...script("Simplified Chinese"), language: "zh", region: "CN" },
    "Devanagari page": { ...script("Devanagari"), language: "hi", region: "IN" },
    symbols: script("symbols"),
    "many scripts": script("others"),
    "Greek, Cyrillic and Vietnamese": sampleInvoice({
      memo: "Ελληνικά · Русский текст · Tiếng Việt · Łódź · ½ × 2 → 4",
    }),
    "first version": sampleInvoice({ template: { name: "calm", version: 1 } }),
    "first version, classic": invoiceOfLines(40, { template: { name: "classic", version: 1 } }),
    "drawn at random": generatedDocument(11),
  };
}
