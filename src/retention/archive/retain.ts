/**
 * How long usage events stay in the ledger: months that are older than USAGE_DATA_RETENTION_DAYS
 * are archived, a part at a time, by due work that a daily look at all tenants schedules.
 */
import { sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { TERMS_BACK_MS } from "../../billing/period/terms.ts";
import { readTermsState } from "../../billing/period/terms-store.ts";
import { Problem } from "../../core/errors.ts";
import { DAY_MS } from "../../core/time.ts";
import { readCatalogue } from "../../metering/catalogue/catalogue.ts";
import {
  type ArchiveQuery,
  type ArchiveStep,
  archiveNext,
  monthAround,
  restoreNext,
} from "../../metering/ledger/archive.ts";
import { anyForgotten, deleteForgotten } from "../../metering/ledger/forgotten.ts";
import { readStore } from "../../metering/ledger/watermark.ts";
import { drained } from "../../metering/meter/meter.ts";
import { commit } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import { isMoving, noteSizes } from "../../platform/db/ledgers.ts";
import { renderedSql } from "../../platform/db/sql.ts";
import { schedule, scheduleAllOnce } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { pageOfWalk, saveWalk, tenantsWithOldUsage } from "./walk-store.ts";

/** Due kind: `ref` is the tenant. */
export const USAGE_ARCHIVE = "usage.archive";

const DEFAULT_DAYS = 400;
/** Events can be recorded 35 days late, and are settled then. */
const FEWEST_DAYS = 60;
const MOST_DAYS = 36_500;
/** Days that a restored month stays in the ledger, unless it is asked for others. */
export const RESTORE_DAYS = 14;
export const MOST_RESTORE_DAYS = 90;
/** Parts that one piece of due work takes; each may be 200,000 events. */
const PARTS_AT_ONCE = 5;

/** How many days usage stays. Errors: RangeError where the setting is no number of them. */
export function retentionDays({ USAGE_DATA_RETENTION_DAYS: given }: Env): number {
  if (given === undefined || given === "") return DEFAULT_DAYS;
  const days = Number(given);
  if (/^\d{1,5}$/.test(given) && days >= FEWEST_DAYS && days <= MOST_DAYS) return days;
  const range = `${FEWEST_DAYS} to ${MOST_DAYS}`;
  throw new RangeError(`USAGE_DATA_RETENTION_DAYS is days from ${range}, not ${given}`);
}

/** The start of the month that holds the oldest event that stays, at a tenant's time. */
export function edgeAt(env: Env, nowMs: number): number {
  return monthAround(nowMs - retentionDays(env) * DAY_MS).startMs;
}

/**
 * Which of a tenant's events are to be archived: never those that a window which its meter still
 * counts may ask for, so that a long period is billed from what is there.
 */
async function queryOf(env: Env, tenant: string, realMs: number): Promise<ArchiveQuery> {
  const { nowMs, mode } = await tenantClock(env.DB, tenant);
  const [{ pushed }, { counters }] = await Promise.all([
    readTermsState(env.DB, tenant, nowMs - TERMS_BACK_MS),
    readCatalogue(env.DB, tenant),
  ]);
  const open = pushed.filter(({ endMs }) => endMs > nowMs - TERMS_BACK_MS);
  const firstMs = Math.min(edgeAt(env, nowMs), ...open.map(({ startMs }) => startMs));
  return {
    tenant,
    edgeMs: monthAround(firstMs).startMs,
    realMs,
    test: mode === "test",
    counters: new Map(counters.map((counter) => [counter.metric, counter])),
  };
}

/** What some steps did, and whether there is more. */
export type Archived = { events: number; months: string[]; done: boolean };

/** Archives the next parts of a tenant's old months. It may be killed anywhere, and run again. */
export async function archiveUsage(env: Env, tenant: string, realMs: number): Promise<Archived> {
  // The day's next look at all tenants comes back to one that is being moved.
  if (await isMoving(env.DB, tenant)) return { events: 0, months: [], done: true };
  const store = await drained(env, tenant);
  const query = await queryOf(env, tenant, realMs);
  return steps(() => archiveNext(store, query).catch(endAtMove));
}

/** A move that began meanwhile ends the steps as one that was there before does. */
function endAtMove(error: unknown): null {
  if (error instanceof Problem && error.code === "resource.conflict") return null;
  throw error;
}

async function steps(next: () => Promise<ArchiveStep | null>): Promise<Archived> {
  const months = new Set<string>();
  let events = 0;
  for (let part = 0; part < PARTS_AT_ONCE; part++) {
    const step = await next();
    if (!step) return { events, months: [...months], done: true };
    events += step.events;
    months.add(step.month);
  }
  return { events, months: [...months], done: false };
}

/** The due work: what it does not finish, it asks to be called for again. */
export async function archiveDue(env: Env, tenant: string, realMs: number): Promise<void> {
  const { done } = await archiveUsage(env, tenant, realMs);
  if (done) return;
  const row = { tenant, atMs: realMs, clock: "real", kind: USAGE_ARCHIVE, ref: tenant } as const;
  // Moves the row that runs: it is not taken away then.
  await schedule(env.DB, row).run();
}

/** Archives as the operator asks for it, and logs that. */
export async function archiveAsked(env: Env, actor: Actor, tenant: string): Promise<Archived> {
  const archived = await archiveUsage(env, tenant, actor.realMs);
  if (archived.events > 0) {
    const detail = { months: archived.months, events: archived.events };
    await commit(env.DB, [
      auditRow(env.DB, actor, { action: "usage.archived", target: tenant, detail }, actor.realMs),
    ]);
  }
  return archived;
}

/** Puts the next parts of an archived month back into the ledger for some days. */
export async function restoreUsage(
  env: Env,
  actor: Actor,
  { tenant, month, days }: { tenant: string; month: string; days: number },
): Promise<Archived & { untilMs: number }> {
  const { counters } = await readCatalogue(env.DB, tenant);
  // By whole days, so that steps that follow one another ask for the same.
  const untilMs = Math.ceil(actor.realMs / DAY_MS + days) * DAY_MS;
  const map = new Map(counters.map((counter) => [counter.metric, counter]));
  const query = { tenant, counters: map, month, untilMs, realMs: actor.realMs };
  if (await isMoving(env.DB, tenant)) {
    const detail = "the tenant is being moved to another ledger: restore the month after that";
    throw new Problem("resource.conflict", detail);
  }
  const store = await readStore(env, tenant);
  const restored = await steps(() => restoreNext(store, query));
  if (restored.events > 0) {
    const detail = { month, events: restored.events, until: untilMs };
    await commit(env.DB, [
      auditRow(env.DB, actor, { action: "usage.restored", target: tenant, detail }, actor.realMs),
    ]);
  }
  return { ...restored, untilMs };
}

const FORGOTTEN = renderedSql<"nowMs">(
  sql`SELECT ${anyForgotten(sql.placeholder("nowMs"))} AS any`,
);

/**
 * Each minute: asks each ledger how large it is, which is noted, and deletes objects that nothing
 * has pointed at for long enough.
 */
export async function sweepLedgers(env: Env, nowMs: number): Promise<void> {
  const seen = await Promise.all(
    ledgersOf(env).map(async (ledger) => {
      const asked = FORGOTTEN(ledgerDb(env, ledger), { nowMs });
      const { results, meta } = await asked.all<{ any: 0 | 1 }>();
      return { ledger, bytes: meta.size_after ?? 0, any: results[0]?.any === 1 };
    }),
  );
  for (const { ledger, any } of seen) {
    if (any) await deleteForgotten(env, ledgerDb(env, ledger), nowMs);
  }
  await noteSizes(env.DB, seen, nowMs);
}

/** Looks at the next tenants for usage that is old enough: all of them once a day. */
export async function sweepUsage(env: Env, nowMs: number): Promise<void> {
  const day = Math.floor(nowMs / DAY_MS);
  const page = await pageOfWalk(env.DB, day);
  if (page === null) return;
  const asked = page.tenants.map(({ id, nowMs: own }) => {
    return { id, edgeMs: edgeAt(env, own ?? nowMs) };
  });
  const found = await Promise.all(
    ledgersOf(env).map((ledger) => tenantsWithOldUsage(ledgerDb(env, ledger), asked, nowMs)),
  );
  const rows = [...new Set(found.flat())].map((tenant) => {
    return { tenant, atMs: nowMs, clock: "real", kind: USAGE_ARCHIVE, ref: tenant } as const;
  });
  const last = page.tenants.at(-1)?.id ?? "";
  await env.DB.batch([
    ...scheduleAllOnce(env.DB, rows),
    saveWalk(env.DB, { day, afterTenant: last, done: page.isLast }),
  ]);
}
