/** /dashboard: each metric against its limit, what the period comes to, what is to be paid. */
import { Hono } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { baseMinor, type Live } from "../../billing/usage/live.ts";
import { projectPeriod } from "../../billing/usage/projection.ts";
import { dateText } from "../../core/period.ts";
import { DAY_MS } from "../../core/time.ts";
import { issuerOf } from "../../documents/party/issuer.ts";
import { type InvoiceFigures, invoiceFigures } from "../../documents/store/figures.ts";
import { liveRoutes } from "../../metering/live/live-routes.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { AlertList } from "../component/alert-list.tsx";
import { Card } from "../component/card.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import { MeterBar } from "../component/meter-bar.tsx";
import type { Format } from "../form/format.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { page } from "../page/page.tsx";
import { allowed, originOf, type PageEnv, readForm } from "../page/request.ts";
import { type LiveView, liveBody, type MetricView, readLive } from "../usage/live-view.ts";

export const overviewPages = new Hono<PageEnv>();

overviewPages.get("/", async (c) => {
  const actor = allowed(c, "usage.read");
  const [view, figures] = await Promise.all([readLive(c.env, actor), figuresOf(c.env, actor)]);
  const projected = view.live ? await projectPeriod(c.env, view.live, actor) : null;
  const { format } = c.var;
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
      <Cards
        live={view.live}
        netMinor={projected?.netMinor ?? null}
        figures={figures}
        format={format}
      />
      <section
        aria-labelledby="usage-head"
        data-live="/dashboard/live.json"
        data-ticket="/dashboard/live/ticket"
        data-token={c.var.session.formToken}
      >
        <h2 id="usage-head">Usage</h2>
        <Metrics view={view} format={format} origin={originOf(c)} />
      </section>
      <section aria-labelledby="alerts-head">
        <h2 id="alerts-head">Alerts</h2>
        <AlertList alerts={view.alerts} format={format} />
      </section>
    </>,
  );
});

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

async function figuresOf(env: Env, actor: Actor): Promise<InvoiceFigures[]> {
  if (!may(actor.role, "documents.read")) return [];
  const { timeZone, currency } = await issuerOf(env, actor);
  const today = dateText(actor.nowMs, timeZone);
  const paidFrom = `${today.slice(0, 7)}-01`;
  const scope = actor.mode === "test" ? actor.tenantId : "";
  const found = await invoiceFigures(env.DB, { issuer: actor.tenantId, scope, today, paidFrom });
  return found.length > 0 ? found : [{ currency, openMinor: 0n, overdueMinor: 0n, paidMinor: 0n }];
}

type CardsProps = {
  live: Live | null;
  /** The statement's net at the period's end; null on the first day, when no pace is known. */
  netMinor: bigint | null;
  figures: InvoiceFigures[];
  format: Format;
};

function Cards({ live, netMinor, figures, format }: CardsProps) {
  const amounts = (amountOf: (row: InvoiceFigures) => bigint) =>
    figures.map((row) => format.money(amountOf(row), row.currency)).join(" · ");
  const currency = live?.subscription.row.currency ?? "";
  const nowMinor = live ? baseMinor(live) + live.statement.usageMinor : 0n;
  return (
    <dl class="cards">
      {live && (
        <Card
          name="This period so far"
          value={format.money(nowMinor, currency)}
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
            value={amounts(({ paidMinor }) => paidMinor)}
            note="your sales"
          />
          <Card
            name="Awaiting payment"
            value={amounts(({ openMinor }) => openMinor)}
            note={
              figures.some(({ overdueMinor }) => overdueMinor > 0n)
                ? `${amounts(({ overdueMinor }) => overdueMinor)} overdue`
                : "none overdue"
            }
          />
        </>
      )}
    </dl>
  );
}

/** Metrics that the page shows, those with a limit first. */
const MAX_METRICS = 200;

type MetricsProps = { view: LiveView; format: Format; origin: string };

function Metrics({ view, format, origin }: MetricsProps) {
  const used = view.metrics.some(({ usedMicro }) => usedMicro > 0n);
  return (
    <>
      {view.metrics.length > 0 && (
        <ul class="metrics">
          {view.metrics.slice(0, MAX_METRICS).map((metric) => (
            <MetricRow metric={metric} format={format} />
          ))}
        </ul>
      )}
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

function MetricRow({ metric, format }: { metric: MetricView; format: Format }) {
  const { includedMicro, basisPoints } = metric;
  const used = format.quantity(metric.usedMicro);
  const share = basisPoints === null ? "" : format.percent(basisPoints);
  return (
    <li data-metric={metric.metric}>
      <div class="metric-name">
        <strong>{metric.metric}</strong>
        <span class="muted">{metric.description}</span>
      </div>
      <div class="metric-figures">
        <span data-used>{used}</span>
        <span class="muted">
          {includedMicro === null ? " no limit" : ` of ${format.quantity(includedMicro)}`}{" "}
          {metric.hard && "(hard limit) "}
        </span>
        <strong data-percent>{share}</strong>
      </div>
      {basisPoints !== null && (
        <MeterBar
          basisPoints={basisPoints}
          thresholds={metric.thresholds}
          label={metric.metric}
          text={`${share} of the limit`}
        />
      )}
    </li>
  );
}
