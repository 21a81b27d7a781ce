/**
 * The platform's list prices, and the only place where they stand. Pure. Money is an integer of
 * micro-USD. What the paid plan includes each month is not taken off.
 */

/** Pages of developers.cloudflare.com, and who reports what no page of them was found to say. */
const WORKERS = "workers/platform/pricing";
const OBJECTS = "durable-objects/platform/pricing";
const D1 = "d1/platform/pricing";
const R2 = "r2/pricing";
const QUEUES = "queues/platform/pricing";
const EMAIL = "freemail#53";

type Price = {
  component: string;
  /** What is counted, as the table names it. */
  of: string;
  /** Micro-USD for each `per` of them. */
  microUsd: bigint;
  per: bigint;
  source: string;
};

const MILLION = 1_000_000n;
const GB = 1_000_000_000n;

/** When the pages were read. */
export const PRICES_READ = "2026-11-30";

export const PRICES = {
  workersRequests: price("Workers", "requests", 300_000n, MILLION, WORKERS),
  workersCpuMs: price("Workers", "CPU ms", 20_000n, MILLION, WORKERS),
  objectRequests: price("Durable Objects", "requests and alarms", 150_000n, MILLION, OBJECTS),
  objectRows: price("Durable Objects", "rows written", 1_000_000n, MILLION, OBJECTS),
  objectGbSeconds: price("Durable Objects", "GB-seconds", 12_500_000n, MILLION, OBJECTS),
  objectBytes: price("Durable Objects", "bytes kept a month", 200_000n, GB, OBJECTS),
  d1Written: price("D1", "rows written", 1_000_000n, MILLION, D1),
  d1Read: price("D1", "rows read by writing", 1_000n, MILLION, D1),
  d1LedgerBytes: price("D1", "bytes kept a month, ledgers", 750_000n, GB, D1),
  d1ControlBytes: price("D1", "bytes kept a month, control", 750_000n, GB, D1),
  r2Writes: price("R2", "writes", 4_500_000n, MILLION, R2),
  r2Reads: price("R2", "reads", 360_000n, MILLION, R2),
  r2Bytes: price("R2", "bytes kept a month", 15_000n, GB, R2),
  queueOperations: price("Queues", "operations", 400_000n, MILLION, QUEUES),
} as const satisfies Record<string, Price>;

/** Not part of the sum: another provider may send them. */
export const EMAIL_PRICE = price("E-mail", "e-mails", 350_000n, 1_000n, EMAIL);

export type PriceName = keyof typeof PRICES;
export const PRICE_NAMES = Object.keys(PRICES) as PriceName[];

function price(component: string, of: string, microUsd: bigint, per: bigint, source: string) {
  return { component, of, microUsd, per, source } satisfies Price;
}

/** What so many cost, in micro-USD, rounded up. */
export function costMicro(quantity: bigint, { microUsd, per }: Price): bigint {
  return (quantity * microUsd + per - 1n) / per;
}
