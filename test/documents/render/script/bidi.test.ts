/** The order in which text is seen, by Unicode's own tests; all of them: `npm run test:scripts`. */
import { describe, expect, it } from "vitest";
import { levelsOf } from "../../../../src/documents/render/script/bidi.ts";
import fixture from "../../../fixture/script/bidi.json" with { type: "json" };
import { charactersHold, classesHold } from "./bidi-suite.ts";

describe("levels and order", () => {
  it("are those of BidiTest", () => {
    expect(fixture.classes.length).toBeGreaterThan(2000);
    expect(fixture.classes.filter((line) => !classesHold(line))).toEqual([]);
  });

  it("are those of BidiCharacterTest", () => {
    expect(fixture.characters.length).toBeGreaterThan(600);
    expect(fixture.characters.filter((line) => !charactersHold(line))).toEqual([]);
  });

  it("are noticed where they are others", () => {
    const [line = ""] = fixture.characters;
    const [codes, direction, level, ...rest] = line.split(";");
    const wrong = [codes, direction, `${Number(level) + 1}`, ...rest].join(";");
    expect(charactersHold(wrong)).toBe(false);
  });
});

describe("a paragraph", () => {
  it("runs as its first letter does on a page from left to right", () => {
    expect(levelsOf("500 EUR, שלום", "ltr").base).toBe(0);
    expect(levelsOf("שלום 500 EUR", "ltr").base).toBe(1);
  });

  it("runs as the page where it has a letter that does", () => {
    expect(levelsOf("INV-1 · שלום", "rtl").base).toBe(1);
    expect(levelsOf("Acme Ltd. (UK)", "rtl").base).toBe(0);
  });
});
