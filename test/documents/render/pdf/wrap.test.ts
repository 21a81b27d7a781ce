/** Where lines end, and what readers of tags get there. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Language } from "../../../../src/documents/language/registry.ts";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import { jointsOf } from "../../../../src/documents/render/pdf/hyphen.ts";
import {
  oneLine,
  type TextLine,
  type TextStyle,
} from "../../../../src/documents/render/pdf/text.ts";
import { breakable, breakLines, isCut } from "../../../../src/documents/render/pdf/wrap.ts";

const plain: TextStyle = { weight: "regular", size: 10, color: [0, 0, 0] };
const width = (text: string) => oneLine(text, plain, FONTS).widthPt;
const linesOf = (text: string, widthPt: number, language: Language = "en") =>
  breakLines(breakable(text, plain, FONTS), widthPt, language);
const textOf = ({ shaped, from, to }: TextLine) =>
  String.fromCodePoint(...shaped.codes.slice(from, to));
const broken = (text: string, widthPt: number, language: Language = "en") =>
  linesOf(text, widthPt, language).map(textOf);

describe("a line", () => {
  it("breaks at spaces, and keeps one behind its end for readers", () => {
    const lines = linesOf("one two  three", width("one two"));
    expect(lines.map(textOf)).toEqual(["one two", "three"]);
    expect(lines.map(({ shaped, to }) => shaped.codes[to])).toEqual([0x20, 0x20]);
  });

  it("is never wider than the width, whatever goes over to it", () => {
    const text = fc.string({ unit: fc.constantFrom("l", "W", "i", " ", "-", "m"), maxLength: 300 });
    fc.assert(
      fc.property(text, fc.integer({ min: 12, max: 200 }), (given, widthPt) => {
        const lines = linesOf(given, widthPt);
        for (const line of lines) expect(line.widthPt).toBeLessThanOrEqual(widthPt + 0.01);
        expect(lines.map(textOf).join("").replaceAll(" ", "")).toBe(given.replaceAll(" ", ""));
      }),
    );
  });

  it.each([
    ["the number 04011000-12345-AB of", "the number"],
    ["see order PO-2026-A/B/C now", "see order"],
    ["write to first-last@mail.example", "write to"],
    ["due by the 30. November", "due by the"],
  ])("does not break %s within", (text, first) => {
    for (let less = 1; less < 40; less += 4) {
      const lines = linesOf(text, Math.max(width(text) - less, width(first) + 1));
      expect(lines.every((line) => !isCut(line))).toBe(true);
      expect(lines.map(textOf).every((line) => !/(?:[-/]|30\.)$/.test(line))).toBe(true);
    }
  });

  it("breaks at the hyphen of two words", () => {
    expect(broken("a well-known thing", width("a well-") + 1)[0]).toBe("a well-");
  });

  it("cuts an address that is wider than the width behind one of its signs", () => {
    const lines = broken(
      "https://example.com/invoices/2026/list",
      width("https://example.com/inv"),
    );
    expect(lines[0]).toBe("https://example.com/");
  });
});

describe("a long word", () => {
  it("is divided where its author allows it, by a hyphen that readers take out", () => {
    const text = "the Donau\u00addampf\u00adschiff sails";
    expect(broken(text, width("the Donaudampf-") + 1)).toEqual([
      "the Donaudampf\u00ad",
      "schiff sails",
    ]);
    expect(broken(text, 500)).toEqual(["the Donaudampfschiff sails"]);
  });

  it.each([
    ["de", "Wartungsvertrag", [8]],
    ["de", "Donaudampfschifffahrtsgesellschaftskapitänsmütze", [10, 16, 22, 35, 43]],
    ["de", "Serverüberwachung", [6]],
    ["de", "Sicherheitsprüfung", [11]],
    ["nl", "Onderhoudsovereenkomst", [10]],
    ["nl", "softwarelicentie", [8]],
    ["sv", "Programvarulicens", [11]],
    ["de", "Verarbeitung", []],
    ["de", "Herstellung", []],
    ["en", "Donaudampfschiff", []],
  ] as const)("in %s: %s is divided where its parts meet", (language, word, joints) => {
    expect(jointsOf(word, language)).toEqual(joints);
  });

  it("is divided only where the line would lack much", () => {
    const text = "Monatlicher Wartungsvertrag";
    expect(broken(text, width("Monatlicher Wartungs-") + 2, "de")[0]).toBe(
      "Monatlicher Wartungs\u00ad",
    );
    expect(broken(text, width("Monatlicher") + 3, "de")[0]).toBe("Monatlicher");
    expect(broken(text, width("Monatlicher Wartungs-") + 2, "en")[0]).toBe("Monatlicher");
  });

  it("is left whole within a number or an address", () => {
    const text = "Projekt WARTUNGSVERTRAG-2026";
    expect(broken(text, width("Projekt WARTUNGSVERT"), "de")[0]).toBe("Projekt");
  });
});
