/**
 * Pure. Columns of text beside each other: measured before they are placed, and each going on in
 * its place where they are taller than the page. Distances are points.
 */
import type { Sheet } from "../../model/model.ts";
import { drawLines, type Flow } from "./flow.ts";
import { addKid, type Element, isElement, rootElement } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { isCut } from "./wrap.ts";

/** Lines of one element, at a distance from the column's left. */
export type Cell = { element: Element; lines: readonly TextLine[]; x: number };

export type Piece = {
  /** What stands beside each other, line by line. */
  cells: readonly Cell[];
  leading: number;
  /** Above it, unless it is the first of its page. */
  before: number;
  /** Whether the next piece begins on the same page. */
  leads?: boolean;
  /** A figure and the lines beside it: drawn at once, never divided. */
  whole?: { height: number; draw: (x: number, y: number) => void };
  /** How many lines go over to the next page, if any do. */
  leastRest?: number;
};

export type Column = {
  x: number;
  pieces: readonly Piece[];
  /** The elements of its pieces, which join the tree when it is drawn. */
  fragment: Element;
};

/** The root of a column's elements while it is only measured. */
export function newFragment(): Element {
  return rootElement();
}

/** The height of pieces under each other. */
export function heightOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece, i) => sum + (i > 0 ? piece.before : 0) + pieceHeight(piece), 0);
}

/** Whether a word, a number or an address had to be cut for a column's width. */
export function hasCuts(columns: readonly Column[]): boolean {
  return columns.some(({ pieces }) =>
    pieces.some(({ cells }) => cells.some(({ lines }) => lines.some(isCut))),
  );
}

function pieceHeight({ cells, leading, whole }: Piece): number {
  return whole ? whole.height : linesOf(cells) * leading;
}

function linesOf(cells: readonly Cell[]): number {
  return cells.reduce((most, { lines }) => Math.max(most, lines.length), 0);
}

/** Draws columns from the cursor down, and leaves it below the longest. */
export function drawColumns(flow: Flow<Sheet>, columns: readonly Column[]): void {
  for (const { fragment } of columns) join(fragment, flow.root);
  const left = columns.map(({ x, pieces }) => ({ x, pieces: [...pieces] }));
  while (true) {
    const { y: top } = flow;
    let lowest = top;
    for (const { x, pieces } of left) {
      flow.y = top;
      drawPieces(flow, pieces, x);
      lowest = Math.max(lowest, flow.y);
    }
    flow.y = lowest;
    if (left.every(({ pieces }) => pieces.length === 0)) return;
    flow.breakPage();
  }
}

function join(fragment: Element, root: Element): void {
  for (const kid of fragment.kids) {
    if (isElement(kid)) kid.parent = root;
    addKid(root, kid);
  }
  fragment.kids = [];
}

/** As many pieces as fit the page, at least some of one on a new page; the rest stays. */
function drawPieces(flow: Flow<Sheet>, pieces: Piece[], x: number): void {
  let first = true;
  for (let piece = pieces[0]; piece; piece = pieces[0]) {
    const before = first ? 0 : piece.before;
    const fresh = first && flow.y <= flow.pageTop;
    const lines = linesOf(piece.cells);
    const count = piece.whole ? 0 : fittingLines(flow, piece, pieces[1], before);
    if (piece.whole && !fresh && before + piece.whole.height > flow.room) return;
    if (!piece.whole && count === 0 && lines > 0 && !fresh) return;
    flow.y += before;
    if (piece.whole) {
      piece.whole.draw(x, flow.y);
      flow.y += piece.whole.height;
    } else {
      const part = Math.max(count, fresh ? 1 : 0);
      drawPart(flow, piece, x, part);
      if (part < lines) {
        pieces[0] = restOf(piece, part);
        return;
      }
    }
    pieces.shift();
    first = false;
  }
}

/** How many lines of a piece to draw here: all, none, or such that neither part is one line. */
function fittingLines(
  flow: Flow<Sheet>,
  piece: Piece,
  next: Piece | undefined,
  before: number,
): number {
  const lines = linesOf(piece.cells);
  const room = flow.room - before;
  const height = lines * piece.leading;
  if (piece.leads && next) {
    const least = next.whole ? next.whole.height : Math.min(2, linesOf(next.cells)) * next.leading;
    return height + next.before + least <= room ? lines : 0;
  }
  if (height <= room) return lines;
  const leastRest = Math.min(piece.leastRest ?? 2, Math.max(1, lines - 2));
  const count = Math.min(Math.floor(room / piece.leading), lines - leastRest);
  return count >= 2 ? count : 0;
}

function drawPart(flow: Flow<Sheet>, { cells, leading }: Piece, x: number, count: number): void {
  const { canvas, y } = flow;
  let drawn = 0;
  for (const cell of cells) {
    const lines = cell.lines.slice(0, count);
    if (lines.length === 0) continue;
    drawn = Math.max(drawn, lines.length);
    const more = cell.lines.length > count;
    canvas.mark(cell.element, () => {
      drawLines(canvas, lines, { x: x + cell.x, y, leading, more });
    });
  }
  flow.y += drawn * leading;
}

function restOf(piece: Piece, count: number): Piece {
  const cells = piece.cells.map((cell) => ({ ...cell, lines: cell.lines.slice(count) }));
  return { ...piece, before: 0, cells };
}
