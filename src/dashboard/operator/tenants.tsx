/** /dashboard/tenants: usage across all tenants, and who they are (operator). */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
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
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import { startOf } from "../billing/display.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable } from "../component/empty-state.tsx";
import { FormField } from "../component/field.tsx";
import { Fields, Form, Refusal, type Refused } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { type Body, bodyOf, type Field } from "../form/form.ts";
import type { Format } from "../form/format.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page, refusalOf } from "../page/page.tsx";
import { allowed, type PageContext, type PageEnv, readForm } from "../page/request.ts";

export const tenantListPages = new Hono<PageEnv>();

const TOP = 20;
const SUBSCRIBE = "/billing/subscriptions/new";

const NEW_FIELDS: readonly Field[] = [
  { pointer: "/name", label: "Name", kind: "line", required: true, placeholder: "Acme Ltd" },
  {
    ...{ pointer: "/mode", label: "Mode", kind: "choice" },
    options: [
      { value: "live", label: "live" },
      { value: "test", label: "test: its clock can be moved" },
    ],
  },
  { pointer: "/clock", label: "A test tenant's clock", kind: "day", hint: "now unless given" },
];

tenantListPages.get("/tenants", (c) => tenantsPage(c, allowed(c, "operator.tenants"), {}));

tenantListPages.post("/tenants", async (c) => {
  const actor = allowed(c, "operator.tenants");
  const shown = bodyOf(NEW_FIELDS, await readForm(c));
  const body = { ...shown, clock: startOf(shown.clock) };
  try {
    const request = { method: "POST", path: apiPath(["tenants"]), body } as const;
    const made = await runOperation(c, accountRoutes, request);
    return await tenantsPage(c, actor, { made });
  } catch (error) {
    return tenantsPage(c, actor, { shown, refused: refusalOf(error) });
  }
});

type Entered = { shown?: Body; refused?: Refused; made?: Body };

async function tenantsPage(c: PageContext, actor: Actor, { shown, refused, made }: Entered) {
  const { cursor, metric: asked = "" } = c.req.query();
  const [after] = cursor ? decodeCursor(cursor, 1) : [];
  const limit = pageLimit(undefined);
  const slice = { after: after === undefined ? null : String(after), limit: limit + 1 };
  const quarter = quarterOf(calendarWindow(actor.nowMs).startMs);
  const [rows, totals] = await Promise.all([
    listTenants(c.env.DB, slice),
    usageByMetric(c.env.DB, quarter),
  ]);
  const metric = totals.find((one) => one.metric === asked)?.metric ?? totals[0]?.metric ?? "";
  const top = await usageByTenant(c.env.DB, metric, quarter, TOP);
  const names = await tenantNames(
    c.env.DB,
    top.map(({ tenant }) => tenant),
  );
  const listed = rows.slice(0, limit);
  const next = rows.length > limit ? encodeCursor([listed.at(-1)?.id ?? ""]) : null;
  const { format } = c.var;
  return page(
    c,
    { title: "Tenants", section: "tenants", status: refused ? 422 : 200 },
    <>
      <h1>Tenants</h1>
      {made && <Made tenant={made} />}
      <p class="lead">Usage of this month over all tenants, as far as their meters have drained.</p>
      <Totals totals={totals} format={format} />
      {metric !== "" && <Top {...{ metric, top, names, totals, format }} />}
      <Tenants rows={listed} format={format} />
      <Pager
        path="/dashboard/tenants"
        query={new URLSearchParams(c.req.query())}
        nextCursor={next}
      />
      <details class="card" open={refused !== undefined}>
        <summary>Add a tenant</summary>
        <Refusal refused={refused ?? null} fields={NEW_FIELDS.map(({ pointer }) => pointer)} />
        <Form action="/dashboard/tenants" token={c.var.session.formToken} class="stacked">
          <Fields fields={NEW_FIELDS} body={shown ?? {}} refused={refused ?? null} />
          <button type="submit" class="primary">
            Add the tenant
          </button>
        </Form>
      </details>
    </>,
  );
}

function Made({ tenant }: { tenant: Body }) {
  const query = new URLSearchParams({ tenant_id: String(tenant.id) });
  return (
    <section class="card" aria-label="The new tenant">
      <h2>The first key of {String(tenant.name)}</h2>
      <p>
        It is shown only now. Next, <a href={`/dashboard${SUBSCRIBE}?${query}`}>subscribe it</a> to
        a plan.
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
      rows={totals.map((one) => ({
        cells: [
          one.metric,
          format.quantity(one.micro),
          format.count(one.events),
          format.count(one.tenants),
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
  const options = totals.map((one) => ({ value: one.metric, label: one.metric }));
  return (
    <section>
      <form method="get" class="filters">
        <FormField
          field={{ pointer: "/metric", label: "Top tenants by", kind: "choice", options }}
          body={{ metric }}
          named="metric"
        />
        <button type="submit">Show</button>
      </form>
      <DataTable
        caption={`Top tenants by ${metric}`}
        columns={[
          { head: "Tenant", wide: true },
          { head: "Quantity", figure: true },
          { head: "Events", figure: true },
        ]}
        rows={top.map((one) => ({
          cells: [
            names.get(one.tenant) ?? one.tenant,
            format.quantity(one.micro),
            format.count(one.events),
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
          { head: "Id" },
          { head: "Mode" },
          { head: "Since" },
        ]}
        rows={rows.map((one) => ({
          cells: [
            <a href={`/dashboard/tenants/${one.id}`}>{one.name}</a>,
            <code>{one.id}</code>,
            <Badge state={one.operator ? "operator" : one.mode} />,
            one.createdMs === 0 ? "" : format.day(one.createdMs),
          ],
        }))}
      />
    </section>
  );
}
