/** What the routes of usage rules take and answer. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { timeText } from "../../core/time.ts";
import { lineInput, pageQuery } from "../../platform/schema/openapi.ts";
import { AGGREGATION_NAMES } from "../aggregation/registry.ts";
import { MAX_NAME } from "../event/item.ts";
import { MAX_PATH, parsePath } from "./path.ts";
import { EVERY_TENANT, type UsageRule } from "./rule.ts";
import {
  MAX_DESCRIPTION,
  MAX_EVENT_TYPE,
  MAX_GROUPS,
  MAX_RULE_NAME,
  MAX_UNIT,
  PATH_NEEDS,
  type RuleFields,
  type RuleInput,
} from "./rule-input.ts";
import type { Tried } from "./try-event.ts";

const path = z
  .string()
  .refine((text) => parsePath(text) !== null, PATH_NEEDS)
  .openapi({ minLength: 1, maxLength: MAX_PATH });

const required = {
  event_type: lineInput(MAX_EVENT_TYPE).openapi({
    description: "The `type` of the events that it is for, exactly",
    example: "model.call",
  }),
  metric_name: lineInput(MAX_NAME).openapi({
    description: "The metric under which they count",
    example: "tokens",
  }),
};
const optional = {
  name: z.string().max(MAX_RULE_NAME).optional(),
  description: z.string().max(MAX_DESCRIPTION).optional(),
  unit: z.string().max(MAX_UNIT).optional(),
  aggregation: z.enum(AGGREGATION_NAMES).optional().openapi({ description: "`sum` if missing" }),
  property: lineInput(MAX_NAME).nullable().optional().openapi({
    description:
      "For `unique`: the metadata key that keeps what is counted; the path's last name if missing",
  }),
  value_path: path
    .nullable()
    .optional()
    .openapi({
      description:
        "Where in `data` the quantity stands, or for `unique` the value that is counted: a " +
        "JSONPath of names and positions, or a JSON pointer. Required but for `count`",
      example: "$.usage.tokens",
    }),
  user_path: path.nullable().optional().openapi({
    description: "Where in `data` the user stands; the event's `subject` where there is nothing",
  }),
  group_paths: z
    .record(z.string(), path)
    .refine((groups) => Object.keys(groups).length <= MAX_GROUPS, `has at most ${MAX_GROUPS}`)
    .optional()
    .openapi({
      type: "object",
      additionalProperties: { type: "string", maxLength: MAX_PATH },
      description:
        `Up to ${MAX_GROUPS} metadata keys, each with its path in \`data\`; the first four are ` +
        'the metric\'s dimensions. What is missing is the group ""',
      example: { model: "$.model" },
    }),
  active: z
    .boolean()
    .optional()
    .openapi({ description: "false: its events are not counted by it" }),
};

export const ruleInput = z.strictObject({ ...required, ...optional }).openapi("UsageRuleInput");
export const ruleChange = z
  .strictObject({ ...required, ...optional })
  .partial()
  .openapi("UsageRuleChange");
export const ruleParams = z.object({ id: z.string().max(100).openapi({ description: "its id" }) });
export const rulesQuery = z.strictObject({
  event_type: z.string().max(MAX_EVENT_TYPE).optional(),
  metric_name: z.string().max(MAX_NAME).optional(),
  ...pageQuery,
});

export const ruleSchema = z
  .object({
    id: z.string(),
    every_tenant: z.boolean().openapi({ description: "true for a rule that all tenants have" }),
    by_operator: z.boolean().openapi({ description: "true where only the operator changes it" }),
    event_type: z.string(),
    metric_name: z.string(),
    name: z.string(),
    description: z.string(),
    unit: z.string(),
    aggregation: z.enum(AGGREGATION_NAMES),
    property: z.string().nullable(),
    value_path: z.string().nullable(),
    user_path: z.string().nullable(),
    group_paths: z.record(z.string(), z.string()).openapi({
      type: "object",
      additionalProperties: { type: "string" },
    }),
    active: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .openapi("UsageRule");

export const triedSchema = z
  .object({
    event_type: z.string(),
    results: z.array(
      z.object({
        rule_id: z.string().nullable().openapi({
          description: "null where no rule is for the type: the type is the metric",
        }),
        metric_name: z.string().nullable(),
        event: z
          .object({
            id: z.string(),
            source: z.string(),
            metric_name: z.string(),
            quantity: z.number(),
            timestamp: z.string().nullable().openapi({ description: "null: when it is received" }),
            user_id: z.string().nullable(),
            metadata: z.record(z.string(), z.unknown()).openapi({ type: "object" }),
          })
          .nullable()
          .openapi({ description: "what would be recorded; null where that is refused" }),
        refused: z.object({ pointer: z.string(), code: z.string(), detail: z.string() }).nullable(),
      }),
    ),
  })
  .openapi("TriedEvent");

type Given = z.infer<typeof ruleChange>;

/** What of a rule a body gives, by the names that the verbs know. */
export function ruleFieldsOf(given: Given): Partial<RuleFields> {
  const { event_type, metric_name, value_path, user_path, group_paths, ...same } = given;
  const fields = {
    ...same,
    eventType: event_type,
    metric: metric_name,
    valuePath: value_path,
    userPath: user_path,
    groups: group_paths,
  };
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<RuleFields>;
}

/** A new rule as a body gives it. */
export function ruleInputOf(given: z.infer<typeof ruleInput>): RuleInput {
  return { ...ruleFieldsOf(given), eventType: given.event_type, metric: given.metric_name };
}

/** A rule as the API answers it. */
export function showRule(rule: UsageRule): z.infer<typeof ruleSchema> {
  return {
    id: rule.id,
    every_tenant: rule.tenant === EVERY_TENANT,
    by_operator: rule.byOperator,
    event_type: rule.eventType,
    metric_name: rule.metric,
    name: rule.name,
    description: rule.description,
    unit: rule.unit,
    aggregation: rule.aggregation,
    property: rule.property,
    value_path: rule.valuePath,
    user_path: rule.userPath,
    group_paths: { ...rule.groups },
    active: rule.active,
    created_at: timeText(rule.createdMs),
    updated_at: timeText(rule.updatedMs),
  };
}

/** What would become of an event, as the API answers it. */
export function showTried({ eventType, results }: Tried): z.infer<typeof triedSchema> {
  return {
    event_type: eventType,
    results: results.map(({ rule, event, refused }) => ({
      rule_id: rule?.id ?? null,
      metric_name: rule?.metric ?? event?.metric_name ?? null,
      event: event && {
        id: event.id,
        source: event.source,
        metric_name: event.metric_name,
        quantity: exactNumber(event.quantity),
        timestamp: event.timestamp ?? null,
        user_id: event.user_id ?? null,
        metadata: event.metadata ?? {},
      },
      refused,
    })),
  };
}
