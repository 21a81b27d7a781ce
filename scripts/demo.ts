/**
 * `npm run demo -- FILE [--json]`: plays a web server's access log through the product, on a test
 * clock, from the first request to the period's invoice and its PDF.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { quantityOf, quantityText } from "../src/core/quantity.ts";
import { DAY_MS, HOUR_MS, timeText } from "../src/core/time.ts";
import { CALLS, parseVisit, type Visit } from "./lib/access-log.ts";
import { type Api, allPages, apiAt, type Page } from "./lib/api.ts";
import { exitOnSignals, runCommand, UserError } from "./lib/process.ts";
import { moveClock, type Replayed, replay } from "./lib/replay.ts";
import { sampleLog } from "./lib/sample-log.ts";
import { seedKeys } from "./lib/seed.ts";
import { startServer } from "./lib/server.ts";

const SAMPLE_LINES = 2_000;
/** Longer than the grace that a period has before it closes. */
const AFTER_END_MS = 2 * HOUR_MS;
const OUT_DIR = "out";

/** Whose name is on the invoice. */
const ISSUER = {
  legal_name: "Example Hosting Ltd",
  address: { lines: ["1 Example Street"], city: "London", country: "GB" },
  email: "billing@example.com",
};

type Charge = {
  metric_name: string;
  included_quantity: number;
  used_quantity: number;
  overage_quantity: number;
  overage_rate: number;
  overage_amount: number;
};
type InvoiceLine = {
  name: string;
  detail: string | null;
  quantity: number;
  unit_price: number;
  amount: number;
};
type Invoice = {
  id: string;
  number: string;
  total: number;
  currency: string;
  lines: InvoiceLine[];
};

await runCommand(async () => {
  exitOnSignals();
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const lines = readLines(positionals[0]);
  const say = values.json ? () => {} : (text: string) => console.log(text);
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-demo-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const startedMs = performance.now();
  const visits = readVisits(lines);
  say(`${visits.length} requests; starting the product on a free port`);
  const server = await startServer({ port: 0, stateDir });
  const { operator } = await seedKeys(server.db, stateDir);
  const result = await play(server.url, operator, lines, visits, say);
  await server.close();
  const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
  if (values.json) console.log(JSON.stringify({ ...result, seconds }, null, 2));
  else say(`\nAll of it took ${seconds} s.`);
  process.exit(0);
});

/** Errors: `UserError` for a file that cannot be read. */
function readLines(file: string | undefined): string[] {
  if (file === undefined) return sampleLog(SAMPLE_LINES);
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

/** Errors: `UserError` for a log without a readable line. */
function readVisits(lines: string[]): Visit[] {
  const visits: Visit[] = [];
  let unreadable = 0;
  lines.forEach((line, i) => {
    const visit = parseVisit(line, i + 1);
    if (visit) visits.push(visit);
    else if (line !== "") unreadable++;
  });
  if (visits.length === 0) throw new UserError("no line is in the Common or Combined log format");
  if (unreadable > 0) console.error(`${unreadable} unreadable lines are left out`);
  return visits;
}

async function play(
  url: string,
  operatorKey: string,
  lines: string[],
  visits: Visit[],
  say: (text: string) => void,
) {
  const operator = apiAt(url, operatorKey);
  await operator.call("PUT", "/api/issuer", ISSUER);
  const tenant = await createTenant(operator, visits);
  say(`\nTest tenant ${tenant.id}, on FREE at base price 0 from ${tenant.from}`);
  const api = apiAt(url, tenant.key);
  const first = await replay(api, visits, "first pass");
  say(`First pass: ${first.accepted} accepted`);
  sayAlerts(first, lines, say);
  const second = await replay(api, visits, "second pass");
  say(`Second pass: ${second.duplicates} duplicates, ${second.accepted} accepted`);

  const totals = await readTotals(api, visits);
  say(`\n${CALLS}: summary ${totals.summary}, ledger event by event ${totals.ledger}`);
  const overage = await api.call<{ total_overage: number; charges: Charge[] }>(
    "GET",
    "/api/usage/overage-charges",
  );
  overage.charges
    .filter(({ used_quantity }) => used_quantity > 0)
    .map(chargeText)
    .forEach(say);

  const invoice = await closePeriod(api);
  const pdf = await api.bytes(`/api/pdf/invoice/${invoice.id}`);
  sayInvoice(invoice, pdf, say);
  return {
    events: visits.length,
    accepted: first.accepted,
    duplicates_second_pass: second.duplicates,
    alerts: first.alerts.map(({ alert, line }) => ({
      metric_name: alert.metric_name,
      threshold_percent: alert.threshold_percent,
      event_number: line,
    })),
    summary_total: totals.summary,
    ledger_total: totals.ledger,
    overage: overage.total_overage,
    invoice: {
      number: invoice.number,
      total: invoice.total,
      lines: invoice.lines.map(({ name, quantity, unit_price, amount }) => {
        return { name, quantity, unit_price, amount };
      }),
    },
    pdf_bytes: pdf.byteLength,
  };
}

/** A test tenant whose clock stands where the log's first day begins, subscribed from then. */
async function createTenant(operator: Api, visits: Visit[]) {
  const earliestMs = visits.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
  const from = timeText(Math.floor(earliestMs / DAY_MS) * DAY_MS);
  const tenant = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
    name: "Access log demo",
    mode: "test",
    clock: from,
  });
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: tenant.id,
    plan: "FREE",
    billing_cycle: "monthly",
    start_date: from,
    base_price: 0,
  });
  return { ...tenant, from };
}

/** The total of api_calls as the summary has it, and as the ledger's events add up. */
async function readTotals(api: Api, visits: Visit[]) {
  const times = visits.map(({ atMs }) => atMs);
  const range = new URLSearchParams({
    metric_name: CALLS,
    start_date: timeText(times.reduce((a, b) => Math.min(a, b))),
    end_date: timeText(times.reduce((a, b) => Math.max(a, b)) + 1),
  });
  const { metrics } = await api.call<{ metrics: { total_quantity: number }[] }>(
    "GET",
    `/api/usage/summary?${range}`,
  );
  let ledgerMicro = 0n;
  type Event = { quantity: number };
  for await (const events of allPages<Event>(
    api,
    `/api/usage/events?metric_name=${CALLS}&limit=200`,
  )) {
    for (const { quantity } of events) {
      const read = quantityOf(quantity);
      if (read.ok) ledgerMicro += read.micro;
    }
  }
  return { summary: metrics[0]?.total_quantity ?? 0, ledger: Number(quantityText(ledgerMicro)) };
}

/** Moves the clock past the period's end and its grace; the invoice is there when it stands. */
async function closePeriod(api: Api): Promise<Invoice> {
  type Current = { current_period: { end: string } };
  const { current_period } = await api.call<Current>("GET", "/api/usage/current-period");
  await moveClock(api, Date.parse(current_period.end) + AFTER_END_MS);
  const [listed] = (await api.call<Page<{ id: string }>>("GET", "/api/invoices")).data;
  if (!listed) throw new Error("the period closed without an invoice: nothing was over the plan");
  return api.call<Invoice>("GET", `/api/invoices/${listed.id}`);
}

function sayAlerts({ alerts }: Replayed, lines: string[], say: (text: string) => void): void {
  for (const { alert, line } of alerts) {
    say(`\n${alert.alert_level}: ${alert.message}, crossed by line ${line}`);
    say(`  ${lines[line - 1]?.slice(0, 96)}`);
  }
}

function chargeText(charge: Charge): string {
  const { metric_name, included_quantity, used_quantity, overage_quantity } = charge;
  return (
    `${metric_name}: ${used_quantity} used − ${included_quantity} included = ` +
    `${overage_quantity} × ${charge.overage_rate} = ${charge.overage_amount.toFixed(2)}`
  );
}

function sayInvoice(invoice: Invoice, pdf: Uint8Array, say: (text: string) => void): void {
  say(`\nInvoice ${invoice.number}, ${invoice.currency} ${invoice.total.toFixed(2)}`);
  for (const { name, detail, quantity, unit_price, amount } of invoice.lines) {
    say(`  ${name} (${detail}): ${quantity} × ${unit_price} = ${amount.toFixed(2)}`);
  }
  mkdirSync(OUT_DIR, { recursive: true });
  const path = join(OUT_DIR, `Invoice-${invoice.number}.pdf`);
  writeFileSync(path, pdf);
  say(`PDF of ${pdf.byteLength} bytes: ${path}`);
}
