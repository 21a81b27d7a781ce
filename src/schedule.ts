/** The one schedule: which verb runs for each kind of due row, on real time and on test clocks. */
import { moveTestClock, selectTestClock, tenantClock } from "./accounts/store/clock.ts";
import type { Advanced } from "./accounts/test-clock/test-clock.ts";
import { PLAN_ROLLOUT, rolloutVersion } from "./billing/lifecycle/rollout.ts";
import { closePeriod, PERIOD_CLOSE } from "./billing/period/close.ts";
import type { Moment } from "./billing/period/moment.ts";
import { pushTerms, pushTermsAgain, TERMS_PUSH } from "./billing/period/push.ts";
import { SUBSCRIPTION_SETTLE, settleSubscription } from "./billing/period/settle.ts";
import { Problem } from "./core/errors.ts";
import { MINUTE_MS, SECOND_MS } from "./core/time.ts";
import { mailRecurring } from "./delivery/email/automatic.ts";
import { EMAIL_SEND, handOutEmails } from "./delivery/email/send.ts";
import { sweepDeliveries } from "./delivery/webhook/hand-out.ts";
import { WEBHOOK_DELIVER } from "./delivery/webhook/table.ts";
import { INVOICE_RECUR, RECURRING_SEND, recurInvoice } from "./documents/recurring/recurring.ts";
import { INVOICE_REMIND, remindInvoice } from "./documents/reminder/remind.ts";
import { compactSegments, SEGMENTS_COMPACT } from "./metering/ledger/compact.ts";
import { mergeSegments, SEGMENTS_MERGE } from "./metering/ledger/merge.ts";
import { METRICS_PUSH, pushMetrics } from "./metering/metric/metric.ts";
import { forgetMoved, goOnWithMove, LEDGER_FORGET, LEDGER_MOVE } from "./metering/move/move.ts";
import { METER_REBUILT } from "./metering/object/catch-up.ts";
import { orm } from "./platform/db/db.ts";
import { countingQueries } from "./platform/db/query-count.ts";
import {
  beginning,
  type Due,
  finish,
  kindOf,
  nextOnTestClock,
  postpone,
  readDue,
  tenantOfDue,
} from "./platform/queue/due.ts";
import {
  BY_TIME,
  byTurns,
  type Claimed,
  claimGroups,
  claimStatement,
  earliestGroups,
  groupOf,
  groupsDue,
  inFlight,
  LEASE_MS,
  partsOf,
  type Window,
} from "./platform/queue/lane.ts";
import { relay, waitingToRelay } from "./platform/queue/outbox.ts";
import { sendJobs } from "./platform/queue/send.ts";
import type { Env } from "./platform/runtime/env.ts";
import { logError } from "./platform/runtime/log.ts";
import { count } from "./platform/watch/counts.ts";
import { archiveDue, USAGE_ARCHIVE } from "./retention/archive/retain.ts";
import { ERASURE_RUN, runErasure } from "./retention/erasure/erase.ts";
import {
  forgetTenant,
  runTenantErasure,
  TENANT_ERASE,
  TENANT_FORGET,
} from "./retention/tenant/tenant-erasure.ts";

type Verb = (env: Env, due: Due, moment: Moment) => Promise<unknown>;

/** Every verb is idempotent: a row may be run twice. */
const VERBS: Readonly<Record<string, Verb>> = {
  [PERIOD_CLOSE]: (env, due, moment) => closePeriod(env, due.ref, moment, due.attempts),
  [PLAN_ROLLOUT]: (env, due, { realMs }) => rolloutVersion(env, due.ref, realMs),
  [SUBSCRIPTION_SETTLE]: (env, due, moment) => settleSubscription(env, due.ref, moment),
  [TERMS_PUSH]: (env, due, { nowMs }) => pushTerms(env, due.ref, nowMs),
  [INVOICE_REMIND]: (env, due, { nowMs }) => remindInvoice(env, due.tenant, due.ref, nowMs),
  [INVOICE_RECUR]: (env, due, moment) => recurInvoice(env, due.ref, moment),
  [RECURRING_SEND]: (env, due, moment) => mailRecurring(env, due.ref, moment),
  [SEGMENTS_COMPACT]: (env, due, { realMs }) => compactSegments(env, due.ref, realMs),
  [SEGMENTS_MERGE]: (env, due, { realMs }) => mergeSegments(env, due.ref, realMs),
  [ERASURE_RUN]: (env, due, { realMs }) => runErasure(env, due.ref, realMs),
  [TENANT_ERASE]: (env, due, { realMs }) => runTenantErasure(env, due.ref, realMs),
  [TENANT_FORGET]: (env, due, { realMs }) => forgetTenant(env, due.ref, realMs),
  [LEDGER_MOVE]: (env, due) => goOnWithMove(env, due.ref),
  [LEDGER_FORGET]: (env, due) => forgetMoved(env, due.ref),
  [USAGE_ARCHIVE]: (env, due, { realMs }) => archiveDue(env, due.ref, realMs),
  [METRICS_PUSH]: (env, due) => pushMetrics(env, due.ref),
  [METER_REBUILT]: async (env, due, { nowMs }) => {
    await pushMetrics(env, due.ref);
    await pushTermsAgain(env, due.ref, nowMs);
  },
};

function verbOf({ kind }: Due): Verb {
  const verb = VERBS[kind];
  if (!verb) throw new Error(`no verb for due work of the kind ${kind}`);
  return verb;
}

/** Kinds that can wait for each other: no bill and no message depends on them. */
const UPKEEP: ReadonlySet<string> = new Set([
  SEGMENTS_COMPACT,
  SEGMENTS_MERGE,
  USAGE_ARCHIVE,
  TENANT_ERASE,
  TENANT_FORGET,
]);

type HandOut = (env: Env, tenant: string, nowMs: number) => Promise<void>;

/** Kinds that have queues of their own, and hand out a tenant's rows themselves. */
const HANDED_OUT: Readonly<Record<string, HandOut>> = {
  [EMAIL_SEND]: handOutEmails,
  [WEBHOOK_DELIVER]: sweepDeliveries,
};

/** Hands out what is due of a tenant's rows that have a queue of their own. */
export async function handOutWork(env: Env, tenant: string, work: string, nowMs: number) {
  await HANDED_OUT[work]?.(env, tenant, nowMs);
}

/** Rows of a tenant and kind in the queue of all: others wait for no more than these. */
const WINDOW: Window = { lane: 20, group: 20 };
/** What was handed out twice and did not begin waits for a queue that is behind. */
const SECOND_LEASE_MS = 10 * MINUTE_MS;
/** An attempt that has not ended by then has failed. */
const ATTEMPT_MS = MINUTE_MS;

/**
 * Hands out what is due on real time, each kind to its queue and whoever waits longest first, and
 * no more than has room in it. Of `JOBS` a message behind these rows goes on with the next.
 */
export async function handOutAll(env: Env, nowMs: number): Promise<void> {
  const earliest = await earliestGroups(env.DB, nowMs);
  const groups = earliest.isAll ? earliest.groups : await groupsDue(env.DB, nowMs);
  await handOutOwn(env, groupsFor("NEWS", groups));
  await handOutRows(env, "UPKEEP", groups, nowMs);
  await goOn(env, (await handOutRows(env, "JOBS", groups, nowMs)).sent);
}

/**
 * Hands out the next rows of `JOBS`, once those before them were taken from the queue. By time
 * first: only where most of what waits longest has to wait on is every lane looked at.
 */
export async function handOutMore(env: Env, nowMs: number): Promise<void> {
  const { groups, isAll } = await earliestGroups(env.DB, nowMs);
  const first = await handOutRows(env, "JOBS", groups, nowMs);
  let { sent } = first;
  if (!isAll && first.held < BY_TIME / 2) {
    const more = await handOutRows(env, "JOBS", await groupsDue(env.DB, nowMs), nowMs);
    sent += more.sent;
  }
  await goOn(env, sent);
}

/** Where much was handed out, more may wait; little is followed by what the next minute brings. */
async function goOn(env: Env, sent: number): Promise<void> {
  if (sent >= BY_TIME / 4) await env.JOBS.send({ kind: "sweep" });
}

/** The queue of a group's rows, or, where these have one of their own, of who hands them out. */
function queueOf(group: string): "NEWS" | "UPKEEP" | "JOBS" {
  const { kind } = partsOf(group);
  if (kind in HANDED_OUT) return "NEWS";
  return UPKEEP.has(kind) ? "UPKEEP" : "JOBS";
}

function groupsFor(queue: ReturnType<typeof queueOf>, groups: readonly string[]): string[] {
  return groups.filter((group) => queueOf(group) === queue);
}

/** Groups that one statement claims, or one message names. */
const GROUPS_AT_ONCE = 500;

/** Has groups handed out that have queues of their own; where there are many, by messages. */
async function handOutOwn(env: Env, groups: readonly string[]): Promise<void> {
  if (groups.length <= GROUPS_AT_ONCE) return handOutGroups(env, groups);
  for (let i = 0; i < groups.length; i += GROUPS_AT_ONCE) {
    await env.NEWS.send({ kind: "claim", groups: groups.slice(i, i + GROUPS_AT_ONCE) });
  }
}

/** Sends a message for each of the groups, which have queues of their own. */
export async function handOutGroups(env: Env, groups: readonly string[]): Promise<void> {
  const jobs = groupsFor("NEWS", groups)
    .map(partsOf)
    .map(({ tenant, kind }) => ({ kind: "hand-out" as const, tenant, work: kind }));
  await sendJobs(env.NEWS, jobs);
}

/** So long a row that a queue holds takes at most: each has to begin once those before it did. */
const EACH_MS = 30;

/** Kinds by the queue of their rows. */
const KINDS_OF = {
  UPKEEP: { are: "only", these: [...UPKEEP] },
  JOBS: { are: "not", these: [...UPKEEP, ...Object.keys(HANDED_OUT)] },
} as const;

/**
 * Sends what is due of a queue's groups in turn, while it has room; how many rows that were, and
 * how many it holds.
 */
async function handOutRows(
  env: Env,
  queue: "UPKEEP" | "JOBS",
  groups: readonly string[],
  nowMs: number,
): Promise<{ sent: number; held: number }> {
  const some = groupsFor(queue, groups);
  if (some.length === 0) return { sent: 0, held: 0 };
  const kinds = KINDS_OF[queue];
  const before = await inFlight(env.DB, { nowMs, most: BY_TIME, kinds });
  let sent = 0;
  for (let i = 0; i < some.length && before + sent < BY_TIME; i += GROUPS_AT_ONCE) {
    const part = some.slice(i, i + GROUPS_AT_ONCE);
    const leaseMs = LEASE_MS + (before + sent) * EACH_MS;
    const claim = { ...claimAt(nowMs), leaseMs };
    const rows = byTurns(await claimGroups(env.DB, part, claim));
    await sendDue(env, queue, rows);
    sent += rows.length;
  }
  return { sent, held: before + sent };
}

/** What of a group is due and fits into the queue. */
function claimAt(nowMs: number) {
  return { window: WINDOW, nowMs, untilMs: nowMs + SECOND_LEASE_MS };
}

function sendDue(env: Env, queue: "UPKEEP" | "JOBS", rows: readonly Claimed[]): Promise<void> {
  return sendJobs(
    env[queue],
    rows.map(({ id }) => ({ kind: "due", id })),
  );
}

const LONGEST_WAIT_MS = 60 * MINUTE_MS;

/**
 * Runs one row on real time, and has the next of its kind take its place: two trips to the database
 * beside the verb's own. What fails waits longer each time, and is never lost.
 */
export async function runDue(env: Env, id: string, nowMs: number): Promise<void> {
  if (kindOf(id) in HANDED_OUT) return handOutRow(env, id, nowMs); // a message of version 0.1
  const [[due], [clock]] = await orm(env.DB).batch([
    beginning(env.DB, id, { nowMs, untilMs: nowMs + ATTEMPT_MS }),
    selectTestClock(env.DB, tenantOfDue(id)),
  ]);
  if (!due) return;
  const end = await attemptDue(env, due, clock, nowMs);
  const group = groupOf(due.tenant, due.kind);
  const [, claimed, waiting] = await env.DB.batch([
    end,
    claimStatement(env.DB, [group], claimAt(nowMs)),
    waitingToRelay(env.DB),
  ]);
  const queue = UPKEEP.has(due.kind) ? "UPKEEP" : "JOBS";
  await sendDue(env, queue, (claimed?.results ?? []) as Claimed[]);
  if (waiting?.results.length) await relay(env.DB, env.NEWS, nowMs);
}

async function handOutRow(env: Env, id: string, nowMs: number): Promise<void> {
  const row = await readDue(env.DB, id);
  if (row) await handOutWork(env, row.tenant, row.kind, nowMs);
}

/** Runs a row's verb; the statement that writes down how it ended. */
async function attemptDue(
  env: Env,
  due: Due,
  clock: { testClockMs: number | null } | undefined,
  nowMs: number,
): Promise<D1PreparedStatement> {
  try {
    if (!clock) throw new RangeError(`no tenant ${due.tenant}`);
    await verbOf(due)(env, due, { nowMs: clock.testClockMs ?? Date.now(), realMs: nowMs });
    count(`boxcostpro_due_runs_total{kind="${due.kind}",outcome="ok"}`);
    return finish(env.DB, due);
  } catch (error) {
    count(`boxcostpro_due_runs_total{kind="${due.kind}",outcome="failed"}`);
    const waitMs = Math.min(waitAfter(due, 6), LONGEST_WAIT_MS);
    return postponeFailed(env, due, nowMs + waitMs, error);
  }
}

/** Twice as long after each attempt, until `doublings` of them. */
function waitAfter({ attempts }: Due, doublings: number): number {
  return MINUTE_MS * 2 ** Math.min(attempts, doublings);
}

/** The statement that has a row that failed wait, with the reason. */
function postponeFailed(env: Env, { id }: Due, atMs: number, error: unknown): D1PreparedStatement {
  const reason = error instanceof Problem ? `${error.code}: ${error.message}` : String(error);
  logError({ at: "due", id, error: reason });
  return postpone(env.DB, id, { atMs, reason });
}

/** On a test clock the wait doubles up to 23 days, so that years pass in few attempts. */
const TEST_DOUBLINGS = 15;
/** So often a busy service fails the call instead, which may then be repeated at once. */
const BUSY_CALLS = 3;

/** A call of the test clock does at most this much; the caller asks again. */
const STEP_ROWS = 25;
const STEP_MS = 5 * SECOND_MS;

/**
 * Moves a test tenant's clock to `toMs`, running what becomes due in time order, each row at its
 * own time. What fails waits, as on real time, and the rest goes on. Errors: 503 where the service
 * is busy; the clock then stands at that row's time.
 */
export async function runUntil(given: Env, tenantId: string, toMs: number): Promise<Advanced> {
  const beganMs = Date.now();
  const { env, hasRoom } = countingQueries(given);
  const ran: Advanced["ran"] = [];
  const failed: Advanced["failed"] = [];
  for (;;) {
    const due = await nextOnTestClock(env.DB, tenantId, toMs);
    await moveTestClock(env.DB, tenantId, due?.atMs ?? toMs).run();
    const { nowMs } = await tenantClock(env.DB, tenantId);
    const rows = ran.length + failed.length;
    const isLong = rows >= STEP_ROWS || Date.now() - beganMs > STEP_MS || !hasRoom();
    const stop = due && isLong;
    if (!due || stop) {
      if (rows > 0) await relay(env.DB, env.NEWS, Date.now());
      return { now: nowMs, done: !due, ran, failed };
    }
    const row = { kind: due.kind, ref: due.ref, at: due.atMs };
    try {
      await verbOf(due)(env, due, { nowMs, realMs: Date.now() });
      await finish(env.DB, due).run();
      ran.push(row);
    } catch (error) {
      const busy = error instanceof Problem && error.code === "service.busy";
      const again = busy && due.attempts < BUSY_CALLS;
      const atMs = again ? due.atMs : nowMs + waitAfter(due, TEST_DOUBLINGS);
      await postponeFailed(env, due, atMs, error).run();
      if (again) throw error;
      failed.push(row);
    }
  }
}
