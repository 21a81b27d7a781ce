/** /dashboard/work: due work that fails, of which tenant, and why (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { failingWork } from "../../platform/queue/due.ts";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
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
  const { format } = c.var;
  return page(
    c,
    { title: "Failing work", section: "work" },
    <>
      <h1>Failing work</h1>
      <p class="lead">
        Closings, settlements, reminders and other work whose last attempt failed. Each is tried
        again by itself, and holds up nothing else.
      </p>
      {data.length === 0 ? (
        <EmptyState title="Nothing fails">
          <p>What could not be done is listed here until it is.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Failing work"
          columns={[
            { head: "Work" },
            { head: "For" },
            { head: "Tenant" },
            { head: "Why it failed", wide: true },
            { head: "Attempts", figure: true },
            { head: "Tried again" },
          ]}
          rows={data.map((work) => ({
            cells: [
              work.kind,
              <code>{work.ref}</code>,
              <a href={`/dashboard/tenants/${work.tenant}`}>
                {names.get(work.tenant) ?? work.tenant}
              </a>,
              work.error,
              format.count(work.attempts),
              `${format.time(work.atMs)}${work.clock === "test" ? " on its own clock" : ""}`,
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
