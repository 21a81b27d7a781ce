/** Pure. What there is to know of a language; each is a file here and a line in `registry.ts`. */
import type { Labels } from "./labels.ts";
import type { LetterLabels } from "./letter-labels.ts";

export type LanguageRecord = {
  /** The words of documents. */
  labels: Labels;
  /** The words of the e-mails that bring documents, and of notices. */
  letters: LetterLabels;
  /**
   * The face that its letters are drawn with: the static asset `NotoSans<font>.ttf`, or null where
   * the faces in the Worker have them all.
   */
  font: string | null;
  /** Its lines and its pages run from right to left. */
  rightToLeft?: boolean;
  /** Numbers, dates or amounts are written with spaces that do not break. */
  spaces: boolean;
  /** Whose numbers and dates it writes, as a BCP 47 tag; `region` is an ISO 3166 code. */
  localeOf: (region: string | null) => string;
};

/** A language's tag, in a region where one is known: "de-CH". */
export function withRegion(language: string, region: string | null): string {
  return region ? `${language}-${region}` : language;
}
