/** Plays an access log into a test tenant: in file order, its clock moving along. */
import { timeText } from "../../src/core/time.ts";
import { CALLS, lineOf, usageOf, type Visit } from "../../src/metering/file/access-log.ts";
import type { Api } from "./api.ts";
import { progressBar } from "./progress.ts";

/** Lines a batch; each is two events. */
const BATCH_LINES = 1_000;

/** An alert in the answer to the events of which one fired it. */
export type FiredAlert = {
  event_id: string;
  metric_name: string;
  threshold_percent: number;
  alert_level: string;
  message: string;
};
type BatchAnswer = { results: { id: string; status: number }[]; alerts: FiredAlert[] };
/** What became of an item: recorded, or known already. */
const ACCEPTED = 201;
const DUPLICATE = 200;

export type Replayed = {
  /** Lines whose api_calls event had this status. */
  accepted: number;
  duplicates: number;
  alerts: { alert: FiredAlert; line: number }[];
};

/** Sends every visit once more or for the first time. Errors: an item with another status. */
export async function replay(api: Api, visits: Visit[], label: string): Promise<Replayed> {
  const replayed: Replayed = { accepted: 0, duplicates: 0, alerts: [] };
  const bar = progressBar(label, visits.length);
  let clockMs = await readClock(api);
  for (let from = 0; from < visits.length; from += BATCH_LINES) {
    const batch = visits.slice(from, from + BATCH_LINES);
    const latestMs = Math.max(...batch.map(({ atMs }) => atMs));
    if (latestMs > clockMs) clockMs = await moveClock(api, latestMs);
    const items = batch.flatMap(usageOf);
    take(replayed, await api.call<BatchAnswer>("POST", "/api/usage/events", items));
    bar.advance(from + batch.length);
  }
  bar.end();
  return replayed;
}

function take(replayed: Replayed, { results, alerts }: BatchAnswer): void {
  for (const { id, status } of results) {
    if (status !== ACCEPTED && status !== DUPLICATE) {
      throw new Error(`line ${lineOf(id)} was not recorded: ${status}`);
    }
    if (!id.endsWith(`-${CALLS}`)) continue;
    if (status === ACCEPTED) replayed.accepted++;
    else replayed.duplicates++;
  }
  replayed.alerts.push(...alerts.map((alert) => ({ alert, line: lineOf(alert.event_id) })));
}

async function readClock(api: Api): Promise<number> {
  return Date.parse((await api.call<{ now: string }>("GET", "/api/test-clock")).now);
}

/** Moves the clock, running what becomes due on the way; answers where it stands then. */
export async function moveClock(api: Api, toMs: number): Promise<number> {
  for (;;) {
    const to = { now: timeText(toMs) };
    const { done } = await api.call<{ done: boolean }>("POST", "/api/test-clock", to);
    if (done) return toMs;
  }
}
