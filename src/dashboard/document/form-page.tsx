/** /dashboard/{quotes,invoices}/new and …/edit: the form, with the document beside it. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { Problem } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../../documents/kind/registry.ts";
import { ownDocument } from "../../documents/lifecycle/draft.ts";
import { isPossible } from "../../documents/lifecycle/transition.ts";
import { documentRoutes } from "../../documents/routes.ts";
import type { Document } from "../../documents/store/row.ts";
import { showDocument } from "../../documents/wire/document-view.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Groups } from "../component/groups.tsx";
import { customerChoices, depositChoices } from "../form/choice.ts";
import type { Body, Sent } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import {
  type Draft,
  draftOf,
  draftValues,
  mainFields,
  moreFields,
  moreGroups,
  NEW_CUSTOMER_FIELDS,
  newCustomerOf,
  partsOf,
  TEXT_FIELDS,
} from "./fields.ts";
import { Lines } from "./line-rows.tsx";
import { previewBeside } from "./preview.tsx";

export const documentForms = new Hono<PageEnv>();

for (const kind of DRAFT_KINDS) {
  const base = `/${KINDS[kind].path}`;

  documentForms.get(`${base}/new`, async (c) => {
    const actor = allowed(c, "documents.write");
    const customer = c.req.query("customer_id") ?? "";
    const values = { customer_id: customer, lines: [] };
    const draft = { ...(customer === "" ? {} : { customer_id: customer }), lines: [] };
    return formPage(c, actor, { kind, id: null, values, draft, refused: null });
  });

  documentForms.post(base, async (c) => {
    const actor = allowed(c, "documents.write");
    const sent = await readForm(c);
    const { body, values } = draftOf(kind, sent);
    try {
      const path = apiPath([KINDS[kind].path]);
      const of = await withCustomer(c, sent, { body, values });
      const { id } = await runOperation(c, documentRoutes, { method: "POST", path, body: of });
      return seeOther(c, `${base}/${id}`, "created");
    } catch (error) {
      return formPage(c, actor, { kind, id: null, values, draft: body, refused: refusalOf(error) });
    }
  });

  documentForms.get(`${base}/:id/edit`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const document = await ownDocument(c.env, actor, kind, id);
    if (!isPossible("edit", document)) return seeOther(c, `${base}/${id}`);
    return formPage(c, actor, {
      kind,
      id,
      values: storedValues(document, actor.nowMs),
      draft: null,
      stored: document,
      refused: null,
    });
  });

  documentForms.post(`${base}/:id/edit`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const sent = await readForm(c);
    const { body, values } = draftOf(kind, sent);
    try {
      const path = apiPath([KINDS[kind].path, id]);
      const of = await withCustomer(c, sent, { body, values });
      await runOperation(c, documentRoutes, { method: "PATCH", path, body: of });
      return seeOther(c, `${base}/${id}`, "saved");
    } catch (error) {
      return formPage(c, actor, { kind, id, values, draft: body, refused: refusalOf(error) });
    }
  });
}

/**
 * The body with the customer that was typed with it, which is added first: should the draft be
 * refused, its form has that customer chosen. Errors: those of adding it, at the form's fields.
 */
async function withCustomer(c: PageContext, sent: Sent, { body, values }: Draft): Promise<Body> {
  const customer = newCustomerOf(sent);
  if (!customer) return body;
  values.new_customer = customer;
  const path = apiPath(["customers"]);
  try {
    const { id } = await runOperation(c, documentRoutes, { method: "POST", path, body: customer });
    delete values.new_customer;
    values.customer_id = id;
    return { ...body, customer_id: id };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const errors = (error.extra.errors ?? []).map((one) => ({
      ...one,
      pointer: `/new_customer${one.pointer}`,
    }));
    throw new Problem(error.code, error.message, { errors });
  }
}

/** A draft's values as they were typed: the API shows adjustments split by tax. */
function storedValues(document: Document, nowMs: number): Body {
  const view = parseJsonExactly(JSON.stringify(showDocument(document, nowMs))) as Body;
  const { accounting, currency } = document;
  const adjustments = document.adjustments.map(({ amountMinor, ...rest }) => ({
    ...rest,
    amount: amountMinor === null ? null : moneyText(BigInt(amountMinor), currency),
  }));
  return draftValues({ ...view, accounting, adjustments });
}

type DraftForm = {
  kind: DraftKind;
  id: string | null;
  values: Body;
  /** What the form holds, to be drawn; null for a draft as it is stored. */
  draft: Draft["body"] | null;
  /** That draft, where it has been read. */
  stored?: Document;
  refused: Refused | null;
};

async function formPage(
  c: PageContext,
  actor: Actor,
  { kind, id, values, draft, stored, refused }: DraftForm,
) {
  const { tenantId } = actor;
  const chosenCustomer = String(values.customer_id ?? "");
  const chosen = Array.isArray(values.deposits) ? values.deposits.map(String) : [];
  const customer = (values.new_customer as Body | undefined) ?? null;
  const [customers, deposits, preview] = await Promise.all([
    customerChoices(c.env.DB, actor, chosenCustomer),
    KINDS[kind].owed ? depositChoices(c.env.DB, tenantId, chosenCustomer, chosen) : [],
    previewBeside(c, { kind, id, body: draft, customer, stored: stored ?? null }),
  ]);
  const { noun, path } = KINDS[kind];
  const isTyped = values.new_customer !== undefined;
  const base = `/dashboard/${path}`;
  const action = id === null ? base : `${base}/${id}/edit`;
  const target = `${base}/preview${id === null ? "" : `/${id}`}`;
  const title = id === null ? `New ${noun}` : `Edit ${noun}`;
  const more = moreFields(kind, deposits);
  const fields = [...mainFields(kind, customers), ...more, ...TEXT_FIELDS, ...partsOf(kind)];
  const ofCustomer = NEW_CUSTOMER_FIELDS.map(({ pointer }) => pointer);
  return page(
    c,
    { title, section: kind, status: refused ? 422 : 200 },
    <>
      <h1>{title}</h1>
      <Refusal
        refused={refused}
        fields={[...fields.map(({ pointer }) => pointer), ...ofCustomer, "/lines"]}
      />
      <div class="split">
        <Form
          action={action}
          token={c.var.session.formToken}
          preview={target}
          items="/dashboard/items/offered"
        >
          <div class="columns">
            <Fields fields={mainFields(kind, customers)} body={values} refused={refused} />
          </div>
          <details class="more" open={customers.length === 0 || isTyped}>
            <summary>New customer</summary>
            <p class="hint">Added with this draft; leave the name empty to choose one above.</p>
            <div class="columns">
              <Fields fields={NEW_CUSTOMER_FIELDS} body={values} refused={refused} />
            </div>
          </details>
          <Lines values={values} refused={refused} />
          <details class="more" open={refused !== null}>
            <summary>Currency, delivery, payment, references, discounts and texts</summary>
            <Groups groups={moreGroups(kind, deposits)} at="" values={values} refused={refused} />
          </details>
          <div class="actions">
            <button type="submit" class="primary">
              {id === null ? "Create draft" : "Save draft"}
            </button>
            <button type="submit" formaction={`${target}?as=pdf`} formtarget="_blank">
              Open the PDF
            </button>
          </div>
        </Form>
        {preview}
      </div>
    </>,
  );
}
