/** /api/invoices/{id}: what only an invoice can do. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import {
  createApi,
  decimalInput,
  jsonBody,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { creditInvoice, voidInvoice } from "../lifecycle/credit.ts";
import { readFor } from "../lifecycle/list.ts";
import { recordPayment } from "../payment/payment.ts";
import { listPayments } from "../payment/payment-store.ts";
import { amountInput, dayInput, MAX_LINES } from "../schema/schema.ts";
import { documentView, showDocument } from "../wire/document-view.ts";
import { paymentView, showPayment } from "../wire/payment-view.ts";
import { idOrNumberParam, idParam } from "../wire/route-parts.ts";

export const invoiceRoutes = createApi<AppEnv>();

export const reasonBody = z.strictObject({ reason: lineInput(300) });

invoiceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/void",
    operationId: "voidInvoice",
    summary: "Void an invoice: a draft as it is, a final one by a credit note for all of it",
    tags: ["Invoices"],
    security,
    request: { params: idParam, body: jsonBody(reasonBody) },
    responses: { 200: jsonReply(documentView, "The invoice"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const { id } = c.req.valid("param");
    const invoice = await voidInvoice(c.env, actor, id, c.req.valid("json").reason);
    return c.json(showDocument(invoice, actor.nowMs), 200);
  },
);

const creditBody = reasonBody
  .extend({
    lines: z
      .array(
        z
          .strictObject({
            position: z.number().int().min(1).max(MAX_LINES),
            quantity: decimalInput({ decimals: QUANTITY_DECIMALS }).optional(),
            amount: amountInput.optional(),
          })
          .refine(({ quantity, amount }) => quantity === undefined || amount === undefined, {
            message: "has quantity or amount, not both",
          }),
      )
      .min(1)
      .max(MAX_LINES)
      .optional()
      .openapi({ description: "all of the invoice unless given" }),
  })
  .openapi("CreditInput");

invoiceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/credit",
    operationId: "creditInvoice",
    summary: "Issue a credit note for an invoice or for lines of it",
    tags: ["Invoices"],
    security,
    request: { params: idParam, body: jsonBody(creditBody) },
    responses: { 201: jsonReply(documentView, "The credit note"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const { id } = c.req.valid("param");
    const credit = await creditInvoice(c.env, actor, id, c.req.valid("json"));
    return c.json(showDocument(credit, actor.nowMs), 201);
  },
);

export const paymentBody = z
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
  })
  .openapi("PaymentInput");

invoiceRoutes.openapi(
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
    const actor = allow(c, "documents.finalize");
    const { id } = c.req.valid("param");
    const payment = await recordPayment(c.env, actor, id, c.req.valid("json"));
    return c.json(showPayment(payment), 201);
  },
);

invoiceRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/invoices/{id}/payments",
    operationId: "listPayments",
    summary: "An invoice's payments in the order in which they were booked",
    tags: ["Invoices"],
    security,
    request: { params: idOrNumberParam },
    responses: {
      200: jsonReply(z.object({ data: z.array(paymentView) }), "The payments"),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const { row } = await readFor(c.env, actor, "invoice", c.req.valid("param").id);
    const payments = await listPayments(c.env.DB, row.id);
    return c.json({ data: payments.map(showPayment) }, 200);
  },
);
