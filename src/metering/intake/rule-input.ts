/** What a usage rule is made of, checked. Pure. */
import { invalidField, type Problem } from "../../core/errors.ts";
import { isLine } from "../../core/line-text.ts";
import {
  AGGREGATION_NAMES,
  AGGREGATIONS,
  type Aggregation,
  DEFAULT_AGGREGATION,
} from "../aggregation/registry.ts";
import { MAX_NAME } from "../event/item.ts";
import { parsePath, pointerOf } from "./path.ts";
import { RESERVED_KEYS, type UsageRule } from "./rule.ts";

export const MAX_EVENT_TYPE = 200;
export const MAX_GROUPS = 20;
export const MAX_RULE_NAME = 200;
export const MAX_DESCRIPTION = 500;
export const MAX_UNIT = 50;

const MOST = { name: MAX_RULE_NAME, description: MAX_DESCRIPTION, unit: MAX_UNIT };

/** What a rule says, without whose it is. */
export type RuleFields = Pick<
  UsageRule,
  | "eventType"
  | "metric"
  | "name"
  | "description"
  | "unit"
  | "aggregation"
  | "property"
  | "valuePath"
  | "userPath"
  | "groups"
  | "active"
>;

/** What has to be said of a rule; the rest has a default. */
export type RuleInput = Pick<RuleFields, "eventType" | "metric"> & Partial<RuleFields>;

const DEFAULTS = {
  name: "",
  description: "",
  unit: "",
  aggregation: DEFAULT_AGGREGATION,
  property: null,
  valuePath: null,
  userPath: null,
  groups: {},
  active: true,
};

/**
 * A rule as it is kept. A property that an aggregation needs and nobody named is the last name of
 * the value's path. Errors: 422 at the field, by its name in the API.
 */
export function checkedRule(input: RuleInput): RuleFields {
  const rule: RuleFields = { ...DEFAULTS, ...input };
  const { eventType, metric, aggregation, userPath, groups } = rule;
  if (!isLine(eventType, MAX_EVENT_TYPE)) throw notALine("/event_type", MAX_EVENT_TYPE);
  if (!isLine(metric, MAX_NAME)) throw notALine("/metric_name", MAX_NAME);
  if (!AGGREGATION_NAMES.includes(aggregation)) {
    throw invalidField("/aggregation", `is one of ${AGGREGATION_NAMES.join(", ")}`);
  }
  for (const [field, most] of Object.entries(MOST)) {
    if (rule[field as keyof typeof MOST].length > most) {
      throw invalidField(`/${field}`, `has at most ${most} characters`);
    }
  }
  if (userPath !== null) insistPath("/user_path", userPath);
  const keys = Object.keys(groups);
  if (keys.length > MAX_GROUPS) {
    throw invalidField("/group_paths", `has at most ${MAX_GROUPS} groups`);
  }
  for (const [key, path] of Object.entries(groups)) {
    const at = `/group_paths${pointerOf([key])}`;
    if (!isKey(key)) throw invalidField(at, KEY_NEEDS);
    insistPath(at, path);
  }
  return { ...rule, ...countedOf(rule) };
}

function notALine(at: string, most: number): Problem {
  return invalidField(at, `is one line of 1 to ${most} characters`);
}

const RESERVED = [...RESERVED_KEYS].join(", ");
const KEY_NEEDS =
  `is a key of the metadata: one line of 1 to ${MAX_NAME} characters, ` + `and none of ${RESERVED}`;

function isKey(key: string): boolean {
  return isLine(key, MAX_NAME) && !RESERVED_KEYS.has(key);
}

/** What is said of a path that is none. */
export const PATH_NEEDS =
  "is a path to one place in the data, such as $.usage.tokens or /usage/tokens";

function insistPath(at: string, path: string): void {
  if (parsePath(path) === null) throw invalidField(at, PATH_NEEDS);
}

/** Where the value stands and what it is kept under, of those that the aggregation reads. */
function countedOf(rule: RuleFields): Pick<RuleFields, "property" | "valuePath"> {
  const { aggregation, valuePath, groups } = rule;
  const reads = readsValue(aggregation);
  if (!reads.quantity && !reads.property) {
    if (rule.property !== null) throw givenInVain(aggregation);
    return { property: null, valuePath: null };
  }
  if (valuePath === null) {
    throw invalidField("/value_path", `is required: ${aggregation} reads a value`);
  }
  insistPath("/value_path", valuePath);
  if (!reads.property) {
    if (rule.property !== null) throw givenInVain(aggregation);
    return { property: null, valuePath };
  }
  const property = rule.property ?? parsePath(valuePath)?.at(-1) ?? "";
  if (!isKey(property)) throw invalidField("/property", KEY_NEEDS);
  if (Object.hasOwn(groups, property)) {
    throw invalidField("/property", "is a group already; name the counted property otherwise");
  }
  return { property, valuePath };
}

function givenInVain(aggregation: Aggregation): Problem {
  return invalidField("/property", `is not given for the aggregation ${aggregation}`);
}

/** What an aggregation reads of an event: its quantity, or the value of a property. */
export function readsValue(aggregation: Aggregation): { quantity: boolean; property: boolean } {
  const { readsQuantity, needsProperty } = AGGREGATIONS[aggregation];
  return { quantity: readsQuantity, property: needsProperty !== null };
}
