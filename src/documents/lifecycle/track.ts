/** Drafts are usage of this product itself: each kind says which metric counts a new one. */
import {
  type Tracked,
  trackInvoiceGeneration,
  trackQuoteGeneration,
} from "../../metering/record/track.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type DraftKind, KINDS } from "../kind/registry.ts";

const TRACKERS = {
  invoices_generated: trackInvoiceGeneration,
  quotes_generated: trackQuoteGeneration,
};

/** Counts a new draft, once for the same id; a failure to count is only logged. */
export async function trackDraft(
  env: Env,
  tracked: Tracked,
  kind: DraftKind,
  id: string,
): Promise<void> {
  const metric = KINDS[kind].draft?.countedAs;
  if (metric) await TRACKERS[metric](env, tracked, id);
}
