/** Our CII against the Factur-X 1.09 schema of the profile EN 16931. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { XmlDocument, XsdValidator } from "libxml2-wasm";
import { xmlRegisterFsInputProviders } from "libxml2-wasm/lib/nodejs.mjs";
import { describe, expect, it } from "vitest";
import { ciiXml } from "../../../src/documents/render/einvoice/cii.ts";
import { eInvoiceXml, missingFields } from "../../../src/documents/render/pack/write.ts";
import { anyDocument } from "../render/einvoice/any-document.ts";
import { modelOrNull } from "../render/einvoice/documents.ts";
import { sampleInvoice } from "../render/pdf/sample.ts";

const entry = createRequire(import.meta.url).resolve("@stackforge-eu/factur-x");
const schemaFile = join(dirname(entry), "../schema/en16931/FACTUR-X_EN16931.xsd");

function validator(): XsdValidator {
  xmlRegisterFsInputProviders();
  const url = pathToFileURL(schemaFile).href;
  return XsdValidator.fromDoc(XmlDocument.fromString(readFileSync(schemaFile, "utf8"), { url }));
}

describe("the CII of an invoice", () => {
  it("is valid by the Factur-X schema, which notices what is missing", () => {
    const schema = validator();
    const text = ciiXml(sampleInvoice());
    expect(() => schema.validate(XmlDocument.fromString(text))).not.toThrow();
    const broken = text.replace(/<ram:TypeCode>380<\/ram:TypeCode>/, "");
    expect(broken).not.toBe(text);
    expect(() => schema.validate(XmlDocument.fromString(broken))).toThrow();
  });

  it("is valid by it whatever the document, in both formats of it", { timeout: 30_000 }, () => {
    const schema = validator();
    fc.assert(
      fc.property(anyDocument, (given) => {
        const model = modelOrNull(given);
        if (!model) return;
        for (const format of ["cii", "xrechnung-cii"] as const) {
          if (missingFields(model, format).length > 0) continue;
          const document = XmlDocument.fromString(eInvoiceXml(model, format));
          schema.validate(document);
          document.dispose();
        }
      }),
      { numRuns: 100 },
    );
  });
});
