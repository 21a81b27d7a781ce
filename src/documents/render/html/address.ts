/** Pure. Where the style and the faces of previews are, and what a preview may load. */
import { FONTS_VERSION } from "../pdf/font-set.ts";
import { SHEETS } from "../svg/web-face.ts";

/** The faces of this version; what is at it never changes. */
export const FACES = `${SHEETS}/${FONTS_VERSION}`;

/** The address of the faces for a page that was asked for at `url`. */
export function facesAt(url: string): string {
  return `${new URL(url).origin}${FACES}`;
}

/** A page has its style and its logo in itself, its faces from here, and nothing else. */
export const PREVIEW_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'";
