/**
 * Events on their way to endpoints. A delivery's due row is what makes it certain: the queue only
 * says that it is time, so a message lost or doubled there changes nothing.
 */
import { auditRow } from "../../accounts/audit/audit.ts";
import type { AnnouncedEvent, DomainEvent } from "../../core/event.ts";
import { SECOND_MS } from "../../core/time.ts";
import { databaseRefusal, isUniqueViolation } from "../../platform/db/refusal.ts";
import {
  dueId,
  handOver,
  readDue,
  schedule,
  scheduleAllOnce,
  unschedule,
} from "../../platform/queue/due.ts";
import { announce, relay } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { opened } from "../../platform/runtime/secret.ts";
import { type Ended, isSuccess, retryAfterMs, verdictOf } from "../transport/retry.ts";
import { signedHeaders } from "../transport/signature.ts";
import {
  CHALLENGE_ATTEMPTS,
  CHALLENGE_TYPE,
  challengePayload,
  holdsToken,
  tokenOf,
} from "./challenge.ts";
import { dueRow, flightAfter, handOut, handOutDeliveries, type Lane, wakeAll } from "./hand-out.ts";
import { healthAfter, isResting } from "./health.ts";
import { deliveryFor, payloadOf, testPayload, wants } from "./message.ts";
import {
  beginDelivery,
  endpointsInFlight,
  insertDeliveries,
  logAttempt,
  pendingOf,
  type Target,
  updateEndpoint,
} from "./store.ts";
import { type Attempt, type Delivery, type Endpoint, WEBHOOK_DELIVER } from "./table.ts";
import { targetProblem } from "./target.ts";

const ANSWER_BYTES = 1_024;
/** Deliveries that a proof, or enabling an endpoint, takes up again at once. */
export const RESUMED = 500;

/**
 * Makes a delivery of an event for each enabled and proven endpoint that wants it, or whose id is
 * among `routed`; once, however often it is asked.
 */
export async function fanOut(
  env: Env,
  event: AnnouncedEvent,
  realMs: number,
  routed: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { tenant } = event;
  const { endpoints, flight } = await endpointsInFlight(env.DB, tenant, realMs);
  const wanting = endpoints.filter(
    ({ id, disabled, provenMs, events }) =>
      disabled === null && provenMs !== null && (wants(events, event.type) || routed.has(id)),
  );
  if (wanting.length === 0) return;
  const made = wanting.map(({ id }) => deliveryFor(id, event, realMs));
  const rows = made.map((delivery) => dueRow(delivery, realMs));
  await env.DB.batch([...insertDeliveries(env.DB, made), ...scheduleAllOnce(env.DB, rows)]);
  if (wanting.every((endpoint) => isResting(endpoint, realMs))) return;
  await handOut(env, tenant, flight, realMs);
}

/** What waits for a disabled or unproven endpoint stays, and is taken up when it is neither. */
function isWanted({ delivery, endpoint }: Target): boolean {
  const takes = endpoint.provenMs !== null || isChallenge(delivery);
  return delivery.status === "pending" && endpoint.disabled === null && takes;
}

function isChallenge({ type }: Delivery): boolean {
  return type === CHALLENGE_TYPE;
}

/** A queue batch lasts as long as its slowest delivery: in the quick lane nobody may be slow. */
const QUICK_TIMEOUT_MS = SECOND_MS;
const TIMEOUT_MS = 15 * SECOND_MS;
/** What an attempt may take beside its request until it is written down. */
const REPORT_MS = 10 * SECOND_MS;

function timeoutOf(env: Env, lane: Lane): number {
  const timeoutMs = Number(env.DELIVERY_TIMEOUT_MS || TIMEOUT_MS);
  return lane === "quick" ? Math.min(QUICK_TIMEOUT_MS, timeoutMs) : timeoutMs;
}

/**
 * One attempt, after which the next one takes its place. Whoever does not answer in the quick lane
 * is asked again at once in the slow one, which has the time that receivers are promised. Errors:
 * D1's; the due row then brings the delivery back.
 */
export async function attemptDelivery(
  env: Env,
  id: string,
  lane: Lane,
  clock: () => number,
): Promise<void> {
  const beganMs = clock();
  const untilMs = beganMs + timeoutOf(env, lane) + REPORT_MS;
  const { begun, target } = await beginDelivery(env.DB, id, { nowMs: beganMs, untilMs });
  if (!begun) return;
  if (!target) return dropDelivery(env, id, clock());
  const { delivery, flight } = target;
  let { endpoint } = target;
  if (!isWanted(target)) {
    await unschedule(env.DB, WEBHOOK_DELIVER, id).run();
  } else if (lane === "quick" && endpoint.slow) {
    await passOn(env, id, clock());
    return;
  } else {
    const after = await attempt(env, target, lane, clock);
    if (!after) return;
    endpoint = after;
  }
  const nowMs = clock();
  await handOut(env, delivery.tenant, flightAfter(flight, endpoint, nowMs), nowMs);
}

/** Leaves an attempt to the slow lane, with what is to be written down before. */
async function passOn(env: Env, id: string, nowMs: number, ...before: D1PreparedStatement[]) {
  await env.DB.batch([...before, handOver(env.DB, dueId(WEBHOOK_DELIVER, id), nowMs)]);
  await wakeAll(env, [{ ref: id }], true);
}

/** Takes the due row of a delivery away that went with its endpoint. */
async function dropDelivery(env: Env, id: string, nowMs: number): Promise<void> {
  const row = await readDue(env.DB, dueId(WEBHOOK_DELIVER, id));
  if (!row) return;
  await unschedule(env.DB, WEBHOOK_DELIVER, id).run();
  await handOutDeliveries(env, row.tenant, nowMs);
}

/** The endpoint after it; null where the attempt goes on in the slow lane. */
async function attempt(
  env: Env,
  target: Target,
  lane: Lane,
  clock: () => number,
): Promise<Endpoint | null> {
  const { id } = target.delivery;
  const beganMs = clock();
  const body = bodyOf(env, target);
  const sent = await send(env, target, body, { lane, clock });
  const { answer, error, ...ended } = isChallenge(target.delivery)
    ? proved(env, target, sent)
    : sent;
  if (lane === "quick" && ended.timedOut) {
    await passOn(env, id, clock(), updateEndpoint(env.DB, target.endpoint.id, { slow: true }));
    return null;
  }
  const log = { answer, error, beganMs, endedMs: clock() };
  if (isChallenge(target.delivery)) {
    await writeDown(env, id, await challengeStatements(env, target, ended, log));
    return target.endpoint;
  }
  const health = healthAfter(target.endpoint, ended, log.endedMs);
  const disabled = target.endpoint.disabled === null ? health.disabled : null;
  await writeDown(env, id, [
    ...attemptStatements(env, target, health, ended, log),
    ...(disabled ? disabledRows(env, target.endpoint, disabled, log.endedMs) : []),
  ]);
  if (disabled) await relay(env.DB, env.NEWS, clock());
  return { ...target.endpoint, ...health };
}

async function writeDown(env: Env, id: string, statements: D1PreparedStatement[]): Promise<void> {
  try {
    await env.DB.batch(statements);
  } catch (failure) {
    // Meanwhile it went with its endpoint.
    if (databaseRefusal(failure)?.kind === "orphan") {
      await unschedule(env.DB, WEBHOOK_DELIVER, id).run();
      // The same message twice at once: the other attempt reported first.
    } else if (!isUniqueViolation(failure, "webhook_attempts")) throw failure;
  }
}

function bodyOf(env: Env, { delivery, endpoint, event }: Target): string {
  if (isChallenge(delivery)) return challengePayload(delivery, tokenOf(secretOf(env), delivery));
  if (delivery.outboxSeq === null) return testPayload(delivery);
  if (!event) throw new Error(`no announcement ${delivery.message}`);
  return payloadOf(event, endpoint);
}

/** Of an endpoint none of whose secrets can be opened. */
const NO_KEY =
  "the endpoint's secret was sealed under another DELIVERY_SECRET of the installation: rotate it";

type Sent = Ended & { answer: string; error: string | null };

async function send(
  env: Env,
  { delivery, endpoint, secrets }: Target,
  body: string,
  { lane, clock }: { lane: Lane; clock: () => number },
): Promise<Sent> {
  const refused = targetProblem(endpoint.url, env.LOCAL_WEBHOOKS === "allow");
  const none = { status: null, timedOut: false, retryAfterMs: null, answer: "" };
  if (refused) return { ...none, latencyMs: 0, error: `the target ${refused}` };
  const beganMs = clock();
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
    const why = timedOut ? `no answer within ${timeoutMs / SECOND_MS} s` : whyFailed(error);
    return { ...none, timedOut, latencyMs: clock() - beganMs, error: why.slice(0, 300) };
  }
}

/** The platform calls a name that leads nowhere, and a port that refuses, an internal error. */
function whyFailed(error: unknown): string {
  const why = String(error);
  return /internal error; reference/.test(why) ? "the endpoint could not be reached" : why;
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

function secretOf(env: Env): string {
  return env.DELIVERY_SECRET ?? "";
}

/** An answer without the token is a failure, whatever its status. */
function proved(env: Env, { delivery }: Target, sent: Sent): Sent {
  if (!isSuccess(sent) || holdsToken(sent.answer, tokenOf(secretOf(env), delivery))) return sent;
  return { ...sent, status: null, error: `${sent.status}, and not the challenge's token` };
}

/** The statements that write a challenge's attempt down; an answer with its token is the proof. */
async function challengeStatements(
  env: Env,
  { delivery, endpoint }: Target,
  ended: Ended,
  log: Log,
): Promise<D1PreparedStatement[]> {
  const { DB } = env;
  const { id } = delivery;
  const attempt = attemptOf(delivery, ended, log);
  const step = delivery.step + 1;
  const verdict = verdictOf(ended, delivery.step, Math.random());
  if (verdict.status === "succeeded") {
    const waiting = await pendingOf(DB, endpoint.id, RESUMED);
    const due = (ref: string) => dueRow({ ...delivery, id: ref }, log.endedMs);
    return [
      ...logAttempt(DB, attempt, { status: "succeeded", step: delivery.step }),
      unschedule(DB, WEBHOOK_DELIVER, id),
      updateEndpoint(DB, endpoint.id, { provenMs: log.endedMs }),
      ...scheduleAllOnce(DB, waiting.filter((ref) => ref !== id).map(due)),
    ];
  }
  if (verdict.status === "pending" && step < CHALLENGE_ATTEMPTS) {
    return [
      ...logAttempt(DB, attempt, { status: "pending", step }),
      schedule(DB, dueRow(delivery, log.endedMs + verdict.afterMs)),
    ];
  }
  return [
    ...logAttempt(DB, attempt, { status: "failed", step }),
    unschedule(DB, WEBHOOK_DELIVER, id),
  ];
}

function attemptOf({ id, attempts }: Delivery, ended: Ended, log: Log): Attempt {
  return {
    delivery: id,
    n: attempts + 1,
    atMs: log.beganMs,
    status: ended.status,
    error: log.error,
    latencyMs: ended.latencyMs,
    answer: log.answer,
  };
}

type Log = { answer: string; error: string | null; beganMs: number; endedMs: number };

/** The statements that write an attempt down, and what follows for delivery and endpoint. */
function attemptStatements(
  env: Env,
  { delivery, endpoint }: Target,
  health: ReturnType<typeof healthAfter>,
  ended: Ended,
  log: Log,
): D1PreparedStatement[] {
  const verdict = verdictOf(ended, delivery.step, Math.random());
  const attempt = attemptOf(delivery, ended, log);
  const step = isSuccess(ended) ? delivery.step : delivery.step + 1;
  return [
    ...logAttempt(env.DB, attempt, { status: verdict.status, step }),
    verdict.status === "pending" && health.disabled === null
      ? schedule(env.DB, dueRow(delivery, log.endedMs + verdict.afterMs))
      : unschedule(env.DB, WEBHOOK_DELIVER, delivery.id),
    ...(hasChanged(endpoint, health) ? [updateEndpoint(env.DB, endpoint.id, health)] : []),
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
