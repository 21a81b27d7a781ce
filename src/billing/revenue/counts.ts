/** How many subscriptions there are, and what they bring: what stands above their list. */
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import {
  countStates,
  type SubscriptionFilter,
  type SubscriptionState,
} from "../subscription/store.ts";
import { recurringOf, recurringSums } from "./revenue.ts";

/** What recurs in a month, in one currency. */
export type Recurring = { currency: string; amountMinor: bigint };

/** `revenue` is of live tenants, and null where there are more subscriptions than were counted. */
export type CountedState = BoundedCount & { revenue: Recurring[] | null };

/** Those of a tenant, of `among` some, or of all. */
export async function countedStates(
  db: D1Database,
  filter: Pick<SubscriptionFilter, "tenant" | "among">,
  nowMs: number,
): Promise<Record<SubscriptionState, CountedState>> {
  const { current, ending, ended } = await countStates(db, filter);
  const isOfAll = filter.tenant === null && !filter.among;
  const sumOf = async (state: SubscriptionState, { more }: BoundedCount) =>
    more ? null : sumsOf(await recurringOf(db, { ...filter, state }, nowMs));
  const [all, leaving] = await Promise.all([
    isOfAll ? liveRevenue(db, nowMs) : sumOf("current", current),
    sumOf("ending", ending),
  ]);
  return {
    current: { ...current, revenue: all },
    ending: { ...ending, revenue: leaving },
    ended: { ...ended, revenue: [] },
  };
}

/** What all live tenants bring in a month, by currency. */
export async function liveRevenue(db: D1Database, nowMs: number): Promise<Recurring[]> {
  const sums = await recurringSums(db, { test: false }, nowMs);
  return added(sums.map(({ currency, changeMinor }) => ({ currency, amountMinor: changeMinor })));
}

/** What live ones of some subscriptions bring, by currency. */
export function sumsOf(rows: Awaited<ReturnType<typeof recurringOf>>): Recurring[] {
  const live = rows.filter(({ test }) => !test);
  return added(live.map(({ currency, monthlyMinor: amountMinor }) => ({ currency, amountMinor })));
}

function added(rows: readonly Recurring[]): Recurring[] {
  const sums = new Map<string, bigint>();
  for (const { currency, amountMinor } of rows) {
    sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor);
  }
  return [...sums]
    .filter(([, amountMinor]) => amountMinor !== 0n)
    .map(([currency, amountMinor]) => ({ currency, amountMinor }));
}
