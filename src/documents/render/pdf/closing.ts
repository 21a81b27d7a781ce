/**
 * Pure. The totals and what follows them: tax remarks, how to pay, notes, terms. They stand under
 * each other where that fits the page, else beside the totals or in two columns where that does.
 */
import type { PaymentBlock } from "../../model/model.ts";
import {
  asksForMoney,
  paymentEntries,
  paymentTitle,
  scanCaption,
  taxRemarks,
} from "../wording/wording.ts";
import { type Column, drawColumns, heightOf, newFragment, type Piece } from "./columns.ts";
import { entryPieces } from "./entries.ts";
import { drawLines, type Flow } from "./flow.ts";
import { boxAttribute } from "./head.ts";
import type { After } from "./line-table.ts";
import { qrRuns } from "./qr.ts";
import { addElement, addKid, type Element } from "./structure.ts";
import type { TextLine, TextStyle } from "./text.ts";
import { INK } from "./theme.ts";
import { drawTotals, measureTotals, TOTALS_WIDTH, type Totals } from "./totals.ts";

const QR_SIZE = 72;
const QR_GAP = 14;
const COLUMN_GAP = 24;
const BLOCK_GAP = 14;
const LEAST_COLUMN = 150;
/** Of a page: what moves to the next one as a whole, and what a page has at least. */
const MOST_MOVED = 0.34;
const LEAST_FILL = 0.14;
const LEAST_CHARTS = 0.4;
/** Of the widest line of a caption, its last one at least. */
const LEAST_END = 0.4;

type Built = { pieces: readonly Piece[]; fragment: Element; height: number };
type Block = (widthPt: number) => Built;
/** How many blocks stand beside the totals, and how many of the rest in a first column of two. */
type Arrangement = { beside: number; first: number | null; height: number };

export type Closing = {
  totals: Totals;
  blocks: readonly Block[];
  /** Totals and blocks under each other. */
  stacked: number;
  /** Of all arrangements, computed where it is asked for. */
  arrangements: () => readonly Arrangement[];
};

/** Measures all that follows the lines. */
export function measureClosing(flow: Flow): Closing {
  const totals = measureTotals(flow);
  const blocks = blocksOf(flow).map(remember);
  const stacked = arrange(flow, totals, blocks, 0, null).height;
  let all: Arrangement[] | null = null;
  const arrangements = () => {
    all ??= arrangementsOf(flow, totals, blocks);
    return all;
  };
  return { totals, blocks, stacked, arrangements };
}

/**
 * What has to find room behind the last lines, so that no page begins with a rest of it; `charts`
 * is the height of what stands behind it.
 */
export function afterLines(flow: Flow, closing: Closing, charts: number): After {
  const { totals, stacked, arrangements } = closing;
  const limit = totals.height + MOST_MOVED * flow.pageRoom;
  const least =
    stacked <= limit ? stacked : Math.min(...arrangements().map(({ height }) => height));
  const kept = least <= limit ? least : totals.height;
  const all = kept + charts <= limit ? kept + charts : kept;
  const thin = all - totals.height < LEAST_FILL * flow.pageRoom || all > kept;
  return { totals: totals.height, all, thin };
}

/** The first arrangement that fits in a height, or null. */
export function fittingClosing(closing: Closing, room: number): Arrangement | null {
  if (closing.stacked <= room) return { beside: 0, first: null, height: closing.stacked };
  return closing.arrangements().find(({ height }) => height <= room) ?? null;
}

/** Draws totals, tax remarks, payment, notes and terms; `charts` is the height of what follows. */
export function drawClosing(flow: Flow, closing: Closing, charts: number): void {
  const { totals, blocks } = closing;
  let plan = fittingClosing(closing, flow.room - charts);
  if (!plan && totals.height > flow.room && totals.height <= flow.pageRoom) {
    flow.breakPage();
    plan = fittingClosing(closing, flow.room - charts);
  }
  // Charts that fill a page are at home on one of their own.
  if (!plan && charts > LEAST_CHARTS * flow.pageRoom) plan = fittingClosing(closing, flow.room);
  const top = flow.y + flow.gap(8) + 3;
  drawTotals(flow, totals);
  const { beside, first } = plan ?? { beside: 0, first: null };
  if (beside > 0) {
    const { y } = flow;
    flow.y = top;
    const width = besideWidth(flow);
    drawColumns(flow, [joined(flow, blocks.slice(0, beside), flow.left, width)]);
    flow.y = Math.max(y, flow.y);
  }
  const rest = blocks.slice(beside);
  if (rest.length === 0) return;
  flow.y += flow.gap(BLOCK_GAP);
  if (!plan) drawSpilling(flow, rest, charts);
  else if (first === null) drawColumns(flow, [joined(flow, rest, flow.left, flow.width)]);
  else {
    const width = halfWidth(flow);
    drawColumns(flow, [
      joined(flow, rest.slice(0, first), flow.left, width),
      joined(flow, rest.slice(first), flow.right - width, width),
    ]);
  }
}

/** Under each other over a page's end, so that the next page is not left with a rest. */
function drawSpilling(flow: Flow, blocks: readonly Block[], charts: number): void {
  const heights = blocks.map((block) => block(flow.width).height + flow.gap(BLOCK_GAP));
  const page = flow.pageRoom;
  blocks.forEach((block, i) => {
    const rest = heights.slice(i).reduce((sum, height) => sum + height, charts);
    const behind = rest - (heights[i] ?? 0);
    if (rest > flow.room && rest <= MOST_MOVED * page) flow.need(rest);
    const column = joined(flow, [block], flow.left, flow.width);
    const leastRest = Math.ceil((LEAST_FILL * page - behind) / flow.density.leading);
    const spills = rest > flow.room && behind < LEAST_FILL * page;
    const pieces = column.pieces.map((piece, j) =>
      spills && j === column.pieces.length - 1 ? dividedAt(flow, piece, leastRest) : piece,
    );
    drawColumns(flow, [{ ...column, pieces }]);
    flow.y += flow.gap(BLOCK_GAP);
  });
}

/** A text that goes over with at least so many lines, though all of it would fit. */
function dividedAt(flow: Flow, piece: Piece, leastRest: number): Piece {
  return piece.whole ? piece : { ...piece, leastRest: Math.max(2, leastRest), before: flow.gap(2) };
}

function arrangementsOf(flow: Flow, totals: Totals, blocks: readonly Block[]): Arrangement[] {
  const all: Arrangement[] = [];
  const most = besideWidth(flow) < LEAST_COLUMN ? 0 : blocks.length;
  for (let beside = 0; beside <= most; beside++) {
    all.push(arrange(flow, totals, blocks, beside, null));
    if (halfWidth(flow) < LEAST_COLUMN) continue;
    for (let first = 1; first < blocks.length - beside; first++) {
      all.push(arrange(flow, totals, blocks, beside, first));
    }
  }
  return all;
}

function arrange(
  flow: Flow,
  totals: Totals,
  blocks: readonly Block[],
  beside: number,
  first: number | null,
): Arrangement {
  const stacked = (some: readonly Block[], width: number) =>
    some.reduce(
      (sum, block, i) => sum + block(width).height + (i > 0 ? flow.gap(BLOCK_GAP) : 0),
      0,
    );
  const left = beside === 0 ? 0 : stacked(blocks.slice(0, beside), besideWidth(flow));
  const upper = Math.max(totals.height, left + flow.gap(8) + 3);
  const rest = blocks.slice(beside);
  if (rest.length === 0) return { beside, first, height: upper };
  const half = halfWidth(flow);
  const lower =
    first === null
      ? stacked(rest, flow.width)
      : Math.max(stacked(rest.slice(0, first), half), stacked(rest.slice(first), half));
  return { beside, first, height: upper + flow.gap(BLOCK_GAP) + lower };
}

function besideWidth(flow: Flow): number {
  return flow.width - TOTALS_WIDTH - COLUMN_GAP;
}

function halfWidth(flow: Flow): number {
  return (flow.width - COLUMN_GAP) / 2;
}

/** Blocks as one column; they join the tree in their order. */
function joined(flow: Flow, blocks: readonly Block[], x: number, width: number): Column {
  const fragment = newFragment();
  const pieces = blocks.flatMap((block) => {
    const built = block(width);
    for (const kid of built.fragment.kids) addKid(fragment, kid);
    return built.pieces.map((piece, i) =>
      i === 0 ? { ...piece, before: flow.gap(BLOCK_GAP) } : piece,
    );
  });
  return { x, pieces, fragment };
}

function remember(build: (widthPt: number) => Omit<Built, "height">): Block {
  const known = new Map<number, Built>();
  return (width) => {
    let built = known.get(width);
    if (!built) {
      const made = build(width);
      built = { ...made, height: heightOf(made.pieces) };
      known.set(width, built);
    }
    return built;
  };
}

type Builder = (widthPt: number) => Omit<Built, "height">;

/** In reading order. */
function blocksOf(flow: Flow): Builder[] {
  const { model, labels, footLines } = flow;
  const { payment, notes, terms, footer } = model;
  const blocks: Builder[] = [];
  const remarks = taxRemarks(flow);
  if (remarks.length > 0) blocks.push((width) => remarksBlock(flow, remarks, width));
  if (payment && asksForMoney(model)) {
    blocks.push((width) => paymentBlock(flow, payment, width));
  }
  if (notes) blocks.push((width) => textBlock(flow, labels.notes, notes, width));
  if (terms) blocks.push((width) => textBlock(flow, labels.terms, terms, width));
  if (footer && footLines.length === 0) {
    blocks.push((width) => remarksBlock(flow, [footer], width));
  }
  return blocks;
}

function remarksBlock(flow: Flow, texts: readonly string[], width: number) {
  const fragment = newFragment();
  const lines = texts.flatMap((text) => flow.wrap(text, flow.styles.muted, width));
  const element = addElement(fragment, "P");
  const piece = { cells: [{ element, lines, x: 0 }], leading: flow.density.leading, before: 0 };
  return { pieces: [piece], fragment };
}

function textBlock(flow: Flow, heading: string, text: string, width: number) {
  const { styles, density } = flow;
  const { leading } = density;
  const fragment = newFragment();
  const section = addElement(fragment, "Sect");
  const head = flow.wrap(heading, styles.heading, width);
  const lines = flow.wrap(text, styles.body, width);
  const pieces: Piece[] = [
    {
      cells: [{ element: addElement(section, "H2"), lines: head, x: 0 }],
      leading,
      before: 0,
      leads: true,
    },
    { cells: [{ element: addElement(section, "P"), lines, x: 0 }], leading, before: flow.gap(2) },
  ];
  return { pieces, fragment };
}

/** The code and what to enter: beside each other, or below where an account would be broken. */
function paymentBlock(flow: Flow, payment: PaymentBlock, width: number) {
  const wide = paymentPart(flow, payment, width, true);
  if (!payment.qr) return wide;
  const narrow = paymentPart(flow, payment, width, false);
  if (wide.wrapped !== narrow.wrapped) return wide.wrapped ? narrow : wide;
  return heightOf(wide.pieces) <= heightOf(narrow.pieces) ? wide : narrow;
}

function paymentPart(flow: Flow, payment: PaymentBlock, width: number, beside: boolean) {
  const { styles, density } = flow;
  const { leading } = density;
  const fragment = newFragment();
  const section = addElement(fragment, "Sect");
  const x = payment.qr && beside ? QR_SIZE + QR_GAP : 0;
  const head = flow.wrap(paymentTitle(flow, payment), styles.heading, width - x);
  const heading = addElement(section, "H2");
  const entries = entryPieces(flow, paymentEntries(flow, payment), section, {
    width: width - x,
    x,
  });
  const pieces: Piece[] = [
    { cells: [{ element: heading, lines: head, x }], leading, before: 0, leads: true },
    ...entries.map((piece, i) => (i === 0 ? { ...piece, before: flow.gap(3) } : piece)),
  ];
  const text = heightOf(pieces);
  const wrapped = entries.some(({ cells }) => cells.some(({ lines }) => lines.length > 1));
  const scan = scanCaption(flow, payment);
  const caption = scan === null ? [] : evenly(flow, scan, styles.axis, QR_SIZE + 8);
  const code = payment.qr ? QR_SIZE + caption.length * 8.5 + 2 : 0;
  const height = beside ? Math.max(code, text) : text + code + flow.gap(6);
  // Taller than this, it is divided as other lists are.
  if (!payment.qr && height > flow.pageRoom / 2) return { pieces, fragment, wrapped };
  const draw = (left: number, top: number) => {
    let y = top;
    pieces.forEach(({ cells, before }, i) => {
      if (i > 0) y += before;
      let lines = 0;
      for (const cell of cells) {
        lines = Math.max(lines, cell.lines.length);
        flow.canvas.mark(cell.element, () => {
          drawLines(flow.canvas, cell.lines, { x: left + cell.x, y, leading });
        });
      }
      y += lines * leading;
    });
    if (payment.qr) {
      const at = { x: left, y: beside ? top : y + flow.gap(6) };
      drawQr(flow, section, payment.qr.payload, at);
      flow.canvas.artifact("Layout", () => {
        const below = { x: at.x, y: at.y + QR_SIZE + 1, leading: 8.5 };
        drawLines(flow.canvas, caption, below);
      });
    }
  };
  const whole: Piece = { cells: [], leading, before: 0, whole: { height, draw } };
  return { pieces: [whole], fragment, wrapped };
}

/** Lines of which the last is no word or character alone, as narrow as that takes. */
function evenly(flow: Flow, text: string, style: TextStyle, most: number): readonly TextLine[] {
  let best = flow.wrap(text, style, most);
  const count = best.length;
  for (let width = most - 4; endsShort(best) && width > most / 2; width -= 4) {
    const lines = flow.wrap(text, style, width);
    if (lines.length > count) break;
    best = lines;
  }
  return best;
}

function endsShort(lines: readonly TextLine[]): boolean {
  const widest = Math.max(...lines.map(({ widthPt }) => widthPt));
  return lines.length > 1 && (lines.at(-1)?.widthPt ?? 0) < LEAST_END * widest;
}

function drawQr(flow: Flow, parent: Element, payload: string, at: { x: number; y: number }): void {
  const { runs, size } = qrRuns(payload);
  const box = { ...at, width: QR_SIZE, height: QR_SIZE };
  const figure = addElement(parent, "Figure", {
    alt: flow.labels.scanToPay,
    attributes: boxAttribute(flow, box),
  });
  flow.canvas.mark(figure, () => {
    flow.canvas.cells(runs, at.x, at.y, QR_SIZE / size, INK);
  });
}
