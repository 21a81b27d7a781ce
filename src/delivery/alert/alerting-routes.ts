/** /api/alert-routes. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { emailInput } from "../../platform/schema/email.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { MAX_RECIPIENTS } from "../transport/recipient.ts";
import { ALERT_TYPES, type AlertRoute } from "./alert-route.ts";
import { putAlertRoutes } from "./set-alert-routes.ts";
import { readAlertRoutes } from "./store.ts";

export const alertingRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const MAX_ROUTES = 20;
const MAX_FILTER = 50;
const routeFields = {
  name: lineInput(100),
  events: z.array(z.enum(ALERT_TYPES)).max(ALERT_TYPES.length),
  metrics: z
    .array(lineInput(100))
    .max(MAX_FILTER)
    .openapi({ description: "only these metrics' usage alerts; empty: all alerts" }),
  emails: z.array(emailInput).max(MAX_RECIPIENTS),
  endpoint_ids: z
    .array(z.string().max(200))
    .max(MAX_FILTER)
    .openapi({ description: "webhook endpoints that get them whatever their own filter says" }),
  all_tenants: z
    .boolean()
    .openapi({ description: "the operator's copy: every tenant's alerts, by e-mail" }),
};
const routesView = z.object({ data: z.array(z.object(routeFields).openapi("AlertRoute")) });
const routeInput = z
  .strictObject(routeFields)
  .partial()
  .required({ name: true })
  .openapi("AlertRouteInput");

function showRoute({ endpoints, allTenants, ...route }: AlertRoute) {
  return { ...route, endpoint_ids: endpoints, all_tenants: allTenants };
}

alertingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/alert-routes",
    operationId: "listAlertRoutes",
    summary: "Who gets which alert, and by which way",
    tags,
    security,
    responses: { 200: jsonReply(routesView, "All of them"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const routes = await readAlertRoutes(c.env.DB, actor.tenantId);
    return c.json({ data: routes.map(showRoute) }, 200);
  },
);

alertingRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/alert-routes",
    operationId: "putAlertRoutes",
    summary: "Replace the list; nobody gets an alert twice by e-mail",
    tags,
    security,
    request: {
      body: jsonBody(z.strictObject({ data: z.array(routeInput).max(MAX_ROUTES) })),
    },
    responses: { 200: jsonReply(routesView, "All of them"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const routes = c.req.valid("json").data.map((given) => ({
      name: given.name,
      events: given.events ?? [],
      metrics: given.metrics ?? [],
      emails: given.emails ?? [],
      endpoints: given.endpoint_ids ?? [],
      allTenants: given.all_tenants ?? false,
    }));
    await putAlertRoutes(c.env, actor, routes);
    return c.json({ data: routes.map(showRoute) }, 200);
  },
);
