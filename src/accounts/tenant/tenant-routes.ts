/** /api/tenants, which are the operator's, and /api/tenant, the key's own. */
import { createRoute, z } from "@hono/zod-openapi";
import { parseTime, timeText } from "../../core/time.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { orderIn } from "../../platform/http/sorted.ts";
import { JURISDICTIONS, ownJurisdiction } from "../../platform/runtime/jurisdiction.ts";
import {
  countsReply,
  createApi,
  idsInput,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
  timeInput,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { mayDo, UNCONFINED } from "../actor/confinement.ts";
import { PERMISSION_NAMES, roleId } from "../actor/roles.ts";
import { allow } from "../guard/guard.ts";
import { permissionSchema, roleText } from "../role/schema.ts";
import {
  countTenants,
  type Tenant,
  type TenantOrder,
  tenantsBehind,
} from "../store/tenant-store.ts";
import { externalIdInput, tenantParam } from "./external-id.ts";
import { changeTenant, createTenant, putTenant, reachedTenant, tenantOf } from "./tenant.ts";
import { TENANT_SORTS, tenantPage } from "./tenant-list.ts";

export const tenantRoutes = createApi<AppEnv>();

/** Above what one meter can take: a budget so large is none. */
const MAX_EVENTS_PER_MINUTE = 100_000_000;

const TENANT_MODES = ["live", "test"] as const;

const narrowed = z.strictObject({
  q: z.string().max(200).optional().openapi({
    description: "an id, or a part of the name or the external id; capitals A to Z do not matter",
  }),
  mode: z.enum(TENANT_MODES).optional(),
});

const sortedBy = {
  sort: z.enum(TENANT_SORTS).optional().openapi({ description: "oldest first unless given" }),
};

const nameField = lineInput(200).openapi({ example: "Acme Ltd" });
const modeField = z.enum(["live", "test"]).optional().openapi({ description: "live unless given" });
const clockField = timeInput
  .optional()
  .openapi({ description: "Where a new test tenant's clock starts; now unless given" });
const jurisdictionField = z
  .enum(JURISDICTIONS)
  .optional()
  .openapi({
    description:
      "Its meter, usage and files are kept there, if a ledger and a bucket are; where the " +
      "installation is unless given. What lies in the control database always is there.",
  });
const eventsField = z
  .number()
  .int()
  .min(1)
  .max(MAX_EVENTS_PER_MINUTE)
  .nullable()
  .optional()
  .openapi({ description: "null: as many as it sends", example: 60_000 });

const tenantSchema = z
  .object({
    id: z.string(),
    external_id: z.string().nullable().openapi({ description: "The operator's own id for it" }),
    name: z.string(),
    mode: z.enum(["live", "test"]),
    operator: z.boolean(),
    test_clock: z.string().nullable().openapi({ description: "null for live tenants" }),
    events_per_minute: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "What it may record; null: as many as it sends" }),
    jurisdiction: z.enum(JURISDICTIONS).nullable().openapi({
      description:
        "Where its meter, usage and files are kept for good; null: where the installation is",
    }),
    created_at: z.string(),
  })
  .openapi("Tenant");

const madeSchema = tenantSchema.extend({ key: z.string() });

function showTenant(row: Tenant): z.infer<typeof tenantSchema> {
  return {
    id: row.id,
    external_id: row.externalId,
    name: row.name,
    mode: row.mode,
    operator: row.operator,
    test_clock: row.testClockMs === null ? null : timeText(row.testClockMs),
    events_per_minute: row.eventsPerMinute,
    jurisdiction: ownJurisdiction(row.id),
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
          name: nameField,
          external_id: externalIdInput.optional(),
          mode: modeField,
          clock: clockField,
          jurisdiction: jurisdictionField,
        }),
      ),
    },
    responses: {
      201: jsonReply(madeSchema, "The tenant and its first key"),
      ...problems(409),
    },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    const { external_id: externalId = null, mode = "live", clock, ...given } = c.req.valid("json");
    const { name, jurisdiction = null } = given;
    const clockMs = clock === undefined ? null : parseTime(clock);
    const input = { name, mode, clockMs, externalId, jurisdiction, eventsPerMinute: null };
    const { tenant, key } = await createTenant(c.env, actor, input);
    return c.json({ ...showTenant(tenant), key }, 201);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants",
    operationId: "listTenants",
    summary: "List all tenants, or those that a text finds",
    description: "A key that is confined to tenants lists these.",
    tags: ["Tenants"],
    security,
    request: { query: narrowed.extend(sortedBy).extend(pageQuery) },
    responses: { 200: jsonReply(sortedPageSchema(tenantSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const { q, mode, ...query } = c.req.valid("query");
    const { data, ...cursors } = await tenantPage(c.env, actor, query, { text: q, mode });
    return c.json({ data: data.map(showTenant), ...cursors }, 200);
  },
);

const plain = (name: string, text: (row: Tenant) => string | null) => ({ name, text });
/** As the list names them. */
const COLUMNS: readonly ExportColumn<Tenant>[] = [
  plain("id", ({ id }) => id),
  plain("external_id", ({ externalId }) => externalId),
  plain("name", ({ name }) => name),
  plain("mode", ({ mode }) => mode),
  { ...plain("operator", ({ operator }) => String(operator)), number: true },
  plain("test_clock", ({ testClockMs }) => (testClockMs === null ? null : timeText(testClockMs))),
  { ...plain("events_per_minute", (row) => row.eventsPerMinute?.toString() ?? null), number: true },
  plain("jurisdiction", ({ id }) => ownJurisdiction(id)),
  plain("created_at", ({ createdMs }) => timeText(createdMs)),
];

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/tenants",
    operationId: "exportTenants",
    summary: "Export tenants as CSV or NDJSON, filtered as their list is (operator)",
    tags: ["Tenants"],
    security,
    request: { query: narrowed.extend({ ...sortedBy, ids: idsInput }).extend(formatQuery) },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const { confinement } = allow(c, "operator.read", "tenants");
    const { format, q, mode, sort = "created", ids } = c.req.valid("query");
    const filter = { text: q, mode, among: confinement?.tenants, ids: ids?.split(",") };
    const { name: by, descending } = orderIn<TenantOrder>(sort);
    let behind: readonly string[] | null = null;
    const read = async (_: Tenant | null, limit: number) => {
      const found = await tenantsBehind(c.env.DB, { by, descending, behind, limit }, filter);
      behind = found.at(-1)?.key ?? null;
      return found.map(({ row }) => row);
    };
    return sendExport(c, { format, name: "tenants", columns: COLUMNS, read });
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenant-counts",
    operationId: "countTenants",
    summary: "How many tenants are live and how many for tests, up to a thousand of each",
    description: "A key that is confined to tenants counts these.",
    tags: ["Tenants"],
    security,
    responses: {
      200: countsReply({ mode: z.enum(TENANT_MODES) }),
      ...problems(),
    },
  }),
  async (c) => {
    const { confinement } = allow(c, "operator.read", "tenants");
    const counts = await countTenants(c.env.DB, confinement?.tenants ?? null);
    return c.json({ data: TENANT_MODES.map((mode) => ({ mode, ...counts[mode] })) }, 200);
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
    request: { params: tenantParam },
    responses: { 200: jsonReply(tenantSchema, "The tenant"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const tenant = await reachedTenant(c.env, actor, c.req.valid("param").id);
    return c.json(showTenant(tenant), 200);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/tenants/{id}",
    operationId: "putTenant",
    summary: "Make the tenant of an external id, or change it; safe to send again",
    description:
      "A sign-up needs this call alone: where no tenant has the external id yet, one is made " +
      "with it and answered with 201 and its first key, which is shown only then; else the one " +
      "that has it is changed where it differs, and answered with 200. `name` is required for a " +
      "new tenant. `mode` and `jurisdiction` stay as it was made; `clock` is where the clock of " +
      "a new one starts. " +
      "An external id is changed or taken away by PATCH.",
    tags: ["Tenants"],
    security,
    request: {
      params: tenantParam,
      body: jsonBody(
        z.strictObject({
          name: nameField.optional(),
          mode: modeField,
          clock: clockField,
          events_per_minute: eventsField,
          jurisdiction: jurisdictionField,
        }),
      ),
    },
    responses: {
      200: jsonReply(tenantSchema, "The tenant as it is now"),
      201: jsonReply(madeSchema, "The new tenant and its first key"),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const { clock, events_per_minute: eventsPerMinute, ...given } = c.req.valid("json");
    const clockMs = clock === undefined ? null : parseTime(clock);
    const input = { ...given, clockMs, eventsPerMinute };
    const { tenant, key } = await putTenant(c.env, actor, c.req.valid("param").id, input);
    if (key === null) return c.json(showTenant(tenant), 200);
    return c.json({ ...showTenant(tenant), key }, 201);
  },
);

tenantRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/tenants/{id}",
    operationId: "changeTenant",
    summary: "Rename a tenant, give it an external id, or set what it may record a minute",
    description:
      "The meter holds a tenant to `events_per_minute` exactly, over all its keys: past it " +
      "recording answers 429 with Retry-After. A batch that begins within it is taken whole. " +
      "`external_id` null takes it away: it names nothing then, and only this tenant can get it " +
      "again.",
    tags: ["Tenants"],
    security,
    request: {
      params: tenantParam,
      body: jsonBody(
        z.strictObject({
          name: lineInput(200).optional(),
          external_id: externalIdInput.nullable().optional(),
          events_per_minute: eventsField,
        }),
      ),
    },
    responses: { 200: jsonReply(tenantSchema, "The tenant"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const { name, external_id, events_per_minute } = c.req.valid("json");
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(external_id === undefined ? {} : { externalId: external_id }),
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
            role: roleText,
            user_id: z.string().nullable(),
            permissions: z.array(permissionSchema).optional(),
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
    // What the name of a role says only where every tenant has it.
    const isNamed = typeof role === "string" && permissions === null;
    const key = {
      id,
      role: roleId(role),
      user_id,
      ...(isNamed
        ? {}
        : { permissions: PERMISSION_NAMES.filter((permission) => mayDo(actor, permission)) }),
      ...(tenants === null ? {} : { tenants: [...tenants] }),
      ...(endsMs === null ? {} : { expires_at: timeText(endsMs) }),
    };
    return c.json({ ...showTenant(await tenantOf(c.env, actor.tenantId)), key }, 200);
  },
);
