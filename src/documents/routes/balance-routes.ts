/** A customer's balance: its ledger, and what becomes of it. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  currencyInput,
  decimalInput,
  jsonBody,
  jsonReply,
  lineInput,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { listTransactions } from "../balance/balance-store.ts";
import { wholeCustomerOf } from "../party/customer.ts";
import { applyBalance, refundBalance } from "../payment/customer-balance.ts";
import { dayInput } from "../schema/field.ts";
import { showTransaction, transactionView } from "../wire/balance-view.ts";
import { paymentView, showPayment } from "../wire/payment-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const balanceRoutes = createApi<AppEnv>();

balanceRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/customers/{id}/balance-transactions",
    operationId: "listBalanceTransactions",
    summary: "What changed a customer's credit balance, newest first",
    tags: ["Customers"],
    security,
    request: {
      params: idParam,
      query: z.strictObject({ currency: currencyInput.optional(), ...pageQuery }),
    },
    responses: { 200: jsonReply(pageSchema(transactionView), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { id: customerId, tenant } = await wholeCustomerOf(c.env, actor, c.req.valid("param").id);
    const query = c.req.valid("query");
    const slice = sliceOf(query);
    const rows = await listTransactions(
      c.env.DB,
      { tenant, customerId },
      {
        currency: query.currency ?? null,
        before: slice.after,
        limit: slice.limit,
      },
    );
    return c.json(pageById(rows, slice, showTransaction), 200);
  },
);

const amountInput = decimalInput({ decimals: 4 });

balanceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/customers/{id}/refund-balance",
    operationId: "refundBalance",
    summary: "Write down that a customer's credit balance, or a part of it, was paid out",
    tags: ["Customers"],
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z
          .strictObject({
            amount: amountInput.openapi({ description: "at most the balance in the currency" }),
            currency: currencyInput,
            booked_on: dayInput.optional().openapi({ description: "today unless given" }),
            method: lineInput(40).optional().openapi({ example: "transfer" }),
            reference: lineInput(100).nullable().optional(),
            note: lineInput(300).nullable().optional(),
            external_id: lineInput(200).nullable().optional().openapi({
              description: "the same one again is the same refund",
            }),
          })
          .openapi("BalanceRefundInput"),
      ),
    },
    responses: { 201: jsonReply(transactionView, "The refund"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const refund = await refundBalance(c.env, actor, id, c.req.valid("json"));
    return c.json(showTransaction(refund), 201);
  },
);

balanceRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/invoices/{id}/apply-balance",
    operationId: "applyBalance",
    summary: "Pay an open invoice from its customer's credit balance in its currency",
    tags: ["Invoices"],
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z.strictObject({
          amount: amountInput.optional().openapi({
            description: "as much as is owed and there unless given",
          }),
        }),
      ),
    },
    responses: { 201: jsonReply(paymentView, "The payment"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize", "own", "theirs");
    const { id } = c.req.valid("param");
    const { amount = null } = c.req.valid("json");
    return c.json(showPayment(await applyBalance(c.env, actor, id, amount)), 201);
  },
);
