/**
 * What one of the platform's parts carries, and what to do where it is not enough. Pure. Sizes of
 * rows, messages and statements stand in `scripts/platform/limits.ts`, whose checks hold them.
 */

type Limit = {
  /** What is looked at, as the table names it. */
  of: string;
  most: number;
  unit: string;
  raise: string;
  /** A page of developers.cloudflare.com, or who says it. */
  source: string;
};

/** When the pages were read. */
export const LIMITS_READ = "2026-11-30";

const OBJECT = "durable-objects/platform/limits";
const D1 = "d1/platform/limits";
const QUEUE = "queues/platform/limits";
const SPREAD = "spread the largest tenant over several";

export const CAPACITY = {
  objectMemory: {
    of: "memory of the largest tenant's object: identities of 36 days",
    most: 128_000_000,
    unit: "bytes",
    raise: `${SPREAD}: an isolate's memory cannot be raised`,
    source: "workers/platform/limits",
  },
  objectStorage: {
    of: "storage of the largest tenant's object",
    most: 10_000_000_000,
    unit: "bytes",
    raise: `${SPREAD}: an object's storage cannot be raised`,
    source: OBJECT,
  },
  objectRequests: {
    of: "requests of the largest tenant's object at the peak",
    most: 1_000,
    unit: "a second",
    raise: "send larger batches (--batch), or record asynchronously",
    source: "cloudflare-docs#10550, a soft figure",
  },
  objectCpu: {
    of: "the one thread of the largest tenant's object at the peak",
    most: 1_000_000,
    unit: "µs a second",
    raise: `send larger batches (--batch), or ${SPREAD}`,
    source: OBJECT,
  },
  ledgerWriter: {
    of: "the one writer of each ledger database at the peak",
    most: 1_000,
    unit: "ms a second",
    raise: "more ledgers (--ledgers)",
    source: D1,
  },
  ledgerStorage: {
    of: "storage of each ledger database",
    most: 10_000_000_000,
    unit: "bytes",
    raise: "more ledgers (--ledgers), or a shorter retention (--retention-days)",
    source: D1,
  },
  largestTenantLedger: {
    of: "what the largest tenant has in its one ledger",
    most: 10_000_000_000,
    unit: "bytes",
    raise: `a shorter retention (--retention-days), or ${SPREAD}`,
    source: D1,
  },
  ledgersOfAccount: {
    of: "storage of all databases of an account",
    most: 1_000_000_000_000,
    unit: "bytes",
    raise: "ask the platform for more, or a shorter retention (--retention-days)",
    source: D1,
  },
  controlStorage: {
    of: "storage of the control database after a year of documents",
    most: 10_000_000_000,
    unit: "bytes",
    raise: "fewer documents, or several installations: the control database is one",
    source: D1,
  },
  newsQueue: {
    of: "messages of the queue of announcements at the peak",
    most: 5_000,
    unit: "a second",
    raise: "ask the platform for more, or several installations",
    source: QUEUE,
  },
  deliveryQueue: {
    of: "messages of the queue of webhooks at the peak",
    most: 5_000,
    unit: "a second",
    raise: "fewer endpoints, or several installations",
    source: QUEUE,
  },
} as const satisfies Record<string, Limit>;

export type CapacityName = keyof typeof CAPACITY;
export const CAPACITY_NAMES = Object.keys(CAPACITY) as CapacityName[];
