/** What changed of the ledger's past. */
import { and, eq, gt, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { usageVoids } from "../ledger/table.ts";
import { readStore } from "../ledger/watermark.ts";
import { usageImports } from "./table.ts";

/**
 * True where an event was voided, or one from before the window imported, after the sequence `seq`:
 * then any closed period may have changed, however old.
 */
export async function correctedSince(env: Env, tenant: string, seq: number): Promise<boolean> {
  const found = sql<number>`1`.as("found");
  const { DB: ledger } = await readStore(env, tenant);
  const voids = orm(ledger)
    .select({ found })
    .from(usageVoids)
    .where(and(eq(usageVoids.tenant, tenant), gt(usageVoids.voidSeq, seq)))
    .limit(1);
  const imports = orm(env.DB)
    .select({ found })
    .from(usageImports)
    .where(and(eq(usageImports.tenant, tenant), gt(usageImports.upToSeq, seq)))
    .limit(1);
  const rows = await Promise.all([voids, imports]);
  return rows.flat().length > 0;
}
