/**
 * Objects in R2 that no row points at any more: the table `forgotten_objects` of each ledger. They
 * go once no restore can ask for them, if nothing in their tenant's own ledger uses them again.
 */
import { asc, eq, inArray, lte, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { DAY_MS } from "../../core/time.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { type Asked, anyRow, sqlStatement } from "../../platform/db/sql.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { forgottenObjects, usageArchives, usageSegments, usageWatermarks } from "./table.ts";

/** How long an object stays that no row points at: longer than a database can be restored to. */
const FORGET_MS = 35 * DAY_MS;
/** Objects that one sweep deletes. */
const MOST_FORGOTTEN = 100;

type Lying = { objectKey: string; tenant: string };

/** After segments were taken out: their object goes where no other segment's body lies in it. */
export function forgetUnused(
  db: D1Database,
  of: string,
  objectKey: string,
  realMs: number,
): D1PreparedStatement {
  const found = unused([{ objectKey, tenant: of }], realMs + FORGET_MS);
  return sqlStatement(db, sql`INSERT OR REPLACE INTO ${forgottenObjects} ${found}`);
}

/** Objects of which another ledger says that they may go: what is known of them here stands. */
function takeOver(db: D1Database, objects: readonly Lying[], realMs: number): D1PreparedStatement {
  const found = unused(objects, realMs);
  return sqlStatement(db, sql`INSERT OR IGNORE INTO ${forgottenObjects} ${found}`);
}

function unused(objects: readonly Lying[], forgetMs: number): SQL {
  return sql`(object_key, tenant, forget_ms)
    SELECT one.value->>0, one.value->>1, ${forgetMs}
    FROM json_each(${placesOf(objects)}) one WHERE NOT ${IS_USED}`;
}

/** After segments were pointed at an object that was forgotten before: it stays. */
export function rememberUsed(db: D1Database, of: string, key: string): D1PreparedStatement {
  return rememberUsedOf(db, [{ objectKey: key, tenant: of }]);
}

function rememberUsedOf(db: D1Database, objects: readonly Lying[]): D1PreparedStatement {
  return sqlStatement(
    db,
    sql`DELETE FROM ${forgottenObjects} WHERE object_key IN (SELECT one.value->>0
      FROM json_each(${placesOf(objects)}) one WHERE ${IS_USED})`,
  );
}

/** JSON of objects, each with its tenant and the sequences that its key says. */
function placesOf(objects: readonly Lying[]): string {
  const places = objects.map(({ objectKey, tenant: of }) => {
    const [, low = "0", high = "0"] = /(\d+)-(\d+)$/.exec(objectKey) ?? [];
    return [objectKey, of, Number(low), Number(high)];
  });
  return JSON.stringify(places);
}

/** Whether a row points at an object: `one` of `placesOf`. */
const IS_USED: SQL = sql`(EXISTS (SELECT 1 FROM ${usageSegments} used
    WHERE used.tenant = one.value->>1 AND used.high BETWEEN one.value->>2 AND one.value->>3
      AND used.object_key = one.value->>0)
  OR EXISTS (SELECT 1 FROM ${usageArchives} kept
    WHERE kept.tenant = one.value->>1 AND kept.object_key = one.value->>0))`;

/** Whether objects are to be deleted that no row points at. */
export function anyForgotten(nowMs: Asked): SQL {
  return anyRow(sql`FROM ${forgottenObjects} WHERE ${forgottenObjects.forgetMs} <= ${nowMs}`);
}

type Forgotten = Lying & { fenced: number; home: number | null };

/**
 * Deletes objects that no row has pointed at for long enough; returns how many. What a ledger says
 * whose tenant was moved away is left to the tenant's own, whose rows may point at the object.
 */
export async function deleteForgotten(env: Env, db: D1Database, realMs: number): Promise<number> {
  const due = await dueObjects(env, db, realMs);
  const isHere = ({ home }: Forgotten) => home === null || homeDb(env, home) === db;
  const away = due.filter((one) => !isHere(one));
  for (const [home, theirs] of Map.groupBy(away, (one) => homeDb(env, one.home))) {
    // A ledger that is not bound decides nothing: its objects stay until it is.
    if (home !== null) await takeOver(home, theirs, realMs).run();
    await (home === null ? later(db, theirs, realMs) : drop(db, theirs));
  }
  const here = due.filter(isHere);
  // Between the fence and the switch, nobody can tell whose rows count.
  const moving = here.filter(({ fenced }) => fenced > 0);
  if (moving.length > 0) await later(db, moving, realMs);
  const own = here.filter(({ fenced }) => fenced <= 0);
  if (own.length === 0) return 0;
  // What was put again under the same key since has rows again.
  await rememberUsedOf(db, own).run();
  const unused = await stillForgotten(db, own);
  for (const [files, some] of Map.groupBy(unused, (one) => bucketOf(env, one.tenant))) {
    await files.delete(some.map(({ objectKey }) => objectKey));
  }
  await drop(db, unused);
  return unused.length;
}

function homeDb(env: Env, ledger: number | null): D1Database | null {
  return ledger !== null && ledgersOf(env).includes(ledger) ? ledgerDb(env, ledger) : null;
}

/** What is due in a ledger, with its fence there and the ledger that the tenant is in now. */
async function dueObjects(env: Env, db: D1Database, realMs: number): Promise<Forgotten[]> {
  const { objectKey, tenant: of, forgetMs } = forgottenObjects;
  const rows = await orm(db)
    .select({ objectKey, tenant: of, fenced: usageWatermarks.fenced })
    .from(forgottenObjects)
    .leftJoin(usageWatermarks, eq(usageWatermarks.tenant, of))
    .where(lte(forgetMs, realMs))
    .orderBy(asc(forgetMs))
    .limit(MOST_FORGOTTEN);
  if (rows.length === 0) return [];
  const { id, ledger } = tenants;
  const homes = await orm(env.DB)
    .select({ id, ledger })
    .from(tenants)
    .where(inArray(id, eachOf(rows.map((row) => row.tenant))));
  const homeOf = new Map(homes.map((home) => [home.id, home.ledger]));
  // Of a tenant that is erased nothing is kept anywhere: no home says otherwise.
  return rows.map((row) => {
    return { ...row, fenced: row.fenced ?? 0, home: homeOf.get(row.tenant) ?? null };
  });
}

const keysOf = (objects: readonly Lying[]) => eachOf(objects.map((one) => one.objectKey));

async function stillForgotten(db: D1Database, objects: readonly Lying[]): Promise<Lying[]> {
  const { objectKey, tenant: of } = forgottenObjects;
  return orm(db)
    .select({ objectKey, tenant: of })
    .from(forgottenObjects)
    .where(inArray(objectKey, keysOf(objects)));
}

async function drop(db: D1Database, objects: readonly Lying[]): Promise<void> {
  await orm(db)
    .delete(forgottenObjects)
    .where(inArray(forgottenObjects.objectKey, keysOf(objects)));
}

async function later(db: D1Database, objects: readonly Lying[], realMs: number): Promise<void> {
  await orm(db)
    .update(forgottenObjects)
    .set({ forgetMs: realMs + DAY_MS })
    .where(inArray(forgottenObjects.objectKey, keysOf(objects)));
}
