/** Which tenants a ledger has, and how much each of them has there. */
import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { tenants } from "../../accounts/store/table.ts";
import { orm } from "../../platform/db/db.ts";
import { ledgerDb } from "../../platform/db/ledger.ts";
import type { Slice } from "../../platform/http/slice.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { usageSegments, usageWatermarks } from "../ledger/table.ts";

/** A tenant of a ledger: its events there, and about how many bytes they take. */
export type HeldTenant = { id: string; events: number; bytes: number };

const mark = usageWatermarks;
const first = alias(usageSegments, "oldest");
const last = alias(usageSegments, "newest");

/** A tenant's segment at an end of its journal: one look-up by the key. */
function segmentAt(segment: typeof first | typeof last, end: SQL): SQL {
  const { tenant, high } = usageSegments;
  return sql`CROSS JOIN ${usageSegments} AS ${segment} ON ${segment.tenant} = ${mark.tenant}
    AND ${segment.high} = (SELECT ${end}(${high}) FROM ${usageSegments}
      WHERE ${tenant} = ${mark.tenant})`;
}

/** What left for the archive are the oldest events; bytes go by those that came last. */
function heldOf(ids: readonly string[]): SQL {
  const events = sql`(${mark.upTo} - ${first.low} + 1)`;
  const bytes = sql`(octet_length(${last.body}) + ${last.objectLength})`;
  return sql`SELECT ${mark.tenant} AS id, ${events} AS events,
      ${events} * ${bytes} / ${last.n} AS bytes
    FROM json_each(${JSON.stringify(ids)}) AS each
    CROSS JOIN ${mark} ON ${mark.tenant} = each.value
    ${segmentAt(first, sql`min`)} ${segmentAt(last, sql`max`)}`;
}

/** The ids of a ledger's tenants, in their order. */
export async function tenantsOfLedger(
  db: D1Database,
  ledger: number,
  { after, limit }: Slice,
): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: tenants.id })
    .from(tenants)
    .where(and(eq(tenants.ledger, ledger), gt(tenants.id, after ?? "")))
    .orderBy(asc(tenants.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** What a ledger's tenants have there, by id; all zero for one that has recorded nothing. */
export async function heldIn(env: Env, ledger: number, slice: Slice): Promise<HeldTenant[]> {
  const ids = await tenantsOfLedger(env.DB, ledger, slice);
  const held = await orm(ledgerDb(env, ledger)).all<HeldTenant>(heldOf(ids));
  const found = new Map(held.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? { id, events: 0, bytes: 0 });
}
