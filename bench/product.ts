/** The product under measurement: started with the baselines beside it, and asked from outside. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Api, apiAt } from "../scripts/lib/api.ts";
import { ROOT } from "../scripts/lib/build.ts";
import { quickFolder } from "../scripts/lib/quick-folder.ts";
import { seedServer } from "../scripts/lib/seed.ts";
import type { ServerOptions } from "../scripts/lib/server.ts";
import type { Counts } from "./count.ts";
import { requestBytes } from "./load.ts";

export const METRIC = "api_calls";
export const USERS = 10_000;
const LONG_AGO = "2000-01-01T00:00:00Z";

export type Rows = { object: number; ledger: number };
export type Product = {
  url: string;
  /** Where the baselines answer. */
  baseline: string;
  /** Where the runtime's inspector answers. */
  inspector: string;
  stateDir: string;
  /** The operator's key. */
  operator: string;
  runtimePid: number;
  /** The product's database. */
  db: D1Database;
  /** The databases of usage, by the numbers of their ledgers. */
  ledgerDbs: D1Database[];
  createTenant: () => Promise<Tenant>;
  /** Fires the cron trigger. */
  sweep: () => Promise<void>;
  /** Rows written since the start. */
  rowsWritten: () => Promise<Rows>;
  /** What a bill would count, from when it is first asked. */
  counts: () => Promise<Counts>;
  close: () => Promise<void>;
};

export type ProductOptions = Pick<ServerOptions, "inspected" | "ledgers"> & {
  /** Keeps its state in memory, where the system has a folder there: no commit waits for a disk. */
  inMemory?: boolean;
};

/** Builds and starts all of it on a state of its own, which goes with this process. */
export async function startProduct({
  inMemory = false,
  ...options
}: ProductOptions = {}): Promise<Product> {
  const stateDir = mkdtempSync(join(inMemory ? quickFolder() : tmpdir(), "boxcostpro-bench-"));
  process.once("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const { startServer } = await import("../scripts/lib/server.ts");
  const server = await startServer({
    port: 0,
    stateDir,
    entry: join(ROOT, "bench/measured-worker.ts"),
    unguarded: true,
    beside: join(ROOT, "bench/wrangler.toml"),
    ...options,
  });
  const { url, besideUrl, inspectorUrl, runtimePid, db, ledgerDbs, sweep, close } = server;
  const { operator } = await seedServer(server, stateDir);
  const baseline = besideUrl ?? "";
  await fetch(`${baseline}/setup`, { method: "POST" });
  return {
    url,
    baseline,
    inspector: inspectorUrl ?? "",
    stateDir,
    operator,
    runtimePid,
    db,
    ledgerDbs,
    sweep,
    close,
    createTenant: () => createTenant(url, apiAt(url, operator)),
    rowsWritten: async () => (await fetch(`${url}/bench/rows`)).json() as Promise<Rows>,
    counts: async () => (await fetch(`${url}/bench/counts`)).json() as Promise<Counts>,
  };
}

/** A live tenant with limits that only warn. */
async function createTenant(url: string, operator: Api): Promise<Tenant> {
  const of = await operator.call<{ id: string; key: string }>("POST", "/api/tenants", {
    name: "Bench",
    mode: "live",
  });
  await operator.call("POST", "/api/subscriptions", {
    tenant_id: of.id,
    plan: "ENTERPRISE",
    billing_cycle: "monthly",
    base_price: 0,
  });
  return new Tenant(url, of);
}

/** What an event's time and quantity follow from: how many came before it. */
export type EventOf = Record<"timeOf" | "quantityOf", (i: number) => number>;

export class Tenant {
  readonly api: Api;
  readonly id: string;
  readonly key: string;
  readonly url: string;
  readonly #url: URL;
  /** Events whose requests have been built; each is sent once. */
  sent = 0;
  /** What they come to. */
  quantity = 0;

  constructor(url: string, { id, key }: { id: string; key: string }) {
    this.api = apiAt(url, key);
    this.url = url;
    this.#url = new URL(url);
    this.id = id;
    this.key = key;
  }

  get #headers() {
    return { authorization: `Bearer ${this.key}` };
  }

  /** A request that records new events; without `timeOf` they happen when they arrive. */
  batch(n: number, of: Partial<EventOf> = {}): Buffer {
    const items = Array.from({ length: n }, () => this.#event(of));
    return this.#post("/api/usage/events", items);
  }

  single(): Buffer {
    return this.#post("/api/usage/record", this.#event());
  }

  /** A request with the body and headers of a single event, to somewhere else. */
  likeSingle(url: string): Buffer {
    const { sent, quantity } = this;
    const body = JSON.stringify(this.#event());
    Object.assign(this, { sent, quantity });
    return requestBytes(new URL(url), { method: "POST", headers: this.#headers, body });
  }

  /** A request that has a new event recorded later. */
  later(): Buffer {
    return this.#post("/api/usage/record", this.#event(), { prefer: "respond-async" });
  }

  get(path: string): Buffer {
    return requestBytes(new URL(path, this.#url), { method: "GET", headers: this.#headers });
  }

  #post(path: string, body: unknown, more: Record<string, string> = {}): Buffer {
    const text = JSON.stringify(body);
    const of = { method: "POST", headers: { ...this.#headers, ...more }, body: text };
    return requestBytes(new URL(path, this.#url), of);
  }

  #event({ timeOf, quantityOf }: Partial<EventOf> = {}) {
    const i = this.sent++;
    const quantity = quantityOf?.(i) ?? 1;
    this.quantity += quantity;
    return {
      id: randomUUID(),
      metric_name: METRIC,
      quantity,
      user_id: `user-${Math.floor(Math.random() * USERS)}`,
      ...(timeOf ? { timestamp: new Date(timeOf(i)).toISOString() } : {}),
    };
  }

  /** Waits until the live counter has all that was sent. Errors: one after a minute. */
  async untilCounted(): Promise<void> {
    const giveUpMs = performance.now() + 60_000;
    for (;;) {
      const path = `/api/usage/entitlements/${METRIC}`;
      const { used } = await this.api.call<{ used: number }>("GET", path);
      if (used === this.sent) return;
      if (performance.now() > giveUpMs) throw new Error(`sent ${this.sent}, counted ${used}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Has the ledger take all, and counts it there. Errors: one where it is not what was sent. */
  async expectStored(): Promise<void> {
    type Summary = { metrics: { event_count: number; total_quantity: number }[] };
    const path = `/api/usage/summary?metric_name=${METRIC}&start_date=${LONG_AGO}`;
    const { metrics } = await this.api.call<Summary>("GET", path);
    const stored = metrics[0]?.event_count ?? 0;
    if (stored === this.sent && (metrics[0]?.total_quantity ?? 0) === this.quantity) return;
    throw new Error(`sent ${this.sent} events of ${this.id}, stored ${stored}`);
  }
}
