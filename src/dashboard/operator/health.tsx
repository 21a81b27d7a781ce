/** /dashboard/health: what waits, is late or fails, with its tenant (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { firstOf, type Sign, signsOf } from "../../watch/health.ts";
import { SHOWN } from "../../watch/health-routes.ts";
import { Badge } from "../component/badge.tsx";
import { type Column, DataTable } from "../component/data-table.tsx";
import { countText, HealthSigns, SIGN_WORDS } from "../overview/health.tsx";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";

export const healthPages = new Hono<PageEnv>();

healthPages.get("/health", async (c) => {
  const { realMs } = allowed(c, "operator.tenants");
  const [signs, first] = await Promise.all([
    signsOf(c.env.DB, realMs),
    firstOf(c.env.DB, realMs, SHOWN),
  ]);
  const { format } = c.var;
  const tenants = Object.values(first).flatMap((rows) => rows.map(({ tenant }) => tenant));
  const names = await tenantNames(c.env.DB, [...new Set(tenants)]);
  const section = ({ id, backlog, bad }: Sign) => {
    const rows = first[id];
    if (rows.length === 0) return null;
    const { name, note } = SIGN_WORDS[id];
    return (
      <section id={id} aria-label={name}>
        <div class="head">
          <h2>
            {name} <Badge state={bad ? "failed" : "pending"} />
          </h2>
          <span class="muted">
            {rows.length < backlog.count
              ? `the first ${rows.length} of ${countText(backlog, format)}`
              : note}
          </span>
          {id === "work_failing" && <a href="/dashboard/work">All of it, with its next attempt</a>}
        </div>
        <DataTable
          caption={name}
          columns={COLUMNS}
          rows={rows.map(({ tenant, atMs, what, why }) => ({
            cells: [
              <a href={`/dashboard/tenants/${tenant}`}>{names.get(tenant) ?? tenant}</a>,
              what,
              atMs === null ? "" : format.time(atMs),
              why,
            ],
          }))}
        />
      </section>
    );
  };
  return page(
    c,
    { title: "Health", section: "health" },
    <>
      <h1>Health</h1>
      <p class="lead">
        What waits, is late or fails, over all tenants. Each of it is tried again by itself; what
        fails for long needs whoever owns it.
      </p>
      <HealthSigns signs={signs} format={format} title="Now" />
      {signs.map(section)}
    </>,
  );
});

const COLUMNS: readonly Column[] = [
  { head: "Tenant", wide: true },
  { head: "What" },
  { head: "Since" },
  { head: "Why", wide: true },
];
