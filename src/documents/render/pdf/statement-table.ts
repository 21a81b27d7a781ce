/** Pure. The entries of a statement as a table over any number of pages; its head repeats. */
import { type StatementModel, type StatementRow, statementRows } from "../wording/statement.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { addElement, type Element, TABLE_COLUMN_HEAD } from "./structure.ts";
import type { TextLine, TextStyle } from "./text.ts";
import { HAIRLINE, INK } from "./theme.ts";

const GAP = 14;
/** Of the width, what the description keeps. */
const LEAST_DESCRIPTION = 0.28;
const FIGURES = ["charge", "credit", "balance"] as const;

type Column = { head: readonly TextLine[]; x: number; width: number; figure: boolean };

/** Draws the entries from the cursor down. */
export function drawStatementTable(flow: Flow<StatementModel>): void {
  const rows = statementRows(flow);
  const columns = columnsFor(flow, rows);
  const table = addElement(flow.root, "Table");
  flow.need(headHeight(flow, columns) + 3 * flow.density.nameLeading);
  drawHead(flow, columns, table);
  for (const [i, row] of rows.entries()) drawRow(flow, columns, table, row, i % 2 === 1);
}

function columnsFor(flow: Flow<StatementModel>, rows: readonly StatementRow[]): Column[] {
  const { labels, styles, theme, width, left, right } = flow;
  const pad = theme.cellPad;
  const widest = (texts: readonly string[], style: TextStyle) =>
    texts.reduce((most, text) => Math.max(most, flow.line(text, style).widthPt), 0);
  const days = widest(
    rows.map(({ day }) => day),
    styles.figureMuted,
  );
  const { day, charges, credits, balance } = labels.statement;
  const heads = [charges, credits, balance];
  const room = width - 2 * pad - days - GAP;
  const most = (room * (1 - LEAST_DESCRIPTION)) / FIGURES.length - GAP;
  const widths = FIGURES.map((name, i) => {
    const figures = widest(
      rows.map((row) => row[name]),
      styles.strongFigure,
    );
    const head = Math.min(flow.line(heads[i] ?? "", theme.headCell).widthPt, most);
    return Math.max(figures, head);
  });
  const taken = widths.reduce((sum, one) => sum + one + GAP, 0);
  const description = Math.max(40, room - taken);
  let edge = right - pad;
  const figures = widths
    .map((own, i) => ({ own, head: heads[i] ?? "" }))
    .toReversed()
    .map(({ own, head }): Column => {
      const x = edge - own;
      edge = x - GAP;
      return { head: flow.wrap(head, theme.headCell, own), x, width: own, figure: true };
    })
    .toReversed();
  const plain = (head: string, x: number, own: number): Column => ({
    head: flow.wrap(head, theme.headCell, own),
    x,
    width: own,
    figure: false,
  });
  return [
    plain(day, left + pad, days),
    plain(labels.description, left + pad + days + GAP, description),
    ...figures,
  ];
}

function headHeight(flow: Flow<StatementModel>, columns: readonly Column[]): number {
  const lines = Math.max(...columns.map(({ head }) => head.length));
  return flow.density.headHeight + (lines - 1) * flow.density.secondLeading;
}

/** The first is read as the table's head, others are repetitions on later pages. */
function drawHead(
  flow: Flow<StatementModel>,
  columns: readonly Column[],
  table: Element | null,
): void {
  const { canvas, theme, y, density } = flow;
  const height = headHeight(flow, columns);
  const leading = density.secondLeading;
  const draw = ({ head, x, width, figure }: Column) => {
    const top = y + height - 3 - head.length * leading - (theme.filled ? 4 : 5);
    for (const [i, line] of head.entries()) {
      const at = figure ? x + width - line.widthPt : x;
      canvas.text(line, at, baselineIn(top + i * leading, leading, 7.5));
    }
  };
  canvas.artifact("Layout", () => {
    if (theme.filled) canvas.rectangle(flow.left, y, flow.width, height - 3, theme.accent);
    else canvas.rectangle(flow.left, y + height - 3, flow.width, 0.75, INK);
  });
  if (table) {
    const row = addElement(table, "TR");
    for (const column of columns) {
      const cell = addElement(row, "TH", { attributes: TABLE_COLUMN_HEAD });
      canvas.mark(cell, () => draw(column));
    }
  } else {
    canvas.artifact("Pagination", () => {
      for (const column of columns) draw(column);
    });
  }
  flow.y += height;
}

function drawRow(
  flow: Flow<StatementModel>,
  columns: readonly Column[],
  table: Element,
  row: StatementRow,
  shaded: boolean,
): void {
  const { styles, theme, density } = flow;
  const { rowPad, nameLeading, secondLeading } = density;
  const wide = columns[1]?.width ?? 0;
  const names = flow.wrap(row.name, row.strong ? styles.groupName : styles.rowName, wide);
  const details = row.detail === null ? [] : flow.wrap(row.detail, styles.secondary, wide);
  const height = 2 * rowPad + names.length * nameLeading + details.length * secondLeading;
  if (height > flow.room && flow.y > flow.pageTop) {
    flow.breakPage();
    drawHead(flow, columns, null);
  }
  const { canvas, y } = flow;
  canvas.artifact("Layout", () => {
    if (!theme.filled) canvas.rectangle(flow.left, y + height, flow.width, 0.5, HAIRLINE);
    else if (shaded) canvas.rectangle(flow.left, y, flow.width, height, theme.zebra);
  });
  const cells = addElement(table, "TR");
  const figure = row.strong ? styles.strongFigure : styles.figure;
  const texts = [row.day, "", row.charge, row.credit, row.balance];
  columns.forEach(({ x, width, figure: isFigure }, i) => {
    const cell = addElement(cells, "TD");
    if (i === 1) {
      canvas.mark(cell, () => {
        const top = y + rowPad;
        drawLines(canvas, names, { x, y: top, leading: nameLeading, more: details.length > 0 });
        const second = top + names.length * nameLeading - 0.5;
        drawLines(canvas, details, { x, y: second, leading: secondLeading });
      });
      return;
    }
    const style = isFigure ? figure : styles.figureMuted;
    const line = flow.line(texts[i] ?? "", style);
    // An empty cell has its content, too: no element is without a kid.
    canvas.mark(cell, () => {
      const at = isFigure ? x + width - line.widthPt : x;
      canvas.text(line, at, baselineIn(y + rowPad, nameLeading, style.size));
    });
  });
  flow.y += height;
}
