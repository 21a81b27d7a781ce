/** Pure. The words of every language a document can be in. */
import type { Language } from "../model.ts";
import { en } from "./en.ts";
import type { Labels } from "./labels.ts";

const CATALOGUE = { en } satisfies Partial<Record<Language, Labels>>;

export function labelsFor(language: Language): Labels {
  return (CATALOGUE as Partial<Record<Language, Labels>>)[language] ?? en;
}
