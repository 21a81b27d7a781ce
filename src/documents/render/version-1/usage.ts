/** Pure. A page of its own for what was used: a small bar chart a metric, drawn as vectors. */
import type { UsageChart } from "../../model/model.ts";
import { addElement } from "../pdf/structure.ts";
import { baselineIn, drawLines, type Flow } from "./flow.ts";
import { boxAttribute } from "./head.ts";
import { HAIRLINE, STYLES } from "./theme.ts";
import { chartSentence } from "./wording.ts";

const PLOT_HEIGHT = 56;
const AXIS_HEIGHT = 14;
const HEADING_HEIGHT = 30;
const BLOCK_GAP = 22;
const GAP_SHARE = 0.34;

/** Draws a page with a chart of each metric; none where the document bills no usage. */
export function drawUsage(flow: Flow): void {
  const { usage } = flow.model;
  if (usage.length === 0) return;
  flow.breakPage();
  const title = flow.line(flow.labels.usage, STYLES.hero);
  const { canvas, y } = flow;
  canvas.mark(addElement(flow.root, "H2"), () => {
    canvas.text(title, flow.left, baselineIn(y, 20, STYLES.hero.size));
  });
  flow.y += 34;
  for (const chart of usage) drawChart(flow, chart);
}

function drawChart(flow: Flow, chart: UsageChart): void {
  flow.need(HEADING_HEIGHT + PLOT_HEIGHT + AXIS_HEIGHT);
  const section = addElement(flow.root, "Sect");
  const sentence = chartSentence(flow, chart);
  const { canvas, y } = flow;
  const heading = flow.wrap(chart.name, STYLES.heading, flow.width).slice(0, 1);
  canvas.mark(addElement(section, "H3"), () => {
    drawLines(canvas, heading, { x: flow.left, y, leading: 12 });
  });
  const summary = flow.wrap(sentence, STYLES.secondary, flow.width).slice(0, 1);
  canvas.mark(addElement(section, "P"), () => {
    drawLines(canvas, summary, { x: flow.left, y: y + 12, leading: 11 });
  });
  const top = y + HEADING_HEIGHT;
  const box = { x: flow.left, y: top, width: flow.width, height: PLOT_HEIGHT };
  const figure = addElement(section, "Figure", {
    alt: `${chart.name}: ${sentence}`,
    attributes: boxAttribute(flow, box),
  });
  canvas.mark(figure, () => drawBars(flow, chart, top));
  canvas.artifact("Layout", () => {
    canvas.rectangle(flow.left, top + PLOT_HEIGHT, flow.width, 0.5, HAIRLINE);
    drawAxis(flow, chart, top + PLOT_HEIGHT + 3);
  });
  flow.y = top + PLOT_HEIGHT + AXIS_HEIGHT + BLOCK_GAP;
}

function drawBars(flow: Flow, { bars }: UsageChart, top: number): void {
  const { canvas, theme } = flow;
  // A picture of quantities may be inexact; every number beside it is not.
  const values = bars.map(({ quantity }) => Math.max(0, Number(quantity)));
  const largest = Math.max(...values, 0);
  const step = flow.width / Math.max(bars.length, 1);
  const width = Math.min(step * (1 - GAP_SHARE), 14);
  values.forEach((value, i) => {
    if (largest === 0 || value === 0) return;
    const height = Math.max(0.5, (value / largest) * (PLOT_HEIGHT - 4));
    const x = flow.left + i * step + (step - width) / 2;
    canvas.rectangle(x, top + PLOT_HEIGHT - height, width, height, theme.accent);
  });
}

/** The first and the last day, and the largest bar's quantity above them all. */
function drawAxis(flow: Flow, { period, bars }: UsageChart, top: number): void {
  const { canvas, format } = flow;
  const first = flow.line(format.date(period.start), STYLES.axis);
  const last = flow.line(format.date(period.end), STYLES.axis);
  canvas.text(first, flow.left, baselineIn(top, 10, 7));
  canvas.text(last, flow.right - last.widthPt, baselineIn(top, 10, 7));
  const largest = bars.reduce<string>(
    (most, { quantity }) => (Number(quantity) > Number(most) ? quantity : most),
    "0",
  );
  const peak = flow.line(format.decimal(largest), STYLES.axis);
  canvas.text(peak, flow.right - peak.widthPt, baselineIn(top - PLOT_HEIGHT - 15, 10, 7));
}
