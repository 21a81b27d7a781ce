/**
 * Pure. A document's drawn pages as SVG, one element a page, scaled to whatever width it stands in.
 * What is read aloud is the PDF's own structure: headings, lists, tables, figures and links, in its
 * order; what is only looked at stands before it, hidden from readers.
 */
import {
  type Element,
  isElement,
  mcidOfContent,
  pageOfContent,
  TABLE_ROW_HEAD,
  type Tag,
} from "../pdf/structure.ts";
import type { FinishedPages } from "../pdf/writer.ts";
import { escaped, round, Shapes } from "./drawing.ts";
import { type Pictures, type ReadPage, readPage } from "./read-page.ts";

/** What a layout has drawn. */
export type DrawnPages = Pick<FinishedPages, "canvases" | "pool" | "root">;

export type Sheets = {
  drawn: DrawnPages;
  /** The addresses of pictures, by their resources' names. */
  pictures: Pictures;
  /** What the page of an index is called. */
  nameOf: (index: number) => string;
  /** The level of the document's title among the headings around it. */
  titleLevel: number;
  /** The first of many pages. */
  most: number;
};

/** The pages as SVG, one after the other. */
export function sheetsSvg({ drawn, pictures, nameOf, titleLevel, most }: Sheets): string {
  const { pool, root } = drawn;
  const canvases = drawn.canvases.slice(0, most);
  const shapes = new Shapes();
  const pages = canvases.map((canvas) => readPage(canvas, pool, pictures, shapes));
  const read = contentOf(root, { pages, titleLevel });
  const texts: string[] = pages.map(() => "");
  for (const { page, svg } of read) if (page in texts) texts[page] += svg;
  const sheets = canvases.map(({ width, height }, i) => {
    const box = `0 0 ${round(width)} ${round(height)}`;
    const hidden = `<g aria-hidden="true">${pages[i]?.artifacts ?? ""}</g>`;
    return (
      `<svg viewBox="${box}" direction="ltr" role="group" ` +
      `aria-label="${escaped(nameOf(i))}">${hidden}${texts[i] ?? ""}</svg>`
    );
  });
  return shapes.svg() + sheets.join("");
}

/** Parts of what is read, in its order, each on a page. */
type Piece = { page: number; svg: string };

type Reading = { pages: readonly ReadPage[]; titleLevel: number };

function contentOf(element: Element, reading: Reading): Piece[] {
  const { pages } = reading;
  const pieces: Piece[] = [];
  let href: string | null = null;
  const add = (page: number, svg: string) => {
    const last = pieces.at(-1);
    if (last?.page === page) last.svg += svg;
    else if (svg !== "") pieces.push({ page, svg });
  };
  for (const kid of element.kids) {
    if (typeof kid === "number") {
      const page = pageOfContent(kid);
      add(page, pages[page]?.marks[mcidOfContent(kid)] ?? "");
    } else if (isElement(kid)) {
      for (const { page, svg } of contentOf(kid, reading)) add(page, svg);
    } else href = kid.annotation.url;
  }
  for (const piece of pieces) piece.svg = wrapped(element, reading, href, piece.svg);
  return pieces;
}

const ROLES: Partial<Record<Tag, string>> = {
  P: 'role="paragraph"',
  L: 'role="list"',
  LI: 'role="listitem"',
  Lbl: 'role="term"',
  LBody: 'role="definition"',
  Table: 'role="table"',
  TR: 'role="row"',
  TD: 'role="cell"',
};

const HEADINGS: Partial<Record<Tag, number>> = { H1: 0, H2: 1, H3: 2 };

function wrapped(
  { tag, alt, attributes }: Element,
  { titleLevel }: Reading,
  href: string | null,
  svg: string,
): string {
  if (tag === "Link" && href !== null && /^https?:/.test(href)) {
    return `<a href="${escaped(href)}" target="_blank" rel="noopener noreferrer">${svg}</a>`;
  }
  if (tag === "Figure") return `<g role="img" aria-label="${escaped(alt ?? "")}">${svg}</g>`;
  if (tag === "TH") {
    const role = attributes?.includes(TABLE_ROW_HEAD) ? "rowheader" : "columnheader";
    return `<g role="${role}">${svg}</g>`;
  }
  const below = HEADINGS[tag];
  if (below !== undefined) {
    return `<g role="heading" aria-level="${titleLevel + below}">${svg}</g>`;
  }
  const role = ROLES[tag];
  return role ? `<g ${role}>${svg}</g>` : svg;
}
