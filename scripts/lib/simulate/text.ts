/** An estimate as people read it: what it costs by component, what it needs, and one sentence. */
import type { Measured } from "./constants.ts";
import type { Estimate, Installation, Line, Need } from "./estimate.ts";
import { type CapacityName, LIMITS_READ } from "./limit.ts";
import { PRICES_READ } from "./price.ts";

const MICRO = 1_000_000n;
const CENT = 10_000n;

/** Micro-USD as dollars and cents, rounded up: `1,234.57 USD`. */
export function usd(microUsd: bigint): string {
  const cents = (microUsd + CENT - 1n) / CENT;
  const whole = (cents / 100n).toLocaleString("en");
  return `${whole}.${String(cents % 100n).padStart(2, "0")} USD`;
}

/** The whole text. */
export function estimateText(of: Installation, estimate: Estimate, measured: Measured): string {
  const { lines, emails, totalMicroUsd, needs } = estimate;
  const total = ["", "all of it", "", usd(totalMicroUsd)];
  return [
    `${installationText(of)}; constants measured ${measured.date} on ${measured.machine}, ` +
      `node ${measured.node}${measured.scale < 1 ? `, at scale ${measured.scale}` : ""}`,
    table([["a month of", "what", "how many", "list price"], ...lines.map(lineRow), total]),
    `Beside it ${whole(emails.quantity)} e-mails: ${usd(emails.microUsd)}. Prices of ` +
      `${PRICES_READ}, without what the plan includes; limits of ${LIMITS_READ}.`,
    table([["of what the platform allows", "needed", "most", "times"], ...needs.map(needRow)]),
    conclusion(of, estimate),
  ].join("\n\n");
}

/** What it needs and costs, which limit is met first, and what more ledgers do not raise. */
export function conclusion(of: Installation, estimate: Estimate): string {
  const { totalMicroUsd, first, needs, ledgersNeeded } = estimate;
  const millions = BigInt(Math.round(of.eventsPerDay * 30)) / MICRO;
  const each = millions > 0n ? `, ${usd(totalMicroUsd / millions)} a million events` : "";
  const there =
    ledgersNeeded > of.ledgers
      ? ` (there ${of.ledgers === 1 ? "is" : "are"} ${whole(of.ledgers)})`
      : "";
  const met =
    first.times > 1 ? "The first limit is" : "Nothing is in its way; nearest to a limit is";
  const next = needs.find(({ name, times }) => times > 1 && !BY_LEDGERS.includes(name));
  const more =
    next && BY_LEDGERS.includes(first.name)
      ? ` More ledgers leave ${next.of}, ${timesText(next.times)} what there is: ${next.raise}.`
      : "";
  return (
    `${whole(of.tenants)} tenants with ${whole(of.eventsPerDay)} events a day need ` +
    `${whole(ledgersNeeded)} ledger database${ledgersNeeded === 1 ? "" : "s"}${there} and cost ` +
    `about ${usd(totalMicroUsd)} a month${each}. ${met} ${first.of}: ${timesText(first.times)} ` +
    `what there is. To raise it: ${first.raise}.${more}${tooLargeText(estimate)}`
  );
}

/** Limits that more ledgers raise. */
const BY_LEDGERS: readonly CapacityName[] = ["ledgerWriter", "ledgerStorage"];

function tooLargeText({ tenantsTooLarge: n }: Estimate): string {
  if (n === 0) return "";
  const tenants = n === 1 ? "One tenant has" : `${whole(n)} tenants have`;
  return ` ${tenants} more events in 36 days than one object has memory for.`;
}

function installationText(of: Installation): string {
  const percent = `${Number((of.largest * 100).toPrecision(3))} %`;
  return (
    `${whole(of.tenants)} tenants, ${whole(of.eventsPerDay)} events a day, the largest with ` +
    `${percent} of them, up to ${whole(of.batch)} in a request that waits ${of.waitSeconds} s, ` +
    `peaks of ${of.peak} times the mean; of each tenant a month ${of.documents} documents and ` +
    `${of.alerts} alerts, ${of.webhooks} webhooks for each; events kept ${of.retentionDays} days ` +
    `in ${whole(of.ledgers)} ledger${of.ledgers === 1 ? "" : "s"}`
  );
}

function lineRow({ component, of, quantity, microUsd }: Line): string[] {
  return [component, of, whole(quantity), usd(microUsd)];
}

function needRow({ of, needed, most, unit, times }: Need): string[] {
  return [
    of,
    `${whole(Math.ceil(Number(needed.toPrecision(9))))} ${unit}`,
    whole(most),
    timesText(times),
  ];
}

function timesText(times: number): string {
  if (times < 0.001) return "below 0.001 times";
  return `${times >= 100 ? whole(Math.round(times)) : Number(times.toPrecision(2))} times`;
}

function whole(n: number | bigint): string {
  return n.toLocaleString("en");
}

/** Columns as wide as they have to be; those after the second from the right. */
function table(rows: readonly string[][]): string {
  const columns = rows[0]?.length ?? 0;
  const right = columns - 2;
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          i < right || i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
