/**
 * What this isolate counted of itself, for whoever watches the installation. An isolate shares its
 * memory with no other, so that each tells the one `Watch` now and then how much was added. A count
 * costs a look into a map; what an isolate counted in its last seconds may go with it, so these are
 * numbers to watch by. What is billed is counted in the ledger, and exactly.
 */
import type { Env } from "../runtime/env.ts";
import { watchOf } from "./watch.ts";

/** How long an isolate adds up before it tells. */
export const TELL_MS = 5_000;
/** Series that an isolate holds between two tellings; more could only come of an error. */
const MOST_SERIES = 2_000;

let added = new Map<string, number>();
let toldMs = 0;

/** Adds to a series, named as it is shown: `boxcostpro_drains_total{outcome="ok"}`. */
export function count(series: string, n = 1): void {
  const before = added.get(series);
  if (before === undefined && added.size >= MOST_SERIES) return;
  added.set(series, (before ?? 0) + n);
}

/** The upper edges of what is timed, in seconds; what took longer is in the last, `+Inf`. */
export const EDGES = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600] as const;

/** Takes durations into a histogram, its names made once; `labels` is empty or ends in a comma. */
export function timer(name: string, labels: string): (ms: number) => void {
  const bucketOf = (edge: number | "+Inf") => `${name}_bucket{${labels}le="${edge}"}`;
  const buckets = EDGES.map(bucketOf);
  const longer = bucketOf("+Inf");
  const sum = `${name}_sum{${labels.slice(0, -1)}}`;
  return (ms) => {
    const seconds = Math.max(0, ms) / 1_000;
    count(buckets[EDGES.findIndex((most) => seconds <= most)] ?? longer);
    count(sum, seconds);
  };
}

type WaitUntil = (work: Promise<unknown>) => void;

/** After an answer or a piece of work: tells what was added, unless that was done just now. */
export function tellCounts(env: Env, nowMs: number, waitUntil: WaitUntil): void {
  if (nowMs - toldMs < TELL_MS || added.size === 0) return;
  waitUntil(tellNow(env, nowMs));
}

/**
 * Tells what was added. An error of the watch puts it back, to be told with what comes next: then a
 * series may be twice in the Analytics Engine.
 */
export async function tellNow(env: Env, nowMs: number): Promise<void> {
  toldMs = nowMs;
  if (added.size === 0) return;
  const told = added;
  added = new Map();
  writePoints(env, told);
  try {
    await watchOf(env)?.add(Object.fromEntries(told));
  } catch {
    for (const [series, n] of told) count(series, n);
  }
}

/** What the platform takes of one invocation; the rest is told to the watch alone. */
const MOST_POINTS = 250;

/**
 * A data point for each series in Workers Analytics Engine, where it is bound: the name as index,
 * the whole series as blob, what was added as double. Sampling is the platform's own.
 */
function writePoints({ ANALYTICS }: Env, told: ReadonlyMap<string, number>): void {
  if (ANALYTICS === undefined) return;
  for (const [series, n] of [...told].slice(0, MOST_POINTS)) {
    const [name = ""] = series.split("{");
    ANALYTICS.writeDataPoint({ indexes: [name], blobs: [series], doubles: [n] });
  }
}
