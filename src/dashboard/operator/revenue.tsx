/** /dashboard/revenue: what subscriptions bring, what moves it, who brings most (operator). */
import { Hono } from "hono";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { churnBasisPoints, type Movement } from "../../billing/revenue/recurring.ts";
import { type Billed, type CurrencyReport, reportRevenue } from "../../billing/revenue/report.ts";
import { listSteps, type TenantRevenue } from "../../billing/revenue/revenue.ts";
import { nameBefore, SPAN_KINDS, type Span, type SpanKind } from "../../billing/revenue/span.ts";
import { moneyText } from "../../core/money.ts";
import type { InvoiceFigures } from "../../documents/store/figures.ts";
import { axisFormat } from "../component/axis.ts";
import { type Bar, BarChart } from "../component/bar-chart.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { ModeSwitch, TestNotice } from "../component/mode-switch.tsx";
import type { Format } from "../form/format.ts";
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

const STEPS = 10;
/** Plans with a colour of their own in the chart; the others share one. */
const MOST_PLANS = 7;
const PLAN_TONES = ["0", "2", "3", "4", "5", "6", "7", "1"];

revenuePages.get("/revenue", async (c) => {
  const actor = allowed(c, "operator.read");
  const { nowMs } = actor;
  const by = SPAN_KINDS.find((kind) => kind === c.req.query("by")) ?? "year";
  const part = { test: c.req.query("mode") === "test", by };
  const [reports, past, coming, waiting] = await Promise.all([
    reportRevenue(c.env, part, nowMs),
    listSteps(c.env.DB, part, { nowMs, coming: false, limit: STEPS }),
    listSteps(c.env.DB, part, { nowMs, coming: true, limit: STEPS }),
    part.test ? null : waitingOf(c.env, actor),
  ]);
  const ranked = reports.flatMap(({ top, fallen, falling }) => [...top, ...fallen, ...falling]);
  const names = await tenantNames(
    c.env.DB,
    [...ranked, ...past, ...coming].map(({ tenant }) => tenant),
  );
  const { format } = c.var;
  const figuresIn = (currency: string) =>
    waiting?.figures.find((row) => row.currency === currency) ?? null;
  return page(
    c,
    { title: "Revenue", section: "revenue" },
    <>
      <div class="head">
        <h1>Revenue</h1>
        <ModeSwitch path="/dashboard/revenue" test={part.test} />
      </div>
      <TestNotice test={part.test} />
      {reports.length === 0 && (
        <EmptyState title="Nothing billed yet">
          <p>Subscribe a tenant to a plan; its revenue shows here from its first period on.</p>
        </EmptyState>
      )}
      {reports.map((report, i) => (
        <Report
          report={report}
          test={part.test}
          isFirst={i === 0}
          figures={figuresIn(report.currency)}
          names={names}
          format={format}
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

type ReportProps = {
  report: CurrencyReport;
  figures: InvoiceFigures | null;
  names: ReadonlyMap<string, string>;
  format: Format;
  test: boolean;
  /** The first currency's, to which links lead. */
  isFirst: boolean;
};

function Report(props: ReportProps) {
  const { report, figures, format, isFirst } = props;
  const { currency, billed, falling } = report;
  const movements = sinceFirst(report.movements);
  return (
    <section aria-label={`Revenue in ${currency}`} class="stack">
      <h2>{currency}</h2>
      <RecurringCards currency={currency} movements={movements} figures={figures} format={format} />
      <div class="pair">
        <RecurringChart currency={currency} movements={movements} format={format} />
        <MovementChart currency={currency} movements={movements} format={format} />
      </div>
      <Movements movements={movements} currency={currency} format={format} />
      {billed.length > 0 && <PlanChart {...props} />}
      <div class="head" id={isFirst ? "tenants" : undefined}>
        <h3>Tenants</h3>
        <SpanSwitch by={report.current.kind} test={props.test} />
      </div>
      <Tenants {...props} />
      {falling.length > 0 && <Falling {...props} />}
    </section>
  );
}

function PlanChart({ report, format }: ReportProps) {
  const { currency, billed, movements } = report;
  const nameOf = ({ plan }: Billed) => plan || "No plan";
  const totals = new Map<string, bigint>();
  for (const row of billed) {
    totals.set(nameOf(row), (totals.get(nameOf(row)) ?? 0n) + row.amountMinor);
  }
  const ranked = [...totals].sort(([, a], [, b]) => (b > a ? 1 : b < a ? -1 : 0));
  const own = ranked.slice(0, MOST_PLANS).map(([name]) => name);
  const heads = ranked.length > own.length ? [...own, "Other plans"] : own;
  const totalOf = (month: string, head: string) =>
    billed
      .filter((row) => row.month === month)
      .filter((row) => (own.includes(head) ? nameOf(row) === head : !own.includes(nameOf(row))))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const bars = movements.map(
    ({ month }): Bar => ({
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

const SPAN_LABELS: Readonly<Record<SpanKind, string>> = {
  month: "Month",
  quarter: "Quarter",
  year: "Year",
  "12_months": "12 months",
};

/** How a time is called, by the name of its rows. */
function spanText({ kind, name }: Pick<Span, "kind" | "name">, format: Format): string {
  if (kind === "quarter") return `${name.slice(5)} ${name.slice(0, 4)}`;
  if (kind === "year") return name;
  const month = format.month(name.slice(0, 7));
  return kind === "month" ? month : `12 months to ${month}`;
}

/** Links to the same page by each time. */
function SpanSwitch({ by, test }: { by: SpanKind; test: boolean }) {
  return (
    <nav class="switch" aria-label="Rank tenants by">
      {SPAN_KINDS.map((kind) => {
        const query = new URLSearchParams({ ...(test ? { mode: "test" } : {}), by: kind });
        return (
          <a
            href={`/dashboard/revenue?${query}#tenants`}
            aria-current={kind === by ? "true" : undefined}
          >
            {SPAN_LABELS[kind]}
          </a>
        );
      })}
    </nav>
  );
}

/** Who was billed most, and beside it who was billed less than before. */
function Tenants(props: ReportProps) {
  const { report, format } = props;
  const { current, whole, top, fallen } = report;
  const [now, last] = [spanText(current, format), spanText(whole, format)];
  const before = (span: Span) => spanText({ kind: span.kind, name: nameBefore(span) }, format);
  const so = current.isOver ? "" : " so far";
  return (
    <div class="pair">
      <Ranking
        {...props}
        caption={`Top tenants, billed in ${now}${so}`}
        heads={[before(current), now]}
        rows={top}
        isOver={current.isOver}
        nothing={`Nothing was billed in ${now}.`}
      />
      <Ranking
        {...props}
        caption={`Falling tenants, billed less in ${last}`}
        heads={[before(whole), last]}
        rows={fallen}
        isOver
        nothing={`Nobody was billed less in ${last} than in ${before(whole)}.`}
      />
    </div>
  );
}

type RankingProps = ReportProps & {
  caption: string;
  heads: readonly [before: string, now: string];
  rows: readonly TenantRevenue[];
  /** Only then is it compared with a whole time before. */
  isOver: boolean;
  nothing: string;
};

function Ranking({ report, names, format, ...shown }: RankingProps) {
  const { caption, heads, rows, isOver, nothing } = shown;
  const { currency } = report;
  if (rows.length === 0) {
    return (
      <section class="card" aria-label={caption}>
        <h3>{caption}</h3>
        <p class="muted">{nothing}</p>
      </section>
    );
  }
  return (
    <DataTable
      caption={caption}
      visibleCaption
      columns={[
        { head: "Tenant", wide: true },
        ...heads.map((head) => ({ head, figure: true })),
        ...(isOver ? [{ head: "Change", figure: true }] : []),
      ]}
      rows={rows.map(({ tenant, amountMinor, beforeMinor }) => ({
        cells: [
          <TenantLink id={tenant} names={names} />,
          beforeMinor === 0n ? "" : format.money(beforeMinor, currency),
          format.money(amountMinor, currency),
          ...(isOver ? [changeText(amountMinor, beforeMinor, format)] : []),
        ],
      }))}
    />
  );
}

function changeText(amountMinor: bigint, beforeMinor: bigint, format: Format): string {
  const change = changeBasisPoints(amountMinor, beforeMinor);
  if (change === null) return "new";
  return `${change > 0n ? "+" : ""}${format.percent(change)}`;
}

function Falling({ report, names, format }: ReportProps) {
  const { currency, falling } = report;
  return (
    <DataTable
      caption="Falling usage, in the last closed period"
      visibleCaption
      columns={[
        { head: "Tenant", wide: true },
        { head: "Before", figure: true },
        { head: "Last", figure: true },
        { head: "Change", figure: true },
      ]}
      rows={falling.map(({ tenant, beforeMinor, usageMinor, changeMinor }) => {
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
