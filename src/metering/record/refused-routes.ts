/** /api/usage/refused: what was acknowledged asynchronously and could not be counted. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { Problem } from "../../core/errors.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
  timeInput,
} from "../../platform/schema/openapi.ts";
import { MAX_ID } from "../event/item.ts";
import { userOf } from "../read/reader.ts";
import { adviceOf } from "./refused.ts";
import { listRefused } from "./refused-store.ts";
import type { RefusedRow } from "./table.ts";

export const refusedRoutes = createApi<AppEnv>();

const refusedSchema = z
  .object({
    id: z.string(),
    refused_at: z.string(),
    code: z.string(),
    detail: z.string(),
    advice: z.string().openapi({ description: "what to do about it" }),
    events: z.number().int().openapi({
      description: "1; of the entry for those of an hour that are beyond the list, how many",
    }),
    event: z
      .object({
        id: z.string(),
        source: z.string(),
        metric_name: z.string(),
        quantity: z.number(),
        timestamp: z.string(),
        user_id: z.string().nullable(),
        metadata: z.record(z.string(), z.unknown()).openapi({ type: "object" }),
      })
      .nullable()
      .openapi({
        description:
          "as it may be sent again; null for those beyond the list, and for what was no event",
      }),
  })
  .openapi("RefusedUsage");

/** As the API answers it. */
function showRefused(row: RefusedRow): z.infer<typeof refusedSchema> {
  return {
    id: row.id,
    refused_at: timeText(row.atMs),
    code: row.code,
    detail: row.detail,
    advice: adviceOf(row),
    events: row.events,
    event:
      row.event === null
        ? null
        : (parseJsonExactly(row.event) as z.infer<typeof refusedSchema>["event"]),
  };
}

refusedRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/refused",
    operationId: "listRefusedUsage",
    summary: "List events of asynchronous recordings that could not be counted, newest first",
    description:
      "What was acknowledged with 202 and refused when it was recorded, each announced once as " +
      "`usage.refused`. In an hour 1,000 are listed and the others counted; the newest 10,000 " +
      "are kept, as long as other logs.",
    tags: ["Usage"],
    security,
    request: {
      query: z.strictObject({
        user_id: z.string().max(MAX_ID).optional(),
        code: z.string().max(100).optional(),
        start_date: timeInput.optional().openapi({ description: "refused at this time or later" }),
        end_date: timeInput.optional().openapi({ description: "refused before this time" }),
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(pageSchema(refusedSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    const { cursor, limit: asked, ...query } = c.req.valid("query");
    const [atMs, id] = cursor ? decodeCursor(cursor, 2) : [];
    if (atMs !== undefined && !Number.isSafeInteger(atMs)) {
      throw new Problem("request.cursor_invalid", "cursor must be a next_cursor of this list");
    }
    const limit = pageLimit(asked);
    const rows = await listRefused(
      c.env.DB,
      {
        tenant: actor.tenantId,
        userId: userOf(actor, query.user_id),
        code: query.code,
        startMs: timeOf(query.start_date),
        endMs: timeOf(query.end_date),
        before: id === undefined ? undefined : { atMs: Number(atMs), id: String(id) },
      },
      limit + 1,
    );
    return c.json(
      pageOf(rows, limit, (row) => [row.atMs, row.id], showRefused),
      200,
    );
  },
);

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseTime(text) ?? undefined);
}
