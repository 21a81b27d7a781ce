/** Pure. The words of every language a letter can be in: those of documents. */
import type { Language } from "../../../documents/model/model.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import { it } from "./it.ts";
import { ja } from "./ja.ts";
import { ko } from "./ko.ts";
import type { LetterLabels } from "./labels.ts";
import { nl } from "./nl.ts";
import { pl } from "./pl.ts";
import { pt } from "./pt.ts";
import { sv } from "./sv.ts";
import { zh } from "./zh.ts";

const CATALOGUE: Record<Language, LetterLabels> = {
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
};

export function letterLabels(language: Language): LetterLabels {
  return CATALOGUE[language];
}
