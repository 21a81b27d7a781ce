/** Plays an access log into a test tenant: in file order, its clock moving along. */
import { timeText } from "../../src/core/time.ts";
import { CALLS, lineOf, usageOf, type Visit } from "./access-log.ts";
import type { Api } from "./api.ts";
import { progressBar } from "./progress.ts";

/** Lines a batch; each is two events. */
const BATCH_LINES = 500;

/** An alert in the answer to the event that fired it. */
export type FiredAlert = {
  metric_name: string;
  threshold_percent: number;
  alert_level: string;
  message: string;
};
type ItemResult = { id: string; status: string; alerts?: FiredAlert[] };

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
    const { results } = await api.call<{ results: ItemResult[] }>(
      "POST",
      "/api/usage/events",
      batch.flatMap(usageOf),
    );
    results.forEach((result) => {
      take(replayed, result);
    });
    bar.advance(from + batch.length);
  }
  bar.end();
  return replayed;
}

function take(replayed: Replayed, { id, status, alerts = [] }: ItemResult): void {
  if (status !== "accepted" && status !== "duplicate") {
    throw new Error(`line ${lineOf(id)} was not recorded: ${status}`);
  }
  replayed.alerts.push(...alerts.map((alert) => ({ alert, line: lineOf(id) })));
  if (!id.endsWith(`-${CALLS}`)) return;
  if (status === "accepted") replayed.accepted++;
  else replayed.duplicates++;
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
