/** How a tenant's documents look. Documents that are final keep how they looked. */
import type { Actor } from "../accounts/actor.ts";
import { auditRow } from "../accounts/audit.ts";
import type { Env } from "../platform/env.ts";
import { contentFor, lineFor } from "./content.ts";
import { keepLogo, loadLogo } from "./logo.ts";
import type { DocumentModel } from "./model.ts";
import { type Branding, DEFAULT_BRANDING, type Parties, partyNamed } from "./party.ts";
import { blankCustomer, readBranding, readIssuer, writeBranding } from "./party-store.ts";
import { modelOf } from "./present.ts";
import { draftOf } from "./row.ts";
import type { BrandingInput } from "./schema.ts";
import { brandingOf, buyerOf, sellerOf } from "./store.ts";
import { totalsOf } from "./totals.ts";

/** Replaces everything but the logo. */
export async function putBranding(env: Env, actor: Actor, given: BrandingInput): Promise<Branding> {
  const look = {
    template: given.template ?? DEFAULT_BRANDING.template,
    accent: given.accent ?? null,
    marginPt: given.margin_pt ?? DEFAULT_BRANDING.marginPt,
    terms: given.terms ?? null,
    footer: given.footer ?? null,
  };
  return write(env, actor, look, "branding.put");
}

/** Sets the logo, or takes it away. Errors: 415, 422 for what is no logo. */
export async function putLogo(
  env: Env,
  actor: Actor,
  bytes: Uint8Array<ArrayBuffer> | null,
): Promise<Branding> {
  const logoKey = bytes && (await keepLogo(env, bytes));
  return write(env, actor, { logoKey }, logoKey ? "branding.logo.put" : "branding.logo.delete");
}

async function write(
  env: Env,
  actor: Actor,
  change: Partial<Branding>,
  action: string,
): Promise<Branding> {
  await env.DB.batch([
    writeBranding(env.DB, actor.tenantId, change, actor.nowMs),
    auditRow(env.DB, actor, { action, target: actor.tenantId }, actor.realMs),
  ]);
  return readBranding(env.DB, actor.tenantId);
}

/** An invoice that nobody owes, as the tenant's invoices would look today. */
export async function sampleModel(env: Env, actor: Actor): Promise<DocumentModel> {
  const [issuer, branding] = await Promise.all([
    readIssuer(env.DB, actor.tenantId, actor.tenantName),
    readBranding(env.DB, actor.tenantId),
  ]);
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
    seller: sellerOf(parties),
    buyer: buyerOf(parties),
    branding: brandingOf(parties),
    origin: null,
    nowMs,
  };
  const logo = branding.logoKey && (await loadLogo(env, branding.logoKey));
  const model = modelOf(document, around, "today");
  return { ...model, branding: { ...model.branding, logo: logo || null } };
}
