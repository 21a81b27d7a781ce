/** Coupons and credits: what the operator gives, and what a tenant has left. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistReach } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { findTenant } from "../../accounts/store/tenant-store.ts";
import { scaledInteger } from "../../core/decimal.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { minorOf } from "../../core/money.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readSubscription } from "../subscription/store.ts";
import { endOf } from "../subscription/timeline.ts";
import {
  type CouponRow,
  type CreditRow,
  insertCoupon,
  insertCredit,
  insertRedemption,
  readCoupon,
} from "./credit-store.ts";

const MAX_AMOUNT_MINOR = 10n ** 12n;
const MAX_PERCENT_MICRO = 100_000_000n;

export type CouponInput = {
  code: string;
  name: string;
  percent: number | string | null;
  amount: number | string | null;
  currency: string | null;
  startsMs: number | null;
  endsMs: number | null;
  maxRedemptions: number | null;
  periods: number | null;
};

/** Creates a coupon. Errors: 409 for a code that is taken, 422. */
export async function createCoupon(env: Env, actor: Actor, input: CouponInput): Promise<CouponRow> {
  const { percent, amount, currency, ...rest } = input;
  if (input.endsMs !== null && input.endsMs <= (input.startsMs ?? 0)) {
    throw invalidField("/ends_at", "is after starts_at");
  }
  const row: CouponRow = {
    ...rest,
    id: makeId("cpn", actor.realMs),
    percent: percent === null ? null : percentOf(percent),
    amountMinor: amount === null ? null : Number(amountOf(amount, currency ?? "", "/amount")),
    currency,
    createdMs: actor.realMs,
  };
  try {
    await commit(env.DB, [
      insertCoupon(env.DB, row),
      auditRow(env.DB, actor, { action: "coupon.created", target: row.id }, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "coupons")) throw error;
    throw new Problem("resource.conflict", `the coupon ${input.code} exists`);
  }
  return row;
}

function percentOf(input: number | string): string {
  const scaled = scaledInteger(input, 6);
  if (!scaled.ok || scaled.value <= 0n || scaled.value > MAX_PERCENT_MICRO) {
    throw invalidField("/percent", "is more than 0 and at most 100, with at most 6 decimals");
  }
  return String(input);
}

function amountOf(input: number | string, currency: string, pointer: string): bigint {
  const minor = minorOf(input, currency);
  if (minor === null || minor <= 0n || minor > MAX_AMOUNT_MINOR) {
    throw invalidField(pointer, `is an amount in ${currency}, more than 0`);
  }
  return minor;
}

/**
 * Gives a subscription a coupon, from its next document on. Errors: 404, 409 `coupon.spent` where
 * it was redeemed too often or by this one already, 422 where it does not fit.
 */
export async function redeemCoupon(
  env: Env,
  actor: Actor,
  subscriptionId: string,
  code: string,
): Promise<CouponRow> {
  const [subscription, coupon] = await Promise.all([
    readSubscription(env.DB, subscriptionId),
    readCoupon(env.DB, code),
  ]);
  if (!subscription || !reaches(actor, subscription.row.tenant)) throw notFound("subscription");
  if (!coupon) throw invalidField("/code", `there is no coupon ${code}`);
  const { row, log } = subscription;
  const { nowMs } = await tenantClock(env.DB, row.tenant);
  if ((endOf(log) ?? nowMs + 1) <= nowMs) {
    throw new Problem("resource.conflict", "the subscription has ended");
  }
  if (nowMs < (coupon.startsMs ?? nowMs) || nowMs >= (coupon.endsMs ?? nowMs + 1)) {
    throw invalidField("/code", "cannot be redeemed at this time");
  }
  if (coupon.currency !== null && coupon.currency !== row.currency) {
    throw invalidField("/code", `is in ${coupon.currency}; the subscription is in ${row.currency}`);
  }
  const detail = { coupon: coupon.id };
  const entry = { action: "coupon.redeemed", target: row.id, detail, answer: { made: coupon.id } };
  try {
    await commit(env.DB, [
      ...insertRedemption(env.DB, coupon, row.id, nowMs),
      auditRow(env.DB, actor, entry, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "redemptions")) throw error;
    throw new Problem("coupon.spent", "the subscription has this coupon already");
  }
  return coupon;
}

export type CreditInput = {
  /** Its id or external id. */
  tenant: string;
  kind: CreditRow["kind"];
  amount: number | string;
  currency: string;
  expiresMs: number | null;
  note: string;
};

/** Gives a tenant credit. Errors: 404 for an unknown tenant, 422. */
export async function grantCredit(env: Env, actor: Actor, input: CreditInput): Promise<CreditRow> {
  const tenant = await findTenant(env.DB, input.tenant);
  if (!tenant || tenant.operator) throw notFound("tenant");
  insistReach(actor, tenant.id);
  const { nowMs } = await tenantClock(env.DB, tenant.id);
  if (input.expiresMs !== null && input.expiresMs <= nowMs) {
    throw invalidField("/expires_at", "is in the future");
  }
  const { kind, currency, expiresMs, note } = input;
  const amountMinor = Number(amountOf(input.amount, currency, "/amount"));
  const row: CreditRow = {
    id: makeId("crd", nowMs),
    tenant: tenant.id,
    kind,
    currency,
    amountMinor,
    expiresMs,
    note,
    createdMs: nowMs,
  };
  const detail = { credit: row.id, kind };
  const entry = { action: "credit.granted", target: tenant.id, detail, answer: { made: row.id } };
  await commit(env.DB, [insertCredit(env.DB, row), auditRow(env.DB, actor, entry, actor.realMs)]);
  return row;
}
