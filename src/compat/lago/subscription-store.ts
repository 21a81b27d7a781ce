/** Conditions on subscriptions as Lago's lists ask for them. */
import { and, eq, or, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { plans, planVersions } from "../../billing/plan/table.ts";
import { subscriptionChanges, subscriptions } from "../../billing/subscription/table.ts";
import type { LagoStatus } from "./subscription.ts";

/** Holds for subscriptions with one of some statuses at their tenant's time, and of a plan. */
export function standing(
  statuses: readonly LagoStatus[],
  { realMs, planCode }: { realMs: number; planCode: string | null },
): SQL | undefined {
  const conditions = conditionsAt(realMs);
  return and(
    or(...statuses.map((status) => conditions[status])),
    planCode === null ? undefined : isOnPlan(planCode),
  );
}

function conditionsAt(realMs: number): Record<LagoStatus, SQL> {
  const { startMs, endMs, status, tenant } = subscriptions;
  const nowMs = sql`coalesce(
    (SELECT ${tenants.testClockMs} FROM ${tenants} WHERE ${tenants.id} = ${tenant}), ${realMs})`;
  const neverBegan = sql`coalesce(${endMs} <= ${startMs}, 0)`;
  const isOver = sql`(${eq(status, "ended")} OR coalesce(${endMs} <= ${nowMs}, 0))`;
  return {
    active: sql`(NOT ${isOver} AND NOT ${neverBegan} AND ${startMs} <= ${nowMs})`,
    pending: sql`(NOT ${isOver} AND NOT ${neverBegan} AND ${startMs} > ${nowMs})`,
    terminated: sql`(${isOver} AND NOT ${neverBegan})`,
    canceled: neverBegan,
  };
}

/** The plan of the newest entry of a subscription's log. */
function isOnPlan(code: string): SQL {
  const { subscriptionId, seq, versionId } = subscriptionChanges;
  return sql`${code} = (SELECT ${plans.code} FROM ${subscriptionChanges}
    JOIN ${planVersions} ON ${planVersions.id} = ${versionId}
    JOIN ${plans} ON ${plans.id} = ${planVersions.planId}
    WHERE ${subscriptionId} = ${subscriptions.id} ORDER BY ${seq} DESC LIMIT 1)`;
}
