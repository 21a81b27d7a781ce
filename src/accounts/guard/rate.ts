/**
 * How many requests a minute a tenant and a key may send, reads and writes apart; recording has a
 * budget of events instead, which its meter holds exactly. Each isolate counts what comes to it,
 * and asks the platform's counter, which counts what comes to a location. Both are memory: who is
 * over its limit costs no query, and its body is not read.
 */
import { Bucket, type Left } from "../../core/bucket.ts";
import { Problem } from "../../core/errors.ts";
import { limitItem, policyItem } from "../../core/rate-limit.ts";
import { evictOldest } from "../../core/recent.ts";
import { MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";

/** What a request counts as. */
export type Kind = "reads" | "writes";

const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** By its method alone, which is known before anything of it is read. */
export function kindOf(method: string): Kind {
  return READS.has(method) ? "reads" : "writes";
}

const MOST_BUCKETS = 20_000;
const buckets = new Map<string, Bucket>();

function bucketOf(name: string): Bucket {
  const known = buckets.get(name);
  if (known) return known;
  evictOldest(buckets, MOST_BUCKETS);
  const bucket = new Bucket();
  buckets.set(name, bucket);
  return bucket;
}

/** Whose limit it is: a key's own one is only asked where it is below its tenant's. */
type Limit = { of: "tenant" | "key"; id: string; perMinute: number };

function limitsOf({ tenantId, keyId, actedBy, limits }: Actor, kind: Kind): Limit[] {
  if (!limits) return [];
  const { tenant, key } = limits;
  // The operator's key keeps its own limits, whomever it acts for.
  const whole = {
    of: "tenant",
    id: actedBy?.tenantId ?? tenantId,
    perMinute: tenant[kind],
  } as const;
  const own = key[kind];
  if (own === null || own >= whole.perMinute) return [whole];
  return [{ of: "key", id: keyId, perMinute: own }, whole];
}

/** What a request may be told of its limits, and why it is refused where it is. */
export type Rated = { policy: string; left: string; refused: Problem | null };

/** Counts a request of an actor in this isolate. */
export function countRequest(actor: Actor, kind: Kind): Rated {
  const policies: string[] = [];
  const left: string[] = [];
  let refused: Problem | null = null;
  for (const { of, id, perMinute } of limitsOf(actor, kind)) {
    const name = of === "key" ? `key-${kind}` : kind;
    const bucket = bucketOf(`${kind}:${id}`);
    const waitMs = refused ? 0 : bucket.take(1, perMinute, actor.realMs);
    if (waitMs > 0) refused = overLimit(of, kind, perMinute, waitMs);
    policies.push(policyItem({ name, quota: perMinute }));
    left.push(limitItem(name, waitMs > 0 ? { left: 0, fullMs: waitMs } : bucket.left()));
  }
  return { policy: policies.join(", "), left: left.join(", "), refused };
}

/** What wrangler.toml gives SHIELD for one name in a minute. */
const SHIELD_LIMIT = 6_000;
const NOTHING_LEFT: Left = { left: 0, fullMs: MINUTE_MS };
let turn = 0;

/** Asks the platform's counter; a limit above what it holds for a name takes several by turns. */
export async function askPlatform(
  env: Pick<Env, "SHIELD">,
  actor: Actor,
  kind: Kind,
): Promise<{ left: string; refused: Problem } | null> {
  const whole = limitsOf(actor, kind).at(-1);
  if (!whole) return null;
  const { id, perMinute } = whole;
  const names = Math.ceil(perMinute / SHIELD_LIMIT);
  const { success } = await env.SHIELD.limit({ key: `${kind}:${id}:${turn++ % names}` });
  if (success) return null;
  const refused = overLimit("tenant", kind, perMinute, MINUTE_MS);
  return { left: limitItem(kind, NOTHING_LEFT), refused };
}

function overLimit(of: Limit["of"], kind: Kind, limit: number, waitMs: number): Problem {
  const retryAfterSeconds = Math.ceil(waitMs / SECOND_MS);
  const whose = of === "key" ? "this key" : "this tenant's keys together";
  const more =
    of === "key"
      ? "or have its limit raised with PATCH /api/keys/{id}"
      : "or ask the operator for more";
  const detail =
    `${whose} may send ${limit} ${kind} a minute; send it again in ` +
    `${retryAfterSeconds} s, ${more}`;
  const budget = of === "key" ? {} : { budget: `${kind}_per_minute` };
  return new Problem("request.rate_limited", detail, {
    retryAfterSeconds,
    members: { ...budget, limit },
  });
}
