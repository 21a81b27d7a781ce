/** /api/search: one question to customers and documents of every kind. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { searchFor } from "../lifecycle/list.ts";
import { documentSummary, showSummary } from "../wire/document-view.ts";
import { customerView, showCustomer } from "../wire/party-view.ts";

export const searchRoutes = createApi<AppEnv>();

const MOST = 50;
const FEW = 10;

searchRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/search",
    operationId: "search",
    summary: "Find customers and documents by words, newest first",
    description:
      "Every word of `q` is the beginning of one in a customer's name, e-mail address or " +
      "reference, or in a document's number, names, lines or notes. Accents do not matter, nor " +
      "whether ł, ø, ß or æ were typed as l, o, ss or ae. Of text without blanks between words, " +
      "such as Chinese, Japanese or Thai, and of Korean, any part is found. The operator also " +
      "finds the customers that are tenants by the beginning of their external ids.",
    tags: ["Search"],
    security,
    request: {
      query: z.strictObject({
        q: z.string().max(200).default(""),
        limit: z.coerce.number().int().min(1).max(MOST).default(FEW).openapi({
          description: "of customers, and of documents",
        }),
      }),
    },
    responses: {
      200: jsonReply(
        z.object({ customers: z.array(customerView), documents: z.array(documentSummary) }),
        "What was found",
      ),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { q, limit } = c.req.valid("query");
    const { customers, documents } = await searchFor(c.env, actor, q, limit);
    return c.json(
      {
        customers: customers.map(showCustomer),
        documents: documents.map(({ row, nowMs }) => showSummary(row, nowMs)),
      },
      200,
    );
  },
);
