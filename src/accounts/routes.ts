/** /api/tenants, /api/tenant, /api/users, /api/keys, /api/audit. */
import { createRoute, z } from "@hono/zod-openapi";
import { parseTime, timeText } from "../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../platform/http/http.ts";
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
} from "../platform/schema/openapi.ts";
import type { AppEnv } from "./actor/actor.ts";
import { ROLES, USER_ROLES } from "./actor/roles.ts";
import { type AuditLogRow, listAudit } from "./audit/audit.ts";
import { allow } from "./guard/guard.ts";
import { createKey, endKey } from "./key/api-key.ts";
import {
  type ApiKey,
  listKeys,
  listTenants,
  listUsers,
  type Slice,
  type Tenant,
  type User,
} from "./store/store.ts";
import { changeTenant, createTenant, tenantOf } from "./tenant/tenant.ts";
import { changeUser, createUser, removeUser, userOf } from "./user/user.ts";

export const accountRoutes = createApi<AppEnv>();

/** Above what one meter can take: a budget so large is none. */
const MAX_EVENTS_PER_MINUTE = 100_000_000;

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

/** One row more than shown tells whether there is a next page. */
function sliceOf(query: { limit?: number | undefined; cursor?: string | undefined }): Slice {
  const [after = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
  return { after: after === null ? null : String(after), limit: pageLimit(query.limit) + 1 };
}

function pageById<R extends { id: string }, T>(rows: R[], slice: Slice, show: (row: R) => T) {
  return pageOf(rows, slice.limit - 1, (row) => [row.id], show);
}

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

accountRoutes.openapi(
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

accountRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants",
    operationId: "listTenants",
    summary: "List all tenants",
    tags: ["Tenants"],
    security,
    request: { query: page },
    responses: { 200: jsonReply(pageSchema(tenantSchema), "A page"), ...problems() },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    const slice = sliceOf(c.req.valid("query"));
    return c.json(pageById(await listTenants(c.env.DB, slice), slice, showTenant), 200);
  },
);

accountRoutes.openapi(
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
    allow(c, "operator.tenants");
    return c.json(showTenant(await tenantOf(c.env, c.req.valid("param").id)), 200);
  },
);

accountRoutes.openapi(
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
    const actor = allow(c, "operator.tenants");
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

accountRoutes.openapi(
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
          }),
        }),
        "The tenant",
      ),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = c.get("actor");
    const key = { id: actor.keyId, role: actor.role, user_id: actor.userId };
    return c.json({ ...showTenant(await tenantOf(c.env, actor.tenantId)), key }, 200);
  },
);

const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(USER_ROLES),
    created_at: z.string(),
  })
  .openapi("User");

export const userInput = z.strictObject({
  email: z.email("is an e-mail address").max(254).openapi({ example: "ada@example.com" }),
  name: lineInput(200).openapi({ example: "Ada Lovelace" }),
  role: z.enum(USER_ROLES),
});
export const userChange = z.strictObject({
  name: lineInput(200).optional(),
  role: z.enum(USER_ROLES).optional(),
});

function showUser(row: User): z.infer<typeof userSchema> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    created_at: timeText(row.createdMs),
  };
}

accountRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/users",
    operationId: "createUser",
    summary: "Add a user",
    tags: ["Users"],
    security,
    request: {
      body: jsonBody(userInput),
    },
    responses: { 201: jsonReply(userSchema, "The user"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    return c.json(showUser(await createUser(c.env, actor, c.req.valid("json"))), 201);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/users",
    operationId: "listUsers",
    summary: "List users",
    tags: ["Users"],
    security,
    request: { query: page },
    responses: { 200: jsonReply(pageSchema(userSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "members.read");
    const slice = sliceOf(c.req.valid("query"));
    return c.json(pageById(await listUsers(c.env.DB, actor.tenantId, slice), slice, showUser), 200);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/users/{id}",
    operationId: "getUser",
    summary: "Read a user",
    tags: ["Users"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(userSchema, "The user"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "members.read");
    return c.json(showUser(await userOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/users/{id}",
    operationId: "changeUser",
    summary: "Change a user's name or role; keys that would allow more are narrowed",
    tags: ["Users"],
    security,
    request: {
      params: idParam,
      body: jsonBody(userChange),
    },
    responses: { 200: jsonReply(userSchema, "The user"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    const { id } = c.req.valid("param");
    return c.json(showUser(await changeUser(c.env, actor, id, c.req.valid("json"))), 200);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/users/{id}",
    operationId: "removeUser",
    summary: "Remove a user and revoke its keys",
    tags: ["Users"],
    security,
    request: { params: idParam },
    responses: { 204: { description: "Removed" }, ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    await removeUser(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().openapi({ example: "bcp_live_…x7Qa" }),
    role: z.enum(ROLES),
    user_id: z.string().nullable(),
    created_at: z.string(),
    revoked_at: z.string().nullable(),
  })
  .openapi("ApiKey");

export const keyInput = z.strictObject({
  name: lineInput(100).openapi({ example: "Ingest from eu-west" }),
  role: z.enum(ROLES),
  user_id: z.string().nullable().optional(),
});

function showKey(row: ApiKey): z.infer<typeof keySchema> {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    role: row.role,
    user_id: row.userId,
    created_at: timeText(row.createdMs),
    revoked_at: row.revokedMs === null ? null : timeText(row.revokedMs),
  };
}

accountRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/keys",
    operationId: "createKey",
    summary: "Create an API key; it is shown only in this answer",
    tags: ["Keys"],
    security,
    request: {
      body: jsonBody(keyInput),
    },
    responses: {
      201: jsonReply(keySchema.extend({ key: z.string() }), "The key"),
      ...problems(409),
    },
  }),
  async (c) => {
    const actor = allow(c, "keys.write");
    const { name, role, user_id = null } = c.req.valid("json");
    const { key, row } = await createKey(c.env, actor, { name, role, userId: user_id });
    return c.json({ ...showKey(row), key }, 201);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/keys",
    operationId: "listKeys",
    summary: "List API keys, revoked ones too",
    tags: ["Keys"],
    security,
    request: { query: page },
    responses: { 200: jsonReply(pageSchema(keySchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "members.read");
    const slice = sliceOf(c.req.valid("query"));
    return c.json(pageById(await listKeys(c.env.DB, actor.tenantId, slice), slice, showKey), 200);
  },
);

accountRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/keys/{id}",
    operationId: "revokeKey",
    summary: "Revoke an API key; it stops working within 30 seconds",
    tags: ["Keys"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(keySchema, "The revoked key"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "keys.write");
    return c.json(showKey(await endKey(c.env, actor, c.req.valid("param").id)), 200);
  },
);

const auditSchema = z
  .object({
    id: z.string(),
    at: z.string(),
    key_id: z.string().openapi({ description: "`system` for what the product did by itself" }),
    user_id: z.string().nullable(),
    action: z.string().openapi({ example: "key.revoked" }),
    target: z.string(),
    detail: z.record(z.string(), z.unknown()),
    request_id: z.string().nullable(),
  })
  .openapi("AuditEntry");

function showAudit(row: AuditLogRow): z.infer<typeof auditSchema> {
  return {
    id: row.id,
    at: timeText(row.atMs),
    key_id: row.keyId,
    user_id: row.userId,
    action: row.action,
    target: row.target,
    detail: JSON.parse(row.detail),
    request_id: row.requestId,
  };
}

accountRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/audit",
    operationId: "listAudit",
    summary: "List who changed what, newest first",
    tags: ["Audit"],
    security,
    request: {
      query: z.strictObject({
        ...pageQuery,
        action: z.string().optional(),
        target: z.string().optional(),
        start: timeInput.optional().openapi({ description: "inclusive" }),
        end: timeInput.optional().openapi({ description: "exclusive" }),
      }),
    },
    responses: { 200: jsonReply(pageSchema(auditSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "audit.read");
    const { start, end, ...query } = c.req.valid("query");
    const span = { fromMs: timeOf(start), untilMs: timeOf(end) };
    const { data, next_cursor } = await listAudit(c.env.DB, actor.tenantId, { ...query, ...span });
    return c.json({ data: data.map(showAudit), next_cursor }, 200);
  },
);

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseTime(text) ?? undefined);
}
