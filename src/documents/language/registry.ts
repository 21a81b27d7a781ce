/**
 * Pure. Every language a document can be in. Adding one: a file like `sv.ts` beside this one, with
 * its labels, the letters' words, its font (`public/fonts/NotoSans<font>.ttf`, where the faces in
 * the Worker lack its letters) and its locale; then its import and its entry here. The compiler
 * names every label that is missing. Afterwards: `npm run client:types`.
 */
import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { he } from "./he.ts";
import { hi } from "./hi.ts";
import { it } from "./it.ts";
import { ja } from "./ja.ts";
import { ko } from "./ko.ts";
import type { Labels } from "./labels.ts";
import type { LanguageRecord } from "./language.ts";
import type { LetterLabels } from "./letter-labels.ts";
import { nl } from "./nl.ts";
import { pl } from "./pl.ts";
import { pt } from "./pt.ts";
import { sv } from "./sv.ts";
import { zh } from "./zh.ts";

// Their order is the order in which the API's reference names them.
const REGISTRY = {
  en,
  de,
  fr,
  es,
  it,
  pt,
  nl,
  pl,
  sv,
  ja,
  zh,
  ko,
  ar,
  he,
  hi,
} satisfies Record<string, LanguageRecord>;

export type Language = keyof typeof REGISTRY;
export const LANGUAGES = Object.keys(REGISTRY) as [Language, ...Language[]];

/** All that is known of a language. */
export function languageRecord(language: Language): LanguageRecord {
  return REGISTRY[language];
}

/** The words of documents in a language. */
export function labelsFor(language: Language): Labels {
  return REGISTRY[language].labels;
}

/** The words of letters in a language. */
export function lettersFor(language: Language): LetterLabels {
  return REGISTRY[language].letters;
}

/** A label before its value, as a language writes the two. */
export function labelled(language: Language, label: string, value: string): string {
  return `${label}${languageRecord(language).colon ?? ": "}${value}`;
}

/** The language of a locale: "fr" of "fr-CH"; English where there is none of ours. */
export function languageOf(locale: string): Language {
  return LANGUAGES.find((language) => language === locale.split("-")[0]) ?? "en";
}

/** Which way the lines of a locale's language run: "rtl" of "ar-SA". */
export function directionOf(locale: string): "ltr" | "rtl" {
  return languageRecord(languageOf(locale)).rightToLeft ? "rtl" : "ltr";
}
