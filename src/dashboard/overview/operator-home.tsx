/** /dashboard for the operator: what subscriptions bring, who pays, and how the product gets on. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { tenantNames } from "../../accounts/store/tenant-store.ts";
import { type MonthSum, monthsUntil, movementsOf } from "../../billing/revenue/recurring.ts";
import { listSteps, recurringSums } from "../../billing/revenue/revenue.ts";
import type { InvoiceFigures } from "../../documents/store/figures.ts";
import { signsOf } from "../../watch/health.ts";
import { seeStages } from "../../watch/stages.ts";
import { EmptyState } from "../component/empty-state.tsx";
import { ModeSwitch, TestNotice } from "../component/mode-switch.tsx";
import { page } from "../page/page.tsx";
import { allowed, type PageContext } from "../page/request.ts";
import { Checklist, stepsOf } from "./checklist.tsx";
import { HealthSigns, needsLook } from "./health.tsx";
import { RecurringCards, RecurringChart, StepTable, sinceFirst } from "./recurring.tsx";
import { WaitingForMoney, waitingOf } from "./waiting.tsx";

const MONTHS = 12;
const STEPS = 8;

/** The operator's first page; test tenants have one of their own, behind a switch. */
export async function operatorHome(c: PageContext) {
  const actor = allowed(c, "usage.read");
  const { format } = c.var;
  const test = c.req.query("mode") === "test";
  const mayWork = may(actor.role, "operator.tenants");
  const [sums, steps, waiting, signs, seen, todo] = await Promise.all([
    recurringSums(c.env.DB, { test }, actor.nowMs),
    listSteps(c.env.DB, { test }, { nowMs: actor.nowMs, coming: false, limit: STEPS }),
    test ? null : waitingOf(c.env, actor),
    mayWork ? signsOf(c.env.DB, actor.realMs) : null,
    mayWork ? seeStages(c.env, actor.realMs) : null,
    test ? null : stepsOf(c.env, actor),
  ]);
  const names = await tenantNames(
    c.env.DB,
    steps.map(({ tenant }) => tenant),
  );
  const currencies = currenciesIn(sums, waiting?.figures ?? []);
  const health = signs && seen && <HealthSigns signs={signs} seen={seen} format={format} />;
  // What is wrong is seen before anything else; that all is well can wait.
  const isUrgent = signs !== null && seen !== null && needsLook(signs, seen);
  return page(
    c,
    { title: "Overview", section: "overview" },
    <>
      <div class="head">
        <h1>Overview</h1>
        <ModeSwitch path="/dashboard" test={test} />
      </div>
      <TestNotice test={test} />
      {isUrgent && health}
      <Checklist steps={todo} />
      {currencies.length === 0 && (
        <EmptyState title="No recurring revenue yet">
          <p>
            {may(actor.role, "operator.subscriptions") ? (
              <a href="/dashboard/billing/subscriptions/new">Subscribe a tenant to a plan</a>
            ) : (
              "Subscribe a tenant to a plan"
            )}{" "}
            with a base price: what it brings a month shows here.
          </p>
        </EmptyState>
      )}
      {currencies.map((currency) => (
        <Currency
          currency={currency}
          sums={sums}
          actor={actor}
          figures={waiting?.figures.find((row) => row.currency === currency) ?? null}
          c={c}
        />
      ))}
      {steps.length > 0 && (
        <section aria-label="Movements">
          <StepTable caption="Newest movements" steps={steps} names={names} format={format} />
        </section>
      )}
      {waiting && <WaitingForMoney waiting={waiting} format={format} />}
      {!isUrgent && health}
    </>,
  );
}

type CurrencyProps = {
  currency: string;
  sums: readonly MonthSum[];
  actor: Actor;
  figures: InvoiceFigures | null;
  c: PageContext;
};

function Currency({ currency, sums, actor, figures, c }: CurrencyProps) {
  const { format } = c.var;
  const months = monthsUntil(actor.nowMs, MONTHS);
  const movements = sinceFirst(movementsOf(sums, months, currency));
  return (
    <section aria-label={`Revenue in ${currency}`}>
      <div class="head">
        <h2>Revenue in {currency}</h2>
        <a href={`/dashboard/revenue${c.req.query("mode") === "test" ? "?mode=test" : ""}`}>
          By plan and tenant
        </a>
      </div>
      <RecurringCards currency={currency} movements={movements} figures={figures} format={format} />
      <RecurringChart currency={currency} movements={movements} format={format} />
    </section>
  );
}

/** The currencies of subscriptions, and of invoices that are paid or open. */
function currenciesIn(sums: readonly MonthSum[], figures: readonly InvoiceFigures[]): string[] {
  const owed = figures.filter(({ openMinor, paidMinor }) => openMinor !== 0n || paidMinor !== 0n);
  return [...new Set([...sums, ...owed].map(({ currency }) => currency))].sort();
}
