/**
 * Pure. What a page's operators draw, as SVG: places are those of the page, from its top left
 * corner. Text in a browser's face is text, each character at its own place; in any other face it
 * is outlines, under which the same text stands unseen, to be selected and read aloud.
 */
import type { Part } from "../pdf/drawn-face.ts";
import type { Face } from "../pdf/truetype.ts";
import { outlinePath } from "./outline.ts";
import { webClassOf } from "./web-face.ts";

/** Glyphs of one part that were shown at once: where each stands, in points. */
export type Run = {
  part: Part;
  size: number;
  fill: string;
  /** The width of an outline in the text's own colour; 0 without one. */
  stroke: number;
  cids: number[];
  xs: number[];
  /** Where the last one ends. */
  end: number;
};

/** The outlines that a document's pages draw, each once. */
export class Shapes {
  readonly #ids = new Map<DataView, Map<number, number>>();
  #count = 0;
  #paths = "";

  /** The number of a glyph's outline; 0 for a blank one. */
  idOf(face: Face, glyph: number): number {
    const ids = this.#ids.get(face.view) ?? new Map<number, number>();
    this.#ids.set(face.view, ids);
    let id = ids.get(glyph);
    if (id === undefined) {
      const path = outlinePath(face, glyph);
      id = path === "" ? 0 : ++this.#count;
      ids.set(glyph, id);
      if (id > 0) this.#paths += `<path id="shape${id}" d="${path}"/>`;
    }
    return id;
  }

  /** All of them, as an element that draws nothing; empty where there is none. */
  svg(): string {
    if (this.#count === 0) return "";
    return `<svg class="shapes" aria-hidden="true" width="0" height="0">${this.#paths}</svg>`;
  }
}

/** A number with at most two decimals, as short as it is. */
export function round(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}

/** A colour of a page, whose parts are from 0 to 1. */
export function cssColor(...parts: number[]): string {
  const hex = parts.map((part) =>
    Math.round(part * 255)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${hex.join("")}`;
}

/** A text as content of an element, or of an attribute in double quotes. */
export function escaped(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one) : text;
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** A line of text at a height; its runs are in the order in which they are read. */
export function textSvg(runs: readonly Run[], y: number, shapes: Shapes): string {
  let outlines = "";
  const spans = runs.map((run) => {
    const name = webClassOf(run.part.face);
    const shown = name === null ? null : shownText(run);
    if (name !== null && shown !== null) {
      const thick = run.stroke > 0 ? ` stroke="${run.fill}" stroke-width="${run.stroke}"` : "";
      const attributes = `class="${shown.tabular ? `${name} t` : name}" fill="${run.fill}"${thick}`;
      return { attributes, run, text: shown.text, xs: shown.xs };
    }
    outlines += outlineSvg(run, y, shapes);
    return { attributes: `class="n"`, run, ...readText(run) };
  });
  const [first] = spans;
  if (!first) return outlines;
  if (spans.length === 1) {
    const { attributes, run, text, xs } = first;
    const place = `x="${xs}" y="${round(y)}" font-size="${round(run.size)}"`;
    return `${outlines}<text ${attributes} ${place}>${escaped(text)}</text>`;
  }
  const inner = spans.map(
    ({ attributes, run, text, xs }) =>
      `<tspan ${attributes} x="${xs}" font-size="${round(run.size)}">${escaped(text)}</tspan>`,
  );
  return `${outlines}<text y="${round(y)}">${inner.join("")}</text>`;
}

type Shown = { text: string; xs: string; tabular: boolean };

/** Marks that a browser would move over the letter before them. */
const MARK = /\p{M}/u;

/**
 * The characters that a browser draws with the very glyphs of a run: the face's own ones, or its
 * figures of one width. Null where there are none, as for a character that was replaced.
 */
function shownText({ part, cids, xs }: Run): Shown | null {
  const { face, glyphs, codes } = part;
  let text = "";
  let places = "";
  let plain = true;
  let tabular = true;
  for (let i = 0; i < cids.length; i++) {
    const cid = cids[i] ?? 0;
    const code = codes[cid] ?? 0;
    const glyph = glyphs[cid] ?? 0;
    const own = face.glyphOf(code);
    if (own !== glyph) plain = false;
    if (tabular && face.tabularOf(own) !== glyph) tabular = false;
    if (code > 0xffff || (!plain && !tabular)) return null;
    text += String.fromCharCode(code);
    places += i === 0 ? round(xs[i] ?? 0) : ` ${round(xs[i] ?? 0)}`;
  }
  if (LATER_MARKS.test(text) && MARK.test(text)) return null;
  return { text, xs: places, tabular: !plain };
}

/** No character before these is a mark. */
const LATER_MARKS = /[\u0300-\uffff]/;

/** The outlines of a run, in font units from where it begins. */
function outlineSvg({ part, size, fill, stroke, cids, xs }: Run, y: number, shapes: Shapes) {
  const { face, glyphs } = part;
  const scale = size / face.unitsPerEm;
  const start = xs[0] ?? 0;
  let uses = "";
  const use = (glyph: number, x: number, up: number) => {
    const id = shapes.idOf(face, glyph);
    if (id === 0) return;
    const rise = up === 0 ? "" : ` y="${round(up)}"`;
    uses += `<use href="#shape${id}" x="${Math.round(x)}"${rise}/>`;
  };
  cids.forEach((cid, i) => {
    const glyph = glyphs[cid] ?? 0;
    const x = ((xs[i] ?? 0) - start) / scale;
    const cluster = face.clusters?.at(glyph);
    if (!cluster) use(glyph, x, 0);
    else for (const one of cluster.parts) use(one.glyph, x + one.x, one.y);
  });
  if (uses === "") return "";
  const factor = Math.round(scale * 1e6) / 1e6;
  const place = `transform="translate(${round(start)} ${round(y)}) scale(${factor} -${factor})"`;
  const thick = stroke > 0 ? ` stroke="${fill}" stroke-width="${round(stroke / scale)}"` : "";
  return `<g aria-hidden="true" fill="${fill}"${thick} ${place}>${uses}</g>`;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/** A run as it is read: one from right to left is stored from its left end. */
function readText({ part, cids, xs, end }: Run): { text: string; xs: string } {
  const { face, glyphs, codes } = part;
  const pieces = cids.map((cid, i) => {
    const cluster = face.clusters?.at(glyphs[cid] ?? 0);
    const text = cluster?.text ?? String.fromCodePoint(codes[cid] ?? 0x20);
    return { text, x: xs[i] ?? 0, width: (xs[i + 1] ?? end) - (xs[i] ?? 0) };
  });
  const leftward = pieces.some(({ text }) => RIGHT_TO_LEFT.test(text));
  if (leftward) pieces.reverse();
  let text = "";
  const places: string[] = [];
  for (const piece of pieces) {
    const own = leftward ? [...piece.text].reverse().join("") : piece.text;
    const step = piece.width / Math.max(1, own.length);
    for (let i = 0; i < own.length; i++) places.push(round(piece.x + i * step));
    text += own;
  }
  return { text, xs: places.join(" ") };
}
