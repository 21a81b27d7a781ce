/** /dashboard/revenue: what subscriptions bring, what moves it, who brings most (operator). */
import { Hono } from "hono";
import { tenantNames, testTenants } from "../../accounts/store/tenant-store.ts";
import { readVersions } from "../../billing/plan/plan-store.ts";
import {
  churnBasisPoints,
  lifetimeValueMinor,
  type Movement,
  monthsUntil,
  mrrMovements,
} from "../../billing/revenue/recurring.ts";
import {
  type PlanRevenue,
  revenueByPlan,
  type TenantRevenue,
  topTenants,
} from "../../billing/revenue/revenue.ts";
import { listSubscriptions, type Subscription } from "../../billing/subscription/store.ts";
import { moneyText } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { type InvoiceFigures, invoiceFigures } from "../../documents/store/figures.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Bar, BarChart } from "../component/bar-chart.tsx";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Format } from "../form/format.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";

export const revenuePages = new Hono<PageEnv>();

const MONTHS = 12;
const TOP = 10;
const SUBSCRIPTION_PAGE = 500;

revenuePages.get("/revenue", async (c) => {
  const actor = allowed(c, "operator.read");
  const test = c.req.query("mode") === "test";
  const ids = await testTenants(c.env.DB);
  const part = { testTenants: ids, test };
  const months = monthsUntil(actor.nowMs, MONTHS);
  const fromMs = months[0]?.startMs ?? 0;
  const { timeZone } = await issuerOf(c.env, actor);
  const today = dateText(actor.nowMs, timeZone);
  const paidFrom = `${today.slice(0, 7)}-01`;
  const [subscriptions, revenue, top, figures] = await Promise.all([
    allSubscriptions(c.env, new Set(ids), test),
    revenueByPlan(c.env.DB, part, fromMs),
    topTenants(c.env.DB, part, fromMs, TOP),
    test ? [] : invoiceFigures(c.env.DB, { issuer: actor.tenantId, scope: "", today, paidFrom }),
  ]);
  const plans = await planNames(c.env, revenue);
  const names = await tenantNames(
    c.env.DB,
    top.map(({ tenant }) => tenant),
  );
  const currencies = currenciesOf(subscriptions, revenue);
  const { format } = c.var;
  return page(
    c,
    { title: "Revenue", section: "revenue", charts: true },
    <>
      <div class="head">
        <h1>Revenue{test && ", test tenants"}</h1>
        <a href={test ? "/dashboard/revenue" : "/dashboard/revenue?mode=test"}>
          {test ? "Live tenants" : "Test tenants"}
        </a>
      </div>
      {currencies.length === 0 && (
        <EmptyState title="Nothing billed yet">
          <p>Subscribe a tenant to a plan; its revenue shows here from its first period on.</p>
        </EmptyState>
      )}
      {currencies.map((currency) => (
        <CurrencyReport
          currency={currency}
          format={format}
          plans={plans}
          months={months.map(({ month }) => month)}
          movements={sinceFirst(mrrMovements(subscriptions, months, currency))}
          revenue={revenue.filter((row) => row.currency === currency)}
          figures={figures.find((row) => row.currency === currency) ?? null}
        />
      ))}
      {top.length > 0 && <Top rows={top} names={names} format={format} />}
    </>,
  );
});

async function allSubscriptions(
  env: Env,
  testIds: ReadonlySet<string>,
  test: boolean,
): Promise<Subscription[]> {
  const all: Subscription[] = [];
  for (let before: string | null = null; ; ) {
    const limit = SUBSCRIPTION_PAGE;
    const rows = await listSubscriptions(env.DB, { tenant: null, before, limit });
    all.push(...rows.filter(({ row }) => testIds.has(row.tenant) === test));
    before = rows.at(-1)?.row.id ?? null;
    if (rows.length < limit) return all;
  }
}

async function planNames(env: Env, revenue: readonly PlanRevenue[]): Promise<Map<string, string>> {
  const versions = await readVersions(
    env.DB,
    revenue.map(({ versionId }) => versionId),
  );
  return new Map([...versions].map(([id, { planName }]) => [id, planName]));
}

function currenciesOf(
  subscriptions: readonly Subscription[],
  revenue: readonly PlanRevenue[],
): string[] {
  const found = [...subscriptions.map(({ row }) => row), ...revenue].map((row) => row.currency);
  return [...new Set(found)].sort();
}

/** The movements from the first month with revenue on; at least the current month's. */
function sinceFirst(movements: readonly Movement[]): Movement[] {
  const first = movements.findIndex(({ endMinor, startMinor }) => endMinor + startMinor > 0n);
  return movements.slice(first < 0 ? -1 : first);
}

type ReportProps = {
  currency: string;
  months: readonly string[];
  movements: Movement[];
  revenue: readonly PlanRevenue[];
  plans: ReadonlyMap<string, string>;
  figures: InvoiceFigures | null;
  format: Format;
};

function CurrencyReport(report: ReportProps) {
  const { currency, movements, revenue, figures, format } = report;
  const last = movements.at(-1);
  const money = (minor: bigint) => format.money(minor, currency);
  const lifetime = lifetimeValueMinor(movements);
  const churn = last ? churnBasisPoints(last) : null;
  return (
    <section aria-label={currency}>
      <h2>{currency}</h2>
      <dl class="cards">
        <Card
          name="MRR"
          value={money(last?.endMinor ?? 0n)}
          note={`${format.count(last?.customersAtEnd ?? 0)} paying`}
        />
        <Card
          name="Lifetime value"
          value={lifetime === null ? "–" : money(lifetime)}
          note={lifetime === null ? "no churn yet" : "per customer"}
        />
        <Card
          name="Churned this month"
          value={churn === null ? "–" : format.percent(churn)}
          note={`${format.count(last?.churned ?? 0)} tenants`}
        />
        {figures && (
          <>
            <Card name="Paid this month" value={money(figures.paidMinor)} />
            <Card
              name="Overdue"
              value={money(figures.overdueMinor)}
              note={`of ${money(figures.openMinor)} open`}
            />
          </>
        )}
      </dl>
      {revenue.length > 0 && <PlanChart {...report} />}
      <Movements movements={movements} currency={currency} format={format} />
    </section>
  );
}

function PlanChart({ currency, months, revenue, plans, format }: ReportProps) {
  const names = [...new Set(revenue.map(({ versionId }) => plans.get(versionId) ?? ""))].sort();
  const totalOf = (month: string, plan: string | null) =>
    revenue
      .filter((row) => row.month === month && (plan === null || plans.get(row.versionId) === plan))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const value = (minor: bigint) => ({
    text: format.money(minor, currency),
    decimal: moneyText(minor, currency),
  });
  const bars: Bar[] = months.map((month) => ({
    label: format.month(month),
    values: [null, ...names].map((plan) => value(totalOf(month, plan))),
  }));
  return (
    <BarChart
      caption={`Billed by month and plan, ${currency}`}
      heads={["Month", "All plans", ...names]}
      bars={bars}
    />
  );
}

type MovementsProps = { movements: readonly Movement[]; currency: string; format: Format };

function Movements({ movements, currency, format }: MovementsProps) {
  const money = (minor: bigint) => format.money(minor, currency);
  const figure = (head: string) => ({ head, figure: true });
  return (
    <DataTable
      caption={`Monthly recurring revenue, ${currency}`}
      visibleCaption
      columns={[
        { head: "Month" },
        ...["Start", "New", "Expansion", "Contraction", "Churn", "End", "Churn rate"].map(figure),
      ]}
      rows={[...movements].reverse().map((movement) => {
        const churn = churnBasisPoints(movement);
        return {
          cells: [
            format.month(movement.month),
            money(movement.startMinor),
            money(movement.newMinor),
            money(movement.expansionMinor),
            money(-movement.contractionMinor),
            money(-movement.churnMinor),
            <strong>{money(movement.endMinor)}</strong>,
            churn === null ? "" : format.percent(churn),
          ],
        };
      })}
    />
  );
}

type TopProps = {
  rows: readonly TenantRevenue[];
  names: ReadonlyMap<string, string>;
  format: Format;
};

function Top({ rows, names, format }: TopProps) {
  return (
    <section>
      <DataTable
        caption="Top tenants, 12 months"
        visibleCaption
        columns={[
          { head: "Tenant", wide: true },
          { head: "Billed", figure: true },
        ]}
        rows={rows.map((row) => ({
          cells: [names.get(row.tenant) ?? row.tenant, format.money(row.amountMinor, row.currency)],
        }))}
      />
    </section>
  );
}
