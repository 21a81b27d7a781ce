/** The PDF of a document that just became final. */
import { tenantClock } from "../../accounts/store/clock.ts";
import { Problem } from "../../core/errors.ts";
import type { EventOf } from "../../core/event.ts";
import type { EventType } from "../../core/event-type.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { sealDocument } from "../chain/seal.ts";
import { finalDocument } from "../kind/registry.ts";
import { printIssued } from "./print.ts";

/**
 * Renders the document that an event says is final, before anybody asks for it, and counts that as
 * the issuer's usage. Does nothing where the document is another issuer's (its buyer hears of it as
 * well), and for an event that makes none final.
 */
export async function printFinal(
  env: Env,
  { tenant, type, body }: EventOf<EventType>,
): Promise<void> {
  const document = finalDocument(type, body);
  if (!document) return;
  const { nowMs } = await tenantClock(env.DB, tenant);
  await sealDocument(env.DB, document.id, Date.now());
  const tracked: Promise<void>[] = [];
  const user = { tenantId: tenant, nowMs, userId: null };
  try {
    await printIssued(env, tenant, document.kind, document.id, (key) =>
      tracked.push(trackPdfGeneration(env, user, key)),
    );
  } catch (error) {
    if (!(error instanceof Problem && error.code === "resource.not_found")) throw error;
  }
  await Promise.all(tracked);
}
