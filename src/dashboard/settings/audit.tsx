/** /dashboard/settings/audit: who changed what. */
import { Hono } from "hono";
import { type AuditLogRow, listAudit } from "../../accounts/audit/audit.ts";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { FilterForm } from "../component/filter-form.tsx";
import { Pager } from "../component/pager.tsx";
import type { Field } from "../form/form.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";
import { Tabs } from "./tabs.tsx";

export const auditPages = new Hono<PageEnv>();

const FILTERS: readonly Field[] = [
  { pointer: "/action", label: "Action", kind: "line", placeholder: "key.created" },
  { pointer: "/target", label: "Target", kind: "line", placeholder: "an ID" },
];

/** Who acted for whom, where the operator acted for the tenant; in the log of either. */
function Acted({ detail }: AuditLogRow) {
  const { acted_by, acted_for } = JSON.parse(detail);
  if (acted_by !== undefined) return <> (operator)</>;
  if (acted_for === undefined) return null;
  return (
    <>
      {" "}
      for <a href={`/dashboard/tenants/${acted_for}`}>{acted_for}</a>
    </>
  );
}

auditPages.get("/settings/audit", async (c) => {
  const actor = allowed(c, "audit.read");
  const { action = "", target = "", cursor } = c.req.query();
  const { data, next_cursor } = await listAudit(c.env.DB, actor.tenantId, {
    action: action.trim() || undefined,
    target: target.trim() || undefined,
    cursor,
  });
  return page(
    c,
    { title: "Audit log", section: "settings" },
    <>
      <Tabs current="audit" role={actor.role} />
      <FilterForm fields={FILTERS} values={{ action, target }} submit="Filter" />
      <DataTable
        caption="Who changed what"
        columns={[
          { head: "Time", short: true },
          { head: "Action" },
          { head: "Target", wide: true },
          { head: "By", wide: true },
        ]}
        rows={data.map((entry) => ({
          cells: [
            c.var.format.time(entry.atMs),
            entry.action,
            <CopyText text={entry.target} />,
            <>
              <CopyText text={entry.userId ?? entry.keyId} />
              <Acted {...entry} />
            </>,
          ],
        }))}
      />
      <Pager
        path="/dashboard/settings/audit"
        query={new URLSearchParams({ action, target, ...(cursor ? { cursor } : {}) })}
        nextCursor={next_cursor}
      />
    </>,
  );
});
