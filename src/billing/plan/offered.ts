/** The plan and the price that a subscription or a simulation asks for. */
import { invalidField } from "../../core/errors.ts";
import { minorOf, moneyText } from "../../core/money.ts";
import type { Interval } from "../../core/period.ts";
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

/** The caller's price, else the version's for the cycle. Errors: 422 where there is neither. */
export function basePriceOf(
  given: number | string | null,
  cycle: Interval,
  version: Pick<VersionedPlan["version"], "currency" | "baseMonthMinor" | "baseYearMinor">,
): bigint {
  if (given === null) {
    const own = cycle === "year" ? version.baseYearMinor : version.baseMonthMinor;
    if (own === null) throw invalidField("/base_price", "is required: the plan has none");
    return BigInt(own);
  }
  const minor = minorOf(given, version.currency);
  if (minor === null || minor > MAX_BASE_MINOR) {
    const most = moneyText(MAX_BASE_MINOR, version.currency);
    throw invalidField("/base_price", `is an amount in ${version.currency}, at most ${most}`);
  }
  return minor;
}
