/**
 * `npm run test:load`: ten minutes (`--minutes N`) of mixed traffic from 64 connections. Fails on
 * any error, where what the product's heap holds grows by 5 % after the warm-up, where the backlog
 * does not drain, and where counters and ledger differ.
 */
import { readOptions } from "../scripts/lib/options.ts";
import { exitOnSignals, runCommand, UserError } from "../scripts/lib/process.ts";
import { liveHeapBytes } from "./heap.ts";
import { runLoad } from "./load.ts";
import { residentBytes } from "./process.ts";
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

const USAGE = {
  command: "npm run test:load",
  about:
    "Mixed traffic from 64 connections. Fails on any error, where the product's heap grows, " +
    "where its backlog does not drain, and where counters and ledger differ. On Linux: " +
    "it reads /proc.",
  options: {
    minutes: { type: "string", value: "N", default: "10", about: "how long it lasts" },
  },
  examples: ["npm run test:load -- --minutes 2"],
} as const;

await runCommand(async () => {
  exitOnSignals();
  const { values } = readOptions(USAGE);
  const forMs = Number(values.minutes) * 60_000;
  if (!(forMs > 0)) throw new UserError("--minutes takes a number above 0");
  const product = await startProduct({ inspected: true });
  const { inspector } = product;
  const tenants: Tenant[] = [];
  for (let i = 0; i < TENANTS; i++) tenants.push(await product.createTenant());
  await runTraffic(product, tenants, forMs * WARM_UP);
  const warmBytes = await liveHeapBytes(inspector);
  await runTraffic(product, tenants, forMs * (1 - WARM_UP));
  const growth = (await liveHeapBytes(inspector)) / warmBytes - 1;
  const drainMs = await settle(tenants);
  const events = tenants.reduce((sum, { sent }) => sum + sent, 0);
  console.log(`${events.toLocaleString("en")} events and as many answers, no error`);
  console.log(`stored = sent and counters = ledger for ${tenants.length} tenants`);
  console.log(`backlog drained in ${Math.round(drainMs)} ms (at most ${DRAIN_MS})`);
  const change = `${growth >= 0 ? "+" : ""}${(growth * 100).toFixed(1)} %`;
  console.log(`${(warmBytes / 2 ** 20).toFixed(1)} MiB of live heap, then ${change} (below 5 %)`);
  await product.close();
  process.exit(growth < MAX_GROWTH && drainMs <= DRAIN_MS ? 0 : 1);
});

/**
 * Sends until the time is over. The resident bytes shown are no measure of what is kept: the
 * runtime's allocator returns little, and they grow under a bare hello as well.
 */
async function runTraffic(product: Product, tenants: Tenant[], forMs: number): Promise<void> {
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  const timer = setInterval(
    () => {
      const bytes = residentBytes(product.runtimePid);
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
