/** Rows of plans and their versions. */
import { and, asc, desc, eq, gt } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { Price } from "../price/registry.ts";
import { plans, planVersions } from "./table.ts";
import type { Offer, Version, Versions } from "./version.ts";

export type Plan = typeof plans.$inferSelect;
export type PlanVersion = typeof planVersions.$inferSelect;
export type VersionedPlan = { plan: Plan; version: PlanVersion };

/** A plan by its code or id, or null. */
export async function readPlan(db: D1Database, name: string): Promise<Plan | null> {
  const column = name.startsWith("pln_") ? plans.id : plans.code;
  const [row] = await orm(db).select().from(plans).where(eq(column, name));
  return row ?? null;
}

/** Plans, archived ones too, ascending by code, from the first after `after` on. */
export async function listPlans(
  db: D1Database,
  slice: { after: string | null; limit: number },
): Promise<Plan[]> {
  return orm(db)
    .select()
    .from(plans)
    .where(slice.after === null ? undefined : gt(plans.code, slice.after))
    .orderBy(asc(plans.code))
    .limit(slice.limit);
}

/** A plan's versions, newest first. */
export async function listVersions(db: D1Database, planId: string): Promise<PlanVersion[]> {
  return orm(db)
    .select()
    .from(planVersions)
    .where(eq(planVersions.planId, planId))
    .orderBy(desc(planVersions.version));
}

/** One version of a plan, or its newest. */
export async function readPlanVersion(
  db: D1Database,
  planId: string,
  version: number | null,
): Promise<PlanVersion | null> {
  const [row] = await orm(db)
    .select()
    .from(planVersions)
    .where(
      and(
        eq(planVersions.planId, planId),
        version === null ? undefined : eq(planVersions.version, version),
      ),
    )
    .orderBy(desc(planVersions.version))
    .limit(1);
  return row ?? null;
}

/** A version by its id, or null. */
export async function readVersion(db: D1Database, id: string): Promise<PlanVersion | null> {
  const [row] = await orm(db).select().from(planVersions).where(eq(planVersions.id, id));
  return row ?? null;
}

/** Versions with all that metering and rating need of them, by id. They never change. */
export async function readVersions(db: D1Database, ids: Iterable<string>): Promise<Versions> {
  const wanted = JSON.stringify([...new Set(ids)]);
  const [versions, offers] = await db.batch<never>([
    db
      .prepare(
        `SELECT v.id, v.plan_id AS planId, p.code AS planCode, p.name AS planName, v.version,
                v.currency, v.grace_ms AS graceMs, v.finalize_zero AS finalizeZero,
                v.minimum_minor AS minimumMinor, v.least_invoice_minor AS leastInvoiceMinor
         FROM plan_versions v JOIN plans p ON p.id = v.plan_id
         WHERE v.id IN (SELECT value FROM json_each(?))`,
      )
      .bind(wanted),
    db
      .prepare(
        `SELECT version_id AS versionId, metric, CAST(included_micro AS TEXT) AS includedMicro,
                model, rates, hard, thresholds
         FROM plan_prices WHERE version_id IN (SELECT value FROM json_each(?))
         ORDER BY version_id, position`,
      )
      .bind(wanted),
  ]);
  const offerRows: OfferRow[] = offers?.results ?? [];
  const versionRows: VersionRow[] = versions?.results ?? [];
  return new Map(
    versionRows.map((row) => [
      row.id,
      {
        ...row,
        finalizeZero: row.finalizeZero === 1,
        minimumMinor: BigInt(row.minimumMinor),
        leastInvoiceMinor: BigInt(row.leastInvoiceMinor),
        offers: offerRows.filter(({ versionId }) => versionId === row.id).map(offerFrom),
      },
    ]),
  );
}

type VersionRow = Omit<
  Version,
  "offers" | "finalizeZero" | "minimumMinor" | "leastInvoiceMinor"
> & { finalizeZero: number; minimumMinor: number; leastInvoiceMinor: number };
type OfferRow = {
  versionId: string;
  metric: string;
  includedMicro: string;
  model: Price["model"];
  rates: string;
  hard: number;
  thresholds: string;
};

function offerFrom(row: OfferRow): Offer {
  const { metric, model } = row;
  const price = { metric, includedMicro: BigInt(row.includedMicro), model, ...ratesOf(row.rates) };
  const thresholds = JSON.parse(row.thresholds) as number[];
  return { price: price as Price, hard: row.hard === 1, thresholds };
}

/** A model's own terms as JSON; bigints are text under names that end in `Micro`. */
function ratesText(price: Price): string {
  const { metric: _, includedMicro: __, model: ___, ...rates } = price;
  return JSON.stringify(rates, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

function ratesOf(text: string): Record<string, unknown> {
  return JSON.parse(text, (key, value: unknown) =>
    key.endsWith("Micro") && typeof value === "string" ? BigInt(value) : value,
  ) as Record<string, unknown>;
}

/** The same code twice fails on `plans`. */
export function insertPlan(db: D1Database, plan: Plan): D1PreparedStatement {
  return statement(db, orm(db).insert(plans).values(plan));
}

/** Renames, describes or archives a plan. */
export function updatePlan(
  db: D1Database,
  id: string,
  change: Partial<Pick<Plan, "name" | "description" | "archivedMs">>,
): D1PreparedStatement {
  return statement(db, orm(db).update(plans).set(change).where(eq(plans.id, id)));
}

/** A version and its offers; the same number twice fails on `plan_versions`. */
export function insertVersion(
  db: D1Database,
  version: PlanVersion,
  offers: readonly Offer[],
): D1PreparedStatement[] {
  const rows = offers.map(({ price, hard, thresholds }, position) => ({
    metric: price.metric,
    position,
    included: price.includedMicro.toString(),
    model: price.model,
    rates: ratesText(price),
    hard: hard ? 1 : 0,
    thresholds: JSON.stringify(thresholds),
  }));
  return [
    statement(db, orm(db).insert(planVersions).values(version)),
    db
      .prepare(
        `INSERT INTO plan_prices
           (version_id, metric, position, included_micro, model, rates, hard, thresholds)
         SELECT ?1, value ->> 'metric', value ->> 'position',
                CAST(value ->> 'included' AS INTEGER), value ->> 'model', value ->> 'rates',
                value ->> 'hard', value ->> 'thresholds'
         FROM json_each(?2)`,
      )
      .bind(version.id, JSON.stringify(rows)),
  ];
}
