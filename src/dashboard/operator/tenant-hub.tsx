/** What a tenant's page shows its operator: plan, usage, money, invoices, alerts, keys. */
import { roleName } from "../../accounts/actor/roles.ts";
import { latestKeys } from "../../accounts/store/key-store.ts";
import { OPERATOR_TENANT, type Tenant } from "../../accounts/store/tenant-store.ts";
import { listCredits } from "../../billing/credit/credit-store.ts";
import { listOfCustomer } from "../../documents/account/account-store.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { findCustomer } from "../../documents/party/party-store.ts";
import type { Listed } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { listMetrics } from "../../metering/catalogue/catalogue.ts";
import { type Summaries, summaries, WHOLE_USAGE } from "../../metering/read/summary.ts";
import { FIRST_PAGE } from "../../platform/http/slice.ts";
import { AlertList } from "../component/alert-list.tsx";
import { Badge } from "../component/badge.tsx";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { Copyable, EmptyState } from "../component/empty-state.tsx";
import { MeterBar } from "../component/meter-bar.ts";
import { originOf, type PageContext } from "../page/request.ts";
import { type LiveView, type MetricView, readLive } from "../usage/live-view.ts";
import { changeBasisPoints } from "../usage/usage-range.ts";

const SHOWN = 10;
/** Metrics whose trend is read. */
const MOST_METRICS = 20;

type Usage = MetricView & { beforeMicro: bigint };

export type TenantHub = Awaited<ReturnType<typeof readTenantHub>>;

/** All that the page shows of a tenant, at the tenant's own time. */
export async function readTenantHub(c: PageContext, { id }: Tenant, nowMs: number) {
  const reader = { ...c.var.actor, tenantId: id, nowMs };
  const listed = listMetrics(c.env.DB, id);
  const [view, answer, keys, credits, customer] = await Promise.all([
    readLive(c.env, reader, listed),
    summaries(c.env, id, listed),
    latestKeys(c.env.DB, id, FIRST_PAGE.limit),
    listCredits(c.env.DB, id, { before: null, limit: FIRST_PAGE.limit }),
    findCustomer(c.env.DB, OPERATOR_TENANT, { linkedTenant: id }),
  ]);
  const shown = { ...view, metrics: view.metrics.slice(0, MOST_METRICS) };
  const [usage, documents] = await Promise.all([
    withTrend(answer, shown, nowMs),
    customer ? listOfCustomer(c.env.DB, { tenantId: OPERATOR_TENANT }, customer.id, SHOWN) : [],
  ]);
  return { id, nowMs, view, usage, keys, credits, customer, documents };
}

/** Each metric with what was used of it in as long a time before the period. */
async function withTrend(
  answer: Summaries,
  { startMs, metrics }: LiveView,
  nowMs: number,
): Promise<Usage[]> {
  if (metrics.length === 0) return [];
  const before = await answer.one({
    ...WHOLE_USAGE,
    metrics: metrics.map(({ metric }) => metric),
    startMs: startMs - (nowMs - startMs),
    endMs: startMs,
  });
  const used = new Map(before.metrics.map((row) => [row.metric, row.valueMicro]));
  return metrics.map((one) => ({ ...one, beforeMicro: BigInt(used.get(one.metric) ?? 0n) }));
}

/** The figures at the head: the plan, the period, credit left, what is owed. */
export function HubFigures({ c, hub }: { c: PageContext; hub: TenantHub }) {
  const { format } = c.var;
  const { view, credits, nowMs } = hub;
  const left = new Map<string, number>();
  for (const { currency, leftMinor, expiresMs } of credits) {
    if (expiresMs !== null && expiresMs <= nowMs) continue;
    left.set(currency, (left.get(currency) ?? 0) + leftMinor);
  }
  const amounts = [...left].map(([currency, minor]) => format.money(BigInt(minor), currency));
  return (
    <dl class="cards">
      <Card
        name="Plan"
        value={view.live?.version.planName ?? "None"}
        note={format.span(view.startMs, view.endMs)}
      />
      <Card name="Credit left" value={amounts.length === 0 ? "None" : amounts} />
      <Card name="Alerts" value={format.count(view.alerts.length)} note="in this period" />
    </dl>
  );
}

/** Usage against limits, with its change against as long a time before. */
export function HubUsage({ c, hub }: { c: PageContext; hub: TenantHub }) {
  const { format } = c.var;
  if (hub.usage.length === 0) {
    return <EmptyState title="No usage in this period">Its metrics show here.</EmptyState>;
  }
  const more = hub.view.metrics.length - hub.usage.length;
  // Nothing before: then this is the first period, and of no metric is it worth saying.
  const isFirst = hub.usage.every(({ beforeMicro }) => beforeMicro === 0n);
  return (
    <section>
      <h2>Usage in this period</h2>
      <ul class="metrics brief">
        {hub.usage.map((one) => {
          const share = one.basisPoints === null ? "" : format.percent(one.basisPoints);
          const limit =
            one.includedMicro === null ? ", no limit" : ` of ${format.quantity(one.includedMicro)}`;
          return (
            <li>
              <div class="metric-name">
                <strong>{one.name}</strong> <small class="muted">{one.metric}</small>
                <span class="muted">{isFirst ? "" : trendOf(c, one)}</span>
              </div>
              <div class="metric-figures">
                {format.quantity(one.usedMicro)}
                <span class="muted">{limit} </span>
                <strong>{share}</strong>
              </div>
              {one.basisPoints !== null && (
                <MeterBar
                  basisPoints={one.basisPoints}
                  thresholds={one.thresholds}
                  label={one.name}
                  text={`${share} of the limit`}
                />
              )}
            </li>
          );
        })}
        {more > 0 && <li class="muted">and {format.count(more)} more</li>}
      </ul>
    </section>
  );
}

function trendOf(c: PageContext, { usedMicro, beforeMicro }: Usage): string {
  const change = changeBasisPoints(usedMicro, beforeMicro);
  if (change === null) return usedMicro > 0n ? "new in this period" : "";
  const sign = change > 0n ? "+" : "";
  return `${sign}${c.var.format.percent(change)} vs. the previous period`;
}

/** What the operator invoiced the tenant for, newest first. */
export function HubDocuments({ c, hub }: { c: PageContext; hub: TenantHub }) {
  const { documents, customer, nowMs } = hub;
  if (!customer || documents.length === 0) return null;
  return (
    <section>
      <div class="with-link">
        <h2>Invoices</h2>
        <a href={`/dashboard/customers/${customer.id}`}>Its account</a>
      </div>
      <DataTable
        caption="Invoices"
        columns={[
          { head: "Invoice", wide: true },
          { head: "Issued" },
          { head: "Status" },
          { head: "Total", figure: true },
        ]}
        rows={documents.map((row) => ({ cells: documentCells(c, row, nowMs) }))}
      />
    </section>
  );
}

function documentCells({ var: { format } }: PageContext, row: Listed, nowMs: number) {
  return [
    <a href={`/dashboard/${KINDS[row.kind].path}/${row.id}`}>{row.number ?? "Draft"}</a>,
    row.issueDate === null ? "" : format.date(row.issueDate),
    <Badge state={statusAt(row, nowMs)} />,
    format.money(BigInt(row.totalMinor), row.currency),
  ];
}

/** Alerts of the period, keys, and how to act for the tenant. */
export function HubSide({ c, hub }: { c: PageContext; hub: TenantHub }) {
  const { format } = c.var;
  const live = hub.keys.filter(({ revokedMs }) => revokedMs === null);
  return (
    <>
      <section class="card">
        <h2>Alerts</h2>
        <AlertList alerts={hub.view.alerts} format={format} names={hub.view.names} />
      </section>
      <section class="card">
        <h2>API keys</h2>
        {live.length === 0 ? (
          <p class="muted">It has no key yet.</p>
        ) : (
          <ul class="brief">
            {live.slice(0, SHOWN).map((key) => (
              <li>
                {key.name} <span class="muted">{roleName(key.role)}</span>
              </li>
            ))}
          </ul>
        )}
        {live.length > SHOWN && <p class="muted">and {format.count(live.length - SHOWN)} more</p>}
      </section>
      <section class="card">
        <h2>Act for this tenant with the API</h2>
        <p>Name it in a header, and a request with your own key is made for it.</p>
        <Copyable
          text={
            `curl ${originOf(c)}/api/usage/current-period \\\n` +
            `  -H 'Authorization: Bearer YOUR_OPERATOR_KEY' \\\n  -H 'BoxCost-Tenant: ${hub.id}'`
          }
        />
      </section>
    </>
  );
}
