/** Alerts on their way to webhook endpoints. */
import type { Env } from "../../platform/runtime/env.ts";
import { fanOut } from "../webhook/deliver.ts";
import { type AlertEvent, routesFor } from "./alert-route.ts";
import { readAlertRoutes } from "./store.ts";

/**
 * As `fanOut`, and to the endpoints that the tenant routes the alert to, whatever their own filter
 * says.
 */
export async function fanOutAlert(env: Env, alert: AlertEvent, realMs: number): Promise<void> {
  const routes = routesFor(await readAlertRoutes(env.DB, alert.tenant), alert);
  const routed = new Set(routes.flatMap(({ endpoints }) => endpoints));
  await fanOut(env, alert, realMs, routed);
}
