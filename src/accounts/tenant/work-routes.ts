/** /api/failing-work: due work whose last attempt failed, for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import { timeText } from "../../core/time.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import { type Due, failingWork } from "../../platform/queue/due.ts";
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

export const workRoutes = createApi<AppEnv>();

/** Due work as it is shown. */
export const workSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    kind: z.string(),
    ref: z.string().openapi({ description: "What the work is for, such as a period's id" }),
    attempts: z.number().int(),
    error: z.string().openapi({ description: "Why the last attempt failed" }),
    next_at: z.string(),
    clock: z.enum(["real", "test"]).openapi({ description: "Whose time `next_at` is" }),
  })
  .openapi("FailingWork");

/** A row of due work as it is shown. */
export function workBody({ id, tenant, kind, ref, attempts, error, atMs, clock }: Due) {
  const next_at = timeText(atMs);
  return { id, tenant_id: tenant, kind, ref, attempts, error: error ?? "", next_at, clock };
}

workRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/failing-work",
    operationId: "listFailingWork",
    summary: "Work of all tenants whose last attempt failed and that is tried again (operator)",
    tags: ["Tenants"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(workSchema), "A page"), ...problems() },
  }),
  async (c) => {
    allow(c, "operator.tenants");
    const slice = sliceOf(c.req.valid("query"));
    const rows = await failingWork(c.env.DB, slice);
    return c.json(pageById(rows, slice, workBody), 200);
  },
);
