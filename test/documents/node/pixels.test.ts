/** pdfium draws each template in each language: a page with ink on it, and no error. */
import { PDFiumLibrary } from "@hyzyla/pdfium";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../src/documents/language/registry.ts";
import { TEMPLATES } from "../../../src/documents/model/model.ts";
import { sampleInvoice } from "../render/pdf/sample.ts";
import { print } from "./read-pdf.ts";

let library: PDFiumLibrary;
beforeAll(async () => {
  library = await PDFiumLibrary.init();
});
afterAll(() => library.destroy());

/** The share of pixels that are not white in a band of the first page, from its top. */
async function inkOf(bytes: Uint8Array, from: number, to: number): Promise<number> {
  const document = await library.loadDocument(bytes);
  const { data, width, height } = await document.getPage(0).render({
    scale: 1,
    render: "bitmap",
  });
  document.destroy();
  let dark = 0;
  const [first, last] = [Math.floor(height * from), Math.floor(height * to)];
  for (let at = first * width * 4; at < last * width * 4; at += 4) {
    if ((data[at] ?? 255) + (data[at + 1] ?? 255) + (data[at + 2] ?? 255) < 600) dark += 1;
  }
  return dark / ((last - first) * width);
}

describe("another renderer", () => {
  const cases = TEMPLATES.flatMap((name) => LANGUAGES.map((language) => [name, language] as const));

  it.each(cases)("draws %s in %s", async (name, language) => {
    const model = sampleInvoice({
      template: { name, version: 3 },
      language,
      region: null,
      status: "open",
    });
    const bytes = await print(model);
    const [title, table, total] = [
      await inkOf(bytes, 0.05, 0.12),
      await inkOf(bytes, 0.38, 0.66),
      await inkOf(bytes, 0.66, 0.78),
    ];
    for (const share of [title, table, total]) {
      expect(share).toBeGreaterThan(0.004);
      expect(share).toBeLessThan(0.3);
    }
  });
});
