/** Pure. From subtotal to amount due, one table at the right that is never split. */

import { addElement, TABLE_ROW_HEAD } from "../pdf/structure.ts";
import { baselineIn, type Flow } from "./flow.ts";
import { HAIRLINE, INK, STYLES } from "./theme.ts";
import { totalRows } from "./wording.ts";

const WIDTH = 236;
const ROW_HEIGHT = 19.5;
const DUE_HEIGHT = 25;
const LABEL_GAP = 12;
const LEADING = 12;
const TOP_GAP = 8;

/** How many points the totals take, so that rows of the table stay with them. */
export function totalsHeight(flow: Flow): number {
  return TOP_GAP + measure(flow).reduce((sum, { height }) => sum + height, 0);
}

/** Draws the totals at the right, on one page unless they are taller than a page. */
export function drawTotals(flow: Flow): void {
  const rows = measure(flow);
  const left = flow.right - WIDTH;
  const pad = flow.theme.cellPad;
  const table = addElement(flow.root, "Table");
  flow.need(Math.min(totalsHeight(flow), flow.pageRoom));
  flow.y += TOP_GAP;
  rows.forEach(({ height, labels, figure, strength }, i) => {
    flow.need(height);
    const { canvas, y } = flow;
    const size = strength === "due" ? 10.5 : 9;
    if (i > 0) {
      const due = strength === "due";
      canvas.artifact("Layout", () => {
        canvas.rectangle(left, y, WIDTH, due ? 0.75 : 0.5, due ? INK : HAIRLINE);
      });
    }
    const row = addElement(table, "TR");
    const first = y + (height - labels.length * LEADING) / 2;
    canvas.mark(addElement(row, "TH", { attributes: TABLE_ROW_HEAD }), () => {
      labels.forEach((line, j) => {
        canvas.text(line, left + pad, baselineIn(first + j * LEADING, LEADING, size));
      });
    });
    canvas.mark(addElement(row, "TD"), () => {
      canvas.text(figure, flow.right - pad - figure.widthPt, baselineIn(first, LEADING, size));
    });
    flow.y += height;
  });
}

function measure(flow: Flow) {
  const styles = {
    plain: [STYLES.totalLabel, STYLES.totalFigure],
    strong: [STYLES.strongLabel, STYLES.strongFigure],
    due: [STYLES.dueLabel, STYLES.dueFigure],
  } as const;
  return totalRows(flow).map(({ label, amountMinor, strength }) => {
    const [labelStyle, figureStyle] = styles[strength];
    const figure = flow.line(flow.format.money(amountMinor), figureStyle);
    const room = Math.max(40, WIDTH - 2 * flow.theme.cellPad - LABEL_GAP - figure.widthPt);
    const labels = flow.wrap(label, labelStyle, room);
    const least = strength === "due" ? DUE_HEIGHT : ROW_HEIGHT;
    return { strength, figure, labels, height: least + (labels.length - 1) * LEADING };
  });
}
