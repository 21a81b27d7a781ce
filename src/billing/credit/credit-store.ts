/** Rows of coupons, redemptions and credits. */
import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, or, sql } from "drizzle-orm";
import { rowsOfValues } from "../../core/rows.ts";
import { documents } from "../../documents/store/table.ts";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import { periods } from "../subscription/table.ts";
import type { Balance, Coupon, Discount, Spent } from "./discount.ts";
import { coupons, couponUses, credits, creditUses, redemptions } from "./table.ts";

export type CouponRow = typeof coupons.$inferSelect;
export type CreditRow = typeof credits.$inferSelect;
type Slice = {
  before: string | null;
  limit: number;
  /** How many are left out first; none unless given. */
  offset?: number;
};

/** The same code twice fails on `coupons`. */
export function insertCoupon(db: D1Database, row: CouponRow): D1PreparedStatement {
  return statement(db, orm(db).insert(coupons).values(row));
}

/** A coupon by its code, or null. */
export async function readCoupon(db: D1Database, code: string): Promise<CouponRow | null> {
  const [row] = await orm(db).select().from(coupons).where(eq(coupons.code, code));
  return row ?? null;
}

/** Coupons, newest first. */
export async function listCoupons(db: D1Database, slice: Slice): Promise<CouponRow[]> {
  return orm(db)
    .select()
    .from(coupons)
    .where(slice.before === null ? undefined : lt(coupons.id, slice.before))
    .orderBy(desc(coupons.id))
    .limit(slice.limit);
}

/** The same coupon twice fails on `redemptions`; one redemption too many is refused. */
export function insertRedemption(
  db: D1Database,
  coupon: CouponRow,
  subscriptionId: string,
  nowMs: number,
): D1PreparedStatement[] {
  const row = { couponId: coupon.id, subscriptionId, createdMs: nowMs };
  const redeemed = orm(db).$count(redemptions, eq(redemptions.couponId, coupon.id));
  const most = orm(db)
    .select({ most: coupons.maxRedemptions })
    .from(coupons)
    .where(eq(coupons.id, coupon.id));
  return [
    insist(db, sql`${redeemed} < coalesce(${most}, 9e15)`, {
      code: "coupon.spent",
      detail: "the coupon was redeemed as often as it can be",
    }),
    statement(db, orm(db).insert(redemptions).values(row)),
  ];
}

/** The coupons that a subscription's next document is lowered by, in the order of redemption. */
export async function couponsOf(db: D1Database, subscriptionId: string): Promise<Coupon[]> {
  const { id, code, name, percent, amountMinor } = coupons;
  const uses = orm(db).$count(
    couponUses,
    and(eq(couponUses.couponId, id), eq(couponUses.subscriptionId, subscriptionId)),
  );
  const rows = await orm(db)
    .select({ id, code, name, percent, amountMinor })
    .from(redemptions)
    .innerJoin(coupons, eq(id, redemptions.couponId))
    .where(
      and(
        eq(redemptions.subscriptionId, subscriptionId),
        or(isNull(coupons.periods), gt(coupons.periods, uses)),
      ),
    )
    .orderBy(asc(redemptions.createdMs), asc(id));
  return rows.map(({ amountMinor, ...row }) => ({
    ...row,
    amountMinor: amountMinor === null ? null : BigInt(amountMinor),
  }));
}

/** Notes what a coupon took off a period's document. */
export function insertCouponUse(
  db: D1Database,
  billed: { subscriptionId: string; periodId: string },
  { coupon, amountMinor }: Discount,
): D1PreparedStatement {
  const row = { ...billed, couponId: coupon.id, amountMinor: Number(amountMinor) };
  return statement(db, orm(db).insert(couponUses).values(row));
}

/** Gives a tenant credit. */
export function insertCredit(db: D1Database, row: CreditRow): D1PreparedStatement {
  return statement(db, orm(db).insert(credits).values(row));
}

export type CreditBalance = CreditRow & { leftMinor: number };

/**
 * What expires first is spent first, and of what expires together what was granted first: by its
 * row too, because ids of one millisecond do not sort.
 */
const SPENDING_ORDER = sql`coalesce(${credits.expiresMs}, 9e15), ${credits.createdMs},
  ${credits}.rowid`;

/**
 * What purchased credit still pays of its invoice. What credit notes leave of the invoice is paid
 * by what was spent first; the rest is back where it came from.
 */
const PAYS = sql`coalesce((
  SELECT max(0, min(${creditUses.amountMinor}, min(${documents.prepaidMinor},
      ${documents.totalMinor} - ${documents.creditedMinor}) - ${creditUses.beforeMinor}))
  FROM ${periods} JOIN ${documents} ON ${documents.id} = ${periods.documentId}
  WHERE ${periods.id} = ${creditUses.periodId}), ${creditUses.amountMinor})`;
const USED = sql`(SELECT sum(
    CASE ${credits.kind} WHEN 'purchased' THEN ${PAYS} ELSE ${creditUses.amountMinor} END)
  FROM ${creditUses} WHERE ${creditUses.creditId} = ${credits.id})`;
const LEFT = sql<number>`${credits.amountMinor} - coalesce(${USED}, 0)`;

/** A tenant's credits, newest first. */
export async function listCredits(
  db: D1Database,
  tenant: string,
  slice: Slice,
): Promise<CreditBalance[]> {
  const earlier = slice.before === null ? undefined : lt(credits.id, slice.before);
  return orm(db)
    .select({ ...getTableColumns(credits), leftMinor: LEFT })
    .from(credits)
    .where(and(eq(credits.tenant, tenant), earlier))
    .orderBy(desc(credits.id))
    .limit(slice.limit)
    .offset(slice.offset ?? 0);
}

/** How many credits a tenant has had. */
export function countCredits(db: D1Database, tenant: string): Promise<number> {
  return orm(db).$count(credits, eq(credits.tenant, tenant));
}

/** A credit by its id with what is left of it, whosever it is, or null. */
export async function readCredit(db: D1Database, id: string): Promise<CreditBalance | null> {
  const [row] = await orm(db)
    .select({ ...getTableColumns(credits), leftMinor: LEFT })
    .from(credits)
    .where(eq(credits.id, id));
  return row ?? null;
}

/** What a tenant can spend now of a kind, what expires first before all else. */
export async function balancesOf(
  db: D1Database,
  wallet: { tenant: string; kind: CreditRow["kind"]; currency: string; nowMs: number },
): Promise<Balance[]> {
  const { id, expiresMs } = credits;
  const rows = await orm(db)
    .select({ id, leftMinor: LEFT })
    .from(credits)
    .where(
      and(
        eq(credits.tenant, wallet.tenant),
        eq(credits.kind, wallet.kind),
        eq(credits.currency, wallet.currency),
        or(isNull(expiresMs), gt(expiresMs, wallet.nowMs)),
        sql`${LEFT} > 0`,
      ),
    )
    .orderBy(SPENDING_ORDER);
  return rows.map(({ id, leftMinor }) => ({ id, leftMinor: BigInt(leftMinor) }));
}

/** Spends credits in few statements; refuses the batch where another one spent them meanwhile. */
export function insertCreditUses(
  db: D1Database,
  period: string,
  spent: readonly Spent[],
): D1PreparedStatement[] {
  const { creditId, periodId, amountMinor, beforeMinor } = creditUses;
  const rows = spent.map((one) => [one.creditId, Number(one.amountMinor), Number(one.beforeMinor)]);
  return rowsOfValues(rows).flatMap((some) => [
    insist(
      db,
      sql`NOT EXISTS (
        SELECT 1 FROM json_each(${some}) AS each JOIN ${credits} ON ${credits.id} = each.value->>0
        WHERE ${LEFT} < each.value->>1)`,
      { code: "resource.conflict", detail: "the credit was spent meanwhile" },
    ),
    sqlStatement(
      db,
      sql`INSERT INTO ${creditUses}
          (${columnNames(creditId, periodId, amountMinor, beforeMinor)})
        SELECT each.value->>0, ${period}, each.value->>1, each.value->>2
        FROM json_each(${some}) AS each`,
    ),
  ]);
}
