/** Glyphs, widths and line breaks. */
import { describe, expect, it } from "vitest";
import { contrast, darkenTo, parseColor } from "../../../../src/documents/render/pdf/color.ts";
import { FONTS } from "../../../../src/documents/render/pdf/font-set.ts";
import {
  oneLine,
  shapeText,
  type TextLine,
  type TextStyle,
  widthOf,
  wrapText,
} from "../../../../src/documents/render/pdf/text.ts";
import { READABLE, themeOf, WHITE } from "../../../../src/documents/render/pdf/theme.ts";

const plain: TextStyle = { weight: "regular", size: 10, color: [0, 0, 0] };
const tabular: TextStyle = { ...plain, tabular: true };
const width = (text: string, style = plain) => oneLine(text, style, FONTS).widthPt;
const textOf = ({ shaped, from, to }: TextLine) =>
  String.fromCodePoint(...shaped.codes.slice(from, to));
const wrapped = (text: string, widthPt: number) =>
  wrapText(text, plain, FONTS, widthPt).map(textOf);

describe("figures", () => {
  it("are of one width in columns, and only there", () => {
    expect(width("1111", tabular)).toBe(width("8888", tabular));
    expect(width("1111")).toBeLessThan(width("8888"));
  });
});

describe("letters", () => {
  it("are kerned", () => {
    expect(width("AVAVAV")).toBeLessThan(3 * width("A") + 3 * width("V"));
  });

  it("are composed before they are looked up", () => {
    expect(shapeText("e\u0301", plain, FONTS).codes).toEqual([0xe9]);
  });

  it("draw nothing where they are controls, joiners or direction marks", () => {
    expect(shapeText("a\u200f\u00ad\u0007\u200bb\ufe0f", plain, FONTS).codes).toEqual([97, 98]);
  });

  it("come from another face where the first has none, and never from .notdef", () => {
    const shaped = shapeText("a\u20bfは\u{1F600}", plain, FONTS);
    expect(shaped.glyphs.every((glyph) => glyph > 0)).toBe(true);
    expect(shaped.codes).toEqual([97, 0x20bf, 0x306f, 0x1f600]);
  });
});

describe("a line", () => {
  it("breaks at spaces, and leaves them out", () => {
    expect(wrapped("one two  three", width("one two"))).toEqual(["one two", "three"]);
  });

  it("breaks a word that is wider than the line", () => {
    const lines = wrapped("x".repeat(5000), 100);
    expect(lines.join("")).toBe("x".repeat(5000));
    expect(lines.every((line) => width(line) <= 100.5)).toBe(true);
  });

  it("breaks between ideographs, but not before a full stop", () => {
    const two = width("東京");
    expect(wrapped("東京東京", two)).toEqual(["東京", "東京"]);
    expect(wrapped("東京。", two)).toEqual(["東", "京。"]);
  });

  it("keeps empty lines and what stands between line ends", () => {
    expect(wrapped("a\n\nb\r\nc", 100)).toEqual(["a", "", "b", "c"]);
  });

  it("is as wide as its glyphs", () => {
    const [line] = wrapText("Wave 12", plain, FONTS, 500);
    expect(line?.widthPt).toBe(line && widthOf(line.shaped, line.from, line.to));
  });
});

describe("an accent colour", () => {
  it("is darkened until it is readable on white", () => {
    const yellow = parseColor("#ffe600") ?? WHITE;
    expect(contrast(yellow, WHITE)).toBeLessThan(READABLE);
    expect(contrast(darkenTo(yellow, READABLE), WHITE)).toBeGreaterThanOrEqual(READABLE);
    const { accent } = themeOf({ name: "calm", version: 3 }, "#ffe600");
    expect(contrast(accent, WHITE)).toBeGreaterThanOrEqual(READABLE);
  });

  it("is left as it is where it is readable", () => {
    const { accent } = themeOf({ name: "calm", version: 3 }, "#1d4ed8");
    expect(accent).toEqual(parseColor("#1d4ed8"));
  });
});
