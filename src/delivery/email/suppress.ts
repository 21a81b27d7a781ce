/** A tenant's suppression list: addresses that get no more e-mail. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { asciiEmail } from "../../core/email-address.ts";
import { notFound } from "../../core/errors.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { deleteSuppression, insertSuppression, suppressedOf } from "./store.ts";
import type { Suppression } from "./table.ts";

/** Puts an address on the list; one that is on it already keeps the reason it has. */
export async function suppress(env: Env, actor: Actor, given: string): Promise<Suppression> {
  const { tenantId: tenant, realMs } = actor;
  const address = asciiEmail(given).toLowerCase();
  const row: Suppression = { tenant, address, reason: "manual", email: null, createdMs: realMs };
  const entry = { action: "email.suppress", target: address };
  await commit(env.DB, [insertSuppression(env.DB, row), auditRow(env.DB, actor, entry, realMs)]);
  const [kept = row] = await suppressedOf(env.DB, tenant, [address]);
  return kept;
}

/** Takes an address off the list. Errors: 404 for one that is not on it. */
export async function unsuppress(env: Env, actor: Actor, given: string): Promise<void> {
  const { tenantId: tenant, realMs } = actor;
  const address = asciiEmail(given).toLowerCase();
  const [known] = await suppressedOf(env.DB, tenant, [address]);
  if (!known) throw notFound("address");
  const entry = { action: "email.unsuppress", target: address, detail: { reason: known.reason } };
  await commit(env.DB, [
    deleteSuppression(env.DB, tenant, address),
    auditRow(env.DB, actor, entry, realMs),
  ]);
}
