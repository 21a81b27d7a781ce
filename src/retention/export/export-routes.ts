/** /api/export: all of a tenant's data; /api/tenant-load: such an export, read back. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { insistHourly } from "../../accounts/store/hourly-store.ts";
import { invalidField } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { commit } from "../../platform/db/db.ts";
import { readBytes, required } from "../../platform/http/http.ts";
import { zipOf } from "../../platform/http/zip.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { exportFiles, placeOf } from "./export.ts";
import { MOST_LOAD_BYTES } from "./limits.ts";
import { LOAD_PARTS, loadPart } from "./load.ts";

export const exportRoutes = createApi<AppEnv>();

exportRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/export",
    operationId: "exportTenant",
    summary: "All of a tenant's data as one archive, or several where there are much",
    description:
      "A ZIP: rows as NDJSON, events, also archived ones, as compressed NDJSON, files, and " +
      "`manifest.json` with counts and SHA-256. Passwords, keys and other secrets are not in it. " +
      "Where the manifest has a `next_cursor`, another archive goes on from there. PDFs are not " +
      "in it, since they are made of what is.",
    tags: ["Tenants"],
    security,
    request: { query: z.strictObject({ after: z.string().max(1_000).optional() }) },
    responses: {
      200: {
        description: "The archive, written while it is read",
        content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
      },
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "data.export");
    const { tenantId } = actor;
    const place = placeOf(c.req.valid("query").after ?? null);
    const { DB } = c.env;
    await meterOf(c.env, tenantId).drain(tenantId);
    await commit(DB, [
      ...insistHourly(DB, actor, { name: "exports_per_hour", count: 1, nowMs: actor.realMs }),
      auditRow(c.env.DB, actor, { action: "data.exported", target: tenantId }, actor.realMs),
    ]);
    const createdAt = timeText(actor.realMs);
    const day = createdAt.slice(0, "2026-01-01".length);
    return c.body(zipOf(exportFiles(c.env, tenantId, { place, createdAt })), 200, {
      "Content-Type": "application/zip",
      "Content-Disposition": `attachment; filename=export-${day}.zip`,
    });
  },
);

const loadSchema = z
  .object({ tenant_id: z.string(), events_up_to: z.number().int() })
  .openapi("TenantLoad");

exportRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/tenant-load",
    operationId: "loadTenant",
    summary: "Read a part of a tenant's export back (operator)",
    description:
      "`npm run archive -- load` sends an archive's files in their order: all rows as `check`, " +
      "which keeps nothing and answers 409 where they collide with what is there; then `rows` " +
      "and `last`, which are NDJSON, `events` those that follow `from_seq`, `file` what is kept " +
      "under `key`; `end` ends it. What was sent before is left as it is. Only into an " +
      "installation that does not have the tenant.",
    tags: ["Tenants"],
    security,
    request: {
      query: z.strictObject({
        of: z
          .string()
          .regex(/^ten_\w{1,60}$/, "is the id of a tenant")
          .optional()
          .openapi({ description: "the tenant's id, as the export's manifest has it" }),
        part: z.enum(LOAD_PARTS).optional(),
        from_seq: z.coerce.number().int().min(0).optional(),
        key: z.string().max(400).optional(),
      }),
      body: {
        required: false,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
    },
    responses: { 200: jsonReply(loadSchema, "How far it is"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.tenants");
    const bytes = await readBytes(c, MOST_LOAD_BYTES);
    const { of, part, from_seq: fromSeq = 0, key = "" } = c.req.valid("query");
    const tenant = required(of, "/query/of");
    if (part === undefined) throw invalidField("/query/part", "is required");
    const upTo = await loadPart(c.env, actor, tenant, {
      part,
      fromSeq,
      key,
      bytes: bytes as Uint8Array<ArrayBuffer>,
    });
    return c.json({ tenant_id: tenant, events_up_to: upTo }, 200);
  },
);
