/** Rows of closed periods and of what settled them. */
import { and, desc, eq, gt, isNull, lt, ne, notExists, or, type SQL } from "drizzle-orm";
import type { LineTax } from "../../documents/model/party.ts";
import type { Count } from "../../metering/counter/terms.ts";
import { orm, statement } from "../../platform/db/db.ts";
import type { Coupon } from "../credit/discount.ts";
import type { Ahead } from "../rating/fee.ts";
import { periods } from "../subscription/table.ts";
import type { Drift } from "./drift.ts";
import type { StatementLine } from "./statement.ts";
import { settlements } from "./table.ts";

type PeriodColumns = typeof periods.$inferSelect;
/** A closed period. */
export type ClosedPeriod = Omit<
  PeriodColumns,
  "counts" | "lines" | "drift" | "coupons" | "ahead" | "tax" | "netMinor" | "usageMinor"
> & {
  counts: Count[];
  lines: StatementLine[];
  /** Empty where the ledger had the same counts; null where they could not be compared. */
  drift: Drift[] | null;
  /** The coupons that lowered its document. */
  coupons: Coupon[];
  ahead: Ahead;
  /** The tax of its lines at its closing; null where the first version closed it. */
  tax: LineTax | null;
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
    tax: row.tax as LineTax | null,
    netMinor: BigInt(row.netMinor),
    usageMinor: BigInt(row.usageMinor),
  };
}

/** A closed period, or null. */
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

/** The condition that no closed period of a subscription ends after a time. */
export function noneClosedAfter(db: D1Database, subscriptionId: string, atMs: number): SQL {
  const closed = and(eq(periods.subscriptionId, subscriptionId), gt(periods.endMs, atMs));
  return notExists(orm(db).select({ id: periods.id }).from(periods).where(closed));
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

/** A closed period with what settled it, in order. */
export type SettledPeriod = { period: ClosedPeriod; settled: Settled[] };

/** A subscription's closed periods that were metered, with what settled each, oldest first. */
export function settledPeriods(
  db: D1Database,
  subscriptionId: string,
  endedAfterMs: number,
): Promise<SettledPeriod[]> {
  const metered = and(eq(periods.kind, "regular"), gt(periods.endMs, endedAfterMs));
  return settledWhere(db, subscriptionId, metered);
}

/** The closed periods of a subscription that the same document billed, oldest first. */
export function billedTogether(
  db: D1Database,
  { subscriptionId, documentId }: ClosedPeriod,
): Promise<SettledPeriod[]> {
  return settledWhere(db, subscriptionId, eq(periods.documentId, documentId ?? ""));
}

async function settledWhere(
  db: D1Database,
  subscriptionId: string,
  which: SQL | undefined,
): Promise<SettledPeriod[]> {
  const rows = await orm(db)
    .select()
    .from(periods)
    .leftJoin(settlements, eq(settlements.periodId, periods.id))
    .where(and(eq(periods.subscriptionId, subscriptionId), which))
    .orderBy(periods.number, settlements.seq);
  const found = new Map<string, SettledPeriod>();
  for (const row of rows) {
    const entry = found.get(row.periods.id) ?? { period: periodFrom(row.periods), settled: [] };
    if (row.settlements) entry.settled.push(row.settlements);
    found.set(row.periods.id, entry);
  }
  return [...found.values()];
}

/** Closed periods whose amount was too small for a document and is carried to the next one. */
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
        ne(periods.netMinor, 0),
      ),
    )
    .orderBy(periods.number);
  return rows.map(periodFrom);
}

/** Names the document that bills what an earlier period carried forward. */
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
