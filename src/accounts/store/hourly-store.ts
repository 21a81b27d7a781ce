/** Budgets by the hour: what is used of one counts from nothing when the next hour begins. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BudgetName } from "../../core/budget.ts";
import { HOUR_MS } from "../../core/time.ts";
import { orm } from "../../platform/db/db.ts";
import { columnNames, sqlStatement } from "../../platform/db/sql.ts";
import { insistBudget, limitSql, type Whose } from "./budget-store.ts";
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

/**
 * The statements that count `count` more, and refuse their batch where that is beyond the hour's
 * budget. Errors: 429 `budget.reached`.
 */
export function insistHourly(db: D1Database, whose: Whose, taking: Taking): D1PreparedStatement[] {
  const used = usedThisHour(taking.name, sql`${whose.tenantId}`);
  return [
    sqlStatement(db, sql`${insertion(whose, taking)} WHERE true ${UPDATE}`),
    insistBudget(db, whose, taking.name, used),
  ];
}

/**
 * Counts `count` more where anything is left of this hour's budget; false where nothing is. What is
 * begun within it is done whole, so it may be passed by less than one `count`.
 */
export async function takeHourly(db: D1Database, whose: Whose, taking: Taking): Promise<boolean> {
  const limit = limitSql(taking.name, sql`${whose.tenantId}`);
  const before = sql`CASE WHEN ${hourMs} = excluded.${columnNames(hourMs)} THEN ${used} ELSE 0 END`;
  const statement = sqlStatement(
    db,
    sql`${insertion(whose, taking)} WHERE coalesce(${limit} > 0, 1)
      ${UPDATE} WHERE coalesce(${before} < ${limit}, 1) RETURNING 1`,
  );
  return (await statement.all()).results.length > 0;
}

/** The limit of a budget of which nothing is left in the hour of `nowMs`; null where some is. */
export async function usedUp(
  db: D1Database,
  whose: Whose,
  name: HourlyBudget,
  nowMs: number,
): Promise<number | null> {
  const isOwn = and(eq(tenant, whose.tenantId), eq(budget, name), eq(hourMs, hourOf(nowMs)));
  const most = limitSql(name, sql`${whose.tenantId}`);
  const taken = sql`coalesce((SELECT ${used} FROM ${hourlyUse} WHERE ${isOwn}), 0)`;
  const [row] = await orm(db).all<{ most: number | null; taken: number }>(
    sql`SELECT ${most} AS most, ${taken} AS taken`,
  );
  return row && row.most !== null && row.taken >= row.most ? row.most : null;
}

/** What a tenant has used in the hour of now, as SQL. `owner` is its id as SQL. */
export function usedThisHour(name: HourlyBudget, owner: SQL): SQL<number> {
  const since = sql`(unixepoch() - 3600) * 1000`;
  return sql`coalesce((SELECT ${used} FROM ${hourlyUse} WHERE ${tenant} = ${owner}
    AND ${budget} = ${name} AND ${hourMs} > ${since}), 0)`;
}
