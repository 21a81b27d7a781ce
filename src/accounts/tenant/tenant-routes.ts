/** /api/tenants, which are the operator's, and /api/tenant, the key's own. */
import { createRoute, z } from "@hono/zod-openapi";
import { parseTime, timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { UNCONFINED } from "../actor/confinement.ts";
import { PERMISSION_NAMES, type Permission, ROLES } from "../actor/roles.ts";
import { allow, insistReach } from "../guard/guard.ts";
import { listTenants, type Tenant } from "../store/tenant-store.ts";
import { changeTenant, createTenant, tenantOf } from "./tenant.ts";

export const tenantRoutes = createApi<AppEnv>();

/** Above what one meter can take: a budget so large is none. */
const MAX_EVENTS_PER_MINUTE = 100_000_000;

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

const tenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    mode: z.enum(["live", "test"]),
    operator: z.boolean(),
    test_clock: z.string().nullable().openapi({ description: "null for live tenants" }),
    events_per_minute: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "What it may record; null: as many as it sends" }),
    created_at: z.string(),
  })
  .openapi("Tenant");

function showTenant(row: Tenant): z.infer<typeof tenantSchema> {
  return {
    id: row.id,
    name: row.name,
    mode: row.mode,
    operator: row.operator,
    test_clock: row.testClockMs === null ? null : timeText(row.testClockMs),
    events_per_minute: row.eventsPerMinute,
    created_at: timeText(row.createdMs),
  };
}

tenantRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenants",
    operationId: "createTenant",
    summary: "Create a tenant; its first owner key is shown only in this answer",
    tags: ["Tenants"],
    security,
    request: {
      body: jsonBody(
        z.strictObject({
          name: lineInput(200).openapi({ example: "Acme Ltd" }),
          mode: z.enum(["live", "test"]).optional().openapi({ description: "live unless given" }),
          clock: timeInput.optional(),
        }),
      ),
    },
    responses: {
      201: jsonReply(tenantSchema.extend({ key: z.string() }), "The tenant and its first key"),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    const { name, mode = "live", clock } = c.req.valid("json");
    const clockMs = clock === undefined ? null : parseTime(clock);
    const { tenant, key } = await createTenant(c.env, actor, { name, mode, clockMs });
    return c.json({ ...showTenant(tenant), key }, 201);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants",
    operationId: "listTenants",
    summary: "List all tenants, or those that the key is confined to",
    tags: ["Tenants"],
    security,
    request: { query: page },
    responses: { 200: jsonReply(pageSchema(tenantSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const { confinement } = allow(c, "operator.read", "tenants");
    const slice = sliceOf(c.req.valid("query"));
    const rows = await listTenants(c.env.DB, slice, confinement?.tenants ?? null);
    return c.json(pageById(rows, slice, showTenant), 200);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants/{id}",
    operationId: "getTenant",
    summary: "Read a tenant",
    tags: ["Tenants"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(tenantSchema, "The tenant"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const tenant = await tenantOf(c.env, c.req.valid("param").id);
    insistReach(actor, tenant.id);
    return c.json(showTenant(tenant), 200);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/tenants/{id}",
    operationId: "changeTenant",
    summary: "Rename a tenant, or set what it may record a minute",
    description:
      "The meter holds a tenant to `events_per_minute` exactly, over all its keys: past it " +
      "recording answers 429 with Retry-After. A batch that begins within it is taken whole.",
    tags: ["Tenants"],
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z.strictObject({
          name: lineInput(200).optional(),
          events_per_minute: z
            .number()
            .int()
            .min(1)
            .max(MAX_EVENTS_PER_MINUTE)
            .nullable()
            .optional()
            .openapi({ description: "null: as many as it sends", example: 60_000 }),
        }),
      ),
    },
    responses: { 200: jsonReply(tenantSchema, "The tenant"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const { name, events_per_minute } = c.req.valid("json");
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(events_per_minute === undefined ? {} : { eventsPerMinute: events_per_minute }),
    };
    return c.json(
      showTenant(await changeTenant(c.env, actor, c.req.valid("param").id, change)),
      200,
    );
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenant",
    operationId: "getOwnTenant",
    summary: "Read the key's own tenant, and what the key may do in it",
    tags: ["Tenants"],
    security,
    responses: {
      200: jsonReply(
        tenantSchema.extend({
          key: z.object({
            id: z.string(),
            role: z.enum(ROLES),
            user_id: z.string().nullable(),
            permissions: z
              .array(z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]))
              .optional(),
            tenants: z.array(z.string()).optional(),
            expires_at: z.string().optional(),
          }),
        }),
        "The tenant",
      ),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = c.get("actor");
    const { keyId: id, role, userId: user_id } = actor;
    const { permissions, tenants, endsMs } = actor.confinement ?? UNCONFINED;
    const key = {
      id,
      role,
      user_id,
      ...(permissions === null ? {} : { permissions: [...permissions] }),
      ...(tenants === null ? {} : { tenants: [...tenants] }),
      ...(endsMs === null ? {} : { expires_at: timeText(endsMs) }),
    };
    return c.json({ ...showTenant(await tenantOf(c.env, actor.tenantId)), key }, 200);
  },
);
