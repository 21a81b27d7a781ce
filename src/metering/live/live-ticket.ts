/**
 * Tickets that open a live socket where no API key can be sent: in a browser. A ticket names one
 * tenant and ends within a minute, so that one left in a log is worth nothing.
 */
import { Buffer } from "node:buffer";
import type { Actor } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import { MINUTE_MS } from "../../core/time.ts";
import { seal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { opened, sealingSecret } from "../../platform/runtime/secret.ts";

const LIFE_MS = MINUTE_MS;
const CONTEXT = "live ticket";

type Claim = { tenant: string; untilMs: number };

/**
 * A ticket for the live socket of a tenant, and when it ends (epoch ms, real time): with the key
 * that asks for it, if that is sooner. From where it is used does not matter, since a backend asks
 * for what it hands to a browser.
 */
export async function makeTicket(
  env: Env,
  { tenantId: tenant, realMs, confinement }: Pick<Actor, "tenantId" | "realMs" | "confinement">,
) {
  const untilMs = Math.min(realMs + LIFE_MS, confinement?.endsMs ?? Number.POSITIVE_INFINITY);
  const claim: Claim = { tenant, untilMs };
  const sealed = await seal(sealingSecret(env), CONTEXT, JSON.stringify(claim));
  return { ticket: Buffer.from(sealed, "base64").toString("base64url"), expiresMs: claim.untilMs };
}

/** The tenant that a ticket is for. Errors: 401 for one that is forged or has ended. */
export async function openTicket(env: Env, ticket: string, realMs: number): Promise<string> {
  const sealed = Buffer.from(ticket, "base64url").toString("base64");
  const text = await opened(env, CONTEXT, sealed).catch(() => null);
  const claim = text === null ? null : (JSON.parse(text) as Claim);
  if (claim && claim.untilMs > realMs) return claim.tenant;
  throw new Problem("auth.invalid", "the ticket is not one of ours, or has ended; ask for another");
}
