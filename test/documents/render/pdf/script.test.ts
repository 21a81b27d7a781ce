/** Documents in every script, by their glyphs: a text layer would be right whatever is drawn. */
import { env } from "cloudflare:workers";
import { PDFDict, PDFDocument, PDFHexString, PDFName } from "pdf-lib";
import { describe, expect, it } from "vitest";
import type { Language } from "../../../../src/documents/language/registry.ts";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import { ciiXml } from "../../../../src/documents/render/einvoice/cii.ts";
import { Canvas } from "../../../../src/documents/render/pdf/canvas.ts";
import { FONTS, fontsFor } from "../../../../src/documents/render/pdf/font-set.ts";
import { renderPdf } from "../../../../src/documents/render/pdf/render.ts";
import {
  type FontSet,
  faceAt,
  oneLine,
  shapeText,
  type TextStyle,
  wrapText,
} from "../../../../src/documents/render/pdf/text.ts";
import { brokenRules } from "./checker.ts";
import { sampleInvoice } from "./sample.ts";
import { SCRIPT_SAMPLES } from "./script-sample.ts";

const newPool = (language: Language) => ({ language, version: 3 as const, faces: new Map() });
const plain: TextStyle = { weight: "regular", size: 10, color: [0, 0, 0] };

function sampleOf(name: string): DocumentModel {
  const sample = SCRIPT_SAMPLES[name];
  if (!sample) throw new Error(`no sample ${name}`);
  return sample;
}

/** What is drawn for each place of a text: the file's glyphs and the text they stand for. */
function drawn(text: string, fonts: FontSet) {
  const shaped = shapeText(text, plain, fonts);
  return shaped.glyphs.map((glyph, i) => {
    const face = faceAt(shaped, i);
    const cluster = face.clusters?.at(glyph);
    return {
      face: face.name,
      glyphs: cluster ? cluster.parts.map((part) => part.glyph) : [glyph],
      text: cluster?.text ?? String.fromCodePoint(shaped.codes[i] ?? 0),
    };
  });
}

describe("a document", () => {
  it.each(Object.keys(SCRIPT_SAMPLES))(
    "in %s keeps every rule of PDF/A and PDF/UA",
    async (name) => {
      const model = sampleOf(name);
      const fonts = await fontsFor(model, env.ASSETS);
      const hybrid = { ...model, facturX: ciiXml(model) };
      expect(await brokenRules(await renderPdf(hybrid, fonts))).toEqual([]);
    },
  );

  it.each(Object.entries(SCRIPT_SAMPLES))(
    "in %s has a glyph for every character",
    async (_, model) => {
      const fonts = await fontsFor(model, env.ASSETS);
      const texts = [
        model.buyer.name,
        ...model.buyer.address.lines,
        model.buyer.address.city ?? "",
        model.memo ?? "",
        ...model.lines.flatMap(({ name, description }) => [name, description ?? ""]),
      ];
      const [mark] = drawn("\ufffd", fonts);
      const places = texts.flatMap((text) => drawn(text, fonts));
      expect(places.length).toBeGreaterThan(20);
      expect(places.filter(({ glyphs }) => glyphs.includes(0))).toEqual([]);
      const replaced = places.filter(
        ({ face, glyphs }) => face === mark?.face && glyphs[0] === mark.glyphs[0],
      );
      expect(replaced).toEqual([]);
    },
  );
});

describe("letters", () => {
  it("stack and move in Devanagari, and stand for what was written", async () => {
    const fonts = await fontsFor(sampleOf("Devanagari"), env.ASSETS);
    // The vowel sign is drawn before its consonant; the consonants are one glyph.
    const [first, second] = drawn("कि क्ष", fonts).filter(({ text }) => text !== " ");
    const alone = drawn("क", fonts)[0]?.glyphs[0];
    expect(first?.text).toBe("कि");
    expect(first?.glyphs.at(-1)).toBe(alone);
    expect(first?.glyphs.length).toBe(2);
    expect(second?.glyphs.length).toBe(1);
    expect(second?.text).toBe("क्ष");
  });

  it("join in Arabic: each has the form of its place", async () => {
    const fonts = await fontsFor(sampleOf("Arabic"), env.ASSETS);
    const [initial, medial, final] = drawn("ععع", fonts).map(({ glyphs }) => glyphs[0]);
    const [isolated] = drawn("ع", fonts).map(({ glyphs }) => glyphs[0]);
    expect(new Set([initial, medial, final, isolated]).size).toBe(4);
  });

  it("are seen from right to left, with amounts and names from left to right", async () => {
    const fonts = await fontsFor(sampleOf("Hebrew"), env.ASSETS);
    const line = oneLine("אב (12) cd", plain, fonts);
    const { runs = [], text } = line.shaped.seen?.(line) ?? {};
    expect(text).toBe("אב (12) cd");
    const left = (text: string) =>
      runs.find(({ places }) => places.codes[0] === text.codePointAt(0))?.atPerMille ?? Number.NaN;
    // Read first, seen last.
    expect(runs[0]?.places.codes.length).toBe(2);
    expect(runs[0]?.atPerMille).toBeGreaterThan(left("1"));
    expect(left("1")).toBeGreaterThan(left("c"));
    // A bracket opens to the other side, and stands for the one that was written.
    const bracket = drawn("א(ב", fonts)[1];
    expect(bracket?.glyphs).toEqual(drawn(")", FONTS)[0]?.glyphs);
    expect(bracket?.text).toBe("(");
  });

  it("are seen in order where a line ends in names that run the other way", async () => {
    const hebrew = { ...sampleOf("Hebrew"), language: "he" } as const;
    for (const [model, text, after] of [
      [hebrew, "אב Acme Metering", "cloud"],
      [sampleOf("Hebrew"), "Acme אב גד", "הו"],
    ] as const) {
      const fonts = await fontsFor(model, env.ASSETS);
      // Drawn with the space behind it, as lines are that others follow.
      const { shaped, to, widthPt } = oneLine(text, plain, fonts);
      const whole = oneLine(`${text} ${after}`, plain, fonts);
      const line = { shaped: whole.shaped, from: 0, to: to + 1, widthPt };
      const seen = whole.shaped.seen?.(line);
      const alone = shaped.seen?.({ shaped, from: 0, to, widthPt });
      const inked = (of: typeof seen) =>
        of?.runs.flatMap(({ places, atPerMille }) => {
          let pen = atPerMille;
          return places.glyphs.flatMap((glyph, i) => {
            pen += i > 0 ? (places.kerns?.[i] ?? 0) : 0;
            const place = { glyph, at: pen };
            pen += faceAt(places, i).advanceOf(glyph);
            return places.codes[i] === 0x20 ? [] : [place];
          });
        });
      expect(inked(seen)).toEqual(inked(alone));
    }
  });

  it("are not parted from their marks at the end of a line", async () => {
    const fonts = await fontsFor(sampleOf("Devanagari"), env.ASSETS);
    const text = "कि".repeat(40);
    const lines = wrapText(text, plain, fonts, 60);
    const parts = lines.map(({ shaped, from, to }) =>
      Array.from({ length: to - from }, (_, i) => {
        const glyph = shaped.glyphs[from + i] ?? 0;
        return faceAt(shaped, from + i).clusters?.at(glyph)?.text;
      }).join(""),
    );
    expect(lines.length).toBeGreaterThan(2);
    expect(parts.join("")).toBe(text);
    expect(parts.every((part) => part.length % 2 === 0)).toBe(true);
    expect(lines.every(({ widthPt }) => widthPt <= 60)).toBe(true);
  });
});

describe("a page in Hebrew", () => {
  it("runs from right to left, and reads in its tags as it was written", async () => {
    const hebrew = { ...sampleOf("Hebrew"), language: "he", region: "IL" } as const;
    const model = { ...hebrew, facturX: ciiXml(hebrew) };
    const pdf = await renderPdf(model, await fontsFor(model, env.ASSETS));
    expect(await brokenRules(pdf)).toEqual([]);
    const file = await PDFDocument.load(pdf, { updateMetadata: false });
    const said = file.context.enumerateIndirectObjects().flatMap(([, object]) => {
      const actual = object instanceof PDFDict ? object.get(PDFName.of("ActualText")) : undefined;
      return actual instanceof PDFHexString ? [actual.decodeText()] : [];
    });
    expect(said[0]).toBe("חשבונית");
    expect(said).toContain("שירותי ייעוץ (חודשי)");
    const canvas = new Canvas(0, { width: 600, height: 800 }, newPool("he"));
    expect([canvas.leftOf(50, 100), canvas.leftOf(450, 100)]).toEqual([450, 50]);
    expect(new Canvas(0, { width: 600, height: 800 }, newPool("en")).leftOf(50, 100)).toBe(50);
  });
});

describe("a text without such letters", () => {
  it("is set by the Worker's own faces, with nothing read and nothing started", async () => {
    const latin = sampleInvoice({
      template: { name: "calm", version: 3 },
      memo: "Żółw, Ωμέγα — €",
    });
    const gone = { fetch: () => Promise.reject(new Error("asked")) };
    expect(await fontsFor(latin, gone as never)).toBe(FONTS);
  });

  it("is set in one region's face where one has all of its ideographs", async () => {
    const fonts = await fontsFor(sampleOf("Japanese"), env.ASSETS);
    const faces = (text: string) => {
      const shaped = shapeText(text, plain, fonts);
      return new Set(shaped.codes.map((_, i) => faceAt(shaped, i).name));
    };
    expect(faces("東京電力株式会社")).toEqual(new Set(["NotoSansJP-Regular"]));
    const mixed = await fontsFor({ ...sampleOf("Japanese"), memo: "中国银行" }, env.ASSETS);
    const shaped = shapeText("中国银行", plain, mixed);
    expect(new Set(shaped.codes.map((_, i) => faceAt(shaped, i).name))).toEqual(
      new Set(["NotoSansSC-Regular"]),
    );
  });
});
