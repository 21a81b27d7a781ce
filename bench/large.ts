/** What stays fast when a tenant is large: recording at four million ids, reads at a million. */
import { runLoad } from "./load.ts";
import { METRIC, type Product, type Tenant } from "./product.ts";
import { type BatchRate, batchRate, scaled } from "./rates.ts";

const IDS = 4_000_000;
/** Ten parts; the slowest is compared with the first. */
const PARTS = 10;
const STRETCH_BATCH = 1_000;

const LARGE = 1_000_000;
const SMALL = 1_000;
const LOAD_BATCH = 5_000;
const DAY_MS = 86_400_000;
const SPAN_MS = 31 * DAY_MS;
/** Off every quarter-hour. */
const RAGGED_MS = 437_123;
const LIVE_READS = 200;
const SUMMARIES = 20;
const ROUNDS = 5;

export type Progress = (text: string) => void;

/** The rate of each part of 400,000 events, the drain included. */
export async function measureSustained(
  product: Product,
  scale: number,
  progress: Progress,
): Promise<BatchRate[]> {
  const tenant = await product.createTenant();
  const rates: BatchRate[] = [];
  for (let part = 0; part < PARTS; part++) {
    const batches = scaled(IDS / PARTS / STRETCH_BATCH, scale);
    // Built and sent in quarters, so that the requests of a part need not all be in memory.
    const parts: BatchRate[] = [];
    for (let quarter = 0; quarter < 4; quarter++) {
      parts.push(await batchRate(product, tenant, STRETCH_BATCH, Math.ceil(batches / 4)));
    }
    rates.push(merged(parts));
    progress(`${tenant.sent.toLocaleString("en")} ids: ${rateText(rates.at(-1))}`);
  }
  return rates;
}

/** Parts of equal size as one. */
function merged(parts: readonly BatchRate[]): BatchRate {
  const mean = (of: (part: BatchRate) => number) =>
    parts.reduce((sum, part) => sum + of(part), 0) / parts.length;
  return {
    perSecond: 1 / mean((part) => 1 / part.perSecond),
    cpuUsPerEvent: mean((part) => part.cpuUsPerEvent),
    drainSeconds: Math.max(...parts.map((part) => part.drainSeconds)),
    objectRows: mean((part) => part.objectRows),
    ledgerRows: mean((part) => part.ledgerRows),
  };
}

export type Reads = {
  /** Milliseconds of a live read, of a tenant with 10^6 events and of one with 10^3. */
  liveLarge: number;
  liveSmall: number;
  /** Milliseconds of a summary over 31 days with ragged ends. */
  tenantSummary: number;
  userSummary: number;
};

/** Medians of many reads of a tenant whose events are spread over 31 days. */
export async function measureReads(
  product: Product,
  scale: number,
  progress: Progress,
): Promise<Reads> {
  const [large, small] = [await product.createTenant(), await product.createTenant()];
  const endMs = Date.now();
  const count = scaled(LARGE / LOAD_BATCH, scale);
  const events = count * LOAD_BATCH;
  const timeOf = (i: number) => endMs - SPAN_MS + Math.floor((i * SPAN_MS) / events);
  let left = count;
  const next = () => (left-- > 0 ? large.batch(LOAD_BATCH, { timeOf }) : null);
  await runLoad({ url: product.url, connections: 1, next });
  await large.expectStored();
  let one: Buffer | null = small.batch(SMALL);
  const once = () => {
    const request = one;
    one = null;
    return request;
  };
  await runLoad({ url: product.url, connections: 1, next: once });
  await small.expectStored();
  progress(`${large.sent.toLocaleString("en")} events over 31 days are stored`);
  const [from, to] = [endMs - SPAN_MS + RAGGED_MS, endMs - RAGGED_MS];
  const range = `start_date=${timeText(from)}&end_date=${timeText(to)}`;
  const summary = `/api/usage/summary?metric_name=${METRIC}&${range}`;
  const live = `/api/usage/entitlements/${METRIC}`;
  const [liveLarge, liveSmall] = await alternate(product, [large, live], [small, live]);
  return {
    liveLarge,
    liveSmall,
    tenantSummary: await medianMs(product, large.get(summary), SUMMARIES),
    userSummary: await medianMs(product, large.get(`${summary}&user_id=user-1234`), SUMMARIES),
  };
}

/** Two reads by turns, so that both see the same machine; the medians of their rounds. */
async function alternate(
  product: Product,
  ...reads: [[Tenant, string], [Tenant, string]]
): Promise<[number, number]> {
  const rounds: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [tenant, path]] of reads.entries()) {
      rounds[i]?.push(await medianMs(product, tenant.get(path), LIVE_READS));
    }
  }
  return [median(rounds[0]), median(rounds[1])];
}

async function medianMs(product: Product, request: Buffer, times: number): Promise<number> {
  const ended: number[] = [];
  const next = () => {
    ended.push(performance.now());
    return ended.length <= times ? request : null;
  };
  await runLoad({ url: product.url, connections: 1, next });
  return median(ended.slice(1).map((at, i) => at - (ended[i] ?? 0)));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function rateText(rate: BatchRate | undefined): string {
  const { perSecond = 0, cpuUsPerEvent = 0 } = rate ?? {};
  return `${Math.round(perSecond).toLocaleString("en")} events/s at ${cpuUsPerEvent.toFixed(2)} µs`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
