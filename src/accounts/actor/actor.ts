/** Who is calling. Pure: the guard makes an `Actor` from a verified key or session. */
import type { ApiVersion } from "../../core/api-version.ts";
import type { Left } from "../../core/bucket.ts";
import type { Claim } from "../../platform/db/once.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Confinement } from "./confinement.ts";
import type { Role } from "./roles.ts";

export type TenantMode = "live" | "test";

/** Whose key acts for a tenant: the operator's tenant, and the key's user there. */
export type ActedBy = { tenantId: string; userId: string | null };

/** What the database was asked beside whose key it is, and when. */
export type Beside = { row: unknown; readMs: number };
/** Requests a minute: what the tenant's keys may send together, and what a key's own limit is. */
export type RequestLimits = {
  tenant: { reads: number; writes: number };
  key: { reads: number | null; writes: number | null };
};
/** Where a request came from; null for what is not known. */
export type Origin = { address: string | null; userAgent: string | null };

export type Actor = {
  tenantId: string;
  tenantName: string;
  mode: TenantMode;
  /** True for keys of the operator's tenant, which owns plans; false where one acts for another. */
  operator: boolean;
  keyId: string;
  /** What the key is called, or the person who is signed in. */
  keyName?: string | undefined;
  /** The dashboard's session, where it came by one. */
  sessionId?: string | undefined;
  userId: string | null;
  role: Role;
  /** What the key is confined to; null for no more than its role. */
  confinement: Confinement | null;
  /** Where a key of the operator acts for the tenant; then `userId` is null. */
  actedBy?: ActedBy | undefined;
  /** Events that the tenant may record a minute; null for as many as it sends. */
  eventsPerMinute: number | null;
  /** What is left of these, once its meter has said so. */
  eventsLeft?: Left | undefined;
  /** Of keys: how many requests a minute they may send. A session's are counted by itself. */
  limits?: RequestLimits | undefined;
  /** The version of the API in which it is asked and answered. */
  apiVersion: ApiVersion;
  /** Metrics of its own that the tenant may have. */
  metricNames: number;
  /** How many bytes the tenant may store, where it stores more; else null. */
  fullAt: number | null;
  /** The tenant's time when the request came in: real time, or a test tenant's own clock. */
  nowMs: number;
  /** Real time when the request came in: for audit rows, keys and signatures. */
  realMs: number;
  requestId: string;
  /** What the caller named the request by, where it did. */
  callerRequestId?: string | null;
  /** Where whose key it is had to be looked up, on a route that asks something beside it. */
  beside?: Beside | undefined;
  /** Asked for by what is logged alone. */
  from?: (() => Origin) | undefined;
  /** Of a request with an Idempotency-Key: written with the first change that it makes. */
  claim?: Claim | undefined;
};

/** The actor for a step on the way to what was asked for, which a second run may take again. */
export function onTheWay<T extends { claim?: Claim | undefined }>(actor: T): T {
  return { ...actor, claim: undefined };
}

/** The Hono environment of every route behind the guard. */
export type AppEnv = {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** The caller's own X-Request-Id, or null. */
    callerRequestId: string | null;
    actor: Actor;
    /** True once `allow` let the request read, and nothing else. */
    onlyReads?: boolean;
    /** True behind the shield, where all but recording stands. */
    shielded?: boolean;
    /** True where it was refused for sending too much: nothing is written of such a request. */
    overLimit?: boolean;
  };
};
