/** How metrics went in the running period: a small picture for each, a chart with axes for one. */
import { quantityText } from "../../core/quantity.ts";
import { DAY_MS } from "../../core/time.ts";
import { bucketsOf } from "../../metering/read/buckets.ts";
import { type Summaries, type SummaryQuery, WHOLE_USAGE } from "../../metering/read/summary.ts";
import { axisFormat } from "../component/axis.ts";
import { BarChart } from "../component/bar-chart.tsx";
import type { Format } from "../form/format.ts";
import type { LiveView, MetricView } from "../usage/live-view.ts";
import { bucketLabel } from "../usage/usage-range.ts";

/** Metrics whose trend is read at once; the page of usage has that of any. */
const MAX_TRENDS = 8;
/** Longer periods go by months. */
const MAX_DAYS = 100;

export type Trends = {
  window: "day" | "month";
  labels: string[];
  /** By metric, a value for each label; null where a level, such as a maximum, had no event. */
  values: ReadonlyMap<string, readonly (bigint | null)[]>;
};

/** The trends of the first metrics with usage, and of `chosen`, until now. */
export async function trendsOf(
  answer: Summaries,
  view: LiveView,
  { chosen, locale, nowMs }: { chosen: string | null; locale: string; nowMs: number },
): Promise<Trends> {
  const used = view.metrics.filter(({ usedMicro }) => usedMicro > 0n).map(({ metric }) => metric);
  const metrics = [...new Set([...(chosen === null ? [] : [chosen]), ...used])].slice(
    0,
    MAX_TRENDS,
  );
  const range = { startMs: view.startMs, endMs: Math.min(view.endMs, nowMs + 1) };
  const window: Trends["window"] = view.endMs - view.startMs <= MAX_DAYS * DAY_MS ? "day" : "month";
  const timeZone = view.live?.subscription.row.timeZone ?? "UTC";
  const buckets = bucketsOf(range, window, timeZone);
  const labels = buckets.map(({ startMs }) => bucketLabel(startMs, window, timeZone, locale));
  if (metrics.length === 0) return { window, labels, values: new Map() };
  const query: SummaryQuery = { ...WHOLE_USAGE, ...range, metrics, window, timeZone };
  const { breakdown } = await answer.one(query);
  const placeOf = new Map(buckets.map(({ startMs }, i) => [startMs, i]));
  const levels = new Set(view.metrics.flatMap((of) => (of.addsUp ? [] : [of.metric])));
  const values = new Map<string, (bigint | null)[]>(
    metrics.map((metric) => [metric, buckets.map(() => (levels.has(metric) ? null : 0n))]),
  );
  for (const { metric, range: bucket, valueMicro } of breakdown) {
    const place = placeOf.get(bucket?.startMs ?? Number.NaN);
    const row = values.get(metric);
    if (row && place !== undefined) row[place] = valueMicro;
  }
  return { window, labels, values };
}

type Props = { metric: MetricView; trends: Trends; format: Format };

/** The chart of one metric, with axes and its table. */
export function TrendChart({ metric, trends, format }: Props) {
  const values = trends.values.get(metric.metric) ?? [];
  return (
    <BarChart
      caption={`${metric.name} by ${trends.window}`}
      unit={metric.unit || metric.name}
      heads={[trends.window === "day" ? "Day" : "Month", metric.name]}
      bars={trends.labels.map((label, i) => {
        const value = values[i] ?? null;
        const decimal = quantityText(value ?? 0n);
        return {
          label,
          values: [{ text: value === null ? "–" : format.decimal(decimal), decimal }],
        };
      })}
      figure={axisFormat(format.locale, null)}
    />
  );
}
