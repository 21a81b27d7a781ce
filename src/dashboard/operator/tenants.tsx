/** /dashboard/tenants: who they are, as a list to work with, and their usage (operator). */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may, type Role } from "../../accounts/actor/roles.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { countTenants, type Tenant, tenantNames } from "../../accounts/store/tenant-store.ts";
import { TENANT_SORTS, tenantPage } from "../../accounts/tenant/tenant-list.ts";
import { liveRevenue, type Recurring, sumsOf } from "../../billing/revenue/counts.ts";
import { recurringOf } from "../../billing/revenue/revenue.ts";
import { quarterOf } from "../../core/time.ts";
import { readDisplayNames } from "../../metering/catalogue/catalogue.ts";
import { calendarWindow } from "../../metering/counter/terms.ts";
import {
  type MetricTotal,
  type TenantTotal,
  usageByMetric,
  usageByTenant,
} from "../../metering/ledger/across.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { recurringText, startOfDay } from "../billing/display.ts";
import { Badge } from "../component/badge.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable, EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Fields, Form, type FormState, Refusal, type Refused } from "../component/form.tsx";
import { LIST_FORM, ListFrame, sortingOf } from "../component/list-frame.tsx";
import { MetricName } from "../component/metric-name.ts";
import { Permitted } from "../component/permitted.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { type ListState, listAddress, listed } from "../form/list-state.ts";
import { fileQuery } from "../page/bulk.tsx";
import { allOf, boundedText, countIn, totalOf } from "../page/counted.ts";
import { listState } from "../page/list.ts";
import { apiPath, openOperation, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

export const tenantListPages = new Hono<PageEnv>();

const BASE = "/dashboard/tenants";
const TOP = 20;
const SEARCH: Field = { pointer: "/q", label: "Search", kind: "line", placeholder: "name, id" };
const SUBSCRIBE = "/billing/subscriptions/new";

const NEW_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true, placeholder: "Acme Ltd" },
  {
    pointer: "/external_id",
    label: "External ID",
    kind: "line",
    hint: "your own ID for it, usable wherever its ID is",
    placeholder: "customer-4711",
  },
  {
    pointer: "/mode",
    label: "Mode",
    kind: "choice",
    options: [
      { value: "live", label: "live" },
      { value: "test", label: "test: with a clock that you move" },
    ],
  },
  { pointer: "/clock", label: "A test tenant's clock", kind: "day", hint: "empty: now" },
];

tenantListPages.get("/tenants", (c) => tenantsPage(c, allowed(c, "operator.read"), {}));

tenantListPages.post("/tenants", async (c) => {
  const actor = allowed(c, "operator.tenants");
  const values = bodyOf(NEW_FIELDS, await readForm(c));
  const body = { ...values, clock: startOfDay(values.clock) };
  try {
    const made = await runOperation(c, accountRoutes, {
      method: "POST",
      path: apiPath(["tenants"]),
      body,
    });
    return await tenantsPage(c, actor, { made });
  } catch (error) {
    return tenantsPage(c, actor, { values, refused: refusalOf(error) });
  }
});

type Shown = FormState & { made?: Body };

async function tenantsPage(c: PageContext, actor: Actor, { values, refused, made }: Shown) {
  const state = stateOf(c);
  const quarter = quarterOf(calendarWindow(actor.nowMs).startMs);
  const among = actor.confinement?.tenants ?? null;
  const filter = { text: state.q?.slice(0, 200), mode: modeOf(state), among };
  const sort = TENANT_SORTS.find((known) => known === state.sort);
  const [{ data, ...cursors }, counts, totals] = await Promise.all([
    tenantPage(c.env, actor, { sort, cursor: state.cursor }, filter),
    countTenants(c.env.DB, among),
    usageByMetric(c.env, quarter),
  ]);
  const metric =
    totals.find((total) => total.metric === state.metric)?.metric ?? totals[0]?.metric ?? "";
  const metrics = totals.map((total) => total.metric);
  const [top, revenue, sums, called] = await Promise.all([
    usageByTenant(c.env, metric, quarter, TOP),
    recurringOf(c.env.DB, { tenant: null, among: data.map(({ id }) => id) }, actor.realMs),
    among === null ? liveRevenue(c.env.DB, actor.realMs) : revenueAmong(c, among),
    readDisplayNames(c.env.DB, actor.tenantId, metrics),
  ]);
  const names = await tenantNames(
    c.env.DB,
    top.map(({ tenant }) => tenant),
  );
  const { format } = c.var;
  const mayAdd = may(actor.role, "operator.tenants");
  const { q, mode } = state;
  return page(
    c,
    { title: "Tenants", section: "tenants", status: refused ? 422 : 200 },
    <>
      <ListFrame
        list={{ base: BASE, state }}
        title="Tenants"
        notice={made && <Made tenant={made} />}
        actions={
          <>
            <a href={`${BASE}/erased`}>Erased tenants</a>
            <LinkToAdd role={actor.role} />
          </>
        }
        tabs={tabsOf(state, counts, format)}
        filters={{ fields: [SEARCH], submit: "Search" }}
        chips={[["q", "Text", q]]}
        sums={q === undefined && <Sums mode={mode} counts={counts} sums={sums} format={format} />}
        bulk={{
          buttons: [],
          all: allOf(q ? null : countIn(counts, mode), mode, "tenants", format),
        }}
        cursors={cursors}
        empty={
          <EmptyState title="Nothing matches these filters">
            <p>
              <a href={BASE}>Show all</a>
            </p>
          </EmptyState>
        }
      >
        {data.length > 0 ? (
          <Tenants rows={data} revenue={revenue} state={state} format={format} />
        ) : null}
      </ListFrame>
      <h2 id="usage">This month's usage across all tenants</h2>
      <Totals totals={totals} called={called} state={state} format={format} />
      {metric !== "" && (
        <Top
          metric={metric}
          top={top}
          names={names}
          totals={totals}
          called={called}
          state={state}
          format={format}
        />
      )}
      {mayAdd && <AddTenant c={c} values={values ?? {}} refused={refused ?? null} />}
    </>,
  );
}

async function revenueAmong(c: PageContext, among: readonly string[]): Promise<Recurring[]> {
  const filter = { tenant: null, among };
  return sumsOf(await recurringOf(c.env.DB, filter, c.var.actor.realMs));
}

type SumsProps = {
  mode: string | undefined;
  counts: Readonly<Record<Tenant["mode"], BoundedCount>>;
  sums: readonly Recurring[];
  format: Format;
};

/** How many there are, and what the live ones bring. */
function Sums({ mode, counts, sums, format }: SumsProps) {
  const counted = countIn(counts, mode);
  return (
    <>
      <strong>{boundedText(counted, format)}</strong> {counted.count === 1 ? "tenant" : "tenants"}
      {mode !== "test" && sums.length > 0 && ` · ${recurringText(sums, format)}`}
    </>
  );
}

function LinkToAdd({ role }: { role: Role }) {
  return (
    <Permitted role={role} needs="operator.tenants" label="Add a tenant" act="add tenants">
      <a class="button primary" href="#add">
        Add a tenant
      </a>
    </Permitted>
  );
}

type AddProps = { c: PageContext; values: Body; refused: Refused | null };

function AddTenant({ c, values, refused }: AddProps) {
  return (
    <details class="card" open={refused !== null}>
      <summary>Add a tenant</summary>
      {/* A link to what lies inside opens it. */}
      <div id="add" />
      <Refusal refused={refused} fields={NEW_FIELDS.map(({ pointer }) => pointer)} />
      <Form action={BASE} token={c.var.session.formToken} class="stacked">
        <Fields fields={NEW_FIELDS} body={values} refused={refused} />
        <button type="submit" class="primary">
          Add tenant
        </button>
      </Form>
    </details>
  );
}

tenantListPages.get("/tenants/export", (c) => {
  allowed(c, "operator.read");
  const { metric: _, ...query } = fileQuery(c);
  return openOperation(c, accountRoutes, { path: apiPath(["exports", "tenants"], query) });
});

/** What the address asks for, of what the page knows. */
function stateOf(c: PageContext): ListState {
  const { q = "", mode = "", sort = "", cursor = "", metric = "" } = listState(c);
  return listed({ q, mode, sort, cursor, metric });
}

function kept(state: ListState, ...names: string[]): ListState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => names.includes(name)));
}

function modeOf({ mode }: ListState): Tenant["mode"] | undefined {
  return mode === "live" || mode === "test" ? mode : undefined;
}

/** Counted are all of them: those that a text finds are not. */
function tabsOf(
  { q }: ListState,
  counts: Readonly<Record<Tenant["mode"], BoundedCount>>,
  format: Format,
) {
  const count = (counted: BoundedCount) =>
    q === undefined ? boundedText(counted, format) : undefined;
  return {
    by: "mode",
    label: "Tenants by mode",
    of: [
      { label: "All", value: undefined, count: count(totalOf(counts)) },
      { label: "Live", value: "live", count: count(counts.live) },
      { label: "Test", value: "test", count: count(counts.test) },
    ],
  };
}

function Made({ tenant }: { tenant: Body }) {
  const query = new URLSearchParams({ tenant_id: String(tenant.id) });
  return (
    <section class="card" aria-label="The new tenant">
      <h2>API key of {String(tenant.name)}</h2>
      <p>
        Copy it now: it is not shown again. Next,{" "}
        <a href={`/dashboard${SUBSCRIBE}?${query}`}>subscribe the tenant</a> to a plan.
      </p>
      <Copyable text={String(tenant.key)} />
    </section>
  );
}

type TotalsProps = {
  totals: readonly MetricTotal[];
  /** The display names of their metrics. */
  called: ReadonlyMap<string, string>;
  state: ListState;
  format: Format;
};

function Totals({ totals, called, state, format }: TotalsProps) {
  if (totals.length === 0) return <p class="muted">No usage this month.</p>;
  return (
    <DataTable
      caption="By metric"
      visibleCaption
      columns={[
        { head: "Metric", wide: true },
        { head: "Quantity", figure: true },
        { head: "Events", figure: true },
        { head: "Tenants", figure: true },
      ]}
      rows={totals.map((total) => ({
        cells: [
          <a href={`${listAddress(BASE, state, { metric: total.metric })}#usage`}>
            <MetricName id={total.metric} name={called.get(total.metric) ?? total.metric} />
          </a>,
          format.quantity(total.micro),
          format.count(total.events),
          format.count(total.tenants),
        ],
      }))}
    />
  );
}

type TopProps = TotalsProps & {
  metric: string;
  top: readonly TenantTotal[];
  names: ReadonlyMap<string, string>;
};

function Top({ metric, top, names, totals, called, state, format }: TopProps) {
  const nameOf = (id: string) => called.get(id) ?? id;
  const options = totals.map((total) => ({ value: total.metric, label: nameOf(total.metric) }));
  return (
    <section>
      <FilterForm
        fields={[{ pointer: "/metric", label: "Top tenants by", kind: "choice", options }]}
        values={{ metric }}
        submit="Show"
        hidden={kept(state, "q", "mode", "sort", "cursor")}
      />
      <DataTable
        caption={`Top tenants by ${nameOf(metric)}`}
        columns={[
          { head: "Tenant", wide: true },
          { head: "Quantity", figure: true },
          { head: "Events", figure: true },
        ]}
        rows={top.map((row) => ({
          cells: [
            <a href={`${BASE}/${row.tenant}`}>{names.get(row.tenant) ?? row.tenant}</a>,
            format.quantity(row.micro),
            format.count(row.events),
          ],
        }))}
      />
    </section>
  );
}

type RowsProps = {
  rows: readonly Tenant[];
  revenue: Awaited<ReturnType<typeof recurringOf>>;
  state: ListState;
  format: Format;
};

function Tenants({ rows, revenue, state, format }: RowsProps) {
  const monthly = (id: string) =>
    revenue
      .filter(({ tenant, monthlyMinor }) => tenant === id && monthlyMinor !== 0n)
      .map(({ monthlyMinor, currency }) => format.money(monthlyMinor, currency))
      .join(" + ");
  return (
    <DataTable
      caption="Tenants"
      columns={[
        { head: "Name", wide: true, sort: "name" },
        { head: "ID and external ID" },
        { head: "Mode" },
        { head: "MRR", figure: true },
        { head: "Created", short: true, sort: "created" },
      ]}
      form={LIST_FORM}
      sorting={sortingOf({ base: BASE, state })}
      rows={rows.map((tenant) => ({
        select: { id: tenant.id, label: `Select ${tenant.name}` },
        cells: [
          <a href={`${BASE}/${tenant.id}`}>{tenant.name}</a>,
          <>
            <CopyText text={tenant.id} />
            {tenant.externalId !== null && <div class="muted">{tenant.externalId}</div>}
          </>,
          <Badge state={tenant.operator ? "operator" : tenant.mode} />,
          monthly(tenant.id),
          tenant.createdMs === 0 ? "" : format.day(tenant.createdMs),
        ],
      }))}
    />
  );
}
