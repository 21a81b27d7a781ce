/**
 * The catalogue of metrics: the ten that every tenant has, and each tenant's own, registered by
 * their first use or declared. Owns the tables `metrics` and `metric_versions`.
 */
import type { Aggregation } from "../aggregation/registry.ts";
import type { Counter } from "../counter/terms.ts";

export type Metric = {
  name: string;
  description: string;
  unit: string;
  aggregation: Aggregation;
  property: string | null;
  dimensions: string[];
  /** True for the ten that every tenant has. */
  standard: boolean;
};

type Row = Omit<Metric, "dimensions" | "standard"> & { tenant: string; dimensions: string };

const SELECT = `SELECT tenant, name, description, unit, aggregation, property, dimensions
  FROM metrics WHERE tenant IN ('*', ?1)`;

function metricOf(row: Row): Metric {
  const { tenant, dimensions, ...rest } = row;
  return { ...rest, dimensions: JSON.parse(dimensions) as string[], standard: tenant === "*" };
}

/** The standard metrics in their order, then the tenant's own by name. */
export async function listMetrics(db: D1Database, tenant: string): Promise<Metric[]> {
  const { results } = await db
    .prepare(`${SELECT} ORDER BY tenant = '*' DESC, name`)
    .bind(tenant)
    .all<Row>();
  const metrics = results.map(metricOf);
  const order = (metric: Metric) => STANDARD.indexOf(metric.name);
  const standard = metrics.filter((metric) => metric.standard);
  return [
    ...standard.sort((a, b) => order(a) - order(b)),
    ...metrics.filter((metric) => !metric.standard),
  ];
}

const STANDARD = [
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
  const row = await db.prepare(`${SELECT} AND name = ?2`).bind(tenant, name).first<Row>();
  return row ? metricOf(row) : null;
}

/** What the meter is told: how each of the tenant's own metrics counts. */
export async function readCatalogue(
  db: D1Database,
  tenant: string,
): Promise<{ version: number; counters: Counter[] }> {
  const [version, metrics] = await db.batch<Row & { version: number }>([
    db.prepare("SELECT version FROM metric_versions WHERE tenant = ?").bind(tenant),
    db.prepare(`${SELECT} ORDER BY name`).bind(tenant),
  ]);
  return {
    version: version?.results[0]?.version ?? 0,
    counters: (metrics?.results ?? []).map(metricOf).map(counterOfMetric),
  };
}

/** What the meter is told of a metric. */
export function counterOfMetric(metric: Metric): Counter {
  const { name, aggregation, property, dimensions } = metric;
  return { metric: name, aggregation, property, dimensions };
}

/** Declares a tenant's metric, new or known, and raises the catalogue's version. */
export function declareStatements(
  db: D1Database,
  tenant: string,
  metric: Omit<Metric, "standard">,
  nowMs: number,
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO metrics
           (tenant, name, description, unit, aggregation, property, dimensions, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (tenant, name) DO UPDATE SET description = ?3, unit = ?4, aggregation = ?5,
           property = ?6, dimensions = ?7`,
      )
      .bind(
        tenant,
        metric.name,
        metric.description,
        metric.unit,
        metric.aggregation,
        metric.property,
        JSON.stringify(metric.dimensions),
        nowMs,
      ),
    db
      .prepare(
        `INSERT INTO metric_versions (tenant, version) VALUES (?, 1)
         ON CONFLICT (tenant) DO UPDATE SET version = version + 1`,
      )
      .bind(tenant),
  ];
}
