/** What /metrics answers: what was counted, and what is seen now. */

import { sql } from "drizzle-orm";
import { ledgerDb, ledgersOf } from "../platform/db/ledger.ts";
import { sqlStatement } from "../platform/db/sql.ts";
import { MOST_COUNTED } from "../platform/queue/backlog.ts";
import type { Env } from "../platform/runtime/env.ts";
import {
  byName,
  escapedLabel,
  expositionOf,
  type Family,
  histogramOf,
  type Sample,
} from "../platform/watch/exposition.ts";
import { signsOf } from "./health.ts";
import { COUNTED } from "./metric-list.ts";
import { resealOf } from "./reseal.ts";
import { type Seen, seeStages } from "./stages.ts";

const BOUNDED = `Counted to ${MOST_COUNTED.toLocaleString("en")}.`;

/** The databases of an installation, by the names that metrics give them. */
export function databasesOf(env: Env): readonly { name: string; db: D1Database }[] {
  const further = ledgersOf(env)
    .map((ledger) => ({ name: `ledger_${ledger}`, db: ledgerDb(env, ledger) }))
    .filter(({ db }) => db !== env.DB);
  return [{ name: "control", db: env.DB }, ...further];
}

/** How large each database is; D1 says it with every answer. Errors: whatever D1 throws. */
async function sizesOf(env: Env): Promise<Sample[]> {
  return Promise.all(
    databasesOf(env).map(async ({ name, db }) => {
      const { meta } = await sqlStatement(db, sql`SELECT 1`).run();
      return { labels: `database="${name}"`, value: meta.size_after ?? 0 };
    }),
  );
}

/** The text of all metrics. Errors: whatever D1 throws. */
export async function metricsText(env: Env, nowMs: number): Promise<string> {
  const [seen, signs, sizes, change] = await Promise.all([
    seeStages(env, nowMs),
    signsOf(env.DB, nowMs),
    sizesOf(env),
    resealOf(env),
  ]);
  const signed = new Map<string, number>(
    signs.map(({ id, backlog }) => [id, Math.min(backlog.count, MOST_COUNTED)]),
  );
  const one = (value: number): Sample[] => [{ labels: "", value }];
  return expositionOf([
    ...countedFamilies(seen),
    ...stageFamilies(seen),
    gauge("boxcostpro_work_failing", `Due work whose last attempt failed. ${BOUNDED}`, [
      { labels: "", value: signed.get("work_failing") ?? 0 },
    ]),
    gauge(
      "boxcostpro_imports_stuck",
      `Imports of usage that nobody went on with for 15 minutes. ${BOUNDED}`,
      one(signed.get("imports_stuck") ?? 0),
    ),
    gauge(
      "boxcostpro_webhook_endpoints_failing",
      `Webhook endpoints that answer nothing but errors. ${BOUNDED}`,
      one(signed.get("endpoints_failing") ?? 0),
    ),
    gauge(
      "boxcostpro_deliveries_failed",
      `Webhook deliveries of the last 24 hours that were given up. ${BOUNDED}`,
      one(signed.get("deliveries_failed") ?? 0),
    ),
    gauge(
      "boxcostpro_emails_failed",
      `E-mails of the last 24 hours that were not sent. ${BOUNDED}`,
      one(signed.get("emails_failed") ?? 0),
    ),
    gauge("boxcostpro_database_size_bytes", "Bytes that a database takes, of 10 GB.", sizes),
    gauge(
      "boxcostpro_secret_change_running",
      "1 while what the previous DELIVERY_SECRET sealed is sealed anew, 0 once that is done.",
      change === null ? [] : one(change !== "begins" && change.doneMs !== null ? 0 : 1),
    ),
    gauge(
      "boxcostpro_watch_up",
      "1 where what isolates and meters tell is known, else 0.",
      one(seen.reading === null ? 0 : 1),
    ),
  ]);
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

/** What isolates counted; a counter that nothing was added to is not shown. */
function countedFamilies({ reading }: Seen): Family[] {
  const counted = byName(reading?.counts ?? []);
  return COUNTED.map(([name, type, help]) => {
    const samples =
      type === "histogram"
        ? histogramOf(counted.get(`${name}_bucket`) ?? [], counted.get(`${name}_sum`) ?? [])
        : (counted.get(name) ?? []);
    return { name, type, help, samples };
  });
}

function stageFamilies({ stages, queues, meters, deadLetters }: Seen): Family[] {
  const label = (name: string, value: string) => `${name}="${escapedLabel(value)}"`;
  const seconds = (ms: number) => ms / 1_000;
  return [
    gauge(
      "boxcostpro_stage_lag_seconds",
      "How long the first work waits that a stage has not done.",
      stages.map(({ id, lagMs }) => ({ labels: label("stage", id), value: seconds(lagMs) })),
    ),
    gauge(
      "boxcostpro_stage_backlog",
      `Work that waits for a stage; in the journal, events of meters behind. ${BOUNDED}`,
      stages.flatMap(({ id, backlog }) =>
        backlog === null ? [] : { labels: label("stage", id), value: backlog },
      ),
    ),
    gauge(
      "boxcostpro_queue_lag_seconds",
      "Since when a message that went through a queue has not come back.",
      queues.map(({ id, lagMs }) => ({ labels: label("queue", id), value: seconds(lagMs) })),
    ),
    gauge("boxcostpro_meters_behind", "Meters that cannot put their journal into the ledger.", [
      { labels: "", value: meters.length },
    ]),
    gauge("boxcostpro_meters_halted", "Meters that record nothing until somebody looks.", [
      { labels: "", value: meters.filter(({ halted }) => halted).length },
    ]),
    gauge("boxcostpro_dead_letters", `Messages that queues gave up and that are kept. ${BOUNDED}`, [
      { labels: "", value: Math.min(deadLetters.count, MOST_COUNTED) },
    ]),
  ];
}
