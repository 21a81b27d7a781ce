/**
 * Ten million events into four ledgers and, as far as that takes to compare, into one, by turns,
 * each in a runtime of its own, of 200 tenants each. After every part: how fast and for how much
 * CPU they came, what still waited for the ledger and for how long, what a read of the current
 * period takes, and what the runtime has in memory. At the end, that each tenant's usage is what
 * was acknowledged: in the API's answers, in the proof, and in the rows of its own ledger and of
 * no other.
 */
import { apiAt } from "../scripts/lib/api.ts";
import { median } from "./large.ts";
import { runLoad } from "./load.ts";
import { cpuMs, residentBytes, untilQuiet } from "./process.ts";
import { type Product, startProduct, type Tenant } from "./product.ts";
import { scaled } from "./rates.ts";

const EVENTS = 10_000_000;
const TENANTS = 200;
const STRETCHES = 20;
/** Those in which the one ledger takes part, by turns with the four: of the same age then. */
const BESIDE = 4;
const BATCH = 5_000;
const CONNECTIONS = 4;
/** Tenants that are made, or proved, at the same time. */
const AT_ONCE = 8;
/** How many ledgers each of the two has. */
const SIDES = [1, 4] as const;
type Ledgers = (typeof SIDES)[number];
/** Reads of the current period after a stretch, of tenants by turns. */
const READS = 40;
const POLL_MS = 20;
const GIVE_UP_MS = 120_000;
const MOST_QUANTITY = 9;
const MIB = 2 ** 20;
const MB = 1_000_000;
const MICRO = 1_000_000;
/** How long a drain's first event waited, as the product counts it. */
const LAG = "boxcostpro_drain_lag_seconds";

type Say = (text: string) => void;
type Side = {
  ledgers: Ledgers;
  product: Product;
  tenants: Tenant[];
  /** Batches so far: each tenant's comes by turns. */
  batches: number;
};

/** What one stretch of events showed. */
type Stretch = {
  events: number;
  /** Until all of it was in the ledger. */
  perSecond: number;
  cpuUs: number;
  /** Events that the ledger lacked when the last one was acknowledged, and for how long. */
  waiting: number;
  waitedMs: number;
  /** A read of the current period: the median, and the mean of the processors' time. */
  readMs: number;
  readCpuMs: number;
  residentBytes: number;
};

/** A ledger once all is recorded. */
type Full = { ledger: number; tenants: number; events: number; bytes: number };

/** `startBytes` of the runtime, once its tenants are made. */
type Ran = { startBytes: number; stretches: Stretch[]; ledgers: Full[] };
export type Ledgered = Record<Ledgers, Ran>;

/** Records in both, and proves both. Errors: where anything differs from what was acknowledged. */
export async function measureLedgers(scale: number, say: Say): Promise<Ledgered> {
  const sides: Side[] = [];
  const batches = scaled(EVENTS / STRETCHES / BATCH, scale);
  const tenants = Math.min(TENANTS, batches * STRETCHES);
  for (const ledgers of SIDES) sides.push(await makeSide(ledgers, tenants, say));
  const ran = {} as Ledgered;
  for (const { ledgers, product } of sides) {
    await untilQuiet(product.runtimePid); // what follows from new tenants is done
    ran[ledgers] = { startBytes: residentBytes(product.runtimePid), stretches: [], ledgers: [] };
  }
  for (let n = 1; n <= STRETCHES; n++) {
    // Who comes first changes, so that neither has the quieter machine.
    for (const side of n % 2 === 1 ? sides : sides.toReversed()) {
      if (n > BESIDE && side.ledgers === 1) continue;
      const stretch = await runStretch(side, batches);
      ran[side.ledgers].stretches.push(stretch);
      say(`part ${n} of ${STRETCHES}, ${named(side)}: ${stretchText(stretch)}`);
    }
  }
  for (const side of sides) {
    say(`${named(side)}: ${await watchedText(side)}; every event is read to prove the counts`);
    await proveSide(side);
    say(`${named(side)}: of each tenant, what was acknowledged is what is counted`);
    ran[side.ledgers].ledgers = await fullLedgers(side);
    await side.product.close();
  }
  return ran;
}

async function makeSide(ledgers: Ledgers, count: number, say: Say): Promise<Side> {
  const product = await startProduct({ ledgers });
  const tenants: Tenant[] = [];
  while (tenants.length < count) {
    const length = Math.min(AT_ONCE, count - tenants.length);
    tenants.push(...(await Promise.all(Array.from({ length }, () => product.createTenant()))));
  }
  const side = { ledgers, product, tenants, batches: 0 };
  say(`${named(side)}: a server with ${count} tenants is ready`);
  return side;
}

function named({ ledgers }: Pick<Side, "ledgers">): string {
  return ledgers === 1 ? "one ledger" : `${ledgers} ledgers`;
}

async function runStretch(side: Side, batches: number): Promise<Stretch> {
  const { url, runtimePid: pid } = side.product;
  const quantityOf = (i: number) => 1 + (i % MOST_QUANTITY);
  const requests = Array.from({ length: batches }, () =>
    (side.tenants[side.batches++ % side.tenants.length] as Tenant).batch(BATCH, { quantityOf }),
  );
  const cpuBefore = cpuMs(pid);
  const startedMs = performance.now();
  let i = 0;
  await runLoad({ url, connections: CONNECTIONS, next: () => requests[i++] ?? null });
  const sentMs = performance.now();
  const waiting = await waitingEvents(side);
  while ((await waitingEvents(side)) > 0) {
    if (performance.now() - sentMs > GIVE_UP_MS) throw new Error("the ledger does not catch up");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const endedMs = performance.now();
  const events = batches * BATCH;
  return {
    events,
    perSecond: (events * 1_000) / (endedMs - startedMs),
    cpuUs: ((cpuMs(pid) - cpuBefore) * 1_000) / events,
    waiting,
    waitedMs: endedMs - sentMs,
    ...(await readPeriods(side)),
    residentBytes: residentBytes(pid),
  };
}

/** Events that were acknowledged and that the ledgers lack, by their watermarks. */
async function waitingEvents({ product, tenants }: Side): Promise<number> {
  type Row = { tenant: string; up_to: number };
  const arrived = new Map<string, number>();
  for (const db of product.ledgerDbs) {
    const { results } = await db.prepare("SELECT tenant, up_to FROM usage_watermarks").all<Row>();
    for (const { tenant, up_to } of results) arrived.set(tenant, up_to);
  }
  return tenants.reduce((sum, { id, sent }) => sum + Math.max(0, sent - (arrived.get(id) ?? 0)), 0);
}

/** One read after the other, while nothing is recorded. */
async function readPeriods({ product, tenants }: Side) {
  const requests = tenants.map((tenant) => tenant.get("/api/usage/current-period"));
  const cpuBefore = cpuMs(product.runtimePid);
  const atMs: number[] = [];
  const next = () => {
    atMs.push(performance.now());
    return atMs.length <= READS ? (requests[atMs.length % tenants.length] as Buffer) : null;
  };
  await runLoad({ url: product.url, connections: 1, next });
  return {
    readMs: median(atMs.slice(1).map((ms, i) => ms - (atMs[i] as number))),
    readCpuMs: (cpuMs(product.runtimePid) - cpuBefore) / READS,
  };
}

/** Errors: for the first tenant whose usage is not in its own ledger, or not what was sent. */
async function proveSide({ product, tenants }: Side): Promise<void> {
  const homes = await product.db
    .prepare("SELECT id AS tenant, ledger FROM tenants")
    .all<{ tenant: string; ledger: number }>();
  const home = new Map(homes.results.map(({ tenant, ledger }) => [tenant, ledger]));
  const sums = await sumsOf(
    product,
    "sum(count) AS events, sum(total) AS micro FROM rollup_tenant",
  );
  const segments = await sumsOf(product, "sum(n) AS events, 0 AS micro FROM usage_segments");
  const prove = async (tenant: Tenant) => {
    const { id, sent, quantity } = tenant;
    const [rolled, kept] = [sums.get(id) ?? [], segments.get(id) ?? []];
    const elsewhere = [...rolled, ...kept].filter(({ ledger }) => ledger !== home.get(id));
    if (elsewhere.length > 0) throw new Error(`usage of ${id} is not in its own ledger alone`);
    const isWhole = (rolled[0]?.events ?? 0) === sent && (kept[0]?.events ?? 0) === sent;
    if (!isWhole || (rolled[0]?.micro ?? 0) !== quantity * MICRO) {
      throw new Error(`sent ${sent} events of ${id}, which its ledger has not`);
    }
    await tenant.expectStored();
    const { equal } = await tenant.api.call<{ equal: boolean }>("GET", "/api/usage/proof");
    if (!equal) throw new Error(`the meter and the ledger of ${id} differ`);
  };
  for (let at = 0; at < tenants.length; at += AT_ONCE) {
    await Promise.all(tenants.slice(at, at + AT_ONCE).map(prove));
  }
}

type Held = { tenant: string; ledger: number; events: number; micro: number };

/** What each ledger has of each tenant: sums over a table of usage. */
async function sumsOf({ ledgerDbs }: Product, selected: string): Promise<Map<string, Held[]>> {
  const sql = `SELECT tenant, ${selected} GROUP BY tenant`;
  const found: Held[] = [];
  for (const [ledger, db] of ledgerDbs.entries()) {
    const { results } = await db.prepare(sql).all<Omit<Held, "ledger">>();
    found.push(...results.map((held) => ({ ...held, ledger })));
  }
  return Map.groupBy(found, ({ tenant }) => tenant);
}

/** As the operator sees them, with the events that each took. */
async function fullLedgers({ product, tenants }: Side): Promise<Full[]> {
  await product.sweep(); // which looks how large they are
  const operator = apiAt(product.url, product.operator);
  const { ledgers } = await operator.call<{ ledgers: Omit<Full, "events">[] }>(
    "GET",
    "/api/ledgers",
  );
  const ids = new Set(tenants.map(({ id }) => id));
  const sums = await sumsOf(product, "sum(n) AS events, 0 AS micro FROM usage_segments");
  const held = [...sums.values()].flat().filter(({ tenant }) => ids.has(tenant));
  return ledgers.map(({ ledger, bytes, tenants: n }) => ({
    ledger,
    bytes,
    tenants: n,
    events: held.reduce((sum, of) => sum + (of.ledger === ledger ? of.events : 0), 0),
  }));
}

/** What of the product is late, by /readyz, and drains within a second, by /metrics. */
async function watchedText({ product }: Side): Promise<string> {
  const headers = { authorization: `Bearer ${product.operator}` };
  const ask = (path: string) => fetch(product.url + path, { headers });
  const { behind } = (await (await ask("/readyz")).json()) as { behind: string[] };
  const metrics = await (await ask("/metrics")).text();
  const count = (of: string) => {
    const line = metrics.split("\n").find((text) => text.startsWith(`${LAG}_${of} `));
    return Number(line?.split(" ").at(-1));
  };
  const part = (count('bucket{le="1"}') / count("count")) * 100;
  const late = behind.length === 0 ? "no stage is behind" : `${behind.join(", ")} is behind`;
  return `${late}; ${part.toFixed(1)} % of drains ended within a second of their first event`;
}

function stretchText(of: Stretch): string {
  const number = (n: number) => Math.round(n).toLocaleString("en");
  const waited = (of.waitedMs / 1_000).toFixed(2);
  const [cpu, read, readCpu] = [of.cpuUs, of.readMs, of.readCpuMs].map((n) => n.toFixed(2));
  return [
    `${number(of.events)} events, ${number(of.perSecond)} a second, ${cpu} µs of CPU each`,
    `after the last one ${number(of.waiting)} were not in the ledger, ${waited} s later all were`,
    `a read of the current period took ${read} ms, ${readCpu} of CPU`,
    `the runtime has ${number(of.residentBytes / MIB)} MiB`,
  ].join("; ");
}

/** Both as wholes, and how four lie beside one. */
export function ledgersText(ran: Ledgered): string {
  return SIDES.flatMap((ledgers) => {
    const { startBytes, stretches, ledgers: full } = ran[ledgers];
    const middle = stretches[Math.floor(stretches.length / 2) - 1];
    const held = [startBytes, middle?.residentBytes ?? 0, stretches.at(-1)?.residentBytes ?? 0];
    const reads = [stretches[0], middle, stretches.at(-1)].map((of) => of?.readMs.toFixed(2));
    const most = Math.max(...stretches.map(({ waiting }) => waiting));
    return [
      `${named({ ledgers })}: the runtime had ${held.map((n) => Math.round(n / MIB)).join(", ")} ` +
        `MiB at the beginning, in the middle and at the end; reads took ${reads.join(", ")} ms; ` +
        `at most ${most.toLocaleString("en")} events waited`,
      ...full.map(
        (of) =>
          `  ledger ${of.ledger}: ${of.tenants} tenants, ${of.events.toLocaleString("en")} ` +
          `events, ${(of.bytes / MB).toFixed(1)} MB`,
      ),
    ];
  }).join("\n");
}

/** What is promised of them: medians over the parts that both ran, by turns. */
export function ledgerRatios(ran: Ledgered) {
  const [one, four] = [ran[1].stretches, ran[4].stretches];
  const beside = (of: (stretch: Stretch) => number) =>
    median(one.map((stretch, i) => of(four[i] as Stretch) / of(stretch)));
  const fifth = four.length / 5;
  const reads = (parts: readonly Stretch[]) => median(parts.map(({ readCpuMs }) => readCpuMs));
  const events = ran[4].ledgers.map((of) => of.events);
  return {
    rate: beside(({ perSecond }) => perSecond),
    cpu: beside(({ cpuUs }) => cpuUs),
    memory: beside((of) => of.residentBytes),
    read: reads(four.slice(-fifth)) / reads(four.slice(0, fifth)),
    waitedSeconds: Math.max(...four.map(({ waitedMs }) => waitedMs)) / 1_000,
    busiest: Math.max(...events) / events.reduce((sum, n) => sum + n, 0),
  };
}
