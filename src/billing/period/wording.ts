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
  | { kind: "counts"; changed: { metric: string; was: string; is: string }[] };

/** `number` counts from 1; `upTo` is null for the last one. */
export type TierRange = { number: number; above: string; upTo: string | null };

export type Words = {
  labels: Labels["billing"];
  format: Pick<Formatter, "money" | "decimal">;
};

/** The labels and number formats of a language; `region` is a country's code or null. */
export function wordsFor(language: Language, region: string | null, currency: string): Words {
  return {
    labels: labelsFor(language).billing,
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

/** The grey line under a line's name, or null where it has none. */
export function detailText(detail: Detail | null, { labels, format }: Words): string | null {
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
      return usageText(detail, { labels, format });
    case "commitment": {
      const agreed = format.money(detail.agreedMinor);
      return fill(labels.committed, { agreed, used: format.money(detail.usedMinor) });
    }
    case "counts":
      return detail.changed
        .map(({ metric, was, is }) => `${metric} ${format.decimal(was)} → ${format.decimal(is)}`)
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
