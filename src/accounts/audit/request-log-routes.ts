/** /api/request-logs: what the API lately answered. */
import { createRoute, z } from "@hono/zod-openapi";
import { timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import type { AppEnv } from "../actor/actor.ts";
import { allow } from "../guard/guard.ts";
import { listRequestLogs, type RequestLog } from "../store/request-log-store.ts";

export const requestLogRoutes = createApi<AppEnv>();

const STATUSES = ["2xx", "3xx", "4xx", "5xx"] as const;

const requestLogSchema = z
  .object({
    id: z.string(),
    at: z.string(),
    method: z.string().openapi({ example: "POST" }),
    path: z.string().openapi({
      description: "ids stand in it; any other value is its parameter's name, as in `{name}`",
      example: "/api/invoices/inv_01m8nsznj0m1v521xvtyb7zfk5/finalize",
    }),
    status: z.number().int().openapi({ example: 409 }),
    code: z
      .string()
      .nullable()
      .openapi({ description: "of a refusal's problem", example: "resource.conflict" }),
    key_id: z.string(),
    user_id: z.string().nullable(),
    acted_by: z.string().nullable().openapi({
      description: "the operator's tenant, where its key acted for this one; the key is its own",
      example: null,
    }),
    duration_ms: z.number().int().openapi({ example: 24 }),
    request_id: z.string(),
  })
  .openapi("RequestLog");

function showRequest(row: RequestLog): z.infer<typeof requestLogSchema> {
  return {
    id: row.id,
    at: timeText(row.atMs),
    method: row.method,
    path: row.path,
    status: row.status,
    code: row.code,
    key_id: row.keyId,
    user_id: row.userId,
    acted_by: row.actedBy,
    duration_ms: row.durationMs,
    request_id: row.requestId,
  };
}

requestLogRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/request-logs",
    operationId: "listRequestLogs",
    summary: "List what the API lately answered, newest first",
    description:
      "Kept for seven days, of a tenant the newest 10,000. No bodies, queries and names. Not " +
      "in it: usage that was recorded, since each event is a record of its own; the dashboard's " +
      "pages; and at most 60 requests of a minute are logged, of which at most 40 succeeded.",
    tags: ["Audit"],
    security,
    request: {
      query: z.strictObject({
        ...pageQuery,
        status: z.enum(STATUSES).optional(),
        path: z.string().max(200).optional().openapi({ description: "how the path begins" }),
        request_id: z.string().max(100).optional(),
      }),
    },
    responses: { 200: jsonReply(pageSchema(requestLogSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "audit.read");
    const { status, path, request_id: requestId, cursor, ...query } = c.req.valid("query");
    const [last] = cursor ? decodeCursor(cursor, 1) : [];
    const before = last === undefined ? undefined : String(last);
    const statusClass = status === undefined ? undefined : Number(status.charAt(0));
    const limit = pageLimit(query.limit);
    const filter = { statusClass, path, requestId, before };
    const rows = await listRequestLogs(c.env.DB, actor.tenantId, filter, limit + 1);
    return c.json(
      pageOf(rows, limit, (row) => [row.id], showRequest),
      200,
    );
  },
);
