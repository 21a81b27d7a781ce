/**
 * The catalogue of metrics: the ten that every tenant has, and each tenant's own, registered by
 * their first use or declared. Owns the tables `metrics` and `metric_versions`.
 */
import {
  and,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  ne,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { rowsOfValues } from "../../core/rows.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { preparedRead } from "../../platform/db/prepared.ts";
import { packedSql, unpacked } from "../../platform/db/sql.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { type Aggregation, DEFAULT_AGGREGATION } from "../aggregation/registry.ts";
import type { Counter } from "../counter/terms.ts";
import { displayNameOf, wordsOfId } from "./display-name.ts";
import { metrics, metricVersions } from "./table.ts";

export type Metric = {
  name: string;
  description: string;
  /** What people read of it; empty where nobody named it. */
  displayName: string;
  unit: string;
  aggregation: Aggregation;
  property: string | null;
  dimensions: string[];
  /** True for the ten that every tenant has. */
  standard: boolean;
};

/** How a metric counts that nobody declared, without its name. */
export const UNDECLARED: Metric = {
  name: "",
  description: "",
  displayName: "",
  unit: "",
  aggregation: DEFAULT_AGGREGATION,
  property: null,
  dimensions: [],
  standard: false,
};

/** The tenant of the metrics that every tenant has. */
const EVERY_TENANT = "*";

/** The metrics that a tenant can record, by name; or the one of a name. */
function metricsOf(db: D1Database, tenant: string, name?: string) {
  return metricsWhere(db, tenant, name === undefined ? undefined : eq(metrics.name, name));
}

function metricsWhere(db: D1Database, tenant: string, condition: SQL | undefined) {
  const { createdMs: _, declared: __, ...columns } = getTableColumns(metrics);
  return orm(db)
    .select(columns)
    .from(metrics)
    .where(and(inArray(metrics.tenant, [EVERY_TENANT, tenant]), condition))
    .orderBy(metrics.name);
}

type Row = Omit<Metric, "standard"> & { tenant: string };

function metricOf({ tenant, ...metric }: Row): Metric {
  return { ...metric, standard: tenant === EVERY_TENANT };
}

const { tenant, name, description, displayName, unit } = metrics;
const { aggregation, property, dimensions, declared } = metrics;
const OF_TENANT = sql`${tenant} IN (${EVERY_TENANT}, ${sql.placeholder("tenant")})`;
const LISTED = packedSql<"tenant">(
  [name, tenant, description, displayName, unit, aggregation, property, dimensions],
  sql`FROM ${metrics} WHERE ${OF_TENANT}`,
);
type ListedRow = [
  name: string,
  tenant: string,
  description: string,
  displayName: string,
  unit: string,
  aggregation: Aggregation,
  property: string | null,
  dimensions: string,
];

function metricFrom(row: ListedRow): Metric {
  const [name, tenant, description, displayName, unit, aggregation, property, json] = row;
  const dimensions = json === NONE ? [] : (JSON.parse(json) as string[]);
  const shown = { name, description, displayName, unit };
  return { ...shown, aggregation, property, dimensions, standard: tenant === EVERY_TENANT };
}

/** The dimensions of most metrics. */
const NONE = "[]";

/** The standard metrics in their order, then the tenant's own by name. */
export async function listMetrics(db: D1Database, tenant: string): Promise<Metric[]> {
  const { results } = await LISTED(db, { tenant }).all<{ packed: string }>();
  const found = byName(unpacked<ListedRow>(results)).map(metricFrom);
  return [...standardFirst(found), ...found.filter((metric) => !metric.standard)];
}

/** Rows that begin with a metric's name, in the order of these. */
function byName<Row extends readonly [name: string, ...unknown[]]>(rows: Row[]): Row[] {
  return rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function standardFirst(found: readonly Metric[]): Metric[] {
  const order = (metric: Metric) => STANDARD.indexOf(metric.name);
  return found.filter(({ standard }) => standard).sort((a, b) => order(a) - order(b));
}

/** A slice of that list, from behind the metric of the name `after` on. */
export async function sliceMetrics(
  db: D1Database,
  tenant: string,
  { after, limit }: Slice,
): Promise<Metric[]> {
  const last = after === null ? -1 : STANDARD.indexOf(after);
  const amongOwn = after !== null && last < 0;
  const { createdMs: _, declared: __, ...columns } = getTableColumns(metrics);
  const [standard, own] = await Promise.all([
    amongOwn ? [] : listMetrics(db, EVERY_TENANT).then(standardFirst),
    orm(db)
      .select(columns)
      .from(metrics)
      .where(and(eq(metrics.tenant, tenant), gt(metrics.name, amongOwn ? after : "")))
      .orderBy(metrics.name)
      .limit(limit),
  ]);
  return [...standard.slice(last + 1), ...own.map(metricOf)].slice(0, limit);
}

/** The metrics that every tenant has, in their order. */
export const STANDARD = [
  "quotes_generated",
  "invoices_generated",
  "api_calls",
  "storage_gb",
  "users_active",
  "support_tickets",
  "email_sent",
  "pdf_generated",
  "webhook_calls",
  "export_operations",
];

/** True for the name of a metric that every tenant has. */
export function isStandard(name: string): boolean {
  return STANDARD.includes(name);
}

/** A standard metric or one of the tenant's own, or null. */
export async function readMetric(
  db: D1Database,
  tenant: string,
  name: string,
): Promise<Metric | null> {
  const [row] = await metricsOf(db, tenant, name);
  return row ? metricOf(row) : null;
}

/** Of some names, by tenant, those of its own metrics that the ledger has. */
export async function knownMetricsOf(
  db: D1Database,
  names: readonly (readonly [tenant: string, names: readonly string[]])[],
): Promise<Map<string, Set<string>>> {
  const pairs = names.flatMap(([tenant, own]) => own.map((name) => [tenant, name]));
  const asked = rowsOfValues(pairs).map((some) =>
    orm(db).all<{ tenant: string; name: string }>(sql`
      SELECT ${metrics.tenant} AS tenant, ${metrics.name} AS name
      FROM json_each(${some}) AS pair
      JOIN ${metrics} ON ${metrics.tenant} = pair.value->>0 AND ${metrics.name} = pair.value->>1`),
  );
  const rows = (await Promise.all(asked)).flat();
  const known = new Map<string, Set<string>>();
  for (const { tenant, name } of rows) {
    const own = known.get(tenant);
    if (own) own.add(name);
    else known.set(tenant, new Set([name]));
  }
  return known;
}

/** What people read of some metrics, by name. */
export async function readDisplayNames(
  db: D1Database,
  tenant: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const some = sql`${metrics.name} IN ${eachOf(names)}`;
  const rows = names.length === 0 ? [] : await metricsWhere(db, tenant, some);
  const known = new Map(rows.map((row) => [row.name, displayNameOf(row)]));
  return new Map(names.map((name) => [name, known.get(name) ?? wordsOfId(name)]));
}

/** How many metrics a tenant has, its own and those of every tenant. */
export async function countMetrics(db: D1Database, tenant: string): Promise<number> {
  return orm(db).$count(metrics, inArray(metrics.tenant, [tenant, EVERY_TENANT]));
}

/** Metrics that somebody declared, and those of every tenant. */
const DECLARED = or(
  eq(tenant, EVERY_TENANT),
  eq(declared, true),
  ne(aggregation, DEFAULT_AGGREGATION),
  isNotNull(property),
  ne(dimensions, []),
);

const COUNTED = packedSql<"tenant">(
  [name, aggregation, property, dimensions],
  sql`FROM ${metrics} WHERE ${OF_TENANT} AND ${DECLARED}`,
);
type CountedRow = [
  name: string,
  aggregation: Aggregation,
  property: string | null,
  dimensions: string,
];
const HELD = preparedRead<"tenant", typeof metricVersions.$inferSelect>((queries) =>
  queries
    .select()
    .from(metricVersions)
    .where(eq(metricVersions.tenant, sql.placeholder("tenant"))),
);

/**
 * What the meter is told: how each metric counts, and whether it refuses others. Names that were
 * only used count as every name does, so what is told grows with declarations, not with names.
 */
export async function readCatalogue(
  db: D1Database,
  tenant: string,
): Promise<{ version: number; counters: Counter[]; strict: boolean }> {
  const version = HELD(db, { tenant });
  const [heldRows, rows] = await db.batch([version.statement, COUNTED(db, { tenant })]);
  const [held] = version.fromBatch(heldRows as D1Result);
  const counters = byName(unpacked<CountedRow>((rows?.results ?? []) as { packed: string }[]));
  return {
    version: held?.version ?? 0,
    counters: counters.map(([metric, aggregation, property, json]) => {
      const dimensions = json === NONE ? [] : (JSON.parse(json) as string[]);
      return { metric, aggregation, property, dimensions };
    }),
    strict: held?.strict ?? false,
  };
}

/** What the meter is told of a metric. */
export function counterOfMetric(
  metric: Pick<Metric, "name" | Exclude<keyof Counter, "metric">>,
): Counter {
  const { name, aggregation, property, dimensions } = metric;
  return { metric: name, aggregation, property, dimensions };
}

/**
 * The statements that declare a tenant's metric, new or known, and raise the catalogue's version,
 * which the last of them returns: `raisedVersion` reads it.
 */
export function declareStatements(
  db: D1Database,
  tenant: string,
  metric: Omit<Metric, "standard">,
  nowMs: number,
): D1PreparedStatement[] {
  const { name, ...change } = metric;
  const declared = orm(db)
    .insert(metrics)
    .values({ tenant, name, ...change, createdMs: nowMs, declared: true })
    .onConflictDoUpdate({
      target: [metrics.tenant, metrics.name],
      set: { ...change, declared: true },
    });
  return [statement(db, declared), raiseVersion(db, tenant, {})];
}

function raiseVersion(
  db: D1Database,
  tenant: string,
  change: { strict?: boolean },
): D1PreparedStatement {
  const raised = orm(db)
    .insert(metricVersions)
    .values({ tenant, version: 1, ...change })
    .onConflictDoUpdate({
      target: metricVersions.tenant,
      set: { version: sql`${metricVersions.version} + 1`, ...change },
    })
    .returning({ version: metricVersions.version });
  return statement(db, raised);
}

/** Has a tenant's meter refuse what nobody declared, or take it; raises the catalogue's version. */
export function setStrict(db: D1Database, tenant: string, strict: boolean): D1PreparedStatement {
  return raiseVersion(db, tenant, { strict });
}

/** True where a tenant's meter refuses metrics that nobody declared and no plan prices. */
export async function readStrict(db: D1Database, tenant: string): Promise<boolean> {
  const [held] = await orm(db)
    .select({ strict: metricVersions.strict })
    .from(metricVersions)
    .where(eq(metricVersions.tenant, tenant));
  return held?.strict ?? false;
}

/** The version that `declareStatements` made, from what its last statement returned. */
export function raisedVersion(result: D1Result | undefined): number {
  const [row] = (result?.results ?? []) as { version: number }[];
  if (!row) throw new Error("no version was raised");
  return row.version;
}
