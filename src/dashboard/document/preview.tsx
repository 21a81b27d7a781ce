/**
 * /dashboard/{quotes,invoices}/preview: what the form would make, drawn while it is filled in, and
 * what it would lack. The API previews no half-filled body, so the schema and the verb are asked
 * here.
 */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { type FieldError, Problem } from "../../core/errors.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../../documents/kind/registry.ts";
import { ownDocument } from "../../documents/lifecycle/draft.ts";
import { draftPreviewPdf, previewDraft } from "../../documents/lifecycle/draft-preview.ts";
import { facesAt, PREVIEW_POLICY } from "../../documents/render/html/address.ts";
import { type Drawn, previewHtml } from "../../documents/render/html/preview.ts";
import { drawnDocument } from "../../documents/render/print.ts";
import { type Findings, findingsOf } from "../../documents/render/readable.ts";
import {
  type CustomerChange,
  customerChangeSchema,
  DRAFT_SCHEMAS,
} from "../../documents/schema/schema.ts";
import type { Document } from "../../documents/store/row.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Body } from "../form/form.ts";
import {
  allowed,
  framedPdf,
  type PageContext,
  type PageEnv,
  parseWith,
  readForm,
} from "../page/request.ts";
import { type Draft, draftOf, newCustomerOf, pointerWords, withoutWrong } from "./fields.ts";
import { GapList, NoGapsYet } from "./gap-list.tsx";
import { Paper, Sheets } from "./paper.tsx";
import { UnreadableList } from "./unreadable-list.tsx";

export const documentPreviews = new Hono<PageEnv>();

/** Errors that are left out at most: the schema names all of its own at once, the verb one each. */
const MAX_ERRORS = 10;

for (const kind of DRAFT_KINDS) {
  const { path } = KINDS[kind];
  documentPreviews.post(`/${path}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const sent = await readForm(c);
    const { body } = draftOf(kind, sent);
    const id = c.req.param("id") ?? null;
    const customer = newCustomerOf(sent);
    const { draft, errors } = await previewOf(c.env, actor, { kind, body, customer, id });
    const isFor = id !== null || customer !== null || body.customer_id !== undefined;
    if (c.req.query("as") !== "pdf") {
      const drawn = await drawnDocument(c.env, draft, actor.nowMs);
      return c.html(<Parts parts={await partsOf(c, { draft, errors }, isFor, drawn)} />);
    }
    const isWhole = errors.length === 0 && body.lines.length > 0;
    if (!isWhole) return asPage(c, draft, errors);
    const bytes = await draftPreviewPdf(c.env, draft, actor.nowMs);
    return framedPdf(c, bytes, "preview.pdf");
  });
}

/** `body` is null for a draft as it is stored, `customer` unless one is typed with it. */
type Unfinished = {
  kind: DraftKind;
  body: Draft["body"] | null;
  customer: Body | null;
  id: string | null;
  /** The draft of that id, where it has been read. */
  stored?: Document | null;
};
type Preview = { draft: Document; errors: FieldError[] };

/** The draft of what is right in a body, and the errors of the rest. Errors: 404 for the draft. */
async function previewOf(
  env: Env,
  actor: Actor,
  { kind, body, customer, id, stored }: Unfinished,
): Promise<Preview> {
  const { typed, errors } = typedOf(customer);
  const draft = id === null ? null : (stored ?? (await ownDocument(env, actor, kind, id)));
  const of = { draft, typed };
  if (body === null) return { draft: await previewDraft(env, actor, kind, {}, of), errors };
  let rest = body;
  for (;;) {
    try {
      const { lines, ...content } = rest;
      const schema = DRAFT_SCHEMAS[kind].change;
      const given =
        lines.length > 0 ? parseWith(schema, rest) : { ...parseWith(schema, content), lines: [] };
      return { draft: await previewDraft(env, actor, kind, given, of), errors };
    } catch (error) {
      const found = errorsOf(error, rest);
      if (found.length === 0 || errors.length > MAX_ERRORS) throw error;
      errors.push(...found);
      rest = withoutWrong(rest, found);
    }
  }
}

/** What is right of a customer that is typed with a draft, and the errors of the rest. */
function typedOf(customer: Body | null): { typed: CustomerChange | null; errors: FieldError[] } {
  if (customer === null) return { typed: null, errors: [] };
  const errors: FieldError[] = [];
  const rest: Body = { ...customer };
  for (;;) {
    try {
      return { typed: parseWith(customerChangeSchema, rest), errors };
    } catch (error) {
      const found = error instanceof Problem ? (error.extra.errors ?? []) : [];
      if (found.length === 0) throw error;
      for (const { pointer, detail } of found) {
        delete rest[pointer.split("/")[1] ?? ""];
        errors.push({ pointer: `/new_customer${pointer}`, detail });
      }
    }
  }
}

function errorsOf(error: unknown, body: Draft["body"]): readonly FieldError[] {
  if (!(error instanceof Problem)) return [];
  if (error.status === 422) return error.extra.errors ?? [];
  const isCustomer = error.status === 404 && body.customer_id !== undefined;
  return isCustomer ? [{ pointer: "/customer_id", detail: "is not found" }] : [];
}

/** What stands beside the form: what is not drawn yet, what the draft would lack, its pages. */
type BesideParts = {
  errors: readonly FieldError[];
  isAsked: boolean;
  isForSomebody: boolean;
  findings: Findings;
  drawn: Drawn;
};

async function partsOf(
  c: PageContext,
  { draft, errors }: Preview,
  isForSomebody: boolean,
  drawn: Drawn,
): Promise<BesideParts> {
  const isAsked = KINDS[draft.kind].eInvoice !== null;
  const findings = await findingsOf(c.env, draft, c.var.actor.nowMs);
  return { errors, isAsked, isForSomebody, findings, drawn };
}

/** A form's preview beside it, as the form is first shown. Errors: 404 for the draft. */
export async function previewBeside(c: PageContext, unfinished: Unfinished) {
  const { body, customer, id } = unfinished;
  const { nowMs } = c.var.actor;
  const preview = await previewOf(c.env, c.var.actor, unfinished);
  const drawn = await drawnDocument(c.env, preview.draft, nowMs);
  const isFor = id !== null || customer !== null || body?.customer_id !== undefined;
  const parts = await partsOf(c, preview, isFor, drawn);
  return (
    <aside class="beside" aria-label="Preview">
      <Warnings {...parts} />
      <Paper drawn={drawn} name="Pages">
        <NotDrawn errors={preview.errors} />
      </Paper>
    </aside>
  );
}

/** The same parts for the script that puts them in the place of the former ones. */
function Parts({ parts }: { parts: BesideParts }) {
  return (
    <>
      <Warnings {...parts} />
      <NotDrawn errors={parts.errors} />
      <Sheets drawn={parts.drawn} />
    </>
  );
}

function Warnings({ isAsked, isForSomebody, findings: { eInvoice, unreadable } }: BesideParts) {
  return (
    <div data-part="warnings" data-warnings aria-live="polite">
      {isAsked && !isForSomebody && <NoGapsYet />}
      {eInvoice && isForSomebody && <GapList state={eInvoice} isFinal={false} />}
      <UnreadableList texts={unreadable} />
    </div>
  );
}

function NotDrawn({ errors }: { errors: readonly FieldError[] }) {
  return (
    <div data-part="errors" class="not-drawn" aria-live="polite">
      {errors.length > 0 && <p>{notDrawnText(errors)}</p>}
    </div>
  );
}

function notDrawnText(errors: readonly FieldError[]): string {
  const said = errors.map(({ pointer, detail }) => `${pointerWords(pointer)} ${detail}`);
  return `Not drawn yet: ${said.join("; ")}`;
}

/** The pages in a tab of their own, where no PDF can be made yet. */
async function asPage(c: PageContext, draft: Document, errors: readonly FieldError[]) {
  const drawn = await drawnDocument(c.env, draft, c.var.actor.nowMs);
  c.header("Content-Security-Policy", PREVIEW_POLICY);
  const html = previewHtml(drawn, facesAt(c.req.url));
  if (errors.length === 0) return c.html(html);
  const style = "background:#fdeae8;color:#8c1d17;padding:.6rem .9rem;font:1rem system-ui";
  const note = <p style={style}>{notDrawnText(errors)}</p>;
  return c.html(html.replace("<body>", (body) => `${body}${note}`));
}
