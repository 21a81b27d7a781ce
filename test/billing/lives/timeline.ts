/** A subscription over time in the model of lives: its terms, its end, and the periods of both. */
import { type Counting, type Interval, interval, intervalAt, type Move } from "./calendar.ts";
import { scaled } from "./exact.ts";
import {
  CYCLES,
  type Life,
  type Plan,
  type Price,
  type Step,
  usageCycle,
  type When,
} from "./life.ts";

const HOUR = 3_600_000;
/** Windows are known so far ahead. */
const AHEAD = 36 * 24 * HOUR;

/** From `at` on a plan holds, at a price and for so many seats. */
export type Terms = { at: number; plan: number; base: bigint; seats: number };
export type Held = Omit<Terms, "at"> & { start: number; end: number };

export type Period = Interval & {
  number: number;
  kind: "regular" | "trial" | "opening";
  last: boolean;
};

export class Timeline {
  now: number;
  /** Null before it is subscribed. */
  start: number | null = null;
  end: number | null = null;
  /** Ended now, or closed to its end. */
  over = false;
  #life: Life;
  #trialEnd: number | null = null;
  #terms: Terms[] = [];
  #moves: Move[] = [];

  constructor(life: Life) {
    this.#life = life;
    this.now = life.clock;
  }

  // What happens to it: each answers whether it is possible

  subscribe({ plan, start, trialEnd, seats }: Extract<Step, { do: "subscribe" }>): boolean {
    this.start = start;
    this.#trialEnd = trialEnd;
    this.#terms = [{ at: start, plan, base: this.#baseOf(plan), seats }];
    return true;
  }

  /** Whether it was subscribed and has no end yet, or one to come. */
  get runs(): boolean {
    return this.start !== null && !this.over && !(this.end !== null && this.end <= this.now);
  }

  change(step: Extract<Step, { do: "change" }>): boolean {
    const soon = Math.max(this.now, this.start ?? 0);
    const current = this.termsAt(soon);
    const plan = step.plan ?? current.plan;
    const offered = plan === current.plan ? current.base : this.#baseOf(plan);
    const base = step.base === null ? offered : scaled(step.base, this.#life.places);
    const at = step.when === "now" ? soon : this.#cycleEnd();
    if (this.end !== null && at >= this.end) return false;
    const next = { at, plan, base, seats: step.seats ?? current.seats };
    if (sameTerms(this.termsAt(at), next)) return true;
    if (step.when === "now" && !blend(this.planOf(current.plan), this.planOf(plan))) return false;
    this.#cutTerms(at);
    this.#terms.push(next);
    return true;
  }

  cancel(when: When): boolean {
    const at = when === "now" ? Math.max(this.now, this.start ?? 0) : this.#cycleEnd();
    if (at === this.end) return true;
    const [first] = this.#terms;
    this.end = at;
    this.#cutTerms(at);
    if (first && this.#terms.length === 0) this.#terms = [first];
    if (when === "now") this.over = true;
    return true;
  }

  resume(): boolean {
    if (this.end !== null) this.#cutTerms(this.end);
    this.end = null;
    return true;
  }

  move(zone: string): boolean {
    const at = this.#cycleEnd();
    if (this.zoneAt(at) === zone) return true;
    if (this.end !== null && at >= this.end) return false;
    this.#moves = [...this.#moves.filter((move) => move.at !== at), { at, zone }];
    return true;
  }

  /** Takes away what was to hold from an instant on. */
  #cutTerms(at: number): void {
    this.#terms = this.#terms.filter((terms) => terms.at < at);
  }

  // What holds

  planOf(index: number): Plan {
    const plan = this.#life.plans[index];
    if (!plan) throw new RangeError(`no plan ${index}`);
    return plan;
  }

  #baseOf(plan: number): bigint {
    return scaled(this.planOf(plan).base, this.#life.places);
  }

  termsAt(at: number): Terms {
    const found = this.#terms.findLast((terms) => terms.at <= at) ?? this.#terms[0];
    if (!found) throw new Error("no terms");
    return found;
  }

  /** The terms in a span, each to the next or the span's end. */
  held({ start, end }: { start: number; end: number }): Held[] {
    return this.#terms.flatMap((terms, i) => {
      const from = Math.max(terms.at, start);
      const to = Math.min(this.#terms[i + 1]?.at ?? end, end);
      return from < to ? [{ ...terms, start: from, end: to }] : [];
    });
  }

  // Periods

  get #counting(): Counting {
    const { calendar, zone } = this.#life;
    const anchor = this.#trialEnd ?? this.start ?? 0;
    return { anchor, calendar, zone, moves: this.#moves };
  }

  zoneAt(at: number): string {
    return this.#moves.findLast((move) => move.at <= at)?.zone ?? this.#life.zone;
  }

  /** The cycle of the base fee that holds an instant. */
  cycleAt(at: number): Interval {
    return intervalAt(this.#counting, CYCLES[this.#life.cycle], at);
  }

  #cycleEnd(): number {
    if (this.#trialEnd !== null && this.now < this.#trialEnd) return this.#trialEnd;
    return this.cycleAt(Math.max(this.now, this.#counting.anchor)).end;
  }

  get #first(): number {
    return this.#trialEnd !== null || this.#life.advance ? 0 : 1;
  }

  #uncut(number: number): Omit<Period, "last"> {
    if (number > 0) {
      const length = CYCLES[usageCycle(this.#life)];
      return { number, kind: "regular", ...interval(this.#counting, length, number - 1) };
    }
    const start = this.start ?? 0;
    const end = this.#trialEnd ?? start;
    const kind = this.#trialEnd === null ? "opening" : "trial";
    return { number, kind, start, end, from: start, to: end };
  }

  /** The period that closes after another, or first; null where none does. */
  next(before: Period | undefined): Period | null {
    if (this.start === null) return null;
    const number = before ? before.number + 1 : this.#first;
    const period = this.#uncut(number);
    const { end } = this;
    if (end === null || end > period.end) return { ...period, last: false };
    if (end > period.start || number === this.#first) {
      return { ...period, end: Math.max(end, period.start), last: true };
    }
    // An end that was asked for when the period before it had closed already.
    return before?.last ? null : { ...period, start: end, end, last: true };
  }

  /** The plan that a period ends with. */
  planEnding(period: Period): Plan {
    return this.planOf(this.termsAt(period.end - 1).plan);
  }

  closesAt(period: Period): number {
    if (period.kind !== "regular" || period.start === period.end) return period.end;
    return period.end + this.planEnding(period).graceHours * HOUR;
  }

  /** The periods that are metered: those so far, and the next ones. */
  windows(): Period[] {
    const found: Period[] = [];
    for (let number = this.#first; this.start !== null; number++) {
      const period = this.#uncut(number);
      const end = this.end === null ? period.end : Math.min(this.end, period.end);
      const last = end === this.end;
      if (end > period.start) found.push({ ...period, end, last });
      if (last || end < period.end || period.start > this.now + AHEAD) break;
    }
    return found;
  }
}

type Fee = Pick<Terms, "base" | "seats">;

/** Whether both cost the same. */
export function sameFee(a: Fee, b: Fee): boolean {
  return a.base === b.base && a.seats === b.seats;
}

function sameTerms(a: Terms, b: Terms): boolean {
  return sameFee(a, b) && a.plan === b.plan;
}

/** Neighbours that are the same, as one. */
export function joined(spans: readonly Held[], same: (a: Held, b: Held) => boolean): Held[] {
  const found: Held[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last && same(last, span)) last.end = span.end;
    else found.push({ ...span });
  }
  return found;
}

/** Whether both plans price the same metrics, each by one structure, so that bounds can blend. */
function blend(a: Plan, b: Plan): boolean {
  const names = new Set([...a.prices, ...b.prices].map(({ metric }) => metric));
  return [...names].every((name) => {
    const [one, other] = [a, b].map(({ prices }) => prices.find(({ metric }) => metric === name));
    return one !== undefined && other !== undefined && structure(one) === structure(other);
  });
}

function structure(price: Price): string {
  if (price.model === "package") return `package ${scaled(price.size, 6)}`;
  const tiered = price.model === "graduated" || price.model === "volume";
  return tiered ? `${price.model} ${price.tiers.length}` : price.model;
}
