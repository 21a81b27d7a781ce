/** Alerts in the ledger, where each is written once, and what announces them. */
import type { DomainEvent } from "../../core/event.ts";
import { rowsOfValues } from "../../core/rows.ts";
import { alertBody, alertKey } from "../counter/limit.ts";
import type { Alert } from "../counter/terms.ts";

// Text, and built once: these stand in the batches of the measured drain.
const INSERT_ALERTS = `
  INSERT OR IGNORE INTO usage_alerts
  (tenant, window_id, metric, threshold, epoch, at_ms, event_seq, body)
  SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
  FROM json_each(?3)
  WHERE (SELECT up_to FROM usage_watermarks WHERE tenant = ?1 AND fenced = 0) = ?2`;
const READ_ALERTS =
  "SELECT body FROM usage_alerts WHERE tenant = ? ORDER BY at_ms, event_seq, threshold";

/** Alerts in a ledger whose watermark is `upTo`: no-ops the second time. */
export function alertStatements(
  db: D1Database,
  tenant: string,
  upTo: number,
  alerts: readonly Alert[],
): D1PreparedStatement[] {
  const rows = alerts.map((alert) => [
    alert.windowId,
    alert.metric,
    alert.thresholdPercent,
    alert.epoch,
    alert.atMs,
    alert.eventSeq,
    JSON.stringify(alert),
  ]);
  return rowsOfValues(rows).map((some) => db.prepare(INSERT_ALERTS).bind(tenant, upTo, some));
}

/**
 * What announces an alert. 100 % is the limit itself: beside the threshold it announces that the
 * limit is reached.
 */
export function alertEvents(tenant: string, alert: Alert): DomainEvent[] {
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
