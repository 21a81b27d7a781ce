/** What the plan's versions grant a subscription's tenant, from when on. */
import { and, eq, sql } from "drizzle-orm";
import { grantedBudgets } from "../../accounts/store/table.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import { planVersions } from "../plan/table.ts";
import { type Change, endOf, planSegmentsOf } from "./timeline.ts";

/**
 * The statements that write anew which budgets a subscription grants, for each batch that changes
 * its log: those of each version from its plan segment on, and none from its end on.
 */
export function grantBudgets(
  db: D1Database,
  { id, tenant }: { id: string; tenant: string },
  log: readonly Change[],
): D1PreparedStatement[] {
  const segments = planSegmentsOf(log).filter(({ startMs, endMs }) => endMs !== startMs);
  const endMs = endOf(log);
  const rows = [
    ...segments.map(({ startMs, versionId }) => ({ fromMs: startMs, versionId })),
    ...(endMs === null ? [] : [{ fromMs: endMs, versionId: null }]),
  ];
  const { tenant: owner, subscription, fromMs, budgets } = grantedBudgets;
  const granted = sql`(SELECT ${planVersions.budgets} FROM ${planVersions}
    WHERE ${planVersions.id} = value ->> 'versionId')`;
  return [
    statement(
      db,
      orm(db)
        .delete(grantedBudgets)
        .where(and(eq(owner, tenant), eq(subscription, id))),
    ),
    sqlStatement(
      db,
      sql`INSERT INTO ${grantedBudgets} (${columnNames(owner, subscription, fromMs, budgets)})
        SELECT ${tenant}, ${id}, value ->> 'fromMs', coalesce(${granted}, '{}')
        FROM json_each(${JSON.stringify(rows)})`,
    ),
  ];
}
