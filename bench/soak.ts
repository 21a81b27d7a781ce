/**
 * `npm run test:load`: ten minutes (`--minutes N`) of mixed traffic from 64 connections. Fails on
 * any error, where the runtime's memory grows by 5 % after the warm-up, where the backlog does not
 * drain, and where counters and ledger differ.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { exitOnSignals, runCommand, UserError } from "../scripts/lib/process.ts";
import { median } from "./large.ts";
import { runLoad } from "./load.ts";
import { METRIC, type Product, startProduct, type Tenant } from "./product.ts";

const CONNECTIONS = 64;
const TENANTS = 8;
/** The first fifth of the time, two minutes of ten, fills caches and filters. */
const WARM_UP = 0.2;
const SAMPLE_MS = 5_000;
const MAX_GROWTH = 0.05;
const DRAIN_MS = 1_000;
/** Far below what a key may read: 6,000 a minute. */
const READS_A_SECOND = 20;
const SMALL_BATCH = 20;
const LARGE_BATCH = 500;
/** One request in so many is a batch, the others are single events. */
const BATCHES_IN = 10;
const LARGE_IN = 200;

/** None of them is itself counted as usage. */
const READS = [
  `/api/usage/entitlements/${METRIC}`,
  "/api/usage/current-period",
  "/api/usage/alerts",
  "/api/usage/summary?group_by=user_id&metric_name=none",
  "/api/usage/events?limit=20",
  "/api/billing/preview",
];

await runCommand(async () => {
  exitOnSignals();
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
  const forMs = Number(values.minutes) * 60_000;
  if (!(forMs > 0)) throw new UserError("--minutes takes a number above 0");
  const product = await startProduct();
  const tenants: Tenant[] = [];
  for (let i = 0; i < TENANTS; i++) tenants.push(await product.createTenant());
  const samples = await runTraffic(product, tenants, forMs);
  const drainMs = await settle(tenants);
  const events = tenants.reduce((sum, { sent }) => sum + sent, 0);
  const growth = growthOf(samples);
  console.log(`${events.toLocaleString("en")} events and as many answers, no error`);
  console.log(`stored = sent and counters = ledger for ${tenants.length} tenants`);
  console.log(`backlog drained in ${Math.round(drainMs)} ms (at most ${DRAIN_MS})`);
  console.log(`memory ${growth >= 0 ? "+" : ""}${(growth * 100).toFixed(1)} % (below 5 %)`);
  await product.close();
  process.exit(growth < MAX_GROWTH && drainMs <= DRAIN_MS ? 0 : 1);
});

/** Sends until the time is over; answers the runtime's resident bytes since the warm-up. */
async function runTraffic(product: Product, tenants: Tenant[], forMs: number): Promise<number[]> {
  const samples: number[] = [];
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  const timer = setInterval(
    () => {
      const bytes = residentBytes(product.runtimePid);
      if (elapsed() >= forMs * WARM_UP) samples.push(bytes);
      const events = tenants.reduce((sum, { sent }) => sum + sent, 0).toLocaleString("en");
      const seconds = Math.round(elapsed() / 1000);
      process.stderr.write(`${seconds} s: ${events} events, ${Math.round(bytes / 2 ** 20)} MiB\n`);
    },
    Math.min(SAMPLE_MS, forMs / 20),
  );
  let readMs = 0;
  let n = 0;
  const next = () => {
    if (elapsed() >= forMs) return null;
    const tenant = tenants[n++ % TENANTS] as Tenant;
    if (elapsed() - readMs >= 1000 / READS_A_SECOND) {
      readMs = elapsed();
      return tenant.get(READS[n % READS.length] ?? "");
    }
    if (n % LARGE_IN === 0) return tenant.batch(LARGE_BATCH);
    return n % BATCHES_IN === 0 ? tenant.batch(SMALL_BATCH) : tenant.single();
  };
  await runLoad({ url: product.url, connections: CONNECTIONS, next });
  clearInterval(timer);
  return samples;
}

/** Has every tenant drained, counted and proved; answers how long the longest drain took. */
async function settle(tenants: Tenant[]): Promise<number> {
  let longestMs = 0;
  for (const tenant of tenants) {
    const startedMs = performance.now();
    await tenant.expectStored();
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
  for (const { api } of tenants) {
    const { equal } = await api.call<{ equal: boolean }>("GET", "/api/usage/proof");
    if (!equal) throw new Error("counters and ledger differ");
  }
  return longestMs;
}

/** From the first tenth of the samples to the last, by their medians. */
function growthOf(samples: number[]): number {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  return median(samples.slice(-tenth)) / median(samples.slice(0, tenth)) - 1;
}

/** Errors: where the system has no /proc. */
function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
