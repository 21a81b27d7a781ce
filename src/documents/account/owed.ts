/** What a customer owes, and what is held of its money. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { dateText } from "../../core/period.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { balancesOf } from "../balance/balance-store.ts";
import { wholeCustomerOf } from "../party/customer.ts";
import { issuerOf } from "../party/issuer.ts";
import { AGES, type Aging, noAging } from "./account.ts";
import { readAging } from "./account-store.ts";

export type Owed = {
  currency: string;
  aging: Aging;
  owedMinor: number;
  overdueMinor: number;
  heldMinor: number;
};

/** What a customer owes in each currency, today. Errors: 404. */
export async function owedBy(env: Env, actor: Actor, customerId: string): Promise<Owed[]> {
  const [{ id, tenant, linkedTenant }, issuer] = await Promise.all([
    wholeCustomerOf(env, actor, customerId),
    issuerOf(env, actor),
  ]);
  const clock = linkedTenant === null ? null : await tenantClock(env.DB, linkedTenant);
  const nowMs = clock?.mode === "test" ? clock.nowMs : actor.nowMs;
  const whose = { tenant, customerId: id };
  const [agings, balances] = await Promise.all([
    readAging(env.DB, whose, dateText(nowMs, issuer.timeZone)),
    balancesOf(env.DB, whose),
  ]);
  const held = new Map(balances.map(({ currency, balanceMinor }) => [currency, balanceMinor]));
  return [...new Set([...agings.keys(), ...held.keys()])].sort().map((currency) => {
    const aging = agings.get(currency) ?? noAging();
    const owedMinor = AGES.reduce((sum, age) => sum + aging[age], 0);
    const overdueMinor = owedMinor - aging.current;
    return { currency, aging, owedMinor, overdueMinor, heldMinor: held.get(currency) ?? 0 };
  });
}
