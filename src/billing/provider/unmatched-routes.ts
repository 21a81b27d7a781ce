/** /api/unmatched-money: what providers moved and no invoice took. */
import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { paymentView, showPayment } from "../../documents/wire/payment-view.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  decimalInput,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { assignMoney, dismissMoney, findUnmatched } from "./book.ts";
import { PROVIDERS } from "./registry.ts";
import { UNMATCHED_REASONS } from "./table.ts";
import { listWaiting, type Unmatched } from "./unmatched-store.ts";

export const unmatchedRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().max(100) });

const unmatchedSchema = z
  .object({
    id: z.string(),
    provider: z.enum(PROVIDERS),
    reference: z.string().openapi({ description: "the provider's own id of it" }),
    amount: z.number().openapi({ description: "negative where it went back" }),
    currency: z.string(),
    named_invoice: z.string().nullable(),
    reason: z.enum(UNMATCHED_REASONS),
    received_at: z.string(),
  })
  .openapi("UnmatchedMoney");

function unmatchedBody(row: Unmatched): z.infer<typeof unmatchedSchema> {
  return {
    id: row.id,
    provider: row.provider,
    reference: row.reference,
    amount: moneyJson(BigInt(row.amountMinor), row.currency),
    currency: row.currency,
    named_invoice: row.namedInvoice,
    reason: row.reason,
    received_at: timeText(row.receivedMs),
  };
}

unmatchedRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/unmatched-money",
    operationId: "listUnmatchedMoney",
    summary: "Money of payment providers that no invoice took, newest first",
    tags: ["Payments"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(unmatchedSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const { tenantId } = allow(c, "documents.read", "own", "documents");
    const query = c.req.valid("query");
    const slice = sliceOf(query);
    const rows = await listWaiting(c.env.DB, tenantId, { before: slice.after, limit: slice.limit });
    return c.json(pageById(rows, slice, unmatchedBody), 200);
  },
);

/** An unknown row is 404 whatever the body holds: it is looked up before the body is read. */
const insistKnown: MiddlewareHandler<AppEnv> = async (c, next) => {
  await findUnmatched(
    c.env,
    allow(c, "documents.finalize", "own", "documents"),
    c.req.param("id") ?? "",
  );
  await next();
};

unmatchedRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/unmatched-money/{id}/assign",
    middleware: insistKnown,
    operationId: "assignUnmatchedMoney",
    summary: "Book unmatched money on an invoice",
    tags: ["Payments"],
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z.strictObject({
          invoice_id: z.string().max(100),
          amount: decimalInput({ decimals: 4, negative: true }).optional().openapi({
            description: "in the invoice's currency, where the money came in another one",
          }),
        }),
      ),
    },
    responses: { 201: jsonReply(paymentView, "The payment"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "documents");
    const { invoice_id: invoiceId, amount = null } = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(showPayment(await assignMoney(c.env, actor, id, { invoiceId, amount })), 201);
  },
);

unmatchedRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/unmatched-money/{id}/dismiss",
    operationId: "dismissUnmatchedMoney",
    summary: "Take unmatched money off the list, booking nothing",
    tags: ["Payments"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(unmatchedSchema, "What it was"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "documents");
    const { id } = c.req.valid("param");
    return c.json(await dismissMoney(c.env, actor, id, unmatchedBody), 200);
  },
);
