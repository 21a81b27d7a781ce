/** Pure. A usage rule as a form, and an event of its type to begin with. */
import { AGGREGATION_NAMES } from "../../metering/aggregation/registry.ts";
import { type Path, parsePath, pointerOf } from "../../metering/intake/path.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { MAX_GROUPS } from "../../metering/intake/rule-input.ts";
import type { Refused } from "../component/form.tsx";
import { type Body, bodyOf, type Field, type Part, rowsOf, type Sent } from "../form/form.ts";

/** What every rule has. */
export const RULE_FIELDS: readonly Field[] = [
  {
    pointer: "/event_type",
    label: "Event type",
    kind: "line",
    required: true,
    placeholder: "model.call",
  },
  {
    pointer: "/metric_name",
    label: "Metric",
    kind: "line",
    required: true,
    placeholder: "tokens",
  },
  {
    pointer: "/aggregation",
    label: "Aggregation",
    kind: "choice",
    options: AGGREGATION_NAMES.map((value) => ({ value: value as string, label: value })),
  },
  {
    pointer: "/value_path",
    label: "Path of the value",
    kind: "line",
    clears: true,
    placeholder: "$.usage.tokens",
    hint: "in the event's data; not needed for count",
  },
];

/** What some rules have beside. */
export const MORE_FIELDS: readonly Field[] = [
  {
    pointer: "/property",
    label: "Property that stores the value",
    kind: "line",
    clears: true,
    hint: "only for unique; empty: the last part of the path",
  },
  {
    pointer: "/user_path",
    label: "Path of the user",
    kind: "line",
    clears: true,
    placeholder: "$.customer.id",
    hint: "empty: the event's subject",
  },
  { pointer: "/name", label: "Name", kind: "line" },
  { pointer: "/unit", label: "Unit", kind: "line", placeholder: "tokens" },
  { pointer: "/description", label: "Description", kind: "text" },
];

const GROUP_FIELDS: readonly Field[] = [
  { pointer: "/key", label: "Group by", kind: "line", placeholder: "model" },
  { pointer: "/path", label: "Path", kind: "line", placeholder: "$.model" },
];
export const GROUPS: Part = {
  pointer: "/groups",
  legend: "Group",
  fields: GROUP_FIELDS,
  most: MAX_GROUPS,
};

/** What the form's fields stand for at their pointers. */
export const RULE_POINTERS = [...RULE_FIELDS, ...MORE_FIELDS].map(({ pointer }) => pointer);

type Group = { key?: string; path?: string };

/** What was sent: as the form shows it again, and as the API takes all of a rule. */
export function ruleSent(sent: Sent): { values: Body; body: Body } {
  const fields = bodyOf([...RULE_FIELDS, ...MORE_FIELDS], sent);
  const groups = rowsOf(sent, GROUPS.pointer, GROUP_FIELDS).map(({ body }) => body as Group);
  const paths = groups.map(({ key = "", path = "" }) => [key, path] as const);
  // What is left empty of a text is taken away.
  const texts = { name: "", unit: "", description: "" };
  return {
    values: { ...fields, groups },
    body: { ...texts, ...fields, group_paths: Object.fromEntries(paths) },
  };
}

/** A rule as its form shows it. */
export function valuesOf(rule: UsageRule): Body {
  return {
    event_type: rule.eventType,
    metric_name: rule.metric,
    aggregation: rule.aggregation,
    value_path: rule.valuePath,
    property: rule.property,
    user_path: rule.userPath,
    name: rule.name,
    unit: rule.unit,
    description: rule.description,
    groups: Object.entries(rule.groups).map(([key, path]) => ({ key, path })),
  };
}

/** Moves errors of a group, which the API names by its key, to its row. */
export function atRows({ detail, errors }: Refused, values: Body): Refused {
  const groups = values.groups as Group[];
  const moved = errors.map((error) => {
    const row = groups.findIndex(
      ({ key = "" }) => error.pointer === `/group_paths${pointerOf([key])}`,
    );
    return row < 0 ? error : { ...error, pointer: `${GROUPS.pointer}/${row}/path` };
  });
  return { detail, errors: moved };
}

/** How a rule counts, in a few words: `sum of $.tokens`. */
export function countedText({ aggregation, valuePath }: UsageRule): string {
  return valuePath === null ? aggregation : `${aggregation} of ${valuePath}`;
}

/** An event that a rule counts, as it may be sent. */
export function sampleEvent(rule: UsageRule): Body {
  const inner = plainObject();
  for (const [name, path] of Object.entries(rule.groups)) put(inner, parsePath(path) ?? [], name);
  put(inner, parsePath(rule.userPath ?? "$") ?? [], "user-42");
  const value = parsePath(rule.valuePath ?? "$") ?? [];
  put(inner, value, 1);
  const isAll = rule.valuePath !== null && value.length === 0;
  const data = isAll ? 1 : inner;
  return { specversion: "1.0", id: "try-1", source: "/try", type: rule.eventType, data };
}

/** An object in which every name is its own, `__proto__` too: paths are what anybody typed. */
function plainObject(): Body {
  return Object.create(null) as Body;
}

const POSITION = /^(?:0|[1-9]\d?)$/;

/** Puts a value where a path leads, with what is on the way; a position makes a list. */
function put(data: Body, path: Path, value: unknown): void {
  let parent = data;
  path.forEach((part, i) => {
    const next = path[i + 1];
    const held = parent[part];
    if (next === undefined) parent[part] = value;
    else if (leadsOn(held, next)) parent = held;
    else {
      const made = POSITION.test(next) ? ([] as unknown as Body) : plainObject();
      parent[part] = made;
      parent = made;
    }
  });
}

function leadsOn(held: unknown, next: string): held is Body {
  if (Array.isArray(held)) return POSITION.test(next);
  return typeof held === "object" && held !== null;
}
