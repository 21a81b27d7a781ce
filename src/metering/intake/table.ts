/** The table of usage rules. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Aggregation } from "../aggregation/registry.ts";

/** How incoming events are counted. The tenant `*` has the rules that hold for every tenant. */
export const usageRules = sqliteTable(
  "usage_rules",
  {
    id: text("id").primaryKey(),
    tenant: text("tenant").notNull(),
    eventType: text("event_type").notNull(),
    metric: text("metric").notNull(),
    name: text("name").notNull().default(""),
    description: text("description").notNull().default(""),
    unit: text("unit").notNull().default(""),
    aggregation: text("aggregation").$type<Aggregation>().notNull(),
    property: text("property"),
    valuePath: text("value_path"),
    userPath: text("user_path"),
    /** Metadata keys with their paths, in their order. */
    groups: text("group_paths", { mode: "json" })
      .$type<Record<string, string>>()
      .notNull()
      .default({}),
    active: integer("active", { mode: "boolean" }).notNull().default(true),
    byOperator: integer("by_operator", { mode: "boolean" }).notNull(),
    createdMs: integer("created_ms").notNull(),
    updatedMs: integer("updated_ms").notNull(),
  },
  (t) => [
    uniqueIndex("usage_rules_once").on(t.tenant, t.eventType, t.metric),
    index("usage_rules_by_metric").on(t.tenant, t.metric),
  ],
);
