/** /dashboard/billing/credits: a tenant's grants and what is left of them; the operator gives. */
import { Hono } from "hono";
import { readTenant } from "../../accounts/store/tenant-store.ts";
import { creditRoutes } from "../../billing/credit/credit-routes.ts";
import { scaledInteger } from "../../core/decimal.ts";
import { currencyExponent, RATE_DECIMALS } from "../../core/money.ts";
import { parseTime } from "../../core/time.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import type { Question } from "../component/question.tsx";
import { chosenTenant, tenantChoices } from "../form/choice.ts";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { amountText, dayText, startOfDay } from "./display.ts";
import { BillingTabs } from "./tabs.tsx";

export const creditPages = new Hono<PageEnv>();

const PATH = "/billing/credits";
const TENANT: Field = { pointer: "/tenant_id", label: "Tenant", kind: "choice", required: true };
const GIVEN_FIELDS: readonly Field[] = [
  {
    pointer: "/kind",
    label: "Kind",
    kind: "choice",
    options: [
      { value: "granted", label: "granted: reduces the net before tax" },
      { value: "purchased", label: "purchased: pays the amount due" },
    ],
  },
  { pointer: "/amount", label: "Amount", kind: "decimal", required: true },
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: currencyOptions(),
  },
  { pointer: "/expires_at", label: "Expires", kind: "day", hint: "empty: never" },
  { pointer: "/note", label: "Note", kind: "line" },
];

creditPages.get(PATH, (c) => {
  allowed(c, "billing.read");
  return creditsPage(c, {});
});

creditPages.post(PATH, async (c) => {
  allowed(c, "operator.subscriptions");
  const sent = await readForm(c);
  const values = bodyOf([TENANT, ...GIVEN_FIELDS], sent);
  const body: Body = { ...values, expires_at: startOfDay(values.expires_at) };
  try {
    const asked = await ask(c, sent, () => grantQuestion(c, values));
    if (asked) return asked;
    await runOperation(c, creditRoutes, { method: "POST", path: apiPath(["credits"]), body });
    return seeOther(
      c,
      `${PATH}?tenant_id=${encodeURIComponent(String(body.tenant_id))}`,
      "granted",
    );
  } catch (error) {
    return creditsPage(c, { values, refused: refusalOf(error) });
  }
});

async function grantQuestion(c: PageContext, values: Body): Promise<Question> {
  const { format } = c.var;
  const tenant = await readTenant(c.env.DB, String(values.tenant_id ?? ""));
  const known =
    scaledInteger(String(values.amount ?? ""), RATE_DECIMALS).ok &&
    currencyExponent(String(values.currency ?? "")) !== null;
  const amount = known ? amountText(values.amount, values.currency, format) : "this credit";
  const isBought = values.kind === "purchased";
  const endMs = parseTime(String(startOfDay(values.expires_at) ?? ""));
  const until = endMs === null ? "" : `, until ${format.day(endMs)}`;
  return {
    title: `Grant ${amount} to ${tenant?.name ?? "this tenant"}?`,
    consequences: [
      `${isBought ? "Pays" : "Reduces"} its next invoices ` +
        `${isBought ? "" : "before tax "}by up to ${amount}${until}.`,
    ],
    act: "Grant credit",
    harmless: true,
  };
}

async function creditsPage(c: PageContext, { values, refused }: FormState) {
  const { actor, session } = c.var;
  const { cursor = "" } = c.req.query();
  const named = c.req.query("tenant_id") ?? String(values?.tenant_id ?? "");
  const chosen = actor.operator ? await chosenTenant(c.env.DB, named) : "";
  const tenants = actor.operator ? await tenantChoices(c.env.DB, chosen) : [];
  const tenant_id = actor.operator ? chosen || (tenants[0]?.value ?? "") : "";
  const field = { ...TENANT, options: tenants };
  const path = apiPath(["credits"], { tenant_id, cursor });
  const { data, next_cursor } = await runOperation(c, creditRoutes, { path });
  return page(
    c,
    { title: "Credits", section: "billing", status: refused ? 422 : 200 },
    <>
      <BillingTabs current={PATH} actor={actor} />
      {actor.operator && <FilterForm fields={[field]} values={{ tenant_id }} submit="Show" />}
      <Credits c={c} rows={data as Body[]} />
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams({ tenant_id, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor as string | null}
      />
      {actor.operator && (
        <Permitted
          role={actor.role}
          needs="operator.subscriptions"
          label="Grant credit"
          act="grant credit"
        >
          <details class="card" open={refused !== undefined}>
            <summary>Grant credit</summary>
            <Refusal
              refused={refused}
              fields={[field, ...GIVEN_FIELDS].map(({ pointer }) => pointer)}
            />
            <Form action={`/dashboard${PATH}`} token={session.formToken} class="stacked" asks>
              <Fields
                fields={[field, ...GIVEN_FIELDS]}
                body={values ?? { tenant_id, currency: "USD" }}
                refused={refused}
              />
              <button type="submit" class="primary">
                Grant credit
              </button>
            </Form>
          </details>
        </Permitted>
      )}
    </>,
  );
}

function Credits({ c, rows }: { c: PageContext; rows: readonly Body[] }) {
  const { format, actor } = c.var;
  if (rows.length === 0) {
    return (
      <EmptyState title="No credit">
        <p>Credit is applied to the next invoices; what expires first is used first.</p>
      </EmptyState>
    );
  }
  return (
    <DataTable
      caption="Credits"
      columns={[
        { head: "Granted" },
        { head: "Kind" },
        { head: "Note", wide: true },
        { head: "Amount", figure: true },
        { head: "Remaining", figure: true },
        { head: "Expires" },
        { head: "Status" },
      ]}
      rows={rows.map((row) => {
        const over = row.expires_at !== null && Date.parse(`${row.expires_at}`) <= actor.nowMs;
        const state = over ? "expired" : row.remaining === "0" ? "spent" : "active";
        return {
          cells: [
            dayText(row.created_at, format),
            String(row.kind),
            String(row.note),
            amountText(row.amount, row.currency, format),
            amountText(row.remaining, row.currency, format),
            dayText(row.expires_at, format) || "never",
            <Badge state={state} />,
          ],
        };
      })}
    />
  );
}
