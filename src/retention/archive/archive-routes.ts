/** /api/tenants/{id}/archive: what of a tenant's usage is archived, for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantParam } from "../../accounts/tenant/external-id.ts";
import { reachedTenant } from "../../accounts/tenant/tenant.ts";
import { timeText } from "../../core/time.ts";
import { type ArchivedMonth, archiveMonths } from "../../metering/ledger/archive-store.ts";
import { readStore } from "../../metering/ledger/watermark.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import {
  archiveAsked,
  edgeAt,
  MOST_RESTORE_DAYS,
  RESTORE_DAYS,
  restoreUsage,
  retentionDays,
} from "./retain.ts";

export const archiveRoutes = createApi<AppEnv>();

const monthSchema = z
  .object({
    month: z.string(),
    events: z.number().int(),
    objects: z.number().int(),
    bytes: z.number().int(),
    first_event: z.string(),
    last_event: z.string(),
    restored: z.boolean().openapi({ description: "all of it is in the ledger for now" }),
    restored_until: z.string().nullable(),
  })
  .openapi("ArchivedMonth");

function monthBody(row: ArchivedMonth): z.infer<typeof monthSchema> {
  const isRestored = row.restored === row.parts;
  return {
    month: row.month,
    events: row.events,
    objects: row.parts,
    bytes: row.bytes,
    first_event: timeText(row.firstMs),
    last_event: timeText(row.lastMs),
    restored: isRestored,
    restored_until:
      isRestored && row.restoredUntilMs !== null ? timeText(row.restoredUntilMs) : null,
  };
}

archiveRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/tenants/{id}/archive",
    operationId: "listArchive",
    summary: "Months of which a tenant's usage is archived, oldest first (operator)",
    description:
      "A segment of events is in the month of its last one. `archived_before` is the edge up to " +
      "which months are archived as the tenant's clock stands.",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam, query: z.strictObject(pageQuery) },
    responses: {
      200: jsonReply(
        pageSchema(monthSchema).extend({
          retention_days: z.number().int(),
          archived_before: z.string(),
        }),
        "A page",
      ),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "operator.read", "tenants");
    const tenant = await reachedTenant(c.env, actor, c.req.valid("param").id);
    const query = c.req.valid("query");
    const limit = pageLimit(query.limit);
    const after = query.cursor === undefined ? null : String(decodeCursor(query.cursor, 1)[0]);
    const { DB } = await readStore(c.env, tenant.id);
    const rows = await archiveMonths(DB, tenant.id, { after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? encodeCursor([page.at(-1)?.month ?? ""]) : null;
    return c.json(
      {
        data: page.map(monthBody),
        next_cursor: next,
        retention_days: retentionDays(c.env),
        archived_before: timeText(edgeAt(c.env, tenant.testClockMs ?? actor.realMs)),
      },
      200,
    );
  },
);

const stepSchema = z
  .object({
    events: z.number().int(),
    months: z.array(z.string()),
    done: z.boolean().openapi({ description: "false: call again, it goes on" }),
  })
  .openapi("ArchiveStep");

archiveRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenants/{id}/archive/run",
    operationId: "runArchive",
    summary: "Archive a tenant's old usage now, some parts at a time (operator)",
    description:
      "Runs by itself once a day. Events that were recorded less than 36 days ago stay, whatever " +
      "their time, but for a test tenant's.",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam },
    responses: { 200: jsonReply(stepSchema, "What this call did"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const { id } = await reachedTenant(c.env, actor, c.req.valid("param").id);
    return c.json(await archiveAsked(c.env, actor, id), 200);
  },
);

const restoreInput = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, "is a month, such as 2025-01")
    .openapi({ example: "2025-01" }),
  days: z.number().int().min(1).max(MOST_RESTORE_DAYS).default(RESTORE_DAYS),
});

archiveRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/tenants/{id}/archive/restore",
    operationId: "restoreArchive",
    summary: "Put an archived month back into the ledger for some days (operator)",
    tags: ["Tenants"],
    security,
    request: { params: tenantParam, body: jsonBody(restoreInput) },
    responses: {
      200: jsonReply(stepSchema.extend({ until: z.string() }), "What this call did"),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants", "tenants");
    const { id: tenant } = await reachedTenant(c.env, actor, c.req.valid("param").id);
    const { month, days } = c.req.valid("json");
    const { untilMs, ...step } = await restoreUsage(c.env, actor, { tenant, month, days });
    return c.json({ ...step, until: timeText(untilMs) }, 200);
  },
);
