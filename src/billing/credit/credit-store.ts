/** Rows of coupons, redemptions and credits. */
import { desc, eq, lt } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { Balance, Coupon, Discount, Spent } from "./discount.ts";
import { coupons, couponUses, credits, creditUses, redemptions } from "./table.ts";

export type CouponRow = typeof coupons.$inferSelect;
export type CreditRow = typeof credits.$inferSelect;
type Slice = { before: string | null; limit: number };

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
  const room = `(SELECT count(*) FROM redemptions WHERE coupon_id = ?)
    < coalesce((SELECT max_redemptions FROM coupons WHERE id = ?), 9e15)`;
  return [
    insist(db, room, [coupon.id, coupon.id], {
      code: "coupon.spent",
      detail: "the coupon was redeemed as often as it can be",
    }),
    statement(db, orm(db).insert(redemptions).values(row)),
  ];
}

/** The coupons that a subscription's next document is lowered by, in the order of redemption. */
export async function couponsOf(db: D1Database, subscriptionId: string): Promise<Coupon[]> {
  const { results } = await db
    .prepare(
      `SELECT c.id, c.code, c.name, c.percent, c.amount_minor AS amountMinor
       FROM redemptions r JOIN coupons c ON c.id = r.coupon_id
       WHERE r.subscription_id = ?1 AND (c.periods IS NULL OR c.periods > (
         SELECT count(*) FROM coupon_uses u
         WHERE u.coupon_id = c.id AND u.subscription_id = ?1))
       ORDER BY r.created_ms, c.id`,
    )
    .bind(subscriptionId)
    .all<Omit<Coupon, "amountMinor"> & { amountMinor: number | null }>();
  return results.map(({ amountMinor, ...row }) => ({
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

// Purchased credit that paid for an invoice is back once all of that invoice is credited.
const GIVEN_BACK = `c.kind = 'purchased' AND EXISTS (
  SELECT 1 FROM periods p JOIN documents d ON d.id = p.document_id
  WHERE p.id = u.period_id AND d.total_minor > 0 AND d.credited_minor = d.total_minor)`;
const LEFT = `c.amount_minor - coalesce(
  (SELECT sum(u.amount_minor) FROM credit_uses u
   WHERE u.credit_id = c.id AND NOT (${GIVEN_BACK})), 0)`;
const CREDIT = `c.id, c.tenant, c.kind, c.currency, c.amount_minor AS amountMinor,
  c.expires_ms AS expiresMs, c.note, c.created_ms AS createdMs, ${LEFT} AS leftMinor`;

/** A tenant's credits, newest first. */
export async function listCredits(
  db: D1Database,
  tenant: string,
  slice: Slice,
): Promise<CreditBalance[]> {
  const { results } = await db
    .prepare(
      `SELECT ${CREDIT} FROM credits c WHERE c.tenant = ?1 AND c.id < ?2
       ORDER BY c.id DESC LIMIT ?3`,
    )
    .bind(tenant, slice.before ?? "~", slice.limit)
    .all<CreditBalance>();
  return results;
}

/** What a tenant can spend now of a kind, what expires first before all else. */
export async function balancesOf(
  db: D1Database,
  wallet: { tenant: string; kind: CreditRow["kind"]; currency: string; nowMs: number },
): Promise<Balance[]> {
  const { results } = await db
    .prepare(
      `SELECT c.id, ${LEFT} AS leftMinor FROM credits c
       WHERE c.tenant = ?1 AND c.kind = ?2 AND c.currency = ?3
         AND (c.expires_ms IS NULL OR c.expires_ms > ?4) AND ${LEFT} > 0
       ORDER BY coalesce(c.expires_ms, 9e15), c.id`,
    )
    .bind(wallet.tenant, wallet.kind, wallet.currency, wallet.nowMs)
    .all<{ id: string; leftMinor: number }>();
  return results.map(({ id, leftMinor }) => ({ id, leftMinor: BigInt(leftMinor) }));
}

/** Spends credit; the batch is refused where another batch spent it meanwhile. */
export function insertCreditUse(
  db: D1Database,
  periodId: string,
  { creditId, amountMinor }: Spent,
): D1PreparedStatement[] {
  const row = { creditId, periodId, amountMinor: Number(amountMinor) };
  const enough = `(SELECT ${LEFT} FROM credits c WHERE c.id = ?) >= ?`;
  return [
    insist(db, enough, [creditId, Number(amountMinor)], {
      code: "resource.conflict",
      detail: "the credit was spent meanwhile",
    }),
    statement(db, orm(db).insert(creditUses).values(row)),
  ];
}
