/**
 * Bodies of segments that this isolate read lately, unpacked: what a segment holds never changes
 * but by an erasure, which gives it another name, and who looks at a tenant's usage reads the same
 * ones for each page of it.
 */
import type { Body } from "../event/body.ts";

/** A segment by what says which events it holds, and whether they were written anew. */
type Segment = { low: number; high: number; drainedMs: number; objectKey: string | null };

const MOST_BYTES = 4_000_000;

const kept = new Map<string, { tenant: string; name: string; body: Body }>();
let bytes = 0;

/** The same as SQL names it. */
export const SEGMENT_NAME =
  "low || '-' || high || '-' || drained_ms || '-' || ifnull(object_key, '')";

/** What names a segment as it is now. */
export function segmentName({ low, high, drainedMs, objectKey }: Segment): string {
  return `${low}-${high}-${drainedMs}-${objectKey ?? ""}`;
}

/** The bodies of a tenant's segments that are kept now, by their names. */
export function keptBodies(tenant: string): ReadonlyMap<string, Body> {
  const own = [...kept.values()].filter((one) => one.tenant === tenant);
  return new Map(own.map(({ name, body }) => [name, body]));
}

/** Keeps a body; those that were kept first go first. */
export function keepBody(tenant: string, segment: Segment, body: Body): void {
  const name = segmentName(segment);
  const key = `${tenant} ${name}`;
  if (kept.has(key) || body.length > MOST_BYTES / 4) return;
  for (const [oldest, one] of kept) {
    if (bytes + body.length <= MOST_BYTES) break;
    kept.delete(oldest);
    bytes -= one.body.length;
  }
  kept.set(key, { tenant, name, body });
  bytes += body.length;
}
