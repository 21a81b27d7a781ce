/** /dashboard/tenants: usage across all tenants, and who they are (operator). */
import { Hono } from "hono";
import { listTenants, type Tenant, tenantNames } from "../../accounts/store.ts";
import { quarterOf } from "../../core/time.ts";
import {
  type MetricTotal,
  type TenantTotal,
  usageByMetric,
  usageByTenant,
} from "../../metering/across.ts";
import { calendarWindow } from "../../metering/terms.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { FormField } from "../component/field.tsx";
import { Pager } from "../component/pager.tsx";
import type { Format } from "../format.ts";
import { page } from "../page.tsx";
import { allowed, type PageEnv } from "../request.ts";

export const tenantRoutes = new Hono<PageEnv>();

const TOP = 20;

tenantRoutes.get("/tenants", async (c) => {
  const actor = allowed(c, "operator.tenants");
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
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? encodeCursor([shown.at(-1)?.id ?? ""]) : null;
  const { format } = c.var;
  return page(
    c,
    { title: "Tenants", section: "tenants" },
    <>
      <h1>Tenants</h1>
      <p class="lead">Usage of this month over all tenants, as far as their meters have drained.</p>
      <Totals totals={totals} format={format} />
      {metric !== "" && <Top {...{ metric, top, names, totals, format }} />}
      <Tenants rows={shown} format={format} />
      <Pager
        path="/dashboard/tenants"
        query={new URLSearchParams(c.req.query())}
        nextCursor={next}
      />
    </>,
  );
});

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
            one.name,
            <code>{one.id}</code>,
            <Badge state={one.operator ? "operator" : one.mode} />,
            one.createdMs === 0 ? "" : format.day(one.createdMs),
          ],
        }))}
      />
    </section>
  );
}
