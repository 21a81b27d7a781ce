/** /dashboard: what the period costs, each metric against its limit, what waits for money. */
import { Hono } from "hono";
import { raw } from "hono/html";
import { may } from "../../accounts/actor/roles.ts";
import type { Live } from "../../billing/usage/live.ts";
import { projectPeriod } from "../../billing/usage/projection.ts";
import { DAY_MS } from "../../core/time.ts";
import { listMetrics } from "../../metering/catalogue/catalogue.ts";
import { liveRoutes } from "../../metering/live/live-routes.ts";
import { summaries } from "../../metering/read/summary.ts";
import { AlertList } from "../component/alert-list.tsx";
import { Card } from "../component/card.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { isOpenTo } from "../component/open-pages.ts";
import type { Format } from "../form/format.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageContext, type PageEnv, readForm } from "../page/request.ts";
import { type LiveView, liveBody, type MetricView, readLive } from "../usage/live-view.ts";
import { Checklist, stepsOf } from "./checklist.tsx";
import { metricRowHtml } from "./metric-row.ts";
import { operatorHome } from "./operator-home.tsx";
import { PeriodCost } from "./period-cost.tsx";
import { TrendChart, type Trends, trendsOf } from "./trend.tsx";
import { amountsOf, type Waiting, WaitingForMoney, waitingOf } from "./waiting.tsx";

export const overviewPages = new Hono<PageEnv>();

overviewPages.get("/", async (c): Promise<Response> => {
  const { confinement, role } = c.var.actor;
  if (!isOpenTo(confinement, "/")) {
    // What is theirs begins with their documents, or their usage.
    const first = may(role, "documents.read") ? "invoices" : "usage";
    return c.redirect(`/dashboard/${first}`, 303);
  }
  const { operator } = allowed(c, "usage.read");
  return operator ? operatorHome(c) : tenantHome(c);
});

async function tenantHome(c: PageContext) {
  const actor = allowed(c, "usage.read");
  const { format } = c.var;
  const listed = listMetrics(c.env.DB, actor.tenantId);
  const [view, waiting, steps, answer] = await Promise.all([
    readLive(c.env, actor, listed),
    waitingOf(c.env, actor),
    stepsOf(c.env, actor),
    summaries(c.env, actor.tenantId, listed),
  ]);
  const chosen = chosenOf(view, c.req.query("metric"));
  const [projected, trends] = await Promise.all([
    view.live ? projectPeriod(c.env, view.live, actor, listed) : null,
    trendsOf(answer, view, {
      chosen: chosen?.metric ?? null,
      locale: format.locale,
      nowMs: actor.nowMs,
    }),
  ]);
  return page(
    c,
    { title: "Overview", section: "overview" },
    <>
      <h1>Overview</h1>
      <p class="lead">
        {view.live ? `${view.live.version.planName} plan, ` : "No subscription. This month: "}
        {format.span(view.startMs, view.endMs)}
        <span class="muted">{daysLeft(view.endMs - actor.nowMs)}</span>
      </p>
      {actor.mode === "test" && (
        <div class="notice info">
          <p>
            <strong>Test data.</strong> Nothing here is sent to anybody, owed or counted with live
            figures. It is {format.time(actor.nowMs)} on this tenant's{" "}
            <a href="/dashboard/clock">own clock</a>.
          </p>
        </div>
      )}
      <Checklist steps={steps} />
      <Cards
        live={view.live}
        netMinor={projected?.netMinor ?? null}
        waiting={waiting}
        format={format}
      />
      <section
        aria-labelledby="usage-head"
        data-live="/dashboard/live.json"
        data-ticket="/dashboard/live/ticket"
        data-token={c.var.session.formToken}
      >
        <div class="head">
          <h2 id="usage-head">Usage</h2>
          <a href="/dashboard/usage">By user, day and dimension</a>
        </div>
        <Metrics view={view} trends={trends} format={format} origin={originOf(c)} />
      </section>
      {chosen && (
        <section aria-label="Trend" id="trend">
          <TrendChart metric={chosen} trends={trends} format={format} />
        </section>
      )}
      <section aria-labelledby="alerts-head">
        <h2 id="alerts-head">Alerts</h2>
        <AlertList alerts={view.alerts} format={format} names={view.names} />
      </section>
      {view.live && <PeriodCost live={view.live} names={view.names} format={format} />}
      {waiting && <WaitingForMoney waiting={waiting} format={format} />}
    </>,
  );
}

/** The metric whose trend is drawn: that which is asked for, else the one nearest to its limit. */
function chosenOf({ metrics }: LiveView, asked: string | undefined): MetricView | null {
  const found = metrics.find(({ metric }) => metric === asked);
  if (found) return found;
  const used = metrics.filter(({ usedMicro }) => usedMicro > 0n);
  const shareOf = ({ basisPoints }: MetricView) => basisPoints ?? -1n;
  return used.reduce<MetricView | null>(
    (most, one) => (most === null || shareOf(one) > shareOf(most) ? one : most),
    null,
  );
}

overviewPages.get("/live.json", async (c) => {
  const actor = allowed(c, "usage.read");
  return c.json(liveBody(await readLive(c.env, actor)));
});

/** A ticket with which the script opens the live socket: a session's cookie cannot open one. */
overviewPages.post("/live/ticket", async (c) => {
  allowed(c, "usage.read");
  await readForm(c);
  const path = apiPath(["usage", "live", "ticket"]);
  const { ticket } = await runOperation(c, liveRoutes, { method: "POST", path });
  return c.json({ ticket }, 201);
});

function daysLeft(ms: number): string {
  const days = Math.max(1, Math.ceil(ms / DAY_MS));
  return days === 1 ? " · last day of the period" : ` · ${days} days left`;
}

type CardsProps = {
  live: Live | null;
  /** The statement's net at the period's end; null on the first day, when no pace is known. */
  netMinor: bigint | null;
  waiting: Waiting | null;
  format: Format;
};

function Cards({ live, netMinor, waiting, format }: CardsProps) {
  const currency = live?.subscription.row.currency ?? "";
  const figures = waiting?.figures ?? [];
  const isOverdue = figures.filter(({ overdueMinor }) => overdueMinor > 0n);
  const overdue = amountsOf(isOverdue, ({ overdueMinor }) => overdueMinor, format);
  return (
    <dl class="cards">
      {live && (
        <Card
          name="This period so far"
          value={format.money(live.statement.netMinor, currency)}
          note="before tax"
        />
      )}
      {live && (
        <Card
          name="Forecast for this period"
          value={netMinor === null ? "–" : format.money(netMinor, currency)}
          note={netMinor === null ? "available after the first day" : "at the current pace"}
        />
      )}
      {figures.length > 0 && (
        <>
          <Card
            name="Paid this month"
            value={amountsOf(figures, ({ paidMinor }) => paidMinor, format)}
            note="your sales"
          />
          <Card
            name="Awaiting payment"
            value={amountsOf(figures, ({ openMinor }) => openMinor, format)}
            note={overdue.length > 0 ? `${overdue.join(" · ")} overdue` : "none overdue"}
          />
        </>
      )}
    </dl>
  );
}

/** Metrics that the page shows, those with a limit first. */
const MAX_METRICS = 200;

type MetricsProps = { view: LiveView; trends: Trends; format: Format; origin: string };

function Metrics({ view, trends, format, origin }: MetricsProps) {
  const used = view.metrics.some(({ usedMicro }) => usedMicro > 0n);
  const rows = view.metrics
    .slice(0, MAX_METRICS)
    .map((metric) => metricRowHtml(metric, trends.values.get(metric.metric), format));
  return (
    <>
      {view.metrics.length > 0 && <ul class="metrics">{raw(rows.join(""))}</ul>}
      {view.metrics.length > MAX_METRICS && (
        <p class="muted">
          The first {MAX_METRICS} of {view.metrics.length};{" "}
          <a href="/dashboard/usage">see all under Usage</a>.
        </p>
      )}
      {!used && (
        <EmptyState
          title="Nothing recorded yet"
          command={
            `curl ${origin}/api/usage/record -H 'Authorization: Bearer YOUR_KEY' ` +
            `-H 'Content-Type: application/json' ` +
            `-d '{"metric_name": "api_calls", "quantity": 1}'`
          }
        >
          <p>Send your first event. It appears here as soon as it is counted.</p>
        </EmptyState>
      )}
    </>
  );
}
