/** How a tenant's documents look. Documents that are final keep how they looked. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { addStored, insistRoom } from "../../accounts/store/budget-store.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { keepLogo, loadLogo } from "../logo/logo.ts";
import { contentFor, lineFor } from "../model/content.ts";
import type { DocumentModel } from "../model/model.ts";
import { type Branding, DEFAULT_BRANDING, type Parties, partyNamed } from "../model/party.ts";
import { totalsOf } from "../model/totals.ts";
import { blankCustomer, readBranding, readIssuer, writeBranding } from "../party/party-store.ts";
import { modelOf } from "../render/present/present.ts";
import type { BrandingInput } from "../schema/schema.ts";
import { draftOf } from "../store/row.ts";
import { snapshotsOf } from "../store/snapshot.ts";

/** Replaces how documents look, all but the logo. */
export async function putBranding(env: Env, actor: Actor, given: BrandingInput): Promise<Branding> {
  return write(env, actor, lookOf(given), "branding.put");
}

/** A look without a logo; what is not given is as it is by default. */
export function lookOf(given: BrandingInput): Omit<Branding, "logoKey"> {
  return {
    template: given.template ?? DEFAULT_BRANDING.template,
    accent: given.accent ?? null,
    marginPt: given.margin_pt ?? DEFAULT_BRANDING.marginPt,
    terms: given.terms ?? null,
    footer: given.footer ?? null,
  };
}

/**
 * Sets the logo, or takes it away. Errors: 415, 422 for what is no logo, 429 `budget.reached`.
 */
export async function putLogo(
  env: Env,
  actor: Actor,
  bytes: Uint8Array<ArrayBuffer> | null,
): Promise<Branding> {
  const logoKey =
    bytes && (await keepLogo(env, actor.tenantId, bytes, (size) => reserve(env, actor, size)));
  return write(env, actor, { logoKey }, logoKey ? "branding.logo.put" : "branding.logo.delete");
}

/** Room for a logo's files, which stay for as long as a document may show them. */
async function reserve(env: Env, actor: Actor, size: number): Promise<void> {
  await commit(env.DB, [addStored(env.DB, actor, size), insistRoom(env.DB, actor, "stored_bytes")]);
}

async function write(
  env: Env,
  actor: Actor,
  change: Partial<Branding>,
  action: string,
): Promise<Branding> {
  await commit(env.DB, [
    writeBranding(env.DB, actor.tenantId, change, actor.nowMs),
    auditRow(env.DB, actor, { action, target: actor.tenantId }, actor.realMs),
  ]);
  return readBranding(env.DB, actor.tenantId);
}

/** An invoice that nobody owes, as the tenant's would look today, or with another look. */
export async function sampleModel(
  env: Env,
  actor: Actor,
  look: Partial<Branding> = {},
): Promise<DocumentModel> {
  const [issuer, stored] = await Promise.all([
    readIssuer(env.DB, actor.tenantId, actor.tenantName),
    readBranding(env.DB, actor.tenantId),
  ]);
  const branding = { ...stored, ...look };
  const party = {
    ...partyNamed("Example Customer Ltd"),
    address: { ...issuer.party.address, lines: ["1 Example Street"] },
  };
  const customer = { ...blankCustomer("cus_sample", actor.tenantId, party.name), party };
  const parties: Parties = { issuer, branding, customer, scope: "" };
  const lines = [
    { name: "Consulting", description: "Workshop and report", quantity: "12", unitPrice: "95.00" },
    { name: "Usage", description: "API calls", quantity: "12500", unitPrice: "0.0004" },
  ].map((line) => lineFor(parties, line));
  const content = contentFor(parties, { kind: "invoice", lines });
  const totals = totalsOf(content);
  const { nowMs } = actor;
  const document = draftOf({ id: "inv_sample", parties, content, totals, nowMs });
  const around = {
    ...snapshotsOf(parties),
    origin: null,
    nowMs,
  };
  const logo = branding.logoKey && (await loadLogo(env, actor.tenantId, branding.logoKey));
  const model = modelOf(document, around, "today");
  return { ...model, branding: { ...model.branding, logo: logo || null } };
}
