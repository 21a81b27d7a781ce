/** What was used each day of a period, for a page of the invoice that bills it. */
import { dateText } from "../../core/period.ts";
import { quantityText } from "../../core/quantity.ts";
import { rowsOfValues } from "../../core/rows.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { labelsFor } from "../../documents/language/registry.ts";
import type { DocumentContent } from "../../documents/model/content.ts";
import type { UsageChart } from "../../documents/model/model.ts";
import type { Count } from "../../metering/counter/terms.ts";
import { bucketsOf } from "../../metering/read/buckets.ts";
import { type Summary, summarize, WHOLE_USAGE } from "../../metering/read/summary.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { type BillingPeriod, type BillingSchedule, zoneAt } from "../subscription/timeline.ts";
import type { StatementLine } from "./statement.ts";
import { metricText, unitText, type Words } from "./wording.ts";

export type Charted = {
  tenant: string;
  billingSchedule: BillingSchedule;
  period: BillingPeriod;
  lines: readonly StatementLine[];
  counts: readonly Count[];
};

/** A closing's document with its charts; a credit note has none. */
export async function withCharts(
  env: Env,
  content: DocumentContent,
  charted: Charted,
): Promise<DocumentContent> {
  if (!KINDS[content.kind].owed) return content;
  const words = labelsFor(content.language);
  return { ...content, usage: await usageCharts(env, charted, words) };
}

/**
 * A chart of each metric that the lines bill, as many as a row of a megabyte holds. A metric whose
 * days do not add up to what was counted (a maximum, say, or one with events since the freeze) has
 * none, and no failure stops a closing.
 */
async function usageCharts(
  env: Env,
  charted: Charted,
  words: Pick<Words, "metrics">,
): Promise<UsageChart[]> {
  const { tenant, billingSchedule, period, lines, counts } = charted;
  const billed = new Map(
    lines.flatMap((line) =>
      line.kind === "usage" && line.metric !== null ? [[line.metric, line] as const] : [],
    ),
  );
  if (billed.size === 0) return [];
  const { startMs, endMs } = period;
  const timeZone = zoneAt(billingSchedule, startMs);
  const range = { startMs, endMs, timeZone, window: "day" as const };
  try {
    const used = await summarize(env, tenant, {
      ...WHOLE_USAGE,
      ...range,
      metrics: [...billed.keys()],
    });
    const charts = [...billed].flatMap(([metric, { name, unit }]) => {
      const count = counts.find(
        (candidate) => candidate.metric === metric && candidate.untilMs === endMs,
      );
      const bars = barsOf(used, metric, charted);
      const total = bars.reduce((sum, { micro }) => sum + micro, 0n);
      if (!count || total !== BigInt(count.valueMicro)) return [];
      return {
        name: metricText({ metric, name }, words),
        unit: unitText({ metric, unit }, words),
        quantity: quantityText(total),
        period: { start: dateText(startMs, timeZone), end: dateText(endMs - 1, timeZone) },
        bars: bars.map(({ day, micro }) => ({ day, quantity: quantityText(micro) })),
      };
    });
    // Those of the first lines: the others' days are in the summaries.
    const [first = "[]"] = rowsOfValues(charts);
    return JSON.parse(first) as UsageChart[];
  } catch (error) {
    logWarning({ at: "usageCharts", period: period.id, error });
    return [];
  }
}

function barsOf(used: Summary, metric: string, { billingSchedule, period }: Charted) {
  const days = new Map(
    used.breakdown
      .filter((row) => row.metric === metric)
      .map((row) => [row.range?.startMs, row.valueMicro]),
  );
  const timeZone = zoneAt(billingSchedule, period.startMs);
  return bucketsOf(period, "day", timeZone).map(({ startMs }) => ({
    day: dateText(startMs, timeZone),
    micro: days.get(startMs) ?? 0n,
  }));
}
