/** A dry run: what a file holds, and what it would bill, with nothing sent. */
import { quantityText } from "../../../src/core/quantity.ts";
import { timeText } from "../../../src/core/time.ts";
import { BACK_MS } from "../../../src/metering/event/window.ts";
import type { TextForm } from "../../../src/metering/file/encoding.ts";
import type { Reader } from "../../../src/metering/file/format.ts";
import { Showing, type Shown, shownBody, takenItem } from "../../../src/metering/file/shown.ts";
import { progressBar, rateText } from "../progress.ts";
import { Refused } from "../refused.ts";
import { bytesIn } from "./line-file.ts";
import { readRecords } from "./record-file.ts";
import type { Target } from "./target.ts";
import { wholeList } from "./whole-list.ts";

type Tally = {
  events: number;
  sumMicro: bigint;
  maxMicro: bigint;
  firstMs: number;
  lastMs: number;
};

export type Counted = {
  lines: number;
  unreadable: number;
  /** Events that the API would refuse, but for their age. */
  invalid: number;
  too_old: number;
  metrics: Map<string, Tally>;
  /** The first lines, and a few further ones that would be refused. */
  shown: Shown[];
};

/** Errors: `UserError` for a file that cannot be read. */
export async function countFile(
  file: string,
  { form, reader, nowMs }: { form: TextForm; reader: Reader; nowMs: number },
): Promise<Counted> {
  const showing = new Showing();
  const counted: Counted = {
    lines: 0,
    unreadable: 0,
    invalid: 0,
    too_old: 0,
    metrics: new Map(),
    shown: showing.lines,
  };
  const total = bytesIn(file, form);
  const bar = progressBar("dry run", total);
  const startedMs = performance.now();
  for await (const lines of readRecords(file, reader, form)) {
    for (const line of lines) {
      const reading = reader.readLine(line);
      showing.add(line.number, reading, nowMs);
      if ("fault" in reading) counted.unreadable++;
      else for (const { item } of reading.events) count(counted, item, nowMs);
    }
    counted.lines += lines.length;
    const end = lines.at(-1)?.end ?? 0;
    bar.advance(end, () => rateText(end / total, counted.lines, performance.now() - startedMs));
  }
  bar.end();
  return counted;
}

function count(counted: Counted, event: Record<string, unknown>, nowMs: number): void {
  const item = takenItem(event, nowMs);
  if (item === null) {
    counted.invalid++;
    return;
  }
  const atMs = item.atMs ?? nowMs;
  const micro = BigInt(item.micro);
  if (atMs < nowMs - BACK_MS) counted.too_old++;
  const tally = counted.metrics.get(item.metric);
  if (tally) add(tally, micro, atMs);
  else counted.metrics.set(item.metric, tallyOf(micro, atMs));
}

function tallyOf(micro: bigint, atMs: number): Tally {
  return { events: 1, sumMicro: micro, maxMicro: micro, firstMs: atMs, lastMs: atMs };
}

function add(tally: Tally, micro: bigint, atMs: number): void {
  tally.events++;
  tally.sumMicro += micro;
  if (micro > tally.maxMicro) tally.maxMicro = micro;
  if (atMs < tally.firstMs) tally.firstMs = atMs;
  if (atMs > tally.lastMs) tally.lastMs = atMs;
}

type Metric = { name: string; aggregation: string };
type Subscription = { status: string; plan: string; plan_version: number };
type PlanVersion = { version: number; currency: string; prices: Record<string, unknown>[] };
type Simulated = {
  lines: { metric_name: string; arithmetic: string; amount: number }[];
  total: number;
  currency: string;
};

export type Bill = Simulated & { plan: string; left_out: string[] };

/**
 * What the file's usage would cost on the plan that the tenant has, all of it as one month's; null
 * without a plan. Duplicates in it are counted. Errors: as `Target.call`.
 */
export async function priceFile(target: Target, { metrics }: Counted): Promise<Bill | null> {
  const { data } = await target.call<{ data: Subscription[] }>("GET", "/api/subscriptions");
  const held = data.find(({ status }) => status === "active" || status === "trialing");
  if (!held) return null;
  const [versions, declared] = await Promise.all([
    wholeList<PlanVersion>(target, `/api/plans/${held.plan}/versions`, "data"),
    wholeList<Metric>(target, "/api/usage/metrics", "metrics"),
  ]);
  const version = versions.find((each) => each.version === held.plan_version);
  if (!version) return null;
  const how = new Map(declared.map(({ name, aggregation }) => [name, aggregation]));
  const usage: { metric_name: string; quantity: string }[] = [];
  const leftOut: string[] = [];
  for (const [name, tally] of metrics) {
    const micro = levelOf(how.get(name) ?? "sum", tally);
    if (micro === null) leftOut.push(name);
    else usage.push({ metric_name: name, quantity: quantityText(micro) });
  }
  const used = new Set(usage.map(({ metric_name }) => metric_name));
  const prices = version.prices
    .filter(({ metric_name }) => used.has(String(metric_name)))
    .map(({ hard_limit: _, alert_thresholds: __, ...price }) => price);
  const body = JSON.stringify({ currency: version.currency, base_price: 0, prices, usage });
  const bill = await target.call<Simulated>("POST", "/api/billing/simulate", body);
  const unpriced = [...used].filter(
    (name) => !version.prices.some(({ metric_name }) => metric_name === name),
  );
  return { ...bill, plan: held.plan, left_out: [...leftOut, ...unpriced] };
}

/** What a metric's events come to, or null where a tally cannot say. */
function levelOf(aggregation: string, { events, sumMicro, maxMicro }: Tally): bigint | null {
  if (aggregation === "sum") return sumMicro;
  if (aggregation === "count") return BigInt(events) * 1_000_000n;
  return aggregation === "max" ? maxMicro : null;
}

/** The tenant's time: a test tenant's own, or this machine's. Errors: as `Target.call`. */
export async function readNow(target: Target): Promise<number> {
  try {
    const { now } = await target.call<{ now: string }>("GET", "/api/test-clock");
    return Date.parse(now);
  } catch (error) {
    if (error instanceof Refused) return Date.now();
    throw error;
  }
}

export function countedBody({ metrics, shown, ...counted }: Counted) {
  const rows = [...metrics].map(([metric_name, tally]) => ({
    metric_name,
    events: tally.events,
    total_quantity: quantityText(tally.sumMicro),
    first: timeText(tally.firstMs),
    last: timeText(tally.lastMs),
  }));
  return { ...counted, metrics: rows, shown: shown.map(shownBody) };
}
