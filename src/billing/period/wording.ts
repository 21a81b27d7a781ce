/** What a statement's lines say, in the language of the document that bills them. Pure. */
import { type Formatter, fill, formatterIn } from "../../documents/language/format.ts";
import type { Labels } from "../../documents/language/labels.ts";
import type { Language } from "../../documents/language/registry.ts";
import { labelsFor } from "../../documents/language/registry.ts";

export type LineKind = "base" | "base_credit" | "usage" | "commitment" | "adjustment";

/** The grey line under a line's name, as figures: minor units, and decimals of quantities. */
export type Detail =
  | { kind: "fee"; seats: number; priceMinor: string; seconds: string; wholeSeconds: string }
  | { kind: "usage"; used: string; included: string | null; tier: TierRange | null }
  | { kind: "commitment"; agreedMinor: string; usedMinor: string }
  | { kind: "counts"; changed: ChangedCount[] };

/** What a metric came to, and what it comes to; rows of an earlier version have no `name`. */
export type ChangedCount = { metric: string; name?: string; was: string; is: string };

/** `number` counts from 1; `upTo` is null for the last one. */
export type TierRange = { number: number; above: string; upTo: string | null };

export type Words = {
  labels: Labels["billing"];
  metrics: Labels["metrics"];
  format: Pick<Formatter, "money" | "decimal">;
};

/** The labels and number formats of a language; `region` is a country's code or null. */
export function wordsFor(language: Language, region: string | null, currency: string): Words {
  const { billing, metrics } = labelsFor(language);
  return {
    labels: billing,
    metrics,
    format: formatterIn(language, region, currency),
  };
}

/** A line's name; `plan` is what its plan is called. */
export function lineName(
  line: { kind: LineKind; name: string; quantity: string },
  plan: string,
  labels: Labels["billing"],
): string {
  switch (line.kind) {
    case "base":
      return fill(labels.plan, { plan });
    case "base_credit":
      return fill(labels.planUnused, { plan });
    case "commitment":
      return labels.commitment;
    case "adjustment":
      return line.quantity.startsWith("-") ? labels.takenBack : labels.late;
    case "usage":
      return line.name;
  }
}

/** What a document calls a metric: `name`, but for those that each language has a word for. */
export function metricText(
  { metric, name }: { metric: string | null; name: string },
  { metrics }: Pick<Words, "metrics">,
): string {
  return (metric === null ? undefined : metrics[metric]) ?? name;
}

/** Of the units of metrics that every tenant has, the one that is no English word. */
const SYMBOL = "GB";
const ENGLISH = labelsFor("en").metrics;

/** A line's unit; an English word of the product's own is left out where English is not read. */
export function unitText(
  { metric, unit }: { metric: string | null; unit: string | null },
  { metrics }: Pick<Words, "metrics">,
): string | null {
  const isOurs = metric !== null && metrics[metric] !== undefined;
  return isOurs && metrics !== ENGLISH && unit !== SYMBOL ? null : unit;
}

/** The grey line under a line's name, or null where it has none. */
export function detailText(detail: Detail | null, words: Words): string | null {
  const { format, labels } = words;
  switch (detail?.kind) {
    case undefined:
      return null;
    case "fee": {
      const { seats, priceMinor, seconds, wholeSeconds } = detail;
      const price = format.money(priceMinor);
      const share = `${format.decimal(seconds)} ÷ ${format.decimal(wholeSeconds)} s`;
      return `${seats === 1 ? "" : `${seats} × `}${price} × ${share}`;
    }
    case "usage":
      return usageText(detail, words);
    case "commitment": {
      const agreed = format.money(detail.agreedMinor);
      return fill(labels.committed, { agreed, used: format.money(detail.usedMinor) });
    }
    case "counts":
      return detail.changed
        .map(({ metric, name = metric, was, is }) => {
          const said = metricText({ metric, name }, words);
          return `${said} ${format.decimal(was)} → ${format.decimal(is)}`;
        })
        .join(", ");
  }
}

function usageText(
  { used, included, tier }: Detail & { kind: "usage" },
  { labels, format }: Words,
): string {
  const figures = { used: format.decimal(used), included: format.decimal(included ?? "0") };
  const usage = fill(included === null ? labels.usedSoFar : labels.used, figures);
  if (!tier) return usage;
  const range = tier.upTo === null ? labels.tierAbove : labels.tierTo;
  const bound = format.decimal(tier.upTo ?? tier.above);
  return `${usage}; ${fill(range, { tier: String(tier.number), bound })}`;
}
