/** Which alerts go to whom by which way. Pure. */
import { parseJsonExactly } from "../../core/decimal.ts";
import type { EventBodies } from "../../core/event.ts";
import type { AnnouncedEvent } from "../../platform/queue/outbox.ts";

/** Announcements that somebody should look at. */
export const ALERT_TYPES = [
  "usage.threshold_reached",
  "usage.limit_reached",
  "invoice.overdue",
  "email.failed",
  "webhook.disabled",
] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** An alert's body; a number that a double cannot hold is its own text. */
export type Alert = { [T in AlertType]: { type: T; body: EventBodies[T] } }[AlertType];

export type AlertRoute = {
  name: string;
  /** Empty: all. */
  events: AlertType[];
  /** Only these metrics' usage alerts; empty: all alerts. */
  metrics: string[];
  emails: string[];
  /** Webhook endpoints that get these alerts whatever their own filter says. */
  endpoints: string[];
  /** The operator's copy: every tenant's alerts, not only its own. */
  allTenants: boolean;
};

/** The alert that an announcement is, or null. */
export function alertOf({ type, body }: AnnouncedEvent): Alert | null {
  const isAlert = (ALERT_TYPES as readonly string[]).includes(type);
  return isAlert ? ({ type, body: parseJsonExactly(body) } as Alert) : null;
}

export function routesFor(routes: readonly AlertRoute[], alert: Alert): AlertRoute[] {
  const metric = "metric_name" in alert.body ? alert.body.metric_name : null;
  return routes.filter(
    ({ events, metrics }) =>
      (events.length === 0 || events.includes(alert.type)) &&
      (metrics.length === 0 || (metric !== null && metrics.includes(metric))),
  );
}

/** As `routesFor`, for people: at 100 % they are told that the limit is reached, once. */
export function mailRoutesFor(routes: readonly AlertRoute[], alert: Alert): AlertRoute[] {
  const found = routesFor(routes, alert);
  const atLimit =
    alert.type === "usage.threshold_reached" && Number(alert.body.threshold_percent) === 100;
  if (!atLimit) return found;
  return found.filter(({ events }) => events.length > 0 && !events.includes("usage.limit_reached"));
}
