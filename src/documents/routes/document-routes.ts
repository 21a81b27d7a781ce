/** What quotes, invoices and credit notes share: to draft, change and finalise, to read. */
import { createRoute } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { trackInvoiceGeneration, trackQuoteGeneration } from "../../metering/record/track.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { changeDraft, createDraft, finalizeDraft } from "../lifecycle/draft.ts";
import { listFor, readFor } from "../lifecycle/list.ts";
import type { DocumentKind } from "../model/model.ts";
import {
  invoiceChangeSchema,
  invoiceSchema,
  quoteChangeSchema,
  quoteSchema,
} from "../schema/schema.ts";
import { idOrNumberParam, idParam, listQuery } from "../wire/route-parts.ts";
import { documentSummary, documentView, showDocument, showSummary } from "../wire/view.ts";

export const documentKindRoutes = createApi<AppEnv>();

/** How a kind is called. */
type Named = { kind: DocumentKind; path: string; id: string; one: string; many: string };

const QUOTE: Named = {
  ...{ kind: "quote", path: "/api/quotes", id: "Quote" },
  ...{ one: "quote", many: "quotes" },
};
const INVOICE: Named = {
  ...{ kind: "invoice", path: "/api/invoices", id: "Invoice" },
  ...{ one: "invoice", many: "invoices" },
};
const CREDIT_NOTE: Named = {
  ...{ kind: "credit_note", path: "/api/credit-notes", id: "CreditNote" },
  ...{ one: "credit note", many: "credit notes" },
};

const tagsOf = ({ many }: Named) => [many.charAt(0).toUpperCase() + many.slice(1)];
const withArticle = (one: string) => `${/^[aeiou]/.test(one) ? "an" : "a"} ${one}`;

function readRoutes(of: Named): void {
  documentKindRoutes.openapi(
    createRoute({
      method: "get",
      path: of.path,
      operationId: `list${of.id}s`,
      summary: `List ${of.many} that the tenant issued or received, newest first`,
      tags: tagsOf(of),
      security,
      request: { query: listQuery },
      responses: { 200: jsonReply(pageSchema(documentSummary), "A page"), ...problems() },
    }),
    async (c) => {
      const actor = allow(c, "documents.read");
      const page = await listFor(c.env, actor, of.kind, c.req.valid("query"));
      const data = page.data.map(({ row, nowMs }) => showSummary(row, nowMs));
      return c.json({ ...page, data }, 200);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      method: "get",
      path: `${of.path}/{id}`,
      operationId: `get${of.id}`,
      summary: `Read ${withArticle(of.one)}`,
      tags: tagsOf(of),
      security,
      request: { params: idOrNumberParam },
      responses: { 200: jsonReply(documentView, `The ${of.one}`), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.read");
      const { row, nowMs } = await readFor(c.env, actor, of.kind, c.req.valid("param").id);
      return c.json(showDocument(row, nowMs), 200);
    },
  );
}

/** A kind that begins as a draft: what its bodies take, what counts it, what its number means. */
type Drafted = {
  named: Named & { kind: "quote" | "invoice" };
  input: typeof quoteSchema | typeof invoiceSchema;
  change: typeof quoteChangeSchema | typeof invoiceChangeSchema;
  track: (env: Env, of: Actor, id: string) => Promise<void>;
  finalizing: string;
};

function draftRoutes({ named, input, change, track, finalizing }: Drafted): void {
  const { kind, path, id, one } = named;
  const described = { tags: tagsOf(named), security };
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "post",
      path,
      operationId: `create${id}`,
      summary: `Create a draft ${one}; its totals are computed here`,
      request: { body: jsonBody(input) },
      responses: { 201: jsonReply(documentView, "The draft"), ...problems() },
    }),
    async (c) => {
      const actor = allow(c, "documents.write");
      const draft = await createDraft(c.env, actor, kind, c.req.valid("json"));
      c.executionCtx.waitUntil(track(c.env, actor, draft.id));
      return c.json(showDocument(draft, actor.nowMs), 201);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "patch",
      path: `${path}/{id}`,
      operationId: `change${id}`,
      summary: "Change the given fields of a draft; lines are replaced as a whole",
      request: { params: idParam, body: jsonBody(change) },
      responses: { 200: jsonReply(documentView, "The draft"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write");
      const { id } = c.req.valid("param");
      const draft = await changeDraft(c.env, actor, kind, id, c.req.valid("json"));
      return c.json(showDocument(draft, actor.nowMs), 200);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "post",
      path: `${path}/{id}/finalize`,
      operationId: `finalize${id}`,
      summary: finalizing,
      request: { params: idParam },
      responses: { 200: jsonReply(documentView, `The ${one}`), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.finalize");
      const final = await finalizeDraft(c.env, actor, kind, c.req.valid("param").id);
      return c.json(showDocument(final, actor.nowMs), 200);
    },
  );
}

for (const named of [QUOTE, INVOICE, CREDIT_NOTE]) readRoutes(named);
draftRoutes({
  named: { ...QUOTE, kind: "quote" },
  input: quoteSchema,
  change: quoteChangeSchema,
  track: trackQuoteGeneration,
  finalizing: "Give a draft its number; it is pending until it is accepted, rejected or expires",
});
draftRoutes({
  named: { ...INVOICE, kind: "invoice" },
  input: invoiceSchema,
  change: invoiceChangeSchema,
  track: trackInvoiceGeneration,
  finalizing: "Give a draft its number; from then on it never changes",
});
