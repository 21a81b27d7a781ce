/** What a period bills by itself in the model of lives: base fees, usage, the rest of a minimum. */
import type { Interval } from "./calendar.ts";
import { plain, scaled, total } from "./exact.ts";
import type { Life, Price } from "./life.ts";
import { feePart, type Line, type Part, usageLines } from "./price.ts";
import { type Held, joined, type Period, sameFee, type Terms, type Timeline } from "./timeline.ts";
import type { Usage } from "./usage.ts";

type Span = { start: number; end: number };

export class Statements {
  #life: Life;
  #timeline: Timeline;
  #usage: Usage;

  constructor(life: Life, timeline: Timeline, usage: Usage) {
    this.#life = life;
    this.#timeline = timeline;
    this.#usage = usage;
  }

  /** A line of one amount. */
  lineOf(kind: Line["kind"], amount: bigint, { start, end }: Span): Line {
    const size = amount < 0n ? -amount : amount;
    return {
      kind,
      metric: null,
      quantity: amount < 0n ? "-1" : "1",
      unitPrice: plain(size, this.#life.places),
      flat: "0",
      amount,
      start,
      end,
      tier: null,
    };
  }

  usageOf(period: Period): Line[] {
    if (period.kind !== "regular") return [];
    const held = joined(this.#timeline.held(period), (a, b) => a.plan === b.plan);
    const prices = held.flatMap(({ plan }) => this.#timeline.planOf(plan).prices);
    const names = [...new Set(prices.map(({ metric }) => metric))];
    const lines = names.flatMap((metric) => {
      const parts = held.map(({ plan, start, end }): Part => {
        const price = this.#timeline.planOf(plan).prices.find((one) => one.metric === metric);
        const used = this.#usage.level(metric, period.start, end);
        return { price: price ?? freePrice(metric), start, end, used };
      });
      const flows = ["sum", "count"].includes(this.#life.metrics[metric] ?? "sum");
      return usageLines(parts, period, this.#life.places, flows);
    });
    return [...lines, ...this.#commitment(period, held, lines)];
  }

  /** What usage lacks of the minimum that was agreed for the time. */
  #commitment(period: Period, held: Held[], lines: Line[]): Line[] {
    const minimum = total(
      held.map(({ plan, start, end }) => {
        const fee = scaled(this.#timeline.planOf(plan).minimum, this.#life.places);
        return feePart(fee, period, start, end);
      }),
    );
    const lacking = minimum - sumOf(lines);
    return lacking > 0n ? [this.lineOf("commitment", lacking, period)] : [];
  }

  /** The base fees of a period; `paid` is what was billed ahead for the cycle that it begins. */
  feesOf(period: Period, paid: Terms | null): Line[] {
    const lines = this.#life.advance
      ? [...this.#corrections(period, paid), ...this.#feeAhead(period)]
      : this.#feesBehind(period);
    return lines.filter(({ amount }) => amount !== 0n);
  }

  #feesBehind(period: Period): Line[] {
    if (period.kind !== "regular") return [];
    const cycle = this.#timeline.cycleAt(period.start);
    if (!period.last && period.end !== cycle.end) return [];
    const end = Math.min(cycle.end, this.#timeline.end ?? cycle.end);
    const held = this.#timeline.held({ start: cycle.start, end });
    return joined(held, sameFee).map((one) => this.#feeLine(one, cycle));
  }

  #feeLine(held: Held, cycle: Interval): Line {
    const { start, end, base, seats } = held;
    const amount = feePart(base * BigInt(seats), cycle, start, end);
    const line = this.lineOf("base", amount, held);
    if (start !== cycle.from || end !== cycle.to) return line;
    const unitPrice = plain(base, this.#life.places);
    return { ...line, quantity: String(seats), unitPrice };
  }

  /** What a period's closing bills ahead; null where no cycle begins with its end. */
  aheadOf(period: Period): Terms | null {
    if (!this.#life.advance || period.last) return null;
    const cycle = this.#timeline.cycleAt(period.end);
    return cycle.start === period.end ? this.#timeline.termsAt(period.end) : null;
  }

  #feeAhead(period: Period): Line[] {
    const terms = this.aheadOf(period);
    if (!terms) return [];
    const cycle = this.#timeline.cycleAt(period.end);
    return [this.#feeLine({ ...terms, start: cycle.start, end: cycle.end }, cycle)];
  }

  /** What was paid ahead of a cycle and does not hold is given back, and what holds is charged. */
  #corrections(period: Period, ahead: Terms | null): Line[] {
    if (period.kind !== "regular") return [];
    const cycle = this.#timeline.cycleAt(period.start);
    const { end } = this.#timeline;
    const begins = cycle.start === period.start;
    let paid: Held | Terms | null = begins ? ahead : this.#timeline.termsAt(period.start - 1);
    const lines: Line[] = [];
    const giveBack = ({ base, seats }: Held | Terms, at: number) => {
      const amount = feePart(base * BigInt(seats), cycle, at, cycle.end);
      lines.push(this.lineOf("base_credit", -amount, { start: at, end: cycle.end }));
    };
    for (const held of this.#timeline.held(period)) {
      if (paid && sameFee(paid, held)) continue;
      if (paid) giveBack(paid, held.start);
      lines.push(this.#feeLine({ ...held, end: cycle.end }, cycle));
      paid = held;
    }
    if (paid && period.last && end !== null && end < cycle.end) giveBack(paid, end);
    return lines;
  }
}

/** What lines add up to. */
export function sumOf(lines: readonly Line[]): bigint {
  return total(lines.map(({ amount }) => amount));
}

function freePrice(metric: string): Price {
  return { metric, included: "0", hard: false, model: "per_unit", rate: "0" };
}
