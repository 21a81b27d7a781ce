/**
 * Pure. The pages of one document while they fill from top to bottom: the cursor, page breaks, the
 * running head of later pages. Distances are points from the page's top.
 */
import type { Formatter } from "../../language/format.ts";
import type { Labels } from "../../language/labels.ts";
import type { DocumentModel, Sheet } from "../../model/model.ts";
import { wordsOf } from "../wording/wording.ts";
import { Canvas, type Size } from "./canvas.ts";
import type { Density } from "./density.ts";
import type { FacePool } from "./drawn-face.ts";
import { type Element, rootElement } from "./structure.ts";
import { type FontSet, oneLine, type TextLine, type TextStyle } from "./text.ts";
import { HAIRLINE, type Styles, stylesOf, type Theme, themeOf } from "./theme.ts";
import { type Breakable, breakable, breakLines } from "./wrap.ts";

const PAGES: Record<Sheet["page"]["size"], Size> = {
  a4: { width: 595.28, height: 841.89 },
  letter: { width: 612, height: 792 },
};
/** The running foot, inside the margin: a rule, a line of text, and the issuer's own lines. */
const FOOT_HEIGHT = 24;
export const FOOT_LEADING = 9;
/** More of them stand among the closing texts instead. */
const MOST_FOOT_LINES = 6;
const HEAD_HEIGHT = 26;

/** Characters of the texts that are kept: each takes some 50 bytes. */
const MOST_KEPT_CHARACTERS = 20_000;

/**
 * Texts that were shaped: kept while a layout is tried in other densities, and, for as long as
 * their fonts are, for other documents, which have labels, parties and figures in common.
 */
export class Texts {
  readonly fonts: FontSet;
  readonly #lines = new Map<TextStyle, Map<string, TextLine>>();
  readonly #breakables = new Map<TextStyle, Map<string, readonly Breakable[]>>();

  #characters = 0;

  constructor(fonts: FontSet) {
    this.fonts = fonts;
  }

  line(text: string, style: TextStyle): TextLine {
    const kept = keptIn(this.#lines, style);
    const known = kept.get(text);
    if (known) return known;
    const made = oneLine(text, style, this.fonts);
    this.#keep(kept, text, made);
    return made;
  }

  paragraphs(text: string, style: TextStyle): readonly Breakable[] {
    const kept = keptIn(this.#breakables, style);
    const known = kept.get(text);
    if (known) return known;
    const made = /[\r\n]/.test(text)
      ? text.split(/\r\n?|\n/u).map((part) => breakable(part, style, this.fonts))
      : [breakable(text, style, this.fonts)];
    this.#keep(kept, text, made);
    return made;
  }

  /** More are not kept even for the same document: a long one would hold all that it has drawn. */
  #keep<T>(kept: Map<string, T>, text: string, made: T): void {
    if (this.#characters > MOST_KEPT_CHARACTERS) return;
    kept.set(text, made);
    this.#characters += text.length;
  }

  /** Whether they are few enough to be kept for another document. */
  get isSmall(): boolean {
    return this.#characters <= MOST_KEPT_CHARACTERS;
  }
}

const keptTexts = new WeakMap<FontSet, Texts>();

/** The texts that were shaped in a set of fonts, if few are kept of it. */
export function takeTexts(fonts: FontSet): Texts {
  return keptTexts.get(fonts) ?? new Texts(fonts);
}

/** Keeps texts for the next document in their fonts, unless they have become many. */
export function keepTexts(texts: Texts): void {
  if (texts.isSmall) keptTexts.set(texts.fonts, texts);
  else keptTexts.delete(texts.fonts);
}

function keptIn<T>(all: Map<TextStyle, Map<string, T>>, style: TextStyle): Map<string, T> {
  const known = all.get(style);
  if (known) return known;
  const made = new Map<string, T>();
  all.set(style, made);
  return made;
}

export class Flow<M extends Sheet = DocumentModel> {
  readonly model: M;
  /** What the running head of later pages calls it. */
  readonly title: string;
  readonly labels: Labels;
  readonly format: Formatter;
  readonly theme: Theme;
  readonly density: Density;
  readonly styles: Styles;
  readonly root: Element = rootElement();
  readonly pool: FacePool;
  readonly canvases: Canvas[] = [];
  readonly left: number;
  readonly width: number;
  /** The issuer's own lines at the foot of each page. */
  readonly footLines: readonly TextLine[];
  readonly #size: Size;
  readonly #texts: Texts;
  /** What the pages before the last one hold, in points. */
  filled = 0;
  /** The top of what is placed next. */
  y = 0;

  constructor(model: M, title: string, texts: Texts, density: Density) {
    this.model = model;
    this.title = title;
    this.#texts = texts;
    this.density = density;
    this.styles = stylesOf(density.type);
    const { version } = model.template;
    this.pool = { language: model.language, version, faces: new Map() };
    const { labels, format } = wordsOf(model);
    this.labels = labels;
    this.format = format;
    this.theme = themeOf(model.template, model.branding.accent);
    this.#size = PAGES[model.page.size];
    this.left = model.page.marginPt;
    this.width = this.#size.width - 2 * model.page.marginPt;
    const foot = model.footer ? this.wrap(model.footer, this.styles.foot, this.width) : [];
    this.footLines = foot.length > MOST_FOOT_LINES ? [] : foot;
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

  /** Where the running foot's rule is. */
  get footTop(): number {
    const foot = FOOT_HEIGHT - 12 + this.footLines.length * FOOT_LEADING;
    return this.#size.height - this.model.page.marginPt - foot;
  }

  /** Where the room for content ends. */
  get bottom(): number {
    return this.footTop - 12;
  }

  get room(): number {
    return this.bottom - this.y;
  }

  /** All that a later page can hold. */
  get pageRoom(): number {
    return this.bottom - this.pageTop;
  }

  /** Where content begins on a later page. */
  get pageTop(): number {
    return this.top + HEAD_HEIGHT;
  }

  line(text: string, style: TextStyle): TextLine {
    return this.#texts.line(text, style);
  }

  wrap(text: string, style: TextStyle, widthPt: number): readonly TextLine[] {
    const { language } = this.model;
    const paragraphs = this.#texts.paragraphs(text.trimEnd(), style);
    const first = paragraphs[0];
    if (first && paragraphs.length === 1) return breakLines(first, widthPt, language);
    return paragraphs.flatMap((one) => breakLines(one, widthPt, language));
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
    const word = this.line(labels.watermark[model.watermark], this.styles.watermark);
    canvas.artifact("Background", () => {
      canvas.turned(word, canvas.width / 2, canvas.height / 2, 35);
    });
  }

  /** Begins a page; its running head says which document it continues, and whose. */
  breakPage(): void {
    this.filled += this.y - (this.canvases.length > 1 ? this.pageTop : this.top);
    this.#addPage();
    const { labels, model, canvas, styles } = this;
    const seller = this.wrap(model.seller.name, styles.running, this.width / 2)[0];
    canvas.artifact("Pagination", () => {
      const line = this.line(`${this.title} · ${labels.continued}`, styles.runningStrong);
      const baseline = baselineIn(this.y, 10, 7.5);
      canvas.text(line, this.left, baseline);
      if (seller) canvas.text(seller, this.right - seller.widthPt, baseline);
      canvas.rectangle(this.left, this.y + 14, this.width, 0.5, HAIRLINE);
    });
    this.y += HEAD_HEIGHT;
  }

  /** Starts a page unless `height` fits, or nothing more would fit on a new one. */
  need(height: number): void {
    if (height > this.room && this.y > this.pageTop) this.breakPage();
  }

  /** A distance between blocks, in this density. */
  gap(points: number): number {
    return points * this.density.gap;
  }
}

/** The baseline that centres capitals of `size` in a line box. */
export function baselineIn(top: number, leading: number, size: number): number {
  return top + leading / 2 + size * 0.364;
}

const SPACE = 0x20;

/**
 * Lines under each other, flush left. A line that others of its element follow (`more`: after the
 * last one too) is drawn with the space behind it, so that its last word stays one.
 */
export function drawLines(
  canvas: Canvas,
  lines: readonly TextLine[],
  at: { x: number; y: number; leading: number; more?: boolean },
): void {
  const last = at.more ? lines.length : lines.length - 1;
  lines.forEach((line, i) => {
    const { shaped, to } = line;
    const spaced = i < last && shaped.codes[to] === SPACE ? { ...line, to: to + 1 } : line;
    canvas.text(spaced, at.x, baselineIn(at.y + i * at.leading, at.leading, shaped.style.size));
  });
}
