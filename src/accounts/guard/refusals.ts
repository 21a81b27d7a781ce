/**
 * Tenants that go on asking for more than their budgets hold. A refusal costs the database as much
 * as what it refuses, and others wait for that: after some in a second, what the tenant asks for in
 * the same place is refused from memory until the next one, by each isolate for itself.
 */
import { SECOND_MS } from "../../core/time.ts";

/** Refusals of a tenant in a second and place that are decided by the database. */
const MOST_IN_A_SECOND = 10;

let second = 0;
/** Of this second, by tenant and then by the path that was asked. */
const refusals = new Map<string, Map<string, number>>();

/** Of a tenant, in the second of `nowMs`. */
function countsOf(tenantId: string, nowMs: number): Map<string, number> | undefined {
  const now = Math.floor(nowMs / SECOND_MS);
  if (now !== second) refusals.clear();
  second = now;
  return refusals.get(tenantId);
}

/** Takes note that one of its budgets refused what a tenant asked for at a path. */
export function noteRefusal(tenantId: string, path: string, nowMs: number): void {
  const counts = countsOf(tenantId, nowMs) ?? new Map<string, number>();
  counts.set(path, (counts.get(path) ?? 0) + 1);
  refusals.set(tenantId, counts);
}

/** Takes note that something was written at a path: what lies above it may have room again. */
export function noteWritten(tenantId: string, path: string): void {
  const counts = refusals.get(tenantId);
  for (const above of counts?.keys() ?? []) if (path.startsWith(above)) counts?.delete(above);
}

/** Forgets what a tenant was refused: its budgets were changed. */
export function forgetRefusals(tenantId: string): void {
  refusals.delete(tenantId);
}

/** True where a tenant was refused so often at a path that it waits for the next second. */
export function isRefusedOften(tenantId: string, path: string, nowMs: number): boolean {
  return (countsOf(tenantId, nowMs)?.get(path) ?? 0) >= MOST_IN_A_SECOND;
}
