/**
 * Pure. The columns of figures of a document's lines: one size of type for all, decimal points
 * under each other where places differ. If they leave the description too little, gaps and type
 * shrink. Widths are points.
 */
import type { DocumentLine } from "../../model/model.ts";
import { figureTexts, showsTax } from "../wording/wording.ts";
import { LEAST_SIZE } from "./density.ts";
import type { Flow } from "./flow.ts";
import type { TextLine } from "./text.ts";

const STEPS = [1, 0.945, 0.89, 0.84, 0.78];
const GAPS = [18, 12, 8];
/** The share of the width that the description keeps, if the figures leave it. */
const DESCRIPTION_SHARE = 0.4;
const LEAST_DESCRIPTION = 60;

/**
 * A figure in the largest size; `tail` is what stands at its decimal point and behind it, on a page
 * from right to left all that stands left of that point.
 */
export type Figure = { line: TextLine; tail: number };

export type Columns = {
  heads: readonly TextLine[];
  /** Right edge of each column of figures. */
  edges: readonly number[];
  /** Of each column, from its right edge to where decimal points stand; null: flush right. */
  tails: readonly (number | null)[];
  descriptionWidth: number;
  /** Of the figures, as a factor of the largest. */
  factor: number;
};

/** Quantity, price, tax and amount of each line. */
export function figuresOf(flow: Flow): Figure[][] {
  const taxed = showsTax(flow.model);
  const point = flow.format.decimal("0.5").charAt(1);
  const { figure, figureMuted } = flow.styles;
  return flow.model.lines.map((line: DocumentLine) =>
    figureTexts(flow, line, taxed).map((text, i) => {
      const shaped = flow.line(text, i === 2 && taxed ? figureMuted : figure);
      return { line: shaped, tail: tailOf(shaped, point, flow.canvas.mirrored) };
    }),
  );
}

/** The width from the decimal point on, or from behind the last digit. */
function tailOf({ shaped, to, widthPt }: TextLine, point: string, mirrored: boolean): number {
  const { codes, glyphs, style, face, faces } = shaped;
  const wanted = point.charCodeAt(0);
  let at = to;
  while (at > 0 && !isDigit(codes[at - 1] ?? 0)) at -= 1;
  const end = at;
  for (let i = at - 1; i > 0; i--) {
    if (codes[i] === wanted) {
      at = i;
      break;
    }
  }
  let besides = 0;
  const from = mirrored ? at : 0;
  const until = mirrored ? end : at;
  for (let i = from; i < until; i++) besides += (faces?.[i] ?? face).advanceOf(glyphs[i] ?? 0);
  return Math.max(0, widthPt - (besides * style.size) / 1000);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

type Extent = { widest: number; whole: number; tail: number; differs: boolean };

function extentOf(figures: readonly Figure[][], column: number): Extent {
  let [widest, whole, most] = [0, 0, 0];
  let differs = false;
  for (let row = 0; row < figures.length; row++) {
    const cell = figures[row]?.[column];
    if (!cell) continue;
    const { line, tail } = cell;
    widest = Math.max(widest, line.widthPt);
    whole = Math.max(whole, line.widthPt - tail);
    if (row > 0 && Math.abs(tail - most) > 0.01) differs = true;
    most = Math.max(most, tail);
  }
  return { widest, whole, tail: most, differs };
}

/** The widest figures decide the columns. */
export function fitColumns(flow: Flow, figures: readonly Figure[][]): Columns {
  const { labels, theme, model } = flow;
  const taxed = showsTax(model);
  const names = [labels.quantity, labels.unitPrice, ...(taxed ? [labels.tax] : []), labels.amount];
  const heads = [labels.description, ...names].map((name) => flow.line(name, theme.headCell));
  const extents = names.map((_, i) => extentOf(figures, i));
  for (const aligned of [true, false]) {
    for (const gap of GAPS) {
      for (const step of STEPS) {
        const last = !aligned && gap === GAPS.at(-1) && step === STEPS.at(-1);
        // Points under each other cost width: they are given up before figures become small.
        if (aligned && step < 0.89) continue;
        const factor = Math.max(step, LEAST_SIZE / flow.styles.figure.size);
        const columns = placed(flow, { heads, extents, aligned, gap, factor });
        if (last || columns.descriptionWidth >= flow.width * DESCRIPTION_SHARE) {
          return {
            ...columns,
            descriptionWidth: Math.max(columns.descriptionWidth, LEAST_DESCRIPTION),
          };
        }
      }
    }
  }
  throw new RangeError("the last size always fits");
}

type Try = {
  heads: readonly TextLine[];
  extents: readonly Extent[];
  aligned: boolean;
  gap: number;
  factor: number;
};

function placed(flow: Flow, { heads, extents, aligned, gap, factor }: Try): Columns {
  const pad = flow.theme.cellPad;
  const tails = extents.map(({ differs, tail }) => (aligned && differs ? tail * factor : null));
  const widths = extents.map(({ widest, whole, tail }, i) =>
    Math.max((tails[i] === null ? widest : whole + tail) * factor, heads[i + 1]?.widthPt ?? 0),
  );
  let edge = flow.right - pad;
  const edges = widths
    .toReversed()
    .map((width) => {
      const right = edge;
      edge -= width + gap;
      return right;
    })
    .reverse();
  const taken = widths.reduce((sum, width) => sum + width + gap, 0);
  return { heads, edges, tails, descriptionWidth: flow.width - taken - 2 * pad, factor };
}

/** A figure in its column's size, and where it begins. */
export function placeFigure(columns: Columns, figure: Figure, column: number) {
  const { factor } = columns;
  const line = resized(figure.line, factor);
  const edge = columns.edges[column] ?? 0;
  const tail = columns.tails[column] ?? null;
  const right = tail === null ? edge : edge - tail + figure.tail * factor;
  return { line, x: right - line.widthPt };
}

/** A line of figures in the size of a table's columns. */
export function resized(line: TextLine, factor: number): TextLine {
  if (factor === 1) return line;
  const { style } = line.shaped;
  const shaped = { ...line.shaped, style: { ...style, size: style.size * factor } };
  return { ...line, shaped, widthPt: line.widthPt * factor };
}
