/** Pure. What the running period comes to so far, line by line, with the arithmetic in words. */

import type { StatementLine } from "../../billing/period/statement.ts";
import type { Live } from "../../billing/usage/live.ts";
import { quantityText } from "../../core/quantity.ts";
import { DataTable, type TableRow } from "../component/data-table.tsx";
import type { Format } from "../form/format.ts";

/** Lines on the page; the next invoice's own page has all of them. */
const MAX_LINES = 40;
const DAY_SECONDS = 86_400;

type Props = { live: Live; names: ReadonlyMap<string, string>; format: Format };

/** The lines of the period's statement as it stands, and those that cost nothing yet. */
export function PeriodCost({ live, names, format }: Props) {
  const { statement, subscription } = live;
  const { currency } = subscription.row;
  const billed = new Set(statement.lines.map(({ metric }) => metric));
  const free = statement.usage.filter(({ metric }) => !billed.has(metric));
  const lines = statement.lines.slice(0, MAX_LINES).map(
    (line): TableRow => ({
      cells: [
        line.name,
        <span class="muted">{wordsOf(line, currency, format)}</span>,
        format.money(BigInt(line.amountMinor), currency),
      ],
    }),
  );
  const nothing = free.slice(0, MAX_LINES - lines.length).map(
    (usage): TableRow => ({
      cells: [
        names.get(usage.metric) ?? usage.metric,
        <span class="muted">
          {format.quantity(usage.usedMicro)} used
          {usage.includedMicro > 0n && `, ${format.quantity(usage.includedMicro)} included`}
        </span>,
        format.money(0n, currency),
      ],
    }),
  );
  const rows = [...lines, ...nothing];
  const left = statement.lines.length + free.length - rows.length;
  return (
    <section aria-labelledby="cost-head">
      <div class="head">
        <h2 id="cost-head">What this period costs, and why</h2>
        <a href="/dashboard/billing/next">The next invoice, with tax</a>
      </div>
      {rows.length === 0 ? (
        <p class="muted">Nothing is billed for this period yet.</p>
      ) : (
        <DataTable
          caption="What this period costs so far"
          columns={[
            { head: "What", wide: true },
            { head: "How", wide: true },
            { head: "Amount", figure: true },
          ]}
          rows={[
            ...rows,
            {
              class: "total",
              cells: [
                "So far, before tax and discounts",
                left > 0 ? <a href="/dashboard/billing/next">and {left} more lines</a> : "",
                format.money(statement.netMinor, currency),
              ],
            },
          ]}
        />
      )}
    </section>
  );
}

/** How a line comes to its amount, such as "1,500 used, 1,000 included: 500 × $0.001". */
export function wordsOf(line: StatementLine, currency: string, format: Format): string {
  const { detail } = line;
  const price = format.rate(line.unitPrice.replace("-", ""), currency);
  switch (detail?.kind) {
    case undefined: {
      const unit = line.kind === "base" ? " seats" : "";
      return line.quantity === "1" ? price : `${format.decimal(line.quantity)}${unit} × ${price}`;
    }
    case "fee": {
      const { seats, priceMinor, seconds, wholeSeconds } = detail;
      const whole = format.money(BigInt(priceMinor), currency);
      const fee = seats === 1 ? whole : `${format.count(seats)} seats × ${whole}`;
      return `${fee}, for ${daysOf(seconds, format)} of ${daysOf(wholeSeconds, format)} days`;
    }
    case "usage": {
      const used = `${format.decimal(detail.used)} used`;
      const included = detail.included !== null && detail.included !== "0";
      const counted = included
        ? `${used}, ${format.decimal(detail.included ?? "0")} included`
        : used;
      const units = `${format.decimal(line.quantity)} × ${price}`;
      const fee = line.flatFee === "0" ? "" : ` + ${format.rate(line.flatFee, currency)}`;
      return `${counted}${tierText(detail.tier, format)}: ${units}${fee}`;
    }
    case "commitment": {
      const agreed = format.money(BigInt(detail.agreedMinor), currency);
      const usedMinor = format.money(BigInt(detail.usedMinor), currency);
      return `at least ${agreed} is agreed, ${usedMinor} is used: the rest`;
    }
    case "counts":
      return detail.changed
        .map(({ metric, name = metric, was, is }) => {
          return `${name} ${format.decimal(was)} → ${format.decimal(is)}`;
        })
        .join(", ");
  }
}

type Tier = Extract<StatementLine["detail"], { kind: "usage" }>["tier"];

function tierText(tier: Tier, format: Format): string {
  if (!tier) return "";
  const above = tier.above === "0" ? [] : [`above ${format.decimal(tier.above)}`];
  const upTo = tier.upTo === null ? [] : [`up to ${format.decimal(tier.upTo)}`];
  return `; ${[`tier ${tier.number}`, ...above, ...upTo].join(", ")}`;
}

/** Seconds as days, to a thousandth of one. */
function daysOf(seconds: string, format: Format): string {
  const micro = BigInt(Math.round((Number(seconds) / DAY_SECONDS) * 1_000)) * 1_000n;
  return format.decimal(quantityText(micro));
}
