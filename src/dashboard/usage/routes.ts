/** /dashboard/usage and /alerts: the pages of usage under one router. */
import { Hono } from "hono";
import type { PageEnv } from "../page/request.ts";
import { alertRoutePages } from "./alert-routes.tsx";
import { alertPages } from "./alerts.tsx";
import { eventPages } from "./events.tsx";
import { importPages } from "./imports.tsx";
import { metricPages } from "./metrics.tsx";
import { refusedPages } from "./refused.tsx";
import { rulePages } from "./rules.tsx";
import { unpricedPages } from "./unpriced.tsx";
import { usagePages } from "./usage.tsx";
import { voidManyPages } from "./void-many.tsx";

export const usageSection = new Hono<PageEnv>();
for (const pages of [
  usagePages,
  eventPages,
  voidManyPages,
  importPages,
  metricPages,
  unpricedPages,
  rulePages,
  refusedPages,
  alertPages,
  alertRoutePages,
]) {
  usageSection.route("/", pages);
}
