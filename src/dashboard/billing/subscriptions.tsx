/** /dashboard/billing/subscriptions: all subscriptions, and subscribing a tenant (operator). */
import { Hono } from "hono";
import { may, onlyText } from "../../accounts/actor/roles.ts";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { subscriptionRoutes } from "../../billing/lifecycle/subscription-routes.ts";
import { CYCLES } from "../../billing/plan/cycle.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Barred, Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Choice, chosenTenant, planChoices, tenantChoices } from "../form/choice.ts";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import { ZONE_FIELD } from "../form/party-fields.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { amountText, cycleText, periodText } from "./display.ts";
import { BillingTabs } from "./tabs.tsx";

export const subscriptionListPages = new Hono<PageEnv>();

const PATH = "/billing/subscriptions";

type Choices = { tenants: Choice[]; plans: Choice[] };

subscriptionListPages.get(PATH, async (c) => {
  const { role } = allowed(c, "operator.read");
  const { tenant_id: named = "", cursor = "" } = c.req.query();
  const tenant_id = await chosenTenant(c.env.DB, named);
  const path = apiPath(["subscriptions"], { tenant_id, cursor });
  const { data, next_cursor } = await runOperation(c, subscriptionRoutes, { path });
  const rows = data as Body[];
  const names = await tenantNames(
    c.env.DB,
    rows.map((row) => String(row.tenant_id)),
  );
  const tenants = await tenantChoices(c.env.DB, tenant_id);
  const filter: Field = {
    pointer: "/tenant_id",
    label: "Tenant",
    kind: "choice",
    options: [{ value: "", label: "All" }, ...tenants],
  };
  return page(
    c,
    { title: "Subscriptions", section: "billing" },
    <>
      <BillingTabs current={PATH} actor={c.var.actor} />
      <div class="head">
        <FilterForm fields={[filter]} values={{ tenant_id }} submit="Filter" />
        {!may(role, "operator.subscriptions") && (
          <Barred
            label="Subscribe a tenant"
            why={onlyText("operator.subscriptions", "subscribe tenants")}
          />
        )}
        {may(role, "operator.subscriptions") && (
          <a class="button primary" href={`/dashboard${PATH}/new`}>
            Subscribe a tenant
          </a>
        )}
      </div>
      {rows.length > 0 ? (
        <Subscriptions c={c} rows={rows} names={names} />
      ) : (
        <EmptyState title="No subscriptions yet">
          <p>Subscribe a tenant to a plan. Its billing periods then close automatically.</p>
        </EmptyState>
      )}
      <Pager
        path={`/dashboard${PATH}`}
        query={new URLSearchParams({ tenant_id, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor as string | null}
      />
    </>,
  );
});

type RowsProps = { c: PageContext; rows: readonly Body[]; names: ReadonlyMap<string, string> };

function Subscriptions({ c, rows, names }: RowsProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Subscriptions"
      columns={[
        { head: "Tenant", wide: true },
        { head: "Plan" },
        { head: "Base price", figure: true },
        { head: "Billing cycle" },
        { head: "Current period" },
        { head: "Status" },
      ]}
      rows={rows.map((row) => {
        const period = row.current_period;
        return {
          cells: [
            <a href={`/dashboard${PATH}/${row.id}`}>
              {names.get(String(row.tenant_id)) ?? String(row.tenant_id)}
            </a>,
            String(row.plan_name),
            amountText(row.base_price, row.currency, format),
            cycleText(row.billing_cycle),
            periodText(period, format),
            <Badge state={row.cancel_at && row.status !== "ended" ? "ending" : `${row.status}`} />,
          ],
        };
      })}
    />
  );
}

async function choicesFor(c: PageContext, tenantId: string): Promise<Choices> {
  const [tenants, plans] = await Promise.all([
    tenantChoices(c.env.DB, tenantId),
    planChoices(c.env.DB),
  ]);
  return { tenants, plans };
}

const none = (label: string) => ({ value: "", label });

const cycles = CYCLES.map((value) => ({ value, label: cycleText(value) }));

function subscribeFields({ tenants, plans }: Choices): Field[] {
  return [
    {
      pointer: "/tenant_id",
      label: "Tenant",
      kind: "choice",
      required: true,
      options: [none("Choose a tenant"), ...tenants],
    },
    {
      pointer: "/plan",
      label: "Plan",
      kind: "choice",
      required: true,
      options: [none("Choose a plan"), ...plans],
    },
    { pointer: "/billing_cycle", label: "Billing cycle", kind: "choice", options: cycles },
    {
      pointer: "/base_price",
      label: "Base price",
      kind: "decimal",
      hint: "empty: the plan's",
    },
    { pointer: "/seats", label: "Seats", kind: "integer", placeholder: "1" },
  ];
}

const SUBSCRIBE_MORE: readonly Field[] = [
  { pointer: "/plan_version", label: "Plan version", kind: "integer", hint: "empty: the newest" },
  { pointer: "/start_date", label: "Starts", kind: "day", hint: "empty: now" },
  { pointer: "/trial_end", label: "Trial ends", kind: "day" },
  {
    pointer: "/anchor",
    label: "Periods begin",
    kind: "choice",
    options: [
      none("on the start date"),
      { value: "calendar", label: "with the calendar week, month or year" },
    ],
  },
  { ...ZONE_FIELD, placeholder: "UTC" },
  {
    pointer: "/base_timing",
    label: "Base price billed",
    kind: "choice",
    options: [
      none("as the plan says"),
      { value: "arrears", label: "in arrears" },
      { value: "advance", label: "in advance" },
    ],
  },
  {
    pointer: "/currency",
    label: "Currency",
    kind: "choice",
    options: currencyOptions(none("the plan's")),
  },
  { pointer: "/purchase_order", label: "Purchase order", kind: "line" },
  { pointer: "/buyer_reference", label: "Buyer reference", kind: "line" },
];

subscriptionListPages.get(`${PATH}/new`, async (c) => {
  allowed(c, "operator.subscriptions");
  const tenant_id = await chosenTenant(c.env.DB, c.req.query("tenant_id") ?? "");
  return subscribePage(c, { tenant_id, billing_cycle: "monthly" }, null);
});

subscriptionListPages.post(PATH, async (c) => {
  allowed(c, "operator.subscriptions");
  const fields = [...subscribeFields({ tenants: [], plans: [] }), ...SUBSCRIBE_MORE];
  const values = bodyOf(fields, await readForm(c));
  try {
    const { id } = await runOperation(c, subscriptionRoutes, {
      method: "POST",
      path: apiPath(["subscriptions"]),
      body: values,
    });
    return seeOther(c, `${PATH}/${id}`, "created");
  } catch (error) {
    return subscribePage(c, values, refusalOf(error));
  }
});

async function subscribePage(c: PageContext, values: Body, refused: Refused | null) {
  const fields = subscribeFields(await choicesFor(c, String(values.tenant_id ?? "")));
  const known = [...fields, ...SUBSCRIBE_MORE].map(({ pointer }) => pointer);
  return page(
    c,
    { title: "Subscribe a tenant", section: "billing", status: refused ? 422 : 200 },
    <>
      <h1>Subscribe a tenant</h1>
      <Refusal refused={refused} fields={known} />
      <Form action={`/dashboard${PATH}`} token={c.var.session.formToken} class="card">
        <div class="columns">
          <Fields fields={fields} body={values} refused={refused} />
        </div>
        <details class="more" open={refused !== null}>
          <summary>Start, trial, time zone and more</summary>
          <div class="columns">
            <Fields fields={SUBSCRIBE_MORE} body={values} refused={refused} />
            <Suggestions fields={SUBSCRIBE_MORE} />
          </div>
        </details>
        <button type="submit" class="primary">
          Subscribe
        </button>
      </Form>
    </>,
  );
}
