/** Deliveries that somebody asked for: a test event, one once more, or all since a `outboxSeq`. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { type AuditEntry, auditRow } from "../../accounts/audit/audit.ts";
import { insistHourly } from "../../accounts/store/hourly-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import { scheduleAll } from "../../platform/queue/due.ts";
import { listAnnounced } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { CHALLENGE_TYPE, PROOF_NEEDED } from "./challenge.ts";

import { endpointOf, ownDelivery } from "./endpoint.ts";
import { askedRow, dueRow, handOutDeliveries } from "./hand-out.ts";
import { deliveryFor, TEST_TYPE, wants } from "./message.ts";
import { insertDeliveries, readDelivery, restartDeliveries } from "./store.ts";
import type { Delivery } from "./table.ts";

/** Announcements that one replay looks at. */
const REPLAY_EVENTS = 500;
/** What a tenant may ask for in an hour, each request once. */
const ASKED = "webhook_requests_per_hour";

/**
 * Sends an event of the type `webhook.test` to an endpoint. Errors: 404, 409 where it is disabled
 * or unproven, 429 `budget.reached`.
 */
export async function sendTest(env: Env, actor: Actor, endpointId: string): Promise<Delivery> {
  await enabledEndpoint(env, actor, endpointId);
  const delivery = ownDelivery(actor, endpointId, TEST_TYPE);
  const answer = { made: delivery.id };
  const entry = { action: "webhook.test", target: endpointId, answer };
  await start(env, actor, [delivery], entry, askedRow);
  return delivery;
}

/**
 * Tries a delivery again, from the start of its schedule. Errors: 404, 409 where its endpoint is
 * disabled or unproven, 429 `budget.reached`.
 */
export async function retryDelivery(env: Env, actor: Actor, id: string): Promise<Delivery> {
  const delivery = await deliveryOf(env, actor, id);
  if (delivery.type === CHALLENGE_TYPE) {
    throw new Problem("resource.conflict", "a challenge is not tried again: ask for another one");
  }
  await enabledEndpoint(env, actor, delivery.endpoint);
  await start(env, actor, [delivery], { action: "webhook.retry", target: id }, askedRow);
  return { ...delivery, status: "pending" };
}

export type Replayed = { deliveries: number; lastSeq: number; more: boolean };

/**
 * Sends an endpoint what it wants of the announcements after `afterSeq`, whether or not it had
 * them; a long past takes several calls. Errors: 404, 409 where it is disabled or unproven, 429
 * `budget.reached`.
 */
export async function replayAfter(
  env: Env,
  actor: Actor,
  endpointId: string,
  afterSeq: number,
): Promise<Replayed> {
  const endpoint = await enabledEndpoint(env, actor, endpointId);
  const events = await listAnnounced(env.DB, actor.tenantId, afterSeq, REPLAY_EVENTS + 1);
  const seen = events.slice(0, REPLAY_EVENTS);
  const deliveries = seen
    .filter(({ type }) => wants(endpoint.events, type))
    .map((event) => deliveryFor(endpointId, event, actor.realMs));
  const lastSeq = seen.at(-1)?.outboxSeq ?? afterSeq;
  const more = events.length > REPLAY_EVENTS;
  const shown = { deliveries: deliveries.length, last_seq: lastSeq, has_more: more };
  const detail = { after: afterSeq };
  const entry = { action: "webhook.replay", target: endpointId, detail, answer: { shown } };
  await start(env, actor, deliveries, entry, dueRow);
  return { deliveries: deliveries.length, lastSeq, more };
}

/** A delivery of the actor's tenant. Errors: 404. */
export async function deliveryOf(env: Env, actor: Actor, id: string): Promise<Delivery> {
  const delivery = await readDelivery(env.DB, actor.tenantId, id);
  if (!delivery) throw notFound("delivery");
  return delivery;
}

async function enabledEndpoint(env: Env, actor: Actor, id: string) {
  const endpoint = await endpointOf(env, actor, id);
  if (endpoint.disabled !== null) {
    throw new Problem("resource.conflict", "the endpoint is disabled: enable it first");
  }
  if (endpoint.provenMs === null) throw new Problem("resource.conflict", PROOF_NEEDED);
  return endpoint;
}

async function start(
  env: Env,
  actor: Actor,
  deliveries: readonly Delivery[],
  entry: AuditEntry,
  rowOf: typeof dueRow | typeof askedRow,
): Promise<void> {
  const ids = deliveries.map(({ id }) => id);
  const rows = deliveries.map((delivery) => rowOf(delivery, actor.realMs));
  await commit(env.DB, [
    ...insistHourly(env.DB, actor, { name: ASKED, count: 1, nowMs: actor.realMs }),
    ...insertDeliveries(env.DB, deliveries),
    restartDeliveries(env.DB, ids),
    ...scheduleAll(env.DB, rows),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  await handOutDeliveries(env, actor.tenantId, actor.realMs);
}
