/** A tenant's webhook endpoints: create, change, rotate the secret, remove. */
import { sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistBudget } from "../../accounts/store/budget-store.ts";
import { insistHourly } from "../../accounts/store/hourly-store.ts";
import type { ApiVersion } from "../../core/api-version.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { HOUR_MS, timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { schedule, scheduleAllOnce } from "../../platform/queue/due.ts";
import { makeId, seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { sealingSecret } from "../../platform/runtime/secret.ts";
import { SECRET_BYTES, secretText } from "../transport/signature.ts";
import { CHALLENGE_TYPE, hostOf, isTrusted } from "./challenge.ts";
import { RESUMED } from "./deliver.ts";
import { askedRow, dueRow, handOutDeliveries } from "./hand-out.ts";
import {
  deleteEndpoint,
  endpointsOf,
  endSecrets,
  insertDeliveries,
  insertEndpoint,
  insertSecret,
  moveEndpoint,
  pendingOf,
  readEndpoint,
  updateEndpoint,
} from "./store.ts";
import type { Delivery, Endpoint } from "./table.ts";
import { newTargetProblem } from "./target.ts";

export type EndpointInput = {
  url: string;
  description: string | null;
  events: string[];
  apiVersion: ApiVersion;
};

/**
 * A new endpoint and its first secret; where another one has its host, it is challenged first.
 * Errors: 422 for its URL, 429 `budget.reached`, 503 where the installation cannot keep secrets.
 */
export async function createEndpoint(
  env: Env,
  actor: Actor,
  given: EndpointInput,
): Promise<{ endpoint: Endpoint; secret: string }> {
  insistTarget(env, given.url);
  const endpoint = {
    ...given,
    id: makeId("whe", actor.realMs),
    tenant: actor.tenantId,
    disabled: null,
    slow: false,
    failingSinceMs: null,
    createdMs: actor.realMs,
    host: hostOf(given.url),
  };
  const { id, host } = endpoint;
  const owner = sql`${actor.tenantId}`;
  const { secret, row } = await newSecret(env, id, actor.realMs);
  await commit(env.DB, [
    insertEndpoint(env.DB, endpoint, isTrusted(host, env.WEBHOOK_TRUSTED_HOSTS)),
    insistBudget(env.DB, actor, "webhook_endpoints", endpointsOf(owner)),
    insistBudget(env.DB, actor, "endpoints_per_host", endpointsOf(owner, host)),
    row,
    audit(env, actor, "webhook.create", id, { url: endpoint.url }, { secret }),
  ]);
  return { endpoint: await challenged(env, actor, id), secret };
}

/** An endpoint as it is now, with its first challenge on its way where it needs one. */
async function challenged(env: Env, actor: Actor, id: string): Promise<Endpoint> {
  const endpoint = await endpointOf(env, actor, id);
  if (endpoint.provenMs !== null || endpoint.disabled !== null) return endpoint;
  try {
    await sendChallenge(env, actor, id);
  } catch (error) {
    // Enough of them for this hour: it is asked for later.
    if (!(error instanceof Problem)) throw error;
  }
  return endpoint;
}

/**
 * Has an unproven endpoint challenged once more. Errors: 404, 409 where it is proven or disabled,
 * 429 `budget.reached`.
 */
export async function askForProof(env: Env, actor: Actor, id: string): Promise<Delivery> {
  const { disabled, provenMs } = await endpointOf(env, actor, id);
  if (provenMs !== null) throw new Problem("resource.conflict", "the endpoint is proven already");
  if (disabled !== null) {
    throw new Problem("resource.conflict", "the endpoint is disabled: enable it first");
  }
  return sendChallenge(env, actor, id);
}

async function sendChallenge(env: Env, actor: Actor, endpoint: string): Promise<Delivery> {
  const { realMs } = actor;
  const delivery = ownDelivery(actor, endpoint, CHALLENGE_TYPE);
  const entry = { action: CHALLENGE_TYPE, target: endpoint, answer: { made: delivery.id } };
  await commit(env.DB, [
    ...insistHourly(env.DB, actor, { name: "challenges_per_hour", count: 1, nowMs: realMs }),
    ...insertDeliveries(env.DB, [delivery]),
    schedule(env.DB, askedRow(delivery, realMs)),
    auditRow(env.DB, actor, entry, realMs),
  ]);
  await handOutDeliveries(env, actor.tenantId, realMs);
  return delivery;
}

/** A delivery to an endpoint that brings no event, such as a test. */
export function ownDelivery(
  { tenantId: tenant, realMs }: Actor,
  endpoint: string,
  type: string,
): Delivery {
  return {
    id: makeId("dlv", realMs),
    tenant,
    endpoint,
    message: makeId(type.slice(type.indexOf(".") + 1), realMs),
    outboxSeq: null,
    type,
    status: "pending",
    attempts: 0,
    step: 0,
    createdMs: realMs,
  };
}

/** An endpoint of the actor's tenant. Errors: 404. */
export async function endpointOf(env: Env, actor: Actor, id: string): Promise<Endpoint> {
  const endpoint = await readEndpoint(env.DB, actor.tenantId, id);
  if (!endpoint) throw notFound("endpoint");
  return endpoint;
}

/**
 * Changes the given fields; enabling it has what waited sent, and another URL has to be proven as a
 * new endpoint has. Errors: 404, 422 for its URL, 429 `budget.reached`.
 */
export async function changeEndpoint(
  env: Env,
  actor: Actor,
  id: string,
  given: Partial<EndpointInput> & { enabled?: boolean },
): Promise<Endpoint> {
  const before = await endpointOf(env, actor, id);
  if (given.url !== undefined) insistTarget(env, given.url);
  const { enabled, url, ...fields } = given;
  const change = { ...fields, ...switched(before, enabled) };
  const isMoved = url !== undefined && url !== before.url;
  const waiting = enabled ? await pendingOf(env.DB, id, RESUMED) : [];
  const { tenantId: tenant, realMs: atMs } = actor;
  await commit(env.DB, [
    ...(isMoved ? movedTo(env, actor, id, url) : []),
    ...(Object.keys(change).length > 0 ? [updateEndpoint(env.DB, id, change)] : []),
    ...scheduleAllOnce(
      env.DB,
      waiting.map((ref) => dueRow({ id: ref, tenant, endpoint: id }, atMs)),
    ),
    audit(env, actor, "webhook.change", id, { fields: namesOf(given) }),
  ]);
  return isMoved ? challenged(env, actor, id) : endpointOf(env, actor, id);
}

/** The fields of a change as callers name them. */
function namesOf(given: object): string[] {
  return Object.keys(given).map((name) => (name === "apiVersion" ? "api_version" : name));
}

function movedTo(env: Env, actor: Actor, id: string, url: string): D1PreparedStatement[] {
  const host = hostOf(url);
  const owner = sql`${actor.tenantId}`;
  const trusted = isTrusted(host, env.WEBHOOK_TRUSTED_HOSTS);
  return [
    moveEndpoint(env.DB, id, { url, host, trusted, nowMs: actor.realMs }),
    insistBudget(env.DB, actor, "endpoints_per_host", endpointsOf(owner, host)),
  ];
}

function switched(
  { disabled }: Endpoint,
  enabled: boolean | undefined,
): Partial<Pick<Endpoint, "disabled" | "failingSinceMs">> {
  if (enabled === undefined) return {};
  return enabled ? { disabled: null, failingSinceMs: null } : { disabled: disabled ?? "asked" };
}

/** Removes an endpoint, with what waits for it and its log. Errors: 404. */
export async function removeEndpoint(env: Env, actor: Actor, id: string): Promise<void> {
  const { url } = await endpointOf(env, actor, id);
  await commit(env.DB, [
    deleteEndpoint(env.DB, id),
    audit(env, actor, "webhook.delete", id, { url }),
  ]);
}

/**
 * Makes a new secret; the older ones sign along for `hours` more. Errors: 404, 503; 409 where as
 * many as may sign along do so already.
 */
export async function rotateSecret(
  env: Env,
  actor: Actor,
  id: string,
  hours: number,
): Promise<{ secret: string; oldExpiresMs: number }> {
  await endpointOf(env, actor, id);
  const oldExpiresMs = actor.realMs + hours * HOUR_MS;
  const { secret, row } = await newSecret(env, id, actor.realMs);
  const shown = { secret, old_secret_ends_at: timeText(oldExpiresMs) };
  await commit(env.DB, [
    ...endSecrets(env.DB, id, oldExpiresMs, actor.realMs),
    row,
    audit(env, actor, "webhook.rotate", id, { hours }, shown),
  ]);
  return { secret, oldExpiresMs };
}

async function newSecret(
  env: Env,
  endpoint: string,
  realMs: number,
): Promise<{ secret: string; row: D1PreparedStatement }> {
  const secret = secretText(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  const sealed = await seal(sealingSecret(env), endpoint, secret);
  const id = makeId("whs", realMs);
  const row = insertSecret(env.DB, { id, endpoint, sealed, expiresMs: null, createdMs: realMs });
  return { secret, row };
}

function insistTarget(env: Env, url: string): void {
  const problem = newTargetProblem(url, env.LOCAL_WEBHOOKS === "allow", env.WEBHOOK_PORTS);
  if (problem) throw invalidField("/url", problem);
}

function audit(
  env: Env,
  actor: Actor,
  action: string,
  target: string,
  detail: Record<string, unknown>,
  shown: Record<string, unknown> = {},
): D1PreparedStatement {
  return auditRow(env.DB, actor, { action, target, detail, answer: { shown } }, actor.realMs);
}
