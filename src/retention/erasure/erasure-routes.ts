/** /api/erasures: a person's data are erased, and stay so. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { erase } from "./erase.ts";
import { type Erasure, listErasures } from "./erasure-store.ts";
import { erasures } from "./table.ts";

export const erasureRoutes = createApi<AppEnv>();

const KINDS = erasures.kind.enumValues;

const erasureInput = z.strictObject({
  kind: z.enum(KINDS).openapi({
    description:
      "`user`: somebody who signs in. `customer`: whom a customer names, its address, e-mail and " +
      "phone. `usage_user`: the `user_id` of usage events, which keep their quantities.",
  }),
  ref: z.string().min(1).max(256).openapi({
    description: "the user's or customer's id, or the `user_id` of events",
  }),
});

const erasureSchema = z
  .object({
    id: z.string(),
    kind: z.enum(KINDS),
    ref: z.string().nullable().openapi({ description: "null of a `usage_user`: it is not kept" }),
    status: z.enum(["running", "done"]),
    asked_at: z.string(),
    done_at: z.string().nullable(),
  })
  .openapi("Erasure");

function erasureBody({ id, kind, ref, askedMs, doneMs }: Erasure): z.infer<typeof erasureSchema> {
  return {
    id,
    kind,
    ref: kind === "usage_user" ? null : ref,
    status: doneMs === null ? "running" : "done",
    asked_at: timeText(askedMs),
    done_at: doneMs === null ? null : timeText(doneMs),
  };
}

erasureRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/erasures",
    operationId: "erasePerson",
    summary: "Erase a person's data for good",
    description:
      "Name, address, e-mail and phone go from users, customers, e-mails, the audit log and " +
      "announced events; a user is removed and signed out. Final documents keep whom they were " +
      "issued to, since the law asks for it; usage keeps its quantities. What was erased is " +
      "erased again where a database is restored. It cannot be taken back.",
    tags: ["Tenants"],
    security,
    request: { body: jsonBody(erasureInput) },
    responses: { 201: jsonReply(erasureSchema, "The erasure"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "data.erase");
    return c.json(erasureBody(await erase(c.env, actor, c.req.valid("json"))), 201);
  },
);

erasureRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/erasures",
    operationId: "listErasures",
    summary: "What was erased, newest first",
    tags: ["Tenants"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(erasureSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "data.erase");
    const query = c.req.valid("query");
    const limit = pageLimit(query.limit);
    const before = query.cursor === undefined ? null : String(decodeCursor(query.cursor, 1)[0]);
    const asked = { before, limit: limit + 1 };
    const rows = await listErasures(c.env.DB, actor.tenantId, asked);
    return c.json(
      pageOf(rows, limit, ({ id }) => [id], erasureBody),
      200,
    );
  },
);
