/** /dashboard/tenants: usage across all tenants, and who they are (operator). */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { accountRoutes } from "../../accounts/routes.ts";
import { listTenants, type Tenant, tenantNames } from "../../accounts/store/tenant-store.ts";
import { quarterOf } from "../../core/time.ts";
import { calendarWindow } from "../../metering/counter/terms.ts";
import {
  type MetricTotal,
  type TenantTotal,
  usageByMetric,
  usageByTenant,
} from "../../metering/ledger/across.ts";
import { startOfDay } from "../billing/display.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Fields, Form, type FormState, Refusal } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { readPage } from "../page/list.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

export const tenantListPages = new Hono<PageEnv>();

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

type ListState = FormState & { made?: Body };

async function tenantsPage(c: PageContext, actor: Actor, { values, refused, made }: ListState) {
  const { cursor, metric: asked = "", q = "" } = c.req.query();
  const text = q.trim() === "" ? null : q.trim().slice(0, 200);
  const quarter = quarterOf(calendarWindow(actor.nowMs).startMs);
  const [{ data, next_cursor }, totals] = await Promise.all([
    readPage(
      cursor,
      (after, limit) => listTenants(c.env.DB, { after, limit }, text),
      ({ id }) => id,
    ),
    usageByMetric(c.env.DB, quarter),
  ]);
  const metric = totals.find((total) => total.metric === asked)?.metric ?? totals[0]?.metric ?? "";
  const top = await usageByTenant(c.env.DB, metric, quarter, TOP);
  const names = await tenantNames(
    c.env.DB,
    top.map(({ tenant }) => tenant),
  );
  const { format } = c.var;
  return page(
    c,
    { title: "Tenants", section: "tenants", status: refused ? 422 : 200 },
    <>
      <h1>Tenants</h1>
      {made && <Made tenant={made} />}
      <p class="lead">This month's usage across all tenants.</p>
      <Totals totals={totals} format={format} />
      {metric !== "" && (
        <Top metric={metric} top={top} names={names} totals={totals} format={format} />
      )}
      <FilterForm fields={[SEARCH]} values={{ q }} submit="Search" />
      <Tenants rows={data} format={format} />
      <Pager
        path="/dashboard/tenants"
        query={new URLSearchParams(c.req.query())}
        nextCursor={next_cursor}
      />
      {may(actor.role, "operator.tenants") && (
        <details class="card" open={refused !== undefined}>
          <summary>Add a tenant</summary>
          <Refusal refused={refused} fields={NEW_FIELDS.map(({ pointer }) => pointer)} />
          <Form action="/dashboard/tenants" token={c.var.session.formToken} class="stacked">
            <Fields fields={NEW_FIELDS} body={values ?? {}} refused={refused} />
            <button type="submit" class="primary">
              Add tenant
            </button>
          </Form>
        </details>
      )}
    </>,
  );
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

function Totals({ totals, format }: { totals: readonly MetricTotal[]; format: Format }) {
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
          total.metric,
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
  format: Format;
};

function Top({ metric, top, names, totals, format }: TopProps) {
  const options = totals.map((total) => ({ value: total.metric, label: total.metric }));
  return (
    <section>
      <FilterForm
        fields={[{ pointer: "/metric", label: "Top tenants by", kind: "choice", options }]}
        values={{ metric }}
        submit="Show"
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
            names.get(row.tenant) ?? row.tenant,
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
        caption="All tenants"
        visibleCaption
        columns={[
          { head: "Name", wide: true },
          { head: "ID" },
          { head: "External ID" },
          { head: "Mode" },
          { head: "Created" },
        ]}
        rows={rows.map((tenant) => ({
          cells: [
            <a href={`/dashboard/tenants/${tenant.id}`}>{tenant.name}</a>,
            <code>{tenant.id}</code>,
            tenant.externalId ?? "",
            <Badge state={tenant.operator ? "operator" : tenant.mode} />,
            tenant.createdMs === 0 ? "" : format.day(tenant.createdMs),
          ],
        }))}
      />
    </section>
  );
}
