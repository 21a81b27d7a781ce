/**
 * Events on their way to endpoints. A delivery's due row is what makes it certain: the queue only
 * says that it is time, so a message lost or doubled there changes nothing.
 */
import { auditRow } from "../../accounts/audit/audit.ts";
import type { AnnouncedEvent, DomainEvent } from "../../core/event.ts";
import { MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { schedule, scheduleOnce, unschedule } from "../../platform/queue/due.ts";
import { announce, readAnnounced, relay } from "../../platform/queue/outbox.ts";
import type { Env, Job } from "../../platform/runtime/env.ts";
import { opened } from "../../platform/runtime/secret.ts";
import { type Ended, isSuccess, retryAfterMs, verdictOf } from "../transport/retry.ts";
import { signedHeaders } from "../transport/signature.ts";
import { healthAfter } from "./health.ts";
import { deliveryFor, payloadOf, testPayload, wants } from "./message.ts";
import {
  insertDelivery,
  listEndpoints,
  liveSecrets,
  logAttempt,
  readTarget,
  type Target,
  updateEndpoint,
} from "./store.ts";
import type { Delivery, Endpoint } from "./table.ts";
import { targetProblem } from "./target.ts";

/** The kind of a delivery's due row; its ref is the delivery. */
export const WEBHOOK_DELIVER = "webhook.deliver";

/** A handed-out delivery that nobody reported back is handed out again after this. */
const LEASE_MS = 2 * MINUTE_MS;
const ANSWER_BYTES = 1_024;

/**
 * Makes a delivery of an event for each enabled endpoint that wants it, or whose id is among
 * `routed`; once, however often it is asked.
 */
export async function fanOut(
  env: Env,
  event: AnnouncedEvent,
  realMs: number,
  routed: ReadonlySet<string> = new Set(),
): Promise<void> {
  const endpoints = (await listEndpoints(env.DB, event.tenant)).filter(
    ({ id, disabled, events }) =>
      disabled === null && (wants(events, event.type) || routed.has(id)),
  );
  if (endpoints.length === 0) return;
  const made = endpoints.map(({ id }) => deliveryFor(id, event, realMs));
  await env.DB.batch(
    made.flatMap((delivery) => [
      insertDelivery(env.DB, delivery),
      scheduleOnce(env.DB, leasedRow(delivery, realMs)),
    ]),
  );
  await Promise.all(made.map(({ id }, i) => wake(env, id, endpoints[i]?.slow === true)));
}

/** A due row's turn: hands the delivery to a queue, and keeps the row until it is reported back. */
export async function handOut(env: Env, deliveryId: string, realMs: number): Promise<void> {
  const target = await readTarget(env.DB, deliveryId);
  if (!target || !isWanted(target)) return;
  await schedule(env.DB, leasedRow(target.delivery, realMs)).run();
  await wake(env, deliveryId, target.endpoint.slow);
}

/** What waits for a disabled endpoint stays, and is taken up when it is enabled. */
function isWanted({ delivery, endpoint }: Target): boolean {
  return delivery.status === "pending" && endpoint.disabled === null;
}

async function wake(env: Env, id: string, slow: boolean): Promise<void> {
  await wakeAll(env, [id], slow);
}

const QUEUE_BATCH = 100; // what a queue takes at once

/** Has deliveries of an endpoint attempted now; their due rows bring back what is lost. */
export async function wakeAll(env: Env, ids: readonly string[], slow: boolean): Promise<void> {
  const queue = slow ? env.SLOW_DELIVERIES : env.DELIVERIES;
  const jobs = ids.map((id) => ({ body: { kind: "deliver", id } satisfies Job }));
  for (let i = 0; i < jobs.length; i += QUEUE_BATCH) {
    await queue.sendBatch(jobs.slice(i, i + QUEUE_BATCH));
  }
}

/** The due row of a delivery that is handed out now. */
export function leasedRow(delivery: Delivery, realMs: number): Parameters<typeof schedule>[1] {
  return dueRow(delivery, realMs + LEASE_MS);
}

function dueRow({ id, tenant }: Delivery, atMs: number): Parameters<typeof schedule>[1] {
  return { tenant, atMs, clock: "real", kind: WEBHOOK_DELIVER, ref: id };
}

export type Lane = "quick" | "slow";

/** A queue batch lasts as long as its slowest delivery: in the quick lane nobody may be slow. */
const QUICK_TIMEOUT_MS = SECOND_MS;
const TIMEOUT_MS = 15 * SECOND_MS;

function timeoutOf(env: Env, lane: Lane): number {
  const timeoutMs = Number(env.DELIVERY_TIMEOUT_MS || TIMEOUT_MS);
  return lane === "quick" ? Math.min(QUICK_TIMEOUT_MS, timeoutMs) : timeoutMs;
}

/**
 * One attempt. Whoever does not answer in the quick lane is asked again at once in the slow one,
 * which has the time that receivers are promised. Errors: D1's; the due row then brings the
 * delivery back.
 */
export async function attemptDelivery(
  env: Env,
  id: string,
  lane: Lane,
  clock: () => number,
): Promise<void> {
  const target = await readTarget(env.DB, id);
  if (!target || !isWanted(target)) {
    await unschedule(env.DB, WEBHOOK_DELIVER, id).run();
    return;
  }
  if (lane === "quick" && target.endpoint.slow) return wake(env, id, true);
  const beganMs = clock();
  const body = await bodyOf(env, target);
  const { answer, error, ...ended } = await send(env, target, body, { lane, clock });
  if (lane === "quick" && ended.timedOut) {
    await updateEndpoint(env.DB, target.endpoint.id, { slow: true }).run();
    return wake(env, id, true);
  }
  const statements = attemptStatements(env, target, ended, {
    answer,
    error,
    beganMs,
    endedMs: clock(),
  });
  try {
    await env.DB.batch(statements);
  } catch (failure) {
    // The same message twice at once: the other attempt reported first.
    if (!isUniqueViolation(failure, "webhook_attempts")) throw failure;
  }
  await relay(env.DB, env.JOBS, clock());
}

async function bodyOf(env: Env, { delivery }: Target): Promise<string> {
  if (delivery.outboxSeq === null) return testPayload(delivery);
  const event = await readAnnounced(env.DB, delivery.tenant, delivery.message);
  if (!event) throw new Error(`no announcement ${delivery.message}`);
  return payloadOf(event);
}

/** Of an endpoint none of whose secrets can be opened. */
const NO_KEY =
  "the endpoint's secret was sealed under another DELIVERY_SECRET of the installation: rotate it";

type Sent = Ended & { answer: string; error: string | null };

async function send(
  env: Env,
  { delivery, endpoint }: Target,
  body: string,
  { lane, clock }: { lane: Lane; clock: () => number },
): Promise<Sent> {
  const refused = targetProblem(endpoint.url, env.LOCAL_WEBHOOKS === "allow");
  const none = { status: null, timedOut: false, retryAfterMs: null, answer: "" };
  if (refused) return { ...none, latencyMs: 0, error: `the target ${refused}` };
  const beganMs = clock();
  const secrets = await liveSecrets(env.DB, endpoint.id, beganMs);
  // After a rotation one of them may be readable where the installation's own secret was changed.
  const keys = await Promise.allSettled(
    secrets.map(({ sealed }) => opened(env, endpoint.id, sealed)),
  );
  const readable = keys.flatMap((key) => (key.status === "fulfilled" ? key.value : []));
  if (readable.length === 0) return { ...none, latencyMs: 0, error: NO_KEY };
  const atSeconds = Math.floor(beganMs / SECOND_MS);
  const timeoutMs = timeoutOf(env, lane);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(endpoint.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "BoxCostPro-Webhooks/1",
        ...signedHeaders({ id: delivery.message, atSeconds, body }, readable),
      },
      body,
      redirect: "manual",
      signal,
    });
    const latencyMs = clock() - beganMs;
    return {
      status: response.status,
      timedOut: false,
      latencyMs,
      retryAfterMs: retryAfterMs(response.headers.get("retry-after"), clock()),
      answer: await beginningOf(response),
      error: null,
    };
  } catch (error) {
    const timedOut = signal.aborted;
    const why = timedOut ? `no answer within ${timeoutMs / SECOND_MS} s` : String(error);
    return { ...none, timedOut, latencyMs: clock() - beganMs, error: why.slice(0, 300) };
  }
}

/** The status decides; what follows it is read as far as it comes. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    while (reader && bytes < ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, ANSWER_BYTES - bytes), { stream: true });
      bytes += value.length;
    }
    await reader?.cancel();
  } catch {
    // the answer broke off
  }
  return text;
}

type Log = { answer: string; error: string | null; beganMs: number; endedMs: number };

/** The statements that write an attempt down, and what follows for delivery and endpoint. */
function attemptStatements(
  env: Env,
  target: Target,
  ended: Ended,
  log: Log,
): D1PreparedStatement[] {
  const { delivery, endpoint } = target;
  const verdict = verdictOf(ended, delivery.step, Math.random());
  const health = healthAfter(endpoint, ended, log.endedMs);
  const attempt = {
    delivery: delivery.id,
    n: delivery.attempts + 1,
    atMs: log.beganMs,
    status: ended.status,
    error: log.error,
    latencyMs: ended.latencyMs,
    answer: log.answer,
  };
  const step = isSuccess(ended) ? delivery.step : delivery.step + 1;
  return [
    ...logAttempt(env.DB, attempt, { status: verdict.status, step }),
    verdict.status === "pending" && health.disabled === null
      ? schedule(env.DB, dueRow(delivery, log.endedMs + verdict.afterMs))
      : unschedule(env.DB, WEBHOOK_DELIVER, delivery.id),
    ...(hasChanged(endpoint, health) ? [updateEndpoint(env.DB, endpoint.id, health)] : []),
    ...(health.disabled && !endpoint.disabled
      ? disabledRows(env, endpoint, health.disabled, log.endedMs)
      : []),
  ];
}

function hasChanged(endpoint: Endpoint, health: ReturnType<typeof healthAfter>): boolean {
  return (Object.keys(health) as (keyof typeof health)[]).some(
    (name) => endpoint[name] !== health[name],
  );
}

function disabledRows(
  env: Env,
  { id, tenant, url }: Endpoint,
  reason: "asked" | "gone" | "failing",
  atMs: number,
): D1PreparedStatement[] {
  const body = { endpoint_id: id, url, reason };
  const event: DomainEvent = {
    id: `${id}:disabled:${atMs}`,
    tenant,
    type: "webhook.disabled",
    atMs,
    body,
  };
  const author = { tenantId: tenant, keyId: "system", userId: null };
  const entry = { action: "webhook.disable", target: id, detail: { reason } };
  return [announce(env.DB, event), auditRow(env.DB, author, entry, atMs)];
}
