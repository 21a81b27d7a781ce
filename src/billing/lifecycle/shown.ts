/** Subscriptions as the API shows them, with what their bodies need read for all at once. */
import { findTenants, type Tenant } from "../../accounts/store/tenant-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Subscription } from "../subscription/store.ts";
import { subscriptionBody } from "../subscription/subscription-schema.ts";

export type Shown = { body: ReturnType<typeof subscriptionBody>; tenant: Tenant };

/** Each with its tenant, at whose time it is shown. */
export async function showSubscriptions(
  env: Env,
  subscriptions: readonly Subscription[],
): Promise<Shown[]> {
  if (subscriptions.length === 0) return [];
  const ids = subscriptions.flatMap(({ log }) => log.map(({ versionId }) => versionId));
  const owners = [...new Set(subscriptions.map(({ row }) => row.tenant))];
  const [versions, tenants] = await Promise.all([
    readVersions(env.DB, ids),
    findTenants(env.DB, owners),
  ]);
  return subscriptions.map((subscription) => {
    const tenant = tenants.get(subscription.row.tenant);
    if (!tenant) throw new RangeError(`no tenant ${subscription.row.tenant}`);
    const nowMs = tenant.testClockMs ?? Date.now();
    return { body: subscriptionBody(subscription, versions, nowMs), tenant };
  });
}
