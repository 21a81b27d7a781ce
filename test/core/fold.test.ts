/** What people leave out when they type is left out of both sides. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldText } from "../../src/core/fold.ts";

const FOLDED: [text: string, folded: string][] = [
  ["Łódź Spółka", "lodz spolka"],
  ["Møller & Sønner", "moller & sonner"],
  ["Straßenbau WEIẞ", "strassenbau weiss"],
  ["Işık İstanbul IŞIK", "isik istanbul isik"],
  ["Đặng Nguyễn", "dang nguyen"],
  ["Œuvre Æther Ǽ", "oeuvre aether ae"],
  ["Þór Guðmundsson", "thor gudmundsson"],
  ["Αθήνα ΟΔΟΣ οδός", "αθηνα οδοσ οδοσ"],
  ["Ёлкин Їжак", "елкин іжак"],
  ["שָׁלוֹם", "שלום"],
  ["مُحَمَّد أحمد كـتاب", "محمد احمد كتاب"],
  ["ｷﾏｲ ＡＢＣ１２ ㈱", "キマイ abc12 (株)"],
  ["が ガ 각", "が ガ 각"],
  ["soft\u00adhyphen", "softhyphen"],
];

describe("folding", () => {
  it.each(FOLDED)("of %s is %s", (text, folded) => expect(foldText(text)).toBe(folded));

  it("is the same for both normal forms, and changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const folded = foldText(text);
        expect(foldText(text.normalize("NFD"))).toBe(folded);
        expect(foldText(folded)).toBe(folded);
      }),
    );
  });
});
