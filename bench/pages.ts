/**
 * What the dashboard's pages cost in a grown installation: milliseconds of the runtime's processors
 * a page, its database included, beside a bare Hono's answer; and its largest exports.
 */
import { placesOf } from "../src/dashboard/search/places.ts";
import { fillInstallation, type Installation } from "./installation.ts";
import { median } from "./large.ts";
import { requestBytes, runLoad } from "./load.ts";
import { cpuMs, residentBytes } from "./process.ts";
import type { Product } from "./product.ts";
import { scaled } from "./rates.ts";
import { difference } from "./used.ts";

const WARM_UPS = 10;
/** The first ones still compile what a page runs. A session may ask 6,000 times a minute. */
const ROUNDS = 5;
/** Requests of a round. */
const REQUESTS = 15;
const HELLOS = 500;
const EXPORTS = 10;
/** Before memory is looked at: the runtime's allocator has then what an export takes. */
const FIRST_EXPORTS = 5;

export type PageCost = {
  /** Milliseconds on a processor, the least of some rounds: other work only adds to it. */
  cpuMs: number;
  /** Median milliseconds until the whole answer. */
  p50Ms: number;
  /** Trips to D1 one after the other or beside each other, and the statements that they held. */
  trips: number;
  statements: number;
};
export type ExportCost = { firstByteMs: number; wholeMs: number; bytes: number };
export type PageCosts = {
  hello: PageCost;
  pages: Record<string, PageCost>;
  exports: Record<string, ExportCost>;
  /** By how many MB the resident memory grew over ten exports. */
  exportGrowthMb: number;
};

/** Fills an installation and asks for each page of it. */
export async function measurePages(
  product: Product,
  scale: number,
  say: (text: string) => void,
): Promise<PageCosts> {
  const installation = await fillInstallation(product, scale);
  say(`an installation with ${installation.invoices.toLocaleString("en")} invoices is made`);
  const { url, baseline } = product;
  const cookies = {
    tenant: await signIn(url, installation.tenant.key),
    operator: await signIn(url, product.operator),
    clocked: await signIn(url, installation.clocked.key),
  };
  const hello = await costOf(product, helloOf(baseline), scaled(HELLOS, scale), baseline);
  say(`hello: ${costText(hello)}`);
  const requests = pagesOf(installation).map(
    ({ name, path, by }) => [name, pageRequest(url, path, cookies[by])] as const,
  );
  // What all pages share is compiled by all of them: else the first one measured would pay for it.
  for (const [, request] of requests) await askOne(url, request, WARM_UPS);
  const pages: Record<string, PageCost> = {};
  for (const [name, request] of requests) {
    pages[name] = await costOf(product, request, scaled(REQUESTS, scale));
    say(`${name}: ${costText(pages[name])}`);
  }
  const get = (path: string) => exportCost(`${url}/dashboard/${path}`, cookies.tenant);
  const exports = {
    csv: await get("invoices/export?format=csv"),
    ndjson: await get("invoices/export?format=ndjson"),
    zip: await get("invoices/pdfs?status=open"),
  };
  for (const [name, cost] of Object.entries(exports)) say(`export ${name}: ${exportText(cost)}`);
  const resident = () => residentBytes(product.runtimePid) / 2 ** 20;
  const again = async (n: number) => {
    for (let i = 0; i < n; i++) await get("invoices/export?format=csv");
    return resident();
  };
  const before = await again(FIRST_EXPORTS);
  const after = await again(EXPORTS);
  say(`${EXPORTS} exports: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after`);
  return { hello, pages, exports, exportGrowthMb: after - before };
}

type AskedPage = { name: string; path: string; by: "tenant" | "operator" | "clocked" };

/** All that the search of the dashboard leads to, hubs, and lists as they are worked with. */
function pagesOf({ ids, plan }: Installation): AskedPage[] {
  const places = placesOf({ role: "owner", mode: "test", operator: true }).map(
    ({ path, needs, test }): AskedPage => ({
      name: path === "" ? "home" : nameOf(path),
      path,
      by: test ? "clocked" : needs.startsWith("operator.") ? "operator" : "tenant",
    }),
  );
  const tenants: Record<string, string> = {
    invoice: `/invoices/${ids.invoice}`,
    draft: `/invoices/${ids.draft}`,
    draft_form: `/invoices/${ids.draft}/edit`,
    customer: `/customers/${ids.customer}`,
    customer_form: `/customers/${ids.customer}/edit`,
    customer_balance: `/customers/${ids.customer}/balance`,
    email: `/emails/${ids.email}`,
    next_invoice: "/billing/next",
    items: "/items",
    recurring: "/recurring-invoices",
    search: "/search?q=customer",
    invoices_filtered: "/invoices?status=paid&issued_from=2000-01-01",
    invoices_found: "/invoices?q=customer+7",
    invoices_sorted: "/invoices?sort=-total",
    invoices_due: "/invoices?status=open&sort=due",
    invoices_of_customer: `/invoices?customer_id=${ids.customer}`,
    invoices_all: "/invoices/bulk?act=send&all=yes",
    customers_found: "/customers?q=customer+7",
    customers_sorted: "/customers?sort=name",
    events_of_metric: "/usage/events?metric_name=metric_007",
    usage_of_metric: "/usage?metric=metric_007",
  };
  const operators: Record<string, string> = {
    operator_home: "",
    health: "/health",
    tenant: `/tenants/${ids.tenant}`,
    tenant_budgets: `/tenants/${ids.tenant}/budgets`,
    subscription: `/billing/subscriptions/${ids.subscription}`,
    subscription_form: "/billing/subscriptions/new",
    plan: `/billing/plans/${plan}`,
    plan_form: `/billing/plans/${plan}/edit`,
  };
  const asked = (paths: Record<string, string>, by: AskedPage["by"]) =>
    Object.entries(paths).map(([name, path]) => ({ name, path, by }));
  return [...places, ...asked(tenants, "tenant"), ...asked(operators, "operator")];
}

function nameOf(path: string): string {
  return path.slice(1).replaceAll(/[/-]/g, "_");
}

async function signIn(url: string, key: string): Promise<string> {
  const answer = await fetch(`${url}/dashboard/sign-in`, {
    method: "POST",
    headers: { origin: url },
    body: new URLSearchParams({ "/key": key }),
    redirect: "manual",
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (!cookie) throw new Error(`signing in was answered with ${answer.status}`);
  return cookie;
}

function helloOf(baseline: string): Buffer {
  return requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
}

function pageRequest(url: string, path: string, cookie: string): Buffer {
  const headers = { cookie, accept: "text/html", "accept-language": "en-GB" };
  return requestBytes(new URL(`${url}/dashboard${path}`), { method: "GET", headers });
}

/** Asks for a page again and again, one request at a time; `onAnswer` hears how long each took. */
async function askOne(
  url: string,
  request: Buffer,
  times: number,
  onAnswer: (ms: number) => void = () => {},
): Promise<void> {
  let left = times;
  let startedMs = 0;
  const next = () => {
    const nowMs = performance.now();
    if (startedMs > 0) onAnswer(nowMs - startedMs);
    startedMs = nowMs;
    return left-- > 0 ? request : null;
  };
  await runLoad({ url, connections: 1, next });
}

async function costOf(
  { url, runtimePid, counts }: Product,
  request: Buffer,
  times: number,
  at = url,
): Promise<PageCost> {
  const tookMs: number[] = [];
  await askOne(at, request, WARM_UPS);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuMs(runtimePid);
    await askOne(at, request, times, (ms) => tookMs.push(ms));
    rounds.push((cpuMs(runtimePid) - before) / times);
  }
  const p50Ms = median(tookMs);
  if (at !== url) return { cpuMs: Math.min(...rounds), p50Ms, trips: 0, statements: 0 };
  const before = await counts();
  await askOne(url, request, 1);
  const { d1Trips: trips, d1Statements: statements } = difference(await counts(), before);
  return { cpuMs: Math.min(...rounds), p50Ms, trips, statements };
}

async function exportCost(url: string, cookie: string): Promise<ExportCost> {
  const startedMs = performance.now();
  const answer = await fetch(url, { headers: { cookie } });
  if (!answer.ok || !answer.body) throw new Error(`${url} was answered with ${answer.status}`);
  let firstByteMs = 0;
  let bytes = 0;
  for await (const chunk of answer.body) {
    if (bytes === 0) firstByteMs = performance.now() - startedMs;
    bytes += chunk.length;
  }
  return { firstByteMs, wholeMs: performance.now() - startedMs, bytes };
}

function costText({ cpuMs: ms, p50Ms, trips, statements }: PageCost): string {
  const asked = `${statements} statements in ${trips} trips`;
  return `${ms.toFixed(2)} ms of CPU, p50 ${p50Ms.toFixed(2)} ms, ${asked}`;
}

function exportText({ firstByteMs, wholeMs, bytes }: ExportCost): string {
  const whole = `${bytes.toLocaleString("en")} bytes in ${Math.round(wholeMs)} ms`;
  return `first byte after ${firstByteMs.toFixed(1)} ms, ${whole}`;
}
