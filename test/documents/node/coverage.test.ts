/** Every word and every currency of every language has its glyphs: nothing of ours is replaced. */
import { describe, expect, it } from "vitest";
import { CURRENCIES } from "../../../src/core/money.ts";
import { formatterIn } from "../../../src/documents/language/format.ts";
import { LANGUAGES, type Language, labelsFor } from "../../../src/documents/language/registry.ts";
import { faceAt, shapeText, type Weight } from "../../../src/documents/render/pdf/text.ts";
import { stylesOf } from "../../../src/documents/render/pdf/theme.ts";
import { sampleInvoice } from "../render/pdf/sample.ts";
import { fontsFor } from "./read-pdf.ts";

const REPLACEMENT = 0xfffd;

/** The characters of a text that are drawn as U+FFFD. */
async function replaced(text: string, language: Language, weight: Weight): Promise<string[]> {
  const model = sampleInvoice({ language, template: { name: "calm", version: 3 } });
  const shaped = shapeText(text, { ...stylesOf(1).body, weight }, await fontsFor(model));
  return shaped.codes
    .filter((_, i) => shaped.glyphs[i] === faceAt(shaped, i).glyphOf(REPLACEMENT))
    .map((code) => String.fromCodePoint(code));
}

describe.each(LANGUAGES)("in %s", (language) => {
  it.each(["regular", "medium", "semibold"] as const)("draws its labels, %s", async (weight) => {
    const words = JSON.stringify(labelsFor(language));
    expect(await replaced(words, language, weight)).toEqual([]);
  });

  it("every currency, date and country is drawn", async () => {
    for (const currency of CURRENCIES) {
      const { money, date, range, country } = formatterIn(language, null, currency);
      const texts = [
        money("-123456789"),
        date("2026-11-01"),
        range({ start: "2026-02-27", end: "2027-03-31" }),
        ...["DE", "US", "JP", "CN", "KR", "BR", "IN"].map(country),
      ];
      expect(await replaced(texts.join(" "), language, "regular")).toEqual([]);
    }
  });
});
