/** /api/email-settings, /api/alert-routes and /api/suppressions: who is written to, and why. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { ALERT_TYPES, type AlertRoute } from "../alert/alert-route.ts";
import { putRoutes } from "../alert/alerting.ts";
import { readRoutes } from "../webhook/store.ts";
import { putSettings } from "./automatic.ts";
import { addressInput, MAX_RECIPIENTS } from "./routes.ts";
import { listSuppressions, readSettings } from "./store.ts";
import { suppress, unsuppress } from "./suppress.ts";
import { type EmailSettings, SUPPRESSION_REASONS, type Suppression } from "./table.ts";

export const settingsRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const settingsFields = {
  send_invoices: z.boolean().openapi({ description: "to the customer, as soon as they are final" }),
  send_receipts: z.boolean().openapi({ description: "once an invoice is paid" }),
  send_credit_notes: z.boolean().openapi({ description: "as soon as they are issued" }),
  send_reminders: z
    .boolean()
    .openapi({ description: "when the issuer's schedule has one; true unless given" }),
};
const settingsView = z.object(settingsFields).openapi("EmailSettings");

function showSettings(row: EmailSettings): z.infer<typeof settingsView> {
  return {
    send_invoices: row.sendInvoices,
    send_receipts: row.sendReceipts,
    send_credit_notes: row.sendCreditNotes,
    send_reminders: row.sendReminders,
  };
}

settingsRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/email-settings",
    operationId: "getEmailSettings",
    summary: "Read what is sent without asking",
    tags,
    security,
    responses: { 200: jsonReply(settingsView, "The settings, or their defaults"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    return c.json(showSettings(await readSettings(c.env.DB, actor.tenantId)), 200);
  },
);

settingsRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/email-settings",
    operationId: "putEmailSettings",
    summary: "Say what is sent without asking; what is not given has its default",
    tags,
    security,
    request: {
      body: jsonBody(z.strictObject(settingsFields).partial().openapi("EmailSettingsInput")),
    },
    responses: { 200: jsonReply(settingsView, "The settings"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const given = c.req.valid("json");
    const settings = {
      sendInvoices: given.send_invoices ?? false,
      sendReceipts: given.send_receipts ?? false,
      sendCreditNotes: given.send_credit_notes ?? false,
      sendReminders: given.send_reminders ?? true,
    };
    return c.json(showSettings(await putSettings(c.env, actor, settings)), 200);
  },
);

const MAX_ROUTES = 20;
const MAX_FILTER = 50;
const routeFields = {
  name: lineInput(100),
  events: z.array(z.enum(ALERT_TYPES)).max(ALERT_TYPES.length),
  metrics: z
    .array(lineInput(100))
    .max(MAX_FILTER)
    .openapi({ description: "only these metrics' usage alerts; empty: all alerts" }),
  emails: z.array(addressInput).max(MAX_RECIPIENTS),
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

settingsRoutes.openapi(
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
    const routes = await readRoutes(c.env.DB, actor.tenantId);
    return c.json({ data: routes.map(showRoute) }, 200);
  },
);

settingsRoutes.openapi(
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
    await putRoutes(c.env, actor, routes);
    return c.json({ data: routes.map(showRoute) }, 200);
  },
);

const suppressionView = z
  .object({
    address: z.string(),
    reason: z.enum(SUPPRESSION_REASONS),
    email_id: z.string().nullable().openapi({ description: "the e-mail that told of it" }),
    created_at: z.string(),
  })
  .openapi("Suppression");

function showSuppression(row: Suppression): z.infer<typeof suppressionView> {
  const { address, reason, email } = row;
  return { address, reason, email_id: email, created_at: timeText(row.createdMs) };
}

settingsRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/suppressions",
    operationId: "listSuppressions",
    summary: "List the addresses that get no e-mail, in alphabetical order",
    tags,
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(suppressionView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const { cursor, limit: asked } = c.req.valid("query");
    const [after = ""] = cursor ? decodeCursor(cursor, 1) : [];
    const limit = pageLimit(asked);
    const rows = await listSuppressions(c.env.DB, actor.tenantId, String(after), limit + 1);
    return c.json(
      pageOf(rows, limit, (row) => [row.address], showSuppression),
      200,
    );
  },
);

settingsRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/suppressions",
    operationId: "addSuppression",
    summary: "Send an address no more e-mail; one that is on the list stays as it is",
    tags,
    security,
    request: { body: jsonBody(z.strictObject({ address: addressInput })) },
    responses: { 201: jsonReply(suppressionView, "It is on the list"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const row = await suppress(c.env, actor, c.req.valid("json").address);
    return c.json(showSuppression(row), 201);
  },
);

settingsRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/suppressions/{address}",
    operationId: "removeSuppression",
    summary: "Send an address e-mail again",
    tags,
    security,
    request: { params: z.object({ address: z.string().max(254) }) },
    responses: { 204: { description: "Done" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    await unsuppress(c.env, actor, c.req.valid("param").address);
    return c.body(null, 204);
  },
);
