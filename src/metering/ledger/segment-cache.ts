/**
 * Bodies of segments that this isolate read lately, unpacked: what a segment holds never changes,
 * and who looks at a tenant's usage reads the same ones for each page of it.
 */
import type { Body } from "../event/body.ts";

/** A segment by its tenant and its sequences: those of one with the same are the same events. */
type Segment = { low: number; high: number };

const MOST_BYTES = 4_000_000;

const kept = new Map<string, { tenant: string; name: string; body: Body }>();
let bytes = 0;

/** As SQL names a segment: `low || '-' || high`. */
export function segmentName({ low, high }: Segment): string {
  return `${low}-${high}`;
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
  for (const [oldest, { length }] of [...kept].map(([at, one]) => [at, one.body] as const)) {
    if (bytes + body.length <= MOST_BYTES) break;
    kept.delete(oldest);
    bytes -= length;
  }
  kept.set(key, { tenant, name, body });
  bytes += body.length;
}
