/**
 * The faces a document is set in: Inter in three weights and Noto Sans behind it are part of the
 * Worker; East Asian faces are read from the static assets when a document has such text.
 */
import type { Env } from "../../../platform/runtime/env.ts";
import { languageRecord } from "../../language/registry.ts";
import type { Sheet } from "../../model/model.ts";
import { fontFinder } from "./document-fonts.ts";
import interMedium from "./fonts/Inter-Medium.ttf";
import interRegular from "./fonts/Inter-Regular.ttf";
import interSemiBold from "./fonts/Inter-SemiBold.ttf";
import notoRegular from "./fonts/NotoSans-Regular.ttf";
import notoSemiBold from "./fonts/NotoSans-SemiBold.ttf";
import { type FontSet, type LazyFace, lazyFace } from "./text.ts";

/** Changes whenever a font file does, or how it is embedded: part of every rendition's key. */
export const FONTS_VERSION = "inter-4.1-noto-2.015-cjk-3-shaped-1-used-1";

/** The files in the Worker, by the names that they give themselves. */
export const FONT_FILES = {
  "Inter-Regular": interRegular,
  "Inter-Medium": interMedium,
  "Inter-SemiBold": interSemiBold,
  "NotoSans-Regular": notoRegular,
  "NotoSans-SemiBold": notoSemiBold,
};

const noto = { regular: lazyFace(notoRegular), semibold: lazyFace(notoSemiBold) };

/** Latin, Greek and Cyrillic. */
export const FONTS: FontSet = {
  regular: [lazyFace(interRegular), noto.regular],
  medium: [lazyFace(interMedium), noto.semibold],
  semibold: [lazyFace(interSemiBold), noto.semibold],
};

const find = fontFinder(FONTS, async () => (await import("harfbuzzjs/dist/harfbuzz.wasm")).default);

async function readAsset(file: string, assets: Env["ASSETS"]): Promise<ArrayBuffer> {
  const response = await assets.fetch(`https://assets.local/fonts/${file}.ttf`);
  if (!response.ok) throw new Error(`font ${file} answered ${response.status}`);
  return response.arrayBuffer();
}

/** Faces that version 1 read: a few megabytes each, so kept for the isolate's life. */
const read = new Map<string, LazyFace>();

/**
 * The faces that a document needs.
 * Errors: where an asset cannot be read, so that no document with replaced characters is kept.
 */
export async function fontsFor<M extends Sheet>(model: M, assets: Env["ASSETS"]): Promise<FontSet> {
  if (model.template.version > 1) return find(model, (file) => readAsset(file, assets));
  const needed = assetFontsOf(model);
  if (needed.length === 0) return FONTS;
  const faces: LazyFace[] = [];
  for (const font of needed) faces.push(await readFace(font, assets));
  return {
    regular: [...FONTS.regular, ...faces],
    medium: [...FONTS.medium, ...faces],
    semibold: [...FONTS.semibold, ...faces],
  };
}

async function readFace(font: string, assets: Env["ASSETS"]): Promise<LazyFace> {
  const known = read.get(font);
  if (known) return known;
  const face = lazyFace(await readAsset(`NotoSans${font}`, assets));
  read.set(font, face);
  return face;
}

const HANGUL = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/;
const KANA = /[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]/;
const IDEOGRAPHS = /[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uff65]/;

/**
 * The fonts in the static assets that a document needs. The language's own comes first: the same
 * ideograph looks different in Japan and in China.
 */
function assetFontsOf(model: Sheet): string[] {
  const text = JSON.stringify({ ...model, branding: null });
  const needed = new Set<string>();
  const { font } = languageRecord(model.language);
  if (font !== null) needed.add(font);
  if (HANGUL.test(text)) needed.add("KR");
  if (KANA.test(text)) needed.add("JP");
  if (IDEOGRAPHS.test(text)) needed.add(needed.has("JP") ? "JP" : "SC");
  return [...needed];
}
