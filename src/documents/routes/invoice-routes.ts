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
import { amountInput, MAX_LINES } from "../schema/schema.ts";
import { answerDocument, answeredView } from "../wire/e-invoice-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const invoiceRoutes = createApi<AppEnv>();

const reasonBody = z.strictObject({ reason: lineInput(300) });

invoiceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/void",
    operationId: "voidInvoice",
    summary: "Void an invoice: a draft as it is, a final one by a credit note for all of it",
    tags: ["Invoices"],
    security,
    request: { params: idParam, body: jsonBody(reasonBody) },
    responses: { 200: jsonReply(answeredView, "The invoice"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const invoice = await voidInvoice(c.env, actor, id, c.req.valid("json").reason);
    return c.json(await answerDocument(c.env, actor, invoice, actor.nowMs), 200);
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
      .openapi({ description: "all that is left of the invoice unless given" }),
  })
  .openapi("CreditInput");

invoiceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/credit",
    operationId: "creditInvoice",
    summary: "Issue a credit note for lines of an invoice, or for all that is left of it",
    tags: ["Invoices"],
    security,
    request: { params: idParam, body: jsonBody(creditBody) },
    responses: { 201: jsonReply(answeredView, "The credit note"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const credit = await creditInvoice(c.env, actor, id, c.req.valid("json"));
    return c.json(await answerDocument(c.env, actor, credit, actor.nowMs), 201);
  },
);
