/** /dashboard/{quotes,invoices}/new and …/edit: the form, with the document beside it. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { Problem } from "../../core/errors.ts";
import { changeDraft, createDraft, type DraftKind, ownDocument } from "../../documents/draft.ts";
import { listCustomers, readCustomer } from "../../documents/party-store.ts";
import { previewDocument } from "../../documents/print.ts";
import {
  invoiceChangeSchema,
  invoiceSchema,
  quoteChangeSchema,
  quoteSchema,
} from "../../documents/schema.ts";
import { sketchDraft, sketchPdf } from "../../documents/sketch.ts";
import { showDocument } from "../../documents/view.ts";
import { trackInvoiceGeneration, trackQuoteGeneration } from "../../metering/track.ts";
import { FormField } from "../component/field.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import type { Body } from "../form.ts";
import { page, refusalOf } from "../page.tsx";
import {
  allowed,
  allowFraming,
  type PageContext,
  type PageEnv,
  parsed,
  readForm,
  seeOther,
} from "../request.ts";
import {
  type Choice,
  draftOf,
  fieldErrors,
  LINE_FIELDS,
  MORE_FIELDS,
  mainFields,
  REST,
  shownDraft,
  TEXT_FIELDS,
} from "./fields.ts";

export const documentFormRoutes = new Hono<PageEnv>();

const CREATED = { quote: quoteSchema, invoice: invoiceSchema } as const;
const CHANGED = { quote: quoteChangeSchema, invoice: invoiceChangeSchema } as const;
const TRACKED = { quote: trackQuoteGeneration, invoice: trackInvoiceGeneration } as const;
const NOTHING_YET =
  "<!doctype html><title>Preview</title>" +
  "<style>body { font: 15px/1.5 system-ui, sans-serif; color: #596273; padding: 2rem }</style>" +
  "<p>The document shows here once it has a line with a quantity and a price.</p>";
const MAX_CHOICES = 500;
const SPARE_ROWS = 3;
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

for (const kind of ["quote", "invoice"] as const) {
  const base = `/${kind}s`;

  documentFormRoutes.get(`${base}/new`, async (c) => {
    const actor = allowed(c, "documents.write");
    const shown = { customer_id: c.req.query("customer_id") ?? "", lines: [] };
    return formPage(c, actor, { kind, id: null, shown, refused: null });
  });

  documentFormRoutes.post(base, async (c) => {
    const actor = allowed(c, "documents.write");
    const { body, shown } = draftOf(kind, await readForm(c));
    try {
      const made = await createDraft(c.env, actor, kind, parsed(CREATED[kind], body));
      c.executionCtx.waitUntil(TRACKED[kind](c.env, actor, made.id));
      return seeOther(c, `${base}/${made.id}`, "created");
    } catch (error) {
      return formPage(c, actor, { kind, id: null, shown, refused: refusalOf(error) });
    }
  });

  documentFormRoutes.get(`${base}/:id/edit`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const document = await ownDocument(c.env, actor, kind, id);
    if (document.status !== "draft") return seeOther(c, `${base}/${id}`);
    const view = parseJsonExactly(JSON.stringify(showDocument(document, actor.nowMs))) as Body;
    return formPage(c, actor, { kind, id, shown: shownDraft(view), refused: null });
  });

  documentFormRoutes.post(`${base}/:id/edit`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const { body, shown } = draftOf(kind, await readForm(c));
    try {
      await changeDraft(c.env, actor, kind, id, parsed(CHANGED[kind], body));
      return seeOther(c, `${base}/${id}`, "saved");
    } catch (error) {
      return formPage(c, actor, { kind, id, shown, refused: refusalOf(error) });
    }
  });

  documentFormRoutes.post(`${base}/preview/:id?`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { body } = draftOf(kind, await readForm(c));
    try {
      const given = parsed(CHANGED[kind], body);
      return await preview(c, actor, kind, given, c.req.param("id") ?? null);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      allowFraming(c, PAGE_POLICY);
      return c.html(NOTHING_YET);
    }
  });
}

async function preview(
  c: PageContext,
  actor: Actor,
  kind: DraftKind,
  given: Parameters<typeof sketchDraft>[3],
  draftId: string | null,
): Promise<Response> {
  const sketch = await sketchDraft(c.env, actor, kind, given, draftId);
  if (c.req.query("as") === "pdf") {
    const bytes = await sketchPdf(c.env, sketch, actor.nowMs);
    allowFraming(c, "default-src 'none'");
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": "application/pdf",
      "Content-Disposition": "inline; filename=preview.pdf",
    });
  }
  const html = await previewDocument(c.env, sketch, actor.nowMs);
  allowFraming(c, PAGE_POLICY);
  return c.html(html);
}

type Shown = { kind: DraftKind; id: string | null; shown: Body; refused: Refused | null };

async function formPage(c: PageContext, actor: Actor, { kind, id, shown, refused }: Shown) {
  const customers = await choicesFor(c, actor, String(shown.customer_id ?? ""));
  const base = `/dashboard/${kind}s`;
  const action = id === null ? base : `${base}/${id}/edit`;
  const target = `${base}/preview${id === null ? "" : `/${id}`}`;
  const title = id === null ? `New ${kind}` : `Edit the ${kind}`;
  const found = refused && { ...refused, errors: fieldErrors(refused.errors) };
  const fields = [...mainFields(kind, customers), ...MORE_FIELDS, ...TEXT_FIELDS];
  return page(
    c,
    { title, section: `${kind}s`, status: refused ? 422 : 200 },
    <>
      <h1>{title}</h1>
      <Refusal refused={found} fields={[...fields.map(({ pointer }) => pointer), "/lines"]} />
      <div class="split">
        <Form action={action} token={c.var.session.formToken} preview={target}>
          <div class="columns">
            <Fields fields={mainFields(kind, customers)} body={shown} refused={found} />
          </div>
          {customers.length === 0 && (
            <p>
              There is no customer yet: <a href="/dashboard/customers/new">add the first one</a>.
            </p>
          )}
          <Lines shown={shown} refused={found} />
          <details class="more" open={found !== null}>
            <summary>More</summary>
            <div class="columns">
              <Fields fields={MORE_FIELDS} body={shown} refused={found} />
            </div>
            <Fields fields={TEXT_FIELDS} body={shown} refused={found} />
          </details>
          <div class="actions">
            <button type="submit" class="primary">
              {id === null ? "Create the draft" : "Save the draft"}
            </button>
            <button
              type="submit"
              formaction={`${target}?as=pdf`}
              formtarget="_blank"
              data-preview-page
            >
              Preview
            </button>
          </div>
        </Form>
        <aside class="beside" aria-label="Preview">
          <div class="frames" data-frames />
        </aside>
      </div>
    </>,
  );
}

function Lines({ shown, refused }: { shown: Body; refused: Refused | null }) {
  const lines = Array.isArray(shown.lines) ? shown.lines : [];
  const count = lines.length + SPARE_ROWS;
  const wrong = refused?.errors.find(({ pointer }) => pointer === "/lines");
  return (
    <div data-rows>
      {wrong && <p class="error">{wrong.detail}</p>}
      {Array.from({ length: count }, (_, i) => (
        <fieldset class="lines" data-row>
          <legend class="unseen">Line {i + 1}</legend>
          <div class="row">
            {LINE_FIELDS.map((field) => (
              <FormField
                field={{ ...field, pointer: `/lines/${i}${field.pointer}` }}
                body={shown}
                errors={refused?.errors}
              />
            ))}
          </div>
          {lines[i]?.rest && (
            <input type="hidden" name={`/lines/${i}${REST}`} value={String(lines[i].rest)} />
          )}
        </fieldset>
      ))}
    </div>
  );
}

async function choicesFor(c: PageContext, actor: Actor, chosen: string): Promise<Choice[]> {
  const filter = { text: null, before: null, limit: MAX_CHOICES };
  const rows = await listCustomers(c.env.DB, actor.tenantId, filter);
  const isListed = chosen === "" || rows.some(({ id }) => id === chosen);
  const own = isListed ? null : await readCustomer(c.env.DB, actor.tenantId, chosen);
  return [...(own ? [own] : []), ...rows].map(({ id, name }) => ({ value: id, label: name }));
}
