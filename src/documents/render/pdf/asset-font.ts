/**
 * Pure. The fonts in the static assets: which of them a text may need, and in which order those
 * that have the same characters are tried.
 */
import type { Language } from "../../language/registry.ts";
import { languageRecord } from "../../language/registry.ts";
import type { Sheet } from "../../model/model.ts";

export type AssetFont = {
  /** The name of its file in `public/fonts`, and of its semi-bold face where it has one. */
  file: string;
  bold: string | null;
  /** Its letters join, stack or move. */
  shaped: boolean;
  /** The characters for which it may be read. */
  holds: RegExp;
};

/** The regions whose ideographs differ; each has its common characters, and all that are more. */
type Region = "SC" | "TC" | "JP" | "KR";

const IDEOGRAPHS = new RegExp(
  "[\\u2e80-\\u303f\\u3100-\\u312f\\u3190-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\ufe30-\\ufe4f" +
    "\\uff00-\\uff65\\uffe0-\\uffe6\\u{20000}-\\u{323af}]",
  "u",
);
const KANA = /[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]/;
const HANGUL = /[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]/;
const BOPOMOFO = /[\u3105-\u312f\u31a0-\u31bf]/;

const plain = (file: string, holds: RegExp): AssetFont => ({
  file,
  bold: null,
  shaped: false,
  holds,
});
const wide = (region: Region) => ({
  common: plain(`NotoSans${region}`, IDEOGRAPHS),
  more: plain(`NotoSans${region}-More`, IDEOGRAPHS),
});
const shaped = (script: string, holds: RegExp, bold = false): AssetFont => ({
  file: `NotoSans${script}`,
  bold: bold ? `NotoSans${script}-SemiBold` : null,
  shaped: true,
  holds,
});

const WIDE: Record<Region, { common: AssetFont; more: AssetFont }> = {
  SC: wide("SC"),
  TC: wide("TC"),
  JP: wide("JP"),
  KR: wide("KR"),
};

const SCRIPTS: readonly AssetFont[] = [
  shaped("Hebrew", /[\u0590-\u05ff\ufb1d-\ufb4f]/, true),
  shaped("Arabic", /[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]/, true),
  shaped("Devanagari", /[\u0900-\u097f\u1cd0-\u1cff\ua8e0-\ua8ff]/, true),
  shaped("Bengali", /[\u0980-\u09ff]/),
  shaped("Gurmukhi", /[\u0a00-\u0a7f]/),
  shaped("Gujarati", /[\u0a80-\u0aff]/),
  shaped("Tamil", /[\u0b80-\u0bff]/),
  shaped("Telugu", /[\u0c00-\u0c7f]/),
  shaped("Kannada", /[\u0c80-\u0cff]/),
  shaped("Malayalam", /[\u0d00-\u0d7f]/),
  shaped("Sinhala", /[\u0d80-\u0dff]/),
  shaped("Thai", /[\u0e00-\u0e7f]/),
  shaped("Lao", /[\u0e80-\u0eff]/),
  shaped("Myanmar", /[\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]/),
  shaped("Khmer", /[\u1780-\u17ff\u19e0-\u19ff]/),
  plain("NotoSansArmenian", /[\u0530-\u058f\ufb13-\ufb17]/),
  plain("NotoSansGeorgian", /[\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f]/),
  plain("NotoSansEthiopic", /[\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f]/),
];

const SYMBOLS: readonly AssetFont[] = [
  plain("NotoSansSymbols", /[\u2000-\u2bff\u{1f000}-\u{1f9ff}]/u),
  plain("NotoSansSymbols2", /[\u2000-\u2bff\u{1f000}-\u{1fbff}]/u),
  plain("NotoSansMath", /[\u2000-\u2bff\u{1d400}-\u{1d7ff}]/u),
  {
    file: "NotoEmoji",
    bold: null,
    shaped: true,
    holds: new RegExp(
      "[#*0-9\\u00a9\\u00ae\\u2000-\\u2bff\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}" +
        "\\u{e0000}-\\u{e007f}]",
      "u",
    ),
  },
];

const OF_COUNTRY: Readonly<Record<string, Region>> = {
  CN: "SC",
  SG: "SC",
  MY: "SC",
  TW: "TC",
  HK: "TC",
  MO: "TC",
  JP: "JP",
  KR: "KR",
  KP: "KR",
};

/** The font that a language's own letters need beyond those in the Worker, or null. */
export function fontOfLanguage(language: Language): AssetFont | null {
  const file = `NotoSans${languageRecord(language).font}`;
  const all = [...Object.values(WIDE).map(({ common }) => common), ...SCRIPTS];
  return all.find((font) => font.file === file) ?? null;
}

/** A region's common characters, and all that are more; `likely` where the document says so. */
export type WideFonts = { common: AssetFont; more: AssetFont; likely: boolean };

/**
 * The regions' fonts in the order in which a document tries them. The same ideograph looks
 * different in China, Taiwan, Japan and Korea: the language says which comes first, then what is
 * written in kana, bopomofo or hangul, then where the parties are.
 */
export function wideFonts(model: Sheet, text: string): WideFonts[] {
  const { font } = languageRecord(model.language);
  const regions = new Set<Region>();
  if (font === "SC" && OF_COUNTRY[model.region ?? ""] === "TC") regions.add("TC");
  if (font !== null && font in WIDE) regions.add(font as Region);
  if (KANA.test(text)) regions.add("JP");
  if (BOPOMOFO.test(text)) regions.add("TC");
  if (HANGUL.test(text)) regions.add("KR");
  for (const party of [model.buyer, model.seller, model.shipTo]) {
    const region = OF_COUNTRY[party?.address.country ?? ""];
    if (region) regions.add(region);
  }
  const likely = new Set(regions);
  for (const region of ["SC", "TC", "JP", "KR"] as const) regions.add(region);
  return [...regions].map((region) => ({ ...WIDE[region], likely: likely.has(region) }));
}

/** The fonts of single scripts, and behind them those of symbols. */
export const NARROW_FONTS: readonly AssetFont[] = [...SCRIPTS, ...SYMBOLS];

/** Characters that several regions write, each in its own way. */
export const WIDE_TEXT = new RegExp(`${IDEOGRAPHS.source}|${KANA.source}|${HANGUL.source}`, "u");
