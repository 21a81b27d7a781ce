/**
 * 64 tenants that record at once, one of them a hundred times what each other does: what each
 * waits for beside all the others, next to what it waits for alone, by turns in the same run. The
 * local runtime has one thread for all of them and writes every commit through to the disk on it,
 * so that a disk that takes 50 ms holds everybody; where they run apart nobody waits for another's.
 * The state is therefore kept in memory here, and the rate leaves the thread room.
 */
import { requestBytes, runPaced } from "./load.ts";
import { cpuMs } from "./process.ts";
import { type Product, startProduct, type Tenant } from "./product.ts";

const TENANTS = 64;
const TIMES = 100;
/**
 * Beside all others each is watched for so many requests in a round: a moment in which the runtime
 * stands still must not be one in a hundred because there are few.
 */
const BESIDE_REQUESTS = 400;
/** A request that does nothing, to see when the runtime answers nobody: its collector, mostly. */
const PROBES_PER_SECOND = 50;
const STOPPED_MS = 50;
export const MOST_HOT_RATIO = 3;

/** When a request was due, by this process's clock, and how long it took. */
type Took = { dueMs: number; ms: number };
type Phases = { alone: Took[]; beside: Took[] };
type Hot = { tenant: Tenant; name: string; perSecond: number } & Phases;

export type HotOptions = {
  /** Requests a second of each but the one. */
  rate: number;
  phaseMs: number;
  rounds: number;
  log: (text: string) => void;
};

/** Runs and prints it; how many tenants wait for more than three times what they do alone. */
export async function runHot({ rate, phaseMs, rounds, log }: HotOptions): Promise<number> {
  const product = await startProduct({ inMemory: true });
  log(`making ${TENANTS} tenants`);
  const all: Hot[] = [];
  for (let i = 0; i < TENANTS; i++) {
    const [name, perSecond] = i === 0 ? ["the busy one", rate * TIMES] : [`tenant ${i}`, rate];
    all.push({ tenant: await product.createTenant(), name, perSecond, alone: [], beside: [] });
  }
  log("waking them");
  await runAll(all, phaseMs, () => {});
  const probes: Phases = { alone: [], beside: [] };
  const used = { alone: 0, beside: 0 };
  const spent = async (phase: keyof Phases, work: Promise<void>[]) => {
    const before = cpuMs(product.runtimePid);
    await Promise.all(work);
    used[phase] += cpuMs(product.runtimePid) - before;
  };
  for (let round = 1; round <= rounds; round++) {
    for (const [i, one] of all.entries()) {
      if (i % 8 === 0) log(`round ${round} of ${rounds}: alone, ${i + 1} of ${TENANTS}`);
      // It has rested while the others were alone: nobody who is hot wakes.
      await runSome([one], 0, () => {});
      const work = runSome([one], phaseMs, ({ alone }, took) => void alone.push(took));
      await spent("alone", [work, probe(product, phaseMs, probes.alone)]);
    }
    log(`round ${round} of ${rounds}: all at once for ${BESIDE_REQUESTS / rate} seconds`);
    const besideMs = (BESIDE_REQUESTS / rate) * 1_000;
    const work = runAll(all, besideMs, ({ beside }, took) => void beside.push(took));
    await spent("beside", [work, probe(product, besideMs, probes.beside)]);
  }
  for (const { tenant } of all) {
    await tenant.untilCounted();
    await tenant.expectStored();
  }
  await product.close();
  return report(all, probes, used);
}

type Note = (of: Hot, took: Took) => void;

const tookNow = (ms: number): Took => ({ dueMs: performance.now() - ms, ms });

/** The busy one has connections of its own: nobody waits for it before a request is sent. */
async function runAll(all: readonly Hot[], ms: number, note: Note): Promise<void> {
  await Promise.all([runSome(all.slice(0, 1), ms, note), runSome(all.slice(1), ms, note)]);
}

/**
 * Each of them, all at the same rate: turn after turn, each turn in an order of its own. In one
 * order for all turns, what the runtime does from time to time would meet the same tenant again and
 * again, because its turn and that keep step.
 */
async function runSome(some: readonly Hot[], ms: number, note: Note): Promise<void> {
  const [{ perSecond, tenant }] = some as [Hot];
  const turns = Math.max(1, Math.round((perSecond * ms) / 1_000));
  const order = Array.from({ length: turns }, () => shuffled(some)).flat();
  const requests = order.map((one) => one.tenant.single());
  const each = (i: number, tookMs: number) => note(order[i] as Hot, tookNow(tookMs));
  await runPaced({ url: tenant.url, perSecond: perSecond * some.length, requests, each });
}

async function probe({ baseline }: Product, ms: number, took: Took[]): Promise<void> {
  const request = requestBytes(new URL(`${baseline}/hello`), { method: "GET" });
  const count = Math.max(1, Math.round((PROBES_PER_SECOND * ms) / 1_000));
  const requests = Array.from({ length: count }, () => request);
  const each = (_: number, tookMs: number) => void took.push(tookNow(tookMs));
  await runPaced({ url: baseline, perSecond: PROBES_PER_SECOND, requests, each });
}

/**
 * Prints a line for each. All but the busy one are made alike, so that what one of them waits for
 * alone is read from all of their requests: each has too few for a 99th percentile of its own.
 * What met a moment in which the runtime answered nobody, not even a request that does nothing, is
 * told apart: objects that run apart have collectors of their own.
 */
function report(all: readonly Hot[], probes: Phases, used: Record<keyof Phases, number>): number {
  const stopped = {
    alone: probes.alone.filter(({ ms }) => ms > STOPPED_MS),
    beside: probes.beside.filter(({ ms }) => ms > STOPPED_MS),
  };
  const [busy, ...others] = all as [Hot, ...Hot[]];
  const p99 = (of: readonly Hot[], phase: keyof Phases, kept: (took: Took) => boolean) =>
    percentile(
      of.flatMap((one) => one[phase].filter(kept).map(({ ms }) => ms)),
      99,
    );
  const line = (cells: readonly (string | number)[]) =>
    console.log(cells.map((cell, i) => String(cell)[i === 0 ? "padEnd" : "padStart"](15)).join(""));
  const failed = { all: 0, awake: 0 };
  line(["tenant", "requests", "alone p99 ms", "beside p99 ms", "ratio", "awake p99 ms", "ratio"]);
  for (const one of all) {
    const alike = one === busy ? [busy] : others;
    const ratios = (["all", "awake"] as const).flatMap((which) => {
      const kept = (phase: keyof Phases) => (took: Took) =>
        which === "all" || !stopped[phase].some((stop) => overlap(stop, took));
      const beside = p99([one], "beside", kept("beside"));
      const ratio = beside / p99(alike, "alone", kept("alone"));
      if (ratio > MOST_HOT_RATIO) failed[which]++;
      return [beside.toFixed(1), ratio.toFixed(2)];
    });
    const alone = p99(alike, "alone", () => true).toFixed(1);
    line([one.name, one.beside.length, alone, ...ratios]);
  }
  for (const phase of ["alone", "beside"] as const) {
    const requests = all.reduce((sum, one) => sum + one[phase].length, 0);
    const cpuUs = (used[phase] * 1_000) / requests;
    const [p50, most] = [50, 99].map((of) =>
      percentile(
        probes[phase].map(({ ms }) => ms),
        of,
      ).toFixed(1),
    );
    console.log(
      `${phase}: of ${probes[phase].length} requests that do nothing ${stopped[phase].length} ` +
        `waited for more than ${STOPPED_MS} ms (p50 ${p50} ms, p99 ${most} ms): so often the ` +
        "runtime stood still. A recording, with what follows and these: " +
        `${cpuUs.toFixed(0)} µs of CPU`,
    );
  }
  console.log(
    `${failed.all} tenants wait for over ${MOST_HOT_RATIO} times what they do alone, ` +
      `${failed.awake} where what the standing runtime held is left out`,
  );
  return failed.all;
}

function overlap(one: Took, other: Took): boolean {
  return one.dueMs < other.dueMs + other.ms && other.dueMs < one.dueMs + one.ms;
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

/** The value that so many of a hundred are not above; 0 where there is none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
}
