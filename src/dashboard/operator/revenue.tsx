/** /dashboard/revenue: what subscriptions bring, what moves it, who brings most (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { readVersions } from "../../billing/plan/plan-store.ts";
import {
  churnBasisPoints,
  type Movement,
  monthsUntil,
  movementsOf,
} from "../../billing/revenue/recurring.ts";
import {
  fallingTenants,
  listSteps,
  type Part,
  type PlanRevenue,
  recurringSums,
  revenueByPlan,
  type TenantRevenue,
  type Trend,
  topTenants,
} from "../../billing/revenue/revenue.ts";
import { moneyText } from "../../core/money.ts";
import type { InvoiceFigures } from "../../documents/store/figures.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { axisFormat } from "../component/axis.ts";
import { type Bar, BarChart } from "../component/bar-chart.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ModeSwitch, TestNotice } from "../component/mode-switch.tsx";
import type { Format } from "../form/format.ts";
import { currenciesIn } from "../overview/operator-home.tsx";
import {
  MovementChart,
  RecurringCards,
  RecurringChart,
  StepTable,
  sinceFirst,
} from "../overview/recurring.tsx";
import { waitingOf } from "../overview/waiting.tsx";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv } from "../page/request.ts";
import { changeBasisPoints } from "../usage/usage-range.ts";

export const revenuePages = new Hono<PageEnv>();

const MONTHS = 12;
const TOP = 10;
const STEPS = 10;
/** Plans with a colour of their own in the chart; the others share one. */
const MOST_PLANS = 7;
const PLAN_TONES = ["0", "2", "3", "4", "5", "6", "7", "1"];

revenuePages.get("/revenue", async (c) => {
  const actor = allowed(c, "operator.read");
  const { nowMs } = actor;
  const part = { test: c.req.query("mode") === "test" };
  const months = monthsUntil(nowMs, MONTHS);
  const [from = "", to = ""] = [months[0], months.at(-1)];
  const [sums, revenue, past, coming, waiting] = await Promise.all([
    recurringSums(c.env.DB, part, nowMs),
    revenueByPlan(c.env.DB, part, [from, to]),
    listSteps(c.env.DB, part, { nowMs, coming: false, limit: STEPS }),
    listSteps(c.env.DB, part, { nowMs, coming: true, limit: STEPS }),
    part.test ? null : waitingOf(c.env, actor),
  ]);
  const figures = waiting?.figures ?? [];
  const billed = revenue.map(({ currency }) => currency);
  const currencies = [...new Set([...currenciesIn(sums, figures), ...billed])].sort();
  // That of the last month that is over: in January nobody wants to see an empty year.
  const year = (months.at(-2) ?? to).slice(0, 4);
  const ranks = await Promise.all(
    currencies.map((currency) => ranksOf(c.env, part, { year, currency })),
  );
  const [plans, names] = await Promise.all([
    planNames(c.env, revenue),
    tenantNames(c.env.DB, [
      ...ranks.flatMap(({ top, falling }) => [...top, ...falling].map(({ tenant }) => tenant)),
      ...[...past, ...coming].map(({ tenant }) => tenant),
    ]),
  ]);
  const { format } = c.var;
  return page(
    c,
    { title: "Revenue", section: "revenue" },
    <>
      <div class="head">
        <h1>Revenue</h1>
        <ModeSwitch path="/dashboard/revenue" test={part.test} />
      </div>
      <TestNotice test={part.test} />
      {currencies.length === 0 && (
        <EmptyState title="Nothing billed yet">
          <p>Subscribe a tenant to a plan; its revenue shows here from its first period on.</p>
        </EmptyState>
      )}
      {currencies.map((currency, i) => (
        <CurrencyReport
          currency={currency}
          format={format}
          plans={plans}
          months={months}
          movements={sinceFirst(movementsOf(sums, months, currency))}
          revenue={revenue.filter((row) => row.currency === currency)}
          figures={figures.find((row) => row.currency === currency) ?? null}
          ranks={ranks[i] ?? { top: [], falling: [] }}
          names={names}
          year={year}
        />
      ))}
      {past.length > 0 && (
        <section aria-label="Movements" class="stack">
          <StepTable caption="Newest movements" steps={past} names={names} format={format} />
          {coming.length > 0 && (
            <StepTable caption="Scheduled movements" steps={coming} names={names} format={format} />
          )}
        </section>
      )}
    </>,
  );
});

type Ranks = { top: TenantRevenue[]; falling: Trend[] };

async function ranksOf(
  env: Env,
  part: Part,
  { year, currency }: { year: string; currency: string },
): Promise<Ranks> {
  const [top, falling] = await Promise.all([
    topTenants(env.DB, part, { year, currency, limit: TOP }),
    fallingTenants(env.DB, part, { currency, limit: TOP }),
  ]);
  return { top, falling };
}

async function planNames(env: Env, revenue: readonly PlanRevenue[]): Promise<Map<string, string>> {
  const versions = await readVersions(
    env.DB,
    revenue.map(({ versionId }) => versionId),
  );
  return new Map([...versions].map(([id, { planName }]) => [id, planName]));
}

type ReportProps = {
  currency: string;
  months: readonly string[];
  movements: Movement[];
  revenue: readonly PlanRevenue[];
  plans: ReadonlyMap<string, string>;
  figures: InvoiceFigures | null;
  ranks: Ranks;
  names: ReadonlyMap<string, string>;
  year: string;
  format: Format;
};

function CurrencyReport(report: ReportProps) {
  const { currency, movements, revenue, figures, format, ranks } = report;
  return (
    <section aria-label={`Revenue in ${currency}`} class="stack">
      <h2>{currency}</h2>
      <RecurringCards currency={currency} movements={movements} figures={figures} format={format} />
      <div class="pair">
        <RecurringChart currency={currency} movements={movements} format={format} />
        <MovementChart currency={currency} movements={movements} format={format} />
      </div>
      <Movements movements={movements} currency={currency} format={format} />
      {revenue.length > 0 && <PlanChart {...report} />}
      <div class="pair">
        {ranks.top.length > 0 && <Top {...report} />}
        {ranks.falling.length > 0 && <Falling {...report} />}
      </div>
    </section>
  );
}

function PlanChart({ currency, months, revenue, plans, format }: ReportProps) {
  const nameOf = ({ versionId }: PlanRevenue) => plans.get(versionId) ?? "No plan";
  const totals = new Map<string, bigint>();
  for (const row of revenue) {
    totals.set(nameOf(row), (totals.get(nameOf(row)) ?? 0n) + row.amountMinor);
  }
  const ranked = [...totals].sort(([, a], [, b]) => (b > a ? 1 : b < a ? -1 : 0));
  const own = ranked.slice(0, MOST_PLANS).map(([name]) => name);
  const heads = ranked.length > own.length ? [...own, "Other plans"] : own;
  const totalOf = (month: string, head: string) =>
    revenue
      .filter((row) => row.month === month)
      .filter((row) => (own.includes(head) ? nameOf(row) === head : !own.includes(nameOf(row))))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const bars = months.map(
    (month): Bar => ({
      label: format.month(month),
      values: heads.map((head) => {
        const minor = totalOf(month, head);
        return { text: format.money(minor, currency), decimal: moneyText(minor, currency) };
      }),
    }),
  );
  return (
    <BarChart
      caption="Billed by month and plan"
      unit={`${currency}, before discounts and tax`}
      heads={["Month", ...heads]}
      bars={bars}
      drawn="stacked"
      tones={PLAN_TONES}
      figure={axisFormat(format.locale, currency)}
    />
  );
}

type MovementsProps = { movements: readonly Movement[]; currency: string; format: Format };

function Movements({ movements, currency, format }: MovementsProps) {
  const money = (minor: bigint) => format.money(minor, currency);
  const moved = (minor: bigint) => (minor === 0n ? "" : money(minor));
  const figure = (head: string) => ({ head, figure: true });
  const heads = ["Start", "New", "Reactivation", "Expansion", "Contraction", "Churn", "End"];
  return (
    <details class="month-by-month">
      <summary>Month by month</summary>
      <DataTable
        caption={`Monthly recurring revenue, ${currency}`}
        columns={[{ head: "Month", short: true }, ...[...heads, "Churn rate"].map(figure)]}
        rows={[...movements].reverse().map((movement) => {
          const churn = churnBasisPoints(movement);
          return {
            cells: [
              format.month(movement.month),
              money(movement.startMinor),
              moved(movement.newMinor),
              moved(movement.reactivationMinor),
              moved(movement.expansionMinor),
              moved(-movement.contractionMinor),
              moved(-movement.churnMinor),
              <strong>{money(movement.endMinor)}</strong>,
              churn === null ? "" : format.percent(churn),
            ],
          };
        })}
      />
    </details>
  );
}

function TenantLink({ id, names }: { id: string; names: ReadonlyMap<string, string> }) {
  return <a href={`/dashboard/tenants/${id}`}>{names.get(id) ?? id}</a>;
}

function Top({ ranks, year, currency, names, format }: ReportProps) {
  return (
    <DataTable
      caption={`Top tenants, billed in ${year}`}
      visibleCaption
      columns={[
        { head: "Tenant", wide: true },
        { head: year, figure: true },
        { head: String(Number(year) - 1), figure: true },
      ]}
      rows={ranks.top.map(({ tenant, amountMinor, beforeMinor }) => ({
        cells: [
          <TenantLink id={tenant} names={names} />,
          format.money(amountMinor, currency),
          beforeMinor === 0n ? "" : format.money(beforeMinor, currency),
        ],
      }))}
    />
  );
}

function Falling({ ranks, currency, names, format }: ReportProps) {
  return (
    <DataTable
      caption="Falling tenants, usage of the last closed period"
      visibleCaption
      columns={[
        { head: "Tenant", wide: true },
        { head: "Before", figure: true },
        { head: "Last", figure: true },
        { head: "Change", figure: true },
      ]}
      rows={ranks.falling.map(({ tenant, beforeMinor, usageMinor, changeMinor }) => {
        const change = changeBasisPoints(usageMinor, beforeMinor);
        const share = change === null ? "" : ` (${format.percent(change)})`;
        return {
          cells: [
            <TenantLink id={tenant} names={names} />,
            format.money(beforeMinor, currency),
            format.money(usageMinor, currency),
            `${format.money(changeMinor, currency)}${share}`,
          ],
        };
      })}
    />
  );
}
