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
  const rows = buildRows(flow, columns, figures);
  const { headHeight, carryHeight } = flow.density;
  const tail = tailStart(rows);
  const first = tail === 0 ? tailHeight(rows, 0, after) : startHeight(flow, rows, 0) + carryHeight;
  // Where its first rows do not fit, it begins on the next page, unless this one were left empty.
  if (mayLeave(flow, first)) flow.need(headHeight + first);
  else flow.need(headHeight + Math.min(first, leastHeight(flow)));
  const table: Table = { flow, columns, element: addElement(flow.root, "Table"), carried: 0n };
  drawHeadRow(table, true);
  rows.forEach((row, i) => {
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
  });
}

function tailHeight(rows: readonly Row[], from: number, { all }: After): number {
  return sumHeights(rows, from, rows.length) + all;
}

/** Of a row, and of what begins the group that it heads. */
function startHeight(flow: Flow, rows: readonly Row[], i: number): number {
  const row = rows[i];
  const next = row?.figures ? undefined : rows[i + 1];
  const below = next && isDivisible(flow, next) ? leastHeight(flow) : (next?.height ?? 0);
  return (row?.height ?? 0) + below;
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
function tailStart(rows: readonly Row[]): number {
  let start = Math.max(0, rows.length - 2);
  if (start > 0 && rows[start]?.figures && rows[start - 1]?.figures === null) start -= 1;
  return start;
}

function sumHeights(rows: readonly Row[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += rows[i]?.height ?? 0;
  return sum;
}

function buildRows(flow: Flow, columns: Columns, figures: readonly Figure[][]): Row[] {
  const rows: Row[] = [];
  let group: string | null = null;
  let shaded = false;
  for (const [i, line] of flow.model.lines.entries()) {
    if (line.group && line.group.name !== group) {
      shaded = !shaded;
      rows.push(groupRow(flow, columns, line.group, shaded));
    }
    group = line.group?.name ?? null;
    shaded = !shaded;
    rows.push(lineRow(flow, columns, line, { figures: figures[i] ?? [], shaded }));
  }
  return rows;
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
  const details = secondaryTexts(flow, line).flatMap((text) =>
    flow.wrap(text, flow.styles.secondary, width),
  );
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
    const [figure, cell] = [figures[i], cells.figures[i]];
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
