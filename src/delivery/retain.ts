/** How long logs are kept: deliveries, e-mails, refused usage, requests. What waits is not old. */
import { deleteOldRequestLogs } from "../accounts/store/request-log-store.ts";
import { DAY_MS } from "../core/time.ts";
import { deleteOldRefused } from "../metering/record/refused-store.ts";
import type { Env } from "../platform/runtime/env.ts";
import { bucketOf } from "../platform/runtime/jurisdiction.ts";
import { deleteEmails, oldEmails } from "./email/store.ts";
import { deleteOldDeliveries } from "./webhook/store.ts";

const DEFAULT_DAYS = 90;
/** What one sweep takes away at most; the next one goes on. */
const DELIVERIES_AT_ONCE = 500;
const REFUSED_AT_ONCE = 500;
const EMAILS_AT_ONCE = 100;
const REQUESTS_AT_ONCE = 5_000;
/** How long the log of requests goes back. */
const REQUESTS_MS = 7 * DAY_MS;

/** The instants from before which logs, and logged requests, are taken away. */
export function logEdges(env: Pick<Env, "LOG_DAYS">, nowMs: number) {
  return {
    logsBeforeMs: nowMs - Number(env.LOG_DAYS || DEFAULT_DAYS) * DAY_MS,
    requestsBeforeMs: nowMs - REQUESTS_MS,
  };
}

/**
 * Takes away what is older than LOG_DAYS: deliveries, attempts, refused usage, e-mails; and logged
 * requests that are older than a week.
 */
export async function dropOldLogs(env: Env, nowMs: number): Promise<void> {
  const { logsBeforeMs: beforeMs, requestsBeforeMs } = logEdges(env, nowMs);
  await deleteOldDeliveries(env.DB, beforeMs, DELIVERIES_AT_ONCE).run();
  await deleteOldRefused(env.DB, beforeMs, REFUSED_AT_ONCE).run();
  await deleteOldRequestLogs(env.DB, requestsBeforeMs, REQUESTS_AT_ONCE).run();
  const old = await oldEmails(env.DB, beforeMs, EMAILS_AT_ONCE);
  if (old.length === 0) return;
  // The rows go last: they alone say where the files are.
  for (const [files, rows] of Map.groupBy(old, ({ tenant }) => bucketOf(env, tenant))) {
    const keys = rows.flatMap(({ attachments }) => attachments.map(({ key }) => key));
    if (keys.length > 0) await files.delete(keys);
  }
  await deleteEmails(
    env.DB,
    old.map(({ id }) => id),
  ).run();
}
