/** /dashboard/health: what waits, is late or fails, with its tenant (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { firstUndelivered } from "../../delivery/backlog.ts";
import { firstWaiting } from "../../platform/queue/backlog.ts";
import { Badge } from "../component/badge.tsx";
import { type Column, DataTable } from "../component/data-table.tsx";
import {
  countText,
  FAILED_WITHIN_MS,
  HealthSigns,
  LATE_AFTER_MS,
  type Sign,
  signsOf,
} from "../overview/health.tsx";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";

export const healthPages = new Hono<PageEnv>();

const SHOWN = 20;

type Waiting = { tenant: string; atMs: number | null; what: string; why: string };

healthPages.get("/health", async (c) => {
  const { realMs } = allowed(c, "operator.tenants");
  const [signs, [announcements, late], undelivered] = await Promise.all([
    signsOf(c.env, realMs),
    firstWaiting(c.env.DB, realMs - LATE_AFTER_MS, SHOWN),
    firstUndelivered(c.env.DB, realMs - FAILED_WITHIN_MS, SHOWN),
  ]);
  const { format } = c.var;
  const { endpoints, deliveries, emailsFailed, emailsWaiting } = undelivered;
  const lists: Readonly<Record<string, Waiting[]>> = {
    outbox: announcements.map((row) => ({ ...row, what: row.type, why: "waits for the relay" })),
    late: late.map((row) => ({ ...row, what: row.type, why: "is due" })),
    endpoints: endpoints.map((row) => ({
      ...row,
      what: row.host,
      why: row.disabled === null ? "is tried again" : "is disabled: its owner enables it",
    })),
    deliveries: deliveries.map((row) => ({
      ...row,
      what: row.type,
      why: `given up after ${format.count(row.attempts)} attempts: its owner can send it again`,
    })),
    "emails-waiting": emailsWaiting.map((row) => ({
      ...row,
      what: "an e-mail",
      why: row.reason ?? "",
    })),
    "emails-failed": emailsFailed.map((row) => ({
      ...row,
      what: "an e-mail",
      why: row.reason ?? "",
    })),
  };
  const tenants = Object.values(lists).flatMap((rows) => rows.map(({ tenant }) => tenant));
  const names = await tenantNames(c.env.DB, [...new Set(tenants)]);
  const section = (sign: Sign) => {
    const rows = lists[sign.id];
    if (!rows || rows.length === 0) return null;
    return (
      <section id={sign.id} aria-label={sign.name}>
        <div class="head">
          <h2>
            {sign.name} <Badge state={sign.bad ? "failed" : "pending"} />
          </h2>
          <span class="muted">
            {rows.length < sign.backlog.count
              ? `the first ${rows.length} of ${countText(sign.backlog, format)}`
              : sign.note}
          </span>
        </div>
        <DataTable
          caption={sign.name}
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
    { title: "Health", section: "work" },
    <>
      <h1>Health</h1>
      <p class="lead">
        What waits, is late or fails, over all tenants. Each of it is tried again by itself; what
        fails for long needs whoever owns it.
      </p>
      <HealthSigns signs={signs} format={format} />
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
