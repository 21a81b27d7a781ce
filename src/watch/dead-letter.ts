/**
 * Dead letters: messages that a queue gave up after all its retries. A consumer of the queues that
 * they fall into keeps them, so that somebody sees them, runs them again, or drops them.
 */
import { asc, eq, gt, sql } from "drizzle-orm";
import type { Actor } from "../accounts/actor/actor.ts";
import { auditRow } from "../accounts/audit/audit.ts";
import { notFound } from "../core/errors.ts";
import { idFrom } from "../core/id.ts";
import { HOUR_MS, SECOND_MS } from "../core/time.ts";
import { commit, orm, statement } from "../platform/db/db.ts";
import type { Env, Job } from "../platform/runtime/env.ts";
import { count } from "../platform/watch/counts.ts";
import { deadLetters } from "./table.ts";

export type DeadLetter = typeof deadLetters.$inferSelect;
export type ListedLetter = Omit<DeadLetter, "body"> & { bytes: number };

/** As many are kept; others wait in their queue until there is room, so that none is lost. */
export const MOST_KEPT = 10_000;
const AGAIN_SECONDS = HOUR_MS / SECOND_MS;

type Message = Pick<MessageBatch<Job>["messages"][number], "id" | "timestamp" | "body"> & {
  ack(): void;
  retry(options?: QueueRetryOptions): void;
};

/** Keeps messages of a queue of dead letters, each once however often it comes. */
export async function keepDeadLetters(
  env: Env,
  queue: string,
  messages: readonly Message[],
): Promise<void> {
  const kept = orm(env.DB).select({ id: deadLetters.id }).from(deadLetters).limit(MOST_KEPT);
  let room = MOST_KEPT - (await kept).length;
  for (const message of messages) {
    if (message.body.kind === "beat") message.ack();
    else if (room-- <= 0) message.retry({ delaySeconds: AGAIN_SECONDS });
    else {
      const row = await rowOf(queue, message);
      const { meta } = await orm(env.DB).insert(deadLetters).values(row).onConflictDoNothing();
      if (meta.changes > 0) count(`boxcostpro_dead_letters_total{queue="${queue}"}`);
      message.ack();
    }
  }
}

async function rowOf(queue: string, { id, timestamp, body }: Message): Promise<DeadLetter> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id));
  const atMs = timestamp.getTime();
  return {
    id: idFrom("dead", atMs, new Uint8Array(digest).subarray(0, 10)),
    queue,
    kind: body.kind,
    ...aboutOf(body),
    atMs,
    body: JSON.stringify(body),
  };
}

/** Whose a message is and what it is about, as far as it says so. */
function aboutOf(job: Job): Pick<DeadLetter, "tenant" | "ref"> {
  const { tenant = null, id = null } = job as { tenant?: string; id?: string };
  if (job.kind === "record") return { tenant, ref: job.intake?.id ?? null };
  if (job.kind === "hand-out") return { tenant, ref: job.work };
  return { tenant, ref: id };
}

const LISTED = {
  id: deadLetters.id,
  queue: deadLetters.queue,
  kind: deadLetters.kind,
  tenant: deadLetters.tenant,
  ref: deadLetters.ref,
  atMs: deadLetters.atMs,
  bytes: sql<number>`octet_length(${deadLetters.body})`,
};

/** Dead letters by their ids, which is the order in which they were given up. */
export async function listDeadLetters(
  db: D1Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<ListedLetter[]> {
  return orm(db)
    .select(LISTED)
    .from(deadLetters)
    .where(after === null ? undefined : gt(deadLetters.id, after))
    .orderBy(asc(deadLetters.id))
    .limit(limit);
}

/** A dead letter with its message. Errors: 404. */
export async function readDeadLetter(db: D1Database, id: string): Promise<DeadLetter> {
  const [row] = await orm(db).select().from(deadLetters).where(eq(deadLetters.id, id));
  if (!row) throw notFound("dead letter");
  return row;
}

/**
 * Sends a dead letter to its queue again and keeps it no longer. Verbs take a message twice without
 * harm, so it is sent first: what breaks off between the two leaves it to be run once more.
 * Errors: 404.
 */
export async function runDeadLetter(env: Env, actor: Actor, id: string): Promise<void> {
  const row = await readDeadLetter(env.DB, id);
  const job = JSON.parse(row.body) as Job;
  await queueOf(env, job).send(job);
  await take(env.DB, actor, row, "dead_letter.run");
}

function queueOf(env: Env, { kind }: Job): Queue<Job> {
  if (kind === "deliver") return env.DELIVERIES;
  if (kind === "mail") return env.MAILS;
  if (kind === "news" || kind === "hand-out") return env.NEWS;
  if (kind === "sweep" || kind === "claim") return env.UPKEEP;
  return kind === "record" || kind === "body" ? env.INTAKE : env.JOBS;
}

/** Keeps a dead letter no longer, and does nothing of what it asks for. Errors: 404. */
export async function dropDeadLetter(env: Env, actor: Actor, id: string): Promise<void> {
  await take(env.DB, actor, await readDeadLetter(env.DB, id), "dead_letter.dropped");
}

async function take(db: D1Database, actor: Actor, row: DeadLetter, action: string): Promise<void> {
  const { id, queue, kind, tenant, ref } = row;
  const gone = orm(db).delete(deadLetters).where(eq(deadLetters.id, id));
  const entry = { action, target: id, detail: { queue, kind, tenant, ref } };
  await commit(db, [statement(db, gone), auditRow(db, actor, entry, actor.realMs)]);
}
