/** What the product calls an e-invoice of a format keeps that format's rules, whatever it is of. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Problem } from "../../../../src/core/errors.ts";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { E_INVOICE_FORMATS } from "../../../../src/documents/render/pack/registry.ts";
import { eInvoiceXml, missingFields } from "../../../../src/documents/render/pack/write.ts";
import { anyDocument } from "./any-document.ts";
import { brokenRules } from "./checker.ts";
import { type Given, modelFor } from "./documents.ts";

/** Null where it could not become final, such as one that comes to less than nothing. */
function modelOrNull(given: Given): DocumentModel | null {
  try {
    const model = modelFor(given);
    return BigInt(model.totals.totalMinor) < 0n ? null : model;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

it("every document without a gap keeps every rule", { timeout: 30_000 }, () => {
  const valid = new Map(E_INVOICE_FORMATS.map((format) => [format, 0]));
  fc.assert(
    fc.property(anyDocument, (given) => {
      const model = modelOrNull(given);
      if (!model) return;
      for (const format of E_INVOICE_FORMATS) {
        if (missingFields(model, format).length > 0) continue;
        valid.set(format, (valid.get(format) ?? 0) + 1);
        expect(brokenRules(eInvoiceXml(model, format)), format).toEqual([]);
      }
    }),
    { numRuns: RUNS },
  );
  // A property that holds of nothing would hold as well.
  for (const [format, count] of valid) expect(count, format).toBeGreaterThan(0);
});

const RUNS = 150;
