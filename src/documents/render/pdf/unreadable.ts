/**
 * Pure. The characters of a document that its page cannot show: no font of the product has them, so
 * they are drawn as a mark, and only the text layer keeps them.
 */
import type { DocumentModel } from "../../model/model.ts";
import { BEYOND } from "./document-fonts.ts";
import { type FontSet, isInvisible, SPACE } from "./text.ts";

/** `field` is where the text stands in a document's model, as `lines[2].description`. */
export type Unreadable = { field: string; characters: string[] };

/** What a page shows; codes, keys and what is only in the e-invoice are left out. */
const NOT_PRINTED = new Set(["template", "branding", "facturX", "payload"]);

/** Each printed text with the characters in it that no face of a font set has, in its own order. */
export function unreadable(model: DocumentModel, fonts: FontSet): Unreadable[] {
  const found: Unreadable[] = [];
  const search = (value: unknown, field: string): void => {
    if (typeof value === "string") {
      if (!BEYOND.test(value)) return;
      const characters = lacking(value, fonts);
      if (characters.length > 0) found.push({ field, characters });
    } else if (Array.isArray(value)) {
      value.forEach((one, i) => {
        search(one, `${field}[${i}]`);
      });
    } else if (value !== null && typeof value === "object") {
      for (const [name, one] of Object.entries(value)) {
        if (!NOT_PRINTED.has(name)) search(one, field === "" ? name : `${field}.${name}`);
      }
    }
  };
  search(model, "");
  return found;
}

function lacking(text: string, fonts: FontSet): string[] {
  return [...new Set(text.normalize("NFC"))].filter((character) => {
    const code = character.codePointAt(0) ?? SPACE;
    if (isInvisible(code) || /\s/u.test(character)) return false;
    return fonts.regular.every((face) => face().glyphOf(code) === 0);
  });
}
