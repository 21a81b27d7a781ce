/** /api/quotes/{id}: what only a quote can do. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { acceptQuote, rejectQuote } from "../lifecycle/quote.ts";
import { answerDocument, answeredView } from "../wire/e-invoice-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const quoteRoutes = createApi<AppEnv>();

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/accept",
    operationId: "acceptQuote",
    summary: "Accept a pending quote, as its recipient or for it",
    tags: ["Quotes"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(answeredView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const quote = await acceptQuote(c.env, actor, c.req.valid("param").id);
    return c.json(await answerDocument(c.env, actor, quote, actor.nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/reject",
    operationId: "rejectQuote",
    summary: "Reject a pending quote, as its recipient or for it",
    tags: ["Quotes"],
    security,
    request: {
      params: idParam,
      body: jsonBody(z.strictObject({ reason: lineInput(300).nullable().optional() })),
    },
    responses: { 200: jsonReply(answeredView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const quote = await rejectQuote(c.env, actor, id, c.req.valid("json").reason ?? null);
    return c.json(await answerDocument(c.env, actor, quote, actor.nowMs), 200);
  },
);
