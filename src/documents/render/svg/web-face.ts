/**
 * Pure. The faces that a browser is given as fonts, those in the Worker, and the style that pages
 * are shown with. All other faces have too many letters, or letters that a shaper places: of them
 * only the outlines that a document draws are sent.
 */
import type { Face } from "../pdf/truetype.ts";

/** Where the style and the faces are. */
export const SHEETS = "/sheets";
/** The style of pages that are a part of another page, for its head. */
export const SHEET_STYLE = `${SHEETS}/style.css`;

/** By the names that the files give themselves. */
const WEB_FACES = [
  { file: "Inter-Regular", family: "Sheet Inter", weight: 400 },
  { file: "Inter-Medium", family: "Sheet Inter", weight: 500 },
  { file: "Inter-SemiBold", family: "Sheet Inter", weight: 600 },
  { file: "NotoSans-Regular", family: "Sheet Noto", weight: 400 },
  { file: "NotoSans-SemiBold", family: "Sheet Noto", weight: 600 },
] as const;
export type WebFont = (typeof WEB_FACES)[number]["file"];

const CLASSES = new Map<string, string>(WEB_FACES.map(({ file }, i) => [file, `f${i}`]));

/** The class of texts in a face, or null where browsers are sent its outlines. */
export function webClassOf(face: Face): string | null {
  return CLASSES.get(face.name) ?? null;
}

/**
 * The style of pages whose fonts are at `fonts`. Every character has a place of its own there, so
 * nothing of what browsers do to text may move or join any.
 */
export function sheetStyle(fonts: string): string {
  const faces = WEB_FACES.map(
    ({ file, family, weight }) =>
      `@font-face{font-family:"${family}";font-weight:${weight};font-display:block;` +
      `src:url("${fonts}/${file}.ttf") format("truetype")}`,
  );
  const classes = WEB_FACES.map(
    ({ family, weight }, i) =>
      `.sheets .f${i}{font-family:"${family}",Inter,Arial,sans-serif;font-weight:${weight}}`,
  );
  return [...faces, LAYOUT, ...classes].join("\n");
}

/**
 * Rules are as thick as on paper, half a point (`l`) or three quarters (`k`) of a page that is 595
 * points wide, and never thinner than a pixel: so do readers of PDFs draw them.
 */
const LAYOUT = `.sheets{display:grid;gap:1rem;color-scheme:light;container-type:inline-size;
--hair:1px}
.sheets svg{display:block;width:100%;height:auto;background:#fff;color:#121721;
box-shadow:0 0 0 1px #12172114,0 1px 3px #12172114}
.sheets svg:nth-of-type(n+8){content-visibility:auto}
.sheets .shapes{position:absolute;width:0;height:0}
.sheets text{white-space:pre;text-rendering:geometricPrecision;letter-spacing:normal;
font-kerning:none;font-variant-ligatures:none;font-feature-settings:normal}
.sheets .t{font-variant-numeric:tabular-nums}
.sheets .n{font-family:sans-serif;font-weight:400;fill-opacity:0}
.sheets .l,.sheets .k{vector-effect:non-scaling-stroke;shape-rendering:crispEdges;
stroke-width:max(var(--hair),.084cqw)}
.sheets .k{stroke-width:max(var(--hair),.126cqw)}
@media (min-resolution:1.5dppx){.sheets{--hair:.5px}}`;
