/** Connections to payment providers, whose events become payments of the tenant's invoices. */
import { and, eq } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { commit, insistChanged, orm, statement } from "../../platform/db/db.ts";
import { makeId, seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { opened, sealingSecret } from "../../platform/runtime/secret.ts";
import { book } from "./book.ts";
import type { Signed } from "./payment-provider.ts";
import { type Provider, providerNamed } from "./registry.ts";
import { paymentHooks } from "./table.ts";

export type Hook = typeof paymentHooks.$inferSelect;

/** The context that a secret is sealed in; the row's id stays when the secret is replaced. */
export function contextOf({ tenant, provider }: Pick<Hook, "tenant" | "provider">): string {
  return `${tenant} ${provider}`;
}

/**
 * Takes a provider's events for a tenant from now on, signed with `secret`, which is kept sealed.
 * Errors: 503 `webhook.no_secret`.
 */
export async function connectProvider(
  env: Env,
  actor: Actor,
  provider: Provider,
  secret: string,
): Promise<Hook> {
  const { tenantId: tenant, realMs } = actor;
  const sealed = await seal(sealingSecret(env), contextOf({ tenant, provider }), secret);
  const row: Hook = { id: makeId("hook", realMs), tenant, provider, sealed, updatedMs: realMs };
  const target = [paymentHooks.tenant, paymentHooks.provider];
  const change = { sealed, updatedMs: realMs };
  await commit(env.DB, [
    statement(
      env.DB,
      orm(env.DB).insert(paymentHooks).values(row).onConflictDoUpdate({ target, set: change }),
    ),
    auditRow(env.DB, actor, { action: "provider.connected", target: provider }, realMs),
  ]);
  return (await hooksOf(env.DB, tenant)).find((hook) => hook.provider === provider) ?? row;
}

/** Takes a provider's events no longer. Errors: 404. */
export async function disconnectProvider(env: Env, actor: Actor, provider: Provider) {
  const hook = (await hooksOf(env.DB, actor.tenantId)).find((hook) => hook.provider === provider);
  if (!hook) throw notFound("payment provider");
  await commit(env.DB, [
    statement(env.DB, orm(env.DB).delete(paymentHooks).where(eq(paymentHooks.id, hook.id))),
    insistChanged(env.DB, { code: "resource.not_found", detail: "payment provider not found" }),
    auditRow(env.DB, actor, { action: "provider.disconnected", target: provider }, actor.realMs),
  ]);
}

/** A tenant's connections, each with its sealed secret. */
export async function hooksOf(db: D1Database, tenant: string): Promise<Hook[]> {
  return orm(db).select().from(paymentHooks).where(eq(paymentHooks.tenant, tenant));
}

/**
 * Books what an event moved, once however often it comes, and answers the payment's id; null where
 * no invoice of the tenant took it: then it waits on the list of unmatched money.
 * Errors: 404 for an unknown hook, 400 `hook.unsigned`, 503 `service.secret_lost`.
 */
export async function takeEvent(
  env: Env,
  provider: Provider,
  hookId: string,
  signed: Signed,
  realMs: number,
): Promise<string | null> {
  const [hook] = await orm(env.DB)
    .select()
    .from(paymentHooks)
    .where(and(eq(paymentHooks.id, hookId), eq(paymentHooks.provider, provider)));
  if (!hook) throw notFound("hook");
  const secret = await opened(env, contextOf(hook), hook.sealed);
  const { verify, movementOf } = providerNamed(provider);
  if (!verify(secret, signed, realMs)) {
    throw new Problem("hook.unsigned", "the signature is missing, wrong or too old");
  }
  const movement = movementOf(JSON.parse(signed.body));
  return movement && book(env, { ...hook, realMs }, movement);
}
