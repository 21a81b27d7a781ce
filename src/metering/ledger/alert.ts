/** Alerts in the ledger, where each is written once and announced in the same batch. */
import type { DomainEvent } from "../../core/event.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { alertBody, alertKey } from "../counter/limit.ts";
import type { Alert } from "../counter/terms.ts";

// Text, and built once: these stand in the batches of the measured drain.
const INSERT_ALERT = `
  INSERT OR IGNORE INTO usage_alerts
  (tenant, window_id, metric, threshold, epoch, at_ms, event_seq, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const READ_ALERTS =
  "SELECT body FROM usage_alerts WHERE tenant = ? ORDER BY at_ms, event_seq, threshold";

/** An alert in the ledger, and its announcements; both are no-ops the second time. */
export function alertStatements(
  db: D1Database,
  tenant: string,
  alert: Alert,
): D1PreparedStatement[] {
  const body = JSON.stringify(alert);
  return [
    db
      .prepare(INSERT_ALERT)
      .bind(
        tenant,
        alert.windowId,
        alert.metric,
        alert.thresholdPercent,
        alert.epoch,
        alert.atMs,
        alert.eventSeq,
        body,
      ),
    ...alertEvents(tenant, alert).map((event) => announce(db, event)),
  ];
}

/** 100 % is the limit itself: beside the threshold it announces that the limit is reached. */
function alertEvents(tenant: string, alert: Alert): DomainEvent[] {
  const key = `${tenant} ${alertKey(alert)}`.replaceAll(" ", "_");
  const body = { window_id: alert.windowId, ...alertBody(alert) };
  const { atMs } = alert;
  const event: DomainEvent[] = [];
  if (alert.kind === "threshold") {
    event.push({ id: `news_${key}`, tenant, type: "usage.threshold_reached", atMs, body });
  }
  if (alert.kind === "limit" || alert.thresholdPercent === 100) {
    event.push({ id: `news_${key}_limit`, tenant, type: "usage.limit_reached", atMs, body });
  }
  return event;
}

/** Every alert that fired, as it fired. */
export async function readAlerts(db: D1Database, tenant: string): Promise<Alert[]> {
  const { results } = await db.prepare(READ_ALERTS).bind(tenant).all<{ body: string }>();
  return results.map(({ body }) => JSON.parse(body) as Alert);
}
