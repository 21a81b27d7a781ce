/** What changed of the ledger's past. */
import { and, eq, gt, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import { usageVoids } from "../ledger/table.ts";
import { usageImports } from "./table.ts";

/**
 * True where an event was voided, or one from before the window imported, after the sequence `seq`:
 * then any closed period may have changed, however old.
 */
export async function correctedSince(
  db: D1Database,
  tenant: string,
  seq: number,
): Promise<boolean> {
  const found = sql<number>`1`.as("found");
  const voids = orm(db)
    .select({ found })
    .from(usageVoids)
    .where(and(eq(usageVoids.tenant, tenant), gt(usageVoids.voidSeq, seq)));
  const imports = orm(db)
    .select({ found })
    .from(usageImports)
    .where(and(eq(usageImports.tenant, tenant), gt(usageImports.upToSeq, seq)));
  const rows = await voids.unionAll(imports).limit(1);
  return rows.length > 0;
}
