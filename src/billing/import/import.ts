/** What an import of older usage bills: a preview of it, and settling it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import type { LineTuple } from "../../metering/event/line.ts";
import { importOf, stagedLines } from "../../metering/import/import.ts";
import type { Import } from "../../metering/import/import-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError } from "../../platform/runtime/log.ts";
import { statementFor } from "../period/compose.ts";
import { ledgerCounts, metricsOf } from "../period/counted.ts";
import { type Current, currentPeriod } from "../period/current.ts";
import { type Difference, differenceOf, scheduleSettlement } from "../period/settle.ts";
import type { Metrics } from "../period/statement.ts";
import { lastClosed, settledPeriods } from "../period/store.ts";
import { windowOf } from "../period/terms.ts";
import { readVersions } from "../plan/plan-store.ts";
import { subscriptionsOf } from "../subscription/store.ts";
import type { BillingPeriod } from "../subscription/timeline.ts";

const EVER = Number.MIN_SAFE_INTEGER;
/** Closed periods of a subscription that a preview looks at, the newest of them. */
const MOST_PREVIEWED = 150;

export type ImportPreview = {
  imported: Import;
  /** Events that lie in no period: they count, and bill nothing. */
  outside: number;
  differences: Difference[];
  /** What the running period would bill more, where events lie in it. */
  running: Running | null;
  /** Closed periods with staged events that cannot be settled now: they wait, the others settle. */
  leftOut: number;
};

export type Running = { period: BillingPeriod; events: number; currency: string; minor: bigint };

/** What the running period bills more if the lines counted; null where none lies in it. */
async function runningWith(
  env: Env,
  actor: Actor,
  lines: readonly LineTuple[],
  metrics: Metrics,
): Promise<Running | null> {
  const { tenantId: tenant } = actor;
  const current = await currentOrNull(env, actor);
  if (!current) return null;
  const { period, subscription, version } = current;
  const own = lines.filter(([, , , atMs]) => atMs >= period.startMs && atMs < period.endMs);
  if (own.length === 0) return null;
  const window = windowOf(subscription.log, period);
  const before = await lastClosed(env.DB, subscription.row.id);
  const billed = async (more: readonly LineTuple[]) => {
    const counted = await ledgerCounts(env, tenant, window, more);
    return statementFor({ ...current, before }, counted, metrics).usageMinor;
  };
  const [now, then] = [await billed([]), await billed(own)];
  return { period, events: own.length, currency: version.currency, minor: then - now };
}

async function currentOrNull(env: Env, actor: Actor): Promise<Current | null> {
  try {
    return await currentPeriod(env, actor);
  } catch (error) {
    if (error instanceof Problem && error.code === "subscription.none") return null;
    throw error;
  }
}

/**
 * What each closed period would settle if the staged events counted; writes nothing. One that
 * cannot be settled now is left out, as settling leaves it out.
 */
export async function previewImport(env: Env, actor: Actor, id: string): Promise<ImportPreview> {
  const imported = await importOf(env, actor, id);
  const lines = await stagedLines(env, actor, id);
  const metrics = await metricsOf(env, actor.tenantId);
  const differences: Difference[] = [];
  let [inside, leftOut] = [0, 0];
  for (const subscription of await subscriptionsOf(env.DB, actor.tenantId, EVER)) {
    const versions = await readVersions(
      env.DB,
      subscription.log.map(({ versionId }) => versionId),
    );
    const all = { endedAfterMs: EVER };
    const { found } = await settledPeriods(env.DB, subscription.row.id, all, MOST_PREVIEWED);
    for (const { period, settled } of found) {
      const own = lines.filter(([, , , atMs]) => atMs >= period.startMs && atMs < period.endMs);
      if (own.length === 0) continue;
      inside += own.length;
      const settling = { subscription, versions, metrics };
      try {
        const difference = await differenceOf(env, settling, period, settled, differences, own);
        if (difference) differences.push(difference);
      } catch (error) {
        leftOut++;
        const failed = { at: "import preview", period: period.id, error };
        logError(failed);
      }
    }
  }
  const running = await runningWith(env, actor, lines, metrics);
  const outside = lines.length - inside - (running?.events ?? 0);
  return { imported, outside, running, differences, leftOut };
}

/** Due rows that settle a tenant's ended subscriptions; a running one settles as it closes. */
export async function settleEnded(env: Env, actor: Actor): Promise<D1PreparedStatement[]> {
  const { tenantId: tenant, nowMs, mode } = actor;
  const subscriptions = await subscriptionsOf(env.DB, tenant, EVER);
  return subscriptions
    .filter(({ row }) => row.status === "ended")
    .map(({ row }) => scheduleSettlement(env, row, { cause: "late", atMs: nowMs, mode }));
}
