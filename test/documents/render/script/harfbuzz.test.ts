/** Shaping inside the Worker, compared with what HarfBuzz's own command answers. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  MOST_UNITS,
  type Shaper,
  type ShapingFont,
  startHarfBuzz,
} from "../../../../src/documents/render/script/harfbuzz.ts";
import fixture from "../../../fixture/script/shaped.json" with { type: "json" };
import { glyphText } from "./glyph-text.ts";
import { generatedStrings } from "./strings.ts";

let shaper: Shaper;
beforeAll(async () => {
  shaper = startHarfBuzz((await import("harfbuzzjs/dist/harfbuzz.wasm")).default);
});

async function fontOf(script: string): Promise<ShapingFont> {
  const file = await env.ASSETS.fetch(`https://assets.local/fonts/NotoSans${script}.ttf`);
  return shaper.font(new Uint8Array(await file.arrayBuffer()));
}

const directionOf = (script: string) => (script === "Devanagari" ? "ltr" : "rtl");

describe("a shaped text", () => {
  it.each(Object.entries(fixture.strings))("has hb-shape's glyphs in %s", async (script, kept) => {
    const font = await fontOf(script);
    expect(kept.length).toBe(100);
    const shaped = kept.map(([text = ""]) => [
      text,
      glyphText(font.shape(text, directionOf(script))),
    ]);
    expect(shaped).toEqual(kept);
  });

  it("leaves nothing in memory behind", async () => {
    const font = await fontOf("Arabic");
    const texts = generatedStrings("Arabic", 200, 7);
    const round = () => {
      for (const text of texts) font.shape(text, "rtl");
      font.shape("ب".repeat(MOST_UNITS), "rtl");
    };
    round();
    const before = shaper.memoryBytes();
    for (let i = 0; i < 50; i++) round();
    expect(shaper.memoryBytes()).toBe(before);
  });

  it("is refused where it is longer than one call takes", async () => {
    const font = await fontOf("Hebrew");
    expect(() => font.shape("א".repeat(MOST_UNITS + 1), "rtl")).toThrow(RangeError);
  });
});

describe("a font", () => {
  it("is refused where there is no room for it", () => {
    expect(() => shaper.font(new Uint8Array(40_000_000))).toThrow(RangeError);
  });
});
