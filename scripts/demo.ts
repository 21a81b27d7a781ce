/**
 * `npm run demo -- FILE [--years N] [--json]`: plays a web server's access log through the
 * product, on a test clock, from the first request to the period's invoice and its PDF. With years,
 * the log's days come again each month, and each month closes with an invoice.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantityOf, quantityText } from "../src/core/quantity.ts";
import { DAY_MS, HOUR_MS, timeText } from "../src/core/time.ts";
import { CALLS, parseVisit, type Visit, visitInMonth } from "../src/metering/file/access-log.ts";
import { type Api, allPages, apiAt } from "./lib/api.ts";
import { readOptions } from "./lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "./lib/process.ts";
import { addReceiver, eventually, type Received } from "./lib/receiver.ts";
import { moveClock, type Replayed, replay } from "./lib/replay.ts";
import { sampleLog } from "./lib/sample-log.ts";
import { seedKeys } from "./lib/seed.ts";
import { insistFile } from "./lib/user-file.ts";

const USAGE = {
  command: "npm run demo",
  about:
    "Plays a web server's access log through the product on a test clock: each line is one " +
    "api_calls, and the period's invoice is written to out/. Without a file it makes up a log.",
  operands: { text: "[FILE]", least: 0, most: 1 },
  options: {
    years: {
      type: "string",
      value: "N",
      about: "plays the log's days again each month for N years",
    },
    json: { type: "boolean", default: false, about: "prints only JSON" },
  },
  examples: ["npm run demo", "npm run demo -- access.log --years 2"],
} as const;

const SAMPLE_LINES = 2_000;
/** Longer than the grace that a period has before it closes. */
const AFTER_END_MS = 2 * HOUR_MS;
const OUT_DIR = "out";
const CUSTOMER_EMAIL = "customer@example.com";

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
type Overage = { total_overage: number; charges: Charge[] };
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
  const { values, positionals } = readOptions(USAGE);
  const { startServer } = await import("./lib/server.ts");
  const months = monthsOf(values.years);
  const lines = readLines(positionals[0]);
  const say = values.json ? () => {} : (text: string) => console.log(text);
  const stateDir = mkdtempSync(join(tmpdir(), "boxcostpro-demo-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const startedMs = performance.now();
  const visits = readVisits(lines);
  say(`${visits.length} requests; starting the product on a free port`);
  const server = await startServer({ port: 0, stateDir });
  const { operator } = await seedKeys(server, stateDir);
  const result = await play({ url: server.url, operatorKey: operator, lines, visits, months, say });
  await server.close();
  const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
  if (values.json) console.log(JSON.stringify({ ...result, seconds }, null, 2));
  else say(`\nAll of it took ${seconds} s.`);
  process.exit(0);
});

/** Months to play; the log itself is one. Errors: `UserError`. */
function monthsOf(years: string | undefined): number {
  if (years === undefined) return 1;
  if (!/^[1-9]\d?$/.test(years)) throw new UserError(`--years takes 1 to 99, not ${years}`);
  return 12 * Number(years);
}

/** Errors: `UserError` for a file that cannot be read. */
function readLines(file: string | undefined): string[] {
  if (file === undefined) return sampleLog(SAMPLE_LINES);
  return readFileSync(insistFile(file), "utf8").split(/\r?\n/);
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

type Game = {
  url: string;
  operatorKey: string;
  lines: string[];
  visits: Visit[];
  months: number;
  say: (text: string) => void;
};

async function play({ url, operatorKey, lines, visits, months, say }: Game) {
  const operator = apiAt(url, operatorKey);
  await operator.call("PUT", "/api/issuer", ISSUER);
  const { api, receiver, ...tenant } = await createTenant(operator, url, visits);
  say(`\nTest tenant ${tenant.id}, on FREE at base price 0 from ${tenant.from}`);
  const first = await replay(api, visits, "first pass");
  say(`First pass: ${first.accepted} accepted`);
  sayAlerts(first, lines, say);
  const webhooks = await webhooksOf(receiver.received, first.alerts.length, say);
  const second = await replay(api, visits, "second pass");
  say(`Second pass: ${second.duplicates} duplicates, ${second.accepted} accepted`);

  const totals = await readTotals(api, visits);
  say(`\n${CALLS}: summary ${totals.summary}, ledger event by event ${totals.ledger}`);
  const overage = await api.call<Overage>("GET", "/api/usage/overage-charges");
  overage.charges.map(chargeText).forEach(say);

  const later = await playLaterMonths(api, visits, months);
  const invoices = await closePeriod(api);
  const pdf = invoices[0] ? await api.bytes(`/api/pdf/invoice/${invoices[0].id}`) : null;
  const invoice = invoices[0] ? await readInvoice(api, invoices[0].id) : null;
  if (invoice && pdf) sayInvoice(invoice, pdf, say);
  else say("\nNo invoice: all usage was included in the plan");
  const email = invoice ? await sendInvoice(operator, url, invoice.id, say) : null;
  receiver.close();
  const result = {
    events: visits.length * months,
    accepted: first.accepted + later,
    duplicates_second_pass: second.duplicates,
    alerts: first.alerts.map(({ alert, line }) => ({
      metric_name: alert.metric_name,
      threshold_percent: alert.threshold_percent,
      event_number: line,
    })),
    summary_total: totals.summary,
    ledger_total: totals.ledger,
    overage: overage.total_overage,
    invoice: invoice && { number: invoice.number, total: invoice.total, lines: invoice.lines },
    pdf_bytes: pdf?.byteLength ?? 0,
    webhooks,
    email,
  };
  if (months === 1) return result;
  const { equal } = await api.call<{ equal: boolean }>("GET", "/api/usage/proof");
  const listed = invoices.map(({ number, total }) => ({ number, total }));
  for (const { number, total } of listed) say(`  ${number}  ${total.toFixed(2)}`);
  say(`Counters and ledger ${equal ? "are equal" : "DIFFER"}`);
  return { ...result, invoices: listed, proof: { equal } };
}

/** The alerts once more, as signed webhooks that a receiver verified. */
async function webhooksOf(received: Received[], count: number, say: (text: string) => void) {
  await eventually("a webhook", async () => (received.length >= count ? received : null));
  const inOrder = received.toSorted((a, b) => a.seq - b.seq);
  for (const { type, data } of inOrder) say(`\nWebhook ${type}, verified: ${data.message}`);
  return inOrder.map(({ type, data }) => ({ type, message: data.message }));
}

type Email = {
  id: string;
  to: string[];
  subject: string;
  status: string;
  attachments: { name: string; size: number }[];
};

/** The invoice as the development inbox shows it. Errors: where the PDF there is none. */
async function sendInvoice(operator: Api, url: string, id: string, say: (text: string) => void) {
  const body = { to: [CUSTOMER_EMAIL] };
  const queued = await operator.call<Email>("POST", `/api/invoices/${id}/send`, body);
  const { to, subject, attachments } = await eventually("the e-mail", async () => {
    const email = await operator.call<Email>("GET", `/api/emails/${queued.id}`);
    return email.status === "sent" ? email : null;
  });
  const inbox = `${url}/dev/inbox/${queued.id}`;
  const page = await (await fetch(inbox)).text();
  const file = await (await fetch(`${inbox}/attachments/0`)).text();
  if (!page.includes(subject) || !file.startsWith("%PDF-")) throw new Error("the inbox is wrong");
  say(`\nE-mail to ${to.join(", ")}: ${subject}`);
  for (const { name, size } of attachments) say(`  attached: ${name}, ${size} bytes`);
  return { to, subject, attachments };
}

/** The log's days again in each further month; answers how many visits were accepted. */
async function playLaterMonths(api: Api, visits: Visit[], months: number): Promise<number> {
  let accepted = 0;
  for (let month = 1; month < months; month++) {
    const shifted = visits.map((visit) => visitInMonth(visit, month));
    accepted += (await replay(api, shifted, `month ${month + 1} of ${months}`)).accepted;
  }
  return accepted;
}

/**
 * A test tenant whose clock stands where the log's first day begins, subscribed from then. Its
 * receiver is added the day before, since a call of the API is usage, too.
 */
async function createTenant(operator: Api, url: string, visits: Visit[]) {
  const earliestMs = visits.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
  const fromMs = Math.floor(earliestMs / DAY_MS) * DAY_MS;
  const from = timeText(fromMs);
  const tenant = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
    name: "Access log demo",
    mode: "test",
    clock: timeText(fromMs - DAY_MS),
  });
  const api = apiAt(url, tenant.key);
  const receiver = await addReceiver(api, ["usage.threshold_reached"]);
  await moveClock(api, fromMs);
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: tenant.id,
    plan: "FREE",
    billing_cycle: "monthly",
    start_date: from,
    base_price: 0,
  });
  return { id: tenant.id, from, api, receiver };
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
  for await (const events of allPages<Event>(api, `/api/usage/events?${range}&limit=200`)) {
    for (const { quantity } of events) {
      const read = quantityOf(quantity);
      if (read.ok) ledgerMicro += read.micro;
    }
  }
  return { summary: metrics[0]?.total_quantity ?? 0, ledger: Number(quantityText(ledgerMicro)) };
}

type Listed = { id: string; number: string; total: number };

/** Moves the clock past the period's end and its grace; answers all invoices, the first first. */
async function closePeriod(api: Api): Promise<Listed[]> {
  type Current = { current_period: { end: string } };
  const { current_period } = await api.call<Current>("GET", "/api/usage/current-period");
  await moveClock(api, Date.parse(current_period.end) + AFTER_END_MS);
  const invoices: Listed[] = [];
  for await (const page of allPages<Listed>(api, "/api/invoices?limit=200")) {
    invoices.unshift(...page.reverse());
  }
  return invoices;
}

async function readInvoice(api: Api, id: string): Promise<Invoice> {
  const invoice = await api.call<Invoice>("GET", `/api/invoices/${id}`);
  const lines = invoice.lines.map(({ name, detail, quantity, unit_price, amount }) => {
    return { name, detail, quantity, unit_price, amount };
  });
  return { ...invoice, lines };
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
