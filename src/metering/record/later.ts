/**
 * Asynchronous recording: what is acknowledged at once, with ids and times fixed, and counted by
 * the queue. A tenant's recordings of a batch of messages are joined into few calls of its meter.
 */
import { isErased, tenantClock } from "../../accounts/store/clock.ts";
import { Problem } from "../../core/errors.ts";
import { byTurns } from "../../platform/queue/lane.ts";
import { relay } from "../../platform/queue/outbox.ts";
import { makeId, sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env, Job } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { logError } from "../../platform/runtime/log.ts";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { tally } from "../counter/tally.ts";
import { linesOf } from "../event/body.ts";
import { keysOf } from "../event/key.ts";
import { type LineTuple, parseLines } from "../event/line.ts";
import type { Batch, Prepared } from "../meter/batch.ts";
import { meterOf } from "../meter/meter.ts";
import { STATUS } from "../meter/reply.ts";
import {
  callsOf,
  LATE_MS,
  oldestLateMs,
  Shares,
  type Size,
  UNKNOWN_SIZE,
  waitSeconds,
} from "./later-plan.ts";
import {
  askMeter,
  type Checked,
  meantOf,
  mostNames,
  overBudget,
  preparedOf,
  type Recorder,
  type Refused,
  refusedBy,
} from "./record.ts";
import { noteRefused, type Refusal, refusedId } from "./refused.ts";
import { refusedOf } from "./refused-store.ts";

type Recording = Extract<Job, { kind: "record" }>;

/** Of the 128,000 bytes that a queue's message has at most; what is larger lies in R2. */
const MESSAGE_BYTES = 120_000;
/** A character as UTF-8 within JSON text, and one number of `caps`, at most. */
const CHARACTER_BYTES = 3;
const CAP_BYTES = 5;

const encoder = new TextEncoder();
const shares = new Shares();

/** True for a request that prefers to be answered before it is counted (RFC 7240, section 4.1). */
export function prefersLater(prefer: string | undefined): boolean {
  return /(^|,)\s*respond-async\s*(;|,|$)/i.test(prefer ?? "");
}

/** True for a request that needs no more of an answer than that (RFC 7240, section 4.2). */
export function prefersMinimal(prefer: string | undefined): boolean {
  return /(^|,)\s*return\s*=\s*"?minimal"?\s*(;|,|$)/i.test(prefer ?? "");
}

/** The queue for what a tenant sends: the common one, or another where its share is used. */
export function intakeQueue(env: Env, tenant: string, size: Size): Queue<Job> {
  return shares.take(tenant, size, Date.now()) ? env.INTAKE : env.BUSY_INTAKE;
}

/**
 * Fixes ids and times now and leaves the recording to the queue. Errors: 429 over the budget of
 * events a minute. `id` names the recording, where it has to have the same name a second time.
 */
export async function recordLater(
  env: Env,
  recorder: Recorder & { realMs: number },
  checked: Checked,
  id = makeId("rec", recorder.realMs),
): Promise<void> {
  const { caps, n } = checked.batch;
  const body = linesOf(checked.batch.body).join("\n");
  if (n === 0) return;
  const { tenantId: tenant, nowMs, realMs, eventsPerMinute = null } = recorder;
  if (eventsPerMinute !== null) {
    const retryAfterMs = await meterOf(env, tenant).admit(n, eventsPerMinute);
    if (retryAfterMs > 0) throw overBudget(recorder, retryAfterMs);
  }
  const intake = { id, realMs, events: n, bytes: encoder.encode(body).length };
  const stored = { in: "message", text: body } as const;
  const metricNames = mostNames(recorder);
  const job: Recording = { kind: "record", tenant, nowMs, caps, stored, metricNames, intake };
  const queue = intakeQueue(env, tenant, intake);
  if (fitsMessage(job, body)) return void (await queue.send(job));
  const key = `async/${tenant}/${id}`;
  await bucketOf(env, tenant).put(key, body);
  try {
    await queue.send({ ...job, stored: { in: "r2", key } });
  } catch (error) {
    // Nothing was acknowledged, so nobody would ever take it away.
    await bucketOf(env, tenant).delete(key);
    throw error;
  }
}

/** True where a message may carry the lines: quotes and backslashes of them are escaped there. */
function fitsMessage(job: Recording, body: string): boolean {
  const most = body.length * CHARACTER_BYTES + job.caps.length * CAP_BYTES;
  if (most < MESSAGE_BYTES) return true;
  if (body.length > MESSAGE_BYTES) return false;
  return encoder.encode(JSON.stringify(job)).length <= MESSAGE_BYTES;
}

/** A message of a queue, as far as it is used here. */
export type IntakeMessage = Pick<Message<Job>, "body" | "attempts" | "ack" | "retry">;
type Taken = { message: IntakeMessage; job: Recording };

/** One run of the queue's verb; `refused` once it has something to announce. */
type Run = { env: Env; realMs: number; refused: boolean };

/** Meters that are asked at once, each for what one call takes. */
const CALLS_AT_ONCE = 4;

/**
 * Records a batch of messages, the tenants by turns, and answers each message for itself. Safe to
 * run twice for any of them, by the ids that were fixed when they were sent.
 */
export async function recordMessages(
  env: Env,
  messages: readonly IntakeMessage[],
  realMs: number,
): Promise<void> {
  const taken = messages.flatMap((message): Taken[] =>
    message.body.kind === "record" ? [{ message, job: message.body }] : [],
  );
  const tenants = Map.groupBy(taken, ({ job }) => job.tenant);
  const calls = byTurns([...tenants.values()].map((own) => callsOf(own, sizeOf)));
  const next = calls.values();
  const run = { env, realMs, refused: false };
  const callOn = async () => {
    for (const call of next) await recordCall(run, call);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, callOn));
  if (run.refused) await relay(env.DB, env.NEWS, realMs);
}

async function refuse(run: Run, tenant: string, refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return;
  await noteRefused(run.env, tenant, refusals, run.realMs);
  run.refused = true;
}

function sizeOf({ job }: Taken): Size {
  return job.intake ?? UNKNOWN_SIZE;
}

/** Records the messages of one call; where that fails, each of them in a call of its own. */
async function recordCall(run: Run, call: readonly Taken[]): Promise<void> {
  try {
    await recordTogether(run, call);
    for (const { message } of call) message.ack();
  } catch (error) {
    const isPaused = error instanceof Problem && error.code === "usage.unavailable";
    if (call.length > 1 && !isPaused) {
      for (const one of call) await recordCall(run, [one]);
    } else {
      for (const one of call) await postpone(run, one, error);
    }
  }
}

/** Has a message come again later; after a day its events are refused, and listed. */
async function postpone(run: Run, taken: Taken, error: unknown): Promise<void> {
  const { message, job } = taken;
  const reason = String(error);
  if (await isErased(run.env.DB, job.tenant).catch(() => false)) {
    await dropFiles(run.env, [job]);
    return message.ack();
  }
  logError({ at: "intake", tenant: job.tenant, id: job.intake?.id, reason });
  const delaySeconds = waitSeconds(message.attempts);
  if (delaySeconds !== null) return message.retry({ delaySeconds });
  try {
    await giveUp(run, taken);
    message.ack();
  } catch {
    message.retry({ delaySeconds: waitSeconds(1) ?? 0 });
  }
}

/** Why what could not be recorded for a day is refused. */
export const GIVEN_UP = {
  code: "usage.unavailable",
  detail: "it could not be recorded for a day",
} as const;

async function giveUp(run: Run, { job }: Taken): Promise<void> {
  const recording = await readRecording(run.env, job);
  if (recording === null) return;
  const refusals = recording.events.map((event) => ({ ...event, why: GIVEN_UP }));
  await refuse(run, job.tenant, refusals);
  await dropFiles(run.env, [job]);
}

type Event = Omit<Refusal, "why" | "tuple" | "eventId"> & { tuple: LineTuple; line: string };
type Read = { job: Recording; events: Event[] };

/** The events of a recording; null where its file is gone, since it was recorded before. */
async function readRecording(env: Env, job: Recording): Promise<Read | null> {
  const { stored, tenant } = job;
  const file = stored.in === "r2" ? await bucketOf(env, tenant).get(stored.key) : null;
  const body = stored.in === "r2" ? await file?.text() : stored.text;
  if (body === undefined) return null;
  const tuples: LineTuple[] = parseLines(body);
  const message = await idOf(job);
  const lines = body.split("\n");
  const events = tuples.map((tuple, index) => ({
    message,
    index,
    tuple,
    line: lines[index] as string,
  }));
  return { job, events };
}

/** A recording's id; of an earlier message without one, what names its content. */
async function idOf({ intake, stored }: Recording): Promise<string> {
  if (intake) return intake.id;
  return `rec_${(await sha256Hex(stored.in === "r2" ? stored.key : stored.text)).slice(0, 26)}`;
}

/** Of recordings of one tenant. */
async function dropFiles(env: Env, jobs: readonly Recording[]): Promise<void> {
  const keys = jobs.flatMap(({ stored }) => (stored.in === "r2" ? [stored.key] : []));
  const [first] = jobs;
  if (first && keys.length > 0) await bucketOf(env, first.tenant).delete(keys);
}

/** Records the messages of one tenant in one call, and lists what was refused. */
async function recordTogether(run: Run, call: readonly Taken[]): Promise<void> {
  const { env, realMs } = run;
  const [first] = call;
  if (!first) return;
  const { tenant } = first.job;
  const read = (await Promise.all(call.map(({ job }) => readRecording(env, job)))).filter(
    (recording) => recording !== null,
  );
  const isRepeated = call.some(({ message }) => message.attempts > 1);
  const refusedBefore = isRepeated ? await refusedAmong(env, read) : null;
  const refusals: Refusal[] = [];
  const kept: { event: Event; isCapped: boolean }[] = [];
  const mayBeLate = read.some(({ job }) => isLate(job, realMs));
  const oldestMs = mayBeLate ? oldestLateMs((await tenantClock(env.DB, tenant)).nowMs) : 0;
  for (const { job, events } of read) {
    const caps = new Set(job.caps);
    for (const event of events) {
      if (refusedBefore?.has(refusedId(event.message, event.index))) continue;
      if (event.tuple[3] < oldestMs) refusals.push({ ...event, why: TOO_LATE });
      else kept.push({ event, isCapped: caps.has(event.index) });
    }
  }
  const jobs = read.map(({ job }) => job);
  if (kept.length > 0) refusals.push(...(await askFor(env, tenant, jobs, kept)));
  await refuse(run, tenant, refusals);
  await dropFiles(env, jobs);
}

const TOO_LATE = {
  code: "usage.event_too_old",
  detail: "its time was too far back when it came to be recorded",
} as const;

/** What was refused once stays so, even where a limit was raised meanwhile. */
async function refusedAmong(env: Env, read: readonly Read[]): Promise<ReadonlySet<string>> {
  const messages = await Promise.all(read.map(({ job }) => idOf(job)));
  return refusedOf(env.DB, messages);
}

/**
 * True where a message waited long, or a test clock may have moved on. The events of others are in
 * time, since they were so when they were acknowledged.
 */
function isLate({ nowMs, intake }: Recording, realMs: number): boolean {
  return intake?.realMs !== nowMs || realMs - nowMs >= LATE_MS;
}

/** Asks the meter for events of one tenant, and answers those that it refused. */
async function askFor(
  env: Env,
  tenant: string,
  jobs: readonly Recording[],
  kept: readonly { event: Event; isCapped: boolean }[],
): Promise<Refusal[]> {
  const latest = jobs.reduce((last, job) => (job.nowMs >= last.nowMs ? job : last));
  const { nowMs, metricNames } = latest;
  const names = metricNames === undefined ? {} : { metricNames };
  const tuples = kept.map(({ event }) => event.tuple);
  const batch: Batch = {
    n: kept.length,
    body: kept.map(({ event }) => event.line).join("\n"),
    keys: keysOf(tuples),
    caps: kept.flatMap(({ isCapped }, at) => (isCapped ? [at] : [])),
    ...sumsOf(preparedOf(tenant), tuples),
    ...names,
  };
  const recorder: Recorder = { tenantId: tenant, nowMs, userId: null, role: "owner", ...names };
  const reply = await askMeter(env, recorder, batch);
  const limits = new Map(reply.limited.map((limit) => [limit.index, limit]));
  const meant = meantOf(reply);
  return kept.flatMap(({ event }, at): Refusal[] => {
    const status = reply.statuses?.[at] ?? STATUS.accepted;
    if (status === STATUS.accepted || status === STATUS.duplicate) return [];
    const [id, metric] = event.tuple;
    const limited = limits.get(at);
    const denied = { id, metric, status, limited, meant: meant.get(metric) ?? null };
    return [{ ...event, why: whyOf(refusedBy(recorder, denied)) }];
  });
}

function whyOf({ code, detail }: Refused): Refusal["why"] {
  return { code, detail };
}

/**
 * The sums that spare the meter the adding up; none where it has to look itself, since nothing is
 * known of its counters yet, or an event lacks what its metric counts.
 */
function sumsOf(prepared: Prepared, tuples: readonly LineTuple[]): Pick<Batch, "version" | "sums"> {
  const { version, windows, counters } = prepared;
  const lacks = tuples.some(([, metric, , , , metadata]) => {
    const counter = counters.get(metric);
    if (!counter?.property || !AGGREGATIONS[counter.aggregation].needsProperty) return false;
    const value = metadata ? metadata[counter.property] : undefined;
    return value === undefined || value === null;
  });
  if (version < 0 || lacks) return { version: -1, sums: null };
  return { version, sums: tally(tuples, windows, counters) };
}

/** A recording that an earlier version left in the queue of all. Errors: as the meter's. */
export async function recordEarlier(env: Env, job: Recording, realMs: number): Promise<void> {
  const message = { body: job, attempts: 2, ack: () => {}, retry: () => {} };
  await recordTogether({ env, realMs, refused: false }, [{ message, job }]);
}
