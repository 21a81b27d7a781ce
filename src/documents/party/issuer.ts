/** A tenant's issuer profile. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Issuer } from "../model/party.ts";
import { issuerFrom } from "../schema/input.ts";
import type { IssuerInput } from "../schema/schema.ts";
import { defaultIssuer, readIssuer, writeIssuer } from "./party-store.ts";

/** The actor's profile, or the defaults until it has one. */
export function issuerOf(env: Env, actor: Actor): Promise<Issuer> {
  return readIssuer(env.DB, actor.tenantId, actor.tenantName);
}

/** Replaces the profile. Documents that are final keep the seller they were issued by. */
export async function putIssuer(env: Env, actor: Actor, given: IssuerInput): Promise<Issuer> {
  const issuer = issuerFrom(given, defaultIssuer(actor.tenantId, actor.tenantName));
  await commit(env.DB, [
    writeIssuer(env.DB, issuer, actor.nowMs),
    auditRow(env.DB, actor, { action: "issuer.put", target: actor.tenantId }, actor.realMs),
  ]);
  return issuer;
}
