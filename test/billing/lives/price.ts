/** What usage costs in the model of lives: from levels to lines, by the guide's words. */
import type { Interval } from "./calendar.ts";
import { above, least, plain, rounded, scaled, total } from "./exact.ts";
import type { Price, Tier } from "./life.ts";

const MICRO = 10n ** 6n;
const RATE = 12;

/** A part of a period under one price; `used` is the level from the period's start to its end. */
export type Part = { price: Price; start: number; end: number; used: bigint };

export type Line = {
  kind: "base" | "base_credit" | "usage" | "commitment" | "adjustment";
  metric: string | null;
  quantity: string;
  unitPrice: string;
  flat: string;
  amount: bigint;
  start: number;
  end: number;
  tier: number | null;
};

/** A fee's part of an interval: the difference of rounded sums from the interval's beginning. */
export function feePart(fee: bigint, { from, to }: Interval, start: number, end: number): bigint {
  const until = (at: number) => rounded(fee * BigInt(at - from), BigInt(to - from));
  return until(end) - until(start);
}

/** Σ bound × time ÷ whole, in micro-units. */
export function blended(
  parts: readonly { bound: bigint; start: number; end: number }[],
  { from, to }: Interval,
): bigint {
  const sum = parts.map(({ bound, start, end }) => bound * BigInt(end - start));
  return rounded(total(sum), BigInt(to - from));
}

/** The lines of one metric in a period. */
export function usageLines(
  parts: readonly Part[],
  whole: Interval,
  places: number,
  flows: boolean,
): Line[] {
  return parts.flatMap((part, i) => {
    const { price, start, end } = part;
    if (price.model === "flat") return flatLines(part, price.rate, whole, places);
    const share = flows || end - start === whole.to - whole.from ? null : { part, whole };
    return (flows ? flowCosts(parts, i, whole) : levelCosts(part))
      .filter(({ quantity, flat }) => quantity !== 0n || flat !== "0")
      .map((cost) => lineOf(cost, part, places, share));
  });
}

/** What is billed of one tier: micro-units at a rate × 10^12, with a fee beside it. */
type Cost = { quantity: bigint; rate: string; flat: string; tier: number | null };

function flatLines(part: Part, rate: string, whole: Interval, places: number): Line[] {
  if (rate === "0") return [];
  const amount = feePart(scaled(rate, places), whole, part.start, part.end);
  const shown = { quantity: "1", unitPrice: plain(amount, places), flat: "0", tier: null };
  return [{ kind: "usage", metric: part.price.metric, ...shown, amount, ...spanOf(part) }];
}

const spanOf = ({ start, end }: Part) => ({ start, end });

type Share = { part: Part; whole: Interval };

function lineOf(cost: Cost, part: Part, places: number, share: Share | null): Line {
  const of = share ? BigInt(part.end - part.start) : 1n;
  const all = share ? BigInt(share.whole.to - share.whole.from) : 1n;
  const exact = cost.quantity * scaled(cost.rate, RATE) + scaled(cost.flat, RATE) * MICRO;
  const amount = rounded(exact * of, 10n ** BigInt(6 + RATE - places) * all);
  const shown = share
    ? { quantity: "1", unitPrice: plain(amount, places), flat: "0" }
    : { quantity: plain(cost.quantity, 6), unitPrice: cost.rate, flat: cost.flat };
  const { tier } = cost;
  return { kind: "usage", metric: part.price.metric, ...shown, amount, ...spanOf(part), tier };
}

/** Segment i of a flow bills F(up to its end) − F(up to its start). */
function flowCosts(parts: readonly Part[], i: number, whole: Interval): Cost[] {
  const part = parts[i];
  if (!part) return [];
  const bounds = parts.map((one) => ({ ...one, bound: scaled(one.price.included, 6) }));
  const included = blended(bounds, whole);
  const beyond = (one: Part | undefined) => above((one?.used ?? 0n) - included);
  const edges = tiersOf(part.price).map((tier, k) =>
    tier.upTo === null
      ? null
      : blended(
          parts.map((one) => ({ ...one, bound: scaled(tiersOf(one.price)[k]?.upTo ?? "0", 6) })),
          whole,
        ),
  );
  const span = { from: beyond(parts[i - 1]), to: beyond(part), total: beyond(parts.at(-1)) };
  return costs(part.price, span, edges, i === 0);
}

/** A level bills its part of the time of what it came to, by bounds that are not scaled. */
function levelCosts({ price, used }: Part): Cost[] {
  const over = above(used - scaled(price.included, 6));
  const edges = tiersOf(price).map(({ upTo }) => (upTo === null ? null : scaled(upTo, 6)));
  return costs(price, { from: 0n, to: over, total: over }, edges, true);
}

function tiersOf(price: Price): readonly Tier[] {
  return price.model === "graduated" || price.model === "volume" ? price.tiers : [];
}

type Moved = { from: bigint; to: bigint; total: bigint };

function costs(price: Price, moved: Moved, edges: (bigint | null)[], first: boolean): Cost[] {
  const { from, to } = moved;
  switch (price.model) {
    case "flat":
      return [];
    case "per_unit":
      return [{ quantity: to - from, rate: price.rate, flat: "0", tier: null }];
    case "package": {
      const size = scaled(price.size, 6);
      const begun = (over: bigint) => (over === 0n ? 0n : ((over - 1n) / size + 1n) * MICRO);
      return [{ quantity: begun(to) - begun(from), rate: price.rate, flat: "0", tier: null }];
    }
    case "volume": {
      const k = edges.findIndex((edge) => edge === null || moved.total <= edge);
      const { rate = "0", flat = "0" } = price.tiers[k] ?? {};
      return [{ quantity: to - from, rate, flat: first ? flat : "0", tier: k + 1 }];
    }
    case "graduated":
      return price.tiers.map(({ rate, flat }, k) => {
        const low = k === 0 ? 0n : (edges[k - 1] ?? 0n);
        const high = edges[k] ?? null;
        const inside = (over: bigint) => above((high === null ? over : least(over, high)) - low);
        const enters = k === 0 ? first : from <= low && to > low;
        const quantity = inside(to) - inside(from);
        return { quantity, rate, flat: enters ? flat : "0", tier: k + 1 };
      });
  }
}
