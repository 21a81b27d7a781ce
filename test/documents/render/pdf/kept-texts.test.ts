/** What was shaped for one document serves the next ones, and only so much of it is kept. */
import { describe, expect, it } from "vitest";
import { keepTexts, Texts, takeTexts } from "../../../../src/documents/render/pdf/flow.ts";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import { renderPdf } from "../../../../src/documents/render/pdf/render.ts";
import { stylesOf, themeOf } from "../../../../src/documents/render/pdf/theme.ts";
import { invoiceOfLines, sampleInvoice } from "./sample.ts";

const { body } = stylesOf(1);
const fill = (texts: Texts) => {
  for (let i = 0; i < 50; i++) texts.line(`${i} `.padEnd(500, "Wartung "), body);
};

describe("texts that were shaped", () => {
  it("serve another document in the same fonts", () => {
    const fonts = { ...FONTS };
    const texts = takeTexts(fonts);
    const line = texts.line("Invoice", body);
    const paragraphs = texts.paragraphs("Thank you", body);
    keepTexts(texts);
    expect(takeTexts(fonts).line("Invoice", body)).toBe(line);
    expect(takeTexts(fonts).paragraphs("Thank you", body)).toBe(paragraphs);
    expect(takeTexts({ ...FONTS }).line("Invoice", body)).not.toBe(line);
  });

  it("are begun anew once they are many", () => {
    const fonts = { ...FONTS };
    const texts = takeTexts(fonts);
    keepTexts(texts);
    expect(takeTexts(fonts)).toBe(texts);
    fill(texts);
    keepTexts(texts);
    expect(takeTexts(fonts)).not.toBe(texts);
  });

  it("are not kept behind that for their own document either", () => {
    const texts = new Texts(FONTS);
    fill(texts);
    expect(texts.line("one more", body)).not.toBe(texts.line("one more", body));
  });

  it("are found again by the styles of a theme, which are the same for all", () => {
    const template = { name: "calm", version: 3 } as const;
    expect(themeOf(template, "#0f766e")).toBe(themeOf(template, "#0f766e"));
    expect(themeOf(template, "#0f766e")).not.toBe(themeOf(template, null));
  });

  it("change no byte of what is drawn after others", async () => {
    const first = await renderPdf(sampleInvoice(), FONTS);
    await renderPdf(invoiceOfLines(60, { language: "de" }), FONTS);
    await renderPdf(sampleInvoice({ template: { name: "classic", version: 3 } }), FONTS);
    expect(await renderPdf(sampleInvoice(), FONTS)).toEqual(first);
    expect(await renderPdf(sampleInvoice(), { ...FONTS })).toEqual(first);
  });
});
