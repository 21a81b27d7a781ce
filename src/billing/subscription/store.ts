/** Rows of subscriptions and their logs. */
import { and, desc, eq, lt } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { subscriptionChanges, subscriptions } from "./table.ts";
import { type BillingSchedule, type Change, type Subscribed, zonesOf } from "./timeline.ts";

export type SubscriptionRow = typeof subscriptions.$inferSelect;
/** A subscription with its log, ascending. */
export type Subscription = Subscribed & { row: SubscriptionRow };

type ChangeRow = Omit<typeof subscriptionChanges.$inferSelect, "createdMs">;

const LOG = `SELECT subscription_id AS subscriptionId, seq, kind, at_ms AS atMs,
  version_id AS versionId, base_price_minor AS basePriceMinor, seats, time_zone AS timeZone
  FROM subscription_changes`;

type StoredSubscription = Omit<SubscriptionRow, "taxInclusive"> & { taxInclusive: number };

function subscriptionFrom(row: StoredSubscription): SubscriptionRow {
  return { ...row, taxInclusive: row.taxInclusive === 1 };
}

function changeFrom({ basePriceMinor, timeZone, subscriptionId: _, ...row }: ChangeRow): Change {
  const change = { ...row, basePriceMinor: BigInt(basePriceMinor) };
  return timeZone === null ? change : { ...change, timeZone };
}

function withLogs(rows: SubscriptionRow[], log: ChangeRow[]): Subscription[] {
  return rows.map((row) => {
    const own = log.filter(({ subscriptionId }) => subscriptionId === row.id).map(changeFrom);
    const billingSchedule = { ...row, zones: zonesOf(own) } satisfies BillingSchedule;
    return { row, billingSchedule, log: own };
  });
}

/** A subscription with its log, or null. */
export async function readSubscription(db: D1Database, id: string): Promise<Subscription | null> {
  const [row] = await orm(db).select().from(subscriptions).where(eq(subscriptions.id, id));
  if (!row) return null;
  const log = await db.prepare(`${LOG} WHERE subscription_id = ? ORDER BY seq`).bind(id);
  const { results } = await log.all<ChangeRow>();
  return withLogs([row], results)[0] ?? null;
}

/** A tenant's subscriptions that had not ended before `sinceMs`, ascending by start. */
export async function subscriptionsOf(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): Promise<Subscription[]> {
  const [rows, log] = await db.batch<never>(subscriptionStatements(db, tenant, sinceMs));
  return subscriptionsFrom(rows, log);
}

/** The two reads that `subscriptionsFrom` takes, for a batch with more in it. */
export function subscriptionStatements(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): [D1PreparedStatement, D1PreparedStatement] {
  const mine = `FROM subscriptions s WHERE s.tenant = ?1 AND coalesce(s.end_ms, ?2) >= ?2`;
  return [
    db
      .prepare(
        `SELECT id, tenant, status, cycle, usage_interval AS usageInterval,
                base_timing AS baseTiming, anchor, time_zone AS timeZone, currency,
                start_ms AS startMs, trial_end_ms AS trialEndMs, end_ms AS endMs,
                created_ms AS createdMs, tax_inclusive AS taxInclusive
         ${mine} ORDER BY start_ms, id`,
      )
      .bind(tenant, sinceMs),
    db
      .prepare(`${LOG} WHERE subscription_id IN (SELECT s.id ${mine}) ORDER BY seq`)
      .bind(tenant, sinceMs),
  ];
}

/** The subscriptions that `subscriptionStatements` read. */
export function subscriptionsFrom(
  rows: D1Result<StoredSubscription> | undefined,
  log: D1Result<ChangeRow> | undefined,
): Subscription[] {
  return withLogs((rows?.results ?? []).map(subscriptionFrom), log?.results ?? []);
}

/** Newest first; of one tenant, or of all. */
export async function listSubscriptions(
  db: D1Database,
  filter: { tenant: string | null; before: string | null; limit: number },
): Promise<Subscription[]> {
  const rows = await orm(db)
    .select()
    .from(subscriptions)
    .where(
      and(
        filter.tenant === null ? undefined : eq(subscriptions.tenant, filter.tenant),
        filter.before === null ? undefined : lt(subscriptions.id, filter.before),
      ),
    )
    .orderBy(desc(subscriptions.id))
    .limit(filter.limit);
  const { results } = await db
    .prepare(`${LOG} WHERE subscription_id IN (SELECT value FROM json_each(?)) ORDER BY seq`)
    .bind(JSON.stringify(rows.map(({ id }) => id)))
    .all<ChangeRow>();
  return withLogs(rows, results);
}

/** Subscriptions that run on a version of `planId` by their newest entry, for a rollout. */
export async function subscribersOf(
  db: D1Database,
  planId: string,
  slice: { after: string | null; limit: number },
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT s.id FROM subscriptions s
       JOIN subscription_changes c ON c.subscription_id = s.id
       JOIN plan_versions v ON v.id = c.version_id
       WHERE s.status = 'active' AND v.plan_id = ?1 AND s.id > ?2 ORDER BY s.id LIMIT ?3`,
    )
    .bind(planId, slice.after ?? "", slice.limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** A second active one of the same tenant fails on `subscriptions`. */
export function insertSubscription(db: D1Database, row: SubscriptionRow): D1PreparedStatement {
  return statement(db, orm(db).insert(subscriptions).values(row));
}

/** Sets a subscription's own columns; what holds when is its log's. */
export function updateSubscription(
  db: D1Database,
  id: string,
  change: Partial<Pick<SubscriptionRow, "status" | "endMs">>,
): D1PreparedStatement {
  return statement(db, orm(db).update(subscriptions).set(change).where(eq(subscriptions.id, id)));
}

/** Ends what had its end by `atMs`, so that a next one can be active. */
export function endPast(db: D1Database, tenant: string, atMs: number): D1PreparedStatement {
  return db
    .prepare("UPDATE subscriptions SET status = 'ended' WHERE tenant = ? AND end_ms <= ?")
    .bind(tenant, atMs);
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
