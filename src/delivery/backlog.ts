/** What does not get out, over all tenants: counted to a bound, and the first of each. */
import { and, asc, desc, gt, isNotNull, sql } from "drizzle-orm";
import { orm } from "../platform/db/db.ts";
import { type Backlog, backlogsOf } from "../platform/queue/backlog.ts";
import { emails } from "./email/table.ts";
import { webhookDeliveries, webhookEndpoints } from "./webhook/table.ts";

// The words of the partial indexes, which parameters would not match.
const isQueued = sql`${emails.status} = 'queued'`;
const hasFailed = sql`${emails.status} = 'failed'`;
const isFailed = sql`${webhookDeliveries.status} = 'failed'`;
const isFailing = isNotNull(webhookEndpoints.failingSinceMs);

export type DeliveryBacklog = {
  /** Endpoints that have only failed lately, by the time since which they do. */
  endpoints: Backlog;
  /** Since an instant: deliveries that were given up, e-mails that were not sent. */
  deliveries: Backlog;
  emailsFailed: Backlog;
  emailsWaiting: Backlog;
};

/** The figures; what failed before `sinceMs` is not counted. */
export async function deliveryBacklog(db: D1Database, sinceMs: number): Promise<DeliveryBacklog> {
  const { failingSinceMs } = webhookEndpoints;
  const { createdMs } = webhookDeliveries;
  return backlogsOf(db, {
    endpoints: sql`SELECT ${failingSinceMs} AS since FROM ${webhookEndpoints} WHERE ${isFailing}`,
    deliveries: sql`SELECT ${createdMs} AS since FROM ${webhookDeliveries}
      WHERE ${and(isFailed, gt(createdMs, sinceMs))}`,
    emailsFailed: sql`SELECT ${emails.createdMs} AS since FROM ${emails}
      WHERE ${and(hasFailed, gt(emails.createdMs, sinceMs))}`,
    emailsWaiting: sql`SELECT ${emails.createdMs} AS since FROM ${emails} WHERE ${isQueued}`,
  });
}

/** The first of each, `limit` at most: endpoints that fail the longest, the newest failures. */
export async function firstUndelivered(db: D1Database, sinceMs: number, limit: number) {
  const { tenant, host, failingSinceMs, disabled } = webhookEndpoints;
  const { type, createdMs, attempts } = webhookDeliveries;
  const mail = {
    id: emails.id,
    tenant: emails.tenant,
    reason: emails.reason,
    atMs: emails.createdMs,
  };
  const [endpoints, deliveries, emailsFailed, emailsWaiting] = await orm(db).batch([
    orm(db)
      .select({ tenant, host, disabled, atMs: failingSinceMs })
      .from(webhookEndpoints)
      .where(isFailing)
      .orderBy(asc(failingSinceMs))
      .limit(limit),
    orm(db)
      .select({
        id: webhookDeliveries.id,
        tenant: webhookDeliveries.tenant,
        type,
        attempts,
        atMs: createdMs,
      })
      .from(webhookDeliveries)
      .where(and(isFailed, gt(createdMs, sinceMs)))
      .orderBy(desc(createdMs))
      .limit(limit),
    orm(db)
      .select(mail)
      .from(emails)
      .where(and(hasFailed, gt(emails.createdMs, sinceMs)))
      .orderBy(desc(emails.createdMs))
      .limit(limit),
    orm(db).select(mail).from(emails).where(isQueued).orderBy(asc(emails.createdMs)).limit(limit),
  ]);
  return { endpoints, deliveries, emailsFailed, emailsWaiting };
}
