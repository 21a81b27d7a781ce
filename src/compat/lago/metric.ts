/** Lago's billable metrics: each is a usage rule and a metric of the same name here. Pure. */
import { timeText } from "../../core/time.ts";
import type { Aggregation } from "../../metering/aggregation/registry.ts";
import { type Fields, isFields } from "../../metering/intake/foreign.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { type RuleInput, readsValue } from "../../metering/intake/rule-input.ts";
import type { Faults } from "./errors.ts";
import { uuidOf } from "./uuid.ts";

/** How metrics count that Lago has, too. */
const LAGO_COUNTS: readonly Aggregation[] = ["sum", "count", "max", "latest", "unique"];

/** Lago's name for how a metric counts, and one in its form where it has none, as `min_agg`. */
export function lagoAggregation(aggregation: Aggregation): string {
  return readsValue(aggregation).property ? `${aggregation}_count_agg` : `${aggregation}_agg`;
}

function aggregationNamed(name: unknown): Aggregation | null {
  return LAGO_COUNTS.find((aggregation) => lagoAggregation(aggregation) === name) ?? null;
}

/** What a billable metric says of its rule. */
export type MetricFields = {
  name: string;
  description: string;
  code: string;
  aggregation: Aggregation;
  /** Of the event's properties, the one that is counted; null where events are. */
  field: string | null;
  /** Properties by which usage is grouped. */
  filters: string[];
};

const MANDATORY = ["value_is_mandatory"];
const INVALID = ["value_is_invalid"];

/**
 * Reads a billable metric; what is not given is taken from `held`. Refused is what would count
 * otherwise than it says: weighted sums, recurring metrics, expressions and rounding.
 */
export function readMetric(
  value: unknown,
  held: MetricFields | null,
): { fields: MetricFields } | { faults: Faults } {
  if (!isFields(value)) return { faults: { billable_metric: MANDATORY } };
  const faults: Faults = {};
  const name = value.name === undefined ? held?.name : textIn(value.name);
  const code = value.code === undefined ? held?.code : textIn(value.code);
  const given = value.aggregation_type;
  const aggregation = given === undefined ? (held?.aggregation ?? null) : aggregationNamed(given);
  if (!name) faults.name = MANDATORY;
  if (!code) faults.code = MANDATORY;
  if (aggregation === null) faults.aggregation_type = given === undefined ? MANDATORY : INVALID;
  const field = fieldIn(value, held, aggregation);
  if (field === undefined) faults.field_name = MANDATORY;
  const filters = value.filters === undefined ? (held?.filters ?? []) : filtersIn(value.filters);
  if (filters === null) faults.filters = INVALID;
  for (const unsupported of ["expression", "rounding_function", "recurring"]) {
    if (value[unsupported]) faults[unsupported] = INVALID;
  }
  if (Object.keys(faults).length > 0 || !name || !code || aggregation === null || !filters) {
    return { faults };
  }
  const description = typeof value.description === "string" ? value.description : undefined;
  const described = description ?? (value.description === null ? "" : (held?.description ?? ""));
  return {
    fields: { name, code, description: described, aggregation, field: field ?? null, filters },
  };
}

function textIn(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** The counted property, null where events are counted, undefined where one is lacking. */
function fieldIn(
  value: Fields,
  held: MetricFields | null,
  aggregation: Aggregation | null,
): string | null | undefined {
  if (aggregation === null) return null;
  const { quantity, property } = readsValue(aggregation);
  if (!quantity && !property) return null;
  const given = value.field_name === undefined ? held?.field : textIn(value.field_name);
  return given ?? undefined;
}

/** The keys of Lago's filters; any value of a key is a group here, whichever it lists. */
function filtersIn(value: unknown): string[] | null {
  if (value === null) return [];
  if (!Array.isArray(value)) return null;
  const keys = value.map((filter) => (isFields(filter) ? textIn(filter.key) : null));
  return keys.every((key) => key !== null) ? keys : null;
}

/** What a billable metric says as a rule: its code is the type of event and the metric alike. */
export function ruleOf(fields: MetricFields): RuleInput {
  const { name, description, code, aggregation, field, filters } = fields;
  return {
    eventType: code,
    metric: code,
    name,
    description,
    aggregation,
    property: field !== null && readsValue(aggregation).property ? field : null,
    valuePath: field === null ? null : pathTo(field),
    groups: Object.fromEntries(filters.map((key) => [key, pathTo(key)])),
  };
}

/** Where a property stands in an event's data, as rules name it (RFC 6901). */
function pathTo(property: string): string {
  return `/${property.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The property at the end of a rule's path, `tokens` of `$.tokens` and of `/tokens`. */
function propertyAt(path: string | null): string | null {
  if (path === null) return null;
  if (path.startsWith("/")) return path.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
  return path.replace(/^\$\.?/, "");
}

/** What a rule says as a billable metric. */
export function fieldsOf(rule: UsageRule): MetricFields {
  const { metric, name, description, aggregation, valuePath, groups } = rule;
  return {
    name: name || metric,
    description,
    code: metric,
    aggregation,
    field: propertyAt(valuePath),
    filters: Object.keys(groups),
  };
}

/** A rule as Lago shows a billable metric. */
export function showMetric(rule: UsageRule) {
  const { name, description, code, aggregation, field, filters } = fieldsOf(rule);
  return {
    lago_id: uuidOf(rule.id),
    name,
    code,
    description,
    aggregation_type: lagoAggregation(aggregation),
    field_name: field,
    recurring: false,
    rounding_function: null,
    rounding_precision: null,
    weighted_interval: null,
    expression: "",
    filters: filters.map((key) => ({ key, values: [] })),
    created_at: timeText(rule.createdMs),
  };
}
