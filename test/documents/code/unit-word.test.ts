import { describe, expect, it } from "vitest";
import { isUnitCode } from "../../../src/documents/code/unit.ts";
import {
  commonUnits,
  plainUnit,
  unitAdvice,
  unitOfWord,
  unitWords,
} from "../../../src/documents/code/unit-word.ts";

describe("words for units", () => {
  it("mean a code of the list each, and none stands for two", () => {
    expect(commonUnits().filter(({ code }) => !isUnitCode(code))).toEqual([]);
    expect(commonUnits().length).toBe(64);
    expect(unitWords().every((word) => word === word.toLowerCase())).toBe(true);
    expect(unitWords().filter((word) => unitOfWord(word.toUpperCase()) === null)).toEqual([]);
  });

  it.each([
    ["PCS", "H87"],
    ["pcs", "H87"],
    ["PCE", "H87"],
    ["ST", "H87"],
    ["Stück", "H87"],
    ["hours", "HUR"],
    ["HR", "HUR"],
    ["Std.", "HUR"],
    ["day", "DAY"],
    ["month", "MON"],
    ["year", "ANN"],
    ["kg", "KGM"],
    ["m²", "MTK"],
    ["PA", "XPA"],
    ["RO", "XRO"],
    ["box", "XBX"],
    ["flat_rate", "LS"],
    ["users", "C62"],
    ["gb", "E34"],
  ])("%s means %s", (word, code) => {
    expect(unitOfWord(word)?.code).toBe(code);
  });

  it("are answered with the right code, and codes of packages with their X", () => {
    expect(unitAdvice("pcs")).toBe("use H87 (piece)");
    expect(unitAdvice("CS")).toBe("packages begin with an X: use XCS");
    expect(unitAdvice("foo")).toMatch(/^use C62 \(one\), H87/);
  });
});

describe("a unit's code", () => {
  it("may be written in any letters", () => {
    expect(["hur", "c62", " day ", "XBX", "xbx"].map(plainUnit)).toEqual([
      "HUR",
      "C62",
      "DAY",
      "XBX",
      "XBX",
    ]);
  });

  it("stays as it was where its letters are a word for another unit", () => {
    expect(["gb", "stk", "kw", "pcs", "nothing"].map(plainUnit)).toEqual([
      "gb",
      "stk",
      "kw",
      "pcs",
      "nothing",
    ]);
    expect(["gb", "stk", "kw"].filter((word) => isUnitCode(plainUnit(word)))).toEqual([]);
    expect(["GB", "STK", "KW"].map(plainUnit).filter(isUnitCode)).toEqual(["GB", "STK", "KW"]);
  });
});
