/** Renders with the shipped fonts in Node, and reads files with pdf.js. */
import { readFileSync } from "node:fs";
import { getDocument, OPS } from "pdfjs-dist/legacy/build/pdf.mjs";
import type { Language } from "../../../src/documents/language/registry.ts";
import type { DocumentModel } from "../../../src/documents/model/model.ts";
import { fontFinder } from "../../../src/documents/render/pdf/document-fonts.ts";
import { renderPdf } from "../../../src/documents/render/pdf/render.ts";
import { type FontSet, type LazyFace, lazyFace } from "../../../src/documents/render/pdf/text.ts";
import { compiledHarfBuzz } from "../render/script/harfbuzz-module.ts";

function bytesOf(path: string): ArrayBuffer {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

function faceOf(path: string): LazyFace {
  return lazyFace(bytesOf(path));
}

const bundled = (name: string) => faceOf(`src/documents/render/pdf/fonts/${name}.ttf`);
const noto = { regular: bundled("NotoSans-Regular"), semibold: bundled("NotoSans-SemiBold") };
export const FONTS: FontSet = {
  regular: [bundled("Inter-Regular"), noto.regular],
  medium: [bundled("Inter-Medium"), noto.semibold],
  semibold: [bundled("Inter-SemiBold"), noto.semibold],
};
const EAST_ASIAN: Partial<Record<Language, LazyFace>> = {
  ja: faceOf("public/fonts/NotoSansJP.ttf"),
  zh: faceOf("public/fonts/NotoSansSC.ttf"),
  ko: faceOf("public/fonts/NotoSansKR.ttf"),
};

/** The faces of version 1. */
export function fontsOf(language: Language): FontSet {
  const more = EAST_ASIAN[language];
  const behind = (chain: readonly LazyFace[]) => (more ? [...chain, more] : chain);
  return {
    regular: behind(FONTS.regular),
    medium: behind(FONTS.medium),
    semibold: behind(FONTS.semibold),
  };
}

const find = fontFinder(FONTS, async () => compiledHarfBuzz());

/** The faces that a document needs. */
export function fontsFor(model: DocumentModel): Promise<FontSet> {
  return find(model, async (file) => bytesOf(`public/fonts/${file}.ttf`));
}

export async function print(model: DocumentModel): Promise<Uint8Array> {
  const early = model.template.version === 1;
  return renderPdf(model, early ? fontsOf(model.language) : await fontsFor(model));
}

export type TextBox = { text: string; x: number; y: number; width: number; size: number };

export async function openPdf(bytes: Uint8Array) {
  return getDocument({ data: bytes.slice(), verbosity: 0, useSystemFonts: false }).promise;
}

/** The texts of each page with where they stand; y is from the page's bottom. */
export async function readBoxes(bytes: Uint8Array): Promise<TextBox[][]> {
  const file = await openPdf(bytes);
  const pages: TextBox[][] = [];
  for (let i = 1; i <= file.numPages; i++) {
    const { items } = await (await file.getPage(i)).getTextContent();
    pages.push(
      items.flatMap((item) => {
        if (!("str" in item) || item.str.trim() === "") return [];
        const [a = 1, b = 0, , , x = 0, y = 0] = item.transform as number[];
        return [{ text: item.str, x, y, width: item.width, size: Math.hypot(a, b) }];
      }),
    );
  }
  return pages;
}

/** A glyph that is shown, or a distance between two, in thousandths of the em to the left. */
type Shown = number | { unicode: string; width: number };

/**
 * The texts of each page, one for each time that glyphs are shown: pdf.js joins those that follow
 * each other in the file, also over what stands between them on a line of two directions.
 */
export async function readShown(bytes: Uint8Array): Promise<TextBox[][]> {
  const file = await openPdf(bytes);
  const pages: TextBox[][] = [];
  for (let i = 1; i <= file.numPages; i++) {
    const { fnArray, argsArray } = await (await file.getPage(i)).getOperatorList();
    const boxes: TextBox[] = [];
    let [x, y, pen, size, turned] = [0, 0, 0, 0, false];
    fnArray.forEach((operator, at) => {
      const [first, second] = argsArray[at] ?? [];
      if (operator === OPS.setFont) size = second;
      else if (operator === OPS.transform) turned = true;
      else if (operator === OPS.restore) turned = false;
      else if (operator === OPS.beginText) [x, y, pen] = [0, 0, 0];
      else if (operator === OPS.moveText) [x, y, pen] = [x + first, y + second, 0];
      else if (operator === OPS.showText) {
        const { box, width } = shownAt(first, { x: x + pen, y, size });
        pen += width;
        if (!turned && box.text !== "") boxes.push(box);
      }
    });
    pages.push(boxes);
  }
  return pages;
}

/** The box without spaces at its ends, and the width with them. */
function shownAt(glyphs: readonly Shown[], at: { x: number; y: number; size: number }) {
  let text = "";
  let [perMille, start, end] = [0, 0, 0];
  for (const glyph of glyphs) {
    if (typeof glyph === "number") perMille -= glyph;
    else {
      const blank = glyph.unicode.trim() === "";
      if (!blank && text === "") start = perMille;
      perMille += glyph.width;
      if (!blank) end = perMille;
      if (!blank || text !== "") text += glyph.unicode;
    }
  }
  const em = at.size / 1000;
  const x = at.x + start * em;
  const box = { text: text.trimEnd(), x, y: at.y, width: (end - start) * em, size: at.size };
  return { box, width: perMille * em };
}

export async function readText(bytes: Uint8Array): Promise<string> {
  return (await readBoxes(bytes)).flatMap((page) => page.map(({ text }) => text)).join("\n");
}

/** Boxes of two texts that are drawn over each other; a point of slack for rounding. */
export function overlaps(boxes: readonly TextBox[]): string[] {
  const upright = boxes.filter(({ size }) => size < 60);
  return upright.flatMap((a, i) =>
    upright.slice(i + 1).flatMap((b) => {
      const apart =
        a.x + a.width <= b.x + 1 ||
        b.x + b.width <= a.x + 1 ||
        Math.abs(a.y - b.y) >= Math.min(a.size, b.size) - 1;
      return apart ? [] : [`${a.text} | ${b.text}`];
    }),
  );
}

/** Boxes that leave a page's margins; a watermark may. */
export function outside(boxes: readonly TextBox[], margin: number, page: { w: number; h: number }) {
  return boxes.filter(
    ({ x, y, width, size }) =>
      size < 60 &&
      (x < margin - 1 || x + width > page.w - margin + 1 || y < margin - 1 || y > page.h - margin),
  );
}
