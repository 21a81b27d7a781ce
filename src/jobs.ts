/**
 * What follows from a commit: the verbs of the queues' messages, and the minute's sweep. Loaded
 * with the first of them.
 */
import "./audited.ts";
import { sendEmail } from "./delivery/email/send.ts";
import { attemptDelivery } from "./delivery/webhook/deliver.ts";
import { recordEarlier } from "./metering/record/later.ts";
import { sweep } from "./minute.ts";
import { countingQueries } from "./platform/db/query-count.ts";
import type { Env, Job } from "./platform/runtime/env.ts";
import { logError } from "./platform/runtime/log.ts";
import { sendBeats } from "./platform/watch/beat.ts";
import { count } from "./platform/watch/counts.ts";
import { watchOf } from "./platform/watch/watch.ts";
import { handOutGroups, handOutMore, handOutWork, runDue } from "./schedule.ts";
import { handleEvent } from "./subscribers.ts";
import { keepDeadLetters } from "./watch/dead-letter.ts";

/** Keeps what the queues gave up. */
export async function keepDead(batch: MessageBatch<Job>, env: Env): Promise<void> {
  await keepDeadLetters(env, batch.queue, batch.messages);
}

/** The minute's sweep, of which the watch is told: how it ended, and that it got to its end. */
export async function sweepWatched(env: Env, nowMs: number): Promise<void> {
  await sendBeats(env, nowMs).catch((error: unknown) => {
    logError({ at: "beats", error });
  });
  try {
    await sweep(env, nowMs);
    count('boxcostpro_sweeps_total{outcome="ok"}');
    await watchOf(env)?.swept(nowMs);
  } catch (error) {
    count('boxcostpro_sweeps_total{outcome="failed"}');
    throw error;
  }
}

type Verbs = { [K in Job["kind"]]?: (env: Env, job: Extract<Job, { kind: K }>) => Promise<void> };

/** A queue's verbs by the kind of message. Each is idempotent: a message may arrive twice. */
type Consumer = {
  verbs: Verbs;
  /** `retry`: one after the other, and what failed comes again. `once`: all side by side. */
  take: "retry" | "once";
};

/** What follows at once from a commit, each a few queries. */
const news: Consumer = {
  take: "retry",
  verbs: {
    news: (env, event) => handleEvent(env, event, Date.now()),
    claim: (env, { groups }) => handOutGroups(env, groups),
    "hand-out": (env, { tenant, work }) => handOutWork(env, tenant, work, Date.now()),
  },
};

/** The rows that can wait for each other. */
const upkeep: Consumer = {
  take: "retry",
  verbs: {
    due: (env, { id }) => runDue(env, id, Date.now()),
  },
};

/** Due rows of billing and documents; and what an earlier version sent, which had one queue. */
const jobs: Consumer = {
  take: "retry",
  verbs: {
    ...news.verbs,
    ...upkeep.verbs,
    sweep: (env) => handOutMore(env, Date.now()),
    record: (env, job) => recordEarlier(env, job, Date.now()),
  },
};

/** By the names in wrangler.toml. What breaks off in the last three comes back by its due row. */
const CONSUMERS: Readonly<Record<string, Consumer>> = {
  "boxcostpro-news": news,
  "boxcostpro-jobs": jobs,
  "boxcostpro-upkeep": upkeep,
  "boxcostpro-deliveries": {
    take: "once",
    verbs: { deliver: (env, { id }) => attemptDelivery(env, id, "quick", Date.now) },
  },
  "boxcostpro-deliveries-slow": {
    take: "once",
    verbs: { deliver: (env, { id }) => attemptDelivery(env, id, "slow", Date.now) },
  },
  "boxcostpro-mails": {
    take: "once",
    verbs: { mail: (env, { id }) => sendEmail(env, id, Date.now()) },
  },
};

/** Seconds before a message that failed comes again: 10, 20, 40, … */
const FIRST_RETRY_SECONDS = 10;

/** Does what a queue's messages ask for; usage that waits to be recorded is not among them. */
export async function runMessages(batch: MessageBatch<Job>, env: Env): Promise<void> {
  const { verbs, take } = CONSUMERS[batch.queue] ?? jobs;
  if (take === "once") {
    await Promise.all(batch.messages.map(({ body }) => runVerb(env, verbs, body)));
    return;
  }
  const { env: counted, hasRoom } = countingQueries(env);
  // Each message is answered for itself: an error would bring back those that were done, too.
  for (const message of batch.messages) {
    if (!hasRoom()) message.retry();
    else if (await runVerb(counted, verbs, message.body)) message.ack();
    else message.retry({ delaySeconds: FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1) });
  }
}

/** Runs the verb of a message; false where it failed. A kind without one has nothing to do. */
async function runVerb<K extends Job["kind"]>(
  env: Env,
  verbs: Verbs,
  job: Extract<Job, { kind: K }>,
): Promise<boolean> {
  try {
    await verbs[job.kind]?.(env, job);
    return true;
  } catch (error) {
    const { kind, id } = { id: undefined, ...job };
    logError({ at: "queue", job: kind, id, error });
    return false;
  }
}
