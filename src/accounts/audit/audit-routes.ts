/** /api/audit. */
import { createRoute, z } from "@hono/zod-openapi";
import { parseTime, timeText } from "../../core/time.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { allow } from "../guard/guard.ts";
import { type AuditLogRow, listAudit } from "./audit.ts";

export const auditRoutes = createApi<AppEnv>();

const auditSchema = z
  .object({
    id: z.string(),
    at: z.string(),
    key_id: z.string().openapi({ description: "`system` for what the product did by itself" }),
    user_id: z.string().nullable(),
    action: z.string().openapi({ example: "key.revoked" }),
    target: z.string(),
    detail: z.record(z.string(), z.unknown()).openapi({
      description:
        "`acted_by` where a key of the operator acted for the tenant: `key_id` and `user_id` are " +
        "the operator's then, whose own log names the tenant as `acted_for`",
    }),
    request_id: z.string().nullable(),
    caller_request_id: z
      .string()
      .optional()
      .openapi({ description: "the X-Request-Id that the caller sent, if any" }),
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
    ...(row.callerRequestId === null ? {} : { caller_request_id: row.callerRequestId }),
  };
}

auditRoutes.openapi(
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
