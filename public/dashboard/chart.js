/** Charts drawn by uPlot out of the tables that say the same; without it the server's stay. */

export function drawCharts() {
  if (!globalThis.uPlot) return;
  for (const figure of document.querySelectorAll("[data-chart]")) draw(figure);
}

function draw(figure) {
  const table = figure.querySelector("table");
  const picture = figure.querySelector("svg.bars");
  const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 2 || heads.length === 0) return;
  const labels = rows.map((row) => row.cells[0].textContent.trim());
  const columns = heads.map((_, i) =>
    rows.map((row) => {
      const value = row.cells[i + 1].querySelector("[data-value]")?.dataset.value;
      return value === undefined || value === "" ? null : Number(value);
    }),
  );
  const style = getComputedStyle(figure);
  const color = (name) => style.getPropertyValue(name).trim();
  const inks = [color("--accent"), color("--strong-line"), color("--warn-fill"), color("--bad-fill")];
  const font = "12px Inter, sans-serif";
  const axis = { font, stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
  const compact = new Intl.NumberFormat(document.documentElement.dataset.locale, { notation: "compact" });
  const holder = document.createElement("div");
  picture.replaceWith(holder);
  figure.querySelector(".legend")?.remove();
  const height = 190;
  const chart = new globalThis.uPlot(
    {
      width: holder.clientWidth,
      height,
      cursor: { y: false, points: { size: 6 } },
      scales: { x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] }, y: { range: (_, min, max) => [Math.min(0, min), Math.max(max, 0) * 1.08 || 1] } },
      axes: [
        { ...axis, size: 30, grid: { show: false }, values: (_, ticks) => ticks.map((at) => (Number.isInteger(at) ? (labels[at] ?? "") : "")), space: 90 },
        { ...axis, values: (_, ticks) => ticks.map((value) => compact.format(value)), size: 56 },
      ],
      series: [
        { label: table.tHead.rows[0].cells[0].textContent, value: (_, at) => (at === null ? "" : (labels[at] ?? "")) },
        ...heads.map((label, i) => ({
          label,
          stroke: inks[i % inks.length],
          fill: i === 0 ? `color-mix(in srgb, ${inks[0]} 70%, transparent)` : undefined,
          width: i === 0 ? 0 : 2,
          points: { show: false },
          ...(i === 0 ? { paths: globalThis.uPlot.paths.bars({ size: [0.7, 60], radius: 0.15 }) } : {}),
          value: (_, value, __, at) => (at === null ? "" : rows[at].cells[i + 1].textContent.trim()),
        })),
      ],
    },
    [labels.map((_, i) => i), ...columns],
    holder,
  );
  new ResizeObserver(() => chart.setSize({ width: holder.clientWidth, height })).observe(holder);
}
