/** Charts that uPlot draws from the tables beside them; without it the server's pictures stay. */

const HEIGHT = 190;
const dark = matchMedia("(prefers-color-scheme: dark)");
const compact = new Intl.NumberFormat(document.documentElement.dataset.locale, {
  notation: "compact",
});

/** Draws each chart of the page, where its page loaded uPlot. */
export function drawCharts() {
  if (!globalThis.uPlot) return;
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
}

function draw(figure) {
  const table = figure.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 2) return;
  const holder = document.createElement("div");
  figure.querySelector("svg.bars").replaceWith(holder);
  figure.querySelector(".legend")?.remove();
  const make = () => new globalThis.uPlot(optionsOf(figure, table, holder), dataOf(rows), holder);
  let chart = make();
  dark.addEventListener("change", () => {
    chart.destroy();
    chart = make();
  });
  new ResizeObserver(() => chart.setSize({ width: holder.clientWidth, height: HEIGHT })).observe(
    holder,
  );
}

function dataOf(rows) {
  const valueOf = (cell) => {
    const value = cell.querySelector("[data-value]")?.dataset.value;
    return value ? Number(value) : null;
  };
  const columns = [...rows[0].cells].slice(1);
  return [rows.map((_, i) => i), ...columns.map((_, i) => rows.map((row) => valueOf(row.cells[i + 1])))];
}

function optionsOf(figure, table, holder) {
  const rows = [...table.tBodies[0].rows];
  const [first, ...heads] = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const labelAt = (i) => rows[i]?.cells[0].textContent.trim() ?? "";
  const style = getComputedStyle(figure);
  const color = (name) => style.getPropertyValue(name).trim();
  const inks = ["--accent", "--strong-line", "--warn-fill", "--bad-fill"].map(color);
  const axis = {
    font: "12px Inter, sans-serif",
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: holder.clientWidth,
    height: HEIGHT,
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] },
      y: { range: (_, min, max) => [Math.min(0, min), Math.max(max, 0) * 1.08 || 1] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: 90,
        grid: { show: false },
        values: (_, ticks) => ticks.map((at) => (Number.isInteger(at) ? labelAt(at) : "")),
      },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((value) => compact.format(value)) },
    ],
    series: [
      { label: first, value: (_, at) => (at === null ? "" : labelAt(at)) },
      ...heads.map((label, i) => ({
        label,
        ...(i === 0 ? barsIn(inks[0]) : { stroke: inks[i % inks.length], width: 2 }),
        points: { show: false },
        value: (_, __, ___, at) => (at === null ? "" : rows[at].cells[i + 1].textContent.trim()),
      })),
    ],
  };
}

function barsIn(ink) {
  const paths = globalThis.uPlot.paths.bars({ size: [0.7, 60], radius: 0.15 });
  return { stroke: ink, fill: `color-mix(in srgb, ${ink} 75%, transparent)`, width: 0, paths };
}
