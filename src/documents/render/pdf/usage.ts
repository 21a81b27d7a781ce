/**
 * Pure. What was used: a bar chart a metric, drawn as vectors, on the page that has room. Bars
 * stand over their days; a scale with the unit stands beside them.
 */
import type { UsageChart } from "../../model/model.ts";
import { chartSentence } from "../wording/wording.ts";
import type { Box } from "./canvas.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { boxAttribute } from "./head.ts";
import { niceScale, type Scale } from "./scale.ts";
import { addElement } from "./structure.ts";
import type { TextLine } from "./text.ts";
import { HAIRLINE } from "./theme.ts";

const TITLE_HEIGHT = 22;
const NAME_LEADING = 12;
const SENTENCE_LEADING = 11;
const HEADING_GAP = 10;
const PLOT_HEIGHT = 56;
const AXIS_LEADING = 9;
const AXIS_HEIGHT = 3 + 2 * AXIS_LEADING;
const CHART_GAP = 12;
const COLUMN_GAP = 24;
const GAP_SHARE = 0.34;
/** Between the middles of two labels, at least. */
const LABEL_PITCH = 13;

/** A chart's name and sentence in a width, and its height with them. */
type Measured = {
  chart: UsageChart;
  sentence: string;
  names: readonly TextLine[];
  summary: readonly TextLine[];
  height: number;
};

function measured(flow: Flow, chart: UsageChart, width: number): Measured {
  const sentence = chartSentence(flow, chart);
  const names = flow.wrap(chart.name, flow.styles.heading, width);
  const summary = flow.wrap(sentence, flow.styles.secondary, width);
  const heading = names.length * NAME_LEADING + summary.length * SENTENCE_LEADING + HEADING_GAP;
  return { chart, sentence, names, summary, height: heading + PLOT_HEIGHT + AXIS_HEIGHT };
}

type Rows = { width: number; rows: readonly (readonly Measured[])[]; height: number };

function rowsOf(flow: Flow, columns: number): Rows {
  const { usage } = flow.model;
  const width = (flow.width - (columns - 1) * COLUMN_GAP) / columns;
  const all = usage.map((chart) => measured(flow, chart, width));
  const rows: Measured[][] = [];
  for (let i = 0; i < all.length; i += columns) rows.push(all.slice(i, i + columns));
  const height = rows.reduce((sum, row) => sum + tallest(row) + CHART_GAP, TITLE_HEIGHT);
  return { width, rows, height: height - CHART_GAP };
}

function tallest(row: readonly Measured[]): number {
  return row.reduce((most, { height }) => Math.max(most, height), 0);
}

/** What the charts take where they are as low as they can be; 0 without usage. */
export function usageHeight(flow: Flow): number {
  const { length } = flow.model.usage;
  return length === 0 ? 0 : flow.gap(18) + rowsOf(flow, Math.min(2, length)).height;
}

/** Draws a chart of each metric; none where the document bills no usage. */
export function drawUsage(flow: Flow): void {
  if (flow.model.usage.length === 0) return;
  flow.y += flow.gap(18);
  const stacked = rowsOf(flow, 1);
  const isPlural = flow.model.usage.length > 1;
  const { width, rows } = isPlural && stacked.height > flow.room ? rowsOf(flow, 2) : stacked;
  flow.need(TITLE_HEIGHT + tallest(rows[0] ?? []));
  const title = flow.line(flow.labels.usage, flow.styles.section);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "H2"), () => {
    canvas.text(title, flow.left, baselineIn(y, 16, flow.styles.section.size));
  });
  flow.y += TITLE_HEIGHT;
  rows.forEach((row, i) => {
    const height = tallest(row);
    flow.y += i === 0 ? 0 : CHART_GAP;
    flow.need(height);
    row.forEach((one, j) => {
      const x = flow.left + j * (width + COLUMN_GAP);
      drawChart(flow, one, { x, y: flow.y, width, height });
    });
    flow.y += height;
  });
}

/** The bars of a row stand on one line, whatever their names take. */
function drawChart(flow: Flow, one: Measured, { x, y, width, height }: Box): void {
  const { chart, sentence, names, summary } = one;
  const section = addElement(flow.root, "Sect");
  const { canvas } = flow;
  canvas.mark(addElement(section, "H3"), () => {
    drawLines(canvas, names, { x, y, leading: NAME_LEADING });
  });
  const below = y + names.length * NAME_LEADING;
  canvas.mark(addElement(section, "P"), () => {
    drawLines(canvas, summary, { x, y: below, leading: SENTENCE_LEADING });
  });
  const top = y + height - AXIS_HEIGHT - PLOT_HEIGHT;
  const figure = addElement(section, "Figure", {
    alt: `${chart.name}: ${sentence}`,
    attributes: boxAttribute(flow, { x, y: top, width, height: PLOT_HEIGHT }),
  });
  const scale = niceScale(chart.bars.map(({ quantity }) => quantity));
  const ticks = tickLines(flow, scale, chart.unit);
  const side = 6 + ticks.reduce((most, { line }) => Math.max(most, line.widthPt), 0);
  const plot = { x: x + side, y: top, width: width - side, height: PLOT_HEIGHT };
  canvas.artifact("Layout", () => {
    for (const { line, share } of ticks) {
      const at = top + PLOT_HEIGHT * (1 - share);
      canvas.rectangle(plot.x, at, plot.width, 0.5, HAIRLINE);
      canvas.text(line, plot.x - 6 - line.widthPt, baselineIn(at - 5, 10, 7));
    }
  });
  canvas.mark(figure, () => drawBars(flow, chart, scale, plot));
  canvas.artifact("Layout", () => drawDays(flow, chart, plot));
}

type Tick = { line: TextLine; share: number };

/** From 0 up; the unit stands at the highest. */
function tickLines(flow: Flow, { ticks }: Scale, unit: string | null): Tick[] {
  const last = ticks.length - 1;
  return ticks.map((tick, i) => {
    const number = flow.format.decimal(tick);
    const text = i === last && unit ? `${number}\u00a0${unit}` : number;
    return { line: flow.line(text, flow.styles.axis), share: last === 0 ? 0 : i / last };
  });
}

function drawBars(flow: Flow, { bars }: UsageChart, { top }: Scale, plot: Box): void {
  const step = plot.width / Math.max(bars.length, 1);
  const width = Math.min(step * (1 - GAP_SHARE), 14);
  bars.forEach(({ quantity }, i) => {
    // A picture of quantities may be inexact; every number beside it is not.
    const value = Math.max(0, Number(quantity));
    if (value === 0 || top === 0) return;
    const height = Math.max(0.5, (value / top) * plot.height);
    const x = plot.x + i * step + (step - width) / 2;
    flow.canvas.rectangle(x, plot.y + plot.height - height, width, height, flow.theme.accent);
  });
}

/** The day of the month under each bar that has room for it, the first and the last date below. */
function drawDays(flow: Flow, { bars }: UsageChart, plot: Box): void {
  const { canvas, format, styles } = flow;
  const step = plot.width / Math.max(bars.length, 1);
  const every = Math.max(1, Math.ceil(LABEL_PITCH / step));
  const top = plot.y + plot.height + 3;
  bars.forEach(({ day }, i) => {
    if (i % every !== 0) return;
    const line = flow.line(`${Number(day.slice(8))}`, styles.axis);
    const x = plot.x + (i + 0.5) * step - line.widthPt / 2;
    canvas.text(line, x, baselineIn(top, AXIS_LEADING, 7));
  });
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return;
  const below = baselineIn(top + AXIS_LEADING, AXIS_LEADING, 7);
  const end = flow.line(format.date(last.day), styles.axis);
  const start = flow.line(format.date(first.day), styles.axis);
  canvas.text(start, plot.x, below);
  if (start.widthPt + end.widthPt + 8 <= plot.width && first !== last) {
    canvas.text(end, plot.x + plot.width - end.widthPt, below);
  }
}
