/** Ending all subscriptions that a filter leaves, each with its period, step by step. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { noteStep } from "../../accounts/audit/note-step.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { idBefore, type Step, takeStep } from "../../platform/http/step.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { listSubscriptions, type SubscriptionFilter } from "../subscription/store.ts";
import { cancelSubscription } from "./cancel.ts";

/** What is looked at in a step: each has its log with it. */
const MOST_LOGS = 200;

/** Takes one step, newest first. Errors: as `takeStep`, 422 for the cursor. */
export async function cancelStep(
  env: Env,
  actor: Actor,
  filter: SubscriptionFilter,
  cursor: string | null,
): Promise<Step> {
  const { env: counted, hasRoom } = countingQueries(env);
  const before = idBefore(cursor);
  const rows = await listSubscriptions(counted.DB, { ...filter, before, limit: MOST_LOGS + 1 });
  const step = await takeStep(rows, {
    most: MOST_LOGS,
    hasRoom,
    nameOf: ({ row: { id } }) => ({ id, number: id }),
    isPossible: ({ row }) => row.status === "active" && row.endMs === null,
    act: async ({ row }) => {
      await cancelSubscription(counted, onTheWay(actor), row.id, "period_end");
    },
  });
  const entry = { action: "subscription.bulk", target: "subscriptions" };
  return noteStep(env.DB, actor, entry, step);
}
