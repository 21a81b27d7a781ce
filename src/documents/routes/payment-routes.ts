/** /api/invoices/{id}/payments: the ledger of an invoice. */

import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  decimalInput,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { readFor } from "../lifecycle/list.ts";
import { recordPayment } from "../payment/payment.ts";
import { listPayments } from "../payment/payment-store.ts";
import { dayInput } from "../schema/field.ts";
import { paymentView, showPayment } from "../wire/payment-view.ts";
import { idOrNumberParam, idParam } from "../wire/route-parts.ts";

export const paymentRoutes = createApi<AppEnv>();

const paymentBody = z
  .strictObject({
    amount: decimalInput({ decimals: 4, negative: true }).openapi({
      description: "in units of the invoice's currency; a refund is negative",
    }),
    currency: z.string().max(3).optional(),
    paid_on: dayInput.optional(),
    method: lineInput(40).optional().openapi({ example: "transfer" }),
    reference: lineInput(100).nullable().optional(),
    note: lineInput(300).nullable().optional(),
    external_id: lineInput(200).nullable().optional().openapi({
      description: "the same one again is the same payment",
    }),
    cash_discount: z
      .boolean()
      .optional()
      .openapi({
        description:
          "the amount is what a cash discount leaves to pay on that day: a credit note gives the " +
          "rest with its tax, and the invoice is paid",
      }),
  })
  .openapi("PaymentInput");

paymentRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/payments",
    operationId: "recordPayment",
    summary: "Book a payment or a refund; paid follows from the ledger",
    tags: ["Invoices"],
    security,
    request: { params: idParam, body: jsonBody(paymentBody) },
    responses: { 201: jsonReply(paymentView, "The payment"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const payment = await recordPayment(c.env, actor, id, c.req.valid("json"));
    return c.json(showPayment(payment), 201);
  },
);

paymentRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/invoices/{id}/payments",
    operationId: "listPayments",
    summary: "An invoice's payments in the order in which they were booked",
    tags: ["Invoices"],
    security,
    request: { params: idOrNumberParam, query: z.strictObject(pageQuery) },
    responses: {
      200: jsonReply(pageSchema(paymentView), "The payments"),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { row } = await readFor(c.env, actor, "invoice", c.req.valid("param").id);
    const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
    const payments = await listPayments(c.env.DB, row.id, slice);
    return c.json(pageById(payments, slice, showPayment), 200);
  },
);
