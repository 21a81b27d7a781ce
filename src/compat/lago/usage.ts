/** What a tenant has used and owes, as Lago's clients read it. Pure. */

import type { MetricUsage } from "../../billing/period/statement.ts";
import type { ClosedPeriod } from "../../billing/period/store.ts";
import type { Model } from "../../billing/price/registry.ts";
import { quantityText } from "../../core/quantity.ts";
import { SECOND_MS, timeText } from "../../core/time.ts";
import { type Aggregation, DEFAULT_AGGREGATION } from "../../metering/aggregation/registry.ts";
import { lagoAggregation } from "./metric.ts";
import { uuidNamed, uuidOf } from "./uuid.ts";

/** Price models that Lago names as we do. */
const LAGO_MODELS: readonly Model[] = ["graduated", "volume", "package"];

/** Lago's name of a price model, or of the nearest that it has. */
function chargeModel(model: Model): string {
  return LAGO_MODELS.includes(model) ? model : "standard";
}

/** One metric's usage with its price model, its number of events and how it counts. */
export type Used = {
  usage: Pick<MetricUsage, "metric" | "usedMicro" | "amountMinor">;
  /** The version of the plan that prices it, "" for none, and how. */
  versionId: string;
  model: Model;
  events: number;
  /** Null where nobody declared it. */
  aggregation: Aggregation | null;
  /** Its billable metric's UUID and name, where it has one. */
  billable: { uuid: string; name: string } | null;
};

/** A period and what was used in it. Times are milliseconds, the end exclusive. */
export type UsedPeriod = {
  startMs: number;
  endMs: number;
  currency: string;
  /** The document that billed it, or null. */
  documentId: string | null;
  used: readonly Used[];
};

/** What a metric came to in a closed period. */
export type Closed = Pick<Used, "usage" | "versionId" | "events">;

/** What was used in a closed period of what its plan priced, with what its lines ask for it. */
export function closedUsage(period: Pick<ClosedPeriod, "counts" | "lines" | "endMs">): Closed[] {
  const found = new Map<string, Closed>();
  for (const { metric, untilMs, valueMicro, events } of period.counts) {
    if (untilMs !== period.endMs) continue;
    const usage = { metric, usedMicro: BigInt(valueMicro), amountMinor: 0n };
    found.set(metric, { usage, versionId: "", events });
  }
  for (const { metric, settles, versionId, amountMinor } of period.lines) {
    const one = metric === null || settles !== null ? undefined : found.get(metric);
    if (!one) continue;
    one.versionId = versionId;
    one.usage.amountMinor += BigInt(amountMinor);
  }
  return [...found.values()].sort((a, b) => (a.usage.metric < b.usage.metric ? -1 : 1));
}

/** Micro-units as Lago writes units: at least one decimal, as in "12.0". */
export function unitsText(micro: bigint): string {
  const text = quantityText(micro);
  return text.includes(".") ? text : `${text}.0`;
}

/** A period's usage and its cost before tax, in minor units. Lago's end is the last second. */
export function showUsage({ startMs, endMs, currency, documentId, used }: UsedPeriod) {
  const amount = used.reduce((sum, { usage }) => sum + usage.amountMinor, 0n);
  return {
    from_datetime: timeText(startMs),
    to_datetime: timeText(endMs - SECOND_MS),
    issuing_date: timeText(endMs).slice(0, "2026-01-01".length),
    lago_invoice_id: documentId === null ? null : uuidOf(documentId),
    currency,
    amount_cents: Number(amount),
    taxes_amount_cents: 0,
    total_amount_cents: Number(amount),
    charges_usage: used.map((entry) => showCharge(entry, currency)),
  };
}

function showCharge(used: Used, currency: string) {
  const { usage, versionId, model, events, aggregation, billable } = used;
  const units = unitsText(usage.usedMicro);
  return {
    units,
    total_aggregated_units: units,
    events_count: events,
    amount_cents: Number(usage.amountMinor),
    amount_currency: currency,
    charge: {
      lago_id: uuidNamed(versionId, usage.metric),
      charge_model: chargeModel(model),
      invoice_display_name: null,
    },
    billable_metric: {
      lago_id: billable?.uuid ?? uuidNamed(usage.metric),
      name: billable?.name ?? usage.metric,
      code: usage.metric,
      aggregation_type: lagoAggregation(aggregation ?? DEFAULT_AGGREGATION),
    },
    filters: [],
    grouped_usage: [],
  };
}
