/**
 * Usage rules: from one incoming event to a usage event for each rule of its type. Pure. Rules are
 * kept by `rule-store.ts`; `rule-metric.ts` declares their metrics.
 */
import { AGGREGATIONS, type Aggregation } from "../aggregation/registry.ts";
import type { Metric } from "../catalogue/catalogue.ts";
import { canonicalJson } from "../event/item.ts";
import {
  type Fields,
  type ForeignItem,
  foreignId,
  foreignItem,
  foreignMetric,
  foreignQuantity,
  foreignSource,
  isFields,
  type Mapped,
  mappedAt,
  textOf,
  Unfit,
} from "./foreign.ts";
import { type Path, parsePath, pointerOf, valueAlong } from "./path.ts";

/** The scope of rules that hold for every tenant. */
export const EVERY_TENANT = "*";

/** How events of a type are counted under a metric. */
export type UsageRule = {
  id: string;
  /** Whose it is: a tenant's id, or `*` for every tenant. */
  tenant: string;
  eventType: string;
  metric: string;
  /** What people call it; "" where nobody said. */
  name: string;
  description: string;
  unit: string;
  aggregation: Aggregation;
  /** The metadata property whose values are counted, for an aggregation that needs one. */
  property: string | null;
  /** Where in the data the quantity stands, or the value that is counted; null where none is. */
  valuePath: string | null;
  /** Where in the data the user stands; the event's own where there is nothing. */
  userPath: string | null;
  /** Metadata keys by which usage is grouped, each with its path in the data. */
  groups: Readonly<Record<string, string>>;
  active: boolean;
  /** True where the operator made it: only the operator changes it. */
  byOperator: boolean;
  createdMs: number;
  updatedMs: number;
};

/** An incoming event, as far as rules read it. Source, user and data are as they came. */
export type RuleEvent = {
  /** Its place in the request, "" for a single event; and that of its data in the event. */
  at: string;
  dataAt: string;
  id: string;
  source: string;
  type: string;
  /** RFC 3339 with an offset; null for the time of its receipt. */
  timestamp: string | null;
  user: string | null;
  data: unknown;
  /** What is kept beside the data where there is room. */
  more?: Fields;
};

/** Metadata keys that say what became of a foreign event, and so are no groups. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(["sent_quantity", "metadata_cut"]);

/** How many groups of a rule are dimensions of its metric: as many as a metric may have. */
export const MAX_DIMENSIONS = 4;

/**
 * The usage events of an event: one for each active rule of its type, with the id
 * `<id>:<metric>`; of several rules for one metric the first. Empty where no rule is for its type.
 * What cannot be read is the refusal of that rule's item alone.
 */
export function itemsOf(rules: readonly UsageRule[], event: RuleEvent): Mapped[] {
  return rulesOfType(rules, event.type).map((rule) =>
    mappedAt(event.at, () => itemBy(rule, event)),
  );
}

/**
 * The usage event of an event for which there is no rule: its type is the metric, the quantity 1,
 * and its data are kept as far as they fit. A type that is no metric's name is refused.
 */
export function rawItemOf(event: RuleEvent): Mapped {
  return mappedAt(event.at, () => {
    const { id, source, type, timestamp, user } = event;
    const metric_name = foreignMetric("/type", type);
    const named = { metric_name, quantity: "1", id: foreignId(id), source: foreignSource(source) };
    return foreignItem(named, { timestamp, user, metadata: metadataOf({}, event) });
  });
}

const MISSING = "is missing:";

/** True for the refusal of an event in which a rule finds no value: no wrong one, but none. */
export function lacksValue(detail: string): boolean {
  return detail.startsWith(MISSING);
}

const byType = new WeakMap<readonly UsageRule[], Map<string, UsageRule[]>>();
const NONE: readonly UsageRule[] = [];

/** The active rules of an event type, one a metric: of several the first. */
export function rulesOfType(rules: readonly UsageRule[], type: string): readonly UsageRule[] {
  if (rules.length === 0) return NONE;
  let index = byType.get(rules);
  if (!index) {
    index = indexOf(rules);
    byType.set(rules, index);
  }
  return index.get(type) ?? NONE;
}

function indexOf(rules: readonly UsageRule[]): Map<string, UsageRule[]> {
  const index = new Map<string, UsageRule[]>();
  for (const rule of rules) {
    if (!rule.active) continue;
    const own = index.get(rule.eventType);
    if (!own) index.set(rule.eventType, [rule]);
    else if (!own.some(({ metric }) => metric === rule.metric)) own.push(rule);
  }
  return index;
}

/** The rules by which any of these events was counted: those whose metrics they name. */
export function rulesUsed(rules: readonly UsageRule[], events: readonly Mapped[]): UsageRule[] {
  if (rules.length === 0) return [];
  const metrics = new Set<string>();
  for (const event of events) if ("item" in event) metrics.add(event.item.metric_name);
  const used = new Map<string, UsageRule>();
  for (const rule of rules) {
    const isFirst = rule.active && metrics.has(rule.metric) && !used.has(rule.metric);
    if (isFirst) used.set(rule.metric, rule);
  }
  return [...used.values()];
}

/** What the metric of a rule is where nobody declared it otherwise. */
export function metricOfRule(rule: UsageRule): Omit<Metric, "standard"> {
  const { metric: name, aggregation, property, unit } = rule;
  const description = rule.description || rule.name;
  const dimensions = Object.keys(rule.groups).slice(0, MAX_DIMENSIONS);
  return { name, description, displayName: "", unit, aggregation, property, dimensions };
}

/** What the rule says of an event's value: how much, or which of the values that are counted. */
function countedBy(
  rule: UsageRule,
  { data, dataAt }: RuleEvent,
): { quantity: string; kept: Fields } {
  const { readsQuantity, needsProperty } = AGGREGATIONS[rule.aggregation];
  if (!readsQuantity && needsProperty === null) return { quantity: "1", kept: {} };
  const path = compiled(rule).value;
  const value = path === null ? undefined : valueAlong(data, path);
  const at = dataAt + pointerOf(path ?? []);
  if (value === undefined || value === null) {
    throw new Unfit(at, `${MISSING} the rule of ${rule.metric} reads ${rule.valuePath}`);
  }
  if (rule.property !== null) return { quantity: "1", kept: { [rule.property]: textOf(value) } };
  const { quantity, sent } = foreignQuantity(at, value);
  return { quantity, kept: sent };
}

function itemBy(rule: UsageRule, event: RuleEvent): ForeignItem {
  const { id, source, timestamp } = event;
  const { quantity, kept } = countedBy(rule, event);
  return foreignItem(
    {
      metric_name: rule.metric,
      quantity,
      id: foreignId(`${id}:${rule.metric}`),
      source: foreignSource(source),
    },
    {
      timestamp,
      user: userOf(rule, event),
      metadata: metadataOf({ ...groupsOf(rule, event.data), ...kept }, event),
    },
  );
}

function userOf(rule: UsageRule, { data, user }: RuleEvent): string | null {
  const path = compiled(rule).user;
  const value = path === null ? undefined : valueAlong(data, path);
  return value === undefined || value === null || value === "" ? user : textOf(value);
}

/** The groups' values as text, "" for those that are missing, so that each event has a group. */
function groupsOf(rule: UsageRule, data: unknown): Fields {
  const entries = compiled(rule).groups.map(([key, path]) => {
    const value = valueAlong(data, path);
    return [key, value === undefined || value === null ? "" : textOf(value)] as const;
  });
  return Object.fromEntries(entries);
}

/** What the rule names always; the data whole where they fit, and what else was sent. */
function metadataOf(named: Fields, { data, dataAt, more = {} }: RuleEvent): Fields {
  const rest: Fields = isFields(data) ? data : data === undefined || data === null ? {} : { data };
  const whole = { ...more, ...rest, ...named };
  if (canonicalJson(whole) !== null) return whole;
  const without = { ...rest, ...named };
  if (canonicalJson(without) !== null) return without;
  const cut = { ...named, metadata_cut: true };
  if (canonicalJson(cut) !== null) return cut;
  throw new Unfit(dataAt, "what the rule keeps of it is more than 4096 bytes of JSON");
}

type Compiled = { value: Path | null; user: Path | null; groups: (readonly [string, Path])[] };
const compiledRules = new WeakMap<UsageRule, Compiled>();

/** A rule's paths, read once. */
function compiled(rule: UsageRule): Compiled {
  const known = compiledRules.get(rule);
  if (known) return known;
  const { valuePath, userPath, groups } = rule;
  const made: Compiled = {
    value: valuePath === null ? null : parsePath(valuePath),
    user: userPath === null ? null : parsePath(userPath),
    groups: Object.entries(groups).flatMap(([key, text]) => {
      const path = parsePath(text);
      return path === null ? [] : [[key, path] as const];
    }),
  };
  compiledRules.set(rule, made);
  return made;
}
