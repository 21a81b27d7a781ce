/** Pure. What there is to know of a language; each is a file here and a line in `registry.ts`. */
import { once } from "./intl.ts";
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
  /** What it writes between a label and its value, where that is not a colon and a space. */
  colon?: string;
  /** Whose numbers and dates it writes, as a BCP 47 tag; `region` is an ISO 3166 code. */
  localeOf: (region: string | null) => string;
  /** The same since the second version of the pages, where that differs. */
  localeIn?: (region: string | null) => string;
};

const EUROPE = once(
  () =>
    new Set(
      (
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GI GR HR HU IS IT LI LT LU LV MC " +
        "MD ME MK NL NO PL PT RO RS SE SI SJ SK SM UA VA XK"
      ).split(" "),
    ),
);

/** Whether a country is in Europe and has no English of its own. */
export function isEuropean(region: string): boolean {
  return EUROPE().has(region);
}

/** A language's tag, in a region where one is known: "de-CH". */
export function withRegion(language: string, region: string | null): string {
  return region ? `${language}-${region}` : language;
}
