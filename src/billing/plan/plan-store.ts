/** Rows of plans and their versions. */
import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { evictOldest } from "../../core/recent.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead, rowsOfReads } from "../../platform/db/prepared.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import type { Slice } from "../../platform/http/slice.ts";
import type { Price } from "../price/registry.ts";
import { planPrices, plans, planVersions } from "./table.ts";
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

/** A plan by its code or id with its newest version, read in one turn; null without either. */
export async function readNewest(db: D1Database, name: string): Promise<VersionedPlan | null> {
  const [row] = await orm(db)
    .select({ plan: getTableColumns(plans), version: getTableColumns(planVersions) })
    .from(plans)
    .innerJoin(planVersions, eq(planVersions.planId, plans.id))
    .where(eq(name.startsWith("pln_") ? plans.id : plans.code, name))
    .orderBy(desc(planVersions.version))
    .limit(1);
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

/** A plan's versions, newest first; `after` is the number of the last one that was shown. */
export async function listVersions(
  db: D1Database,
  planId: string,
  { after, limit }: Slice,
): Promise<PlanVersion[]> {
  return orm(db)
    .select()
    .from(planVersions)
    .where(
      and(
        eq(planVersions.planId, planId),
        after === null ? undefined : lt(planVersions.version, Number(after)),
      ),
    )
    .orderBy(desc(planVersions.version))
    .limit(limit);
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

/** The newest version of each of some plans, by the plan's id. */
export async function newestVersions(
  db: D1Database,
  planIds: readonly string[],
): Promise<Map<string, PlanVersion>> {
  const other = alias(planVersions, "other");
  const newest = sql`(SELECT max(${other.version}) FROM ${planVersions} AS "other"
    WHERE ${other.planId} = ${planVersions.planId})`;
  const rows = await orm(db)
    .select()
    .from(planVersions)
    .where(and(inArray(planVersions.planId, eachOf(planIds)), eq(planVersions.version, newest)));
  return new Map(rows.map((row) => [row.planId, row]));
}

/** A version by its id, or null. */
export async function readVersion(db: D1Database, id: string): Promise<PlanVersion | null> {
  const [row] = await orm(db).select().from(planVersions).where(eq(planVersions.id, id));
  return row ?? null;
}

/**
 * What versions offer, by their ids: it never changes, and a page reads it several times. A hundred
 * prices have some 20 KB.
 */
const offersKnown = new Map<string, readonly Offer[]>();
const OFFERS_KNOWN = 50;

/** Versions with all that metering and rating need of them, by id. */
export async function readVersions(db: D1Database, ids: Iterable<string>): Promise<Versions> {
  const asked = [...new Set(ids)];
  const versions = VERSIONS(db, { ids: JSON.stringify(asked) });
  const unknown = asked.filter((id) => !offersKnown.has(id));
  if (unknown.length === 0) return withOffers(db, await rowsOfRead(versions));
  const offers = OFFERS(db, { ids: JSON.stringify(unknown) });
  return withOffers(db, ...(await rowsOfReads<[VersionRow, OfferRow]>(db, [versions, offers])));
}

/** Versions with what they offer: known, among `given`, or read. */
export async function withOffers(
  db: D1Database,
  versionRows: readonly VersionRow[],
  given: readonly OfferRow[] = [],
): Promise<Versions> {
  const known = new Map(versionRows.map(({ id }) => [id, offersKnown.get(id)]));
  const found = new Set(given.map(({ versionId }) => versionId));
  const unknown = [...known.keys()].filter((id) => !known.get(id) && !found.has(id));
  const offerRows =
    unknown.length === 0
      ? given
      : [...given, ...(await rowsOfRead(OFFERS(db, { ids: JSON.stringify(unknown) })))];
  const offersOf = Map.groupBy(offerRows, ({ versionId }) => versionId);
  for (const { id } of versionRows) {
    const offers = known.get(id) ?? (offersOf.get(id) ?? []).map(offerFrom);
    known.set(id, offers);
    // Again where it was known: what was not asked for longest goes first.
    offersKnown.delete(id);
    evictOldest(offersKnown, OFFERS_KNOWN);
    offersKnown.set(id, offers);
  }
  return new Map(
    versionRows.map((row) => [
      row.id,
      {
        ...row,
        minimumMinor: BigInt(row.minimumMinor),
        leastInvoiceMinor: BigInt(row.leastInvoiceMinor),
        offers: known.get(row.id) ?? [],
      },
    ]),
  );
}

/** What is read of a version, joined with its plan. */
export const VERSION = {
  id: planVersions.id,
  planId: planVersions.planId,
  planCode: plans.code,
  planName: plans.name,
  version: planVersions.version,
  currency: planVersions.currency,
  graceMs: planVersions.graceMs,
  finalizeZero: planVersions.finalizeZero,
  minimumMinor: planVersions.minimumMinor,
  leastInvoiceMinor: planVersions.leastInvoiceMinor,
};

const OFFER = {
  versionId: planPrices.versionId,
  metric: planPrices.metric,
  includedMicro: sql<string>`CAST(${planPrices.includedMicro} AS TEXT)`,
  model: planPrices.model,
  rates: sql<string>`${planPrices.rates}`,
  hard: planPrices.hard,
  thresholds: planPrices.thresholds,
};

const IDS = sql`(SELECT value FROM json_each(${sql.placeholder("ids")}))`;
const VERSIONS = preparedRead<"ids", VersionRow>((queries) =>
  queries
    .select(VERSION)
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .where(inArray(planVersions.id, IDS)),
);
const OFFERS = preparedRead<"ids", OfferRow>((queries) =>
  queries
    .select(OFFER)
    .from(planPrices)
    .where(inArray(planPrices.versionId, IDS))
    .orderBy(planPrices.versionId, planPrices.position),
);

export type VersionRow = Omit<Version, "offers" | "minimumMinor" | "leastInvoiceMinor"> &
  Pick<PlanVersion, "minimumMinor" | "leastInvoiceMinor">;

type OfferRow = Pick<
  typeof planPrices.$inferSelect,
  "versionId" | "metric" | "model" | "hard" | "thresholds"
> & {
  includedMicro: string;
  rates: string;
};

function offerFrom({ metric, model, hard, thresholds, ...row }: OfferRow): Offer {
  const price = { metric, includedMicro: BigInt(row.includedMicro), model, ...ratesOf(row.rates) };
  return { price: price as Price, hard, thresholds };
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
  const { versionId, metric, position, includedMicro, model, rates, hard, thresholds } = planPrices;
  const columns = columnNames(
    versionId,
    metric,
    position,
    includedMicro,
    model,
    rates,
    hard,
    thresholds,
  );
  const insertPrices = sql`
    INSERT INTO ${planPrices} (${columns})
    SELECT ${version.id}, value ->> 'metric', value ->> 'position',
           CAST(value ->> 'included' AS INTEGER), value ->> 'model', value ->> 'rates',
           value ->> 'hard', value ->> 'thresholds'
    FROM json_each(${JSON.stringify(rows)})`;
  return [
    statement(db, orm(db).insert(planVersions).values(version)),
    sqlStatement(db, insertPrices),
  ];
}
