/** Pure. Monthly recurring revenue: its figures, its charts, and what moved it. */
import {
  churnBasisPoints,
  lifetimeValueMinor,
  type Movement,
} from "../../billing/revenue/recurring.ts";
import type { Step } from "../../billing/revenue/revenue.ts";
import { moneyText } from "../../core/money.ts";
import type { InvoiceFigures } from "../../documents/store/figures.ts";
import { axisFormat } from "../component/axis.ts";
import { Badge } from "../component/badge.tsx";
import { BarChart } from "../component/bar-chart.tsx";
import { Card } from "../component/card.tsx";
import { DataTable } from "../component/data-table.tsx";
import { EmptyState } from "../component/empty-state.tsx";
import type { Format } from "../form/format.ts";

type ReportProps = {
  currency: string;
  /** Up to the current month, which is not over. */
  movements: readonly Movement[];
  format: Format;
};

type CardsProps = ReportProps & { figures: InvoiceFigures | null };

/** What a currency's subscriptions bring a month now, and what is paid and owed in it. */
export function RecurringCards({ currency, movements, figures, format }: CardsProps) {
  const last = movements.at(-1);
  const money = (minor: bigint) => format.money(minor, currency);
  const lifetime = lifetimeValueMinor(movements);
  const churn = last ? churnBasisPoints(last) : null;
  const change = last ? last.endMinor - last.startMinor : 0n;
  const paying = last?.customersAtEnd ?? 0;
  return (
    <dl class="cards">
      <Card
        name="Monthly recurring revenue"
        value={money(last?.endMinor ?? 0n)}
        note={`${change > 0n ? "+" : ""}${money(change)} this month`}
      />
      <Card
        name="Paying tenants"
        value={format.count(paying)}
        note={
          lifetime === null ? "lifetime value: no churn yet" : `${money(lifetime)} lifetime value`
        }
      />
      <Card
        name="Churned this month"
        value={churn === null ? "–" : format.percent(churn)}
        note={last?.churned === 1 ? "1 tenant" : `${format.count(last?.churned ?? 0)} tenants`}
      />
      {figures && (
        <>
          <Card name="Paid this month" value={money(figures.paidMinor)} note="on your invoices" />
          <Card
            name="Overdue"
            value={money(figures.overdueMinor)}
            note={`of ${money(figures.openMinor)} awaiting payment`}
          />
        </>
      )}
    </dl>
  );
}

/** The month's end by month, the current one as it stands. */
export function RecurringChart({ currency, movements, format }: ReportProps) {
  return (
    <BarChart
      caption="Monthly recurring revenue"
      unit={currency}
      drawn={movements.length > 2 ? "lines" : "grouped"}
      heads={["Month", "At its end"]}
      figure={axisFormat(format.locale, currency)}
      bars={movements.map(({ month, endMinor }) => ({
        label: format.month(month),
        values: [
          { text: format.money(endMinor, currency), decimal: moneyText(endMinor, currency) },
        ],
      }))}
    />
  );
}

/** What moved it: above zero what came, below it what went. */
export function MovementChart({ currency, movements, format }: ReportProps) {
  const value = (minor: bigint) => ({
    text: format.money(minor, currency),
    decimal: moneyText(minor, currency),
  });
  return (
    <BarChart
      caption="What moved it"
      unit={currency}
      drawn="stacked"
      tones={["new", "back", "more", "less", "gone"]}
      heads={["Month", "New", "Reactivation", "Expansion", "Contraction", "Churn"]}
      figure={axisFormat(format.locale, currency)}
      bars={movements.map((movement) => ({
        label: format.month(movement.month),
        values: [
          value(movement.newMinor),
          value(movement.reactivationMinor),
          value(movement.expansionMinor),
          value(-movement.contractionMinor),
          value(-movement.churnMinor),
        ],
      }))}
    />
  );
}

type StepsProps = {
  caption: string;
  steps: readonly Step[];
  names: ReadonlyMap<string, string>;
  format: Format;
};

/** Movements one by one, each with its tenant. */
export function StepTable({ caption, steps, names, format }: StepsProps) {
  if (steps.length === 0) {
    return (
      <EmptyState title={caption}>
        <p>Subscribe a tenant to a plan with a base price; what changes shows here.</p>
      </EmptyState>
    );
  }
  return (
    <DataTable
      caption={caption}
      visibleCaption
      columns={[
        { head: "Tenant", wide: true },
        { head: "What" },
        { head: "When" },
        { head: "Change", figure: true },
        { head: "A month", figure: true },
      ]}
      rows={steps.map(({ tenant, kind, atMs, changeMinor, monthlyMinor, currency }) => ({
        cells: [
          <a href={`/dashboard/tenants/${tenant}`}>{names.get(tenant) ?? tenant}</a>,
          <Badge state={kind} />,
          format.day(atMs),
          `${changeMinor > 0n ? "+" : ""}${format.money(changeMinor, currency)}`,
          format.money(monthlyMinor, currency),
        ],
      }))}
    />
  );
}

/** The movements from the first month with revenue on; at least the current month's. */
export function sinceFirst(movements: readonly Movement[]): Movement[] {
  const first = movements.findIndex(({ endMinor, startMinor }) => endMinor + startMinor > 0n);
  return movements.slice(first < 0 ? -1 : first);
}
