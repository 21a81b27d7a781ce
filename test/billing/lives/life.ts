/** A life of a subscription: how it is set up, and what happens to it, step by step. */

export type Tier = { upTo: string | null; rate: string; flat: string };

/** A price as a plan has it; decimals are text. */
export type Price = { metric: string; included: string; hard: boolean } & (
  | { model: "per_unit"; rate: string }
  | { model: "graduated" | "volume"; tiers: Tier[] }
  | { model: "package"; size: string; rate: string }
  | { model: "flat"; rate: string }
);

export type Plan = {
  base: string;
  minimum: string;
  leastInvoice: string;
  graceHours: number;
  finalizeZero: boolean;
  prices: Price[];
};

export const AGGREGATIONS = ["sum", "count", "max", "min", "latest", "unique"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** An event; times are in milliseconds. `cap` takes the part that a hard limit leaves room for. */
export type Event = {
  id: string;
  metric: string;
  quantity: string;
  at: number;
  value: string;
  cap: boolean;
};

/** A tax: its rate, and the parts that it has by name, such as CGST and SGST. */
export type Tax = { percent: string; parts: string[] };

/** How often a price is billed, and how long that is. */
export const CYCLES = {
  weekly: { weeks: 1 },
  monthly: { months: 1 },
  quarterly: { months: 3 },
  half_yearly: { months: 6 },
  yearly: { months: 12 },
} as const;
export type Cycle = keyof typeof CYCLES;

/** How a plan asks for usage to be billed; `null`: with the base price. */
export type UsageInterval = "week" | "month" | "quarter" | "half_year" | "year" | null;
const BILLED: Record<Exclude<UsageInterval, null>, Cycle> = {
  week: "weekly",
  month: "monthly",
  quarter: "quarterly",
  half_year: "half_yearly",
  year: "yearly",
};

/** How often usage is billed: as the plan asks where whole ones fill the cycle, else with it. */
export function usageCycle({ cycle, usageInterval }: Pick<Life, "cycle" | "usageInterval">): Cycle {
  if (usageInterval === null) return cycle;
  const [part, whole] = [CYCLES[BILLED[usageInterval]], CYCLES[cycle]];
  const fits = "months" in part && "months" in whole && whole.months % part.months === 0;
  return fits ? BILLED[usageInterval] : cycle;
}

export type When = "now" | "period_end";

export type Step =
  | { do: "move"; to: number }
  | { do: "record"; events: Event[] }
  | { do: "void"; id: string }
  | { do: "import"; name: string; events: Event[] }
  | { do: "revert"; name: string }
  | { do: "subscribe"; plan: number; start: number; trialEnd: number | null; seats: number }
  | { do: "change"; plan: number | null; base: string | null; seats: number | null; when: When }
  | { do: "cancel"; when: When }
  | { do: "resume" }
  | { do: "zone"; zone: string }
  | { do: "coupon"; percent: string | null; amount: string | null; periods: number | null }
  | { do: "credit"; kind: "granted" | "purchased"; amount: string; expires: number | null }
  | { do: "tax"; tax: Tax }
  | { do: "preview" };

export type Life = {
  seed: number;
  clock: number;
  currency: string;
  /** Decimal places of the currency. */
  places: number;
  inclusive: boolean;
  zone: string;
  calendar: boolean;
  cycle: Cycle;
  usageInterval: UsageInterval;
  advance: boolean;
  metrics: Record<string, Aggregation>;
  plans: Plan[];
  steps: Step[];
};

/** A life as people read it, a line a step. */
export function storyOf(life: Life): string {
  const { steps, plans, ...rest } = life;
  const time = (_: string, value: unknown) =>
    typeof value === "number" && value > 1e11 ? new Date(value).toISOString() : value;
  return [
    `life ${life.seed}: ${JSON.stringify(rest, time)}`,
    ...plans.map((plan, i) => `plan ${i}: ${JSON.stringify(plan)}`),
    ...steps.map((step, i) => `${i + 1}. ${JSON.stringify(step, time)}`),
  ].join("\n");
}
