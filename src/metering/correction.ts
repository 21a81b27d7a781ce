/** What was taken back of the ledger. */
import type { D1Database } from "@cloudflare/workers-types";

/** True where an event was voided after the sequence `seq`, however old the event. */
export async function voidedSince(db: D1Database, tenant: string, seq: number): Promise<boolean> {
  const row = await db
    .prepare("SELECT 1 AS found FROM usage_voids WHERE tenant = ? AND void_seq > ? LIMIT 1")
    .bind(tenant, seq)
    .first();
  return row !== null;
}
