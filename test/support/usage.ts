/** Usage that tests send, and what becomes of it. */
import { env } from "cloudflare:workers";
import { meterOf } from "../../src/metering/meter/meter.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { call } from "./api.ts";
import { ledgerOf } from "./ledger.ts";

const worker = env as unknown as Env;
/** The object of a tenant's meter. */
export const stubOf = (tenant: string) =>
  worker.METER.get(worker.METER.idFromName(tenant)) as never;

/** `n` events of three metrics and five users, from a number on. */
export const batch = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => ({
    id: `e${from + i}`,
    metric_name: `m${(from + i) % 3}`,
    quantity: (from + i) % 7,
    user_id: `u${(from + i) % 5}`,
  }));

/** Sends events; how many were accepted, repeated and refused. */
export async function send(key: string, items: unknown[]) {
  const { body } = await call(key, "POST", "/api/usage/events", items);
  return [body.accepted, body.duplicates, body.refused];
}
/** What the ledger holds, and what the object counts. */
export async function totals(tenant: string, key: string) {
  const meter = meterOf(worker, tenant);
  await meter.drain(tenant);
  const { counts } = await meter.counts(tenant);
  const live = counts.map(({ metric, valueMicro, events }) => [
    metric,
    Number(valueMicro) / 1e6,
    events,
  ]);
  const { body } = await call(key, "GET", "/api/usage/summary?start_date=2020-01-01T00:00:00Z");
  const ledger = body.metrics.map((m: Record<string, unknown>) => [
    m.metric_name,
    m.total_quantity,
    m.event_count,
  ]);
  const ledgerDb = await ledgerOf(tenant);
  const segments = await ledgerDb
    .prepare("SELECT sum(n) AS n FROM usage_segments WHERE tenant = ?")
    .bind(tenant)
    .first<{ n: number }>();
  return { live: live.sort(), ledger, segments: segments?.n };
}
