/**
 * Pure. Reads the operators of a drawn page (ISO 32000-1, annex A): those that `pdf/canvas.ts`
 * writes, in any version of the pages. So a preview shows what the PDF says, for it is made of the
 * PDF's own content.
 */
import type { Canvas } from "../pdf/canvas.ts";
import {
  CID_BYTE_OFFSET,
  type DrawnFace,
  type FacePool,
  OTHERS_SUFFIX,
  type Part,
} from "../pdf/drawn-face.ts";
import { cssColor, type Run, round, type Shapes, textSvg } from "./drawing.ts";

/** What a page shows: what each marked-content id draws, and what no reader needs. */
export type ReadPage = { marks: string[]; artifacts: string };

/** Where pictures are found by the names of their resources. */
export type Pictures = ReadonlyMap<string, string>;

/** Reads a page. Errors: RangeError for an operator that no page of ours has. */
export function readPage(
  canvas: Canvas,
  pool: FacePool,
  pictures: Pictures,
  shapes: Shapes,
): ReadPage {
  return new PageReader(canvas, pool, pictures, shapes).read();
}

const SLASH = 0x2f;
const [OPEN, CLOSE, LESS, GREATER] = [0x28, 0x29, 0x3c, 0x3e];
const [MINUS, DOT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39];
const [ARRAY, ARRAY_END] = [0x5b, 0x5d];

/** A rule is thinner than this many points, a strong one not thinner than that. */
const RULE = 1;
const STRONG_RULE = 0.7;

class PageReader {
  readonly #bytes: Uint8Array;
  readonly #height: number;
  readonly #parts = new Map<string, Part>();
  readonly #pictures: Pictures;
  readonly #shapes: Shapes;
  readonly #marks: string[] = [];
  #artifacts = "";
  #at = 0;
  /** Operands since the last operator: numbers, a name, and shown codes with their kerning. */
  #numbers: number[] = [];
  #name = "";
  #shown: number[] = [];
  #out = "";
  #mcid = -1;
  // The graphics state, and that which a `q` keeps.
  #matrix: number[] = [1, 0, 0, 1, 0, 0];
  #fill = "#000000";
  #kept: [number[], string][] = [];
  #path = "";
  #cells = "";
  #rule = "";
  #ruleClass = "l";
  // The text state.
  #runs: Run[] = [];
  #part: Part | null = null;
  #size = 0;
  #stroke = 0;
  #lineWidth = 0;
  #lineX = 0;
  #lineY = 0;
  #pen = 0;

  constructor(canvas: Canvas, pool: FacePool, pictures: Pictures, shapes: Shapes) {
    this.#bytes = canvas.content();
    this.#height = canvas.height;
    this.#pictures = pictures;
    this.#shapes = shapes;
    for (const { resource, common, others } of pool.faces.values() as Iterable<DrawnFace>) {
      this.#parts.set(resource, common);
      this.#parts.set(resource + OTHERS_SUFFIX, others);
    }
  }

  read(): ReadPage {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at] ?? 0;
      if (byte <= 0x20 || byte === ARRAY || byte === ARRAY_END) this.#at += 1;
      else if (byte === MINUS || byte === DOT || (byte >= ZERO && byte <= NINE)) this.#readNumber();
      else if (byte === SLASH) this.#readName();
      else if (byte === OPEN) this.#readBytes();
      else if (byte === LESS) this.#readHexOrDictionary();
      else this.#readOperator();
    }
    return { marks: this.#marks, artifacts: this.#artifacts };
  }

  /** Between shown codes a number moves the pen; it stands among them as NaN and the number. */
  #readNumber(): void {
    const bytes = this.#bytes;
    const negative = bytes[this.#at] === MINUS;
    if (negative) this.#at += 1;
    let value = 0;
    let scale = 0;
    for (; ; this.#at += 1) {
      const byte = bytes[this.#at] ?? 0;
      if (byte === DOT) scale = 1;
      else if (byte >= ZERO && byte <= NINE) {
        value = value * 10 + byte - ZERO;
        scale *= 10;
      } else break;
    }
    if (scale > 1) value /= scale;
    if (this.#shown.length > 0) this.#shown.push(Number.NaN, negative ? -value : value);
    else this.#numbers.push(negative ? -value : value);
  }

  #readWord(): string {
    const from = this.#at;
    const bytes = this.#bytes;
    let to = from + 1;
    while (isRegular(bytes[to] ?? 0)) to += 1;
    this.#at = to;
    let word = "";
    for (let i = from; i < to; i++) word += String.fromCharCode(bytes[i] ?? 0);
    return word;
  }

  #readName(): void {
    this.#name = this.#readWord().slice(1);
  }

  /** A byte a glyph, none of which has to be escaped. */
  #readBytes(): void {
    const bytes = this.#bytes;
    this.#at += 1;
    for (; bytes[this.#at] !== CLOSE; this.#at += 1) {
      this.#shown.push((bytes[this.#at] ?? 0) - CID_BYTE_OFFSET);
    }
    this.#at += 1;
  }

  #readHexOrDictionary(): void {
    const bytes = this.#bytes;
    this.#at += 1;
    if (bytes[this.#at] === LESS) {
      this.#readDictionary();
      return;
    }
    while (bytes[this.#at] !== GREATER) {
      let value = 0;
      for (let i = 0; i < 4; i++) value = value * 16 + hexValue(bytes[this.#at++] ?? 0);
      this.#shown.push(value);
    }
    this.#at += 1;
  }

  /** Of a marked content: its id is all that matters. */
  #readDictionary(): void {
    const bytes = this.#bytes;
    for (this.#at += 1; bytes[this.#at] !== GREATER; ) {
      if (bytes[this.#at] === SLASH) this.#readWord();
      else if ((bytes[this.#at] ?? 0) <= 0x20) this.#at += 1;
      else this.#readNumber();
    }
    this.#at += 2;
  }

  #readOperator(): void {
    const operator = this.#readWord();
    const numbers = this.#numbers;
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers;
    switch (operator) {
      case "BDC":
        this.#mcid = numbers[0] ?? -1;
        this.#out = "";
        break;
      case "EMC":
        this.#endMark();
        break;
      case "rg":
        this.#fill = cssColor(a, b, c);
        break;
      case "RG":
        break;
      case "w":
        this.#lineWidth = a;
        break;
      case "Tr":
        this.#stroke = a === 2 ? this.#lineWidth : 0;
        break;
      case "BT":
        this.#lineX = 0;
        this.#lineY = 0;
        break;
      case "Td":
        this.#lineX += a;
        this.#lineY += b;
        this.#pen = this.#lineX;
        break;
      case "Tf":
        this.#part = this.#parts.get(this.#name) ?? null;
        this.#size = a;
        break;
      case "Tj":
      case "TJ":
        this.#show();
        break;
      case "ET":
        this.#endText();
        break;
      case "re":
        this.#rectangle(a, b, c, d);
        break;
      case "m":
      case "l":
      case "c":
        this.#curve(operator, numbers);
        break;
      case "f":
        this.#fillPath();
        break;
      case "q":
        this.#kept.push([this.#matrix, this.#fill]);
        break;
      case "Q":
        [this.#matrix, this.#fill] = this.#kept.pop() ?? [this.#matrix, this.#fill];
        break;
      case "cm":
        this.#matrix = [a, b, c, d, e, f];
        break;
      case "Do":
        this.#picture();
        break;
      default:
        throw new RangeError(`a page has no operator ${operator}`);
    }
    this.#numbers = [];
    this.#shown = [];
  }

  #endMark(): void {
    if (this.#mcid < 0) this.#artifacts += this.#out;
    else this.#marks[this.#mcid] = this.#out;
    this.#mcid = -1;
    this.#out = "";
  }

  #show(): void {
    const part = this.#part;
    if (!part) throw new RangeError("text is shown in a font");
    const { face, glyphs } = part;
    const size = this.#size;
    const cids: number[] = [];
    const xs: number[] = [];
    const shown = this.#shown;
    for (let i = 0; i < shown.length; i++) {
      const cid = shown[i] ?? 0;
      if (Number.isNaN(cid)) {
        this.#pen -= ((shown[++i] ?? 0) * size) / 1000;
        continue;
      }
      cids.push(cid);
      xs.push(this.#pen);
      this.#pen += (face.advanceOf(glyphs[cid] ?? 0) * size) / 1000;
    }
    const [fill, stroke, end] = [this.#fill, this.#stroke, this.#pen];
    if (cids.length > 0) this.#runs.push({ part, size, fill, stroke, cids, xs, end });
  }

  #endText(): void {
    const text = textSvg(this.#runs, this.#height - this.#lineY, this.#shapes);
    this.#runs = [];
    const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = this.#matrix;
    const isPlain = a === 1 && b === 0 && c === 0 && d === 1 && e === 0 && f === 0;
    if (isPlain) this.#out += text;
    else {
      // The page's places run downward, those of its operators upward.
      const height = this.#height;
      const matrix = [a, -b, -c, d, c * height + e, height - d * height - f];
      const places = matrix.map((value) => Math.round(value * 1e5) / 1e5);
      this.#out += `<g transform="matrix(${places.join(" ")})">${text}</g>`;
    }
  }

  #rectangle(x: number, y: number, width: number, height: number): void {
    if (this.#kept.length > 0) {
      // Cells of a grid, which `#fillPath` puts in their place.
      this.#cells += `M${x} ${y}h${width}v${height}h${-width}z`;
      return;
    }
    const top = this.#height - y - height;
    if (height < RULE && width > RULE) {
      this.#ruleClass = height < STRONG_RULE ? "l" : "k";
      this.#rule += `M${round(x)} ${round(top + height / 2)}h${round(width)}`;
      return;
    }
    this.#path += `M${round(x)} ${round(top)}h${round(width)}v${round(height)}h${round(-width)}z`;
  }

  #curve(operator: string, numbers: readonly number[]): void {
    const places = numbers.map((value, i) => round(i % 2 === 0 ? value : this.#height - value));
    this.#path += `${operator.toUpperCase()}${places.join(" ")}`;
  }

  #fillPath(): void {
    if (this.#path) this.#out += `<path fill="${this.#fill}" d="${this.#path}"/>`;
    if (this.#rule) {
      const name = this.#ruleClass;
      this.#out += `<path class="${name}" stroke="${this.#fill}" d="${this.#rule}"/>`;
    }
    if (this.#cells) {
      const [a = 1, , , d = 1, e = 0, f = 0] = this.#matrix;
      const place = `matrix(${a} 0 0 ${-d} ${round(e)} ${round(this.#height - f)})`;
      this.#out += `<path fill="${this.#fill}" transform="${place}" d="${this.#cells}"/>`;
    }
    this.#path = "";
    this.#rule = "";
    this.#cells = "";
  }

  #picture(): void {
    const href = this.#pictures.get(this.#name);
    const [width = 0, , , height = 0, x = 0, y = 0] = this.#matrix;
    if (href === undefined) return;
    const place = `x="${round(x)}" y="${round(this.#height - y - height)}"`;
    const size = `width="${round(width)}" height="${round(height)}"`;
    this.#out += `<image ${place} ${size} preserveAspectRatio="none" href="${href}"/>`;
  }
}

/** True for bytes that go on a name or an operator (ISO 32000-1, 7.2.2). */
function isRegular(byte: number): boolean {
  if (byte <= 0x20 || byte === SLASH || byte === OPEN || byte === CLOSE) return false;
  return byte !== LESS && byte !== GREATER && byte !== ARRAY && byte !== ARRAY_END;
}

function hexValue(byte: number): number {
  return byte <= NINE ? byte - ZERO : (byte | 0x20) - 0x57;
}
