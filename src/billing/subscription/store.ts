/** Rows of subscriptions and their logs. */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lt,
  lte,
  type Placeholder,
  type SQL,
  sql,
} from "drizzle-orm";
import { type BoundedCount, countEach } from "../../platform/db/bounded-count.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead, rowsOfReads } from "../../platform/db/prepared.ts";
import type { IdRange } from "../../platform/http/sorted.ts";
import { VERSION, type VersionRow, withOffers } from "../plan/plan-store.ts";
import { plans, planVersions } from "../plan/table.ts";
import type { Versions } from "../plan/version.ts";
import { subscriptionChanges, subscriptions } from "./table.ts";
import { type BillingSchedule, type Change, type Subscribed, zonesOf } from "./timeline.ts";

export type SubscriptionRow = typeof subscriptions.$inferSelect;
/** A subscription with its log, ascending. */
export type Subscription = Subscribed & { row: SubscriptionRow };

type ChangeRow = Omit<typeof subscriptionChanges.$inferSelect, "createdMs">;

const { createdMs: _, ...CHANGE } = getTableColumns(subscriptionChanges);

function changeFrom({ basePriceMinor, timeZone, subscriptionId: _, ...row }: ChangeRow): Change {
  const change = { ...row, basePriceMinor: BigInt(basePriceMinor) };
  return timeZone === null ? change : { ...change, timeZone };
}

/** Subscriptions with what `log` holds of each. */
export function withLogs(rows: SubscriptionRow[], log: ChangeRow[]): Subscription[] {
  return rows.map((row) => {
    const own = log.filter(({ subscriptionId }) => subscriptionId === row.id).map(changeFrom);
    const billingSchedule = { ...row, zones: zonesOf(own) } satisfies BillingSchedule;
    return { row, billingSchedule, log: own };
  });
}

/** A subscription with its log, or null. */
export async function readSubscription(db: D1Database, id: string): Promise<Subscription | null> {
  const [rows, log] = await rowsOfReads<[SubscriptionRow, ChangeRow]>(db, [
    ONE(db, { id }),
    ONE_LOG(db, { id }),
  ]);
  return withLogs(rows, log)[0] ?? null;
}

const ONE = preparedRead<"id", SubscriptionRow>((queries) =>
  queries
    .select()
    .from(subscriptions)
    .where(eq(subscriptions.id, sql.placeholder("id"))),
);
const ONE_LOG = preparedRead<"id", ChangeRow>((queries) =>
  queries
    .select(CHANGE)
    .from(subscriptionChanges)
    .where(eq(subscriptionChanges.subscriptionId, sql.placeholder("id")))
    .orderBy(asc(subscriptionChanges.seq)),
);

/** A tenant's subscriptions that had not ended before `sinceMs`, ascending by start. */
export async function subscriptionsOf(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): Promise<Subscription[]> {
  const since = { tenant, sinceMs };
  const [rows, log] = await rowsOfReads<[SubscriptionRow, ChangeRow]>(db, [
    LASTING(db, since),
    LASTING_LOGS(db, since),
  ]);
  return withLogs(rows, log);
}

/** The versions that the logs of these name, for who reads both in one turn. */
export async function versionsOf(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): Promise<Versions> {
  return withOffers(db, await rowsOfRead(LASTING_VERSIONS(db, { tenant, sinceMs })));
}

const LASTING_VERSIONS = preparedRead<"tenant" | "sinceMs", VersionRow>((queries) => {
  const named = lastingQueries(queries, placeholder("tenant"), placeholder("sinceMs"))[2];
  return queries
    .select(VERSION)
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .where(inArray(planVersions.id, named));
});
const LASTING = preparedRead<"tenant" | "sinceMs", SubscriptionRow>(
  (queries) => lastingQueries(queries, placeholder("tenant"), placeholder("sinceMs"))[0],
);
const LASTING_LOGS = preparedRead<"tenant" | "sinceMs", ChangeRow>(
  (queries) => lastingQueries(queries, placeholder("tenant"), placeholder("sinceMs"))[1],
);

/** The two reads behind `subscriptionsOf`, for a batch with more in it; `withLogs` joins them. */
export function subscriptionQueries(db: D1Database, tenant: string, sinceMs: number) {
  const [rows, log] = lastingQueries(orm(db), tenant, sinceMs);
  return [rows, log] as const;
}

const { placeholder } = sql;

function lastingQueries(
  queries: ReturnType<typeof orm>,
  tenant: string | Placeholder,
  sinceMs: number | Placeholder,
) {
  const lasts = sql`coalesce(${subscriptions.endMs}, ${sinceMs}) >= ${sinceMs}`;
  const mine = and(eq(subscriptions.tenant, tenant), lasts);
  const ids = queries.select({ id: subscriptions.id }).from(subscriptions).where(mine);
  return [
    queries
      .select()
      .from(subscriptions)
      .where(mine)
      .orderBy(asc(subscriptions.startMs), asc(subscriptions.id)),
    queries
      .select(CHANGE)
      .from(subscriptionChanges)
      .where(inArray(subscriptionChanges.subscriptionId, ids))
      .orderBy(asc(subscriptionChanges.seq)),
    queries
      .select({ id: subscriptionChanges.versionId })
      .from(subscriptionChanges)
      .where(inArray(subscriptionChanges.subscriptionId, ids)),
  ] as const;
}

/** What a list is narrowed to: those that go on, those of them that have an end, and the past. */
export const SUBSCRIPTION_STATES = ["current", "ending", "ended"] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

export type SubscriptionFilter = {
  /** Null: of all. */
  tenant: string | null;
  among?: readonly string[] | null;
  state?: SubscriptionState | undefined;
  ids?: readonly string[] | undefined;
  where?: SQL | undefined;
};

/** What a filter holds for, as SQL. */
export function subscriptionsWhere({
  tenant,
  among = null,
  state,
  ids,
  where,
}: SubscriptionFilter): SQL | undefined {
  return and(
    tenant === null ? undefined : eq(subscriptions.tenant, tenant),
    among === null ? undefined : inArray(subscriptions.tenant, eachOf(among)),
    ids === undefined ? undefined : inArray(subscriptions.id, eachOf(ids)),
    state === undefined
      ? undefined
      : isIn(state, tenant !== null || among !== null || ids !== undefined),
    where,
  );
}

/** Those of few tenants are found by their tenants: the plus keeps the index of states from it. */
function isIn(state: SubscriptionState, isOfFew: boolean): SQL {
  const status = isOfFew ? sql`+${subscriptions.status}` : sql`${subscriptions.status}`;
  switch (state) {
    case "current":
      return sql`${status} = 'active'`;
    case "ending":
      return sql`${status} = 'active' AND ${subscriptions.endMs} IS NOT NULL`;
    case "ended":
      return sql`${status} = 'ended'`;
  }
}

/** How many there are in each state, up to a thousand of each. */
export function countStates(
  db: D1Database,
  filter: Pick<SubscriptionFilter, "tenant" | "among">,
): Promise<Record<SubscriptionState, BoundedCount>> {
  const of = (state: SubscriptionState) =>
    sql`SELECT 1 FROM ${subscriptions} WHERE ${subscriptionsWhere({ ...filter, state })}`;
  return countEach(db, { current: of("current"), ending: of("ending"), ended: of("ended") });
}

/** How many subscriptions a filter holds for. */
export function countSubscriptions(db: D1Database, filter: SubscriptionFilter): Promise<number> {
  return orm(db).$count(subscriptions, subscriptionsWhere(filter));
}

/** Behind `offset` others, newest first, or oldest first `after` one; as a filter leaves them. */
export async function listSubscriptions(
  db: D1Database,
  filter: SubscriptionFilter & IdRange & { limit: number; offset?: number },
): Promise<Subscription[]> {
  const { before, after } = filter;
  // An id is never empty: of all of them the next ones are looked up, not scanned for.
  const where =
    and(
      subscriptionsWhere(filter),
      before === undefined ? undefined : lt(subscriptions.id, before),
      after === undefined ? undefined : gt(subscriptions.id, after),
    ) ?? gt(subscriptions.id, "");
  const order = after === undefined ? desc(subscriptions.id) : asc(subscriptions.id);
  const { limit, offset = 0 } = filter;
  const ids = orm(db)
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(where)
    .orderBy(order)
    .limit(limit)
    .offset(offset);
  const [rows, log] = await orm(db).batch([
    orm(db).select().from(subscriptions).where(where).orderBy(order).limit(limit).offset(offset),
    orm(db)
      .select(CHANGE)
      .from(subscriptionChanges)
      .where(inArray(subscriptionChanges.subscriptionId, ids))
      .orderBy(asc(subscriptionChanges.seq)),
  ]);
  return withLogs(rows, log);
}

/** Subscriptions that run on a version of `planId` by their newest entry, for a rollout. */
export async function subscribersOf(
  db: D1Database,
  planId: string,
  slice: { after: string | null; limit: number },
): Promise<string[]> {
  const rows = await orm(db)
    .selectDistinct({ id: subscriptions.id })
    .from(subscriptions)
    .innerJoin(subscriptionChanges, eq(subscriptionChanges.subscriptionId, subscriptions.id))
    .innerJoin(planVersions, eq(planVersions.id, subscriptionChanges.versionId))
    .where(
      and(
        eq(subscriptions.status, "active"),
        eq(planVersions.planId, planId),
        gt(subscriptions.id, slice.after ?? ""),
      ),
    )
    .orderBy(asc(subscriptions.id))
    .limit(slice.limit);
  return rows.map(({ id }) => id);
}

/** A second active one of the same tenant fails on `subscriptions`. */
export function insertSubscription(db: D1Database, row: SubscriptionRow): D1PreparedStatement {
  return statement(db, orm(db).insert(subscriptions).values(row));
}

/** Sets a subscription's own columns; what holds when is its log's. */
export function updateSubscription(
  db: D1Database,
  id: string,
  change: Partial<Pick<SubscriptionRow, "status" | "endMs" | "buyerReference" | "purchaseOrder">>,
): D1PreparedStatement {
  return statement(db, orm(db).update(subscriptions).set(change).where(eq(subscriptions.id, id)));
}

/** Ends what had its end by `atMs`, so that a next one can be active. */
export function endPast(db: D1Database, tenant: string, atMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(subscriptions)
    .set({ status: "ended" })
    .where(and(eq(subscriptions.tenant, tenant), lte(subscriptions.endMs, atMs)));
  return statement(db, query);
}

/** The condition that a subscription's log has as many entries as were read of it. */
export function hasChanges(db: D1Database, id: string, length: number): SQL {
  const held = orm(db).$count(subscriptionChanges, eq(subscriptionChanges.subscriptionId, id));
  return sql`${held} = ${length}`;
}

/** The same `seq` twice fails on `subscription_changes`: two changes at once, one wins. */
export function insertChange(
  db: D1Database,
  subscriptionId: string,
  change: Change,
  createdMs: number,
): D1PreparedStatement {
  const row = {
    ...change,
    subscriptionId,
    basePriceMinor: Number(change.basePriceMinor),
    createdMs,
  };
  return statement(db, orm(db).insert(subscriptionChanges).values(row));
}
