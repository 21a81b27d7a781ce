/** The tables of the catalogue. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { type Aggregation, DEFAULT_AGGREGATION } from "../aggregation/registry.ts";

/** What a tenant can record. The tenant `*` has the metrics that every tenant has. */
export const metrics = sqliteTable(
  "metrics",
  {
    tenant: text("tenant").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    /** Empty where nobody named it: `displayNameOf` says what people read. */
    displayName: text("display_name").notNull().default(""),
    unit: text("unit").notNull().default(""),
    aggregation: text("aggregation").$type<Aggregation>().notNull().default(DEFAULT_AGGREGATION),
    property: text("property"),
    dimensions: text("dimensions", { mode: "json" }).$type<string[]>().notNull().default([]),
    createdMs: integer("created_ms").notNull(),
    /** False for a name that was only recorded under. */
    declared: integer("declared", { mode: "boolean" }).notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.name] })],
);

/** Grows with each change of a tenant's catalogue; the meter takes only newer ones. */
export const metricVersions = sqliteTable("metric_versions", {
  tenant: text("tenant").primaryKey(),
  version: integer("version").notNull(),
  /** True where metrics that nobody declared and no plan prices are refused. */
  strict: integer("strict", { mode: "boolean" }).notNull().default(false),
});
