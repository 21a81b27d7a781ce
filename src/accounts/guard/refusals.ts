/**
 * Tenants that go on asking for more than their budgets hold. A refusal costs the database as much
 * as what it refuses, and others wait for that: after some in a second, what else the tenant writes
 * in it is refused from memory, by each isolate for itself.
 */
import { SECOND_MS } from "../../core/time.ts";

/** Refusals of a tenant by its budgets in a second that are decided by the database. */
const MOST_IN_A_SECOND = 10;

let second = 0;
const refusals = new Map<string, number>();

function countsAt(nowMs: number): Map<string, number> {
  const now = Math.floor(nowMs / SECOND_MS);
  if (now !== second) refusals.clear();
  second = now;
  return refusals;
}

/** Takes note that a tenant was refused by one of its budgets. */
export function noteRefusal(tenantId: string, nowMs: number): void {
  const counts = countsAt(nowMs);
  counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
}

/** True where a tenant was refused so often in this second that it waits for the next one. */
export function isRefusedOften(tenantId: string, nowMs: number): boolean {
  return (countsAt(nowMs).get(tenantId) ?? 0) >= MOST_IN_A_SECOND;
}
