/** Deleting all of a tenant's usage from a ledger, and the fence by which nothing comes back. */
import { and, getTableName, gt, inArray, lt } from "drizzle-orm";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { forgottenObjects, usageErasures, usageWatermarks } from "../ledger/table.ts";
import { forgetSome } from "./copy.ts";

/** The fence of an erased tenant: no move has this epoch, so that none ever opens it. */
const ERASED = -1;

/** From here on no drain fits the ledger. */
export function fenceForGood(db: D1Database, tenant: string): D1PreparedStatement {
  const marks = { upTo: 0, seriesUpTo: 0, fenced: ERASED };
  const query = orm(db)
    .insert(usageWatermarks)
    .values({ tenant, ...marks })
    .onConflictDoUpdate({ target: usageWatermarks.tenant, set: marks });
  return statement(db, query);
}

/** Deletes some of a tenant's usage behind the fence; how many rows, 0 once only notes are left. */
export async function eraseSome(db: D1Database, tenant: string): Promise<number> {
  const notes = getTableName(usageErasures);
  const gone = await forgetSome(db, tenant, { fenced: ERASED, upTo: 0 }, notes);
  if (gone > 0) return gone;
  const { objectKey } = forgottenObjects;
  // Its keys are the index: behind the prefix comes the character that follows a slash.
  const under = (folder: string) =>
    and(gt(objectKey, `${folder}/${tenant}/`), lt(objectKey, `${folder}/${tenant}0`));
  const results = await db.batch(
    ["archive", "segments"].map((folder) =>
      statement(db, orm(db).delete(forgottenObjects).where(under(folder))),
    ),
  );
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}

/** Notes in a ledger that an erasure is done in it, unless it is set back. */
export function noteErased(db: D1Database, tenant: string, id: string): D1PreparedStatement {
  return statement(db, orm(db).insert(usageErasures).values({ id, tenant }).onConflictDoNothing());
}

/** Which of some erasures are done in a ledger. */
export async function erasedIn(
  db: D1Database,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { id } = usageErasures;
  const rows = await orm(db)
    .select({ id })
    .from(usageErasures)
    .where(inArray(id, eachOf(ids)));
  return new Set(rows.map((row) => row.id));
}
