/** How the installation gets on: what waits, is late or fails over all tenants, to a bound. */
import { DAY_MS, MINUTE_MS } from "../core/time.ts";
import { deliveryBacklog, firstUndelivered } from "../delivery/backlog.ts";
import { firstStuckImports, stuckImports } from "../metering/import/import-store.ts";
import {
  type Backlog,
  firstFailing,
  firstWaiting,
  queueBacklog,
} from "../platform/queue/backlog.ts";

/** Work that was due for less than this is on its way: the sweep comes each minute. */
const LATE_AFTER_MS = 2 * MINUTE_MS;
/** An import goes on with each call of whoever made it. */
const STUCK_AFTER_MS = 15 * MINUTE_MS;
/** How long failures are looked back at. */
const FAILED_WITHIN_MS = DAY_MS;

export const SIGNS = [
  "announcements_waiting",
  "work_late",
  "work_failing",
  "imports_stuck",
  "endpoints_failing",
  "deliveries_failed",
  "emails_waiting",
  "emails_failed",
] as const;
export type SignId = (typeof SIGNS)[number];

/** One sign; `bad` where any of it needs somebody, what only waits where it waits for long. */
export type Sign = { id: SignId; backlog: Backlog; bad: boolean };

/** The signs, in the order of `SIGNS`. */
export async function signsOf(db: D1Database, realMs: number): Promise<Sign[]> {
  const [{ announcements, late, failing }, imports, delivery] = await Promise.all([
    queueBacklog(db, realMs - LATE_AFTER_MS),
    stuckImports(db, realMs - STUCK_AFTER_MS),
    deliveryBacklog(db, realMs - FAILED_WITHIN_MS),
  ]);
  const some = ({ count }: Backlog) => count > 0;
  const long = ({ sinceMs }: Backlog) => sinceMs !== null && sinceMs < realMs - LATE_AFTER_MS;
  const found: Readonly<Record<SignId, [Backlog, (backlog: Backlog) => boolean]>> = {
    announcements_waiting: [announcements, long],
    work_late: [late, some],
    work_failing: [failing, some],
    imports_stuck: [imports, some],
    endpoints_failing: [delivery.endpoints, some],
    deliveries_failed: [delivery.deliveries, some],
    emails_waiting: [delivery.emailsWaiting, long],
    emails_failed: [delivery.emailsFailed, some],
  };
  return SIGNS.map((id) => {
    const [backlog, isBad] = found[id];
    return { id, backlog, bad: isBad(backlog) };
  });
}

/** One thing behind a sign: whose, what, since when, and why it is there. */
export type Waiting = {
  tenant: string;
  atMs: number | null;
  what: string;
  why: string;
  /** Of what can be tried again: a due row's, a delivery's or an e-mail's. */
  id?: string;
};

/** The first of each sign, `limit` at most: what waits the longest, the newest failures. */
export async function firstOf(
  db: D1Database,
  realMs: number,
  limit: number,
): Promise<Readonly<Record<SignId, readonly Waiting[]>>> {
  const [[announcements, late], failing, imports, undelivered] = await Promise.all([
    firstWaiting(db, realMs - LATE_AFTER_MS, limit),
    firstFailing(db, limit),
    firstStuckImports(db, realMs - STUCK_AFTER_MS, limit),
    firstUndelivered(db, realMs - FAILED_WITHIN_MS, limit),
  ]);
  const { endpoints, deliveries, emailsFailed, emailsWaiting } = undelivered;
  type Mail = { id: string; tenant: string; reason: string | null; atMs: number };
  const mail = (row: Mail): Waiting => ({
    ...row,
    what: "an e-mail",
    why: row.reason ?? "",
  });
  return {
    announcements_waiting: announcements.map((row) => ({
      ...row,
      what: row.type,
      why: "waits for the relay",
    })),
    work_late: late.map((row) => ({ ...row, what: row.type, why: "is due" })),
    work_failing: failing.map(({ id, tenant, atMs, type, error, clock }) => ({
      tenant,
      atMs,
      what: type,
      why: error ?? "",
      // A test clock runs its work when it is moved.
      ...(clock === "real" ? { id } : {}),
    })),
    imports_stuck: imports.map(({ tenant, atMs, status }) => ({
      tenant,
      atMs,
      what: "an import of usage",
      why: `stopped while ${status}: call ${status === "committing" ? "commit" : "revert"} again`,
    })),
    endpoints_failing: endpoints.map((row) => ({
      ...row,
      what: row.host,
      why: row.disabled === null ? "is tried again" : "is disabled: its owner enables it",
    })),
    deliveries_failed: deliveries.map((row) => ({
      ...row,
      what: row.type,
      why: `given up after ${row.attempts} attempts: its owner can send it again`,
    })),
    emails_waiting: emailsWaiting.map(mail),
    emails_failed: emailsFailed.map(mail),
  };
}
