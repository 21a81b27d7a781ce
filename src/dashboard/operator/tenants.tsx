/** /dashboard/tenants: who they are, as a list to work with, and their usage (operator). */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import {
  countTenants,
  listTenants,
  type Tenant,
  tenantNames,
  tenantsBefore,
} from "../../accounts/store/tenant-store.ts";
import { quarterOf } from "../../core/time.ts";
import { calendarWindow } from "../../metering/counter/terms.ts";
import {
  type MetricTotal,
  type TenantTotal,
  usageByMetric,
  usageByTenant,
} from "../../metering/ledger/across.ts";
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { startOfDay } from "../billing/display.ts";
import { Badge } from "../component/badge.tsx";
import { ExportMenu, ListScript } from "../component/bulk-bar.tsx";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable, EmptyState } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Fields, Form, type FormState, Refusal, type Refused } from "../component/form.tsx";
import { type Chip, FilterChips, type StatusTab, StatusTabs } from "../component/list-head.tsx";
import { Pager } from "../component/pager.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { boundedText, totalOf } from "../page/counted.ts";
import {
  formatIn,
  type ListState,
  listAddress,
  listed,
  listState,
  readSides,
} from "../page/list.ts";
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
  const [{ data, ...cursors }, counts, totals] = await Promise.all([
    readSides(
      state.cursor,
      (key, limit, back) =>
        key !== null && back
          ? tenantsBefore(c.env.DB, { before: key, limit }, filter)
          : listTenants(c.env.DB, { after: key, limit }, filter),
      ({ id }) => id,
    ),
    countTenants(c.env.DB, among),
    usageByMetric(c.env.DB, quarter),
  ]);
  const metric =
    totals.find((total) => total.metric === state.metric)?.metric ?? totals[0]?.metric ?? "";
  const top = await usageByTenant(c.env.DB, metric, quarter, TOP);
  const names = await tenantNames(
    c.env.DB,
    top.map(({ tenant }) => tenant),
  );
  const { format } = c.var;
  const query = kept(state, "q", "mode");
  const mayAdd = may(actor.role, "operator.tenants");
  return page(
    c,
    { title: "Tenants", section: "tenants", status: refused ? 422 : 200 },
    <>
      <div class="head">
        <h1>Tenants</h1>
        <div class="actions">
          {data.length > 0 && <ExportMenu path={`${BASE}/export`} query={query} total={null} />}
          {mayAdd && (
            <a class="button primary" href="#add">
              Add a tenant
            </a>
          )}
        </div>
      </div>
      {made && <Made tenant={made} />}
      <StatusTabs label="Tenants by mode" tabs={tabsOf(state, counts, format)} />
      <FilterForm
        fields={[SEARCH]}
        values={state}
        submit="Search"
        hidden={kept(state, "mode", "metric")}
      />
      <FilterChips
        chips={chipsOf(state)}
        clear={listAddress(BASE, kept(state, "mode", "metric"), {})}
      />
      {data.length > 0 ? (
        <Tenants rows={data} format={format} />
      ) : (
        <EmptyState title="Nothing matches these filters">
          <p>
            <a href={BASE}>Show all</a>
          </p>
        </EmptyState>
      )}
      <Pager
        path={BASE}
        query={new URLSearchParams(state)}
        nextCursor={cursors.next_cursor}
        previousCursor={cursors.previous_cursor}
      />
      <h2 id="usage">This month's usage across all tenants</h2>
      <Totals totals={totals} state={state} format={format} />
      {metric !== "" && (
        <Top
          metric={metric}
          top={top}
          names={names}
          totals={totals}
          state={state}
          format={format}
        />
      )}
      {mayAdd && <AddTenant c={c} values={values ?? {}} refused={refused ?? null} />}
      <ListScript />
    </>,
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
  const { q = "", mode = "" } = stateOf(c);
  const path = apiPath(["exports", "tenants"], { q, mode, format: formatIn(c) });
  return openOperation(c, accountRoutes, { path });
});

/** What the address asks for, of what the page knows. */
function stateOf(c: PageContext): ListState {
  const { q = "", mode = "", cursor = "", metric = "" } = listState(c);
  return listed({ q, mode, cursor, metric });
}

function kept(state: ListState, ...names: string[]): ListState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => names.includes(name)));
}

function modeOf({ mode }: ListState): Tenant["mode"] | undefined {
  return mode === "live" || mode === "test" ? mode : undefined;
}

/** Counted are all of them: those that a text finds are not. */
function tabsOf(
  state: ListState,
  counts: Readonly<Record<Tenant["mode"], BoundedCount>>,
  format: Format,
): StatusTab[] {
  const tabs = [
    { label: "All", mode: undefined, counted: totalOf(counts) },
    { label: "Live", mode: "live", counted: counts.live },
    { label: "Test", mode: "test", counted: counts.test },
  ];
  return tabs.map(({ label, mode, counted }) => ({
    label,
    href: listAddress(BASE, state, { mode, cursor: undefined }),
    current: state.mode === mode,
    count: state.q === undefined ? boundedText(counted, format) : undefined,
  }));
}

function chipsOf({ q, ...state }: ListState): Chip[] {
  if (q === undefined) return [];
  return [{ label: "Text", value: q, without: listAddress(BASE, state, { cursor: undefined }) }];
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

type TotalsProps = { totals: readonly MetricTotal[]; state: ListState; format: Format };

function Totals({ totals, state, format }: TotalsProps) {
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
            {total.metric}
          </a>,
          format.quantity(total.micro),
          format.count(total.events),
          format.count(total.tenants),
        ],
      }))}
    />
  );
}

type TopProps = {
  metric: string;
  top: readonly TenantTotal[];
  names: ReadonlyMap<string, string>;
  totals: readonly MetricTotal[];
  state: ListState;
  format: Format;
};

function Top({ metric, top, names, totals, state, format }: TopProps) {
  const options = totals.map((total) => ({ value: total.metric, label: total.metric }));
  return (
    <section>
      <FilterForm
        fields={[{ pointer: "/metric", label: "Top tenants by", kind: "choice", options }]}
        values={{ metric }}
        submit="Show"
        hidden={kept(state, "q", "mode", "cursor")}
      />
      <DataTable
        caption={`Top tenants by ${metric}`}
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

function Tenants({ rows, format }: { rows: readonly Tenant[]; format: Format }) {
  return (
    <section>
      <DataTable
        caption="Tenants"
        columns={[
          { head: "Name", wide: true },
          { head: "ID" },
          { head: "External ID" },
          { head: "Mode" },
          { head: "Created" },
        ]}
        rows={rows.map((tenant) => ({
          cells: [
            <a href={`${BASE}/${tenant.id}`}>{tenant.name}</a>,
            <CopyText text={tenant.id} />,
            tenant.externalId ?? "",
            <Badge state={tenant.operator ? "operator" : tenant.mode} />,
            tenant.createdMs === 0 ? "" : format.day(tenant.createdMs),
          ],
        }))}
      />
    </section>
  );
}
