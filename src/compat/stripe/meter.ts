/** Billing meters: a meter is a usage rule with its metric. Pure. */
import type { Aggregation } from "../../metering/aggregation/registry.ts";
import { parsePath, pointerOf } from "../../metering/intake/path.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import type { RuleInput } from "../../metering/intake/rule-input.ts";
import { invalid, missing } from "./error.ts";
import { secondsOf } from "./event.ts";
import { choiceOf, fieldsOf, insistKnown, neededText, type Params, textOf } from "./param.ts";

const MAX_NAME = 100;
const MAX_DISPLAY_NAME = 200;
const MAX_KEY = 100;
export const CUSTOMER_KEY = "stripe_customer_id";
export const VALUE_KEY = "value";

const FORMULAS = { sum: "sum", count: "count", last: "latest" } as const satisfies Record<
  string,
  Aggregation
>;
type Formula = keyof typeof FORMULAS;
const FORMULA_NAMES = Object.keys(FORMULAS) as Formula[];

/** The id of the meter that a rule is: what stands behind the prefix stays. */
export function meterIdOf({ id }: Pick<UsageRule, "id">): string {
  return id.replace(/^rule_/, "mtr_");
}

/** The id of the rule that a meter is. */
export function ruleIdOf(meterId: string): string {
  return meterId.replace(/^mtr_/, "rule_");
}

/**
 * The rule that a call asks for: its metric has the event's name, and its events say in their
 * payload whose usage they are, and how much. Errors: 400.
 */
export function meterGiven(params: Params): RuleInput {
  insistKnown(params, [
    "display_name",
    "event_name",
    "default_aggregation",
    "customer_mapping",
    "value_settings",
    "event_time_window",
  ]);
  if (textOf(params, "event_time_window", 20)) {
    const message = "event_time_window is not taken: send each event, and they are added up here.";
    throw invalid(message, { param: "event_time_window" });
  }
  const aggregated = fieldsOf(params, "default_aggregation");
  const formula = aggregated && choiceOf(aggregated, "formula", FORMULA_NAMES);
  if (formula === undefined) throw missing("default_aggregation[formula]");
  const mapping = fieldsOf(params, "customer_mapping");
  if (mapping) choiceOf(mapping, "type", ["by_id"]);
  const settings = fieldsOf(params, "value_settings");
  const keyIn = (fields: Params | undefined) =>
    fields && textOf(fields, "event_payload_key", MAX_KEY);
  const eventName = neededText(params, "event_name", MAX_NAME);
  const counts = FORMULAS[formula] === FORMULAS.count;
  const customerKey = keyIn(mapping) || CUSTOMER_KEY;
  return {
    eventType: eventName,
    metric: eventName,
    name: neededText(params, "display_name", MAX_DISPLAY_NAME),
    aggregation: FORMULAS[formula],
    valuePath: counts ? null : pointerOf([keyIn(settings) || VALUE_KEY]),
    userPath: customerKey === CUSTOMER_KEY ? null : pointerOf([customerKey]),
  };
}

/** The name that a call gives a meter, undefined where it gives none. Errors: 400. */
export function displayNameGiven(params: Params): string | undefined {
  insistKnown(params, ["display_name"]);
  return textOf(params, "display_name", MAX_DISPLAY_NAME) || undefined;
}

/** The payload's key under which a rule looks for something, or else the usual one. */
function keyOf(path: string | null, usual: string): string {
  const parts = path === null ? null : parsePath(path);
  return parts?.join(".") || usual;
}

/** The payload's key that says whose usage an event of a rule is. */
export function customerKeyOf(rule: Pick<UsageRule, "userPath"> | undefined): string {
  return keyOf(rule?.userPath ?? null, CUSTOMER_KEY);
}

/** A meter as it is answered. */
export function showMeter(rule: UsageRule, live: boolean) {
  const updated = secondsOf(rule.updatedMs);
  return {
    id: meterIdOf(rule),
    object: "billing.meter",
    created: secondsOf(rule.createdMs),
    customer_mapping: { event_payload_key: customerKeyOf(rule), type: "by_id" },
    default_aggregation: { formula: formulaOf(rule.aggregation) },
    display_name: rule.name || rule.metric,
    event_name: rule.eventType,
    event_time_window: null,
    livemode: live,
    status: rule.active ? "active" : "inactive",
    status_transitions: { deactivated_at: rule.active ? null : updated },
    updated,
    value_settings: { event_payload_key: keyOf(rule.valuePath, VALUE_KEY) },
  };
}

/** What Stripe calls an aggregation; one that it has not keeps its own name. */
function formulaOf(aggregation: Aggregation): string {
  return FORMULA_NAMES.find((name) => FORMULAS[name] === aggregation) ?? aggregation;
}
