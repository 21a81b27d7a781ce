/**
 * Pure. The lines of a document as a table over any number of pages: its head repeats, a subtotal
 * is carried forward, a row is split only where it is taller than a page, and the last two rows
 * stay with the totals.
 */
import type { DocumentLine } from "../../model/model.ts";
import { addElement, type Element, TABLE_COLUMN_HEAD, tableSpan } from "../pdf/structure.ts";
import type { TextLine } from "../pdf/text.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { HAIRLINE, INK, STYLES } from "./theme.ts";
import { figureTexts, secondaryTexts, showsTax } from "./wording.ts";

const NAME_LEADING = 13;
const SECOND_LEADING = 10.5;
const PAD = 4.5;
const HEAD_HEIGHT = 22;
const CARRY_HEIGHT = 20;
/** Of a row that is taller than a page and begins on this one. */
const LEAST_PART = 80;
const INDENT = 9;
const FIGURE = STYLES.figure.size;
const SIZES = [FIGURE, 8.5, 8, 7.5, 7];
const GAPS = [18, 12, 8];
/** The share of the width that the description keeps, if the figures leave it. */
const DESCRIPTION_SHARE = 0.4;

type Row = {
  /** A group's head has no figures. */
  figures: readonly TextLine[] | null;
  lines: readonly TextLine[];
  indent: number;
  /** How many lines at the start are set in the name's leading. */
  names: number;
  height: number;
  amountMinor: bigint;
  shaded: boolean;
};

type Columns = {
  heads: readonly TextLine[];
  /** Right edge of each column of figures. */
  edges: readonly number[];
  descriptionWidth: number;
  /** Of the figures. */
  size: number;
};

/** `totalsHeight` is what must find room behind the last rows. */
export function drawTable(flow: Flow, totalsHeight: number): void {
  const taxed = showsTax(flow.model);
  const figures = flow.model.lines.map((line) => figuresOf(flow, line, taxed));
  const columns = fitColumns(flow, figures);
  const rows = buildRows(flow, columns, figures);
  const table = addElement(flow.root, "Table");
  const tail = tailStart(rows);
  const tailHeight = sumHeights(rows, tail, rows.length) + totalsHeight;
  const first = firstHeight(rows, tailHeight);
  flow.need(HEAD_HEIGHT + (first + HEAD_HEIGHT > flow.pageRoom ? LEAST_PART : first));
  drawHeadRow(flow, columns, table);
  let carried = 0n;
  rows.forEach((row, i) => {
    const together = row.figures ? row.height : row.height + (rows[i + 1]?.height ?? 0);
    const wanted = i === tail ? Math.max(tailHeight, together) : together;
    const inTail = i >= tail && tailHeight <= flow.room;
    const reserve = inTail || i === rows.length - 1 ? 0 : CARRY_HEIGHT;
    const keeps = i === tail && tailHeight <= flow.pageRoom - HEAD_HEIGHT - CARRY_HEIGHT;
    if ((keeps ? wanted : together + reserve) > flow.room && i > 0) {
      turnPage(flow, columns, carried);
    }
    drawRow(flow, columns, table, row, carried);
    carried += row.amountMinor;
  });
}

/** What must find room under the table's head for it to begin here. */
function firstHeight(rows: readonly Row[], tailHeight: number): number {
  if (tailStart(rows) === 0) return tailHeight;
  return sumHeights(rows, 0, rows[0]?.figures ? 1 : 2) + CARRY_HEIGHT;
}

function turnPage(flow: Flow, columns: Columns, carried: bigint): void {
  drawCarried(flow, flow.labels.carriedForward, carried, false);
  flow.breakPage();
  drawHeadRow(flow, columns, null);
  drawCarried(flow, flow.labels.broughtForward, carried, !flow.theme.filled);
}

/** Where the rows begin that go with the totals: the last two, and the head of their group. */
function tailStart(rows: readonly Row[]): number {
  let start = Math.max(0, rows.length - 2);
  if (start > 0 && rows[start]?.figures && rows[start - 1]?.figures === null) start -= 1;
  return start;
}

function sumHeights(rows: readonly Row[], from: number, to: number): number {
  return rows.slice(from, to).reduce((sum, row) => sum + row.height, 0);
}

function buildRows(flow: Flow, columns: Columns, figures: readonly TextLine[][]): Row[] {
  const rows: Row[] = [];
  let group: string | null = null;
  let shade = false;
  for (const [i, line] of flow.model.lines.entries()) {
    if (line.group && line.group.name !== group) {
      shade = !shade;
      rows.push(groupRow(flow, columns, line.group, shade));
    }
    group = line.group?.name ?? null;
    shade = !shade;
    const cells = (figures[i] ?? []).map((figure) => resized(figure, columns.size));
    rows.push({ ...lineRow(flow, columns, line), figures: cells, shaded: shade });
  }
  return rows;
}

function groupRow(
  flow: Flow,
  columns: Columns,
  group: { name: string; detail: string | null },
  shaded: boolean,
): Row {
  const names = flow.wrap(group.name, STYLES.groupName, columns.descriptionWidth);
  const details = group.detail
    ? flow.wrap(group.detail, STYLES.secondary, columns.descriptionWidth)
    : [];
  return {
    figures: null,
    lines: [...names, ...details],
    indent: 0,
    names: names.length,
    height: rowHeight(names.length, details.length),
    amountMinor: 0n,
    shaded,
  };
}

function lineRow(flow: Flow, columns: Columns, line: DocumentLine) {
  const indent = line.group ? INDENT : 0;
  const width = columns.descriptionWidth - indent;
  const names = flow.wrap(line.name, STYLES.rowName, width);
  const details = secondaryTexts(flow, line).flatMap((text) =>
    flow.wrap(text, STYLES.secondary, width),
  );
  return {
    lines: [...names, ...details],
    indent,
    names: names.length,
    height: rowHeight(names.length, details.length),
    amountMinor: BigInt(line.amountMinor),
  };
}

function rowHeight(names: number, details: number): number {
  return 2 * PAD + names * NAME_LEADING + details * SECOND_LEADING - (details > 0 ? 1 : 0);
}

/** In the largest size; a narrower table scales them down. */
function figuresOf(flow: Flow, line: DocumentLine, taxed: boolean): TextLine[] {
  return figureTexts(flow, line, taxed).map((text, i) =>
    flow.line(text, i === 2 && taxed ? STYLES.figureMuted : STYLES.figure),
  );
}

function resized(line: TextLine, size: number): TextLine {
  const { style } = line.shaped;
  if (style.size === size) return line;
  const shaped = { ...line.shaped, style: { ...style, size } };
  return { ...line, shaped, widthPt: (line.widthPt / style.size) * size };
}

/** The widest figures decide the columns; if they leave too little, gaps and type shrink. */
function fitColumns(flow: Flow, figures: readonly TextLine[][]): Columns {
  const { labels, theme } = flow;
  const names = [labels.quantity, labels.unitPrice];
  if (showsTax(flow.model)) names.push(labels.tax);
  names.push(labels.amount);
  const heads = [labels.description, ...names].map((name) => flow.line(name, theme.headCell));
  const widest = names.map((_, i) =>
    figures.reduce((most, cells) => Math.max(most, cells[i]?.widthPt ?? 0), 0),
  );
  const pad = theme.cellPad;
  for (const size of SIZES) {
    for (const gap of GAPS) {
      const widths = widest.map((width, i) =>
        Math.max((width / FIGURE) * size, heads[i + 1]?.widthPt ?? 0),
      );
      const taken = widths.reduce((sum, width) => sum + width + gap, 0);
      const description = flow.width - taken - 2 * pad;
      const last = size === SIZES.at(-1) && gap === GAPS.at(-1);
      if (description < flow.width * DESCRIPTION_SHARE && !last) continue;
      let edge = flow.right - pad;
      const edges = widths
        .toReversed()
        .map((width) => {
          const right = edge;
          edge -= width + gap;
          return right;
        })
        .reverse();
      return {
        heads,
        edges,
        descriptionWidth: Math.max(description, 60),
        size,
      };
    }
  }
  throw new RangeError("the last size always fits");
}

/** With a table the head is read as such; without one it is a repetition on a later page. */
function drawHeadRow(flow: Flow, columns: Columns, table: Element | null): void {
  const { canvas, theme, y } = flow;
  const pad = theme.cellPad;
  const baseline = baselineIn(y, HEAD_HEIGHT - 3, 7.5);
  const draw = (i: number) => {
    const head = columns.heads[i];
    if (!head) return;
    const edge = i === 0 ? flow.left + pad : (columns.edges[i - 1] ?? 0) - head.widthPt;
    canvas.text(head, edge, baseline);
  };
  canvas.artifact("Layout", () => {
    if (theme.filled) canvas.rectangle(flow.left, y, flow.width, HEAD_HEIGHT - 3, theme.accent);
    else canvas.rectangle(flow.left, y + HEAD_HEIGHT - 3, flow.width, 0.75, INK);
  });
  if (table) {
    const row = addElement(table, "TR");
    columns.heads.forEach((_, i) => {
      const cell = addElement(row, "TH", { attributes: TABLE_COLUMN_HEAD });
      canvas.mark(cell, () => draw(i));
    });
  } else {
    canvas.artifact("Pagination", () => {
      for (let i = 0; i < columns.heads.length; i++) draw(i);
    });
  }
  flow.y += HEAD_HEIGHT;
}

function drawRow(flow: Flow, columns: Columns, table: Element, row: Row, carried: bigint): void {
  const cells = addElement(table, "TR");
  const spans = row.figures ? {} : { attributes: tableSpan(columns.heads.length) };
  const description = addElement(cells, "TD", spans);
  const figures = (row.figures ?? []).map(() => addElement(cells, "TD"));
  let rest = row.lines;
  let names = row.names;
  for (let first = true; first || rest.length > 0; first = false) {
    if (!first) turnPage(flow, columns, carried);
    const part = fittingLines(rest, names, flow.room - CARRY_HEIGHT);
    drawRowPart(flow, columns, { ...row, ...part, figures: first ? row.figures : null }, [
      description,
      ...figures,
    ]);
    rest = rest.slice(part.lines.length);
    names = Math.max(0, names - part.names);
  }
}

/** As many lines as fit, at least one; everything where the row fits whole. */
function fittingLines(lines: readonly TextLine[], names: number, room: number) {
  const whole = rowHeight(names, lines.length - names);
  if (whole <= room + CARRY_HEIGHT) return { lines, names, height: whole };
  let count = 0;
  let height = 2 * PAD;
  while (count < lines.length) {
    const leading = count < names ? NAME_LEADING : SECOND_LEADING;
    if (count > 0 && height + leading > room) break;
    height += leading;
    count += 1;
  }
  const part = lines.slice(0, count);
  return { lines: part, names: Math.min(names, count), height };
}

function drawRowPart(flow: Flow, columns: Columns, row: Row, cells: readonly Element[]): void {
  const { canvas, theme, y } = flow;
  const [description, ...figures] = cells;
  // Stripes would cut a watermark, which lies behind them.
  const striped = theme.filled && flow.model.watermark === null;
  const x = flow.left + row.indent + theme.cellPad;
  canvas.artifact("Layout", () => {
    if (!striped) canvas.rectangle(flow.left, y + row.height, flow.width, 0.5, HAIRLINE);
    else if (row.shaded) canvas.rectangle(flow.left, y, flow.width, row.height, theme.zebra);
  });
  if (description) {
    canvas.mark(description, () => {
      const top = y + PAD;
      const second = top + row.names * NAME_LEADING - 0.5;
      drawLines(canvas, row.lines.slice(0, row.names), { x, y: top, leading: NAME_LEADING });
      const details = row.lines.slice(row.names);
      drawLines(canvas, details, { x, y: second, leading: SECOND_LEADING });
    });
  }
  row.figures?.forEach((figure, i) => {
    const cell = figures[i];
    const edge = columns.edges[i] ?? 0;
    if (!cell) return;
    canvas.mark(cell, () => {
      canvas.text(figure, edge - figure.widthPt, baselineIn(y + PAD, NAME_LEADING, 9));
    });
  });
  flow.y += row.height;
}

/** What the lines on the pages so far come to: seen, not read, since the totals say it again. */
function drawCarried(flow: Flow, label: string, amountMinor: bigint, ruled: boolean): void {
  const { canvas, y, theme } = flow;
  const pad = theme.cellPad;
  const figure = flow.line(flow.format.money(`${amountMinor}`), STYLES.carriedFigure);
  const name = flow.line(label, STYLES.carried);
  const baseline = baselineIn(y, CARRY_HEIGHT, 8);
  canvas.artifact("Pagination", () => {
    canvas.text(name, flow.left + pad, baseline);
    canvas.text(figure, flow.right - pad - figure.widthPt, baseline);
    if (ruled) canvas.rectangle(flow.left, y + CARRY_HEIGHT, flow.width, 0.5, HAIRLINE);
  });
  flow.y += CARRY_HEIGHT;
}
