/** The plan and the price that a subscription or a simulation asks for. */
import { invalidField } from "../../core/errors.ts";
import { minorOf, moneyText } from "../../core/money.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readPlan, readPlanVersion, type VersionedPlan } from "./plan-store.ts";

/** Keeps every fee, times its seats, far below what a document can total. */
const MAX_BASE_MINOR = 10n ** 12n;

/** A plan's version by the plan's code or id. Errors: 422 for one that cannot be subscribed to. */
export async function findPlan(
  env: Env,
  name: string,
  version: number | null,
): Promise<VersionedPlan> {
  const plan = await readPlan(env.DB, name);
  if (!plan || plan.archivedMs !== null) throw invalidField("/plan", `there is no plan ${name}`);
  const found = await readPlanVersion(env.DB, plan.id, version);
  if (!found) throw invalidField("/plan_version", `${name} has no version ${version}`);
  return { plan, version: found };
}

/** The caller's price, else the version's own, in minor units. Errors: 422 where none is there. */
export function basePriceOf(
  given: number | string | null,
  ownMinor: number | null,
  currency: string,
): bigint {
  if (given === null) {
    if (ownMinor === null) throw invalidField("/base_price", "is required: the plan has none");
    return BigInt(ownMinor);
  }
  const minor = minorOf(given, currency);
  if (minor === null || minor > MAX_BASE_MINOR) {
    const most = moneyText(MAX_BASE_MINOR, currency);
    throw invalidField("/base_price", `is an amount in ${currency}, at most ${most}`);
  }
  return minor;
}
