/** /dashboard/tenants/erased: the tenants that are erased as a whole, or wait for it (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { DOCUMENT_YEARS } from "../../retention/tenant/steps.ts";
import { tenantErasurePage } from "../../retention/tenant/tenant-erasure.ts";
import { Badge } from "../component/badge.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ListFrame } from "../component/list-frame.tsx";
import type { Format } from "../form/format.ts";
import { listed } from "../form/list-state.ts";
import { listState } from "../page/list.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";

export const erasedTenantPages = new Hono<PageEnv>();

const TENANTS = "/dashboard/tenants";
const BASE = `${TENANTS}/erased`;

type Row = Awaited<ReturnType<typeof tenantErasurePage>>["data"][number];

erasedTenantPages.get("/tenants/erased", async (c) => {
  const actor = allowed(c, "operator.read");
  const { cursor = "" } = listState(c);
  const { data, ...cursors } = await tenantErasurePage(c.env, actor, cursor || undefined);
  // Those that wait have their names still.
  const waiting = data.filter(({ progress }) => progress.status === "waiting");
  const names = await tenantNames(
    c.env.DB,
    waiting.map(({ erasure }) => erasure.tenant),
  );
  return page(
    c,
    { title: "Erased tenants", section: "tenants" },
    <>
      <p class="muted">
        <a href={TENANTS}>Tenants</a>
      </p>
      <ListFrame
        list={{ base: BASE, state: listed({ cursor }) }}
        title="Erased tenants"
        notice={
          <p class="muted">
            {`What is left of one are its ID, and its final documents for ${DOCUMENT_YEARS} years.`}
          </p>
        }
        filters={null}
        chips={[]}
        bulk={null}
        cursors={cursors}
        empty={
          <EmptyState title="No tenant is erased">
            <p>A tenant is erased on its own page, by its owner or by you.</p>
          </EmptyState>
        }
      >
        {data.length > 0 ? <Rows rows={data} names={names} format={c.var.format} /> : null}
      </ListFrame>
    </>,
  );
});

type RowsProps = { rows: readonly Row[]; names: ReadonlyMap<string, string>; format: Format };

function Rows({ rows, names, format }: RowsProps) {
  return (
    <DataTable
      caption="Erased tenants"
      columns={[
        { head: "Tenant", wide: true },
        { head: "State" },
        { head: "Asked", short: true },
        { head: "Erased", short: true },
        { head: "Documents kept", figure: true },
        { head: "Until", short: true },
      ]}
      rows={rows.map(({ erasure, progress }) => {
        const { tenant, askedMs, beginsMs, doneMs } = erasure;
        const { status, documents } = progress;
        const name = names.get(tenant);
        return {
          id: tenant,
          cells: [
            <>
              <a href={`${TENANTS}/${tenant}/erasure`}>{name ?? tenant}</a>
              {name !== undefined && <div class="muted">{tenant}</div>}
            </>,
            <Badge state={status} />,
            format.day(askedMs),
            status === "waiting" ? (
              <span class="muted">from {format.day(beginsMs)}</span>
            ) : (
              doneMs !== null && format.day(doneMs)
            ),
            format.count(documents.count),
            documents.untilMs !== null && format.day(documents.untilMs),
          ],
        };
      })}
    />
  );
}
