/**
 * The stages that work passes through, and how far each is behind: from the event in a meter's
 * journal to the e-mail and the webhook. What is in the database is read by the first of an index;
 * what is in queues and in meters, the watch was told.
 */
import { sql } from "drizzle-orm";
import { tenants } from "../accounts/store/table.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/time.ts";
import { emails } from "../delivery/email/table.ts";
import { webhookDeliveries } from "../delivery/webhook/table.ts";
import { due, outbox } from "../platform/db/table.ts";
import { type Backlog, backlogsOf, MOST_COUNTED } from "../platform/queue/backlog.ts";
import type { Env } from "../platform/runtime/env.ts";
import type { QueueId } from "../platform/watch/beat.ts";
import { type BehindRow, type Reading, watchOf } from "../platform/watch/watch.ts";
import { retentionWalk } from "../retention/archive/table.ts";
import { deadLetters } from "./table.ts";

/** In the order in which work passes them; the sweep sees to what is due. */
export const STAGES = [
  "journal",
  "intake",
  "outbox",
  "jobs",
  "deliveries",
  "mails",
  "due",
  "archive",
  "erasure",
  "sweep",
] as const;
export type StageId = (typeof STAGES)[number];

/** How long each may lag before somebody should look. */
export const LATE_MS: Readonly<Record<StageId, number>> = {
  journal: 2 * MINUTE_MS,
  intake: 5 * MINUTE_MS,
  outbox: 5 * MINUTE_MS,
  jobs: 5 * MINUTE_MS,
  deliveries: 6 * HOUR_MS,
  mails: 30 * MINUTE_MS,
  due: 5 * MINUTE_MS,
  archive: 12 * HOUR_MS,
  erasure: HOUR_MS,
  sweep: 5 * MINUTE_MS,
};

/** Of one stage: how long its first work waits, and how much waits as far as that is known. */
export type Stage = {
  id: StageId;
  lagMs: number;
  /** Counted to `MOST_COUNTED`; null where nobody can count it. */
  backlog: number | null;
  more: boolean;
  late: boolean;
};

/** All that is seen of the stages at once. */
export type Seen = {
  stages: readonly Stage[];
  queues: readonly { id: QueueId; lagMs: number }[];
  meters: readonly BehindRow[];
  moreMeters: boolean;
  deadLetters: Backlog;
  /** What the watch was told; null where none is bound, or it did not answer. */
  reading: Reading | null;
};

/** The queues whose lag is a stage's own. */
const QUEUES_OF: Readonly<Partial<Record<StageId, readonly QueueId[]>>> = {
  intake: ["intake", "busy_intake"],
  jobs: ["news", "jobs", "upkeep"],
  deliveries: ["deliveries", "slow_deliveries"],
  mails: ["mails"],
};

// The words of the partial indexes, which parameters would not match.
const IS_OPEN = sql`${outbox.handledMs} IS NULL`;
const ON_REAL_TIME = sql`${due.clock} = 'real'`;
const IS_ARCHIVE = sql`${due.kind} = 'usage.archive'`;
const IS_ERASURE = sql`${due.kind} IN ('erasure.run', 'tenant.erase', 'tenant.forget')`;
const IS_PENDING = sql`${webhookDeliveries.status} = 'pending'`;
const IS_QUEUED = sql`${emails.status} = 'queued'`;

/** What waits in the database. The times of a test tenant's announcements are its own clock's. */
function waitingIn(db: D1Database, nowMs: number) {
  const live = sql`${tenants.id} = ${outbox.tenant} AND ${tenants.mode} = 'live'`;
  const { atMs } = due;
  return backlogsOf(db, {
    outbox: sql`
      SELECT (SELECT ${outbox.atMs} FROM ${tenants} WHERE ${live}) AS since
      FROM ${outbox} WHERE ${IS_OPEN} ORDER BY ${outbox.atMs}`,
    due: sql`SELECT ${atMs} AS since FROM ${due}
      WHERE ${ON_REAL_TIME} AND ${atMs} <= ${nowMs} ORDER BY ${atMs}`,
    archive: sql`SELECT ${atMs} AS since FROM ${due}
      WHERE ${IS_ARCHIVE} AND ${atMs} <= ${nowMs} ORDER BY ${atMs}`,
    erasure: sql`SELECT ${atMs} AS since FROM ${due}
      WHERE ${IS_ERASURE} AND ${atMs} <= ${nowMs} ORDER BY ${atMs}`,
    // Until when all tenants were looked at for old usage: a look a day.
    walk: sql`SELECT (${retentionWalk.day} + ${retentionWalk.done}) * ${DAY_MS} AS since
      FROM ${retentionWalk}`,
    deliveries: sql`SELECT ${webhookDeliveries.createdMs} AS since FROM ${webhookDeliveries}
      WHERE ${IS_PENDING} ORDER BY ${webhookDeliveries.createdMs}`,
    mails: sql`SELECT ${emails.createdMs} AS since FROM ${emails}
      WHERE ${IS_QUEUED} ORDER BY ${emails.createdMs}`,
    deadLetters: sql`SELECT ${deadLetters.atMs} AS since FROM ${deadLetters}
      ORDER BY ${deadLetters.atMs}`,
  });
}

/** Reads how far each stage is behind. Errors: whatever D1 throws; the watch may be missing. */
export async function seeStages(env: Env, nowMs: number): Promise<Seen> {
  const [waiting, reading] = await Promise.all([
    waitingIn(env.DB, nowMs),
    watchOf(env)
      ?.read()
      .catch(() => null) ?? null,
  ]);
  return seenOf(waiting, reading, nowMs);
}

type Waiting = Awaited<ReturnType<typeof waitingIn>>;

/** What follows from what waits in the database and what the watch was told. Pure. */
export function seenOf(waiting: Waiting, reading: Reading | null, nowMs: number): Seen {
  const beats = new Map(reading?.beats ?? []);
  const since = (ms: number | null | undefined) => (ms ? Math.max(0, nowMs - ms) : 0);
  const queueLag = (id: QueueId) => since(beats.get(id)?.waitingMs);
  const meters = [...(reading?.behind ?? [])].sort((a, b) => a.sinceMs - b.sinceMs);
  const counted: Readonly<Partial<Record<StageId, Backlog>>> = {
    outbox: waiting.outbox,
    deliveries: waiting.deliveries,
    mails: waiting.mails,
    due: waiting.due,
    archive: waiting.archive,
    erasure: waiting.erasure,
  };
  const events = meters.reduce((sum, meter) => sum + meter.events, 0);
  const toldOf: Readonly<Partial<Record<StageId, number | null | undefined>>> = {
    journal: meters[0]?.sinceMs,
    archive: waiting.walk.sinceMs,
    sweep: reading?.sweptMs,
  };
  const stages = STAGES.map((id): Stage => {
    const backlog = counted[id];
    const queued = Math.max(0, ...(QUEUES_OF[id] ?? []).map(queueLag));
    const told = since(toldOf[id]);
    const lagMs = Math.max(queued, since(backlog?.sinceMs), told);
    const count = backlog ? Math.min(backlog.count, MOST_COUNTED) : null;
    return {
      id,
      lagMs,
      backlog: id === "journal" ? events : count,
      more: (backlog?.count ?? 0) > MOST_COUNTED,
      late: lagMs > LATE_MS[id],
    };
  });
  return {
    stages,
    queues: [...beats.keys()].map((id) => ({
      id: id as QueueId,
      lagMs: queueLag(id as QueueId),
    })),
    meters,
    moreMeters: reading?.more ?? false,
    deadLetters: waiting.deadLetters,
    reading,
  };
}
