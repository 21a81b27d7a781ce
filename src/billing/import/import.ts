/** What an import of older usage bills: a preview of it, and settling it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { importOf, stagedLines } from "../../metering/import/import.ts";
import type { Import } from "../../metering/import/import-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { metricsOf } from "../period/counted.ts";
import { type Difference, differenceOf, scheduleSettlement } from "../period/settle.ts";
import { settledPeriods } from "../period/store.ts";
import { readVersions } from "../plan/plan-store.ts";
import { subscriptionsOf } from "../subscription/store.ts";

const EVER = Number.MIN_SAFE_INTEGER;
/** Closed periods of a subscription that a preview looks at, the newest of them. */
const MOST_PREVIEWED = 150;

export type ImportPreview = {
  imported: Import;
  /** Events that lie in no closed period: they count, and settle nothing. */
  outside: number;
  differences: Difference[];
  /** Closed periods with staged events that cannot be settled now: they wait, the others settle. */
  leftOut: number;
};

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
        const failed = { at: "import preview", period: period.id, error: String(error) };
        console.error(JSON.stringify(failed));
      }
    }
  }
  return { imported, outside: lines.length - inside, differences, leftOut };
}

/** Due rows that settle a tenant's ended subscriptions; a running one settles as it closes. */
export async function settleEnded(env: Env, actor: Actor): Promise<D1PreparedStatement[]> {
  const { tenantId: tenant, nowMs, mode } = actor;
  const subscriptions = await subscriptionsOf(env.DB, tenant, EVER);
  return subscriptions
    .filter(({ row }) => row.status === "ended")
    .map(({ row }) => scheduleSettlement(env, row, { cause: "late", atMs: nowMs, mode }));
}
