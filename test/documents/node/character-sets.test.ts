/** Whatever people write in their names has its glyph: each set is counted, hole by hole. */
import { describe, expect, it } from "vitest";
import type { Language } from "../../../src/documents/language/registry.ts";
import { BEYOND } from "../../../src/documents/render/pdf/document-fonts.ts";
import { unreadable } from "../../../src/documents/render/pdf/unreadable.ts";
import { sampleInvoice } from "../render/pdf/sample.ts";
import { FONTS, fontsFor } from "./read-pdf.ts";

const bytes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const TRAILS = [...bytes(0x40, 0x7e), ...bytes(0x80, 0xfe)];
/** Private use has no meaning of its own. */
const isAssigned = (character: string) => !/\p{Co}|\p{Cn}|\p{Cc}/u.test(character);

/** The characters of a double-byte encoding, in rows from one byte to another. */
function charactersOf(encoding: string, rows: number[], trails: number[], shift = ""): string[] {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
  const prefix = [...shift].map((one) => one.charCodeAt(0));
  const found = rows.flatMap((row) =>
    trails.flatMap((trail) => {
      try {
        return [...decoder.decode(new Uint8Array([...prefix, row, trail]))];
      } catch {
        return [];
      }
    }),
  );
  return [...new Set(found)].filter(isAssigned);
}

const EUC = bytes(0xa1, 0xfe);
type CharacterSet = [name: string, country: string, least: number, characters: string[]];
const SETS: CharacterSet[] = [
  ["JIS X 0208", "JP", 6879, charactersOf("euc-jp", EUC, EUC)],
  ["JIS X 0212, rare kanji of names", "JP", 6067, charactersOf("euc-jp", EUC, EUC, "\x8f")],
  ["Big5, level 1", "TW", 5401, charactersOf("big5", bytes(0xa4, 0xc6), TRAILS)],
  ["Big5", "HK", 13_053, charactersOf("big5", bytes(0x87, 0xfe), TRAILS)],
  ["GB 2312", "CN", 7445, charactersOf("gbk", bytes(0xa1, 0xf7), EUC)],
  ["GBK", "CN", 21_886, charactersOf("gbk", bytes(0x81, 0xfe), TRAILS)],
  ["KS X 1001", "KR", 8224, charactersOf("euc-kr", EUC, EUC)],
  [
    "all syllables of Korean",
    "KR",
    11_172,
    bytes(0xac00, 0xd7a3).map((code) => String.fromCodePoint(code)),
  ],
];

function invoiceIn(country: string, memo: string, language: Language = "en") {
  const sample = sampleInvoice();
  const address = { ...sample.buyer.address, country };
  return sampleInvoice({
    template: { name: "calm", version: 3 },
    buyer: { ...sample.buyer, address },
    language,
    memo,
  });
}

describe("the fonts of a document", () => {
  it.each(SETS)("have all of %s", async (_name, country, least, characters) => {
    expect(characters.length).toBeGreaterThanOrEqual(least);
    const model = invoiceIn(country, characters.join(""));
    expect(unreadable(model, await fontsFor(model))).toEqual([]);
  });

  it.each([
    ["Arabic", 0x0600, 0x06ff],
    ["Hebrew", 0x0590, 0x05ff],
    ["Devanagari", 0x0900, 0x097f],
    ["dingbats", 0x2700, 0x27bf],
    ["symbols", 0x2600, 0x26ff],
    ["arrows", 0x2190, 0x21ff],
    ["enclosed letters and figures", 0x2460, 0x24ff],
    ["bold letters of mathematics", 0x1d400, 0x1d433],
    ["pictures", 0x1f600, 0x1f64f],
  ])("have all of %s", async (_name, from, to) => {
    const codes = bytes(from, to).map((code) => String.fromCodePoint(code));
    const model = invoiceIn("GB", codes.filter(isAssigned).join(" "));
    expect(unreadable(model, await fontsFor(model))).toEqual([]);
  });

  it("are the Worker's for all that asks for no others", () => {
    const codes = bytes(0x20, 0xffff).filter((code) => !BEYOND.test(String.fromCharCode(code)));
    const shown = codes.map((code) => String.fromCharCode(code)).filter(isAssigned);
    expect(shown.length).toBeGreaterThan(1500);
    // The mark of a letter beyond makes it look at the whole text.
    const model = invoiceIn("GB", `\u{13000}${shown.join("")}`);
    expect(unreadable(model, FONTS)).toEqual([{ field: "memo", characters: ["\u{13000}"] }]);
  });

  it("lack what is said, and where", async () => {
    const model = invoiceIn("GB", "fine");
    const sample = { ...model, notes: "ok 𒀀", lines: [{ ...model.lines[0], name: "𓀀 and 𓀀" }] };
    const fonts = await fontsFor(sample as never);
    expect(unreadable(sample as never, fonts)).toEqual([
      { field: "lines[0].name", characters: ["𓀀"] },
      { field: "notes", characters: ["𒀀"] },
    ]);
  });
});
