/** Draws lives from seeds: short ones, whose times, quantities and changes lie on the edges. */
import { type Counting, interval } from "./calendar.ts";
import { plain, scaled } from "./exact.ts";
import {
  AGGREGATIONS,
  type Aggregation,
  CYCLES,
  type Cycle,
  type Event,
  type Life,
  type Plan,
  type Price,
  type Step,
  type Tax,
  type Tier,
  type UsageInterval,
  usageCycle,
} from "./life.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Numbers from a seed (mulberry32). */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b1) >>> 0;
  }

  /** At least 0 and below `n`. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const ZONES = [
  ...["UTC", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"],
  ...[
    "America/St_Johns",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Santiago",
  ],
];
const CURRENCIES = [
  ["USD", 2],
  ["USD", 2],
  ["EUR", 2],
  ["JPY", 0],
  ["BHD", 3],
] as const;
const TAXES: readonly Tax[] = [
  ...["20", "19", "7", "5.5", "21", "8.1", "25.5"].map((percent) => ({ percent, parts: [] })),
  { percent: "18", parts: ["CGST", "SGST"] },
  { percent: "18", parts: ["IGST"] },
];
/** Where periods begin: ends of months, changes of the clock, ordinary days. */
const DAYS = [
  ...["2026-01-31T00:00:00", "2026-01-30T23:59:59", "2026-03-29T01:30:00", "2026-02-28T12:00:00"],
  ...["2026-10-25T00:30:00", "2026-03-08T07:30:00", "2026-10-04T02:15:00", "2026-01-01T00:00:00"],
  ...["2028-02-29T10:00:00", "2026-03-17T08:30:00", "2026-08-31T22:00:00", "2026-12-31T23:30:00"],
  ...["2026-04-04T15:15:00", "2026-06-15T06:07:08", "2026-02-01T00:00:00", "2026-11-01T05:30:00"],
];

/** The life of a seed. */
export function drawLife(seed: number): Life {
  const dice = new Dice(seed);
  const [currency, places] = dice.of(CURRENCIES);
  const clock = Date.parse(`${dice.of(DAYS)}Z`);
  const cycle = drawCycle(dice);
  const metrics = drawMetrics(dice);
  const life: Life = {
    seed,
    clock,
    currency,
    places,
    inclusive: dice.chance(35),
    zone: dice.of(ZONES),
    calendar: dice.chance(20),
    cycle,
    usageInterval: drawUsageInterval(dice, cycle),
    advance: dice.chance(45),
    metrics,
    plans: drawPlans(dice, metrics, places),
    steps: [],
  };
  return { ...life, steps: new Story(dice, life).tell() };
}

function drawCycle(dice: Dice): Cycle {
  const roll = dice.below(100);
  if (roll < 10) return "yearly";
  if (roll < 25) return "weekly";
  if (roll < 37) return "quarterly";
  return roll < 45 ? "half_yearly" : "monthly";
}

/** Mostly by the month where the base is billed seldom; also what does not fit into the cycle. */
function drawUsageInterval(dice: Dice, cycle: Cycle): UsageInterval {
  switch (cycle) {
    case "monthly":
      return "month";
    case "weekly":
      return dice.of([null, null, "week", "month"] as const);
    case "quarterly":
      return dice.of([null, null, "month", "month", "quarter", "half_year", "week"] as const);
    case "half_yearly":
      return dice.of([null, "month", "month", "month", "quarter", "year"] as const);
    case "yearly":
      return dice.of([null, "month", "month", "quarter", "half_year", "year"] as const);
  }
}

function drawMetrics(dice: Dice): Record<string, Aggregation> {
  const names = [dice.of(["sum", "sum", "count"] as const), dice.of(AGGREGATIONS)];
  return Object.fromEntries([...new Set(names)].map((name) => [`of_${name}`, name]));
}

function drawPlans(dice: Dice, metrics: Record<string, Aggregation>, places: number): Plan[] {
  const shapes = Object.keys(metrics).map((metric) => drawPrice(dice, metric, places));
  const graceHours = dice.of([0, 0, 1, 5, 72]);
  const leastInvoice = dice.chance(25) ? dice.of(["20", "50", "120"]) : "0";
  return [0, 1, 2].map((i): Plan => {
    const prices =
      i === 0
        ? shapes
        : shapes.map((shape) =>
            i === 1 ? varied(dice, shape, places) : drawPrice(dice, shape.metric, places),
          );
    return {
      base: money(dice, places),
      minimum: dice.chance(20) ? money(dice, places) : "0",
      leastInvoice: dice.chance(20) ? "35" : leastInvoice,
      graceHours: dice.chance(80) ? graceHours : 2,
      finalizeZero: dice.chance(15),
      prices,
    };
  });
}

function money(dice: Dice, places: number): string {
  const text = dice.of(["0", "10.01", "29.00", "99.00", "0.01", "49.995", "7.77", "100"]);
  const [whole = "0", part = ""] = text.split(".");
  return places === 0 || part === "" ? whole : `${whole}.${part.slice(0, places)}`;
}

const RATES = ["0.1", "1", "0.0005", "0.001", "0.333333333333", "2.5", "0.08", "0.005", "12"];
const INCLUDED = ["0", "0", "10", "100", "0.5", "33.333333"];
const MODELS = ["per_unit", "graduated", "volume", "package", "flat"] as const;

function drawPrice(dice: Dice, metric: string, places: number): Price {
  const common = { metric, included: dice.of(INCLUDED), hard: dice.chance(15) };
  const rate = dice.of(RATES);
  const model = dice.of(MODELS);
  switch (model) {
    case "per_unit":
      return { ...common, model, rate };
    case "flat":
      return { ...common, model, rate: money(dice, places) };
    case "package":
      return { ...common, model, rate, size: dice.of(["1", "10", "0.5", "7.000001"]) };
    default:
      return { ...common, model, tiers: drawTiers(dice, dice.of([1, 2, 3]), places) };
  }
}

function drawTiers(dice: Dice, count: number, places: number): Tier[] {
  const bounds = dice.of([
    ["100", "1000"],
    ["10", "20"],
    ["0.5", "1"],
    ["33.333333", "66.666667"],
  ]);
  return Array.from({ length: count }, (_, k) => ({
    upTo: k === count - 1 ? null : (bounds[k] ?? null),
    rate: dice.of(RATES),
    flat: dice.chance(50) ? "0" : money(dice, places),
  }));
}

/** Another price of the same structure. */
function varied(dice: Dice, price: Price, places: number): Price {
  const included = dice.of(INCLUDED);
  if (price.model === "flat") return { ...price, rate: money(dice, places) };
  if (price.model === "per_unit" || price.model === "package") {
    return { ...price, included, rate: dice.of(RATES) };
  }
  return { ...price, included, tiers: drawTiers(dice, price.tiers.length, places) };
}

const QUANTITIES = [
  "1",
  "5",
  "10",
  "100",
  "900",
  "0.000001",
  "12.5",
  "33.333333",
  "250",
  "0.5",
  "0",
];

/** The longest lives are seen to their end by these, weekly ones too. */
const MOST_EDGES = 60;

/** What happens in a life, told in order of time. */
class Story {
  #dice: Dice;
  #life: Life;
  #now: number;
  #steps: Step[] = [];
  #events: Event[] = [];
  #imports: string[] = [];
  #counting: Counting;

  constructor(dice: Dice, life: Life) {
    this.#dice = dice;
    this.#life = life;
    this.#now = life.clock;
    const { zone, calendar } = life;
    this.#counting = { anchor: life.clock, zone, calendar, moves: [] };
  }

  tell(): Step[] {
    const dice = this.#dice;
    const trialEnd = dice.chance(20) ? this.#now + dice.of([DAY, 14 * DAY, 31 * DAY]) : null;
    if (dice.chance(15)) this.#record();
    const seats = dice.chance(25) ? 3 : 1;
    const early = dice.chance(15) && !this.#life.calendar ? dice.of([DAY, 20 * DAY]) : 0;
    const start = this.#now - early;
    this.#counting.anchor = trialEnd ?? start;
    this.#steps.push({ do: "subscribe", plan: 0, start, trialEnd, seats });
    this.#steps.push({ do: "tax", tax: dice.of(TAXES) });
    for (let i = 0; i < 2; i++) if (dice.chance(35)) this.#give();
    const moves = 2 + dice.below(3);
    for (let i = 0; i < moves; i++) {
      this.#record();
      if (dice.chance(60)) this.#happen();
      if (dice.chance(25)) this.#happen();
      if (dice.chance(20)) this.#push({ do: "preview" });
      this.#pass();
    }
    const when = dice.chance(75) ? dice.of(["now", "now", "period_end"] as const) : null;
    if (when) this.#push({ do: "cancel", when });
    if (dice.chance(50)) this.#late();
    this.#wait(when === "now" ? 4 : 33);
    if (dice.chance(50)) this.#late();
    if (when) this.#wait(37);
    return this.#steps;
  }

  /** As many days, or as many times the months by which usage is billed. */
  #wait(days: number): void {
    this.#now += days * this.#day;
    this.#push({ do: "move", to: this.#now });
  }

  get #day(): number {
    const length = CYCLES[usageCycle(this.#life)];
    return "months" in length ? length.months * DAY : DAY;
  }

  #push(step: Step): void {
    this.#steps.push(step);
  }

  /** Boundaries of periods around now. */
  #edges(): number[] {
    const length = CYCLES[usageCycle(this.#life)];
    const found: number[] = [];
    for (let n = 0; found.length < MOST_EDGES; n++) {
      found.push(interval(this.#counting, length, n).end);
      if ((found.at(-1) ?? 0) > this.#now + 40 * DAY) break;
    }
    return [this.#counting.anchor, ...found];
  }

  #pass(): void {
    const dice = this.#dice;
    const ahead = this.#edges().filter((at) => at > this.#now);
    const grace = dice.of([0, 0, HOUR, -1, 1, 5 * HOUR, 72 * HOUR, 30 * MINUTE]);
    const edge = (ahead[0] ?? this.#now + 31 * DAY) + grace;
    const plain = this.#now + (5 + dice.below(24)) * this.#day + dice.below(DAY);
    const to = dice.chance(45) && edge > this.#now ? edge : plain;
    this.#now = to;
    this.#push({ do: "move", to });
  }

  /** When an event took place: recently, late, or on an edge. */
  #when(): number {
    const dice = this.#dice;
    const oldest = this.#now - 35 * DAY;
    const newest = this.#now + 5 * MINUTE;
    const edges = this.#edges().filter((at) => at > oldest + 1 && at < newest - 1);
    if (edges.length > 0 && dice.chance(25)) return dice.of(edges) + dice.of([0, -1, 1]);
    if (dice.chance(20)) return this.#now - dice.below(34) * DAY - dice.below(DAY);
    if (dice.chance(10)) return dice.of([oldest, newest]);
    return this.#now - dice.below(3 * DAY);
  }

  #event(at: number): Event {
    const dice = this.#dice;
    const id = `e${this.#events.length + 1}`;
    const metric = dice.of(Object.keys(this.#life.metrics));
    const edges = this.#edgesOf(metric);
    const quantity = dice.of(dice.chance(40) && edges.length > 0 ? edges : QUANTITIES);
    const value = dice.of(["a", "b", "c", "d"]);
    return { id, metric, quantity, at, value, cap: dice.chance(25) };
  }

  /** Quantities that reach exactly what is included, or the end of a tier or package beyond it. */
  #edgesOf(metric: string): string[] {
    const prices = this.#life.plans.slice(0, 2).flatMap((plan) => plan.prices);
    return prices.flatMap((price) => {
      if (price.metric !== metric) return [];
      const tiers = "tiers" in price ? price.tiers.flatMap(({ upTo }) => upTo ?? []) : [];
      const beyond = ["0", ...tiers, ...("size" in price ? [price.size] : [])];
      return beyond.map((edge) => plain(scaled(price.included, 6) + scaled(edge, 6), 6));
    });
  }

  #record(): void {
    const dice = this.#dice;
    const events = Array.from({ length: 1 + dice.below(4) }, () => {
      const event = this.#event(this.#when());
      this.#events.push(event);
      return event;
    });
    const again = dice.of(this.#events);
    if (dice.chance(20)) events.push(dice.chance(70) ? again : { ...again, quantity: "7" });
    this.#push({ do: "record", events });
  }

  /** Corrections of what may be closed already. */
  #late(): void {
    if (this.#dice.chance(50)) this.#record();
    else this.#void();
  }

  #void(): void {
    const { id } = this.#dice.of(this.#events);
    this.#push({ do: "void", id });
  }

  #give(): void {
    const dice = this.#dice;
    const amount = dice.of(["5", "20", "50", "150"]);
    if (dice.chance(50)) {
      const percent = dice.chance(50) ? dice.of(["10", "50", "33.333333", "100"]) : null;
      const periods = dice.chance(40) ? dice.of([1, 2]) : null;
      this.#push({ do: "coupon", percent, amount: percent === null ? amount : null, periods });
    } else {
      const expires = dice.chance(30) ? this.#now + dice.of([10, 40, 70]) * DAY : null;
      this.#push({ do: "credit", kind: dice.of(["granted", "purchased"]), amount, expires });
    }
  }

  #import(): void {
    const dice = this.#dice;
    const name = `i${this.#imports.length + 1}`;
    this.#imports.push(name);
    const events = [0, 1].map((i) => ({
      ...this.#event(this.#now - (dice.below(80) * DAY + dice.below(DAY))),
      id: `${name}-${i}`,
    }));
    // An import knows no cap.
    const whole = events.map((event) => ({ ...event, cap: false }));
    this.#push({ do: "import", name, events: whole });
  }

  #happen(): void {
    const dice = this.#dice;
    const when = dice.of(["now", "period_end"] as const);
    const roll = dice.below(100);
    if (roll < 24) {
      const plan = dice.chance(70) ? dice.of([0, 1, 1, 2]) : null;
      const base = dice.chance(25) ? money(dice, this.#life.places) : null;
      const seats = dice.chance(30) ? dice.of([1, 2, 5]) : null;
      this.#push({ do: "change", plan, base, seats, when });
    } else if (roll < 46) this.#void();
    else if (roll < 56) this.#import();
    else if (roll < 62) this.#push({ do: "revert", name: dice.of(["i1", "i2"]) });
    else if (roll < 70) this.#push({ do: "cancel", when: dice.chance(25) ? "now" : "period_end" });
    else if (roll < 76) this.#push({ do: "resume" });
    else if (roll < 82) this.#push({ do: "zone", zone: dice.of(ZONES) });
    else if (roll < 90) this.#push({ do: "tax", tax: dice.of(TAXES) });
    else this.#give();
  }
}
