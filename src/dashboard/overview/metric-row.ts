/** Pure. A metric of the overview: what was used of what is included, its trend and its bar. */
import { htmlText } from "../component/html-text.ts";
import { meterBarHtml } from "../component/meter-bar.ts";
import type { Format } from "../form/format.ts";
import type { MetricView } from "../usage/live-view.ts";

type Values = readonly (bigint | null)[];

/** A row as text: the page has two hundred. */
export function metricRowHtml(metric: MetricView, trend: Values | undefined, format: Format) {
  const { includedMicro, basisPoints, unit } = metric;
  const [id, name] = [htmlText(metric.metric), htmlText(metric.name)];
  const share = basisPoints === null ? "" : format.percent(basisPoints);
  const unitText = unit && ` ${unit}`;
  const limit =
    includedMicro === null
      ? `${unitText}, no limit`
      : ` of ${format.quantity(includedMicro)}${unitText}`;
  const address = `/dashboard?${new URLSearchParams({ metric: metric.metric })}#trend`;
  const code = name === id ? "" : `<code class="muted">${id}</code>`;
  const link = `<a href="${htmlText(address)}">${name}</a>`;
  const used = `<span data-used="true">${htmlText(format.quantity(metric.usedMicro))}</span>`;
  const hard = metric.hard ? "(hard limit) " : "";
  const limited = `<span class="muted">${htmlText(limit)} ${hard}</span>`;
  const percent = `<strong data-percent="true">${htmlText(share)}</strong>`;
  const text = `${share} of the limit`;
  const bar =
    basisPoints === null
      ? ""
      : meterBarHtml({ basisPoints, thresholds: metric.thresholds, label: metric.name, text });
  const figures = `<div class="metric-figures">${used}${limited}${percent}</div>`;
  const named = `<div class="metric-name">${link}${code}</div>`;
  return `<li data-metric="${id}">${named}${sparkHtml(trend)}${figures}${bar}</li>`;
}

/**
 * A metric's trend in a line's height; its values stand in the chart and in the table. From a level
 * to the next one the line is straight, over days that have none.
 */
function sparkHtml(values: Values = []): string {
  const known = values.flatMap((value, place) => (value === null ? [] : [{ value, place }]));
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last || first === last) return '<span class="spark"></span>';
  let most = 1n;
  for (const { value } of known) if (value > most) most = value;
  const points = known.map(({ value, place }) => {
    const height = Number((value * 1_000n) / most) / 1_000;
    return `${place} ${(1 - height).toFixed(3)}`;
  });
  const line = points.join("L");
  const box = `viewBox="0 0 ${values.length - 1} 1" preserveAspectRatio="none" aria-hidden="true"`;
  const under = `<path class="under" d="M${first.place} 1L${line}L${last.place} 1z"></path>`;
  const drawn = `<path d="M${line}" vector-effect="non-scaling-stroke"></path>`;
  return `<svg class="spark" ${box}>${under}${drawn}</svg>`;
}
