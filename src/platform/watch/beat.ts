/**
 * Beats: nobody can ask a queue how far behind it is, so the minute's sweep sends a message through
 * each, and the watch waits for it to come back. One that does not is a queue whose consumer has
 * stopped, or that is so far behind.
 */
import type { Env, Job } from "../runtime/env.ts";
import { watchOf } from "./watch.ts";

/** The queues, by what they are for. */
export const QUEUES = [
  "news",
  "jobs",
  "upkeep",
  "deliveries",
  "slow_deliveries",
  "intake",
  "busy_intake",
  "mails",
] as const;
export type QueueId = (typeof QUEUES)[number];

function queueOf(env: Env, id: QueueId): Queue<Job> {
  const queues: Readonly<Record<QueueId, Queue<Job>>> = {
    news: env.NEWS,
    jobs: env.JOBS,
    upkeep: env.UPKEEP,
    deliveries: env.DELIVERIES,
    slow_deliveries: env.SLOW_DELIVERIES,
    intake: env.INTAKE,
    busy_intake: env.BUSY_INTAKE,
    mails: env.MAILS,
  };
  return queues[id];
}

/** Sends a beat through each queue. */
export async function sendBeats(env: Env, nowMs: number): Promise<void> {
  const watch = watchOf(env);
  if (watch === null) return;
  await watch.beatsSent(QUEUES, nowMs);
  const sent = QUEUES.map((queue) => queueOf(env, queue).send({ kind: "beat", queue, nowMs }));
  await Promise.allSettled(sent); // a queue that takes none is one that is behind
}

type Message = { body: Job };

/** Tells of the beats among a batch's messages; other verbs have nothing to do for them. */
export async function takeBeats(env: Env, messages: readonly Message[]): Promise<void> {
  for (const { body } of messages) {
    if (body.kind !== "beat") continue;
    await watchOf(env)
      ?.beatTaken(body.queue, body.nowMs)
      .catch(() => undefined); // the next one comes within a minute
  }
}
