/** Budgets by the hour: what is used of one counts from nothing when the next hour begins. */
import { type SQL, sql } from "drizzle-orm";
import type { BudgetName } from "../../core/budget.ts";
import { HOUR_MS } from "../../core/time.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import type { Whose } from "./budget-store.ts";
import { hourlyUse } from "./table.ts";

export type HourlyBudget = Extract<BudgetName, `${string}_per_hour`>;

/** The beginning of the hour that a time lies in. */
export function hourOf(nowMs: number): number {
  return nowMs - (nowMs % HOUR_MS);
}

type Taking = { name: HourlyBudget; count: number; nowMs: number };

const { tenant, budget, hourMs, used } = hourlyUse;

/** What is used once `count` more are: of this hour alone. */
const TOGETHER = sql`CASE WHEN ${hourMs} = excluded.${columnNames(hourMs)}
  THEN ${used} ELSE 0 END + excluded.${columnNames(used)}`;

function insertion({ tenantId }: Whose, { name, count, nowMs }: Taking): SQL {
  return sql`
    INSERT INTO ${hourlyUse} (${columnNames(tenant, budget, hourMs, used)})
    SELECT ${tenantId}, ${name}, ${hourOf(nowMs)}, ${count}`;
}

const UPDATE = sql`ON CONFLICT (${columnNames(tenant, budget)}) DO UPDATE
  SET ${columnNames(used)} = ${TOGETHER}, ${columnNames(hourMs)} = excluded.${columnNames(hourMs)}`;

/** The statement that counts `count` more; `insistBudget` with `usedThisHour` stands after it. */
export function countHourly(db: D1Database, whose: Whose, taking: Taking): D1PreparedStatement {
  return sqlStatement(db, sql`${insertion(whose, taking)} WHERE true ${UPDATE}`);
}

/** What a tenant has used in the hour of now, as SQL. */
export function usedThisHour(name: HourlyBudget, { tenantId }: Whose): SQL<number> {
  const since = sql`(unixepoch() - 3600) * 1000`;
  return sql`coalesce((SELECT ${used} FROM ${hourlyUse} WHERE ${tenant} = ${tenantId}
    AND ${budget} = ${name} AND ${hourMs} > ${since}), 0)`;
}
