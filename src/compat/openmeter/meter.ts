/**
 * OpenMeter's meters as usage rules: the slug is the metric, `valueProperty` and `groupBy` are
 * paths into an event's data. An average is the sum of its values, divided when it is read. Pure.
 */
import { invalidField, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import {
  AGGREGATION_NAMES,
  type Aggregation,
  DEFAULT_AGGREGATION,
} from "../../metering/aggregation/registry.ts";
import type { Metric } from "../../metering/catalogue/catalogue.ts";
import { canonicalJson } from "../../metering/event/item.ts";
import type { Fields } from "../../metering/intake/foreign.ts";
import { parsePath } from "../../metering/intake/path.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import type { RuleFields, RuleInput } from "../../metering/intake/rule-input.ts";
import { MAX_DESCRIPTION, MAX_EVENT_TYPE, readsValue } from "../../metering/intake/rule-input.ts";
import { fieldsOf, needText, textIn, textsIn } from "../common/fields.ts";

/** What is kept of a meter beside its rule. */
export type MeterNote = {
  average?: true;
  metadata?: Fields;
  eventFrom?: string;
};

/** A meter as it is read: of a rule, or of a metric that has none. */
export type Meter = {
  id: string;
  slug: string;
  name: string;
  description: string;
  eventType: string;
  aggregation: Aggregation;
  valuePath: string | null;
  groups: Readonly<Record<string, string>>;
  createdMs: number;
  updatedMs: number;
  note: MeterNote;
};

const AVERAGE = "AVG";
const MAX_SLUG = 64;
const MAX_TEXT = 200;
const SLUG = /^\w+$/;

/** What OpenMeter calls an aggregation: those that count values have `_COUNT` behind their name. */
function foreignName(aggregation: Aggregation): string {
  const name = aggregation.toUpperCase();
  return readsValue(aggregation).property ? `${name}_COUNT` : name;
}

function aggregationIn(fields: Fields): { aggregation: Aggregation; average: boolean } {
  const { aggregation } = fields;
  if (aggregation === AVERAGE) return { aggregation: DEFAULT_AGGREGATION, average: true };
  const found = AGGREGATION_NAMES.find((name) => foreignName(name) === aggregation);
  if (found !== undefined) return { aggregation: found, average: false };
  const names = [...AGGREGATION_NAMES.map(foreignName), AVERAGE].join(", ");
  throw invalidField("/aggregation", `is one of ${names}`);
}

/** The rule that a new meter is, and what is noted beside it. Errors: 422. */
export function ruleOfNew(body: unknown): { rule: RuleInput; note: MeterNote } {
  const fields = fieldsOf(body);
  const slug = needText(fields, "slug", MAX_SLUG);
  if (!SLUG.test(slug)) throw invalidField("/slug", "has letters, digits and underscores alone");
  const { aggregation, average } = aggregationIn(fields);
  const valuePath = textIn(fields, "valueProperty", MAX_TEXT);
  const reads = readsValue(aggregation);
  const readsNone = !reads.quantity && !reads.property;
  const groups = groupsIn(fields);
  const property = valuePath !== null && reads.property ? propertyFor(valuePath, groups, slug) : {};
  return {
    rule: {
      ...namesIn(fields, slug),
      eventType: needText(fields, "eventType", MAX_EVENT_TYPE),
      metric: slug,
      aggregation,
      valuePath: readsNone ? null : valuePath,
      groups,
      ...property,
    },
    note: { ...noteIn(fields), ...(average ? { average: true as const } : {}) },
  };
}

/** Where values that are counted are kept, where a group has the name of theirs. */
function propertyFor(path: string, groups: Record<string, string>, slug: string) {
  const last = parsePath(path)?.at(-1);
  return last !== undefined && Object.hasOwn(groups, last) ? { property: `${slug}_value` } : {};
}

/** What of a rule a changed meter says: what it leaves out is as for a new one. Errors: 422. */
export function changeOf(
  body: unknown,
  held: Pick<Meter, "slug" | "note">,
): { change: Partial<RuleFields>; note: MeterNote } {
  const fields = fieldsOf(body);
  const { average } = held.note;
  return {
    change: { ...namesIn(fields, held.slug), groups: groupsIn(fields) },
    note: { ...noteIn(fields), ...(average ? { average } : {}) },
  };
}

function namesIn(fields: Fields, slug: string): { name: string; description: string } {
  const name = textIn(fields, "name", MAX_TEXT) ?? slug;
  return { name, description: textIn(fields, "description", MAX_DESCRIPTION) ?? "" };
}

function groupsIn(fields: Fields): Record<string, string> {
  const groups = textsIn(fields, "groupBy");
  for (const key of Object.keys(groups)) {
    if (key === "subject" || key === "customer_id" || !SLUG.test(key)) {
      const detail =
        "has letters, digits and underscores alone, and is neither subject nor customer_id";
      throw invalidField(`/groupBy/${key}`, detail);
    }
  }
  return groups;
}

function noteIn(fields: Fields): MeterNote {
  const metadata = metadataIn(fields);
  const eventFrom = textIn(fields, "eventFrom", MAX_TEXT);
  return { ...(metadata ? { metadata } : {}), ...(eventFrom === null ? {} : { eventFrom }) };
}

/** The metadata of any of OpenMeter's resources, null where there is none. Errors: 422. */
export function metadataIn(fields: Fields): Fields | null {
  const { metadata } = fields;
  if (metadata === undefined || metadata === null) return null;
  if (canonicalJson(metadata) !== null) return metadata as Fields;
  throw invalidField("/metadata", "is an object of at most 4096 bytes of JSON");
}

/** The meter of a rule. */
export function meterOfRule(rule: UsageRule, note: MeterNote): Meter {
  const { id, metric: slug, name, description, eventType, aggregation, valuePath, groups } = rule;
  const { createdMs, updatedMs } = rule;
  const shared = { id, slug, description, eventType, aggregation, valuePath, groups };
  return { ...shared, name: name || slug, createdMs, updatedMs, note };
}

/** A metric that no rule makes, as the meter of the events of its name. */
export function meterOfMetric({ name, description, aggregation, dimensions }: Metric): Meter {
  const groups = Object.fromEntries(dimensions.map((key) => [key, `$.${key}`]));
  const valuePath = readsValue(aggregation).quantity ? "$.value" : null;
  const shared = { id: name, slug: name, name, description, eventType: name, aggregation };
  return { ...shared, valuePath, groups, createdMs: 0, updatedMs: 0, note: {} };
}

/** A meter as OpenMeter shows it. */
export function meterBody(meter: Meter) {
  const { id, slug, name, description, eventType, aggregation, valuePath, groups, note } = meter;
  return {
    id,
    slug,
    name,
    ...(description === "" ? {} : { description }),
    eventType,
    aggregation: note.average ? AVERAGE : foreignName(aggregation),
    ...(valuePath === null ? {} : { valueProperty: valuePath }),
    ...(Object.keys(groups).length === 0 ? {} : { groupBy: groups }),
    ...(note.eventFrom === undefined ? {} : { eventFrom: note.eventFrom }),
    ...(note.metadata === undefined ? {} : { metadata: note.metadata }),
    createdAt: timeText(meter.createdMs),
    updatedAt: timeText(meter.updatedMs),
  };
}

/** What a meter's sum and events come to, in micro-units: the sum, or the average half to even. */
export function meteredValue({ note }: Meter, row: { valueMicro: bigint; events: number }): bigint {
  return note.average ? averageMicro(row.valueMicro, row.events) : row.valueMicro;
}

/** A sum divided by a count, half to even, in the sum's units; 0 of nothing. */
export function averageMicro(sum: bigint, count: number): bigint {
  if (count === 0) return 0n;
  const by = BigInt(count);
  const [whole, rest] = [sum / by, (sum % by) * 2n];
  const isUp = rest > by || (rest === by && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
}

/** Where rules name a field otherwise than meters. */
const FIELDS: readonly [from: RegExp, to: string][] = [
  [/^\/value_path/, "/valueProperty"],
  [/^\/group_paths/, "/groupBy"],
  [/^\/event_type/, "/eventType"],
  [/^\/metric_name/, "/slug"],
  [/^\/property/, "/valueProperty"],
];

/** Runs a verb of rules, with what it refuses said in a meter's words. */
export async function inMeterWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const [first] = error instanceof Problem ? (error.extra.errors ?? []) : [];
    if (!(error instanceof Problem) || !first) throw error;
    const [from, to] = FIELDS.find(([pattern]) => pattern.test(first.pointer)) ?? [/^/, ""];
    throw invalidField(first.pointer.replace(from, to), first.detail);
  }
}
