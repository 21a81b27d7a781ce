/** /api/keys. */
import { createRoute, z } from "@hono/zod-openapi";
import { keptVersion, VERSION_NAMES } from "../../core/api-version.ts";
import { parseRange } from "../../core/ip-range.ts";
import { HOUR_MS, parseTime, timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import { keyLimitInput } from "../../platform/schema/budget.ts";
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
import { MOST_IPS, MOST_TENANTS } from "../actor/confinement.ts";
import { PERMISSION_NAMES, roleId } from "../actor/roles.ts";
import { allow } from "../guard/guard.ts";
import { roleNamed } from "../role/role.ts";
import { rowsFrom, rowsInput, rowsText, showRows } from "../role/rows.ts";
import { permissionSchema, roleInput, roleText } from "../role/schema.ts";
import { type ApiKey, listKeys } from "../store/key-store.ts";
import { changeKey, createKey, endKey, rotateKey, takeOverKey } from "./api-key.ts";

export const keyRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().openapi({ description: "its id" }) });
const page = z.strictObject(pageQuery);

const MAX_OVERLAP_HOURS = 720;

const nullableText = (description: string) => z.string().nullable().openapi({ description });

const ownLimit = (what: string) =>
  z
    .number()
    .int()
    .nullable()
    .openapi({
      description: `how many ${what} it may send a minute; null: as many as its tenant may`,
    });

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().openapi({ example: "bcp_live_…x7Qa" }),
    role: roleText,
    user_id: z.string().nullable(),
    made_by: z.string().optional().openapi({
      description: "the user with whom the key ends; none for the tenant's own",
    }),
    permissions: z.array(permissionSchema).nullable().openapi({
      description: "what of its role it is confined to; null: to nothing",
    }),
    tenants: z.array(z.string()).nullable().openapi({
      description: "of an operator's key, the tenants that it is confined to; null: to none",
    }),
    ips: z.array(z.string()).nullable().openapi({
      description: "the addresses from which it is taken; null: from any",
    }),
    ...rowsText,
    created_at: z.string(),
    expires_at: nullableText("when it ends by itself"),
    last_used_at: nullableText("when it was last seen in use, exact to about five minutes"),
    replaced_by: nullableText("the id of the key that it was rotated to"),
    reads_per_minute: ownLimit("GET and HEAD requests"),
    writes_per_minute: ownLimit("other requests, but for recording,"),
    api_version: z.enum(VERSION_NAMES).openapi({
      description: "the version of the API that its requests are in, unless they name another",
    }),
    revoked_at: z.string().nullable(),
  })
  .openapi("ApiKey");

const unique = (list: readonly string[]) => new Set(list).size === list.length;
const ONCE = "names each once";
const RANGE =
  "is an IPv4 or IPv6 address, or a range such as 192.0.2.0/24, with no bit set past its prefix";

const limitInputs = {
  reads_per_minute: keyLimitInput("reads_per_minute").openapi({
    description: "GET and HEAD requests that it may send a minute, where its tenant may send more",
    example: 600,
  }),
  writes_per_minute: keyLimitInput("writes_per_minute").openapi({
    description: "other requests that it may send a minute; recording is not counted",
    example: 60,
  }),
};

const versionInput = z.enum(VERSION_NAMES).optional().openapi({
  description: "the version of the API that its requests are in, unless they name another",
});

const keyInput = z.strictObject({
  name: lineInput(100).openapi({ example: "Ingest from eu-west" }),
  role: roleInput,
  user_id: z.string().nullable().optional(),
  permissions: z
    .array(permissionSchema)
    .min(1)
    .max(PERMISSION_NAMES.length)
    .refine(unique, ONCE)
    .nullable()
    .optional()
    .openapi({
      description:
        "of the role's, all that it may; recording for named users needs usage.for_others, too",
      example: ["usage.write", "usage.for_others"],
    }),
  tenants: z
    .array(z.string().max(400))
    .min(1)
    .max(MOST_TENANTS)
    .refine(unique, ONCE)
    .nullable()
    .optional()
    .openapi({
      description:
        "the tenants, by id or external id, that the key may name or act for; nothing else of " +
        "the operator's (operator)",
    }),
  ips: z
    .array(
      z
        .string()
        .max(50)
        .refine((text) => parseRange(text) !== null, RANGE),
    )
    .min(1)
    .max(MOST_IPS)
    .refine(unique, ONCE)
    .nullable()
    .optional()
    .openapi({ description: "from where it is taken", example: ["192.0.2.0/24", "2001:db8::7"] }),
  ...rowsInput,
  expires_at: timeInput.nullable().optional().openapi({ description: "when it ends by itself" }),
  ...limitInputs,
  api_version: versionInput.openapi({
    description: "the version of its requests that name none; the one you ask in unless given",
  }),
});

const keyChangeInput = z.strictObject({
  name: lineInput(100).optional().openapi({ example: "Ingest from eu-west" }),
  ...limitInputs,
  api_version: versionInput,
});

const timeOf = (ms: number | null) => (ms === null ? null : timeText(ms));

function showKey(row: ApiKey): z.infer<typeof keySchema> {
  const { permissions = null, tenants = null, ips = null } = row.confinement ?? {};
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    role: roleId(row.role),
    user_id: row.userId,
    ...(row.madeBy === null ? {} : { made_by: row.madeBy }),
    permissions: permissions && [...permissions],
    tenants: tenants && [...tenants],
    ips: ips && [...ips],
    ...showRows(row.confinement?.rows?.[0]),
    created_at: timeText(row.createdMs),
    expires_at: timeOf(row.expiresMs),
    last_used_at: timeOf(row.lastUsedMs),
    replaced_by: row.replacedBy,
    reads_per_minute: row.readsPerMinute,
    writes_per_minute: row.writesPerMinute,
    api_version: keptVersion(row.apiVersion),
    // What only came to its end was not revoked, also once that was written down.
    revoked_at: row.revokedMs === row.expiresMs ? null : timeOf(row.revokedMs),
  };
}

keyRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/keys",
    operationId: "createKey",
    summary: "Create an API key; it is shown only in this answer",
    description:
      "A key can be confined to permissions, to tenants (operator), to addresses, to an end, and " +
      "to rows: its user's usage and documents, or some customers. A user who sees only some " +
      "rows has no keys that see more. What a confined key makes is confined to no less, " +
      "whatever is asked for.",
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
    const { name, role, user_id = null, expires_at, ...asked } = c.req.valid("json");
    const { permissions = null, tenants = null, ips = null } = asked;
    const { reads_per_minute: reads = null, writes_per_minute: writes = null } = asked;
    const { api_version: apiVersion = actor.apiVersion } = asked;
    const endsMs = parseTime(expires_at ?? "");
    const rows = rowsFrom(asked, null);
    const confinement = { permissions, tenants, ips, endsMs, rows: rows && [rows] };
    const { key, row } = await createKey(c.env, actor, {
      name,
      role: await roleNamed(c.env, actor, role),
      userId: user_id,
      confinement,
      limits: { reads, writes },
      apiVersion,
    });
    return c.json({ ...showKey(row), key }, 201);
  },
);

keyRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/keys/{id}",
    operationId: "changeKey",
    summary: "Change an API key's name, its limits on requests, or its version of the API",
    description:
      "What is missing stays; null takes a limit back, and the key may send as many as its " +
      "tenant. Known everywhere within 30 seconds.",
    tags: ["Keys"],
    security,
    request: { params: idParam, body: jsonBody(keyChangeInput) },
    responses: { 200: jsonReply(keySchema, "The key"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "keys.write");
    const { name, api_version: apiVersion, ...given } = c.req.valid("json");
    const { reads_per_minute: reads, writes_per_minute: writes } = given;
    const row = await changeKey(c.env, actor, c.req.valid("param").id, {
      ...(name === undefined ? {} : { name }),
      ...(apiVersion === undefined ? {} : { apiVersion }),
      limits: {
        ...(reads === undefined ? {} : { reads }),
        ...(writes === undefined ? {} : { writes }),
      },
    });
    return c.json(showKey(row), 200);
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
    method: "post",
    path: "/api/keys/{id}/rotate",
    operationId: "rotateKey",
    summary: "Make a key in the place of another one, which ends after an overlap",
    description:
      "The new key has the name, role, user and confinement of the old one, its end too, and is " +
      "shown only in this answer; it ends with whoever rotates. The old one shows its new end as " +
      "`expires_at`. Each key is rotated once: rotate the new one next.",
    tags: ["Keys"],
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z.strictObject({
          overlap_hours: z.number().int().min(0).max(MAX_OVERLAP_HOURS).openapi({
            description: "how long the old key still works; 0 ends it at once",
            example: 24,
          }),
        }),
      ),
    },
    responses: {
      201: jsonReply(keySchema.extend({ key: z.string() }), "The new key"),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "keys.write");
    const { overlap_hours } = c.req.valid("json");
    const { id } = c.req.valid("param");
    const { key, row } = await rotateKey(c.env, actor, id, overlap_hours * HOUR_MS);
    return c.json({ ...showKey(row), key }, 201);
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
