/** What a subscription's invoices refer to. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistReach } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readSubscription, type Subscription, updateSubscription } from "../subscription/store.ts";
import { readAgain } from "./append.ts";

/** What is undefined stays as it is; null takes away. */
type Given = {
  buyerReference: string | null | undefined;
  purchaseOrder: string | null | undefined;
};

/** Changes what its next documents refer to, also once it has ended. Errors: 404. */
export async function changeReferences(
  env: Env,
  actor: Actor,
  id: string,
  given: Given,
): Promise<Subscription> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription) throw notFound("subscription");
  const { row } = subscription;
  insistReach(actor, row.tenant, "subscription");
  const { buyerReference = row.buyerReference, purchaseOrder = row.purchaseOrder } = given;
  const entry = { action: "subscription.references_changed", target: id };
  await commit(env.DB, [
    updateSubscription(env.DB, id, { buyerReference, purchaseOrder }),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return readAgain(env, id);
}
