/** /dashboard/billing: a tenant's own subscription, and the periods that were closed. */
import { Hono } from "hono";
import { currentPeriod } from "../../billing/period/current.ts";
import type { Subscription } from "../../billing/subscription/store.ts";
import { endOf, planSegmentAt } from "../../billing/subscription/timeline.ts";
import { Problem } from "../../core/errors.ts";
import { readDisplayNames } from "../../metering/catalogue/catalogue.ts";
import { Card } from "../component/card.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Format } from "../form/format.ts";
import { page } from "../page/page.tsx";
import { allowed, type PageEnv, seeOther } from "../page/request.ts";
import { cycleText, seatsText } from "./display.ts";
import { Offers } from "./offers.tsx";
import { closedPeriods } from "./period.tsx";
import { BillingTabs } from "./tabs.tsx";

export const tenantBillingPages = new Hono<PageEnv>();

tenantBillingPages.get("/billing", async (c) => {
  const actor = allowed(c, "billing.read");
  if (actor.operator) return seeOther(c, "/billing/subscriptions");
  const { format } = c.var;
  const { tenantId: tenant, nowMs } = actor;
  const [current, periods] = await Promise.all([
    currentPeriod(c.env, actor).catch(noneIfUnsubscribed),
    closedPeriods(c, { tenant, subscriptionId: null }),
  ]);
  const metrics = current?.version.offers.map(({ price }) => price.metric) ?? [];
  const names = await readDisplayNames(c.env.DB, tenant, metrics);
  return page(
    c,
    { title: "Billing", section: "billing" },
    <>
      <BillingTabs current="/billing" actor={actor} />
      {current ? (
        <>
          <PlanCards subscription={current.subscription} nowMs={nowMs} format={format} />
          <p class="actions">
            <a class="button" href="/dashboard/billing/next">
              Upcoming invoice
            </a>
          </p>
          <section>
            <Offers version={current.version} names={names} format={format} />
          </section>
        </>
      ) : (
        <EmptyState title="No subscription">
          <p>
            Your provider subscribes you to one of its <a href="/dashboard/billing/plans">plans</a>.
            Until then, usage is counted by calendar month.
          </p>
        </EmptyState>
      )}
      {periods}
    </>,
  );
});

function noneIfUnsubscribed(error: unknown): null {
  if (error instanceof Problem && error.code === "subscription.none") return null;
  throw error;
}

type PlanProps = { subscription: Subscription; nowMs: number; format: Format };

function PlanCards({ subscription, nowMs, format }: PlanProps) {
  const { row, log } = subscription;
  const segment = planSegmentAt(log, nowMs);
  const endMs = endOf(log);
  return (
    <dl class="cards">
      <Card
        name="Base price"
        value={format.money(segment?.basePriceMinor ?? 0n, row.currency)}
        note={`per ${cycleText(row.cycle)}, ${seatsText(segment?.seats ?? 1, format)}`}
      />
      <Card name="Started" value={format.day(row.startMs)} note={row.timeZone} />
      <Card name="Ends" value={endMs === null ? "never" : format.day(endMs)} />
    </dl>
  );
}
