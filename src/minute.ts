/**
 * What each minute does. One query says which parts have something to do, so that a minute in which
 * nothing is due costs no more than that, and one for each ledger.
 */
import { type SQL, sql } from "drizzle-orm";
import { anyUnsealedLog } from "./accounts/audit/chain-store.ts";
import { sealLogs } from "./accounts/audit/seal.ts";
import { anyOldRequestLog, firstLogId } from "./accounts/store/request-log-store.ts";
import { MINUTE_MS } from "./core/time.ts";
import { sealOldLetters } from "./delivery/email/sealed-letter.ts";
import { anyInClear, anyOldEmail } from "./delivery/email/store.ts";
import { dropOldLogs, logEdges } from "./delivery/retain.ts";
import { anyOldDelivery } from "./delivery/webhook/store.ts";
import { anyUnsealedSeries } from "./documents/chain/chain-store.ts";
import { sealDocuments } from "./documents/chain/seal.ts";
import { anyUnfolded, foldOldText } from "./documents/store/search-store.ts";
import { anyOldRefused } from "./metering/record/refused-store.ts";
import { dayOf } from "./platform/db/once.ts";
import { renderedSql } from "./platform/db/sql.ts";
import { anyOldKeys, sweepKeys } from "./platform/http/idempotency.ts";
import { anyDue, anyUnnamed, nameLanes } from "./platform/queue/lane.ts";
import { anyOpen, reclaimEvents, relay } from "./platform/queue/outbox.ts";
import type { Env } from "./platform/runtime/env.ts";
import { logError } from "./platform/runtime/log.ts";
import { sweepLedgers, sweepUsage } from "./retention/archive/retain.ts";
import { anyToWalk } from "./retention/archive/walk-store.ts";
import { catchUpErasures } from "./retention/erasure/erase.ts";
import { catchUpTenants } from "./retention/tenant/tenant-erasure.ts";
import { handOutAll } from "./schedule.ts";
import { resealOn } from "./watch/reseal.ts";

type Part = {
  /** SQL that is 1 where it has something to do; without it, it is asked each minute. */
  isDue?: SQL;
  run: (env: Env, nowMs: number) => Promise<unknown>;
};

/** What the conditions are asked with: instants, a day, and what ids of requests begin with. */
type Name = "now" | "today" | "logsBefore" | "requestsBefore";
const asked = (name: Name) => sql.placeholder(name);

/** Minutes between two looks at the lists of erasures in R2. */
const ERASURES_EVERY = 10;

/** In this order. */
const PARTS: Readonly<Record<string, Part>> = {
  "name lanes of earlier versions": { isDue: anyUnnamed(), run: ({ DB }) => nameLanes(DB).run() },
  "hand out": { isDue: anyDue(asked("now")), run: handOutAll },
  "relay what was missed": {
    isDue: anyOpen(),
    run: async (env, nowMs) => {
      await reclaimEvents(env.DB, nowMs).run();
      await relay(env.DB, env.NEWS, nowMs);
    },
  },
  "drop old answers": {
    isDue: anyOldKeys(asked("now"), asked("today")),
    run: ({ DB }, nowMs) => sweepKeys(DB, nowMs),
  },
  "look at the ledgers": { run: sweepLedgers },
  "seal audit logs": { isDue: anyUnsealedLog(), run: ({ DB }, nowMs) => sealLogs(DB, nowMs) },
  "seal documents": {
    isDue: anyUnsealedSeries(),
    run: ({ DB }, nowMs) => sealDocuments(DB, nowMs),
  },
  "drop old logs": {
    isDue: sql`(${anyOldDelivery(asked("logsBefore"))} OR ${anyOldRefused(asked("logsBefore"))}
      OR ${anyOldEmail(asked("logsBefore"))} OR ${anyOldRequestLog(asked("requestsBefore"))})`,
    run: dropOldLogs,
  },
  "archive old usage": { isDue: anyToWalk(asked("today")), run: sweepUsage },
  "erase what came back": {
    run: async (env, nowMs) => {
      if (Math.floor(nowMs / MINUTE_MS) % ERASURES_EVERY !== 0) return;
      await catchUpTenants(env, nowMs);
      await catchUpErasures(env, nowMs);
    },
  },
  "fold text of earlier versions": { isDue: anyUnfolded(), run: ({ DB }) => foldOldText(DB) },
  "seal letters of earlier versions": { isDue: anyInClear(), run: sealOldLetters },
  "seal anew": { run: resealOn },
};

/** Of each part 1 or 0, in their order. */
const WHICH = renderedSql<Name>(
  sql`SELECT json_array(${sql.join(
    Object.values(PARTS).map(({ isDue }) => isDue ?? sql`1`),
    sql`, `,
  )}) AS parts`,
);

/** The parts that have something to do; all of them where the database does not say. */
async function dueParts(env: Env, nowMs: number): Promise<[string, Part][]> {
  const all = Object.entries(PARTS);
  try {
    const { logsBeforeMs, requestsBeforeMs } = logEdges(env, nowMs);
    const which = WHICH(env.DB, {
      now: nowMs,
      today: dayOf(nowMs),
      logsBefore: logsBeforeMs,
      requestsBefore: firstLogId(requestsBeforeMs),
    });
    const parts = JSON.parse((await which.first<string>("parts")) ?? "[]") as (0 | 1)[];
    return all.filter((_, i) => parts[i] !== 0);
  } catch (error) {
    logError({ at: "sweep", part: "ask what is due", error });
    return all;
  }
}

/**
 * Each minute: hands out what is due on real time, all tenants by turns, and does whatever else has
 * something to do. Errors: an AggregateError of the parts that failed, once all others are done.
 */
export async function sweep(env: Env, nowMs: number): Promise<void> {
  const failed: unknown[] = [];
  for (const [name, { run }] of await dueParts(env, nowMs)) {
    try {
      await run(env, nowMs);
    } catch (error) {
      logError({ at: "sweep", part: name, error });
      failed.push(error);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, "parts of the sweep failed");
}
