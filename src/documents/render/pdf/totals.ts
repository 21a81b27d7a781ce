/** Pure. From subtotal to amount due, one table at the right that is never split. */
import { totalRows } from "../wording/wording.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { addElement, TABLE_ROW_HEAD } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { HAIRLINE, INK } from "./theme.ts";

export const TOTALS_WIDTH = 236;
const LABEL_GAP = 12;
const TOP_GAP = 8;

type Row = {
  due: boolean;
  figure: TextLine;
  labels: readonly TextLine[];
  height: number;
  /** Of its type. */
  size: number;
};

/** The totals, measured; `widest` is the width of the widest figure. */
export type Totals = { rows: readonly Row[]; height: number; widest: number };

/** Measures the totals; `height` is what they take below the lines. */
export function measureTotals(flow: Flow): Totals {
  const { styles: type, density } = flow;
  const styles = {
    plain: [type.totalLabel, type.totalFigure],
    strong: [type.strongLabel, type.strongFigure],
    due: [type.dueLabel, type.dueFigure],
  } as const;
  const figured = totalRows(flow).map((row) => {
    const [labelStyle, figureStyle] = styles[row.strength];
    return {
      ...row,
      labelStyle,
      figureStyle,
      figure: flow.line(flow.format.money(row.amountMinor), figureStyle),
    };
  });
  const widest = Math.max(0, ...figured.map(({ figure }) => figure.widthPt));
  const rows = figured.map(({ label, strength, labelStyle, figureStyle, figure }) => {
    // From right to left all figures begin where the widest does.
    const taken = flow.canvas.mirrored ? widest : figure.widthPt;
    const room = Math.max(40, TOTALS_WIDTH - 2 * flow.theme.cellPad - LABEL_GAP - taken);
    const labels = flow.wrap(label, labelStyle, room);
    const due = strength === "due";
    const least = due ? density.dueHeight : density.totalHeight;
    const height = least + (labels.length - 1) * density.totalLeading;
    return { due, figure, labels, height, size: figureStyle.size };
  });
  const height = rows.reduce((sum, row) => sum + row.height, flow.gap(TOP_GAP));
  return { rows, height, widest };
}

/** Draws the totals at the right, on one page unless they are taller than a page. */
export function drawTotals(flow: Flow, { rows, height: whole, widest }: Totals): void {
  const left = flow.right - TOTALS_WIDTH;
  const pad = flow.theme.cellPad;
  const leading = flow.density.totalLeading;
  const table = addElement(flow.root, "Table");
  // Taller than a page they begin where they stand.
  flow.need(whole <= flow.pageRoom ? whole : 2 * flow.density.totalHeight);
  flow.y += flow.gap(TOP_GAP);
  rows.forEach(({ due, height, labels, figure, size }, i) => {
    flow.need(height);
    const { canvas, y } = flow;
    if (i > 0) {
      canvas.artifact("Layout", () => {
        canvas.rectangle(left, y, TOTALS_WIDTH, due ? 0.75 : 0.5, due ? INK : HAIRLINE);
      });
    }
    const row = addElement(table, "TR");
    const first = y + (height - labels.length * leading) / 2;
    canvas.mark(addElement(row, "TH", { attributes: TABLE_ROW_HEAD }), () => {
      drawLines(canvas, labels, { x: left + pad, y: first, leading });
    });
    canvas.mark(addElement(row, "TD"), () => {
      // From right to left digits end at one edge as well, and currencies stand beyond it.
      const width = canvas.mirrored ? widest : figure.widthPt;
      canvas.text(figure, flow.right - pad - width, baselineIn(first, leading, size));
    });
    flow.y += height;
  });
}
