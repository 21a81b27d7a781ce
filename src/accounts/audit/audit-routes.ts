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
    before: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({
        description:
          "the fields that it changed, as they were, named as they are stored: times end in " +
          "`_ms`, amounts in the smallest unit in `_minor`; secrets are not among them. Null " +
          "where the thing was not there before, or where `after` is null, too, and no row changed",
        example: { name: "Work", unit_price: "5" },
      }),
    after: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({
        description: "the same fields as they became; null where the thing is gone",
        example: { name: "Work", unit_price: "6" },
      }),
    address: z.string().nullable().openapi({ example: "203.0.113.7" }),
    key_name: z.string().nullable().openapi({
      description: "what the key was called then, or the person who was signed in",
    }),
    session_id: z.string().nullable().openapi({
      description: "the dashboard's session, where it came from one",
    }),
    user_agent: z.string().nullable().openapi({ description: "its first 200 characters" }),
    seq: z.number().int().nullable().openapi({
      description: "its place in the log, from 1 without gaps",
      example: 42,
    }),
    hash: z.string().nullable().openapi({
      description: "seals it and all before it; null for at most a minute",
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
    before: row.before === null ? null : JSON.parse(row.before),
    after: row.after === null ? null : JSON.parse(row.after),
    address: row.address,
    key_name: row.keyName,
    session_id: row.sessionId,
    user_agent: row.userAgent,
    seq: row.seq,
    hash: row.hash,
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
