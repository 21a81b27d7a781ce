/** /dashboard/customers: the list with its search, and a customer's form. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { customerOf } from "../../documents/party/customer.ts";
import { customerRoutes } from "../../documents/routes/customer-routes.ts";
import { showCustomer } from "../../documents/wire/party-view.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Groups } from "../component/groups.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { currencyOptions } from "../form/code-options.ts";
import { FORMAT_FIELD } from "../form/e-invoice-fields.ts";
import {
  type Body,
  bodiesOf,
  bodyOf,
  changedIn,
  clearEmpty,
  type Field,
  type Sent,
  setAt,
  setParts,
} from "../form/form.ts";
import { grouped } from "../form/group.ts";
import { IDENTIFIER_PART } from "../form/particular-fields.ts";
import {
  ADDRESS_FIELDS,
  CONTACT_FIELDS,
  LANGUAGE_OPTIONS,
  PARTY_ID_FIELDS,
  PARTY_WHOLES,
  TAX_ID_FIELDS,
} from "../form/party-fields.ts";
import { PERCENT_FIELD, TAX_FIELDS, TAX_PART, taxValues, withTax } from "../form/tax-fields.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { customerListPages } from "./customer-list.tsx";

export const customerPages = new Hono<PageEnv>();
customerPages.route("/", customerListPages);

const ANY = { value: "", label: "Your default" };

const NAME_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true },
  ...CONTACT_FIELDS,
];
const BILLING_FIELDS: readonly Field[] = [
  ...TAX_ID_FIELDS,
  {
    pointer: "/language",
    label: "Language",
    kind: "choice",
    options: [ANY, ...LANGUAGE_OPTIONS],
    clears: true,
  },
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: currencyOptions(ANY),
    clears: true,
  },
  { pointer: "/payment_terms_days", label: "Payment terms in days", kind: "integer", clears: true },
  { pointer: "/reference", label: "Your reference", kind: "line", clears: true },
  { pointer: "/customer_number", label: "Customer number", kind: "line", clears: true },
  {
    pointer: "/buyer_reference",
    label: "Buyer reference",
    kind: "line",
    clears: true,
    hint: "shown on documents unless they have their own",
  },
];
const MORE_FIELDS: readonly Field[] = [
  PERCENT_FIELD,
  ...TAX_FIELDS,
  ...PARTY_ID_FIELDS,
  FORMAT_FIELD,
  { pointer: "/shipping/name", label: "Ship to", kind: "line", clears: true },
  ...ADDRESS_FIELDS.map((field) => ({
    ...field,
    pointer: `/shipping${field.pointer}`,
    label: `${field.label} (shipping)`,
  })),
  { pointer: "/mandate/reference", label: "SEPA mandate reference", kind: "line", clears: true },
  { pointer: "/mandate/iban", label: "IBAN to debit", kind: "line", clears: true },
  { pointer: "/mandate/creditor_id", label: "Your creditor ID", kind: "line", clears: true },
];
const MORE_GROUPS = grouped(
  [
    ["Tax", ["/tax"]],
    ["Delivery", ["/shipping"]],
    ["Direct debit", ["/mandate"]],
    ["E-invoices", []],
  ],
  MORE_FIELDS,
  [TAX_PART, IDENTIFIER_PART],
);
const WHOLES = ["/tax", "/shipping", "/mandate", ...PARTY_WHOLES];
const ALL_FIELDS = [...NAME_FIELDS, ...ADDRESS_FIELDS, ...BILLING_FIELDS, ...MORE_FIELDS];

function customerIn(sent: Sent): Body {
  const values = bodyOf(ALL_FIELDS, sent);
  setParts(values, [TAX_PART], sent);
  setAt(values, IDENTIFIER_PART.pointer, bodiesOf(sent, "", IDENTIFIER_PART));
  clearEmpty(values, WHOLES);
  return values;
}

customerPages.get("/customers/new", (c) => {
  allowed(c, "documents.write");
  return formPage(c, { id: null, values: {}, refused: null });
});

customerPages.post("/customers", async (c) => {
  allowed(c, "documents.write");
  const values = customerIn(await readForm(c));
  try {
    const { id } = await runOperation(c, customerRoutes, {
      method: "POST",
      path: apiPath(["customers"]),
      body: withTax(values),
    });
    return seeOther(c, `/customers/${id}`, "created");
  } catch (error) {
    return formPage(c, { id: null, values, refused: refusalOf(error) });
  }
});

customerPages.get("/customers/:id/edit", async (c) => {
  const actor = allowed(c, "documents.read");
  const id = c.req.param("id");
  return formPage(c, { id, values: await customerValues(c, actor, id), refused: null });
});

async function customerValues(c: PageContext, actor: Actor, id: string): Promise<Body> {
  const row = await customerOf(c.env, actor, id);
  const { payment_terms_days, ...view } = showCustomer(row);
  const values = parseJsonExactly(JSON.stringify(view)) as Body;
  return { ...values, payment_terms_days, tax: values.tax && taxValues(values.tax as Body) };
}

customerPages.post("/customers/:id", async (c) => {
  const actor = allowed(c, "documents.write");
  const id = c.req.param("id");
  const values = customerIn(await readForm(c));
  try {
    const path = apiPath(["customers", id]);
    const stored = showCustomer(await customerOf(c.env, actor, id)) as Body;
    const body = changedIn(withTax(values), stored);
    await runOperation(c, customerRoutes, { method: "PATCH", path, body });
    return seeOther(c, `/customers/${id}`, "saved");
  } catch (error) {
    return formPage(c, { id, values, refused: refusalOf(error) });
  }
});

type CustomerForm = { id: string | null; values: Body; refused: Refused | null };

function formPage(c: PageContext, { id, values, refused }: CustomerForm) {
  const name = String(values.name ?? "Customer");
  const title = id === null ? "New customer" : `Edit ${name}`;
  return page(
    c,
    { title, section: "customers", status: refused ? 422 : 200 },
    <>
      <p class="muted">
        {id === null ? (
          <a href="/dashboard/customers">Customers</a>
        ) : (
          <a href={`/dashboard/customers/${id}`}>{name}</a>
        )}
      </p>
      <h1>{title}</h1>
      <Refusal
        refused={refused}
        fields={[...ALL_FIELDS, TAX_PART, IDENTIFIER_PART].map(({ pointer }) => pointer)}
      />
      <Form
        action={`/dashboard/customers${id === null ? "" : `/${id}`}`}
        token={c.var.session.formToken}
        class="card"
      >
        <div class="columns">
          <Fields fields={NAME_FIELDS} body={values} refused={refused} />
        </div>
        <div class="columns">
          <Fields fields={ADDRESS_FIELDS} body={values} refused={refused} />
        </div>
        <div class="columns">
          <Fields fields={BILLING_FIELDS} body={values} refused={refused} />
        </div>
        <details class="more" open={refused !== null}>
          <summary>Tax, e-invoices, delivery and direct debit</summary>
          <Groups groups={MORE_GROUPS} at="" values={values} refused={refused} />
        </details>
        <Suggestions fields={ALL_FIELDS} />
        <Permitted
          role={c.var.actor.role}
          needs="documents.write"
          label="Save"
          act="change customers"
        >
          <button type="submit" class="primary">
            {id === null ? "Add customer" : "Save"}
          </button>
        </Permitted>
      </Form>
    </>,
  );
}
