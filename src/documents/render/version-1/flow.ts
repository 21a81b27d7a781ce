/**
 * Pure. The pages of one document while they fill from top to bottom: the cursor, page breaks, the
 * running head of later pages. Distances are points from the page's top.
 */
import { type Formatter, formatterFor } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import type { DocumentModel } from "../../model/model.ts";
import { Canvas, type Size } from "../pdf/canvas.ts";
import type { FacePool } from "../pdf/drawn-face.ts";
import { type Element, rootElement } from "../pdf/structure.ts";
import {
  type FontSet,
  oneLine,
  type TextLine,
  type TextStyle,
  wrapLine,
  wrapText,
} from "../pdf/text.ts";
import { firstLabels } from "./labels.ts";
import { HAIRLINE, STYLES, type Theme, themeOf } from "./theme.ts";
import { titleText } from "./wording.ts";

const PAGES: Record<DocumentModel["page"]["size"], Size> = {
  a4: { width: 595.28, height: 841.89 },
  letter: { width: 612, height: 792 },
};
/** The running foot, inside the margin: a rule and a line of text. */
const FOOT_HEIGHT = 26;
const HEAD_HEIGHT = 26;

export class Flow {
  readonly model: DocumentModel;
  readonly labels: Labels;
  readonly format: Formatter;
  readonly fonts: FontSet;
  readonly theme: Theme;
  readonly root: Element = rootElement();
  readonly pool: FacePool;
  readonly canvases: Canvas[] = [];
  readonly left: number;
  readonly width: number;
  readonly #size: Size;
  /** Figures and labels repeat themselves down a table and over its pages. */
  readonly #lines = new Map<TextStyle, Map<string, TextLine>>();
  /** The top of what is placed next. */
  y = 0;

  constructor(model: DocumentModel, fonts: FontSet) {
    this.model = model;
    this.fonts = fonts;
    this.pool = { language: model.language, faces: new Map() };
    this.labels = firstLabels(model.language);
    this.format = formatterFor(model.language, model.region, model.currency);
    this.theme = themeOf(model.template, model.branding.accent);
    this.#size = PAGES[model.page.size];
    this.left = model.page.marginPt;
    this.width = this.#size.width - 2 * model.page.marginPt;
    this.#addPage();
  }

  get canvas(): Canvas {
    const last = this.canvases.at(-1);
    if (!last) throw new RangeError("a document has a page");
    return last;
  }

  get right(): number {
    return this.left + this.width;
  }

  get top(): number {
    return this.model.page.marginPt;
  }

  /** Where the running foot begins. */
  get bottom(): number {
    return this.#size.height - this.model.page.marginPt - FOOT_HEIGHT;
  }

  get room(): number {
    return this.bottom - this.y;
  }

  /** All that a later page can hold. */
  get pageRoom(): number {
    return this.bottom - this.top - HEAD_HEIGHT;
  }

  line(text: string, style: TextStyle): TextLine {
    let lines = this.#lines.get(style);
    if (!lines) {
      lines = new Map();
      this.#lines.set(style, lines);
    }
    let line = lines.get(text);
    if (!line) {
      line = oneLine(text, style, this.fonts);
      lines.set(text, line);
    }
    return line;
  }

  wrap(text: string, style: TextStyle, widthPt: number): readonly TextLine[] {
    if (/[\r\n]/.test(text)) return wrapText(text, style, this.fonts, widthPt);
    return wrapLine(this.line(text.trimEnd(), style), widthPt);
  }

  /** Numbers of the same language in another currency. */
  formatIn(currency: string): Formatter {
    return formatterFor(this.model.language, this.model.region, currency);
  }

  #addPage(): void {
    this.canvases.push(new Canvas(this.canvases.length, this.#size, this.pool));
    this.y = this.top;
    this.#drawWatermark();
  }

  /** Behind all content of a page, so drawn before it. */
  #drawWatermark(): void {
    const { model, labels, canvas } = this;
    if (!model.watermark) return;
    const word = this.line(labels.watermark[model.watermark], STYLES.watermark);
    canvas.artifact("Background", () => {
      canvas.turned(word, canvas.width / 2, canvas.height / 2, 35);
    });
  }

  /** Begins a page; its running head says which document it continues, and whose. */
  breakPage(): void {
    this.#addPage();
    const { labels, model, canvas } = this;
    const seller = this.wrap(model.seller.name, STYLES.running, this.width / 2)[0];
    canvas.artifact("Pagination", () => {
      const line = this.line(`${titleText(this)} · ${labels.continued}`, STYLES.runningStrong);
      canvas.text(line, this.left, baselineIn(this.y, 10, 7.5));
      if (seller) canvas.text(seller, this.right - seller.widthPt, baselineIn(this.y, 10, 7.5));
      canvas.rectangle(this.left, this.y + 14, this.width, 0.5, HAIRLINE);
    });
    this.y += HEAD_HEIGHT;
  }

  /** Starts a page unless `height` fits, or nothing more would fit on a new one. */
  need(height: number): void {
    if (height > this.room && this.y > this.top + HEAD_HEIGHT) this.breakPage();
  }
}

/** The baseline that centres capitals of `size` in a line box. */
export function baselineIn(top: number, leading: number, size: number): number {
  return top + leading / 2 + size * 0.364;
}

/** Lines under each other, flush left. */
export function drawLines(
  canvas: Canvas,
  lines: readonly TextLine[],
  at: { x: number; y: number; leading: number },
): void {
  lines.forEach((line, i) => {
    const size = line.shaped.style.size;
    canvas.text(line, at.x, baselineIn(at.y + i * at.leading, at.leading, size));
  });
}
