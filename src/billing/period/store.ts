/** Rows of closed periods and of what settled them. */
import {
  and,
  asc,
  desc,
  eq,
  gt,
  inArray,
  isNull,
  lt,
  ne,
  notExists,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { ROW_BYTES, rowsOfValues } from "../../core/rows.ts";
import type { LineTax } from "../../documents/model/party.ts";
import type { Count } from "../../metering/counter/terms.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import type { Coupon } from "../credit/discount.ts";
import type { Ahead } from "../rating/fee.ts";
import { periodLines, periods } from "../subscription/table.ts";
import type { Drift } from "./drift.ts";
import type { StatementLine } from "./statement.ts";
import { settlements } from "./table.ts";

type PeriodColumns = typeof periods.$inferSelect;
/** A closed period. */
export type ClosedPeriod = Omit<
  PeriodColumns,
  | "counts"
  | "lines"
  | "lineParts"
  | "drift"
  | "coupons"
  | "ahead"
  | "tax"
  | "netMinor"
  | "usageMinor"
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

function periodFrom(
  { lineParts: _, ...row }: PeriodColumns,
  more: readonly StatementLine[] = [],
): ClosedPeriod {
  const ahead = row.ahead as { versionId: string; basePriceMinor: string; seats: number } | null;
  return {
    ...row,
    counts: row.counts as Count[],
    lines: [...(row.lines as StatementLine[]), ...more],
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

/** Rows with the lines that go on in rows of their own, each period's read by itself. */
async function withLines(db: D1Database, rows: readonly PeriodColumns[]): Promise<ClosedPeriod[]> {
  const found: ClosedPeriod[] = [];
  for (const row of rows) {
    found.push(periodFrom(row, row.lineParts === 0 ? [] : await readLines(db, row.id)));
  }
  return found;
}

async function readLines(db: D1Database, periodId: string): Promise<StatementLine[]> {
  const parts = await orm(db)
    .select({ lines: periodLines.lines })
    .from(periodLines)
    .where(eq(periodLines.periodId, periodId))
    .orderBy(asc(periodLines.part));
  return parts.flatMap(({ lines }) => lines as StatementLine[]);
}

/** A closed period, or null. */
export async function readPeriod(db: D1Database, id: string): Promise<ClosedPeriod | null> {
  const rows = await orm(db).select().from(periods).where(eq(periods.id, id));
  const [period] = await withLines(db, rows);
  return period ?? null;
}

/** The last period of a subscription that was closed, or null. */
export async function lastClosed(
  db: D1Database,
  subscriptionId: string,
): Promise<ClosedPeriod | null> {
  const rows = await orm(db)
    .select()
    .from(periods)
    .where(eq(periods.subscriptionId, subscriptionId))
    .orderBy(desc(periods.number))
    .limit(1);
  const [period] = await withLines(db, rows);
  return period ?? null;
}

/** The condition that no closed period of a subscription ends after a time. */
export function noneClosedAfter(db: D1Database, subscriptionId: string, atMs: number): SQL {
  const closed = and(eq(periods.subscriptionId, subscriptionId), gt(periods.endMs, atMs));
  return notExists(orm(db).select({ id: periods.id }).from(periods).where(closed));
}

/** Bytes of lines in one answer: what a page or a read of many periods stays below. */
const READ_BYTES = 20 * ROW_BYTES;

/** What a period's lines have at most. */
const lineBytes = sql<number>`octet_length(${periods.lines})
  + ${periods.lineParts} * ${sql.raw(`${ROW_BYTES}`)}`;

/**
 * A tenant's closed periods, newest first: at most `limit`, and fewer where their lines are many;
 * `more` says whether others follow.
 */
export async function listPeriods(
  db: D1Database,
  filter: {
    tenant: string;
    subscriptionId: string | null;
    before: [number, string] | null;
    /** How many are left out first; none unless given. */
    offset?: number;
  },
  limit: number,
): Promise<{ periods: ClosedPeriod[]; more: boolean }> {
  const { tenant, subscriptionId, before } = filter;
  const sizes = await orm(db)
    .select({ id: periods.id, bytes: lineBytes })
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
    .limit(limit + 1)
    .offset(filter.offset ?? 0);
  const [first = []] = groupsOf(sizes.slice(0, limit));
  if (first.length === 0) return { periods: [], more: false };
  const rows = await orm(db)
    .select()
    .from(periods)
    .where(inArray(periods.id, eachOf(first)))
    .orderBy(desc(periods.startMs), desc(periods.id));
  return { periods: await withLines(db, rows), more: sizes.length > first.length };
}

/** How many closed periods a tenant has. */
export function countPeriods(db: D1Database, tenant: string): Promise<number> {
  return orm(db).$count(periods, eq(periods.tenant, tenant));
}

/** Ids in groups whose lines can be read at once, in their order. */
function groupsOf(sizes: readonly { id: string; bytes: number }[]): string[][] {
  const groups: string[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const { id, bytes } of sizes) {
    if (held + bytes > READ_BYTES) {
      groups.push([]);
      held = 0;
    }
    groups.at(-1)?.push(id);
    held += bytes;
  }
  return groups;
}

/** The same period twice fails on `periods`, and with it the whole closing. */
export function insertPeriod(db: D1Database, period: ClosedPeriod): D1PreparedStatement[] {
  const { ahead, netMinor, usageMinor, coupons, lines, ...rest } = period;
  const [first = "[]", ...more] = rowsOfValues(lines);
  const row = {
    ...rest,
    lines: JSON.parse(first),
    lineParts: more.length,
    coupons: coupons.map((coupon) => ({
      ...coupon,
      amountMinor: coupon.amountMinor?.toString() ?? null,
    })),
    ahead: ahead && { ...ahead, basePriceMinor: ahead.basePriceMinor.toString() },
    netMinor: Number(netMinor),
    usageMinor: Number(usageMinor),
  };
  const parts = more.map((text, i) => ({
    periodId: period.id,
    part: i + 1,
    lines: JSON.parse(text),
  }));
  return [
    statement(db, orm(db).insert(periods).values(row)),
    ...parts.map((part) => statement(db, orm(db).insert(periodLines).values(part))),
  ];
}

export type Settled = typeof settlements.$inferSelect;

/** A closed period with what settled it, in order. */
export type SettledPeriod = { period: ClosedPeriod; settled: Settled[] };

/** Of closed periods that were metered: those that ended after a time, or come after a number. */
export type Among = { endedAfterMs: number } | { afterNumber: number };

/**
 * At most `most` of a subscription's closed periods that were metered, with what settled each, the
 * oldest first: the newest of those since a time, the first of those after a number. `more` says
 * whether others are left.
 */
export async function settledPeriods(
  db: D1Database,
  subscriptionId: string,
  among: Among,
  most: number,
): Promise<{ found: SettledPeriod[]; more: boolean }> {
  const since =
    "afterNumber" in among
      ? { where: gt(periods.number, among.afterNumber), order: asc(periods.number) }
      : { where: gt(periods.endMs, among.endedAfterMs), order: desc(periods.number) };
  const sizes = await selectSizes(db)
    .where(and(isOf(subscriptionId), eq(periods.kind, "regular"), since.where))
    .orderBy(since.order)
    .limit(most + 1);
  const chosen = sizes.slice(0, most);
  const found = await readSettled(db, "afterNumber" in among ? chosen : chosen.reverse());
  return { found, more: sizes.length > most };
}

/** The closed periods of a subscription that the same document billed, oldest first. */
export async function billedTogether(
  db: D1Database,
  { subscriptionId, documentId }: ClosedPeriod,
): Promise<SettledPeriod[]> {
  const sizes = await selectSizes(db)
    .where(and(isOf(subscriptionId), eq(periods.documentId, documentId ?? "")))
    .orderBy(periods.number);
  return readSettled(db, sizes);
}

function selectSizes(db: D1Database) {
  return orm(db).select({ id: periods.id, bytes: lineBytes }).from(periods);
}

function isOf(subscriptionId: string): SQL {
  return eq(periods.subscriptionId, subscriptionId);
}

async function readSettled(
  db: D1Database,
  sizes: readonly { id: string; bytes: number }[],
): Promise<SettledPeriod[]> {
  const found: SettledPeriod[] = [];
  for (const ids of groupsOf(sizes)) {
    const rows = await orm(db)
      .select()
      .from(periods)
      .where(inArray(periods.id, eachOf(ids)))
      .orderBy(periods.number);
    const settled = await orm(db)
      .select()
      .from(settlements)
      .where(inArray(settlements.periodId, eachOf(ids)))
      .orderBy(settlements.periodId, settlements.seq);
    const settledBy = Map.groupBy(settled, ({ periodId }) => periodId);
    for (const period of await withLines(db, rows)) {
      found.push({ period, settled: settledBy.get(period.id) ?? [] });
    }
  }
  return found;
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
  return withLines(db, rows);
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
