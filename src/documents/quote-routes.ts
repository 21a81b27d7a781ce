/** /api/quotes. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../accounts/actor.ts";
import { allow } from "../accounts/guard.ts";
import { trackInvoiceGeneration, trackQuoteGeneration } from "../metering/track.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  pageSchema,
  problems,
  security,
} from "../platform/openapi.ts";
import { changeDraft, createDraft, finalizeDraft, voidDraft } from "./draft.ts";
import { listFor, readFor } from "./list.ts";
import { acceptQuote, convertQuote, rejectQuote } from "./quote.ts";
import { idOrNumberParam, idParam, listQuery } from "./route-parts.ts";
import { quoteChangeSchema, quoteSchema } from "./schema.ts";
import { documentSummary, documentView, showDocument, showSummary } from "./view.ts";

export const quoteRoutes = createApi<AppEnv>();

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes",
    operationId: "createQuote",
    summary: "Create a draft quote; its totals are computed here",
    tags: ["Quotes"],
    security,
    request: { body: jsonBody(quoteSchema) },
    responses: { 201: jsonReply(documentView, "The draft"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.write");
    const quote = await createDraft(c.env, actor, "quote", c.req.valid("json"));
    c.executionCtx.waitUntil(trackQuoteGeneration(c.env, actor, quote.id));
    return c.json(showDocument(quote, actor.nowMs), 201);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/quotes",
    operationId: "listQuotes",
    summary: "List quotes that the tenant issued or received, newest first",
    tags: ["Quotes"],
    security,
    request: { query: listQuery },
    responses: { 200: jsonReply(pageSchema(documentSummary), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const page = await listFor(c.env, actor, "quote", c.req.valid("query"));
    const data = page.data.map(({ row, nowMs }) => showSummary(row, nowMs));
    return c.json({ ...page, data }, 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/quotes/{id}",
    operationId: "getQuote",
    summary: "Read a quote",
    tags: ["Quotes"],
    security,
    request: { params: idOrNumberParam },
    responses: { 200: jsonReply(documentView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.read");
    const { row, nowMs } = await readFor(c.env, actor, "quote", c.req.valid("param").id);
    return c.json(showDocument(row, nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/quotes/{id}",
    operationId: "changeQuote",
    summary: "Change the given fields of a draft; lines are replaced as a whole",
    tags: ["Quotes"],
    security,
    request: { params: idParam, body: jsonBody(quoteChangeSchema) },
    responses: { 200: jsonReply(documentView, "The draft"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write");
    const { id } = c.req.valid("param");
    const quote = await changeDraft(c.env, actor, "quote", id, c.req.valid("json"));
    return c.json(showDocument(quote, actor.nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/finalize",
    operationId: "finalizeQuote",
    summary: "Give a draft its number; it is pending until it is accepted, rejected or expires",
    tags: ["Quotes"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(documentView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const quote = await finalizeDraft(c.env, actor, "quote", c.req.valid("param").id);
    return c.json(showDocument(quote, actor.nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/void",
    operationId: "voidQuote",
    summary: "Discard a draft",
    tags: ["Quotes"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(documentView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.write");
    const quote = await voidDraft(c.env, actor, "quote", c.req.valid("param").id);
    return c.json(showDocument(quote, actor.nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/accept",
    operationId: "acceptQuote",
    summary: "Accept a pending quote, as its recipient or for it",
    tags: ["Quotes"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(documentView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const quote = await acceptQuote(c.env, actor, c.req.valid("param").id);
    return c.json(showDocument(quote, actor.nowMs), 200);
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
    responses: { 200: jsonReply(documentView, "The quote"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const { id } = c.req.valid("param");
    const quote = await rejectQuote(c.env, actor, id, c.req.valid("json").reason ?? null);
    return c.json(showDocument(quote, actor.nowMs), 200);
  },
);

quoteRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/quotes/{id}/convert",
    operationId: "convertQuote",
    summary: "Make a draft invoice of an accepted quote, once; a pending one is accepted by it",
    tags: ["Quotes"],
    security,
    request: { params: idParam },
    responses: { 201: jsonReply(documentView, "The draft invoice"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "documents.finalize");
    const invoice = await convertQuote(c.env, actor, c.req.valid("param").id);
    c.executionCtx.waitUntil(trackInvoiceGeneration(c.env, actor, invoice.id));
    return c.json(showDocument(invoice, actor.nowMs), 201);
  },
);
