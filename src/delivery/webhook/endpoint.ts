/** A tenant's webhook endpoints: create, change, rotate the secret, remove. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { HOUR_MS, timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { scheduleOnce } from "../../platform/queue/due.ts";
import { makeId, seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { sealingSecret } from "../../platform/runtime/secret.ts";
import { SECRET_BYTES, secretText } from "../transport/signature.ts";
import { dueRow } from "./deliver.ts";
import {
  deleteEndpoint,
  endSecrets,
  insertEndpoint,
  insertSecret,
  listEndpoints,
  pendingOf,
  readEndpoint,
  updateEndpoint,
} from "./store.ts";
import type { Endpoint } from "./table.ts";
import { newTargetProblem } from "./target.ts";

export const MAX_ENDPOINTS = 20;
/** Deliveries that enabling an endpoint takes up again; enabling it once more takes up the rest. */
const MAX_RESUMED = 500;

export type EndpointInput = { url: string; description: string | null; events: string[] };

/**
 * A new endpoint and its first secret. Errors: 409 for too many, 422 for its URL, 503 where the
 * installation cannot keep secrets.
 */
export async function createEndpoint(
  env: Env,
  actor: Actor,
  given: EndpointInput,
): Promise<{ endpoint: Endpoint; secret: string }> {
  insistTarget(env, given.url);
  if ((await listEndpoints(env.DB, actor.tenantId)).length >= MAX_ENDPOINTS) {
    throw new Problem("resource.conflict", `a tenant has at most ${MAX_ENDPOINTS} endpoints`);
  }
  const endpoint: Endpoint = {
    ...given,
    id: makeId("whe", actor.realMs),
    tenant: actor.tenantId,
    disabled: null,
    slow: false,
    failingSinceMs: null,
    createdMs: actor.realMs,
  };
  const { secret, row } = await newSecret(env, endpoint.id, actor.realMs);
  await commit(env.DB, [
    insertEndpoint(env.DB, endpoint),
    row,
    audit(env, actor, "webhook.create", endpoint.id, { url: endpoint.url }, { secret }),
  ]);
  return { endpoint, secret };
}

/** An endpoint of the actor's tenant. Errors: 404. */
export async function endpointOf(env: Env, actor: Actor, id: string): Promise<Endpoint> {
  const endpoint = await readEndpoint(env.DB, actor.tenantId, id);
  if (!endpoint) throw notFound("endpoint");
  return endpoint;
}

/** Changes the given fields; enabling it has what waited sent. Errors: 404, 422 for its URL. */
export async function changeEndpoint(
  env: Env,
  actor: Actor,
  id: string,
  given: Partial<EndpointInput> & { enabled?: boolean },
): Promise<Endpoint> {
  const before = await endpointOf(env, actor, id);
  if (given.url !== undefined) insistTarget(env, given.url);
  const { enabled, ...fields } = given;
  const change = { ...fields, ...switched(before, enabled) };
  const waiting = enabled ? await pendingOf(env.DB, id, MAX_RESUMED) : [];
  const { tenantId: tenant, realMs: atMs } = actor;
  await commit(env.DB, [
    ...(Object.keys(change).length > 0 ? [updateEndpoint(env.DB, id, change)] : []),
    ...waiting.map((ref) => scheduleOnce(env.DB, dueRow({ id: ref, tenant, endpoint: id }, atMs))),
    audit(env, actor, "webhook.change", id, { fields: Object.keys(given) }),
  ]);
  return endpointOf(env, actor, id);
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

/** Makes a new secret; the older ones sign along for `hours` more. Errors: 404, 503. */
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
