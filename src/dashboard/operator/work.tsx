/** /dashboard/work: due work that fails, of which tenant, and why (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { failingWork } from "../../platform/queue/due.ts";
import { CopyText } from "../component/copy-text.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ActionButton } from "../component/form.tsx";
import { Pager } from "../component/pager.tsx";
import { readPage } from "../page/list.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";

export const workPages = new Hono<PageEnv>();

workPages.get("/work", async (c) => {
  allowed(c, "operator.tenants");
  const { data, next_cursor } = await readPage(
    c.req.query("cursor"),
    (after, limit) => failingWork(c.env.DB, { after, limit }),
    ({ id }) => id,
  );
  const names = await tenantNames(c.env.DB, [...new Set(data.map(({ tenant }) => tenant))]);
  const { format, session } = c.var;
  return page(
    c,
    { title: "Failing work", section: "work" },
    <>
      <h1>Failing work</h1>
      <p class="lead">
        Background work, such as closings and reminders, whose last attempt failed. It is retried
        automatically and holds up nothing else.
      </p>
      {data.length === 0 ? (
        <EmptyState title="Nothing is failing">
          <p>Work that fails is listed here until it succeeds.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Failing work"
          columns={[
            { head: "Work" },
            { head: "For" },
            { head: "Tenant" },
            { head: "Error", wide: true },
            { head: "Attempts", figure: true },
            { head: "Next attempt" },
            { head: "Act" },
          ]}
          rows={data.map((work) => ({
            cells: [
              work.kind,
              <CopyText text={work.ref} />,
              <a href={`/dashboard/tenants/${work.tenant}`}>
                {names.get(work.tenant) ?? work.tenant}
              </a>,
              work.error,
              format.count(work.attempts),
              `${format.time(work.atMs)}${work.clock === "test" ? " on its own clock" : ""}`,
              work.clock === "test" ? (
                ""
              ) : (
                <ActionButton
                  action={`/dashboard/health/work/${encodeURIComponent(work.id)}/run`}
                  token={session.formToken}
                  label="Run now"
                />
              ),
            ],
          }))}
        />
      )}
      <Pager
        path="/dashboard/work"
        query={new URLSearchParams(c.req.query())}
        nextCursor={next_cursor}
      />
    </>,
  );
});
