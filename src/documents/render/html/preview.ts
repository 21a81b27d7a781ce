/**
 * Pure. A document's drawn pages as HTML, alone or as a part of another page: no scripts, and no
 * styles but those of `sheetStyle`.
 */
import { fill } from "../../language/format.ts";
import { directionOf } from "../../language/registry.ts";
import type { DocumentModel } from "../../model/model.ts";
import { LOGO_RESOURCE } from "../pdf/head.ts";
import { escaped } from "../svg/drawing.ts";
import { type DrawnPages, type Sheets, sheetsSvg } from "../svg/sheets.ts";
import { sheetStyle } from "../svg/web-face.ts";
import { titleText, wordsOf } from "../wording/wording.ts";

export type Picture = { type: "image/png" | "image/jpeg"; base64: string };

/** A model with its pages, and its logo as it was uploaded. */
export type Drawn = { model: DocumentModel; drawn: DrawnPages; logo: Picture | null };

/** A page that shows a document among other things has as many of its pages. */
export const MOST_SHEETS = 20;

/** The first pages, below the title of a page whose style has `sheetStyle`. */
export function sheetsHtml(shown: Drawn): string {
  return sheetsOf(shown, { titleLevel: 2, most: MOST_SHEETS });
}

/** The first pages, as many as are asked for. */
export function sheetsOf(
  { model, drawn, logo }: Drawn,
  how: Pick<Sheets, "titleLevel" | "most">,
): string {
  const { labels, format } = wordsOf(model);
  const pages = `${drawn.canvases.length}`;
  const pictures = new Map<string, string>();
  if (logo) pictures.set(LOGO_RESOURCE, `data:${logo.type};base64,${logo.base64}`);
  const svg = sheetsSvg({
    drawn,
    pictures,
    ...how,
    nameOf: (index) => fill(labels.page, { page: `${index + 1}`, pages }),
  });
  return `<div class="sheets" ${inLanguage(format.locale)}>${svg}</div>`;
}

function inLanguage(locale: string): string {
  return `lang="${locale}" dir="${directionOf(locale)}"`;
}

const STYLE = `html{background:#eef0f3}body{margin:0 auto;max-width:54rem;padding:1rem;
box-sizing:border-box}@media print{html{background:none}body{max-width:none;padding:0}
.sheets{display:block}.sheets svg{box-shadow:none;break-after:page}}`;

/** The pages as a page of their own; `fonts` is the address of the faces. */
export function previewHtml(shown: Drawn, fonts: string): string {
  const body = sheetsOf(shown, { titleLevel: 1, most: shown.drawn.canvases.length });
  return pageHtml(shown, { style: STYLE, fonts, body });
}

type Around = { style: string; fonts: string; body: string };

/** A whole page in a document's language, named as the document is. */
export function pageHtml({ model }: Drawn, { style, fonts, body }: Around): string {
  const words = wordsOf(model);
  return `<!doctype html><html ${inLanguage(words.format.locale)}><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(titleText(words))}</title>
<style>${style}${sheetStyle(fonts)}</style></head>
<body>${body}</body></html>`;
}
