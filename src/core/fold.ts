/**
 * Text without what people leave out when they type: capitals, accents, points and forms of a
 * letter. Pure. A text and what is looked for in it are folded alike, so either may leave it out.
 */

/** Letters that Unicode does not take apart, as they are typed without their key. */
const LETTERS: Readonly<Record<string, string>> = {
  ł: "l",
  ø: "o",
  ß: "ss",
  đ: "d",
  ð: "d",
  þ: "th",
  æ: "ae",
  œ: "oe",
  ı: "i",
  ħ: "h",
  ŧ: "t",
  ŋ: "n",
  ς: "σ",
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

const LEFT_OUT = new RegExp(
  [
    String.raw`[\u0300-\u036f]`, // accents
    String.raw`[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]`, // points of Hebrew
    String.raw`[\u0610-\u061a\u0640\u064b-\u065f\u0670]`, // vowels and lengthening of Arabic
    String.raw`[\u00ad\u200c\u200d\u2060\ufeff]`, // soft hyphens, joiners
  ].join("|"),
  "g",
);

/** The text in lower case and in one form; folding it again changes nothing. */
export function foldText(text: string): string {
  // Apart, without its marks, and together again: Korean syllables and Japanese voiced kana are
  // taken apart as well (Unicode Standard Annex 15).
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(LEFT_OUT, "")
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFC");
}
