/** What all kinds of documents share: to draft, change and finalise, to read. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { kindHeading, withArticle } from "../kind/kind.ts";
import {
  afterTheirOrigins,
  DOCUMENT_KINDS,
  type DocumentKind,
  DRAFT_KINDS,
  type DraftKind,
  KINDS,
} from "../kind/registry.ts";
import { changeDraft, createDraft, finalizeDraft } from "../lifecycle/draft.ts";
import { duplicateDocument } from "../lifecycle/duplicate.ts";
import { listFor, readFor } from "../lifecycle/list.ts";
import { trackDraft } from "../lifecycle/track.ts";
import { DRAFT_SCHEMAS } from "../schema/schema.ts";
import { documentSummary, showSummary } from "../wire/document-view.ts";
import { answerDocument, answeredView } from "../wire/e-invoice-view.ts";
import { idOrNumberParam, idParam, listQuery } from "../wire/route-parts.ts";

export const documentKindRoutes = createApi<AppEnv>();

function mountReading(kind: DocumentKind): void {
  const record = KINDS[kind];
  const { path, schemaName, noun, nouns } = record;
  documentKindRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}`,
      operationId: `list${schemaName}s`,
      summary: `List ${nouns} that the tenant issued or received, newest first or sorted`,
      tags: [kindHeading(record)],
      security,
      request: { query: listQuery },
      responses: { 200: jsonReply(sortedPageSchema(documentSummary), "A page"), ...problems() },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const page = await listFor(c.env, actor, kind, c.req.valid("query"));
      const data = page.data.map(({ row, nowMs }) => showSummary(row, nowMs));
      return c.json({ ...page, data }, 200);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}`,
      operationId: `get${schemaName}`,
      summary: `Read ${withArticle(record)}`,
      tags: [kindHeading(record)],
      security,
      request: { params: idOrNumberParam },
      responses: { 200: jsonReply(answeredView, `The ${noun}`), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      return c.json(await answerDocument(c.env, actor, row, nowMs), 200);
    },
  );
}

function mountDrafting(kind: DraftKind): void {
  const record = KINDS[kind];
  const { schemaName, noun, draft: drafting } = record;
  const path = `/api/${record.path}`;
  const { input, change } = DRAFT_SCHEMAS[kind];
  const described = { tags: [kindHeading(record)], security };
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "post",
      path,
      operationId: `create${schemaName}`,
      summary: `Create a draft ${noun}; its totals are computed here`,
      request: { body: jsonBody(input) },
      responses: { 201: jsonReply(answeredView, "The draft"), ...problems() },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const draft = await createDraft(c.env, actor, kind, c.req.valid("json"));
      c.executionCtx.waitUntil(trackDraft(c.env, actor, kind, draft.id));
      return c.json(await answerDocument(c.env, actor, draft, actor.nowMs), 201);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "patch",
      path: `${path}/{id}`,
      operationId: `change${schemaName}`,
      summary: "Change the given fields of a draft; lines are replaced as a whole",
      request: { params: idParam, body: jsonBody(change) },
      responses: { 200: jsonReply(answeredView, "The draft"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const { id } = c.req.valid("param");
      const draft = await changeDraft(c.env, actor, kind, id, c.req.valid("json"));
      return c.json(await answerDocument(c.env, actor, draft, actor.nowMs), 200);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "post",
      path: `${path}/{id}/finalize`,
      operationId: `finalize${schemaName}`,
      summary: drafting?.finalizing ?? "",
      request: { params: idParam },
      responses: { 200: jsonReply(answeredView, `The ${noun}`), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.finalize", "own", "theirs");
      const final = await finalizeDraft(c.env, actor, kind, c.req.valid("param").id);
      return c.json(await answerDocument(c.env, actor, final, actor.nowMs), 200);
    },
  );
  documentKindRoutes.openapi(
    createRoute({
      ...described,
      method: "post",
      path: `${path}/{id}/duplicate`,
      operationId: `duplicate${schemaName}`,
      summary: `Make a draft ${noun} with the customer, lines, texts and terms of another`,
      request: { params: idParam },
      responses: { 201: jsonReply(answeredView, "The draft"), ...problems(404) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const draft = await duplicateDocument(c.env, actor, kind, c.req.valid("param").id);
      c.executionCtx.waitUntil(trackDraft(c.env, actor, kind, draft.id));
      return c.json(await answerDocument(c.env, actor, draft, actor.nowMs), 201);
    },
  );
}

for (const kind of afterTheirOrigins(DOCUMENT_KINDS)) mountReading(kind);
for (const kind of afterTheirOrigins(DRAFT_KINDS)) mountDrafting(kind);
