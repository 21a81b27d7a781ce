/** /api/suppressions. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import { emailInput } from "../../platform/schema/email.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { listSuppressions } from "./store.ts";
import { suppress, unsuppress } from "./suppress.ts";
import { SUPPRESSION_REASONS, type Suppression } from "./table.ts";

export const suppressionRoutes = createApi<AppEnv>();

const tags = ["E-mail"];
const suppressionView = z
  .object({
    address: z.string(),
    reason: z.enum(SUPPRESSION_REASONS),
    email_id: z.string().nullable().openapi({ description: "the e-mail that told of it" }),
    created_at: z.string(),
  })
  .openapi("Suppression");

function showSuppression(row: Suppression): z.infer<typeof suppressionView> {
  const { address, reason, email } = row;
  return { address, reason, email_id: email, created_at: timeText(row.createdMs) };
}

suppressionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/suppressions",
    operationId: "listSuppressions",
    summary: "List the addresses that get no e-mail, in alphabetical order",
    tags,
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(suppressionView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "documents");
    const { cursor, limit: asked } = c.req.valid("query");
    const [after = ""] = cursor ? decodeCursor(cursor, 1) : [];
    const limit = pageLimit(asked);
    const rows = await listSuppressions(c.env.DB, actor.tenantId, String(after), limit + 1);
    return c.json(
      pageOf(rows, limit, (row) => [row.address], showSuppression),
      200,
    );
  },
);

suppressionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/suppressions",
    operationId: "addSuppression",
    summary: "Send an address no more e-mail; one that is on the list stays as it is",
    tags,
    security,
    request: { body: jsonBody(z.strictObject({ address: emailInput })) },
    responses: { 201: jsonReply(suppressionView, "It is on the list"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const row = await suppress(c.env, actor, c.req.valid("json").address);
    return c.json(showSuppression(row), 201);
  },
);

suppressionRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/suppressions/{address}",
    operationId: "removeSuppression",
    summary: "Send an address e-mail again",
    tags,
    security,
    request: { params: z.object({ address: z.string().max(254) }) },
    responses: { 204: { description: "Done" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    await unsuppress(c.env, actor, c.req.valid("param").address);
    return c.body(null, 204);
  },
);
