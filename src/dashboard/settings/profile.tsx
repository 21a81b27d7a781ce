/** /dashboard/settings/profile: who issues the tenant's documents. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { issuerRoutes } from "../../documents/routes/issuer-routes.ts";
import { showIssuer } from "../../documents/wire/party-view.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Groups } from "../component/groups.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { currencyOptions } from "../form/code-options.ts";
import { FORMATS_PART, formatRows, STRICT_FIELD, withFormats } from "../form/e-invoice-fields.ts";
import { type Body, bodyOf, clearEmpty, type Field, type Part, setParts } from "../form/form.ts";
import { grouped } from "../form/group.ts";
import { IDENTIFIER_PART, SELLER_FIELDS, SELLER_WHOLES } from "../form/particular-fields.ts";
import {
  ADDRESS_FIELDS,
  CONTACT_FIELDS,
  LANGUAGE_OPTIONS,
  PARTY_ID_FIELDS,
  PARTY_WHOLES,
  TAX_ID_FIELDS,
  ZONE_FIELD,
} from "../form/party-fields.ts";
import { STEPS_FIELD, stepLines, withSteps } from "../form/settlement-fields.ts";
import { PERCENT_FIELD, TAX_FIELDS, TAX_PART, taxValues, withTax } from "../form/tax-fields.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const profilePages = new Hono<PageEnv>();

const FORMAT = { kind: "line", placeholder: "INV-{YYYY}-{###}" } as const;
const GROUPS: readonly (readonly [string, readonly Field[]])[] = [
  [
    "You",
    [
      { pointer: "/legal_name", label: "Legal name", kind: "line", required: true },
      ...CONTACT_FIELDS,
    ],
  ],
  ["Address", ADDRESS_FIELDS],
  [
    "Billing defaults",
    [
      ZONE_FIELD,
      { pointer: "/currency", label: "Currency", kind: "choice", options: currencyOptions() },
      { pointer: "/language", label: "Language", kind: "choice", options: LANGUAGE_OPTIONS },
      { pointer: "/payment_terms_days", label: "Payment terms in days", kind: "integer" },
    ],
  ],
  [
    "Bank account",
    [
      { pointer: "/bank/holder", label: "Account holder", kind: "line", clears: true },
      { pointer: "/bank/iban", label: "IBAN", kind: "line", clears: true },
      { pointer: "/bank/bic", label: "BIC", kind: "line", clears: true },
      { pointer: "/bank/name", label: "Bank", kind: "line", clears: true },
    ],
  ],
  ["Tax", [...TAX_ID_FIELDS, PERCENT_FIELD, ...TAX_FIELDS]],
];
const MORE_FIELDS: readonly Field[] = [
  { pointer: "/number_formats/invoice", label: "Invoice numbers", ...FORMAT },
  { pointer: "/number_formats/quote", label: "Quote numbers", ...FORMAT },
  { pointer: "/number_formats/credit_note", label: "Credit note numbers", ...FORMAT },
  {
    pointer: "/page_size",
    label: "Paper size",
    kind: "choice",
    clears: true,
    options: [
      { value: "", label: "By the customer's country" },
      { value: "a4", label: "A4" },
      { value: "letter", label: "Letter" },
    ],
  },
  {
    pointer: "/pay_url",
    label: "Payment URL",
    kind: "line",
    clears: true,
    placeholder: "https://pay.example/{invoice_id}",
  },
  { pointer: "/bank/upi", label: "UPI address", kind: "line", clears: true },
  {
    pointer: "/tax_currency",
    label: "Accounting currency for tax",
    kind: "choice",
    clears: true,
    options: currencyOptions({ value: "", label: "Same as the document" }),
  },
  STEPS_FIELD,
  ...PARTY_ID_FIELDS,
  ...SELLER_FIELDS,
  ...ADDRESS_FIELDS.map(({ clears: _, ...field }) => ({
    ...field,
    pointer: `/tax_representative${field.pointer}`,
    label: `Its ${field.label.toLowerCase()}`,
  })),
  STRICT_FIELD,
];
const ACCOUNT_PART: Part = {
  pointer: "/bank/account",
  legend: "Account detail",
  fields: [
    { pointer: "/label", label: "Other account detail", kind: "line", placeholder: "Sort code" },
    { pointer: "/value", label: "Value", kind: "line" },
  ],
  most: 4,
};
const PARTS = [ACCOUNT_PART, TAX_PART, IDENTIFIER_PART];
const ALL_PARTS = [...PARTS, FORMATS_PART];
const MORE_GROUPS = grouped(
  [
    ["Numbers and paper", ["/number_formats", "/page_size"]],
    ["Payment", ["/pay_url", "/bank", "/rounding", "/steps"]],
    [
      "E-invoices",
      ["/strict", "/e_invoice_formats", "/legal_id", "/electronic_address", "/identifiers"],
    ],
    ["Tax", ["/tax_currency", "/tax"]],
    ["Payee, if not you", ["/payee"]],
    ["Tax representative", ["/tax_representative"]],
    ["On every document", ["/legal_information"]],
  ],
  MORE_FIELDS,
  ALL_PARTS,
);
const FIELDS = [...GROUPS.flatMap(([, fields]) => fields), ...MORE_FIELDS];

profilePages.get("/settings/profile", async (c) => {
  const actor = allowed(c, "documents.read");
  const stored = await storedProfile(c.env, actor);
  const steps = stepLines(stored.rounding);
  const values = {
    ...stored,
    steps,
    tax: taxValues(stored.tax as Body),
    e_invoice_formats: formatRows(stored.e_invoice_formats),
  };
  return profilePage(c, actor, { values, refused: null });
});

profilePages.post("/settings/profile", async (c) => {
  const actor = allowed(c, "settings.write");
  const sent = await readForm(c);
  const values = bodyOf(FIELDS, sent);
  setParts(values, ALL_PARTS, sent);
  clearEmpty(values, ["/bank", ...PARTY_WHOLES, ...SELLER_WHOLES]);
  try {
    // The profile is replaced as a whole; its reminders have a form of their own.
    const { reminder_days } = await storedProfile(c.env, actor);
    const body = withSteps(withFormats(withTax({ ...values, reminder_days })));
    await runOperation(c, issuerRoutes, { method: "PUT", path: apiPath(["issuer"]), body });
    return seeOther(c, "/settings/profile", "saved");
  } catch (error) {
    return profilePage(c, actor, { values, refused: refusalOf(error) });
  }
});

/** The stored profile as a body for the API: decimals are text, counts of days are numbers. */
export async function storedProfile(env: Env, actor: Actor): Promise<Body> {
  const { payment_terms_days, reminder_days, ...rest } = showIssuer(await issuerOf(env, actor));
  const exact = parseJsonExactly(JSON.stringify(rest)) as Body;
  return { ...exact, payment_terms_days, reminder_days };
}

type ProfileForm = { values: Body; refused: Refused | null };

function profilePage(c: PageContext, actor: Actor, { values, refused }: ProfileForm) {
  return page(
    c,
    { title: "Profile", section: "settings", status: refused ? 422 : 200 },
    <>
      <Tabs current="profile" role={actor.role} />
      <Refusal refused={refused} fields={[...FIELDS, ...PARTS].map(({ pointer }) => pointer)} />
      <Form action="/dashboard/settings/profile" token={c.var.session.formToken} class="card">
        {GROUPS.map(([head, fields]) => (
          <fieldset>
            <legend>{head}</legend>
            <div class="columns">
              <Fields fields={fields} body={values} refused={refused} />
            </div>
          </fieldset>
        ))}
        <details class="more" open={refused !== null}>
          <summary>Numbering, paper, payment, e-invoices, tax representative and more</summary>
          <Groups groups={MORE_GROUPS} at="" values={values} refused={refused} />
        </details>
        <Suggestions fields={FIELDS} />
        <Permitted role={actor.role} needs="settings.write" label="Save" act="change the profile">
          <button type="submit" class="primary">
            Save
          </button>
        </Permitted>
      </Form>
    </>,
  );
}
