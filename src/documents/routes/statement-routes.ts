/** A customer's account: what it owes by age, and its statement as figures and as PDF. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import {
  createApi,
  currencyInput,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { owedBy } from "../account/owed.ts";
import { printStatement, stateAccount } from "../render/print-statement.ts";
import { dayInput } from "../schema/field.ts";
import { idParam, sendPdf, sentPdfReplies } from "../wire/route-parts.ts";
import { owedView, showOwed, showStatement, statementView } from "../wire/statement-view.ts";

export const statementRoutes = createApi<AppEnv>();

const described = { tags: ["Customers"], security };
const query = z.strictObject({
  currency: currencyInput.optional().openapi({ description: "the customer's unless given" }),
  from: dayInput.optional().openapi({ description: "three months before `to` unless given" }),
  to: dayInput.optional().openapi({ description: "today unless given" }),
});

statementRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: "/api/customers/{id}/account",
    operationId: "getAccount",
    summary: "What a customer owes in each currency, by age, and what is held of its money",
    request: { params: idParam },
    responses: {
      200: jsonReply(z.object({ data: z.array(owedView) }), "By currency"),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const owed = await owedBy(c.env, actor, c.req.valid("param").id);
    return c.json({ data: owed.map(showOwed) }, 200);
  },
);

statementRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: "/api/customers/{id}/statement",
    operationId: "getStatement",
    summary: "A customer's statement of account: balances, entries by day, and aging",
    request: { params: idParam, query },
    responses: { 200: jsonReply(statementView, "The statement"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { id } = c.req.valid("param");
    const stated = await stateAccount(c.env, actor, id, c.req.valid("query"));
    return c.json(showStatement(stated), 200);
  },
);

statementRoutes.openapi(
  createRoute({
    ...described,
    method: "get",
    path: "/api/customers/{id}/statement.pdf",
    operationId: "getStatementPdf",
    summary: "A customer's statement of account as a tagged PDF in its language",
    request: { params: idParam, query },
    responses: { ...sentPdfReplies, ...problems(404, 409, 416) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { id } = c.req.valid("param");
    const stated = await stateAccount(c.env, actor, id, c.req.valid("query"));
    const printed = await printStatement(c.env, actor.tenantId, stated);
    c.executionCtx.waitUntil(trackPdfGeneration(c.env, actor, `statement/${printed.key}`));
    const name = `Statement-${stated.to}.pdf`;
    return sendPdf(c, { ...printed, disposition: "inline", name });
  },
);
