/** What changed of the ledger's past. */

/**
 * True where an event was voided, or one from before the window imported, after the sequence `seq`:
 * then any closed period may have changed, however old.
 */
export async function correctedSince(
  db: D1Database,
  tenant: string,
  seq: number,
): Promise<boolean> {
  const row = await db
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM usage_voids WHERE tenant = ?1 AND void_seq > ?2)
           OR EXISTS (SELECT 1 FROM usage_imports WHERE tenant = ?1 AND up_to_seq > ?2) AS found`,
    )
    .bind(tenant, seq)
    .first<{ found: number }>();
  return row?.found === 1;
}
