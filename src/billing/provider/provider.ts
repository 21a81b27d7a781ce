/** Payment providers' events become payments in the ledger of the tenant's invoices. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { receive } from "../../documents/payment/payment.ts";
import { readExternalPayment } from "../../documents/payment/payment-store.ts";
import { readDocument } from "../../documents/store/store.ts";
import { commit, orm, statement } from "../../platform/db/db.ts";
import { makeId, seal, sealingSecret, unseal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  isFresh,
  type Movement,
  movementOf,
  type Provider,
  parseStripeSignature,
} from "./provider-event.ts";
import { paymentHooks } from "./table.ts";

export type Hook = typeof paymentHooks.$inferSelect;

/** What a secret is sealed for: the row's id may stay an older one. */
function contextOf({ tenant, provider }: Pick<Hook, "tenant" | "provider">): string {
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

/** Believes a provider no longer. Errors: 404. */
export async function disconnectProvider(env: Env, actor: Actor, provider: Provider) {
  const hook = (await hooksOf(env.DB, actor.tenantId)).find((one) => one.provider === provider);
  if (!hook) throw notFound("payment provider");
  await commit(env.DB, [
    statement(env.DB, orm(env.DB).delete(paymentHooks).where(eq(paymentHooks.id, hook.id))),
    auditRow(env.DB, actor, { action: "provider.disconnected", target: provider }, actor.realMs),
  ]);
}

export async function hooksOf(db: D1Database, tenant: string): Promise<Hook[]> {
  return orm(db).select().from(paymentHooks).where(eq(paymentHooks.tenant, tenant));
}

/** An event as it came: its raw body, and the header that signs it. */
export type Signed = { body: string; signature: string };

/**
 * Books what an event moved, once however often it comes; null where it moves nothing that is ours.
 * Errors: 404 for an unknown hook, 400 `hook.unsigned`.
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
  const secret = await unseal(sealingSecret(env), contextOf(hook), hook.sealed);
  if (!isSigned(provider, secret, signed, realMs)) {
    throw new Problem("hook.unsigned", "the signature is missing, wrong or too old");
  }
  const movement = movementOf(provider, JSON.parse(signed.body));
  return movement && book(env, hook, movement, realMs);
}

function isSigned(provider: Provider, secret: string, signed: Signed, realMs: number): boolean {
  const hmac = (text: string) => createHmac("sha256", secret).update(text).digest("hex");
  if (provider === "razorpay") return isSame(hmac(signed.body), signed.signature);
  const parsed = parseStripeSignature(signed.signature);
  if (!parsed || !isFresh(parsed, realMs)) return false;
  const expected = hmac(`${parsed.timestamp}.${signed.body}`);
  return parsed.signatures.some((signature) => isSame(expected, signature));
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function book(
  env: Env,
  { tenant, provider }: Hook,
  movement: Movement,
  realMs: number,
): Promise<string | null> {
  const invoiceId = await invoiceOf(env, tenant, movement);
  const invoice = invoiceId && (await readDocument(env.DB, tenant, "invoice", invoiceId));
  if (!invoice || invoice.issuer !== tenant) return null;
  if (invoice.currency !== movement.currency) return null;
  const { scope } = invoice;
  const nowMs = scope === "" ? realMs : (await tenantClock(env.DB, scope)).nowMs;
  const booker = { tenantId: tenant, keyId: "system", userId: null, nowMs, realMs };
  const { kind, amountMinor, externalId } = movement;
  const payment = await receive(env, booker, invoice.id, {
    amountMinor: kind === "refund" ? -amountMinor : amountMinor,
    paidOn: dateText(nowMs, invoice.timeZone),
    method: provider,
    reference: externalId.slice(provider.length + 1),
    note: null,
    externalId,
  });
  return payment.id;
}

/** The invoice that money is for: named, or that of the payment which is returned. */
async function invoiceOf(
  env: Env,
  tenant: string,
  { invoiceId, paymentId }: Movement,
): Promise<string | null> {
  if (invoiceId !== null || paymentId === null) return invoiceId;
  return (await readExternalPayment(env.DB, tenant, paymentId))?.documentId ?? null;
}
