/** /api/issuer: the profile that the tenant issues documents with. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { issuerOf, putIssuer } from "../party/issuer.ts";
import { issuerInput } from "../wire/party-input.ts";
import { issuerView, showIssuer } from "../wire/party-view.ts";

export const issuerRoutes = createApi<AppEnv>();

issuerRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/issuer",
    operationId: "getIssuer",
    summary: "Read the profile that the tenant issues documents with",
    tags: ["Issuer"],
    security,
    responses: { 200: jsonReply(issuerView, "The profile, or its defaults"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    return c.json(showIssuer(await issuerOf(c.env, actor)), 200);
  },
);

issuerRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/issuer",
    operationId: "putIssuer",
    summary: "Replace the profile; documents that are final keep the one they were issued with",
    tags: ["Issuer"],
    security,
    request: { body: jsonBody(issuerInput) },
    responses: { 200: jsonReply(issuerView, "The profile"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    return c.json(showIssuer(await putIssuer(c.env, actor, c.req.valid("json"))), 200);
  },
);
