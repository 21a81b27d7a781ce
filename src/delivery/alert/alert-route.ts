/** Which alerts go to whom by which way. Pure. */
import type { EventBodies, EventOf } from "../../core/event.ts";

/** Events that somebody should look at. */
export const ALERT_TYPES = [
  "usage.threshold_reached",
  "usage.limit_reached",
  "invoice.overdue",
  "email.failed",
  "webhook.disabled",
] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** An event that somebody should look at: what it says, whichever announcement said it. */
export type Alert = { [T in AlertType]: { type: T; body: EventBodies[T] } }[AlertType];
export type AlertEvent = EventOf<AlertType>;

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

/** The routes that an alert takes by its type and metric. */
export function routesFor(routes: readonly AlertRoute[], alert: Alert): AlertRoute[] {
  const metric = "metric_name" in alert.body ? alert.body.metric_name : null;
  return routes.filter(
    ({ events, metrics }) =>
      (events.length === 0 || events.includes(alert.type)) &&
      (metrics.length === 0 || (metric !== null && metrics.includes(metric))),
  );
}

/** As `routesFor`, for people: at 100 % they read that the limit is reached, and only once. */
export function mailRoutesFor(routes: readonly AlertRoute[], alert: Alert): AlertRoute[] {
  const found = routesFor(routes, alert);
  const atLimit =
    alert.type === "usage.threshold_reached" && Number(alert.body.threshold_percent) === 100;
  if (!atLimit) return found;
  return found.filter(({ events }) => events.length > 0 && !events.includes("usage.limit_reached"));
}
