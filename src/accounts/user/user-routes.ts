/** /api/users. */
import { createRoute, z } from "@hono/zod-openapi";
import { timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import { emailInput } from "../../platform/schema/email.ts";
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
import type { Rows } from "../actor/confinement.ts";
import { roleId } from "../actor/roles.ts";
import { allow } from "../guard/guard.ts";
import { rowsFrom, rowsInput, rowsText, showRows } from "../role/rows.ts";
import { roleInput, roleText } from "../role/schema.ts";
import { listUsers, type User } from "../store/user-store.ts";
import { changeUser, createUser, removeUser, userOf } from "./user.ts";

export const userRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: roleText,
    ...rowsText,
    created_at: z.string(),
  })
  .openapi("User");

const userInput = z.strictObject({
  email: emailInput,
  name: lineInput(200).openapi({ example: "Ada Lovelace" }),
  role: roleInput,
  ...rowsInput,
});
const userChange = z.strictObject({
  name: lineInput(200).optional(),
  role: roleInput.optional(),
  ...rowsInput,
});

function showUser(row: User): z.infer<typeof userSchema> {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: roleId(row.role),
    ...showRows(row.confinement),
    created_at: timeText(row.createdMs),
  };
}

userRoutes.openapi(
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
    const input = c.req.valid("json");
    const rows = rowsFrom(input, null);
    return c.json(showUser(await createUser(c.env, actor, { ...input, rows })), 201);
  },
);

userRoutes.openapi(
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

userRoutes.openapi(
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

userRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/users/{id}",
    operationId: "changeUser",
    summary: "Change a user's name, role or what it sees; keys that would allow more are narrowed",
    description:
      "Keys of the user, and those that it made and nobody took over, allow at most what its " +
      "role now does: they take that role, and an `ingest` key of a user who may no longer have " +
      "one ends. Once a user sees only some rows, its keys do, too, and those that it made for " +
      "others end. Have another take over first what has to go on.",
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
    const { name, role, ...rows } = c.req.valid("json");
    const change = { name, role, rows: (before: Rows | null) => rowsFrom(rows, before) };
    return c.json(showUser(await changeUser(c.env, actor, id, change)), 200);
  },
);

userRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/users/{id}",
    operationId: "removeUser",
    summary: "Remove a user and revoke its keys, and those that it made and nobody took over",
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
