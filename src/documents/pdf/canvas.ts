/**
 * Pure. One page's content stream. Coordinates are points from the page's top left corner, text is
 * placed by its baseline. Everything drawn is either marked for an element or an artifact.
 */
import { ByteText } from "./byte-text.ts";
import {
  cidOf,
  type DrawnFace,
  drawnFace,
  type FacePool,
  knownCid,
  OTHERS_SUFFIX,
  type Part,
} from "./drawn-face.ts";
import type { Element, LinkAnnotation } from "./structure.ts";
import { type Color, faceAt, type Shaped, type TextLine } from "./text.ts";

/** A coordinate with two decimals, in the fewest characters. */
export function coordinate(points: number): string {
  return `${Math.round(points * 100) / 100 + 0}`;
}

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
  #font = "";
  #fill = "";
  #color: Color | null = null;
  #outline = "";

  constructor(index: number, size: { width: number; height: number }, pool: FacePool) {
    this.index = index;
    this.width = size.width;
    this.height = size.height;
    this.#pool = pool;
  }

  content(): Uint8Array {
    return this.#content.bytes();
  }

  /** Draws as content of `element`, in reading order. */
  mark(element: Element, draw: () => void): void {
    const mcid = this.owners.push(element) - 1;
    element.kids.push({ kind: "content", page: this.index, mcid });
    this.#content.put(`/${element.tag}<</MCID ${mcid}>>BDC\n`);
    draw();
    this.#content.put("EMC\n");
  }

  /** Draws what no reader needs: rules, backgrounds, running heads. */
  artifact(kind: ArtifactKind, draw: () => void): void {
    this.#content.put(`/Artifact<</Type/${kind}>>BDC\n`);
    draw();
    this.#content.put("EMC\n");
  }

  text(line: TextLine, x: number, baseline: number): void {
    const { shaped, to } = line;
    if (line.from >= to) return;
    this.#fillWith(shaped.style.color);
    this.#content.put(`BT ${coordinate(x)} ${coordinate(this.height - baseline)} Td\n`);
    for (let from = line.from; from < to; ) {
      const face = faceAt(shaped, from);
      let end = shaped.faces === null ? to : from + 1;
      while (end < to && faceAt(shaped, end) === face) end += 1;
      this.#show(drawnFace(this.#pool, face), line, from, end);
      from = end;
    }
    this.#content.put("ET\n");
  }

  /** Glyphs of one face, in the font of its common part if that has them all. */
  #show(drawn: DrawnFace, line: TextLine, from: number, to: number): void {
    const { glyphs, codes, kerns, style } = line.shaped;
    const { weight } = drawn.common.face;
    const content = this.#content;
    this.#thicken(style.weight === "semibold" && weight < 500 ? style.size : null);
    const common = hasAll(drawn.common, line.shaped, from, to);
    if (common) drawn.usesCommon = true;
    const part = common ? drawn.common : drawn.others;
    const font = `/${drawn.resource}${common ? "" : OTHERS_SUFFIX} ${coordinate(style.size)} Tf\n`;
    if (font !== this.#font) content.put(font);
    this.#font = font;
    content.put("[<");
    for (let i = from; i < to; i++) {
      const kern = i > from ? (kerns?.[i] ?? 0) : 0;
      if (kern !== 0) content.put(`>${-kern}<`);
      content.putHex(cidOf(part, glyphs[i] ?? 0, codes[i] ?? 0));
    }
    content.put(">]TJ\n");
  }

  rectangle(x: number, y: number, width: number, height: number, color: Color): void {
    this.#fillWith(color);
    const bottom = coordinate(this.height - y - height);
    this.#content.put(
      `${coordinate(x)} ${bottom} ${coordinate(width)} ${coordinate(height)} re f\n`,
    );
  }

  rounded(x: number, y: number, size: Size, radius: number, color: Color): void {
    this.#fillWith(color);
    const [left, right] = [x, x + size.width];
    const [top, bottom] = [this.height - y, this.height - y - size.height];
    const c = radius * (1 - ARC);
    const p = (...points: number[]) => points.map(coordinate).join(" ");
    const operators = [
      `${p(left + radius, bottom)} m ${p(right - radius, bottom)} l`,
      `${p(right - c, bottom, right, bottom + c, right, bottom + radius)} c`,
      `${p(right, top - radius)} l`,
      `${p(right, top - c, right - c, top, right - radius, top)} c`,
      `${p(left + radius, top)} l`,
      `${p(left + c, top, left, top - c, left, top - radius)} c`,
      `${p(left, bottom + radius)} l`,
      `${p(left, bottom + c, left + c, bottom, left + radius, bottom)} c f`,
    ];
    this.#content.put(`${operators.join("\n")}\n`);
  }

  /** Filled cells of a grid whose top left corner is (x, y): runs of [column, row, length]. */
  cells(
    runs: readonly (readonly number[])[],
    x: number,
    y: number,
    cell: number,
    ink: Color,
  ): void {
    this.#fillWith(ink);
    const at = `${coordinate(x)} ${coordinate(this.height - y)}`;
    const scale = cell.toFixed(4);
    let path = `q ${scale} 0 0 -${scale} ${at} cm\n`;
    for (const [column, row, length] of runs) path += `${column} ${row} ${length} 1 re `;
    this.#content.put(`${path}f\nQ\n`);
  }

  image(resource: string, x: number, y: number, width: number, height: number): void {
    const [w, h] = [coordinate(width), coordinate(height)];
    const bottom = coordinate(this.height - y - height);
    this.#content.put(`q ${w} 0 0 ${h} ${coordinate(x)} ${bottom} cm\n/${resource} Do\nQ\n`);
  }

  /** Text turned counter-clockwise about its middle at (x, y). */
  turned(line: TextLine, x: number, y: number, degrees: number): void {
    const radians = (degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(radians), Math.sin(radians)].map((n) => n.toFixed(5));
    const at = `${coordinate(x)} ${coordinate(this.height - y)}`;
    this.#content.put(`q ${cos} ${sin} -${sin} ${cos} ${at} cm\n`);
    const middle = (line.shaped.style.size * 0.73) / 2;
    this.text(line, -line.widthPt / 2, this.height + middle);
    this.#content.put("Q\n");
    this.#font = "";
    this.#fill = "";
    this.#color = null;
    this.#outline = "";
  }

  /** Makes a rectangle of the page a link; `element` must be a Link that marked its text. */
  link(element: Element, url: string, label: string, box: Box): void {
    const { x, y, width, height } = box;
    const corners = [x, this.height - y - height, x + width, this.height - y];
    const annotation = { url, label, box: corners };
    element.kids.push({ kind: "link", page: this.index, annotation });
    this.links.push({ annotation, element });
  }

  /** A face without a bold weight is drawn with an outline of its own colour. */
  #thicken(size: number | null): void {
    const outline = coordinate((size ?? 0) * 0.03);
    const mode = size === null ? "" : `${this.#fill.replace("rg", "RG")} ${outline} w 2 Tr`;
    if (mode !== this.#outline) this.#content.put(mode ? `${mode}\n` : "0 Tr\n");
    this.#outline = mode;
  }

  #fillWith(color: Color): void {
    if (color === this.#color) return;
    this.#color = color;
    const fill = `${color.join(" ")} rg`;
    if (fill !== this.#fill) this.#content.put(`${fill}\n`);
    this.#fill = fill;
  }
}

export type Size = { width: number; height: number };
export type Box = Size & { x: number; y: number };

function hasAll(part: Part, { glyphs, codes }: Shaped, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (knownCid(part, glyphs[i] ?? 0, codes[i] ?? 0) === undefined) return false;
  }
  return true;
}
