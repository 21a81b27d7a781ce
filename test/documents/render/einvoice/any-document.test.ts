/** What the product calls an e-invoice of a format keeps that format's rules, whatever it is of. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { E_INVOICE_FORMATS } from "../../../../src/documents/render/pack/registry.ts";
import { eInvoiceXml, missingFields } from "../../../../src/documents/render/pack/write.ts";
import { anyDocument } from "./any-document.ts";
import { brokenRules } from "./checker.ts";
import { modelOrNull } from "./documents.ts";

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
