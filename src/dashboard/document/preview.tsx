/** /dashboard/{quotes,invoices}/preview: what the form would make, drawn while it is filled in. */

import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { type FieldError, Problem } from "../../core/errors.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../../documents/kind/registry.ts";

import { draftPreviewPdf, previewDraft } from "../../documents/lifecycle/draft-preview.ts";
import { previewDocument } from "../../documents/render/print.ts";
import { DRAFT_SCHEMAS } from "../../documents/schema/schema.ts";
import type { Document } from "../../documents/store/row.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  allowed,
  allowFraming,
  PAGE_POLICY,
  type PageContext,
  type PageEnv,
  parsed,
  readForm,
} from "../page/request.ts";
import { type Draft, draftOf, placeOf, withoutWrong } from "./fields.ts";

export const documentPreviewRoutes = new Hono<PageEnv>();

/** How often what is wrong is left out: the schema tells of all at once, the rest one by one. */
const MAX_TRIES = 10;

for (const kind of DRAFT_KINDS) {
  const { path } = KINDS[kind];
  documentPreviewRoutes.get(`/${path}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id") ?? null;
    const given = id === null ? { lines: [] } : {};
    return asPage(c, await previewDraft(c.env, actor, kind, given, id), []);
  });

  documentPreviewRoutes.post(`/${path}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { body } = draftOf(kind, await readForm(c));
    const { preview, errors } = await previewOf(c.env, actor, {
      kind,
      body,
      id: c.req.param("id"),
    });
    const isWhole = errors.length === 0 && body.lines.length > 0;
    if (c.req.query("as") !== "pdf" || !isWhole) return asPage(c, preview, errors);
    const bytes = await draftPreviewPdf(c.env, preview, actor.nowMs);
    allowFraming(c, null);
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": "application/pdf",
      "Content-Disposition": "inline; filename=preview.pdf",
    });
  });
}

type Asked = { kind: DraftKind; body: Draft["body"]; id: string | undefined };
type Previewed = { preview: Document; errors: FieldError[] };

/** What can be drawn of a body, and what is wrong with the rest. Errors: 404 for the draft. */
async function previewOf(env: Env, actor: Actor, { kind, body, id }: Asked): Promise<Previewed> {
  const errors: FieldError[] = [];
  let left = body;
  for (;;) {
    try {
      const { lines, ...content } = left;
      const schema = DRAFT_SCHEMAS[kind].change;
      const given =
        lines.length > 0 ? parsed(schema, left) : { ...parsed(schema, content), lines: [] };
      return { preview: await previewDraft(env, actor, kind, given, id ?? null), errors };
    } catch (error) {
      const found = wrongIn(error, left);
      if (found.length === 0 || errors.length > MAX_TRIES) throw error;
      errors.push(...found);
      left = withoutWrong(left, found);
    }
  }
}

function wrongIn(error: unknown, body: Draft["body"]): readonly FieldError[] {
  if (!(error instanceof Problem)) return [];
  if (error.status === 422) return error.extra.errors ?? [];
  const isCustomer = error.status === 404 && body.customer_id !== undefined;
  return isCustomer ? [{ pointer: "/customer_id", detail: "is not found" }] : [];
}

async function asPage(c: PageContext, preview: Document, errors: readonly FieldError[]) {
  const html = await previewDocument(c.env, preview, c.var.actor.nowMs);
  allowFraming(c, PAGE_POLICY);
  if (errors.length === 0) return c.html(html);
  const style = "background: #fdeae8; color: #8c1d17; padding: .6rem .9rem; margin: 0 0 1.5rem";
  const note = (
    <p style={style}>
      Not drawn yet:{" "}
      {errors.map(({ pointer, detail }) => `${placeOf(pointer)} ${detail}`).join("; ")}
    </p>
  );
  return c.html(html.replace("<body>", (body) => body + note));
}
