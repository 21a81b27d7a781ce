/** /dashboard/billing/subscriptions: all subscriptions, and subscribing a tenant (operator). */
import { Hono } from "hono";
import type { Role } from "../../accounts/actor/roles.ts";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { subscriptionRoutes } from "../../billing/lifecycle/subscription-routes.ts";
import { CYCLES } from "../../billing/plan/cycle.ts";
import { countStates, type SubscriptionState } from "../../billing/subscription/store.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { Badge } from "../component/badge.tsx";
import { ExportMenu, ListScript } from "../component/bulk-bar.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { FilterChips, type StatusTab, StatusTabs } from "../component/list-head.tsx";
import { Pager } from "../component/pager.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Choice, chosenTenant, planChoices, tenantChoices } from "../form/choice.ts";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { ZONE_FIELD } from "../form/party-fields.ts";
import { boundedText, totalOf } from "../page/counted.ts";
import { formatIn, type ListState, listAddress, listed, listState } from "../page/list.ts";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { amountText, cycleText, periodText } from "./display.ts";
import { BillingTabs } from "./tabs.tsx";

export const subscriptionListPages = new Hono<PageEnv>();

const PATH = "/billing/subscriptions";
const BASE = `/dashboard${PATH}`;

type Choices = { tenants: Choice[]; plans: Choice[] };

subscriptionListPages.get(PATH, async (c) => {
  const actor = allowed(c, "operator.read");
  const { role } = actor;
  const state = await stateOf(c);
  const { tenant_id = "" } = state;
  const [found, counts, tenants] = await Promise.all([
    runOperation(c, subscriptionRoutes, { path: apiPath(["subscriptions"], state) }),
    countStates(c.env.DB, { tenant: null, among: actor.confinement?.tenants ?? null }),
    tenantChoices(c.env.DB, tenant_id),
  ]);
  const rows = found.data as Body[];
  const names = await tenantNames(
    c.env.DB,
    rows.map((row) => String(row.tenant_id)),
  );
  const filter: Field = {
    pointer: "/tenant_id",
    label: "Tenant",
    kind: "choice",
    options: [{ value: "", label: "All" }, ...tenants],
  };
  const { cursor: _, ...query } = state;
  const { tenant_id: __, ...tab } = query;
  const tenant = tenants.find(({ value }) => value === tenant_id);
  const without = listAddress(BASE, tab, {});
  return page(
    c,
    { title: "Subscriptions", section: "billing" },
    <>
      <BillingTabs current={PATH} actor={actor} />
      <div class="head">
        <FilterForm fields={[filter]} values={{ tenant_id }} submit="Filter" hidden={tab} />
        <div class="actions">
          {rows.length > 0 && <ExportMenu path={`${BASE}/export`} query={query} total={null} />}
          <Subscribe role={role} />
        </div>
      </div>
      <StatusTabs label="Subscriptions by state" tabs={tabsOf(state, counts, c.var.format)} pills />
      <FilterChips
        chips={tenant ? [{ label: "Tenant", value: tenant.label, without }] : []}
        clear={without}
      />
      {rows.length > 0 ? (
        <Subscriptions c={c} rows={rows} names={names} />
      ) : (
        <Nothing filtered={Object.keys(query).length > 0} />
      )}
      <Pager
        path={BASE}
        query={new URLSearchParams(state)}
        nextCursor={found.next_cursor as string | null}
        previousCursor={found.previous_cursor as string | null}
      />
      <ListScript />
    </>,
  );
});

subscriptionListPages.get(`${PATH}/export`, async (c) => {
  allowed(c, "operator.read");
  const { cursor: _, ...query } = await stateOf(c);
  const path = apiPath(["exports", "subscriptions"], { ...query, format: formatIn(c) });
  return openOperation(c, subscriptionRoutes, { path });
});

/** What the address asks for, with the tenant that it names by its id. */
async function stateOf(c: PageContext): Promise<ListState> {
  const { tenant_id: named = "", state = "", cursor = "" } = listState(c);
  const tenant_id = await chosenTenant(c.env.DB, named);
  return listed({ tenant_id, state, cursor });
}

/** Counted are all of them: those of one tenant are not. */
function tabsOf(
  state: ListState,
  { current, ending, ended }: Readonly<Record<SubscriptionState, BoundedCount>>,
  format: Format,
): StatusTab[] {
  const tabs = [
    { label: "All", of: undefined, counted: totalOf({ current, ended }) },
    { label: "Current", of: "current", counted: current },
    { label: "Ending", of: "ending", counted: ending },
    { label: "Ended", of: "ended", counted: ended },
  ];
  return tabs.map(({ label, of, counted }) => ({
    label,
    href: listAddress(BASE, state, { state: of, cursor: undefined }),
    current: state.state === of,
    count: state.tenant_id === undefined ? boundedText(counted, format) : undefined,
  }));
}

function Subscribe({ role }: { role: Role }) {
  return (
    <Permitted
      role={role}
      needs="operator.subscriptions"
      label="Subscribe a tenant"
      act="subscribe tenants"
    >
      <a class="button primary" href={`${BASE}/new`}>
        Subscribe a tenant
      </a>
    </Permitted>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState title="Nothing matches these filters">
        <p>
          <a href={BASE}>Show all</a>
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No subscriptions yet">
      <p>Subscribe a tenant to a plan. Its billing periods then close automatically.</p>
    </EmptyState>
  );
}

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
        { head: "Related" },
      ]}
      rows={rows.map((row) => {
        const name = names.get(String(row.tenant_id)) ?? String(row.tenant_id);
        return {
          cells: [
            <a href={`${BASE}/${row.id}`}>{name}</a>,
            <a href={`/dashboard/billing/plans/${row.plan}`}>{String(row.plan_name)}</a>,
            amountText(row.base_price, row.currency, format),
            cycleText(row.billing_cycle),
            periodText(row.current_period, format),
            <Badge state={row.cancel_at && row.status !== "ended" ? "ending" : `${row.status}`} />,
            <>
              <a href={`/dashboard/tenants/${row.tenant_id}`} aria-label={`Tenant ${name}`}>
                Tenant
              </a>
              {" · "}
              <a
                href={`/dashboard/invoices?subscription_id=${row.id}`}
                aria-label={`Invoices of ${name}`}
              >
                Invoices
              </a>
            </>,
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
