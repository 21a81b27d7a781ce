/** How fast events are recorded, beside what the same machine and runtime do with less. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Latency, requestBytes, runLoad, runPaced } from "./load.ts";
import { cpuMs } from "./process.ts";
import { METRIC, type Product, type Tenant, USERS } from "./product.ts";

const HELLOS = 20_000;
const INSERTS = 2_000;
const SQLITE_ROWS = 100_000;
const SQLITE_ROWS_A_COMMIT = 1_000;
const SINGLES = 20_000;
const CONNECTIONS = 64;
const BATCH_CONNECTIONS = 4;

/** Events of a round by the size of their batches. */
export const BATCHES = { 100: 40_000, 1000: 100_000, 5000: 200_000 } as const;
export type BatchSize = keyof typeof BATCHES;
export const SIZES = Object.keys(BATCHES).map(Number) as BatchSize[];

export type BatchRate = {
  perSecond: number;
  /** Of the runtime's processor time, which waits for no disk; the drain included. */
  cpuUsPerEvent: number;
  /** From the last acknowledgement to the answer of a read that needs all in the ledger. */
  drainSeconds: number;
  /** Rows written per event. */
  objectRows: number;
  ledgerRows: number;
};
export type Round = {
  hello: number;
  /** Bare Hono with one call of an object that does nothing. */
  object: number;
  /** The same with a single event's body and headers, parsed, passed on and answered. */
  passed: number;
  /** The same with a row that the object keeps of it. */
  kept: number;
  insert: number;
  sqlite: number;
  single: number;
  /** Single events that are recorded later: acknowledged, and until the last one counts. */
  later: { acknowledged: number; counted: number };
  batch: Record<BatchSize, BatchRate>;
};

export type Tenants = { single: Tenant; later: Tenant; batch: Record<BatchSize, Tenant> };

/** One round of all rates; `scale` below 1 shortens it. */
export async function measureRound(
  product: Product,
  tenants: Tenants,
  scale: number,
): Promise<Round> {
  const { url, baseline, stateDir } = product;
  const hello = requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
  const object = requestBytes(new URL(`${baseline}/object`), { method: "GET" });
  const insert = requestBytes(new URL(`${baseline}/insert`), {
    method: "POST",
    body: JSON.stringify({ metric: METRIC, quantity: 1, user: "user-1" }),
  });
  const rate = async (of: string, requests: Buffer[]) =>
    requests.length / (await runLoad({ url: of, connections: CONNECTIONS, ...oneByOne(requests) }));
  const copies = (request: Buffer, n: number) =>
    Array.from({ length: scaled(n, scale) }, () => request);
  const like = (what: string) => tenants.single.likeSingle(`${baseline}/${what}`);
  const singles = Array.from({ length: scaled(SINGLES, scale) }, () => tenants.single.single());
  const round = {
    hello: await rate(baseline, copies(hello, HELLOS)),
    object: await rate(baseline, copies(object, SINGLES)),
    passed: await rate(baseline, copies(like("passed"), SINGLES)),
    kept: await rate(baseline, copies(like("kept"), SINGLES)),
    insert: await rate(baseline, copies(insert, INSERTS)),
    sqlite: sqliteRate(stateDir, scaled(SQLITE_ROWS, scale)),
    single: await rate(url, singles),
    later: await laterRate(url, tenants.later, scaled(SINGLES, scale)),
  };
  await tenants.single.expectStored();
  await tenants.later.expectStored();
  const batch = {} as Record<BatchSize, BatchRate>;
  for (const size of SIZES) {
    const count = Math.ceil((BATCHES[size] * scale) / size);
    batch[size] = await batchRate(product, tenants.batch[size], size, count);
  }
  return { ...round, batch };
}

async function laterRate(url: string, tenant: Tenant, count: number): Promise<Round["later"]> {
  const requests = Array.from({ length: count }, () => tenant.later());
  const startedMs = performance.now();
  await runLoad({ url, connections: CONNECTIONS, ...oneByOne(requests) });
  const sentMs = performance.now();
  await tenant.untilCounted();
  const perSecond = (endMs: number) => (count * 1000) / (endMs - startedMs);
  return { acknowledged: perSecond(sentMs), counted: perSecond(performance.now()) };
}

/** Requests a second at which latencies are measured. */
export const PACES = [100, 1_000, 5_000] as const;
export type Pace = (typeof PACES)[number];
const PACED_SECONDS = 4;

export type Paced = {
  pace: Pace;
  hello: Latency;
  object: Latency;
  passed: Latency;
  kept: Latency;
  single: Latency;
  later: Latency;
};

/** What an acknowledgement takes at each pace, beside what a hello and an empty call take. */
export async function measureLatency(product: Product, scale: number): Promise<Paced[]> {
  const { url, baseline } = product;
  const hello = requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
  const object = requestBytes(new URL(`${baseline}/object`), { method: "GET" });
  const measured: Paced[] = [];
  for (const pace of PACES) {
    const tenant = await product.createTenant();
    const n = scaled(pace * PACED_SECONDS, scale);
    const at = (of: string, make: () => Buffer) =>
      runPaced({ url: of, perSecond: pace, requests: Array.from({ length: n }, make) });
    const passed = tenant.likeSingle(`${baseline}/passed`);
    const kept = tenant.likeSingle(`${baseline}/kept`);
    await runLoad({ url, connections: 1, ...oneByOne([tenant.single(), tenant.later()]) });
    measured.push({
      pace,
      hello: await at(baseline, () => hello),
      object: await at(baseline, () => object),
      passed: await at(baseline, () => passed),
      kept: await at(baseline, () => kept),
      single: await at(url, () => tenant.single()),
      later: await at(url, () => tenant.later()),
    });
    await tenant.untilCounted();
  }
  return measured;
}

/** What counts as held: the part of a pace that is answered as it is asked, and how late. */
export const HELD = { part: 0.97, p99Ms: 50 } as const;
/** From a thousand a second, each pace by so much faster than the one before. */
const FASTER = 1.15;
const HIGHEST_SECONDS = 3;
/** A pace that does not hold is tried once more: another process may have been in the way. */
const TRIES = 2;

export type Highest = Record<"single" | "kept" | "object", { pace: number } & Latency>;

/** The highest rate that holds (open loop), of single events and of what they are held against. */
export async function measureHighest(product: Product, scale: number): Promise<Highest> {
  const { url, baseline } = product;
  const tenant = await product.createTenant();
  const object = requestBytes(new URL(`${baseline}/object`), { method: "GET" });
  const kept = tenant.likeSingle(`${baseline}/kept`);
  const highest = {
    object: await highestOf(baseline, () => object, scale),
    kept: await highestOf(baseline, () => kept, scale),
    single: await highestOf(url, () => tenant.single(), scale),
  };
  await tenant.untilCounted();
  return highest;
}

async function highestOf(
  url: string,
  make: () => Buffer,
  scale: number,
): Promise<Highest["single"]> {
  let held = { pace: 0, p50: 0, p99: 0, perSecond: 0 };
  for (let pace: number = PACES[1]; ; pace = Math.round(pace * FASTER)) {
    const faster = await heldAt(url, make, { pace, n: scaled(pace * HIGHEST_SECONDS, scale) });
    if (faster === null) return held;
    held = { pace, ...faster };
  }
}

async function heldAt(
  url: string,
  make: () => Buffer,
  { pace, n }: { pace: number; n: number },
): Promise<Latency | null> {
  for (let tried = 0; tried < TRIES; tried++) {
    const requests = Array.from({ length: n }, make);
    const latency = await runPaced({ url, perSecond: pace, requests });
    if (latency.p99 <= HELD.p99Ms && latency.perSecond >= HELD.part * pace) return latency;
  }
  return null;
}

/** Sends `count` batches and has the ledger take them. Errors: where it has not all of them. */
export async function batchRate(
  product: Product,
  tenant: Tenant,
  size: number,
  count: number,
): Promise<BatchRate> {
  const requests = Array.from({ length: count }, () => tenant.batch(size));
  const before = await product.rowsWritten();
  const usedMs = cpuMs(product.runtimePid);
  const startedMs = performance.now();
  await runLoad({ url: product.url, connections: BATCH_CONNECTIONS, ...oneByOne(requests) });
  const sentMs = performance.now();
  await tenant.expectStored();
  const endedMs = performance.now();
  const cpuUs = (cpuMs(product.runtimePid) - usedMs) * 1000;
  const after = await product.rowsWritten();
  const events = size * count;
  return {
    perSecond: (events * 1000) / (endedMs - startedMs),
    cpuUsPerEvent: cpuUs / events,
    drainSeconds: (endedMs - sentMs) / 1000,
    objectRows: (after.object - before.object) / events,
    ledgerRows: (after.ledger - before.ledger) / events,
  };
}

/** Rows a second into a new table: row by row, random ids as its key, durable at each commit. */
function sqliteRate(stateDir: string, rows: number): number {
  const dir = mkdtempSync(join(stateDir, "sqlite-"));
  const ids = Array.from({ length: rows }, () => randomUUID());
  const db = new DatabaseSync(join(dir, "events.sqlite"));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (
      id TEXT PRIMARY KEY, tenant TEXT, metric TEXT, quantity INTEGER, user TEXT, at_ms INTEGER
    )`);
  const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
  const startedMs = performance.now();
  for (let i = 0; i < rows; i++) {
    if (i % SQLITE_ROWS_A_COMMIT === 0) db.exec(i === 0 ? "BEGIN" : "COMMIT; BEGIN");
    insert.run(ids[i] ?? "", "ten_bench", METRIC, 1, `user-${i % USERS}`, startedMs + i);
  }
  db.exec("COMMIT");
  const seconds = (performance.now() - startedMs) / 1000;
  db.close();
  rmSync(dir, { recursive: true });
  return rows / seconds;
}

export function oneByOne(requests: Buffer[]): { next: () => Buffer | null } {
  let i = 0;
  return { next: () => requests[i++] ?? null };
}

export function scaled(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale));
}
