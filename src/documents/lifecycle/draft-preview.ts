/** Previews of drafts: what one would look like while it is being filled in; nothing is written. */
import type { Actor } from "../../accounts/actor/actor.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { DraftKind } from "../kind/registry.ts";
import { loadLogo } from "../logo/logo.ts";
import type { Parties } from "../model/party.ts";
import { totalsOf } from "../model/totals.ts";
import { issuerOf } from "../party/issuer.ts";
import { blankCustomer, readBranding, readParties } from "../party/party-store.ts";
import { freshPdf } from "../render/cache/rendered.ts";
import { presentDocument } from "../render/print.ts";
import { changedContent, contentFrom, customerFrom } from "../schema/input.ts";
import type { ContentInput, CustomerChange } from "../schema/schema.ts";
import { contentOf, type Document, draftOf } from "../store/row.ts";
import { snapshotsOf } from "../store/snapshot.ts";
import { withDeposits } from "./deposit.ts";

/**
 * The draft that `given` would make, or would make of the actor's own `draft`; for a customer that
 * is `typed` with it and is none yet, where there is one. Errors: 404 for a customer that is not
 * the actor's, 422 naming the field.
 */
export async function previewDraft(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  given: ContentInput,
  { draft, typed }: { draft: Document | null; typed: CustomerChange | null },
): Promise<Document> {
  const chosen = typed ? null : (given.customer_id ?? draft?.customerId ?? null);
  const parties = await partiesFor(env, actor, chosen, typed);
  const written = draft
    ? changedContent(given, contentOf(draft), parties)
    : contentFrom(kind, given, parties);
  const { customer } = parties;
  const content = await withDeposits(env, actor, written, customer.id, given.deposits);
  const totals = totalsOf(content);
  return {
    ...draftOf({ id: "preview", parties, content, totals, nowMs: actor.nowMs }),
    ...snapshotsOf(parties),
  };
}

/** Before a customer is chosen or named, an ellipsis stands for its name. */
async function partiesFor(
  env: Env,
  actor: Actor,
  customerId: string | null,
  typed: CustomerChange | null,
): Promise<Parties> {
  if (customerId !== null) return readParties(env.DB, actor, customerId);
  const [issuer, branding] = await Promise.all([
    issuerOf(env, actor),
    readBranding(env.DB, actor.tenantId),
  ]);
  const blank = blankCustomer("cus_preview", actor.tenantId, "…");
  const customer = typed ? customerFrom(typed, blank) : blank;
  return { issuer, branding, customer, scope: "" };
}

/** The preview of a draft as a PDF that is kept nowhere. */
export async function draftPreviewPdf(
  env: Env,
  preview: Document,
  nowMs: number,
): Promise<Uint8Array> {
  const page = await presentDocument(env, preview, { rendition: "today", nowMs });
  const { logoKey } = page;
  const model = await page.withContents();
  const logo = logoKey ? await loadLogo(env, preview.issuer, logoKey) : null;
  return freshPdf(env, { ...model, branding: { ...model.branding, logo } });
}
