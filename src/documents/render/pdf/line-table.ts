/**
 * Pure. The lines of a document as a table over any number of pages: its head repeats, what stands
 * above is carried forward, a row is divided only where keeping it whole would leave a page empty,
 * and the last two rows stay with the totals unless that would.
 */
import type { DocumentLine } from "../../model/model.ts";
import { secondaryTexts } from "../wording/wording.ts";
import {
  type Columns,
  type Figure,
  figuresOf,
  fitColumns,
  placeFigure,
  resized,
} from "./figures.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { addElement, type Element, TABLE_COLUMN_HEAD, tableSpan } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { HAIRLINE, INK } from "./theme.ts";

const INDENT = 9;
/** Of a page: more than this is not left empty to keep something together. */
const MOST_EMPTY = 0.33;
/** The same where too little would stand on the next one by itself. */
const MOST_EMPTY_OF_TAIL = 0.5;
/** Lines of a divided row, on either page. */
const LEAST_LINES = 3;

type Row = {
  /** A group's head has no figures. */
  figures: readonly Figure[] | null;
  lines: readonly TextLine[];
  indent: number;
  /** How many lines at the start are set in the name's leading. */
  names: number;
  height: number;
  amountMinor: bigint;
  shaded: boolean;
};

/** Where the table is drawn: its columns, its element, what its rows so far come to. */
type Table = {
  flow: Flow;
  columns: Columns;
  element: Element;
  carried: bigint;
};

/**
 * What must find room behind the last rows: the totals alone, and all that follows. `thin`: what
 * follows the totals would fill little of a page by itself.
 */
export type After = { totals: number; all: number; thin: boolean };

/** Draws the lines of the document from the cursor down. */
export function drawTable(flow: Flow, after: After): void {
  const figures = figuresOf(flow);
  const columns = fitColumns(flow, figures);
  const rows = new Rows(flow, columns, figures);
  const { headHeight, carryHeight } = flow.density;
  const tail = tailStart(rows);
  const first = tail === 0 ? tailHeight(rows, 0, after) : startHeight(flow, rows, 0) + carryHeight;
  // Where its first rows do not fit, it begins on the next page, unless this one were left empty.
  if (mayLeave(flow, first)) flow.need(headHeight + first);
  else flow.need(headHeight + Math.min(first, leastHeight(flow)));
  const table: Table = { flow, columns, element: addElement(flow.root, "Table"), carried: 0n };
  drawHeadRow(table, true);
  for (let i = 0; i < rows.length; i++) {
    const row = rows.at(i);
    const isLast = i === rows.length - 1;
    const behind = i >= tail ? tailHeight(rows, i, after) : Number.POSITIVE_INFINITY;
    const spare = behind <= flow.room ? 0 : carryHeight;
    const own = startHeight(flow, rows, i) + spare;
    const together = i >= tail ? behind : own;
    const most = after.thin ? MOST_EMPTY_OF_TAIL : MOST_EMPTY;
    const leaves =
      together > flow.room &&
      (mayLeave(flow, together, i >= tail ? most : MOST_EMPTY) ||
        (own > flow.room && (mayLeave(flow, own) || !isDivisible(flow, row))));
    if (leaves && i > 0) turnPage(table);
    drawRow(table, row, isLast ? after.totals : spare);
    rows.leave(i);
  }
}

function tailHeight(rows: Rows, from: number, { all }: After): number {
  return sumHeights(rows, from, rows.length) + all;
}

/** Of a row, and of what begins the group that it heads. */
function startHeight(flow: Flow, rows: Rows, i: number): number {
  if (i >= rows.length) return 0;
  const row = rows.at(i);
  const next = row.figures || i + 1 >= rows.length ? undefined : rows.at(i + 1);
  const below = next && isDivisible(flow, next) ? leastHeight(flow) : (next?.height ?? 0);
  return row.height + below;
}

/** Whether a page may end here for the sake of what does not fit and would on the next one. */
function mayLeave(flow: Flow, height: number, most = MOST_EMPTY): boolean {
  const page = flow.pageRoom - flow.density.headHeight - flow.density.carryHeight;
  return flow.room <= most * flow.pageRoom && height <= page;
}

function isDivisible(flow: Flow, row: Row): boolean {
  return row.lines.length >= 2 * LEAST_LINES && flow.room >= leastHeight(flow);
}

/** Of a row that begins here and goes on. */
function leastHeight({ density }: Flow): number {
  const { rowPad, nameLeading, carryHeight } = density;
  return 2 * rowPad + LEAST_LINES * nameLeading + carryHeight;
}

function turnPage(table: Table): void {
  const { flow } = table;
  drawCarried(table, flow.labels.carriedForward, false);
  flow.breakPage();
  drawHeadRow(table, false);
  drawCarried(table, flow.labels.broughtForward, !flow.theme.filled);
}

/** Where the rows begin that go with the totals: the last two, and the head of their group. */
function tailStart(rows: Rows): number {
  let start = Math.max(0, rows.length - 2);
  if (start > 0 && !rows.isHead(start) && rows.isHead(start - 1)) start -= 1;
  return start;
}

function sumHeights(rows: Rows, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += rows.at(i).height;
  return sum;
}

const SHADED = 1;
const IS_HEAD = 2;
const LINE_STEP = 4;

/**
 * The rows of a table, each made when it is first asked for and forgotten when it is drawn: those
 * of a long document would outlive what they are for.
 */
class Rows {
  readonly #flow: Flow;
  readonly #columns: Columns;
  readonly #figures: readonly Figure[][];
  /** Of each its line's index, whether it is the head of that line's group, and its shade. */
  readonly #places: number[] = [];
  readonly #made = new Map<number, Row>();

  constructor(flow: Flow, columns: Columns, figures: readonly Figure[][]) {
    this.#flow = flow;
    this.#columns = columns;
    this.#figures = figures;
    let name: string | null = null;
    let shade = 0;
    flow.model.lines.forEach(({ group }, i) => {
      if (group && group.name !== name) {
        shade ^= SHADED;
        this.#places.push(i * LINE_STEP + IS_HEAD + shade);
      }
      name = group?.name ?? null;
      shade ^= SHADED;
      this.#places.push(i * LINE_STEP + shade);
    });
  }

  get length(): number {
    return this.#places.length;
  }

  isHead(index: number): boolean {
    return ((this.#places[index] ?? 0) & IS_HEAD) !== 0;
  }

  at(index: number): Row {
    const known = this.#made.get(index);
    if (known) return known;
    const made = this.#make(this.#places[index] ?? 0);
    this.#made.set(index, made);
    return made;
  }

  leave(index: number): void {
    this.#made.delete(index);
  }

  #make(place: number): Row {
    const index = Math.floor(place / LINE_STEP);
    const line = this.#flow.model.lines[index];
    if (!line) throw new RangeError("a row is of a line");
    const shaded = (place & SHADED) !== 0;
    if (line.group && place & IS_HEAD) {
      return groupRow(this.#flow, this.#columns, line.group, shaded);
    }
    return lineRow(this.#flow, this.#columns, line, {
      figures: this.#figures[index] ?? [],
      shaded,
    });
  }
}

function groupRow(
  flow: Flow,
  columns: Columns,
  group: { name: string; detail: string | null },
  shaded: boolean,
): Row {
  const names = flow.wrap(group.name, flow.styles.groupName, columns.descriptionWidth);
  const details = group.detail
    ? flow.wrap(group.detail, flow.styles.secondary, columns.descriptionWidth)
    : [];
  return {
    figures: null,
    lines: [...names, ...details],
    indent: 0,
    names: names.length,
    height: rowHeight(flow, names.length, details.length),
    amountMinor: 0n,
    shaded,
  };
}

function lineRow(
  flow: Flow,
  columns: Columns,
  line: DocumentLine,
  drawn: Pick<Row, "figures" | "shaded">,
): Row {
  const indent = line.group ? INDENT : 0;
  const width = columns.descriptionWidth - indent;
  const names = flow.wrap(line.name, flow.styles.rowName, width);
  const details: TextLine[] = [];
  for (const text of secondaryTexts(flow, line)) {
    details.push(...flow.wrap(text, flow.styles.secondary, width));
  }
  return {
    figures: drawn.figures,
    lines: details.length > 0 ? [...names, ...details] : names,
    indent,
    names: names.length,
    height: rowHeight(flow, names.length, details.length),
    amountMinor: BigInt(line.amountMinor),
    shaded: drawn.shaded,
  };
}

function rowHeight({ density }: Flow, names: number, details: number): number {
  const { rowPad, nameLeading, secondLeading } = density;
  return 2 * rowPad + names * nameLeading + details * secondLeading - (details > 0 ? 1 : 0);
}

/** The first is read as the table's head, others are repetitions on later pages. */
function drawHeadRow({ flow, columns, element }: Table, first: boolean): void {
  const { canvas, theme, y } = flow;
  const { headHeight } = flow.density;
  const pad = theme.cellPad;
  const baseline = baselineIn(y, headHeight - 3, 7.5);
  const draw = (i: number) => {
    const head = columns.heads[i];
    if (!head) return;
    const edge = i === 0 ? flow.left + pad : (columns.edges[i - 1] ?? 0) - head.widthPt;
    canvas.text(head, edge, baseline);
  };
  canvas.artifact("Layout", () => {
    if (theme.filled) canvas.rectangle(flow.left, y, flow.width, headHeight - 3, theme.accent);
    else canvas.rectangle(flow.left, y + headHeight - 3, flow.width, 0.75, INK);
  });
  if (first) {
    const row = addElement(element, "TR");
    columns.heads.forEach((_, i) => {
      const cell = addElement(row, "TH", { attributes: TABLE_COLUMN_HEAD });
      canvas.mark(cell, () => draw(i));
    });
  } else {
    canvas.artifact("Pagination", () => {
      for (let i = 0; i < columns.heads.length; i++) draw(i);
    });
  }
  flow.y += headHeight;
}

/** A row, divided where it does not fit; `behind` has to stand on the page of its last line. */
function drawRow(table: Table, row: Row, behind: number): void {
  const { flow, columns } = table;
  const element = addElement(table.element, "TR");
  const spans = row.figures ? undefined : { attributes: tableSpan(columns.heads.length) };
  const description = addElement(element, "TD", spans);
  const figures = (row.figures ?? []).map(() => addElement(element, "TD"));
  const cells = { description, figures };
  let rest = row;
  while (true) {
    const count = fittingLines(flow, rest, behind);
    const isLast = count === rest.lines.length;
    drawRowPart(table, isLast ? rest : partOf(flow, rest, 0, count), cells, !isLast);
    // What a page carries forward is what stands on it: the amount is beside the first part.
    if (rest === row) table.carried += row.amountMinor;
    if (isLast) return;
    rest = { ...partOf(flow, rest, count, rest.lines.length), figures: null };
    turnPage(table);
  }
}

/** As many lines as fit, at least one; all where the rest fits with what comes behind it. */
function fittingLines(flow: Flow, { lines, names }: Row, behind: number): number {
  const { density } = flow;
  const whole = rowHeight(flow, names, lines.length - names);
  const page = flow.pageRoom - density.headHeight - density.carryHeight;
  const together = whole + behind;
  if (together <= flow.room || lines.length === 0) return lines.length;
  // Neither does it fit on a page of its own: what is behind goes on by itself.
  const leastRest = lines.length > 2 * LEAST_LINES ? LEAST_LINES : 0;
  if (whole <= flow.room && (leastRest === 0 || behind > page)) return lines.length;
  const room = flow.room - density.carryHeight;
  let height = 2 * density.rowPad;
  let count = 0;
  while (count < lines.length) {
    height += count < names ? density.nameLeading : density.secondLeading;
    if (count > 0 && height > room) break;
    count += 1;
  }
  return Math.max(1, Math.min(count, lines.length - leastRest));
}

/** The lines [from, to) of a row. */
function partOf(flow: Flow, row: Row, from: number, to: number): Row {
  const names = Math.max(0, Math.min(row.names, to) - from);
  const lines = row.lines.slice(from, to);
  return { ...row, lines, names, height: rowHeight(flow, names, lines.length - names) };
}

type Cells = { description: Element; figures: readonly Element[] };

function drawRowPart(table: Table, row: Row, cells: Cells, more: boolean): void {
  const { flow, columns } = table;
  const { canvas, theme, density, y } = flow;
  const { rowPad, nameLeading, secondLeading } = density;
  // Stripes would cut a watermark, which lies behind them.
  const striped = theme.filled && flow.model.watermark === null;
  const x = flow.left + row.indent + theme.cellPad;
  canvas.artifact("Layout", () => {
    if (!striped) canvas.rectangle(flow.left, y + row.height, flow.width, 0.5, HAIRLINE);
    else if (row.shaded) canvas.rectangle(flow.left, y, flow.width, row.height, theme.zebra);
  });
  canvas.mark(cells.description, () => {
    const { lines, names } = row;
    const top = y + rowPad;
    const detailed = names < lines.length;
    drawLines(canvas, detailed ? lines.slice(0, names) : lines, {
      x,
      y: top,
      leading: nameLeading,
      more: more || detailed,
    });
    if (!detailed) return;
    const second = top + names * nameLeading - (names > 0 ? 0.5 : 0);
    drawLines(canvas, lines.slice(names), { x, y: second, leading: secondLeading, more });
  });
  const { figures } = row;
  for (let i = 0; figures && i < figures.length; i++) {
    const figure = figures[i];
    const cell = cells.figures[i];
    if (!figure || !cell) continue;
    const { line, x: left } = placeFigure(columns, figure, i);
    const { size } = line.shaped.style;
    canvas.markText(cell, line, left, baselineIn(y + rowPad, nameLeading, size));
  }
  flow.y += row.height;
}

/** What the lines on the pages so far come to: seen, not read, since the totals say it again. */
function drawCarried({ flow, columns, carried }: Table, label: string, ruled: boolean): void {
  const { canvas, y, theme, styles } = flow;
  const { carryHeight } = flow.density;
  const pad = theme.cellPad;
  const { factor } = columns;
  const money = flow.line(flow.format.money(`${carried}`), styles.carriedFigure);
  const figure = resized(money, factor);
  const name = flow.line(label, styles.carried);
  const baseline = baselineIn(y, carryHeight, styles.carried.size);
  canvas.artifact("Pagination", () => {
    canvas.text(name, flow.left + pad, baseline);
    canvas.text(figure, flow.right - pad - figure.widthPt, baseline);
    if (ruled) canvas.rectangle(flow.left, y + carryHeight, flow.width, 0.5, HAIRLINE);
  });
  flow.y += carryHeight;
}
