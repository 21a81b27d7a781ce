/**
 * Usage that is kept as it was sent and read by the queue's verb. What can be recorded of it goes
 * on as any asynchronous recording; what cannot is listed for who sent it.
 */
import { Buffer } from "node:buffer";
import type { Actor } from "../../accounts/actor/actor.ts";
import { ERRORS, Problem } from "../../core/errors.ts";
import { unpacked } from "../../platform/http/coding.ts";
import { type SentBody, utf8Text } from "../../platform/http/http.ts";
import { byTurns } from "../../platform/queue/lane.ts";
import { relay } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env, Job } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { logError } from "../../platform/runtime/log.ts";
import { meterOf } from "../meter/meter.ts";
import { itemsOfBatch, MAX_BATCH_BYTES } from "./batch-body.ts";
import { GIVEN_UP, type IntakeMessage, intakeQueue, recordLater } from "./later.ts";
import { waitSeconds } from "./later-plan.ts";
import { checkItems, laterOutcomes, type Outcome, overBudget } from "./record.ts";
import { noteRefused, type Refusal } from "./refused.ts";

type Body = Extract<Job, { kind: "body" }>;

const MAX_DETAIL = 500;
/** As base64 a third more, beside the sender: within a message of the queue. */
const MESSAGE_BODY_BYTES = 80_000;

/**
 * Keeps a body of a tenant's usage as it was sent; its id. `key` is the request's Idempotency-Key.
 * Errors: 429 where the tenant's budget of events a minute is used up.
 */
export async function keepBody(
  env: Env,
  actor: Actor,
  { type, key, bytes, coding }: SentBody & { type: string; key: string | null },
): Promise<string> {
  const { tenantId: tenant, realMs, eventsPerMinute, claim: _, limits: __, ...who } = actor;
  if (eventsPerMinute !== null) {
    const retryAfterMs = await meterOf(env, tenant).admit(1, eventsPerMinute);
    if (retryAfterMs > 0) throw overBudget(actor, retryAfterMs);
  }
  const id = makeId("rec", realMs);
  const sender = JSON.stringify({ ...who, tenantId: tenant, realMs, eventsPerMinute });
  const job = { kind: "body", id, tenant, sender, name: key ?? id, type, coding } as const;
  const queue = intakeQueue(env, tenant, { events: 1, bytes: bytes.length });
  if (bytes.length <= MESSAGE_BODY_BYTES) {
    const base64 = Buffer.from(bytes).toString("base64");
    await queue.send({ ...job, kept: { in: "message", base64 } });
    return id;
  }
  const file = `async/${tenant}/${id}`;
  await bucketOf(env, tenant).put(file, bytes);
  try {
    await queue.send({ ...job, kept: { in: "r2", key: file } });
  } catch (error) {
    await bucketOf(env, tenant).delete(file); // nothing was acknowledged
    throw error;
  }
  return id;
}

/** Bodies that are read at once: each is held in memory, with its items. */
const BODIES_AT_ONCE = 2;

/**
 * Reads the bodies of a batch of messages, the tenants by turns, and answers each message for
 * itself. Safe to run twice for any of them.
 */
export async function recordBodies(
  env: Env,
  messages: readonly IntakeMessage[],
  realMs: number,
): Promise<void> {
  const taken = messages.flatMap((message): Taken[] =>
    message.body.kind === "body" ? [{ message, job: message.body }] : [],
  );
  if (taken.length === 0) return;
  const tenants = Map.groupBy(taken, ({ job }) => job.tenant);
  const next = byTurns([...tenants.values()]).values();
  let refused = false;
  const readOn = async () => {
    for (const one of next) if (await recordBody(env, one, realMs)) refused = true;
  };
  await Promise.all(Array.from({ length: BODIES_AT_ONCE }, readOn));
  if (refused) await relay(env.DB, env.NEWS, realMs);
}

type Taken = { message: IntakeMessage; job: Body };

/** True where something of it was refused. */
async function recordBody(env: Env, { message, job }: Taken, realMs: number): Promise<boolean> {
  const refusals = await refusalsOf(env, job);
  const delaySeconds = refusals.some(isForNow) ? waitSeconds(message.attempts) : null;
  if (delaySeconds !== null) {
    message.retry({ delaySeconds });
    return false;
  }
  try {
    const final = refusals.map((one) => (isForNow(one) ? { ...one, why: GIVEN_UP } : one));
    await noteRefused(env, job.tenant, final, realMs);
    if (job.kept.in === "r2") await bucketOf(env, job.tenant).delete(job.kept.key);
    message.ack();
  } catch (error) {
    logFailure(job, error);
    message.retry({ delaySeconds: waitSeconds(1) ?? 0 });
  }
  return refusals.length > 0;
}

/** True for what may be otherwise in a while. */
function isForNow({ why: { code } }: Refusal): boolean {
  return ERRORS[code].status === 503 || code === "request.rate_limited";
}

/**
 * What is refused of a body, by its place there; the rest was left to the queue again. Where it
 * cannot be read at all, that is one refusal.
 */
async function refusalsOf(env: Env, job: Body): Promise<Refusal[]> {
  const refusal = (index: number, eventId: string | null, why: Refusal["why"]): Refusal => {
    return { message: job.id, index, tuple: null, eventId, why };
  };
  try {
    const outcomes = await recordItems(env, job);
    return outcomes.flatMap((outcome, i) => {
      if (outcome.outcome !== "refused") return [];
      const { id, code, detail, errors = [] } = outcome;
      const at = `/${i}${errors[0]?.pointer ?? ""}`;
      return refusal(i, id, { code, detail: `${at}: ${detail}`.slice(0, MAX_DETAIL) });
    });
  } catch (error) {
    if (!(error instanceof Problem)) {
      logFailure(job, error);
      return [refusal(0, null, GIVEN_UP)];
    }
    const detail = `nothing of the body was recorded: ${error.message}`.slice(0, MAX_DETAIL);
    return [refusal(0, null, { code: error.code, detail })];
  }
}

function logFailure({ tenant, id }: Body, error: unknown): void {
  logError({ at: "recordBody", tenant, id, error });
}

/** Leaves the items of a body to the queue, under ids that are the same each time. */
async function recordItems(env: Env, job: Body): Promise<Outcome[]> {
  const { id, sender, name, ...of } = job;
  const bytes = await bytesOf(env, job);
  if (bytes === null) return []; // its file is gone, since it was read before
  const actor = JSON.parse(sender) as Actor;
  const whole = of.coding === null ? bytes : unpacked(bytes, of.coding, MAX_BATCH_BYTES);
  const items = itemsOfBatch(of.type, utf8Text(whole));
  const checked = await checkItems(actor, items, (position) => `${name}:${position}`);
  await recordLater(env, actor, checked, `${id}.0`);
  return laterOutcomes(checked);
}

async function bytesOf(env: Env, { tenant, kept }: Body): Promise<Uint8Array | null> {
  if (kept.in === "message") return Buffer.from(kept.base64, "base64");
  const file = await bucketOf(env, tenant).get(kept.key);
  return file && new Uint8Array(await file.arrayBuffer());
}
