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
const HEADING_HEIGHT = 33;
const PLOT_HEIGHT = 56;
const AXIS_LEADING = 9;
const AXIS_HEIGHT = 3 + 2 * AXIS_LEADING;
const CHART_HEIGHT = HEADING_HEIGHT + PLOT_HEIGHT + AXIS_HEIGHT;
const CHART_GAP = 12;
const COLUMN_GAP = 24;
const GAP_SHARE = 0.34;
/** Between the middles of two labels, at least. */
const LABEL_PITCH = 13;

/** What the charts take where they are as low as they can be; 0 without usage. */
export function usageHeight(flow: Flow): number {
  const { length } = flow.model.usage;
  const rows = length > 1 ? Math.ceil(length / 2) : length;
  return rows === 0 ? 0 : flow.gap(18) + TITLE_HEIGHT + rows * (CHART_HEIGHT + CHART_GAP);
}

/** Draws a chart of each metric; none where the document bills no usage. */
export function drawUsage(flow: Flow): void {
  const { usage } = flow.model;
  if (usage.length === 0) return;
  flow.y += flow.gap(18);
  const stacked = TITLE_HEIGHT + usage.length * (CHART_HEIGHT + CHART_GAP);
  const columns = usage.length > 1 && stacked > flow.room ? 2 : 1;
  flow.need(TITLE_HEIGHT + CHART_HEIGHT);
  const title = flow.line(flow.labels.usage, flow.styles.section);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "H2"), () => {
    canvas.text(title, flow.left, baselineIn(y, 16, flow.styles.section.size));
  });
  flow.y += TITLE_HEIGHT;
  const width = (flow.width - (columns - 1) * COLUMN_GAP) / columns;
  for (let i = 0; i < usage.length; i += columns) {
    flow.need(CHART_HEIGHT);
    usage.slice(i, i + columns).forEach((chart, j) => {
      const x = flow.left + j * (width + COLUMN_GAP);
      drawChart(flow, chart, { x, y: flow.y, width, height: CHART_HEIGHT });
    });
    flow.y += CHART_HEIGHT + CHART_GAP;
  }
  flow.y -= CHART_GAP;
}

function drawChart(flow: Flow, chart: UsageChart, { x, y, width }: Box): void {
  const section = addElement(flow.root, "Sect");
  const sentence = chartSentence(flow, chart);
  const { canvas, styles } = flow;
  const heading = flow.wrap(chart.name, styles.heading, width).slice(0, 1);
  canvas.mark(addElement(section, "H3"), () => {
    drawLines(canvas, heading, { x, y, leading: 12 });
  });
  const summary = flow.wrap(sentence, styles.secondary, width).slice(0, 1);
  canvas.mark(addElement(section, "P"), () => {
    drawLines(canvas, summary, { x, y: y + 12, leading: 11 });
  });
  const top = y + HEADING_HEIGHT;
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
