/** /api/roles. */
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
import { PERMISSION_NAMES } from "../actor/roles.ts";
import { allow } from "../guard/guard.ts";
import { listRoles } from "../store/role-store.ts";
import { changeRole, createRole, type HeldRole, removeRole, roleWithId } from "./role.ts";
import { permissionSchema, roleInput } from "./schema.ts";

export const roleRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

const roleSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    permissions: z.array(permissionSchema),
    users: z.number().int().openapi({ description: "how many users have it" }),
    keys: z.number().int().openapi({ description: "how many keys that were not revoked have it" }),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .openapi("Role");

const unique = (list: readonly string[]) => new Set(list).size === list.length;
const fields = {
  name: lineInput(60).openapi({ example: "Accounts receivable" }),
  description: lineInput(300).nullable(),
  permissions: z
    .array(permissionSchema)
    .min(1)
    .max(PERMISSION_NAMES.length)
    .refine(unique, "names each once")
    .openapi({ example: ["documents.read", "documents.write"] }),
};
const roleBody = z.strictObject({ ...fields, description: fields.description.optional() });
const roleChange = z.strictObject({
  name: fields.name.optional(),
  description: fields.description.optional(),
  permissions: fields.permissions.optional(),
});

function showRole(row: HeldRole): z.infer<typeof roleSchema> {
  const { id, name, description, permissions, users, keys } = row;
  const times = { created_at: timeText(row.createdMs), updated_at: timeText(row.changedMs) };
  return { id, name, description, permissions: [...permissions], users, keys, ...times };
}

roleRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/roles",
    operationId: "createRole",
    summary: "Create a role of permissions",
    description:
      "Users, keys and invitations name it by its id, as they name `member`. Nobody gives a " +
      "permission that they have not; `operator.` permissions are for the operator's own roles.",
    tags: ["Roles"],
    security,
    request: { body: jsonBody(roleBody) },
    responses: { 201: jsonReply(roleSchema, "The role"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    const { description = null, ...input } = c.req.valid("json");
    return c.json(showRole(await createRole(c.env, actor, { ...input, description })), 201);
  },
);

roleRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/roles",
    operationId: "listRoles",
    summary: "List roles of your own",
    tags: ["Roles"],
    security,
    request: { query: page },
    responses: { 200: jsonReply(pageSchema(roleSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "members.read");
    const slice = sliceOf(c.req.valid("query"));
    return c.json(pageById(await listRoles(c.env.DB, actor.tenantId, slice), slice, showRole), 200);
  },
);

roleRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/roles/{id}",
    operationId: "getRole",
    summary: "Read a role of your own",
    tags: ["Roles"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(roleSchema, "The role"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "members.read");
    return c.json(showRole(await roleWithId(c.env, actor, c.req.valid("param").id)), 200);
  },
);

roleRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/roles/{id}",
    operationId: "changeRole",
    summary: "Change a role for all that have it",
    description:
      "Sessions have the change at once, keys within 30 seconds. A key never allows more than " +
      "the roles of its user and of whoever made it, whatever its own role comes to allow.",
    tags: ["Roles"],
    security,
    request: { params: idParam, body: jsonBody(roleChange) },
    responses: { 200: jsonReply(roleSchema, "The role"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    const { id } = c.req.valid("param");
    return c.json(showRole(await changeRole(c.env, actor, id, c.req.valid("json"))), 200);
  },
);

roleRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/roles/{id}",
    operationId: "removeRole",
    summary: "Remove a role; whoever has it gets the replacement",
    tags: ["Roles"],
    security,
    request: {
      params: idParam,
      query: z.strictObject({
        replacement: roleInput.optional().openapi({
          description: "the role that its users and keys get; needed where there are any",
        }),
      }),
    },
    responses: { 204: { description: "Removed" }, ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "members.write");
    const { replacement } = c.req.valid("query");
    await removeRole(c.env, actor, c.req.valid("param").id, replacement);
    return c.body(null, 204);
  },
);
