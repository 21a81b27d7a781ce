/** A statement's PDF keeps the rules of documents' PDFs, in every language and on many pages. */
import { env } from "cloudflare:workers";
import { PDFDocument } from "pdf-lib";
import { describe, expect, it } from "vitest";
import { type Balanced, noAging } from "../../../../src/documents/account/account.ts";
import { LANGUAGES, type Language } from "../../../../src/documents/language/registry.ts";
import { fontsFor } from "../../../../src/documents/render/pdf/font-set.ts";
import { renderStatement } from "../../../../src/documents/render/pdf/statement.ts";
import {
  agingCells,
  type StatementModel,
  statementRows,
} from "../../../../src/documents/render/wording/statement.ts";
import { wordsOf } from "../../../../src/documents/render/wording/wording.ts";
import { brokenRules } from "./checker.ts";
import { sampleInvoice } from "./sample.ts";

function entry(i: number): Balanced {
  const isInvoice = i % 2 === 0;
  return {
    day: "2026-02-03",
    kind: isInvoice ? "invoice" : "payment",
    documentId: `inv_${i}`,
    number: `INV-2026-${i}`,
    dueDate: isInvoice ? "2026-03-05" : null,
    method: isInvoice ? null : "transfer",
    reference: null,
    amountMinor: isInvoice ? 119_000 : -100_000,
    balanceMinor: 119_000,
  };
}

function statementIn(language: Language, count: number, name: "calm" | "classic"): StatementModel {
  const sheet = sampleInvoice({ language });
  return {
    ...sheet,
    template: { ...sheet.template, name },
    day: "2026-03-31",
    from: "2026-01-01",
    to: "2026-03-31",
    statement: {
      openingMinor: -2_500,
      entries: Array.from({ length: count }, (_, i) => entry(i)),
      closingMinor: 123_456,
      aging: { ...noAging(), current: 100_000, days_over_90: 25_956 },
      heldMinor: 2_500,
    },
  };
}

/** The rules of what carries an e-invoice, which a statement does not. */
const OF_E_INVOICES = ["7", "8", "10", "11"];

async function printed(model: StatementModel): Promise<Uint8Array> {
  return renderStatement(model, await fontsFor(model, env.ASSETS));
}

describe("the PDF of a statement", () => {
  it.each(LANGUAGES)("is a tagged PDF/A-3b in %s", async (language) => {
    expect(await brokenRules(await printed(statementIn(language, 3, "calm")))).toEqual(
      OF_E_INVOICES,
    );
  });

  it("goes on over pages, and is the same bytes each time", async () => {
    const model = statementIn("en", 120, "classic");
    const [bytes, again] = [await printed(model), await printed(model)];
    expect(await brokenRules(bytes)).toEqual(OF_E_INVOICES);
    expect((await PDFDocument.load(bytes)).getPageCount()).toBe(7);
    expect(again).toEqual(bytes);
  });

  it("says what is charged, paid and owed in the words of its language", () => {
    const words = wordsOf(statementIn("de", 2, "calm"));
    const rows = statementRows(words).map(({ name, detail, charge, credit }) => [
      name,
      detail,
      charge.replace(/\s/g, " "),
      credit.replace(/\s/g, " "),
    ]);
    expect(rows).toEqual([
      ["Anfangssaldo", null, "", ""],
      ["Rechnung INV-2026-0", "fällig am 5. März 2026", "1.190,00 €", ""],
      ["Zahlung", "INV-2026-1 · transfer", "", "1.000,00 €"],
      ["Endsaldo", null, "", ""],
    ]);
    expect(agingCells(words).map(([head]) => head)).toEqual([
      "Noch nicht fällig",
      "1–30 Tage",
      "31–60 Tage",
      "61–90 Tage",
      "Über 90 Tage",
      "Guthaben",
      "Saldo",
    ]);
  });
});
