/** Event summaries: what a meter counted of a customer in a range, or in each hour or day of it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { quantityJson } from "../../core/quantity.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { hashName } from "../../metering/intake/foreign.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { userOf } from "../../metering/read/reader.ts";
import { summarize, WHOLE_USAGE } from "../../metering/read/summary.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { whoseIs } from "../common/whose.ts";
import { invalid, missing } from "./error.ts";
import { secondsOf } from "./event.ts";
import { PAGE_PARAMS } from "./list.ts";
import { meterIdOf } from "./meter.ts";
import { choiceOf, insistKnown, neededText, type Params, secondOf } from "./param.ts";

const WINDOWS = ["hour", "day"] as const;
type Window = (typeof WINDOWS)[number];
const ALIGNED: Readonly<Record<Window, { ms: number; edges: string }>> = {
  hour: { ms: HOUR_MS, edges: "an hour" },
  day: { ms: DAY_MS, edges: "a day, in UTC" },
};
const MINUTE = { ms: MINUTE_MS, edges: "a minute" };

/** What summaries are asked for; times are in milliseconds, the end exclusive. */
export type SummariesAsked = {
  customer: string;
  startMs: number;
  endMs: number;
  window: Window | null;
};

/** What a query asks for. Errors: 400, also for times that are no edges of its windows. */
export function summariesAsked(params: Params): SummariesAsked {
  const own = ["customer", "start_time", "end_time", "value_grouping_window"];
  insistKnown(params, [...PAGE_PARAMS, ...own]);
  const customer = neededText(params, "customer", 400);
  const window = choiceOf(params, "value_grouping_window", WINDOWS) ?? null;
  const edge = window === null ? MINUTE : ALIGNED[window];
  const timeOf = (name: string) => {
    const second = secondOf(params, name);
    if (second === undefined) throw missing(name);
    const ms = second * SECOND_MS;
    if (ms % edge.ms === 0) return ms;
    throw invalid(`Invalid ${name}: is at the start of ${edge.edges}.`, { param: name });
  };
  const asked = { customer, startMs: timeOf("start_time"), endMs: timeOf("end_time"), window };
  if (asked.endMs > asked.startMs) return asked;
  throw invalid("Invalid end_time: is after start_time.", { param: "end_time" });
}

/** A summary: a range and what was counted in it, in micro-units. */
export type MeterSummary = { startMs: number; endMs: number; valueMicro: bigint };

/**
 * The summaries of a meter, the newest first: of the whole range one; of its windows those in which
 * there is usage. Errors: as `whoseIs` and `summarize` have them.
 */
export async function summariesOf(
  env: Env,
  actor: Actor,
  rule: UsageRule,
  { customer, startMs, endMs, window }: SummariesAsked,
): Promise<MeterSummary[]> {
  const whose = await whoseIs(env, actor, customer);
  const user = userOf(whose.actor, whose.userId ?? undefined);
  const { metrics, breakdown } = await summarize(env, whose.actor.tenantId, {
    ...WHOLE_USAGE,
    startMs,
    endMs,
    metrics: [rule.metric],
    users: user === null ? null : [user],
    window,
  });
  if (window === null) return [{ startMs, endMs, valueMicro: metrics[0]?.valueMicro ?? 0n }];
  const found = breakdown.flatMap(({ range, valueMicro }) =>
    range ? [{ ...range, valueMicro }] : [],
  );
  return found.sort((a, b) => b.startMs - a.startMs);
}

/** The id of a summary: the same for the same question, so that a page can begin behind it. */
export function summaryId(
  rule: UsageRule,
  { customer }: Pick<SummariesAsked, "customer">,
  { startMs, endMs }: MeterSummary,
): string {
  const name = hashName(JSON.stringify([rule.id, customer, startMs, endMs]));
  return `mtrusg_${name.slice("hash:".length)}`;
}

/** A summary as it is answered; the value has its exact digits. */
export function showSummary(
  rule: UsageRule,
  asked: Pick<SummariesAsked, "customer">,
  summary: MeterSummary,
  live: boolean,
) {
  return {
    id: summaryId(rule, asked, summary),
    object: "billing.meter_event_summary",
    aggregated_value: quantityJson(summary.valueMicro),
    end_time: secondsOf(summary.endMs),
    livemode: live,
    meter: meterIdOf(rule),
    start_time: secondsOf(summary.startMs),
  };
}
