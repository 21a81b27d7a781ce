/** /dashboard/billing/subscriptions: all subscriptions, and subscribing a tenant (operator). */
import { Hono } from "hono";
import { may, type Role } from "../../accounts/actor/roles.ts";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { subscriptionRoutes } from "../../billing/lifecycle/subscription-routes.ts";
import { CYCLES } from "../../billing/plan/cycle.ts";
import { type CountedState, countedStates } from "../../billing/revenue/counts.ts";
import { SUBSCRIPTION_STATES, type SubscriptionState } from "../../billing/subscription/store.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { LIST_FORM, ListFrame, sortingOf } from "../component/list-frame.tsx";
import { Permitted } from "../component/permitted.tsx";
import { Suggestions } from "../component/suggestions.tsx";
import { type Choice, chosenTenant, planChoices, tenantChoices } from "../form/choice.ts";
import { currencyOptions } from "../form/code-options.ts";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { type ListState, listed } from "../form/list-state.ts";
import { ZONE_FIELD } from "../form/party-fields.ts";
import { fileQuery } from "../page/bulk.tsx";
import { allOf, boundedText, totalOf } from "../page/counted.ts";
import { listState } from "../page/list.ts";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm, seeOther } from "../page/request.ts";
import { amountText, cycleText, dayText, periodText, recurringText } from "./display.ts";
import { BillingTabs } from "./tabs.tsx";

export const subscriptionListPages = new Hono<PageEnv>();

const PATH = "/billing/subscriptions";
const BASE = `/dashboard${PATH}`;

type Choices = { tenants: Choice[]; plans: Choice[] };

subscriptionListPages.get(PATH, async (c) => {
  const actor = allowed(c, "operator.read");
  const { role } = actor;
  const { format } = c.var;
  const state = await stateOf(c);
  const { tenant_id = "" } = state;
  const among = actor.confinement?.tenants ?? null;
  const [found, counts, tenants] = await Promise.all([
    runOperation(c, subscriptionRoutes, { path: apiPath(["subscriptions"], state) }),
    countedStates(c.env.DB, { tenant: null, among }, actor.realMs),
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
  const tenant = tenants.find(({ value }) => value === tenant_id);
  const isFiltered = tenant_id !== "" || state.state !== undefined;
  const mayCancel = may(role, "operator.subscriptions");
  return page(
    c,
    { title: "Subscriptions", section: "billing" },
    <ListFrame
      list={{ base: BASE, state }}
      title={{ part: <BillingTabs current={PATH} actor={actor} /> }}
      actions={<Subscribe role={role} />}
      tabs={tabsOf(state, counts, format)}
      filters={{ fields: [filter], submit: "Filter" }}
      chips={[["tenant_id", "Tenant", tenant?.label]]}
      sums={tenant_id === "" && <Sums state={state.state} counts={counts} format={format} />}
      bulk={{
        buttons: mayCancel && state.state !== "ended" ? [CANCEL] : [],
        all: allOf(
          tenant_id === "" ? shownOf(counts, state.state) : null,
          state.state,
          "subscriptions",
          format,
        ),
      }}
      cursors={{
        next_cursor: found.next_cursor as string | null,
        previous_cursor: found.previous_cursor as string | null,
      }}
      empty={<Nothing filtered={isFiltered} />}
    >
      {rows.length > 0 ? <Subscriptions c={c} rows={rows} names={names} state={state} /> : null}
    </ListFrame>,
  );
});

const CANCEL = { label: "Cancel at period end", act: "cancel", danger: true };

subscriptionListPages.get(`${PATH}/export`, async (c) => {
  allowed(c, "operator.read");
  const { tenant_id: named = "", ...query } = fileQuery(c);
  const tenant_id = await chosenTenant(c.env.DB, named);
  const path = apiPath(["exports", "subscriptions"], { ...query, tenant_id });
  return openOperation(c, subscriptionRoutes, { path });
});

/** What the address asks for, with the tenant that it names by its id. */
async function stateOf(c: PageContext): Promise<ListState> {
  const { tenant_id: named = "", state = "", sort = "", cursor = "" } = listState(c);
  const tenant_id = await chosenTenant(c.env.DB, named);
  return listed({ tenant_id, state, sort, cursor });
}

type Counts = Readonly<Record<SubscriptionState, CountedState>>;

/** All together, by what each state counted. */
function wholeOf({ current, ended }: Counts): CountedState {
  return { ...totalOf({ current, ended }), revenue: current.revenue };
}

/** What the open tab counted. */
function shownOf(counts: Counts, state: string | undefined): CountedState {
  const known = SUBSCRIPTION_STATES.find((one) => one === state);
  return known === undefined ? wholeOf(counts) : counts[known];
}

/** Counted are all of them: those of one tenant are not. */
function tabsOf({ tenant_id }: ListState, counts: Counts, format: Format) {
  const count = (counted: CountedState) =>
    tenant_id === undefined ? boundedText(counted, format) : undefined;
  return {
    by: "state",
    label: "Subscriptions by state",
    of: [
      { label: "All", value: undefined, count: count(wholeOf(counts)) },
      { label: "Current", value: "current", count: count(counts.current) },
      { label: "Ending", value: "ending", count: count(counts.ending) },
      { label: "Ended", value: "ended", count: count(counts.ended) },
    ],
  };
}

type SumsProps = { state: string | undefined; counts: Counts; format: Format };

/** How many there are in a state, and what they bring in a month. */
function Sums({ state, counts, format }: SumsProps) {
  const counted = shownOf(counts, state);
  const { revenue, count } = counted;
  return (
    <>
      <strong>{boundedText(counted, format)}</strong>{" "}
      {count === 1 ? "subscription" : "subscriptions"}
      {revenue !== null && revenue.length > 0 && ` · ${recurringText(revenue, format)}`}
    </>
  );
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

type RowsProps = {
  c: PageContext;
  rows: readonly Body[];
  names: ReadonlyMap<string, string>;
  state: ListState;
};

function Subscriptions({ c, rows, names, state }: RowsProps) {
  const { format } = c.var;
  return (
    <DataTable
      caption="Subscriptions"
      columns={[
        { head: "Tenant", wide: true },
        { head: "Plan" },
        { head: "Base price", figure: true },
        { head: "Current period" },
        { head: "Status" },
        { head: "Created", short: true, sort: "created" },
        { head: "Related" },
      ]}
      form={LIST_FORM}
      sorting={sortingOf({ base: BASE, state })}
      rows={rows.map((row) => {
        const name = names.get(String(row.tenant_id)) ?? String(row.tenant_id);
        return {
          select: { id: String(row.id), label: `Select ${name}'s` },
          cells: [
            <a href={`${BASE}/${row.id}`}>{name}</a>,
            <a href={`/dashboard/billing/plans/${row.plan}`}>{String(row.plan_name)}</a>,
            <>
              {amountText(row.base_price, row.currency, format)}
              <div class="muted">{cycleText(row.billing_cycle)}</div>
            </>,
            periodText(row.current_period, format),
            <Badge state={row.cancel_at && row.status !== "ended" ? "ending" : `${row.status}`} />,
            dayText(row.created_at, format),
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
