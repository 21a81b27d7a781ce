/**
 * /dashboard/{quotes,invoices}/preview: what the form would make, drawn while it is filled in. The
 * API previews no half-filled body, so the schema and the verb are asked here.
 */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { type FieldError, Problem } from "../../core/errors.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../../documents/kind/registry.ts";
import { draftPreviewPdf, previewDraft } from "../../documents/lifecycle/draft-preview.ts";
import { previewDocument } from "../../documents/render/print.ts";
import { findingsOf } from "../../documents/render/readable.ts";
import { DRAFT_SCHEMAS } from "../../documents/schema/schema.ts";
import type { Document } from "../../documents/store/row.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  allowed,
  allowFraming,
  framedPdf,
  PAGE_POLICY,
  type PageContext,
  type PageEnv,
  parseWith,
  readForm,
} from "../page/request.ts";
import { type Draft, draftOf, pointerWords, withoutWrong } from "./fields.ts";
import { GapList, NoGapsYet } from "./gap-list.tsx";
import { UnreadableList } from "./unreadable-list.tsx";

export const documentPreviews = new Hono<PageEnv>();

/** Errors that are left out at most: the schema names all of its own at once, the verb one each. */
const MAX_ERRORS = 10;

for (const kind of DRAFT_KINDS) {
  const { path } = KINDS[kind];
  documentPreviews.get(`/${path}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id") ?? null;
    const given = id === null ? { lines: [] } : {};
    return asPage(c, await previewDraft(c.env, actor, kind, given, id), []);
  });

  documentPreviews.post(`/${path}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { body } = draftOf(kind, await readForm(c));
    const { draft, errors } = await previewOf(c.env, actor, { kind, body, id: c.req.param("id") });
    const isFor = c.req.param("id") !== undefined || body.customer_id !== undefined;
    if (c.req.query("as") === "warnings") return asWarnings(c, draft, isFor);
    const isWhole = errors.length === 0 && body.lines.length > 0;
    if (c.req.query("as") !== "pdf" || !isWhole) return asPage(c, draft, errors);
    const bytes = await draftPreviewPdf(c.env, draft, actor.nowMs);
    return framedPdf(c, bytes, "preview.pdf");
  });
}

type Unfinished = { kind: DraftKind; body: Draft["body"]; id: string | undefined };
type Preview = { draft: Document; errors: FieldError[] };

/** The draft of what is right in a body, and the errors of the rest. Errors: 404 for the draft. */
async function previewOf(env: Env, actor: Actor, { kind, body, id }: Unfinished): Promise<Preview> {
  const errors: FieldError[] = [];
  let rest = body;
  for (;;) {
    try {
      const { lines, ...content } = rest;
      const schema = DRAFT_SCHEMAS[kind].change;
      const given =
        lines.length > 0 ? parseWith(schema, rest) : { ...parseWith(schema, content), lines: [] };
      return { draft: await previewDraft(env, actor, kind, given, id ?? null), errors };
    } catch (error) {
      const found = errorsOf(error, rest);
      if (found.length === 0 || errors.length > MAX_ERRORS) throw error;
      errors.push(...found);
      rest = withoutWrong(rest, found);
    }
  }
}

function errorsOf(error: unknown, body: Draft["body"]): readonly FieldError[] {
  if (!(error instanceof Problem)) return [];
  if (error.status === 422) return error.extra.errors ?? [];
  const isCustomer = error.status === 404 && body.customer_id !== undefined;
  return isCustomer ? [{ pointer: "/customer_id", detail: "is not found" }] : [];
}

/** What the draft would lack, as a part of the form's page. */
async function asWarnings(c: PageContext, draft: Document, isForSomebody: boolean) {
  const isAsked = KINDS[draft.kind].eInvoice !== null;
  const { eInvoice, unreadable } = await findingsOf(c.env, draft, c.var.actor.nowMs);
  return c.html(
    <>
      {isAsked && !isForSomebody && <NoGapsYet />}
      {eInvoice && isForSomebody && <GapList state={eInvoice} isFinal={false} />}
      <UnreadableList texts={unreadable} />
    </>,
  );
}

async function asPage(c: PageContext, draft: Document, errors: readonly FieldError[]) {
  const html = await previewDocument(c.env, draft, c.var.actor.nowMs);
  allowFraming(c, PAGE_POLICY);
  if (errors.length === 0) return c.html(html);
  const style = "background: #fdeae8; color: #8c1d17; padding: .6rem .9rem; margin: 0 0 1.5rem";
  const note = (
    <p style={style}>
      Not drawn yet:{" "}
      {errors.map(({ pointer, detail }) => `${pointerWords(pointer)} ${detail}`).join("; ")}
    </p>
  );
  return c.html(html.replace("<body>", (body) => body + note));
}
