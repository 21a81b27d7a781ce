/**
 * Which fonts a document needs, by the characters that it has: those in the Worker, then for each
 * text the first region's that has all its ideographs, and for each other character the first font
 * that has it. What shapes text is started with the first document that needs it.
 */
import type { Language } from "../../language/registry.ts";
import { languageRecord } from "../../language/registry.ts";
import type { Sheet } from "../../model/model.ts";
import type { Shaper, ShapingFont } from "../script/harfbuzz.ts";
import {
  type AssetFont,
  fontOfLanguage,
  NARROW_FONTS,
  WIDE_TEXT,
  wideFonts,
} from "./asset-font.ts";
import { COMPLEX, type FontSet, isInvisible, type LazyFace, lazyFace } from "./text.ts";
import type { Face } from "./truetype.ts";

/** The bytes of a font's file. Errors: where it cannot be read. */
export type ReadFont = (file: string) => Promise<ArrayBuffer>;

/** Finds the fonts of documents; keeps what it has read for as long as it lives. */
export type FontFinder = <M extends Sheet>(model: M, read: ReadFont) => Promise<FontSet>;

/** Characters that the faces in the Worker may lack; all others they have, or need not draw. */
export const BEYOND = new RegExp(
  "\\u200d|[\\u03e2-\\u03ef\\u0530-\\u1dff\\u200f\\u202a-\\u202e\\u2060-\\u209f\\u20c0-\\u2115" +
    "\\u2117-\\u2121\\u2123-\\u218f\\u2194-\\u2211\\u2213-\\uffff]",
);

/** A finder over the faces in the Worker; `harfBuzz` is asked once, for its compiled module. */
export function fontFinder(
  bundled: FontSet,
  harfBuzz: () => Promise<WebAssembly.Module>,
): FontFinder {
  const faces = new Map<string, Face>();
  const shaping = shapingOf(harfBuzz);
  return async (model, read) => {
    const text = JSON.stringify({ ...model, branding: null, facturX: null });
    if (languageRecord(model.language).font === null && !BEYOND.test(text)) return bundled;
    const readFace = async (file: string) => {
      const face = faces.get(file) ?? lazyFace(await read(file))();
      faces.set(file, face);
      return face;
    };
    const found = await findFonts(model, text, bundled, readFace);
    const complex = COMPLEX.test(text) || found.some(({ font }) => font.shaped);
    const regions = found.filter(({ wide }) => wide).length;
    if (found.length === 0 && !complex) return bundled;
    if (!complex && regions < 2) return plainSet(bundled, found);
    return shapedSet(model.language, bundled, found, await shaping());
  };
}

type Found = { font: AssetFont; face: Face; bold: Face; wide: boolean };

/** The fonts that a document's texts need, in the order in which they are tried. */
async function findFonts(
  model: Sheet,
  text: string,
  bundled: FontSet,
  readFace: (file: string) => Promise<Face>,
): Promise<Found[]> {
  const found = new Map<string, Found>();
  const take = async (font: AssetFont, wide: boolean) => {
    const face = await readFace(font.file);
    const bold = font.bold === null ? face : await readFace(font.bold);
    found.set(font.file, { font, face, bold, wide });
    return face;
  };
  const own = fontOfLanguage(model.language);
  if (own) await take(own, !NARROW_FONTS.includes(own));
  const regions = wideFonts(model, text);
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    if (!BEYOND.test(piece)) continue;
    const missing = missingFrom(piece, bundled);
    const wide = missing.filter((character) => WIDE_TEXT.test(character));
    const rest = missing.filter((character) => !WIDE_TEXT.test(character));
    for (const font of await regionFor(wide, regions, readFace)) await take(font, true);
    await takeNarrow(rest, take);
  }
  const order = [...NARROW_FONTS, ...regions.flatMap(({ common, more }) => [common, more])];
  return order.flatMap(({ file }) => found.get(file) ?? []);
}

/** The characters that none of the faces in the Worker has. */
function missingFrom(text: string, bundled: FontSet): string[] {
  return [...new Set(text)].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (isInvisible(code) || /\s/u.test(character)) return false;
    return bundled.regular.every((face) => face().glyphOf(code) === 0);
  });
}

async function takeNarrow(
  characters: readonly string[],
  take: (font: AssetFont, wide: boolean) => Promise<Face>,
): Promise<void> {
  let left = characters;
  for (const font of NARROW_FONTS) {
    if (!left.some((character) => font.holds.test(character))) continue;
    const face = await take(font, false);
    left = left.filter((character) => !has(face, character));
  }
}

/** The fonts of the first region that has all of some ideographs; else of all that have any. */
async function regionFor(
  characters: readonly string[],
  regions: ReturnType<typeof wideFonts>,
  readFace: (file: string) => Promise<Face>,
): Promise<AssetFont[]> {
  if (characters.length === 0) return [];
  const lacks = async (fonts: readonly AssetFont[], some: readonly string[]) => {
    let left = some;
    for (const { file } of fonts) {
      const face = await readFace(file);
      left = left.filter((character) => !has(face, character));
    }
    return left;
  };
  for (const { common, more, likely } of regions) {
    if ((await lacks([common], characters)).length === 0) return [common];
    if (likely && (await lacks([common, more], characters)).length === 0) return [common, more];
  }
  for (const { common, more } of regions) {
    if ((await lacks([common, more], characters)).length === 0) return [common, more];
  }
  const fonts: AssetFont[] = [];
  let left = characters;
  for (const font of regions.flatMap(({ common, more }) => [common, more])) {
    const after = await lacks([font], left);
    if (after.length < left.length) fonts.push(font);
    left = after;
  }
  return fonts;
}

function has(face: Face, character: string): boolean {
  return face.glyphOf(character.codePointAt(0) ?? 0) !== 0;
}

function behind(bundled: FontSet, regular: LazyFace[], bold: LazyFace[]): FontSet {
  return {
    regular: [...bundled.regular, ...regular],
    medium: [...bundled.medium, ...regular],
    semibold: [...bundled.semibold, ...bold],
  };
}

function plainSet(bundled: FontSet, found: readonly Found[]): FontSet {
  return behind(
    bundled,
    found.map(
      ({ face }) =>
        () =>
          face,
    ),
    found.map(
      ({ bold }) =>
        () =>
          bold,
    ),
  );
}

type Shaping = {
  modules: typeof import("./shaping.ts");
  fontOf(face: Face): ShapingFont;
};

function shapingOf(harfBuzz: () => Promise<WebAssembly.Module>): () => Promise<Shaping> {
  let started: Promise<Shaping> | undefined;
  const start = async (): Promise<Shaping> => {
    const [modules, module] = await Promise.all([import("./shaping.ts"), harfBuzz()]);
    const shaper: Shaper = modules.startHarfBuzz(module);
    const fonts = new Map<Face, ShapingFont>();
    return {
      modules,
      fontOf: (face) => {
        const font = fonts.get(face) ?? shaper.font(face.bytes);
        fonts.set(face, font);
        return font;
      },
    };
  };
  return () => {
    // What failed for one document is begun anew for the next.
    started ??= start().catch((error) => {
      started = undefined;
      throw error;
    });
    return started;
  };
}

function shapedSet(
  language: Language,
  bundled: FontSet,
  found: readonly Found[],
  { modules, fontOf }: Shaping,
): FontSet {
  const faces = new Map<Face, LazyFace>();
  const lazy = (face: Face, { shaped }: AssetFont): LazyFace => {
    const made = shaped ? modules.clusterFace(face, fontOf(face)) : face;
    const known = faces.get(face) ?? (() => made);
    faces.set(face, known);
    return known;
  };
  const set = behind(
    bundled,
    found.map(({ font, face }) => lazy(face, font)),
    found.map(({ font, bold }) => lazy(bold, font)),
  );
  const wide = found.flatMap(({ wide, face }) => (wide ? [face] : []));
  const page = languageRecord(language).rightToLeft === true ? "rtl" : "ltr";
  return { ...set, complex: modules.complexText(page, wide) };
}
