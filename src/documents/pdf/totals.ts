/** Pure. From subtotal to amount due, one table at the right that is never split. */
import { fill } from "../label/format.ts";
import type { DocumentTotals, TaxGroup } from "../model.ts";
import { baselineIn, type Flow } from "./flow.ts";
import { addElement, TABLE_ROW_HEAD } from "./structure.ts";
import { HAIRLINE, INK, STYLES } from "./theme.ts";

const WIDTH = 236;
const ROW_HEIGHT = 19.5;
const DUE_HEIGHT = 25;
const LABEL_GAP = 12;
const LEADING = 12;
const TOP_GAP = 8;

type Strength = "plain" | "strong" | "due";
type TotalRow = { label: string; amountMinor: string; strength: Strength };

export function totalsHeight(flow: Flow): number {
  return TOP_GAP + measure(flow).reduce((sum, { height }) => sum + height, 0);
}

export function drawTotals(flow: Flow): void {
  const rows = measure(flow);
  const left = flow.right - WIDTH;
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
        canvas.text(line, left, baselineIn(first + j * LEADING, LEADING, size));
      });
    });
    canvas.mark(addElement(row, "TD"), () => {
      canvas.text(figure, flow.right - figure.widthPt, baselineIn(first, LEADING, size));
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
    const room = Math.max(40, WIDTH - LABEL_GAP - figure.widthPt);
    const labels = flow.wrap(label, labelStyle, room);
    const least = strength === "due" ? DUE_HEIGHT : ROW_HEIGHT;
    return { strength, figure, labels, height: least + (labels.length - 1) * LEADING };
  });
}

function totalRows(flow: Flow): TotalRow[] {
  const { model, labels } = flow;
  const { totals } = model;
  const plain = (label: string, amountMinor: string): TotalRow => ({
    label,
    amountMinor,
    strength: "plain",
  });
  const rows = [plain(labels.subtotal, totals.subtotalMinor), ...adjustmentRows(flow, totals)];
  if (totals.netMinor !== totals.subtotalMinor) rows.push(plain(labels.net, totals.netMinor));
  for (const group of totals.taxes) rows.push(...taxRows(flow, group));
  const invoice = model.kind === "invoice";
  rows.push({
    label: labels.total,
    amountMinor: totals.totalMinor,
    strength: invoice ? "strong" : "due",
  });
  if (!invoice) return rows;
  for (const [label, amount] of [
    [labels.prepaid, totals.prepaidMinor],
    [labels.credited, totals.creditedMinor],
    [labels.paid, totals.paidMinor],
  ] as const) {
    if (BigInt(amount) !== 0n) rows.push(plain(label, `${-BigInt(amount)}`));
  }
  rows.push({ label: labels.dueTotal, amountMinor: totals.dueMinor, strength: "due" });
  return rows;
}

/** One row a reason: how a discount is spread over tax groups is the e-invoice's business. */
function adjustmentRows(flow: Flow, totals: DocumentTotals): TotalRow[] {
  const sums = new Map<string, bigint>();
  for (const { kind, reason, percent, amountMinor } of totals.adjustments) {
    const label = percent === null ? reason : `${reason} (${flow.format.percent(percent)})`;
    const signed = kind === "discount" ? -BigInt(amountMinor) : BigInt(amountMinor);
    sums.set(label, (sums.get(label) ?? 0n) + signed);
  }
  return [...sums].map(([label, sum]) => ({ label, amountMinor: `${sum}`, strength: "plain" }));
}

function taxRows(flow: Flow, group: TaxGroup): TotalRow[] {
  const { labels, format } = flow;
  if (group.category === "O") return [];
  const base = format.money(group.baseMinor);
  const row = (tax: string, percent: string, amountMinor: string): TotalRow => ({
    label: fill(labels.taxOn, { tax, rate: format.percent(percent), base }),
    amountMinor,
    strength: "plain",
  });
  if (group.components.length > 0) {
    return group.components.map(({ name, percent, taxMinor }) => row(name, percent, taxMinor));
  }
  return [row(group.name ?? labels.taxName, group.percent, group.taxMinor)];
}
