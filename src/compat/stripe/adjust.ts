/** Taking a meter event back by its identifier, which says nothing of whose usage it was. */
import { and, asc, inArray, ne, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { TENANT_HEADER } from "../../accounts/guard/acting.ts";
import { tenants } from "../../accounts/store/table.ts";
import { actorFor, insistMay, logForOperator } from "../../billing/correction/permit.ts";
import { metrics } from "../../metering/catalogue/table.ts";
import { foreignId } from "../../metering/intake/foreign.ts";
import { rulesFor } from "../../metering/intake/rule-store.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { voidEvent } from "../../metering/read/event.ts";
import { atOnce } from "../../metering/record/tenants.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { invalid, noSuch } from "./error.ts";
import type { Adjustment } from "./event.ts";
import { noMeter, SOURCE } from "./record.ts";

/** Events that are looked for, of all tenants together: a call of a meter each. */
const MOST_ASKED = 500;

/** What an event may have been counted as: its ids within the source, a metric each. */
type Sought = readonly { id: string; metric: string }[];
type Found = { tenantId: string; id: string; metric: string };

/**
 * Takes back what an event was counted as: in the key's own tenant, else for the operator in the
 * one tenant that has it. Idempotent for ever. Errors: 400 for a name without a meter, and where
 * several tenants have an event of this identifier; 403 `usage.billed`; 404.
 */
export async function adjust(env: Env, actor: Actor, adjustment: Adjustment): Promise<void> {
  const { identifier } = adjustment;
  const sought = await soughtBy(env, actor, adjustment);
  if (sought.length === 0) throw noMeter(adjustment);
  const isOwn = reaches(actor, actor.tenantId);
  const own = isOwn ? await foundIn(env, [actor.tenantId], sought) : [];
  const found = own.length > 0 || !actor.operator ? own : await foundAmong(env, actor, sought);
  const [first] = found;
  if (!first) throw noSuch("meter event", identifier);
  if (found.some(({ tenantId }) => tenantId !== first.tenantId)) {
    throw invalid(
      `Several tenants have an event with identifier ${identifier}: name one in ${TENANT_HEADER}.`,
      { param: "cancel[identifier]" },
    );
  }
  const named = first.tenantId === actor.tenantId ? undefined : first.tenantId;
  const owner = await actorFor(env, actor, named);
  // Rules of the tenant alone may have counted it, too.
  const all = named === undefined ? sought : await soughtBy(env, owner, adjustment);
  const counted = await foundIn(env, [owner.tenantId], all);
  await insistMay(env, owner, "void", async () => counted.map(({ metric }) => metric));
  for (const { id } of counted) {
    await logForOperator(env, actor, owner, { action: "usage.voided", target: id });
    await voidEvent(env, owner, SOURCE, id);
  }
}

/** What an event may have been counted as by the rules of a tenant, switched off or not. */
async function soughtBy(
  env: Env,
  owner: Actor,
  { eventName, identifier }: Adjustment,
): Promise<Sought> {
  const rules = (await rulesFor(env, owner)).filter(({ eventType }) => eventType === eventName);
  const metrics = [...new Set(rules.map(({ metric }) => metric))];
  return metrics.map((metric) => ({ metric, id: foreignId(`${identifier}:${metric}`) }));
}

/** Looks for an event among the tenants that record its metrics. Errors: 400 for too many. */
async function foundAmong(env: Env, actor: Actor, sought: Sought): Promise<Found[]> {
  const most = Math.floor(MOST_ASKED / sought.length);
  const names = eachOf(sought.map(({ metric }) => metric));
  const confined = actor.confinement?.tenants ?? null;
  const rows = await orm(env.DB)
    .select({ id: tenants.id })
    .from(tenants)
    .where(
      and(
        ne(tenants.id, actor.tenantId),
        confined === null ? undefined : inArray(tenants.id, eachOf(confined)),
        sql`EXISTS (SELECT 1 FROM ${metrics}
          WHERE ${metrics.tenant} = ${tenants.id} AND ${inArray(metrics.name, names)})`,
      ),
    )
    .orderBy(asc(tenants.id))
    .limit(most + 1);
  if (rows.length > most) {
    throw invalid(
      `More than ${most} tenants record this meter: name the event's in ${TENANT_HEADER}.`,
      { param: "cancel[identifier]" },
    );
  }
  return foundIn(
    env,
    rows.map(({ id }) => id),
    sought,
  );
}

async function foundIn(env: Env, tenantIds: readonly string[], sought: Sought): Promise<Found[]> {
  const found: Found[] = [];
  await atOnce(tenantIds, async (tenantId) => {
    for (const { id, metric } of sought) {
      const seq = await meterOf(env, tenantId).find(tenantId, SOURCE, id);
      if (seq) found.push({ tenantId, id, metric });
    }
  });
  return found;
}
