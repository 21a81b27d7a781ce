/** Rows of subscriptions, their logs, closed periods and terms. */
import { and, desc, eq, gt, isNull, lt, or } from "drizzle-orm";
import type { Count, Window } from "../../metering/counter/terms.ts";
import { orm, statement } from "../../platform/db/db.ts";
import type { Coupon } from "../credit/discount.ts";
import type { StatementLine } from "../period/statement.ts";
import { periods, settlements } from "../period/table.ts";
import type { Subscribed } from "../period/terms.ts";
import type { Drift } from "../proof/proof.ts";
import type { Ahead } from "../rating/fee.ts";
import { subscriptionChanges, subscriptions } from "../subscription/table.ts";
import { type Change, type Course, zonesOf } from "../subscription/timeline.ts";

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
    const course = { ...row, zones: zonesOf(own) } satisfies Course;
    return { row, course, log: own };
  });
}

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
  return (await readTermsState(db, tenant, sinceMs)).subscriptions;
}

export type TermsState = {
  subscriptions: Subscription[];
  epoch: number;
  pushedEpoch: number;
  pushed: Window[];
};

/** All that terms are made of, as one consistent read. */
export async function readTermsState(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): Promise<TermsState> {
  const mine = `FROM subscriptions s WHERE s.tenant = ?1 AND coalesce(s.end_ms, ?2) >= ?2`;
  const [rows, log, terms] = await db.batch<never>([
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
    db
      .prepare(
        "SELECT epoch, pushed_epoch AS pushedEpoch, pushed FROM meter_terms WHERE tenant = ?1",
      )
      .bind(tenant),
  ]);
  const [state] = (terms?.results ?? []) as {
    epoch: number;
    pushedEpoch: number;
    pushed: string;
  }[];
  return {
    subscriptions: withLogs((rows?.results ?? []).map(subscriptionFrom), log?.results ?? []),
    epoch: state?.epoch ?? 0,
    pushedEpoch: state?.pushedEpoch ?? 0,
    pushed: state ? (JSON.parse(state.pushed) as Window[]) : [],
  };
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

type PeriodColumns = typeof periods.$inferSelect;
/** A closed period. */
export type ClosedPeriod = Omit<
  PeriodColumns,
  "counts" | "lines" | "drift" | "coupons" | "ahead" | "netMinor" | "usageMinor"
> & {
  counts: Count[];
  lines: StatementLine[];
  /** Empty where the ledger had the same counts; null where they could not be compared. */
  drift: Drift[] | null;
  /** Those that lowered its document. */
  coupons: Coupon[];
  ahead: Ahead;
  netMinor: bigint;
  usageMinor: bigint;
};

type CouponJson = Omit<Coupon, "amountMinor"> & { amountMinor: string | null };

function periodFrom(row: PeriodColumns): ClosedPeriod {
  const ahead = row.ahead as { versionId: string; basePriceMinor: string; seats: number } | null;
  return {
    ...row,
    counts: row.counts as Count[],
    lines: row.lines as StatementLine[],
    drift: row.drift as Drift[] | null,
    coupons: (row.coupons as CouponJson[]).map((coupon) => ({
      ...coupon,
      amountMinor: coupon.amountMinor === null ? null : BigInt(coupon.amountMinor),
    })),
    ahead: ahead && { ...ahead, basePriceMinor: BigInt(ahead.basePriceMinor) },
    netMinor: BigInt(row.netMinor),
    usageMinor: BigInt(row.usageMinor),
  };
}

export async function readPeriod(db: D1Database, id: string): Promise<ClosedPeriod | null> {
  const [row] = await orm(db).select().from(periods).where(eq(periods.id, id));
  return row ? periodFrom(row) : null;
}

/** The last period of a subscription that was closed, or null. */
export async function lastClosed(
  db: D1Database,
  subscriptionId: string,
): Promise<ClosedPeriod | null> {
  const [row] = await orm(db)
    .select()
    .from(periods)
    .where(eq(periods.subscriptionId, subscriptionId))
    .orderBy(desc(periods.number))
    .limit(1);
  return row ? periodFrom(row) : null;
}

/** A tenant's closed periods, newest first. */
export async function listPeriods(
  db: D1Database,
  filter: { tenant: string; subscriptionId: string | null; before: [number, string] | null },
  limit: number,
): Promise<ClosedPeriod[]> {
  const { tenant, subscriptionId, before } = filter;
  const rows = await orm(db)
    .select()
    .from(periods)
    .where(
      and(
        eq(periods.tenant, tenant),
        subscriptionId === null ? undefined : eq(periods.subscriptionId, subscriptionId),
        before === null
          ? undefined
          : or(
              lt(periods.startMs, before[0]),
              and(eq(periods.startMs, before[0]), lt(periods.id, before[1])),
            ),
      ),
    )
    .orderBy(desc(periods.startMs), desc(periods.id))
    .limit(limit);
  return rows.map(periodFrom);
}

/** The same period twice fails on `periods`, and with it the whole closing. */
export function insertPeriod(db: D1Database, period: ClosedPeriod): D1PreparedStatement {
  const { ahead, netMinor, usageMinor, coupons, ...rest } = period;
  const row = {
    ...rest,
    coupons: coupons.map((coupon) => ({
      ...coupon,
      amountMinor: coupon.amountMinor?.toString() ?? null,
    })),
    ahead: ahead && { ...ahead, basePriceMinor: ahead.basePriceMinor.toString() },
    netMinor: Number(netMinor),
    usageMinor: Number(usageMinor),
  };
  return statement(db, orm(db).insert(periods).values(row));
}

export type Settled = typeof settlements.$inferSelect;

/** A subscription's closed periods that were metered, with what settled each, oldest first. */
export async function settledPeriods(
  db: D1Database,
  subscriptionId: string,
  endedAfterMs: number,
): Promise<{ period: ClosedPeriod; settled: Settled[] }[]> {
  const rows = await orm(db)
    .select()
    .from(periods)
    .leftJoin(settlements, eq(settlements.periodId, periods.id))
    .where(
      and(
        eq(periods.subscriptionId, subscriptionId),
        eq(periods.kind, "regular"),
        gt(periods.endMs, endedAfterMs),
      ),
    )
    .orderBy(periods.number, settlements.seq);
  const found = new Map<string, { period: ClosedPeriod; settled: Settled[] }>();
  for (const row of rows) {
    const entry = found.get(row.periods.id) ?? { period: periodFrom(row.periods), settled: [] };
    if (row.settlements) entry.settled.push(row.settlements);
    found.set(row.periods.id, entry);
  }
  return [...found.values()];
}

/** Closed periods whose amount was too little for a document and waits for the next. */
export async function carriedPeriods(
  db: D1Database,
  subscriptionId: string,
): Promise<ClosedPeriod[]> {
  const rows = await orm(db)
    .select()
    .from(periods)
    .where(
      and(
        eq(periods.subscriptionId, subscriptionId),
        isNull(periods.documentId),
        gt(periods.netMinor, 0),
      ),
    )
    .orderBy(periods.number);
  return rows.map(periodFrom);
}

/** The document that bills what an earlier period carried forward. */
export function billCarried(
  db: D1Database,
  periodId: string,
  documentId: string,
): D1PreparedStatement {
  return statement(db, orm(db).update(periods).set({ documentId }).where(eq(periods.id, periodId)));
}

/** The same difference settled twice fails on `settlements`. */
export function insertSettlement(db: D1Database, row: Settled): D1PreparedStatement {
  return statement(db, orm(db).insert(settlements).values(row));
}

/** New terms are to be told: part of every batch that changes what terms are made of. */
export function bumpTerms(db: D1Database, tenant: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO meter_terms (tenant, epoch) VALUES (?, 1)
       ON CONFLICT (tenant) DO UPDATE SET epoch = epoch + 1`,
    )
    .bind(tenant);
}

/** Nothing is known any more of what the meter was told. */
export function forgetPushed(db: D1Database, tenant: string): D1PreparedStatement {
  return db
    .prepare("UPDATE meter_terms SET pushed_epoch = 0, pushed = '[]' WHERE tenant = ?")
    .bind(tenant);
}

/** The meter was told the terms of `epoch`, with these windows. */
export function markPushed(
  db: D1Database,
  tenant: string,
  epoch: number,
  windows: readonly Window[],
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE meter_terms SET pushed_epoch = ?2, pushed = ?3
       WHERE tenant = ?1 AND pushed_epoch < ?2`,
    )
    .bind(tenant, epoch, JSON.stringify(windows));
}
