/**
 * Pure. One page's content stream. Coordinates are points from the page's top left corner, or, in a
 * language from right to left, from its top right corner leftwards, so that one layout serves both;
 * text is placed by its baseline. Everything drawn is either marked for an element or an artifact.
 */
import { languageRecord } from "../../language/registry.ts";
import { ByteText } from "./byte-text.ts";
import {
  CID_BYTE_OFFSET,
  cidOf,
  type DrawnFace,
  drawnFace,
  type FacePool,
  knownCid,
  OTHERS_SUFFIX,
  type Part,
} from "./drawn-face.ts";
import { addKid, contentKid, type Element, type LinkAnnotation } from "./structure.ts";
import { type Color, faceAt, type SeenLine, type Shaped, type TextLine } from "./text.ts";

export type ArtifactKind = "Pagination" | "Layout" | "Background";

/** Bézier control distance of a quarter circle of radius 1. */
const ARC = 0.5523;

export class Canvas {
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly #content = new ByteText();
  /** The element that owns each marked-content id. */
  readonly owners: Element[] = [];
  readonly links: { annotation: LinkAnnotation; element: Element }[] = [];
  readonly #pool: FacePool;
  /** Whether it counts from the right. */
  readonly mirrored: boolean;
  /** The lines of what is being marked, the first `#markedCount` of them. */
  readonly #marked: TextLine[] = [];
  #markedCount = 0;
  /** Whether one of them is seen in another order than it is read. */
  #reordered = false;
  #part: Part | null = null;
  #size = 0;
  #color: Color | null = null;
  #outline = "";

  constructor(index: number, size: { width: number; height: number }, pool: FacePool) {
    this.index = index;
    this.width = size.width;
    this.height = size.height;
    this.#pool = pool;
    this.mirrored = languageRecord(pool.language).rightToLeft === true;
  }

  /** Where something of a width stands, in points from the page's left edge. */
  leftOf(x: number, width: number): number {
    return this.mirrored ? this.width - x - width : x;
  }

  content(): Uint8Array {
    return this.#content.bytes();
  }

  /** Draws as content of `element`, in reading order. */
  mark(element: Element, draw: () => void): void {
    this.#begin(element);
    draw();
    this.#end(element);
  }

  /** Draws one line of text as all content of `element`. */
  markText(element: Element, line: TextLine, x: number, baseline: number): void {
    this.#begin(element);
    this.text(line, x, baseline);
    this.#end(element);
  }

  #begin(element: Element): void {
    const mcid = this.owners.push(element) - 1;
    addKid(element, contentKid(this.index, mcid));
    const content = this.#content;
    content.put("/");
    content.put(element.tag);
    content.put("<</MCID ");
    content.putInteger(mcid);
    content.put(">>BDC\n");
    this.#markedCount = 0;
    this.#reordered = false;
  }

  #end(element: Element): void {
    this.#content.put("EMC\n");
    if (this.#reordered) this.#sayActual(element);
  }

  /** What an element reads as, whose glyphs do not all stand in that order. */
  #sayActual(element: Element): void {
    const texts = this.#marked.slice(0, this.#markedCount).map((line) => {
      const { shaped, from, to } = line;
      return shaped.seen?.(line).text ?? textOfPlaces(shaped, from, to);
    });
    element.actual = [...(element.actual === null ? [] : [element.actual]), ...texts].join(" ");
  }

  /** Draws what no reader needs: rules, backgrounds, running heads. */
  artifact(kind: ArtifactKind, draw: () => void): void {
    this.#content.put("/Artifact<</Type/");
    this.#content.put(kind);
    this.#content.put(">>BDC\n");
    draw();
    this.#content.put("EMC\n");
  }

  text(line: TextLine, x: number, baseline: number): void {
    this.#textAt(line, this.leftOf(x, line.widthPt), baseline);
  }

  #textAt(line: TextLine, x: number, baseline: number): void {
    const { shaped, from, to } = line;
    if (from >= to) return;
    this.#marked[this.#markedCount++] = line;
    if (shaped.seen) this.#reordered = true;
    this.#fillWith(shaped.style.color);
    this.#content.put("BT ");
    this.#putPoint(x, this.height - baseline);
    this.#content.put("Td\n");
    if (shaped.seen) this.#showRuns(shaped.seen(line));
    else this.#showAll(shaped, from, to);
    this.#content.put("ET\n");
  }

  #showAll(shaped: Shaped, first: number, to: number): void {
    for (let from = first; from < to; ) {
      const face = faceAt(shaped, from);
      let end = shaped.faces === null ? to : from + 1;
      while (end < to && faceAt(shaped, end) === face) end += 1;
      this.#show(drawnFace(this.#pool, face), shaped, from, end);
      from = end;
    }
  }

  /** In the order in which the line is read, so that it is read so from the file as well. */
  #showRuns({ runs }: SeenLine): void {
    let at = 0;
    for (const { places, atPerMille } of runs) {
      if (atPerMille !== at) {
        this.#putPoint(((atPerMille - at) * places.style.size) / 1000, 0);
        this.#content.put("Td\n");
        at = atPerMille;
      }
      this.#showAll(places, 0, places.codes.length);
    }
  }

  /** Glyphs of one face, in the font of its common part if that has them all. */
  #show(drawn: DrawnFace, shaped: Shaped, from: number, to: number): void {
    const { style } = shaped;
    const { weight } = drawn.common.face;
    this.#thicken(style.weight === "semibold" && weight < 500 ? style.size : null);
    if (hasAll(drawn.common, shaped, from, to)) {
      this.#useFont(drawn.common, drawn.resource, style.size);
      this.#showBytes(drawn.used, shaped, from, to);
    } else {
      this.#useFont(drawn.others, drawn.resource + OTHERS_SUFFIX, style.size);
      this.#showWords(drawn.others, shaped, from, to);
    }
  }

  #useFont(part: Part, resource: string, size: number): void {
    if (part === this.#part && size === this.#size) return;
    this.#part = part;
    this.#size = size;
    this.#content.put(`/${resource} `);
    this.#content.putCoordinate(size);
    this.#content.put(" Tf\n");
  }

  /** In the common part, a byte a glyph: those that `hasAll` has found. */
  #showBytes(used: Uint8Array, { kerns }: Shaped, from: number, to: number): void {
    const content = this.#content;
    content.put(kerns ? "[(" : "(");
    for (let i = from; i < to; i++) {
      const kern = kerns && i > from ? (kerns[i] ?? 0) : 0;
      if (kern !== 0) this.#putKern(")", kern, "(");
      const cid = foundCids[i - from] ?? 0;
      used[cid] = 1;
      content.putByte(cid + CID_BYTE_OFFSET);
    }
    content.put(kerns ? ")]TJ\n" : ")Tj\n");
  }

  /** In the other part, two bytes a glyph. */
  #showWords(part: Part, { glyphs, codes, kerns }: Shaped, from: number, to: number): void {
    const content = this.#content;
    content.put("[<");
    for (let i = from; i < to; i++) {
      const kern = kerns && i > from ? (kerns[i] ?? 0) : 0;
      if (kern !== 0) this.#putKern(">", kern, "<");
      content.putHex(cidOf(part, glyphs[i] ?? 0, codes[i] ?? 0));
    }
    content.put(">]TJ\n");
  }

  #putKern(end: string, kern: number, start: string): void {
    this.#content.put(end);
    this.#content.putInteger(-kern);
    this.#content.put(start);
  }

  /** Two coordinates and a space behind each. */
  #putPoint(x: number, y: number): void {
    this.#content.putCoordinate(x);
    this.#content.put(" ");
    this.#content.putCoordinate(y);
    this.#content.put(" ");
  }

  rectangle(x: number, y: number, width: number, height: number, color: Color): void {
    this.#fillWith(color);
    this.#putPoint(this.leftOf(x, width), this.height - y - height);
    this.#putPoint(width, height);
    this.#content.put("re f\n");
  }

  rounded(x: number, y: number, size: Size, radius: number, color: Color): void {
    this.#fillWith(color);
    const left = this.leftOf(x, size.width);
    const right = left + size.width;
    const [top, bottom] = [this.height - y, this.height - y - size.height];
    const c = radius * (1 - ARC);
    const put = (operator: string, ...points: number[]) => {
      for (let i = 0; i < points.length; i += 2) this.#putPoint(points[i] ?? 0, points[i + 1] ?? 0);
      this.#content.put(`${operator}\n`);
    };
    put("m", left + radius, bottom);
    put("l", right - radius, bottom);
    put("c", right - c, bottom, right, bottom + c, right, bottom + radius);
    put("l", right, top - radius);
    put("c", right, top - c, right - c, top, right - radius, top);
    put("l", left + radius, top);
    put("c", left + c, top, left, top - c, left, top - radius);
    put("l", left, bottom + radius);
    put("c f", left, bottom + c, left + c, bottom, left + radius, bottom);
  }

  /** Filled cells of a grid whose top left corner is (x, y): runs of column, row and length. */
  cells(runs: readonly number[], x: number, y: number, cell: number, ink: Color): void {
    this.#fillWith(ink);
    const content = this.#content;
    const scale = cell.toFixed(4);
    let columns = 0;
    for (let i = 0; i < runs.length; i += 3) {
      columns = Math.max(columns, (runs[i] ?? 0) + (runs[i + 2] ?? 0));
    }
    content.put(`q ${scale} 0 0 -${scale} `);
    this.#putPoint(this.leftOf(x, columns * cell), this.height - y);
    content.put("cm\n");
    for (let i = 0; i < runs.length; i += 3) {
      content.putInteger(runs[i] ?? 0);
      content.put(" ");
      content.putInteger(runs[i + 1] ?? 0);
      content.put(" ");
      content.putInteger(runs[i + 2] ?? 0);
      content.put(" 1 re ");
    }
    content.put("f\nQ\n");
  }

  image(resource: string, x: number, y: number, width: number, height: number): void {
    this.#content.put("q ");
    this.#putPoint(width, 0);
    this.#putPoint(0, height);
    this.#putPoint(this.leftOf(x, width), this.height - y - height);
    this.#content.put(`cm\n/${resource} Do\nQ\n`);
  }

  /** Text turned counter-clockwise about its middle at (x, y). */
  turned(line: TextLine, x: number, y: number, degrees: number): void {
    const radians = (degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)].map((n) => n.toFixed(5));
    this.#content.put(`q ${cos} ${sin} -${sin} ${cos} `);
    this.#putPoint(this.leftOf(x, 0), this.height - y);
    this.#content.put("cm\n");
    const middle = (line.shaped.style.size * 0.73) / 2;
    this.#textAt(line, -line.widthPt / 2, this.height + middle);
    this.#content.put("Q\n");
    this.#part = null;
    this.#color = null;
    this.#outline = "";
  }

  /** Makes a rectangle of the page a link; `element` must be a Link that marked its text. */
  link(element: Element, url: string, label: string, box: Box): void {
    const { y, width, height } = box;
    const x = this.leftOf(box.x, width);
    const corners = [x, this.height - y - height, x + width, this.height - y];
    const annotation = { url, label, box: corners };
    addKid(element, { page: this.index, annotation });
    this.links.push({ annotation, element });
  }

  /** A face without a bold weight is drawn with an outline of its own colour. */
  #thicken(size: number | null): void {
    if (size === null && this.#outline === "") return;
    const ink = fillOf(this.#color ?? []).replace("rg", "RG");
    const mode = size === null ? "" : `${ink}${(size * 0.03).toFixed(2)} w 2 Tr\n`;
    if (mode !== this.#outline) this.#content.put(mode || "0 Tr\n");
    this.#outline = mode;
  }

  #fillWith(color: Color): void {
    if (color === this.#color) return;
    if (this.#color === null || !sameColor(color, this.#color)) this.#content.put(fillOf(color));
    this.#color = color;
  }
}

function sameColor(a: Color, b: Color): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

/** The theme's colours live as long as the isolate. */
const fills = new WeakMap<readonly number[], string>();

function fillOf(color: readonly number[]): string {
  const known = fills.get(color);
  if (known) return known;
  const fill = `${color.join(" ")} rg\n`;
  fills.set(color, fill);
  return fill;
}

/** The text of places in the order in which they are read. */
function textOfPlaces(shaped: Shaped, from: number, to: number): string {
  return shaped.codes
    .slice(from, to)
    .map((code, i) => {
      const cluster = faceAt(shaped, from + i).clusters?.at(shaped.glyphs[from + i] ?? 0);
      return cluster?.text ?? String.fromCodePoint(code);
    })
    .join("");
}

export type Size = { width: number; height: number };
export type Box = Size & { x: number; y: number };

/** What `hasAll` finds: kept here, since most texts are asked for and then drawn. */
const foundCids: number[] = [];

function hasAll(part: Part, { glyphs, codes }: Shaped, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const cid = knownCid(part, glyphs[i] ?? 0, codes[i] ?? 0);
    if (cid === undefined) return false;
    foundCids[i - from] = cid;
  }
  return true;
}
