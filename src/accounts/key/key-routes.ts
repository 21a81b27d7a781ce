/** /api/keys. */
import { createRoute, z } from "@hono/zod-openapi";
import { timeText } from "../../core/time.ts";
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
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { ROLES } from "../actor/roles.ts";
import { allow } from "../guard/guard.ts";
import { type ApiKey, listKeys } from "../store/key-store.ts";
import { createKey, endKey, takeOverKey } from "./api-key.ts";

export const keyRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().openapi({ example: "bcp_live_…x7Qa" }),
    role: z.enum(ROLES),
    user_id: z.string().nullable(),
    made_by: z.string().optional().openapi({
      description: "the user with whom the key ends; none for the tenant's own",
    }),
    created_at: z.string(),
    revoked_at: z.string().nullable(),
  })
  .openapi("ApiKey");

const keyInput = z.strictObject({
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
    ...(row.madeBy === null ? {} : { made_by: row.madeBy }),
    created_at: timeText(row.createdMs),
    revoked_at: row.revokedMs === null ? null : timeText(row.revokedMs),
  };
}

keyRoutes.openapi(
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

keyRoutes.openapi(
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

keyRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/keys/{id}/take-over",
    operationId: "takeOverKey",
    summary: "Have a key end with your user, and not with whoever made it",
    description:
      "A key ends when the user who made it is removed. Taken over by a key that no user made, " +
      "it is the tenant's own and ends when it is revoked.",
    tags: ["Keys"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(keySchema, "The key"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "keys.write");
    return c.json(showKey(await takeOverKey(c.env, actor, c.req.valid("param").id)), 200);
  },
);

keyRoutes.openapi(
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
